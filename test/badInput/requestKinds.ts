// Kinds of bad requests around an event: their bodies, their headers, their lines.
import * as fc from 'fast-check';
import { ADDED, binary, STRUCTURED, structured, type EventKind } from './eventKinds.ts';
import type { Sending } from './http.ts';

const MIB = 1024 * 1024;
const JSON_TYPE = 'application/json';

type Headers = Sending['headers'];

/** The same event with another body, in either mode. */
function withBody(bodies: Record<string, readonly (string | Buffer)[]>): EventKind[] {
  return Object.entries(bodies).flatMap(([what, all]) => [
    {
      name: `binary: a body ${what}`,
      sendings: fc.constantFrom(...all).map((body) => ({ ...binary(ADDED), body })),
    },
    {
      name: `structured: a body ${what}`,
      sendings: fc.constantFrom(...all).map((body) => ({ ...structured(ADDED), body })),
    },
  ]);
}

const text = JSON.stringify(ADDED);

const BODIES: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  'that is empty': [''],
  'that is no JSON': ['x', '{', '{"a":', "{'a':1}", '<xml/>', 'undefined', '{"a":1}}'],
  'that breaks off': [text.slice(0, text.length / 2), text.slice(0, -1)],
  'that is not an object': ['null', 'true', '7', '"x"', '[]', '[[]]', `[${text}]`],
  'with a mark before it': [`\ufeff${text}`, ` \n${text}`],
  'with null bytes': [`${text}\u0000`, '\u0000'.repeat(100)],
  'that is no UTF-8': [Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), Buffer.from([0xc3, 0x28])],
  'in another encoding': [Buffer.from(text, 'utf16le'), Buffer.from(text, 'latin1')],
  'that sets prototypes': [
    `{"__proto__":{"polluted":true},${text.slice(1)}`,
    `{"constructor":{"prototype":{"polluted":true}},${text.slice(1)}`,
    `${text.slice(0, -1)},"__proto__":null}`,
  ],
  'with a field twice': [`{"id":"x","id":"y",${text.slice(1)}`],
  'that is deep': ['['.repeat(100_000), `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  'of 1 MiB': [JSON.stringify({ ...ADDED, data: 'x'.repeat(MIB) })],
  'of just under 1 MiB': [JSON.stringify({ ...ADDED, data: 'x'.repeat(MIB - 1000) })],
  'of 10 MiB': [Buffer.alloc(10 * MIB, 'x')],
  'with very many fields': [
    JSON.stringify({
      ...ADDED,
      ...Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`ext${index}`, 'x'])),
    }),
  ],
};

const TYPES: Readonly<Record<string, readonly string[]>> = {
  'of a batch': ['application/cloudevents-batch+json'],
  'of another event format': ['application/cloudevents+avro', 'application/cloudevents+protobuf'],
  'of a form': ['application/x-www-form-urlencoded'],
  'of a form in parts': ['multipart/form-data; boundary=x', 'multipart/form-data'],
  'of a text': ['text/plain', 'text/html', 'application/xml'],
  'of bytes': ['application/octet-stream', 'image/png'],
  'with another character set': [`${JSON_TYPE}; charset=utf-16`, `${STRUCTURED}; charset=latin1`],
  'that is malformed': [
    'json',
    '/',
    ';',
    'application/',
    `${JSON_TYPE};;;`,
    `${JSON_TYPE}, ${STRUCTURED}`,
  ],
  'in capitals': ['APPLICATION/JSON', 'Application/CloudEvents+JSON'],
  'that is very long': [`${JSON_TYPE}; a=${'x'.repeat(4000)}`],
};

function typeKinds(): EventKind[] {
  return Object.entries(TYPES).flatMap(([what, types]) =>
    (['binary', 'structured'] as const).map((mode) => ({
      name: `${mode}: a content type ${what}`,
      sendings: fc.constantFrom(...types).map((type) => {
        const sending = mode === 'binary' ? binary(ADDED) : structured(ADDED);
        const others = sending.headers.filter(([name]) => name !== 'content-type');
        return { ...sending, headers: [...others, ['content-type', type] as const] };
      }),
    })),
  );
}

function kind(name: string, ...sendings: Sending[]): EventKind {
  return { name, sendings: fc.constantFrom(...sendings) };
}

const added = binary(ADDED);
const more = (...headers: Headers): Sending => ({
  ...added,
  headers: [...added.headers, ...headers],
});
const raw = (text: string): Sending => ({ ...added, raw: text, isCut: true });
const FORM: Headers = [['content-type', 'application/x-www-form-urlencoded']];

const REQUESTS: readonly EventKind[] = [
  kind(
    'a request of another method',
    ...['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'].map((method) => ({
      ...added,
      method,
    })),
  ),
  kind('a request of no method', { ...added, method: 'NONSENSE' }, { ...added, method: '' }),
  kind(
    'a request to another path',
    ...['/x', '/../', '//', '/%2e%2e', '/health/../', '/%zz'].map((target) => ({
      ...added,
      target,
    })),
  ),
  kind(
    'a request with parameters that the runtime copies',
    ...[
      '/?cloudevent=x',
      '/?cloudevent[type]=x',
      '/?body=x&log=x',
      '/?__proto__=x&constructor=y',
      '/?headers=1',
    ].map((target) => ({ ...added, target })),
  ),
  kind('a request with very long parameters', { ...added, target: `/?a=${'x'.repeat(10_000)}` }),
  kind(
    'a form with an event in it',
    { headers: FORM, body: 'specversion=1.0&id=1&type=t&source=s' },
    { headers: FORM, body: 'constructor[name]=CloudEvent&id=1' },
    { headers: FORM, body: '__proto__[a]=b&a[__proto__][b]=c' },
  ),
  kind('a form of 10 MiB', { headers: FORM, body: Buffer.alloc(10 * MIB, 'x') }),
  kind(
    'a form of very many fields',
    { headers: FORM, body: 'a=b&'.repeat(100_000) },
    { headers: FORM, body: `a${'[b]'.repeat(50_000)}=c` },
  ),
  kind(
    'a body that is said to be compressed',
    more(['content-encoding', 'gzip']),
    more(['content-encoding', 'br']),
  ),
  kind('a length that is too large', {
    ...added,
    isCut: true,
    headers: [...added.headers, ['content-length', '99999']],
  }),
  kind('a length that is too small', {
    ...added,
    headers: [...added.headers, ['content-length', '3']],
  }),
  kind(
    'a length that is none',
    ...['-1', 'x', '1e3', '0x10', '99999999999999999999'].map((length) =>
      more(['content-length', length]),
    ),
  ),
  kind('two lengths', more(['content-length', '5'], ['content-length', '6'])),
  kind('a length and chunks', more(['content-length', '5'], ['transfer-encoding', 'chunked'])),
  kind(
    'chunks that are none',
    { ...added, headers: [...added.headers, ['transfer-encoding', 'chunked']], body: 'zz\r\nabc' },
    {
      ...added,
      headers: [...added.headers, ['transfer-encoding', 'chunked']],
      body: 'ffffffff\r\nabc',
      isCut: true,
    },
  ),
  kind('an unknown transfer encoding', more(['transfer-encoding', 'nonsense'])),
  kind('very long headers', more(['ce-extension', 'x'.repeat(20_000)])),
  kind(
    'very many headers',
    more(...Array.from({ length: 3000 }, (_, index) => [`ce-e${index}`, 'x'] as const)),
  ),
  kind('a header without a name', more(['', 'x']), more([' ', 'x'])),
  kind(
    'a header with a line break',
    more(['ce-extension', 'a\r\nx-injected: b']),
    more(['ce-extension', 'a\nb']),
  ),
  kind(
    'a header with control characters',
    more(['ce-extension', 'a\u0000b']),
    more(['ce-extension', '\u0007']),
  ),
  kind(
    'headers of the wrong hop',
    more(['expect', '100-continue']),
    more(['upgrade', 'websocket'], ['connection', 'upgrade']),
  ),
  kind('headers of another mode as well', {
    ...structured(ADDED),
    headers: [...structured(ADDED).headers, ['ce-id', 'x'], ['ce-type', 'y']],
  }),
  kind('no HTTP', raw('nonsense\r\n\r\n'), raw('\u0016\u0003\u0001\u0002'), raw('\r\n\r\n\r\n')),
  kind(
    'half a request',
    raw('POST / HTTP/1.1\r\nhost: x\r\ncontent-le'),
    raw('POST / HTTP/1.1\r\n'),
  ),
  kind(
    'HTTP of another version',
    raw('POST / HTTP/9.9\r\nhost: x\r\n\r\n'),
    raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  ),
  kind('a request without a host', raw('POST / HTTP/1.1\r\nconnection: close\r\n\r\n')),
];

/** Everything about a request that can be wrong. */
export const REQUEST_KINDS: readonly EventKind[] = [
  ...withBody(BODIES),
  ...typeKinds(),
  ...REQUESTS,
];
