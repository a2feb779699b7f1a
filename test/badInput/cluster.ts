// A cluster in this process: the sandbox's API server without its network, models that serve what
// they are told to, and the three functions, whose time passes only when it is told to.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { finish } from '../../functions/finish/finish.ts';
import { iterate } from '../../functions/iterate/iterate.ts';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import type { Settings } from '../../functions/lib/experiment/settings.ts';
import type { FunctionName } from '../../functions/lib/experiment/stages.ts';
import type { Api, ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { Failure, isFailure, type FailureKind } from '../../functions/lib/kubernetes/failure.ts';
import { objectsOf } from '../../functions/lib/kubernetes/objects.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import { stepEvent } from '../../functions/lib/runtime/broker.ts';
import { EventRefused, type Received } from '../../functions/lib/runtime/event.ts';
import type { Handler } from '../../functions/lib/runtime/function.ts';
import { readEnvironment } from '../../functions/lib/runtime/settings.ts';
import type { World } from '../../functions/lib/runtime/world.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { start } from '../../functions/start/start.ts';
import { ADMINISTRATOR, createTokens } from '../../sandbox/apiserver/access.ts';
import { toStatus } from '../../sandbox/apiserver/errors.ts';
import { answer, type Machinery } from '../../sandbox/apiserver/handle.ts';
import { bucketOf, DEFINITIONS, NAMESPACES } from '../../sandbox/apiserver/kinds.ts';
import { createLister } from '../../sandbox/apiserver/list.ts';
import { createRegistry } from '../../sandbox/apiserver/registry.ts';
import { readRequest } from '../../sandbox/apiserver/request.ts';
import { createStore, type Store } from '../../sandbox/apiserver/store.ts';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { readManifests } from '../../sandbox/manifests.ts';
import { seriesOf } from './counters.ts';
import { NAMESPACE } from './experiments.ts';
import { playKServe, routeDefinition } from './targets.ts';

/** An answer of the API server. */
export type Answer = { status: number; body: unknown };

/** Sends a request, by an administrator where it does not say otherwise. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** What a function answered: a status as over HTTP, with the error that it ended with. */
export type Outcome = { status: 204 | 400 | 422 | 503 | 500; error?: Error; milliseconds: number };

export type Cluster = {
  now: () => Date;
  pass: (seconds: number) => void;
  send: Send;
  /** Keeps an object that was stored before its schema: only what that does not know is dropped. */
  keep: (object: ApiObject) => void;
  experiment: (name: string) => Experiment | undefined;
  /** Tells of every experiment that is written, as it is then. */
  follow: (listener: (experiment: Experiment) => void) => void;
  call: (name: FunctionName, event: Received) => Promise<Outcome>;
  /** A tick, and all steps that it leads to; gives how each ended, by the experiment's name. */
  tick: () => Promise<[name: string, outcome: Outcome][]>;
};

export const EXPERIMENTS = `/apis/iter8.tools/v2alpha2/namespaces/${NAMESPACE}/experiments`;

/** Deadlines so short that nothing is waited for long. */
export const settings: Settings = {
  ...readEnvironment({}).settings,
  waitingDeadlineSeconds: 120,
  initializingDeadlineSeconds: 120,
  finishingDeadlineSeconds: 240,
};

const BUCKET = 'iter8.tools/experiments';
const HANDLERS: Readonly<Record<FunctionName, Handler>> = { start, iterate, finish };
const ROOT = join(import.meta.dirname, '../..');
const DEFINED = ['eventing/crd/experiment.yaml', 'eventing/crd/metric.yaml'];
const definitions = [...DEFINED, 'sandbox/crd/inferenceservice.yaml']
  .flatMap((file) => readManifests(join(ROOT, file)) as unknown as ApiObject[])
  .concat(routeDefinition);

const store = createStore();
for (const definition of definitions) store.put(bucketOf(DEFINITIONS), definition);
// Its compiled schemas serve every cluster.
const registry = createRegistry(store);

/**
 * Starts one with the metrics that experiments mention, each of which always has the value 50; what is
 * counted grows for ever.
 */
export function startCluster(count: Count = seriesOf): Cluster {
  const own = createStore();
  for (const name of [NAMESPACE, 'other', 'iter8-system']) {
    own.put(bucketOf(NAMESPACES), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  playKServe(own);
  const tokens = createTokens();
  const send = sender({ store: own, tokens, registry, lister: createLister(own) });
  let time = Date.now();
  const now = (): Date => new Date(time);
  const world = (handOver?: World['handOver']): World => worldOf(send, { now, count, handOver });
  const call: Cluster['call'] = (name, event) => settle(() => HANDLERS[name](event, world()));
  return {
    now,
    pass: (seconds) => {
      time += seconds * 1000;
    },
    send,
    keep: (object) => {
      const resource = registry.all().find(({ kind }) => kind === object.kind)!;
      const schema = registry.schemaOf(resource);
      own.put(bucketOf(resource), schema ? schema.admit(object).object : object);
    },
    experiment: (name) => own.get(BUCKET, NAMESPACE, name) as never,
    follow: (listener) => {
      own.subscribe(({ bucket, object }) => {
        if (bucket === BUCKET) listener(object as unknown as Experiment);
      });
    },
    call,
    tick: async () => {
      const steps: [FunctionName, string, Received][] = [];
      const sweeping = world((step, row) => {
        steps.push([step, row.name, stepEvent(step, row, settings.namespace)]);
        return Promise.resolve();
      });
      const tick = { id: `tick-${time}`, type: 'dev.knative.sources.ping' };
      const ended: [string, Outcome][] = [['', await settle(() => iterate(tick, sweeping))]];
      for (const [step, name, event] of steps) ended.push([name, await call(step, event)]);
      return ended;
    },
  };
}

function sender(machinery: Machinery & { store: Store }): Send {
  const authorization = `Bearer ${machinery.tokens.issue(ADMINISTRATOR)}`;
  const usual = { authorization, 'content-type': 'application/json' };
  return (method, url, body, headers) =>
    exchange(machinery, { method, url, headers: { ...usual, ...headers } }, body);
}

type Head = { method: string; url: string; headers: Record<string, string> };

async function exchange(machinery: Machinery, head: Head, body: unknown): Promise<Answer> {
  // As over a network: what JSON has no word for is lost, and nobody shares an object.
  const text = body === undefined ? undefined : JSON.stringify(body);
  const readBody = (): Promise<unknown> =>
    Promise.resolve(text === undefined ? undefined : JSON.parse(text));
  try {
    const request = { ...readRequest(head as unknown as IncomingMessage), readBody };
    const { status, body: found } = (await answer(machinery, request, {} as ServerResponse))!;
    return { status, body: JSON.parse(JSON.stringify(found)) as unknown };
  } catch (error) {
    return toStatus(error);
  }
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  400: 'Invalid',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'Invalid',
  409: 'Conflict',
  422: 'Invalid',
};

/** The client of the functions, which says of a failure only of what kind it is. */
function apiOf(send: Send): Api {
  return async <T>({ method, path, query, body, contentType, accept }: ApiRequest): Promise<T> => {
    if (/\/\.{0,2}(\/|$)/.test(path)) throw new Failure('Invalid', `${method} ${path}: no name`);
    const search = query ? `?${new URLSearchParams(query).toString()}` : '';
    const headers = {
      ...(accept && { accept }),
      ...(contentType && { 'content-type': contentType }),
    };
    const answered = await send(method, path + search, body, headers);
    if (answered.status < 300) return answered.body as T;
    const { message } = answered.body as { message: string };
    throw new Failure(
      KINDS[answered.status] ?? 'Unavailable',
      `${method} ${path}: ${answered.status}: ${message}`,
    );
  };
}

/** What the backend answers to a query for series. */
export type Count = (query: InstantQuery) => SeriesAnswer;

type Outside = { now: () => Date; count: Count; handOver: World['handOver'] };

function worldOf(send: Send, outside: Outside): World {
  const { now, count, handOver } = outside;
  const api = apiOf(send);
  return {
    api,
    objects: objectsOf(api),
    ask: () => Promise.resolve<Measurement>({ kind: 'Value', value: 50 }),
    askSeries: (query) => Promise.resolve(count(query)),
    askHttp: () => Promise.resolve<Measurement>({ kind: 'Value', value: 50 }),
    handOver,
    settings,
    now,
    log: () => undefined,
    fresh: () => worldOf(send, outside),
  };
}

async function settle(todo: () => Promise<void>): Promise<Outcome> {
  const began = performance.now();
  const ended = (status: Outcome['status'], error?: Error): Outcome => {
    return { status, ...(error && { error }), milliseconds: performance.now() - began };
  };
  try {
    await todo();
    return ended(204);
  } catch (error) {
    if (error instanceof EventRefused) return ended(error.code, error);
    return ended(isFailure(error, 'Unavailable', 'Conflict') ? 503 : 500, error as Error);
  }
}
