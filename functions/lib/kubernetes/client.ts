import http from 'node:http';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Failure, type FailureKind } from './failure.ts';

/** A request to the API server. */
export type ApiRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Ends the request, and what waits for it, as unavailable. */
  signal?: AbortSignal;
};

/**
 * Sends one request and gives the answer's JSON. Throws {@link Failure} for every other outcome,
 * with the verb, the path and the API server's own message: never headers, bodies or tokens.
 */
export type Api = <T>(request: ApiRequest) => Promise<T>;

const TIMEOUT_MS = 8_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * A client of the API server that KUBECONFIG, or the pod's service account, names. client-node
 * knows how to log in; requests go over one pool of kept-alive connections, as plain JSON, because
 * objects must come back with every field they had.
 */
export function connect(timeoutMs = TIMEOUT_MS): Api {
  const config = new KubeConfig();
  config.loadFromDefault();
  const server = config.getCurrentCluster()?.server;
  if (!server)
    throw new Error('no cluster in KUBECONFIG and no service account: nothing to talk to');
  const base = new URL(server);
  const isProxied = config.getCurrentCluster()?.proxyUrl !== undefined;
  let agent: http.Agent | undefined;
  return async <T>(request: ApiRequest): Promise<T> => {
    const options = await logIn(config, request);
    agent ??= isProxied ? (options.agent as http.Agent) : keepAlive(base, options);
    const answer = await send(
      urlOf(base, request),
      { ...options, agent, timeout: timeoutMs },
      request,
    );
    return parse(answer, request) as T;
  };
}

async function logIn(
  config: KubeConfig,
  { method, path }: ApiRequest,
): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
    return options;
  } catch (error) {
    const { code, name } = error as { code?: string; name: string };
    const message = `${method} ${path}: no credentials for the API server: ${code ?? name}`;
    throw new Failure('Unavailable', message);
  }
}

function keepAlive(
  base: URL,
  { ca, cert, key, rejectUnauthorized }: https.RequestOptions,
): http.Agent {
  const keep = { keepAlive: true, maxSockets: 64 };
  if (base.protocol === 'http:') return new http.Agent(keep);
  return new https.Agent({ ...keep, ca, cert, key, rejectUnauthorized });
}

/** A path with an empty name, or dots for one, would lead to something else than was asked for. */
function urlOf(base: URL, { method, path, query }: ApiRequest): URL {
  if (/\/\.{0,2}(\/|$)/.test(path)) {
    throw new Failure('Invalid', `${method} ${path}: a name in it is empty or only dots`);
  }
  const url = new URL(base.pathname.replace(/\/$/, '') + path, base);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  return url;
}

type Answer = { status: number; text: string };

function send(url: URL, options: https.RequestOptions, request: ApiRequest): Promise<Answer> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders),
    accept: request.accept ?? 'application/json',
    'user-agent': 'iter8-kserve',
    ...(body && {
      'content-type': request.contentType ?? 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const client = url.protocol === 'http:' ? http : https;
  const timeout = AbortSignal.timeout(Number(options.timeout));
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  const outgoing = client.request(
    url,
    { ...options, method: request.method, headers, signal },
    (incoming) => {
      collect(incoming).then(resolve, reject);
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise.catch((error: unknown) => {
    throw unreachable(error, request);
  });
}

async function collect(incoming: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES)
      throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return { status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

function unreachable(error: unknown, { method, path }: ApiRequest): Failure {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  const why =
    name === 'AbortError' || name === 'TimeoutError' ? 'no answer in time' : (code ?? message);
  return new Failure(
    'Unavailable',
    `${method} ${path}: the API server cannot be reached: ${why ?? 'unknown error'}`,
  );
}

function parse({ status, text }: Answer, request: ApiRequest): unknown {
  const body = parseJson(text);
  if (status >= 200 && status < 300 && body !== undefined) return body;
  const { message } = (body ?? {}) as { message?: unknown };
  const said = typeof message === 'string' ? message.slice(0, 1000) : 'no message';
  throw new Failure(kindOf(status), `${request.method} ${request.path}: ${status}: ${said}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const KINDS: Record<number, FailureKind> = {
  400: 'Invalid',
  401: 'Unavailable',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'Invalid',
  409: 'Conflict',
  410: 'Unavailable',
  413: 'Invalid',
  415: 'Invalid',
  422: 'Invalid',
};

/** A 401 comes again: a token that has just been rotated is read anew for the next request. */
function kindOf(status: number): FailureKind {
  return KINDS[status] ?? 'Unavailable';
}
