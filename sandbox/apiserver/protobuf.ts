// Bodies in Kubernetes' protobuf, which its Go clients send for the kinds that they have types for.
import { ApiError, badRequest } from './errors.ts';
import { timestamp } from './metadata.ts';
import { KINDS, PARTS } from './protobufKinds.ts';

/** A field of a message. */
interface Field {
  number: number;
  name: string;
  type: string;
  /** '', '?', '[]' or '{}'. */
  mark: string;
}

/** A field's value as it is sent. */
interface Sent {
  number: number;
  wireType: number;
  varint: bigint;
  bytes: Buffer;
}

type Message = Record<string, unknown>;

interface Envelope {
  typeMeta?: { apiVersion?: string; kind?: string };
  raw?: Buffer;
}

const MAGIC = Buffer.from('k8s\0');
const VARINT = 0;
const LENGTH_DELIMITED = 2;

const MESSAGES = new Map<string, Field[]>(
  Object.entries({ ...KINDS, ...PARTS }).map(([name, fields]) => {
    return [name, fields.split(',').map(readField)];
  }),
);

function readField(text: string): Field {
  const pattern = /^(\d+) (\w+)(?: (\w+))?(\?|\[\]|\{\})?$/;
  const [, number, name = '', type = 'string', mark = ''] = pattern.exec(text.trim())!;
  return { number: Number(number), name, type: mark === '{}' ? `${type}{}` : type, mark };
}

/**
 * Reads a body as the object that it would be in JSON: bytes in base64, times in RFC 3339, and
 * empty fields left out where Go leaves them out.
 * Throws ApiError: 415 on a kind that is not known, 400 on a body that cannot be read.
 */
export function decodeProtobuf(body: Buffer): object {
  const unrecognized = 'the object provided is unrecognized';
  const { typeMeta, raw = Buffer.alloc(0) } = explain(unrecognized, () => openEnvelope(body));
  const { apiVersion = '', kind = '' } = typeMeta ?? {};
  if (!Object.hasOwn(KINDS, kind)) {
    const message = `the body of the request was in an unknown format (protobuf of the kind ${JSON.stringify(kind)}) - accepted media types include: application/json, application/yaml`;
    throw new ApiError(415, 'UnsupportedMediaType', message);
  }
  const version = JSON.stringify(apiVersion.split('/').at(-1));
  const unhandled = `${kind} in version ${version} cannot be handled as a ${kind}`;
  return { apiVersion, kind, ...explain(unhandled, () => decodeMessage(raw, kind)) };
}

function explain<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw badRequest(`${what}: ${(error as Error).message}`);
  }
}

function openEnvelope(body: Buffer): Envelope {
  const isProtobuf = body.subarray(0, MAGIC.length).equals(MAGIC);
  if (!isProtobuf) throw new Error('provided data does not appear to be a protobuf message');
  return decodeMessage(body.subarray(MAGIC.length), 'Envelope');
}

function decodeMessage(bytes: Buffer, type: string): Message {
  const sent = Map.groupBy(readSent(bytes), ({ number }) => number);
  const entries = MESSAGES.get(type)!.map((field) => {
    return [field.name, decodeField(field, sent.get(field.number) ?? [])];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Message;
}

const EMPTY: unknown[] = ['', 0, false];

/** Undefined where the field is not sent, or is left out of JSON. */
function decodeField(field: Field, sent: readonly Sent[]): unknown {
  if (sent.length === 0) return undefined;
  const values = sent.map((one) => decodeValue(field, one));
  if (field.mark === '[]') return values;
  if (field.mark === '{}') return Object.fromEntries(values.map(toEntry));
  const last = values.at(-1);
  return field.mark !== '?' && EMPTY.includes(last) ? undefined : last;
}

function toEntry(message: unknown): [string, unknown] {
  const { key = '', value = '' } = message as { key?: string; value?: unknown };
  return [key, value];
}

function decodeValue({ type, name }: Field, { wireType, varint, bytes }: Sent): unknown {
  const ofVarint = FROM_VARINT[type];
  if (wireType !== (ofVarint === undefined ? LENGTH_DELIMITED : VARINT)) {
    throw new Error(`proto: wrong wireType = ${wireType} for field ${name}`);
  }
  if (ofVarint !== undefined) return ofVarint(varint);
  const ofBytes = FROM_BYTES[type];
  return ofBytes === undefined ? decodeMessage(bytes, type) : ofBytes(bytes);
}

const FROM_VARINT: Record<string, (varint: bigint) => unknown> = {
  int: (varint) => Number(BigInt.asIntN(64, varint)),
  bool: (varint) => varint !== 0n,
};

/** The types that are not simply messages. */
const FROM_BYTES: Record<string, (bytes: Buffer) => unknown> = {
  string: (bytes) => bytes.toString('utf8'),
  bytes: (bytes) => bytes.toString('base64'),
  buffer: (bytes) => bytes,
  json: (bytes) => JSON.parse(bytes.toString('utf8')) as unknown,
  Time: (bytes) => decodeTime(bytes)?.text,
  MicroTime: (bytes) => {
    const time = decodeTime(bytes);
    const microseconds = String(Math.trunc((time?.nanoseconds ?? 0) / 1000)).padStart(6, '0');
    return time?.text.replace('Z', `.${microseconds}Z`);
  },
  IntOrString: (bytes) => {
    const { isText, number, text } = decodeMessage(bytes, 'Alternatives');
    return isText === true ? text : number;
  },
  FieldsV1: (bytes) => decodeMessage(bytes, 'Json')['value'],
  ExtraValue: (bytes) => decodeMessage(bytes, 'Strings')['items'] ?? [],
};

/** The time in whole seconds, and the nanoseconds beyond; undefined for Go's time zero. */
function decodeTime(bytes: Buffer): { text: string; nanoseconds: number } | undefined {
  if (bytes.length === 0) return undefined;
  const { seconds = 0, nanoseconds = 0 } = decodeMessage(bytes, 'Timestamp') as Record<
    string,
    number
  >;
  return { text: timestamp(new Date(seconds * 1000)), nanoseconds };
}

/** A place in a message. */
interface Cursor {
  bytes: Buffer;
  at: number;
}

function* readSent(bytes: Buffer): Generator<Sent> {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(readVarint(cursor));
    const wireType = tag % 8;
    const number = Math.floor(tag / 8);
    if (number === 0) throw new Error(`proto: illegal tag 0 (wire type ${wireType})`);
    const varint = wireType === VARINT ? readVarint(cursor) : 0n;
    yield { number, wireType, varint, bytes: readBytes(cursor, wireType) };
  }
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 64n; shift += 7n) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new Error('unexpected EOF');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new Error('proto: integer overflow');
}

const FIXED_LENGTHS: Record<number, number> = { [VARINT]: 0, 1: 8, 5: 4 };

function readBytes(cursor: Cursor, wireType: number): Buffer {
  const length =
    wireType === LENGTH_DELIMITED ? Number(readVarint(cursor)) : FIXED_LENGTHS[wireType];
  if (length === undefined) throw new Error(`proto: illegal wireType ${wireType}`);
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new Error('unexpected EOF');
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return bytes;
}
