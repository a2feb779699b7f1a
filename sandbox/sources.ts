import { randomUUID } from 'node:crypto';
import { post, SOURCE_RETRY, withRetries, type Message } from './delivery.ts';
import { sendWithFaults, type FaultSource } from './faults.ts';
import type { Stoppable } from './http.ts';
import type { Kube, KubeObject, Query } from './kube.ts';
import { seededRandom } from './random.ts';
import { pathOf, resourcePath } from './resource-path.ts';

/** Where a source's events go, and what goes wrong with them on the way. */
export interface SourceOptions {
  sink: string;
  faults?: FaultSource;
  seed?: number;
}

interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface ApiServerSourceSpec {
  mode?: string;
  resources: { apiVersion: string; kind: string; selector?: LabelSelector }[];
  namespaceSelector?: LabelSelector;
  ceOverrides?: { extensions?: Record<string, string> };
}

interface PingSourceSpec {
  contentType?: string;
  data?: string;
  ceOverrides?: { extensions?: Record<string, string> };
}

const VERBS = { ADDED: 'add', MODIFIED: 'update', DELETED: 'delete' } as const;
const OPERATORS: Record<string, (key: string, values: string) => string> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/**
 * Plays an ApiServerSource (mode Resource): one event for each change the API server tells of
 * objects that the selector picks. What exists at the start gives no event. The watch waits for
 * each delivery. Throws on another mode, and where the API server does not know a resource.
 */
export async function startApiServerSource(
  kube: Kube,
  manifest: KubeObject,
  options: SourceOptions,
): Promise<Stoppable> {
  const spec = manifest['spec'] as ApiServerSourceSpec;
  if (spec.mode !== 'Resource') throw new Error(`${manifest.metadata.name}: mode must be Resource`);
  const emit = emitter(options);
  const extensions = spec.ceOverrides?.extensions ?? {};
  const namespace = spec.namespaceSelector === undefined ? manifest.metadata.namespace : undefined;
  const watches = spec.resources.map(async ({ apiVersion, kind, selector }) => {
    const { plural, path } = await resourcePath(kube, { apiVersion, kind });
    const query: Query = selector ? { labelSelector: formatSelector(selector) } : {};
    return kube.watch(path(namespace), query, {
      changed: (type, object) =>
        emit.send(
          resourceMessage({ server: kube.server, verb: VERBS[type], plural, extensions }, object),
        ),
    });
  });
  const started = await Promise.all(watches);
  return {
    stop: async () => {
      emit.abort();
      await Promise.all(started.map((watch) => watch.stop()));
    },
  };
}

/** Plays a PingSource, with an interval for its schedule. A tick does not wait for the one before. */
export function startPingSource(
  manifest: KubeObject,
  intervalMs: number,
  options: SourceOptions,
): Stoppable {
  const emit = emitter(options);
  const timer = setInterval(() => void emit.send(pingMessage(manifest)), intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      emit.abort();
      return Promise.resolve();
    },
  };
}

interface Emitter {
  send(message: Message): Promise<void>;
  abort(): void;
}

function emitter({ sink, faults = {}, seed = 1 }: SourceOptions): Emitter {
  const stopper = new AbortController();
  const random = seededRandom(seed);
  const { signal } = stopper;
  const sendOne = (message: Message) => async (): Promise<void> => {
    await withRetries(() => post(sink, message, { signal }), SOURCE_RETRY, signal);
  };
  return {
    send: (message) => sendWithFaults(sendOne(message), faults, random),
    abort: () => {
      stopper.abort();
    },
  };
}

/** What a resource event says besides the object. */
export interface ResourceChange {
  server: string;
  verb: 'add' | 'update' | 'delete';
  plural: string;
  extensions?: Record<string, string>;
}

/** The event that the adapter of an ApiServerSource in mode Resource sends. */
export function resourceMessage(change: ResourceChange, object: KubeObject): Message {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = '' } = metadata;
  const subject = `${pathOf(apiVersion, change.plural, namespace)}/${name}`;
  return message({
    namespace,
    attributes: {
      type: `dev.knative.apiserver.resource.${change.verb}`,
      source: change.server,
      subject,
      apiversion: apiVersion,
      kind,
      name,
      namespace,
      ...change.extensions,
    },
    contentType: 'application/json',
    body: JSON.stringify(object),
  });
}

/** The event that the adapter of a PingSource sends: no subject, and no body without data. */
export function pingMessage({ metadata, spec }: KubeObject): Message {
  const { name, namespace = '' } = metadata;
  const { contentType = 'application/json', data = '', ceOverrides } = spec as PingSourceSpec;
  return message({
    namespace,
    attributes: {
      type: 'dev.knative.sources.ping',
      source: `/apis/v1/namespaces/${namespace}/pingsources/${name}`,
      ...ceOverrides?.extensions,
    },
    contentType: data === '' ? undefined : contentType,
    body: data,
  });
}

function message(event: {
  namespace: string;
  attributes: Record<string, string>;
  contentType?: string;
  body: string;
}): Message {
  const own = { specversion: '1.0', id: randomUUID(), time: new Date().toISOString() };
  const attributes = Object.entries({ ...own, ...event.attributes });
  const headers = Object.fromEntries(attributes.map(([name, value]) => [`ce-${name}`, value]));
  const { contentType, namespace, body } = event;
  const type: Record<string, string> = contentType ? { 'content-type': contentType } : {};
  return { headers: { ...headers, ...type, 'kn-namespace': namespace }, body };
}

/** A label selector in the form of the query parameter; throws on an unknown operator. */
export function formatSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    const format = OPERATORS[operator];
    if (format === undefined) throw new Error(`no label selector operator is called ${operator}`);
    return format(key, values.join(','));
  });
  return [...labels, ...expressions].join(',');
}
