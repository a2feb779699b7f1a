// Answers that went wrong: a real one's body, and how it is sent, with one thing changed in each.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Wire } from './rawServer.ts';
import type { Real } from './realAnswers.ts';

/** What becomes of a body. */
export type BodyChange = { kind: BodyKind; at: number; garbage: string; isEverywhere: boolean };

/** How it is sent. */
export type Framing = { kind: FramingKind; pick: number };

/** A changed answer: what goes over the wire, and the text that a client should get; none if it should get none. */
export type Changed = { wire: Wire; text: string | undefined; hasSecret: boolean };

const BODY_KINDS = [
  'none',
  'cut',
  'flipped',
  'inserted',
  'number',
  'part',
  'removed',
  'emptied',
  'doubled',
  'deep',
  'deepest',
  'twice',
  'marked',
  'secret',
] as const;
type BodyKind = (typeof BODY_KINDS)[number];

const FRAMING_KINDS = ['type', 'charset', 'length', 'encoding', 'status', 'header'] as const;
type FramingKind = 'right' | (typeof FRAMING_KINDS)[number];

const DEEP = '['.repeat(1e5) + ']'.repeat(1e5);

/** JSON that is no number, though some of it nearly is. */
const GARBAGE: readonly string[] = [
  ...['null', '""', '" "', '"x"', '"NaN"', '"nan"', '"Infinity"', '"-inf"', '"+Inf"', '"1e999"'],
  ...['NaN', 'Infinity', '-Infinity', '1e999', '-1e400', '"12abc"', '"0x10"', '"1_000"', '"1,5"'],
  ...['[]', '{}', '[5]', '["5"]', '{"toString":1,"valueOf":1}', '"\\ud800"', '"١٢"', '"0b1"'],
  ...['"true"', '"null"', '"\\u0000"', '"1 2"', '"5%"', '"--5"', '"1e"', '"."', '"1.2.3"', '01'],
];

/** Any change of a body and of how it is sent, mostly one of both. */
export const changes: fc.Arbitrary<{ body: BodyChange; framing: Framing }> = fc.record({
  body: fc.record({
    kind: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...BODY_KINDS) },
      { weight: 1, arbitrary: fc.constantFrom<BodyKind>('number', 'part') },
    ),
    at: fc.nat(1_000_000),
    garbage: fc.constantFrom(...GARBAGE),
    isEverywhere: fc.boolean(),
  }),
  framing: fc.record({
    kind: fc.oneof(
      { weight: 4, arbitrary: fc.constant<FramingKind>('right') },
      { weight: 1, arbitrary: fc.constantFrom<FramingKind>(...FRAMING_KINDS) },
    ),
    pick: fc.nat(1000),
  }),
});

/** A real answer with its body and its sending changed. */
export function changed(
  real: Real,
  { body, framing }: { body: BodyChange; framing: Framing },
): Changed {
  const bytes = BODIES[body.kind](real, body);
  return { ...send(bytes, framing, real.contentType), hasSecret: body.kind === 'secret' };
}

type Body = (real: Real, change: BodyChange) => Buffer;

const BODIES: Readonly<Record<BodyKind, Body>> = {
  none: ({ text }) => Buffer.from(text),
  cut: ({ text }, { at }) => {
    const bytes = Buffer.from(text);
    return bytes.subarray(0, at % bytes.length);
  },
  flipped: ({ text }, { at, isEverywhere }) => flip(Buffer.from(text), at, isEverywhere ? 20 : 1),
  inserted: ({ text }, { at, garbage }) => {
    const position = at % text.length;
    return Buffer.from(text.slice(0, position) + garbage + text.slice(position));
  },
  number: (real, change) => Buffer.from(withoutNumbers(real, change)),
  part: ({ text }, { at, garbage }) => Buffer.from(replacePart(text, at, () => garbage)),
  removed: ({ text }, { at }) => Buffer.from(replacePart(text, at, () => undefined)),
  emptied: ({ text }, { at }) => Buffer.from(replaceList(text, at, () => [])),
  doubled: ({ text }, { at }) => Buffer.from(replaceList(text, at, (list) => [...list, ...list])),
  deep: ({ text }, { at }) => Buffer.from(replacePart(text, at, () => DEEP)),
  deepest: (_real, { at }) => Buffer.from(DEEP.slice(0, at % 2 ? DEEP.length : DEEP.length / 2)),
  twice: ({ text }, { isEverywhere }) =>
    Buffer.from(isEverywhere ? `${text}\n${text}` : text + text),
  marked: ({ text }) => Buffer.from(`\uFEFF${text}`),
  secret: telling,
};

function flip(bytes: Buffer, at: number, times: number): Buffer {
  for (let time = 0; time < times; time++) {
    const position = (at * (time + 1) + time * 7919) % bytes.length;
    bytes[position] = bytes[position]! ^ (1 << ((at + time) % 8));
  }
  return bytes;
}

