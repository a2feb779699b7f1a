// A small API server: objects in memory, resourceVersions, the status subresource, merge patches,
// finalizers, the Table of experiments; and a KServe that does at once what a share asks for.
import type { AnyObject } from '../../functions/lib/kubernetes/objects.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { startStub, writeKubeconfig, type Answer, type Asked, type Stub } from '../stub-server.ts';

export type ApiServer = {
  kubeconfig: string;
  /** Everything that was asked, oldest first. */
  asked: Asked[];
  /** Writes that were asked for, as "VERB path", Events left out. */
  writes: () => string[];
  put: (object: AnyObject | Experiment) => void;
  /** A copy of an object, undefined where there is none. */
  get: (kind: string, name: string) => unknown;
  /** Deletes an object, or marks it as being deleted where it has finalizers. */
  remove: (kind: string, name: string) => void;
  /** Answers in place of the server, for the requests that it answers at all. */
  intercept: (instead: (asked: Asked) => Answer | Promise<Answer> | undefined) => void;
  reset: () => void;
  stop: () => Promise<void>;
};

type Stored = {
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    resourceVersion: string;
    finalizers?: string[];
    deletionTimestamp?: string;
    [field: string]: unknown;
  };
  [field: string]: unknown;
};

const PLURALS: Record<string, string> = {
  experiments: 'Experiment',
  metrics: 'Metric',
  secrets: 'Secret',
  inferenceservices: 'InferenceService',
};

/** Starts an empty one; everything is in namespace team. */
export async function startApiServer(): Promise<ApiServer> {
  const objects = new Map<string, Stored>();
  let version = 100;
  let instead: Parameters<ApiServer['intercept']>[0] = () => undefined;
  const store = (object: Stored): Stored => {
    const stored = structuredClone(object);
    stored.metadata.resourceVersion = String(++version);
    objects.set(keyOf(stored.kind, stored.metadata.name), stored);
    if (stored.kind === 'InferenceService') actAsKServe(stored);
    return stored;
  };
  const write = (before: Stored, after: Stored): Answer => {
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    const { deletionTimestamp, finalizers = [] } = after.metadata;
    if (!deletionTimestamp || finalizers.length > 0)
      return { json: isSame ? before : store(after) };
    objects.delete(keyOf(after.kind, after.metadata.name));
    return { json: after };
  };
  const serve = (asked: Asked): Answer => {
    const { method, path, query, text } = asked;
    if (path.endsWith('/v2alpha2/experiments')) {
      return { json: tableOf([...objects.values()], query.get('fieldSelector') ?? '') };
    }
    if (method === 'POST') return { status: 201, json: {} };
    const found = objects.get(keyOfPath(path));
    if (!found) return refusal(404, `${path} not found`);
    if (method === 'GET') return { json: found };
    const change = JSON.parse(text) as Change;
    return isStale(found, change)
      ? refusal(409, `${path}: the object has been modified`)
      : write(found, method === 'PUT' ? withStatus(found, change) : merged(found, change));
  };
  const stub: Stub = await startStub(async (asked) => (await instead(asked)) ?? serve(asked));
  const kubeconfig = writeKubeconfig(stub.url);
  return {
    kubeconfig: kubeconfig.path,
    asked: stub.asked,
    writes: () =>
      stub.asked
        .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/events'))
        .map(({ method, path }) => `${method} ${path.replace(/.*\/namespaces\/team\//, '')}`),
    put: (object) => void store(object as unknown as Stored),
    get: (kind, name) => structuredClone(objects.get(keyOf(kind, name))),
    remove: (kind, name) => {
      const object = objects.get(keyOf(kind, name))!;
      const metadata = { ...object.metadata, deletionTimestamp: new Date().toISOString() };
      write(object, { ...object, metadata });
    },
    intercept: (next) => {
      instead = next;
    },
    reset: () => {
      objects.clear();
      stub.asked.length = 0;
      instead = () => undefined;
    },
    stop: async () => {
      kubeconfig.remove();
      await stub.stop();
    },
  };
}

function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

function keyOfPath(path: string): string {
  const [, plural = '', name = ''] = /\/namespaces\/[^/]+\/([^/]+)\/([^/]+)/.exec(path) ?? [];
  return keyOf(PLURALS[plural] ?? plural, name);
}

/** An answer that refuses. */
export function refusal(status: number, message: string): Answer {
  return { status, json: { kind: 'Status', status: 'Failure', code: status, message } };
}

type Change = {
  metadata?: { resourceVersion?: string; [field: string]: unknown };
  status?: unknown;
};

function isStale({ metadata }: Stored, change: Change): boolean {
  const guard = change.metadata?.resourceVersion;
  return guard !== undefined && guard !== metadata.resourceVersion;
}

/** The status endpoint takes nothing but the status. */
function withStatus(found: Stored, { status }: Change): Stored {
  return { ...found, status };
}

function merged(found: Stored, change: Change): Stored {
  return merge(found, change) as Stored;
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as object) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merge(result[key], value);
  }
  return result;
}

const COLUMNS: Record<string, (experiment: Experiment) => unknown> = {
  Name: ({ metadata }) => metadata.name,
  Stage: ({ status }) => status?.stage,
  'Completed Iterations': ({ status }) => status?.completedIterations,
  'Next Iteration': ({ status }) => status?.nextIterationTime,
  Uid: ({ metadata }) => metadata.uid,
  Namespace: ({ metadata }) => metadata.namespace,
  Created: ({ metadata }) => metadata.creationTimestamp,
  Deleted: ({ metadata }) => metadata.deletionTimestamp,
  Label: ({ metadata }) => metadata.labels?.['iter8.tools/stage'],
  Acquired: ({ status }) =>
    status?.conditions?.find(({ type }) => type === 'TargetAcquired')?.status,
  Lock: ({ status }) => status?.target?.lock,
  Run: ({ status }) => status?.run,
  Interval: ({ spec }) => spec.duration.intervalSeconds,
  Paused: ({ status }) => status?.conditions?.find(({ type }) => type === 'Paused')?.reason,
  Suspended: ({ spec }) => spec.suspend,
  Verdict: ({ spec }) => spec.verdict,
  Retry: ({ metadata }) => metadata.annotations?.['iter8.tools/retry'],
};

function tableOf(objects: readonly Stored[], fieldSelector: string): object {
  const isOfCompleted = fieldSelector === 'status.stage=Completed';
  const rows = objects
    .filter(({ kind }) => kind === 'Experiment')
    .map((object) => object as unknown as Experiment)
    .filter(({ status }) => (status?.stage === 'Completed') === isOfCompleted)
    .map((one) => ({ cells: Object.values(COLUMNS).map((column) => column(one) ?? '') }));
  const columnDefinitions = Object.keys(COLUMNS).map((name) => ({ name, type: 'string' }));
  return { kind: 'Table', metadata: {}, columnDefinitions, rows };
}

type Service = {
  spec: { predictor: { canaryTrafficPercent?: number } };
  status: { components: { predictor: Record<string, unknown> } };
};

function actAsKServe(service: Stored): void {
  const { spec, status } = service as unknown as Service;
  const { predictor } = status.components;
  const percent = spec.predictor.canaryTrafficPercent ?? 100;
  const latest = predictor.latestReadyRevision;
  if (percent === 100) predictor.latestRolledoutRevision = latest;
  predictor.traffic = [
    { revisionName: latest, percent },
    { revisionName: predictor.latestRolledoutRevision, percent: 100 - percent },
  ];
}
