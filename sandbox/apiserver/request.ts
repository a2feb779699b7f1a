import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { parse } from 'yaml';
import { ApiError, badRequest } from './errors.ts';
import { decodeProtobuf } from './protobuf.ts';

/** A request as the API understands it. */
export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The parts of a path to objects; undefined for other paths. */
  target?: Target;
  readBody(): Promise<unknown>;
}

/** What a path to objects names. */
export interface Target {
  group: string;
  version: string;
  namespace?: string;
  plural: string;
  name?: string;
  subresource?: string;
}

const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Reads a request's line and headers; the body is read when it is asked for. Throws 400 where the
 * path cannot be read.
 */
export function readRequest(message: IncomingMessage): ApiRequest {
  const { pathname, searchParams, target } = readUrl(message.url ?? '/');
  return {
    method: message.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: message.headers,
    target,
    readBody: () => readBody(message),
  };
}

function readUrl(text: string): Pick<URL, 'pathname' | 'searchParams'> & { target?: Target } {
  try {
    const { pathname, searchParams } = new URL(`https://127.0.0.1${text}`);
    return { pathname, searchParams, target: parseTarget(pathname) };
  } catch {
    throw badRequest(`the path ${JSON.stringify(text)} cannot be read`);
  }
}

/**
 * Takes a path apart. `/api/v1/namespaces/a` is the Namespace a, while
 * `/api/v1/namespaces/a/secrets` are the Secrets in it.
 */
function parseTarget(path: string): Target | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root === 'api') return parseInGroup('', rest);
  if (root === 'apis') return parseInGroup(rest[0] ?? '', rest.slice(1));
  return undefined;
}

const NAMESPACE_SUBRESOURCES = ['status', 'finalize'];

function parseInGroup(group: string, [version, ...rest]: string[]): Target | undefined {
  if (version === undefined || rest.length === 0) return undefined;
  const isInside =
    rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.includes(rest[2]!);
  const namespace = isInside ? rest[1] : undefined;
  const [plural, name, subresource, ...more] = isInside ? rest.slice(2) : rest;
  if (plural === undefined || more.length > 0) return undefined;
  return { group, version, namespace, plural, name, subresource };
}

async function readBody(message: IncomingMessage): Promise<unknown> {
  const type = message.headers['content-type'] ?? 'application/json';
  const body = await buffer(message);
  if (body.length > MAX_BODY_BYTES) {
    throw new ApiError(413, 'RequestEntityTooLarge', `limit is ${MAX_BODY_BYTES}`);
  }
  if (body.length === 0) return undefined;
  if (type.includes('protobuf')) return decodeProtobuf(body);
  try {
    const text = body.toString('utf8');
    return type.includes('yaml') ? parse(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${String(error)}`);
  }
}