const MARK = '\u2400';

/** A body with garbage for its numbers, or for one of them: of JSON those that are read, else any. */
function withoutNumbers({ text, places }: Real, { at, garbage, isEverywhere }: BodyChange): string {
  const isMeant = (index: number, count: number): boolean => isEverywhere || index === at % count;
  const json = jsonOf(text);
  if (json === undefined) return withoutNumbersInLines(text, garbage, isMeant);
  const paths = partsOf(json).filter((path) => places.some((place) => fits(path, place)));
  const bent = paths
    .filter((_path, index) => isMeant(index, paths.length))
    .reduce((whole, path) => setAt(whole, path, MARK), json);
  return JSON.stringify(bent).replaceAll(`"${MARK}"`, () => garbage);
}

function withoutNumbersInLines(
  text: string,
  garbage: string,
  isMeant: (index: number, count: number) => boolean,
): string {
  const bare = garbage.replaceAll(/^"|"$/g, '');
  const value = /(?<=[, ])[\d.e+-]+(?=\r?$)/gm;
  const count = [...text.matchAll(value)].length;
  let index = 0;
  return text.replace(value, (found) => (isMeant(index++, count) ? bare : found));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

type Path = readonly (string | number)[];

/** The paths of all parts of JSON, itself first. */
function partsOf(json: unknown, path: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [path];
  const keys = Array.isArray(json) ? json.map((_one, index) => index) : Object.keys(json);
  const part = (key: string | number): unknown => (json as Record<string | number, unknown>)[key];
  return [path, ...keys.flatMap((key) => partsOf(part(key), [...path, key]))];
}

function fits(path: Path, place: string): boolean {
  const keys = place.split('/');
  const isStep = (key: string, index: number): boolean =>
    key === '*' || key === String(path[index]);
  return keys.length === path.length && keys.every(isStep);
}

/** JSON with another part at a path; undefined takes it out. */
function setAt(json: unknown, [key, ...rest]: Path, part: unknown): unknown {
  if (key === undefined) return part;
  const whole = json as Record<string | number, unknown>;
  const inner = setAt(whole[key], rest, part);
  if (!Array.isArray(json)) return { ...whole, [key]: inner };
  return inner === undefined ? json.toSpliced(Number(key), 1) : json.with(Number(key), inner);
}

/** A text with any part of its JSON, or any of its lines, replaced by a JSON text. */
function replacePart(text: string, at: number, instead: () => string | undefined): string {
  const json = jsonOf(text);
  const given = instead();
  if (json === undefined) {
    const lines = text.split('\n');
    const kept = given === undefined ? [] : [given];
    return lines.toSpliced(at % lines.length, 1, ...kept).join('\n');
  }
  const paths = partsOf(json);
  const path = paths[at % paths.length]!;
  const bent = setAt(json, path, given === undefined ? undefined : MARK);
  return (JSON.stringify(bent) ?? '').replaceAll(`"${MARK}"`, () => given ?? '');
}

function replaceList(text: string, at: number, change: (list: unknown[]) => unknown[]): string {
  const json = jsonOf(text);
  if (json === undefined) return change(text.split('\n')).join('\n');
  const partAt = (path: Path): unknown =>
    path.reduce<unknown>((whole, key) => (whole as Record<string | number, unknown>)[key], json);
  const lists = partsOf(json).filter((path) => Array.isArray(partAt(path)));
  const path = lists[at % lists.length];
  if (!path) return text;
  return JSON.stringify(setAt(json, path, change(partAt(path) as unknown[])));
}

/** An answer that tells a value of the Secret, near where a message may be cut. */
function telling({ secret, text }: Real, { at, isEverywhere }: BodyChange): Buffer {
  const values = Object.values(secret);
  const value = values[at % values.length] ?? '';
  const words = `${'x'.repeat(at % 230)} ${value} ${'y'.repeat(at % 90)}`;
  const wordings: unknown[] = [
    { status: 'error', errorType: 'bad_data', error: words },
    { status: 'success', data: { resultType: 'vector', result: [] }, warnings: [words] },
    { errors: [{ message: words }] },
    { error: { type: words, reason: words }, status: 400 },
    { code: words, message: words },
    { data: { resultType: words, result: words }, status: 'success' },
    words,
  ];
  const wording = wordings[at % wordings.length];
  if (isEverywhere) return Buffer.from(`${words}\n${text}`);
  return Buffer.from(typeof wording === 'string' ? wording : JSON.stringify(wording));
}

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

type Sent = { wire: Wire; text: string | undefined };

/** Kind of framing → what it makes of an answer, whose text is the whole body unless it says otherwise. */
function send(body: Buffer, { kind, pick }: Framing, contentType: string): Sent {
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
    { wire: pack('gzip', packed.subarray(0, packed.length - 9)), text: undefined },
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
