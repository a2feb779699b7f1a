// An API server with a namespace and a kind of a test's own, and short ways to ask it.
import * as assert from 'uvu/assert';
import type { Api } from '../../sandbox/api.ts';
import { isForeignCluster, startTestApi } from '../kubernetes-api.ts';
import { connect, until, type Connection, type Watched } from './requests.ts';
import { widget, widgetDefinition, type MoreOfWidget } from './widgets.ts';

/** What is in the answers that the tests look into, whichever it is. */
export interface Body {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    generation: number;
    labels?: Record<string, string>;
    continue?: string;
    [field: string]: unknown;
  };
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
  items: Body[];
  message: string;
  reason: string;
  details: { name?: string; kind?: string; causes?: { field: string; reason: string }[] };
  [field: string]: unknown;
}

/** An answer to a request. */
export interface Answer {
  status: number;
  body: Body;
  warnings: string;
}

type Headers = Record<string, string>;

/** A server to test. Paths are whole; `widgets` and `core` are those of the own namespace. */
export interface Cluster {
  kubeconfig: string;
  namespace: string;
  /** The group of the kind Widget, which is of this cluster alone. */
  group: string;
  widgets: string;
  core: string;
  get(path: string, headers?: Headers): Promise<Answer>;
  post(path: string, body: object, headers?: Headers): Promise<Answer>;
  put(path: string, body: object, headers?: Headers): Promise<Answer>;
  /** `type` without what all types begin and end with: "merge", "json", "strategic-merge". */
  patch(path: string, body: unknown, type?: string, headers?: Headers): Promise<Answer>;
  /** A server-side apply by the manager. */
  apply(path: string, body: object, query: string): Promise<Answer>;
  remove(path: string, options?: object, headers?: Headers): Promise<Answer>;
  watch(path: string, headers?: Headers): Promise<Watched>;
  /** A red Widget, to be sent. */
  widget(name: string | undefined, more?: MoreOfWidget): object;
  /** Creates a red Widget, and gives it as it is then. */
  create(name: string, more?: MoreOfWidget): Promise<Body>;
  stop(): Promise<void>;
}

/** Starts a server for the tests of a topic, which gives its namespace and its group their names. */
export async function startCluster(topic: string): Promise<Cluster> {
  const api = await startTestApi();
  const connection = await connect(api.kubeconfig);
  const namespace = `${topic}-${process.pid}`;
  const group = `${namespace}.example.org`;
  const cluster = { ...verbsOf(connection), ...placesOf(group, namespace) };
  const own = {
    widget: (name: string | undefined, more?: MoreOfWidget) => widget(group, name, more),
    create: async (name: string, more?: MoreOfWidget) =>
      ok(await cluster.post(cluster.widgets, widget(group, name, more)), 201),
    stop: () => stopCluster(cluster, api),
  };
  ok(await cluster.post(DEFINITIONS, widgetDefinition(group)), 201);
  ok(await cluster.post('/api/v1/namespaces', { metadata: { name: namespace } }), 201);
  await until(async () => (await cluster.get(cluster.widgets)).status === 200);
  await until(async () => {
    return (await cluster.get(`${cluster.core}/serviceaccounts/default`)).status === 200;
  });
  return { ...cluster, ...own, kubeconfig: api.kubeconfig };
}

export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function placesOf(group: string, namespace: string) {
  const widgets = `/apis/${group}/v1/namespaces/${namespace}/widgets`;
  return { group, namespace, widgets, core: `/api/v1/namespaces/${namespace}` };
}

function verbsOf({ send, watch }: Connection) {
  const ask =
    (method: string) =>
    async (path: string, body?: unknown, headers: Headers = {}) =>
      (await send({ method, path, body, headers })) as Answer;
  const patch = (path: string, body: unknown, type = 'merge', headers: Headers = {}) => {
    const contentType = { 'content-type': `application/${type}-patch+json` };
    return ask('PATCH')(path, body, { ...contentType, ...headers });
  };
  const apply = (path: string, body: object, query: string) =>
    ask('PATCH')(`${path}?${query}`, body, { 'content-type': 'application/apply-patch+yaml' });
  return {
    get: (path: string, headers?: Headers) => ask('GET')(path, undefined, headers),
    post: ask('POST'),
    put: ask('PUT'),
    patch,
    apply,
    remove: ask('DELETE'),
    watch: (path: string, headers?: Headers) => watch({ path, headers }),
  };
}

type Places = Pick<Cluster, 'get' | 'patch' | 'remove' | 'namespace' | 'group' | 'widgets'>;

/** On somebody's cluster, nothing is left; a server of the test's own is gone with all that it holds. */
async function stopCluster(cluster: Places, api: Api): Promise<void> {
  const { get, patch, remove, namespace, group, widgets } = cluster;
  if (isForeignCluster) {
    const path = `/api/v1/namespaces/${namespace}`;
    await remove(path);
    for (const name of namesOf(await get(widgets))) {
      await patch(`${widgets}/${name}`, { metadata: { finalizers: null } });
    }
    await until(async () => (await get(path)).status === 404);
    await remove(`${DEFINITIONS}/widgets.${group}`);
  }
  await api.stop();
}

/** The body of an answer that must have a status. */
export function ok({ status, body }: Answer, expected = 200): Body {
  assert.is(status, expected, JSON.stringify(body));
  return body;
}

/** The body of a refusal that must have a status, and these words in its message. */
export function refused({ status, body }: Answer, expected: number, words: string): Body {
  assert.is(status, expected, JSON.stringify(body));
  const { message } = body;
  assert.ok(message.includes(words), `says "${words}": ${message}`);
  return body;
}

/** The names of the objects of a list. */
export function namesOf(answer: Answer): string[] {
  return ok(answer).items.map(({ metadata }) => metadata.name);
}
