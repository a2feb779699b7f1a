import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { readText, type Stoppable } from './http.ts';
import { readAccess } from './kubeconfig.ts';

/** A Kubernetes object, as far as every kind has the same shape. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** What a watch tells: the whole list at its beginning (and again after a gap), then each change. */
export interface WatchHandlers<T> {
  listed?(objects: T[]): void | Promise<void>;
  changed(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void | Promise<void>;
}

/** Query parameters of a request. */
export type Query = Record<string, string>;

/**
 * An API server's client. Paths are whole, such as `/apis/GROUP/VERSION/namespaces/NS/PLURAL/NAME`.
 * Every verb throws a KubeError where the server refuses.
 */
export interface Kube {
  readonly server: string;
  get<T = KubeObject>(path: string): Promise<T>;
  list<T = KubeObject>(path: string, query?: Query): Promise<T[]>;
  create<T = KubeObject>(path: string, object: object): Promise<T>;
  /** A merge patch; with a path that ends in `/status`, one of the status. */
  patch<T = KubeObject>(path: string, change: object): Promise<T>;
  /** A server-side apply in the sandbox's name, which wins against others. */
  apply<T = KubeObject>(path: string, object: object): Promise<T>;
  remove(path: string): Promise<void>;
  /** Resolves once the first list is told. Handlers are awaited, one change after the other. */
  watch<T = KubeObject>(path: string, query: Query, handlers: WatchHandlers<T>): Promise<Stoppable>;
}

/** The server's refusal: `code` is the HTTP status, `reason` the Status object's. */
export class KubeError extends Error {
  readonly code: number;
  readonly reason: string;
  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

interface Call {
  method: string;
  path: string;
  query?: Query;
  body?: object;
  contentType?: string;
  signal?: AbortSignal;
}

type Send = (call: Call) => Promise<IncomingMessage>;

interface ListAnswer<T> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string };
  items: T[];
}

const RECONNECT_MS = 200;
const MERGE_PATCH = 'application/merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';
const APPLY_OPTIONS = { fieldManager: 'iter8-sandbox', force: 'true' };
const GONE = 410;

/** A client for the current context of a kubeconfig file. */
export async function connectKube(kubeconfig: string): Promise<Kube> {
  const { server, options } = await readAccess(kubeconfig);
  const send = sender(server, options);
  const call = async <T>(request: Call): Promise<T> =>
    JSON.parse(await readText(await send(request))) as T;
  return {
    server,
    get: (path) => call({ method: 'GET', path }),
    list: async <T>(path: string, query?: Query) =>
      withKinds(await call<ListAnswer<T>>({ method: 'GET', path, query })).items,
    create: (path, body) => call({ method: 'POST', path, body }),
    patch: (path, body) => call({ method: 'PATCH', path, body, contentType: MERGE_PATCH }),
    apply: (path, body) =>
      call({ method: 'PATCH', path, body, contentType: APPLY_PATCH, query: APPLY_OPTIONS }),
    remove: async (path) => {
      await call({ method: 'DELETE', path });
    },
    watch: (path, query, handlers) => startWatch(send, { method: 'GET', path, query }, handlers),
  };
}

function sender(server: string, options: RequestOptions): Send {
  const isSecure = server.startsWith('https:');
  const request = isSecure ? httpsRequest : httpRequest;
  const agent = isSecure
    ? new HttpsAgent({ ...options, keepAlive: true } as object)
    : new HttpAgent({ keepAlive: true });
  return ({ method, path, query, body, signal, contentType = 'application/json' }) =>
    new Promise((resolve, reject) => {
      const url = new URL(server + path);
      url.search = new URLSearchParams(query).toString();
      const headers = {
        ...(options.headers as object),
        accept: 'application/json',
        'content-type': contentType,
      };
      const sending = request(url, { ...options, method, headers, agent, signal }, (answer) => {
        if (isSuccess(answer)) resolve(answer);
        else
          readText(answer).then((text) => {
            reject(toError(answer, text));
          }, reject);
      });
      sending.once('error', reject);
      sending.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function toError({ statusCode = 0 }: IncomingMessage, text: string): KubeError {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeError(statusCode, reason ?? '', message ?? text);
  } catch {
    return new KubeError(statusCode, '', text);
  }
}

/** A list leaves apiVersion and kind out of its items. */
function withKinds<T>(list: ListAnswer<T>): ListAnswer<T> {
  const kind = list.kind.replace(/List$/, '');
  return {
    ...list,
    items: list.items.map((item) => ({ apiVersion: list.apiVersion, kind, ...item })),
  };
}

async function startWatch<T>(
  send: Send,
  call: Call,
  handlers: WatchHandlers<T>,
): Promise<Stoppable> {
  const stopper = new AbortController();
  const { signal } = stopper;
  const stream: Stream<T> = { send, call: { ...call, signal }, handlers, version: '' };
  await relist(stream);
  const running = keepFollowing(stream, signal);
  return {
    stop: async () => {
      stopper.abort();
      await running;
    },
  };
}

/** A watch under way; `version` is the last one told, or empty where the list must be told again. */
interface Stream<T> {
  send: Send;
  call: Call;
  handlers: WatchHandlers<T>;
  version: string;
}

async function relist<T>(stream: Stream<T>): Promise<void> {
  const answer = await readText(await stream.send(stream.call));
  const list = withKinds(JSON.parse(answer) as ListAnswer<T>);
  await stream.handlers.listed?.(list.items);
  stream.version = list.metadata.resourceVersion;
}

async function keepFollowing<T>(stream: Stream<T>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      if (stream.version === '') await relist(stream);
      await follow(stream);
    } catch (error) {
      if (error instanceof KubeError && error.code === GONE) stream.version = '';
      else report(stream, error, signal);
    }
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

function report<T>({ call }: Stream<T>, error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) console.error(`sandbox: watch of ${call.path}: ${String(error)}`);
}

interface WatchLine<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T & { metadata: { resourceVersion: string } };
}

async function follow<T>(stream: Stream<T>): Promise<void> {
  const { send, call, handlers, version } = stream;
  const query = {
    ...call.query,
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: version,
  };
  for await (const text of createInterface({ input: await send({ ...call, query }) })) {
    const { type, object } = JSON.parse(text) as WatchLine<T>;
    if (type === 'ERROR') throw toWatchError(object as object);
    stream.version = object.metadata.resourceVersion;
    if (type !== 'BOOKMARK') await handlers.changed(type, object);
  }
}

function toWatchError(status: { code?: number; reason?: string; message?: string }): KubeError {
  return new KubeError(status.code ?? 0, status.reason ?? '', status.message ?? '');
}
