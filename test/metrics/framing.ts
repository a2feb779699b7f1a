// How an answer is sent: as it should be, or with headers that are not what comes after them.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Wire } from './rawServer.ts';

const KINDS = ['type', 'charset', 'length', 'encoding', 'status', 'header'] as const;
type Kind = 'right' | (typeof KINDS)[number];

/** How an answer is sent: what is wrong with that, and which one of the things that can be. */
export type Framing = { kind: Kind; pick: number };

/** Any way of sending an answer, mostly the right one. */
export const framings: fc.Arbitrary<Framing> = fc.record({
  kind: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Kind>('right') },
    { weight: 1, arbitrary: fc.constantFrom<Kind>(...KINDS) },
  ),
  pick: fc.nat(1000),
});

/** What goes over the wire, and the text that a client should get; none where it should get none. */
export type Sent = { wire: Wire; text: string | undefined };

const TYPES = [
  ...['application/json', 'text/csv', 'text/plain', 'text/plain; version=0.0.4', 'text/html', ''],
  ...['application/openmetrics-text; version=1.0.0', 'application/vnd.api+json', 'image/png', ';;'],
];
const CHARSETS = ['utf-16', 'utf-16le', 'iso-8859-1', 'nonsense', '"', 'utf-8; charset=utf-7'];
const STATUSES = [
  200, 201, 203, 204, 205, 206, 226, 299, 300, 304, 400, 402, 405, 418, 451, 500, 502, 599,
];
const HEADERS = [
  'Location: http://127.0.0.1:1/',
  'Retry-After: soon',
  'Transfer-Encoding: chunked',
  'Content-Range: bytes 0-1/100',
  'X-Broken',
  'Set-Cookie: a=b\r\n folded',
  `X-Long: ${'x'.repeat(20_000)}`,
  'Content-Length: 3',
];

/** A body with its content type, sent in some way. */
export function send(body: Buffer, { kind, pick }: Framing, contentType: string): Sent {
  const right = { status: 200, type: contentType, length: String(body.length), body, more: '' };
  const text = body.toString('utf8');
  switch (kind) {
    case 'right':
      return { wire: wireOf(right), text };
    case 'type':
      return { wire: wireOf({ ...right, type: TYPES[pick % TYPES.length]! }), text };
    case 'charset':
      return charset(right, contentType, CHARSETS[pick % CHARSETS.length]!);
    case 'length':
      return badLength(right, pick);
    case 'encoding':
      return encoded(right, pick);
    case 'status': {
      const status = STATUSES[pick % STATUSES.length]!;
      const isRead = status < 300 && status !== 204;
      return { wire: wireOf({ ...right, status }), text: isRead ? text : undefined };
    }
    case 'header':
      return badHeader(right, HEADERS[pick % HEADERS.length]!);
  }
}

type Parts = { status: number; type: string; length: string; body: Buffer; more: string };

function wireOf({ status, type, length, body, more }: Parts, isLeftOpen = false): Wire {
  const lines = [
    `HTTP/1.1 ${status} Whatever`,
    'Connection: close',
    ...(type ? [`Content-Type: ${type}`] : []),
    ...(length ? [`Content-Length: ${length}`] : []),
    ...(more ? [more] : []),
  ];
  return { bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]), isLeftOpen };
}

function charset(right: Parts, contentType: string, name: string): Sent {
  const type = `${contentType.replace(/;? ?charset=[^;]*/, '')}; charset=${name}`;
  const text = right.body.toString('utf8');
  if (!name.startsWith('utf-16')) return { wire: wireOf({ ...right, type }), text };
  const body = Buffer.from(text, 'utf16le');
  return { wire: wireOf({ ...right, type, body, length: String(body.length) }), text };
}

/** Too long, too short, none, or no number. */
function badLength(right: Parts, pick: number): Sent {
  const { length } = right.body;
  const shorter = Math.max(0, length - 1 - (pick % 50));
  const cases: Sent[] = [
    { wire: wireOf({ ...right, length: String(length + 1 + pick) }), text: undefined },
    {
      wire: wireOf({ ...right, length: String(shorter) }),
      text: right.body.toString('utf8', 0, shorter),
    },
    { wire: wireOf({ ...right, length: '' }), text: right.body.toString('utf8') },
    { wire: wireOf({ ...right, length: '-1' }), text: undefined },
    { wire: wireOf({ ...right, length: '99999999999999999999' }), text: undefined },
  ];
  return cases[pick % cases.length]!;
}

/** Packed or said to be. */
function encoded(right: Parts, pick: number): Sent {
  const text = right.body.toString('utf8');
  const packed = gzipSync(right.body);
  const pack = (name: string, body: Buffer): Wire =>
    wireOf({ ...right, body, length: String(body.length), more: `Content-Encoding: ${name}` });
  const cases: Sent[] = [
    { wire: pack('gzip', packed), text },
    { wire: pack('gzip', right.body), text: undefined },
    // Without its check sum. All of the text is there, or nearly.
    { wire: pack('gzip', packed.subarray(0, packed.length - 9)), text },
    { wire: pack('deflate', right.body), text: undefined },
    { wire: pack('br', right.body), text: undefined },
    { wire: pack('zstd', right.body), text: undefined },
    { wire: pack('unheard-of', right.body), text },
  ];
  return cases[pick % cases.length]!;
}

function badHeader(right: Parts, more: string): Sent {
  const isChunked = more.startsWith('Transfer');
  const wire = wireOf({ ...right, more, ...(isChunked && { length: '' }) });
  const isRead = !isChunked && !/^(X-Broken|X-Long|Content-Length)/.test(more);
  return { wire, text: isRead ? right.body.toString('utf8') : undefined };
}
