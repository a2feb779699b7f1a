// Answers that went wrong: a real one's body, and how it is sent, with one thing changed in each.
import fc from 'fast-check';
import { framings, send, type Framing, type Sent } from './framing.ts';
import type { Real } from './realAnswers.ts';

/** What becomes of a body. */
export type BodyChange = { kind: BodyKind; at: number; garbage: string; isEverywhere: boolean };

/** What is drawn for an answer. */
export type Change = { body: BodyChange; framing: Framing };

/** A changed answer, and whether it tells a value of the Secret. */
export type Changed = Sent & { hasSecret: boolean };

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

const DEEP = '['.repeat(1e5) + ']'.repeat(1e5);

/** JSON that is no number, though some of it nearly is. */
const GARBAGE: readonly string[] = [
  ...['null', '""', '" "', '"x"', '"NaN"', '"nan"', '"Infinity"', '"-inf"', '"+Inf"', '"1e999"'],
  ...['NaN', 'Infinity', '-Infinity', '1e999', '-1e400', '"12abc"', '"0x10"', '"1_000"', '"1,5"'],
  ...['[]', '{}', '[5]', '["5"]', '{"toString":1,"valueOf":1}', '"\\ud800"', '"١٢"', '"0b1"'],
  ...['"true"', '"null"', '"\\u0000"', '"1 2"', '"5%"', '"--5"', '"1e"', '"."', '"1.2.3"', '01'],
];

/** Any change of a body and of how it is sent, mostly one of both. */
export const changes: fc.Arbitrary<Change> = fc.record({
  body: fc.record({
    kind: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...BODY_KINDS) },
      { weight: 1, arbitrary: fc.constantFrom<BodyKind>('number', 'part', 'secret') },
    ),
    at: fc.nat(1_000_000),
    garbage: fc.constantFrom(...GARBAGE),
    isEverywhere: fc.boolean(),
  }),
  framing: framings,
});

/** A real answer with its body and its sending changed. */
export function changed(real: Real, { body, framing }: Change): Changed {
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
    .reduce<unknown>((whole, path) => setAt(whole, path, MARK), json);
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
  // Without the whole of it, nothing is left.
  if (bent === undefined) return '';
  return JSON.stringify(bent).replaceAll(`"${MARK}"`, () => given ?? '');
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
