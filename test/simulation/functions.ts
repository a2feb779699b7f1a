// The three functions, each in processes with clocks of their own; every call of theirs may fail.
import { finish } from '../../functions/finish/finish.ts';
import { iterate } from '../../functions/iterate/iterate.ts';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import type { FunctionName } from '../../functions/lib/experiment/stages.ts';
import { after, secondsBetween } from '../../functions/lib/experiment/time.ts';
import type { Api, ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { Failure, isFailure } from '../../functions/lib/kubernetes/failure.ts';
import { objectsOf } from '../../functions/lib/kubernetes/objects.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import { stepEvent } from '../../functions/lib/runtime/broker.ts';
import { EventRefused } from '../../functions/lib/runtime/event.ts';
import type { Handler } from '../../functions/lib/runtime/function.ts';
import { readEnvironment } from '../../functions/lib/runtime/settings.ts';
import type { World } from '../../functions/lib/runtime/world.ts';
import { start } from '../../functions/start/start.ts';
import type { ApiServer } from './api-server.ts';
import type { Invoke, Publish } from './broker.ts';
import {
  attempt,
  makeCall,
  whenAwake,
  type Air,
  type Instance,
  type Invocation,
} from './faults.ts';

/** By how many seconds the clock of each process of a function is ahead; one process for each. */
export type Clocks = Readonly<Record<FunctionName, readonly number[]>>;

/** What surrounds the functions. */
export type Surroundings = Air & {
  server: ApiServer;
  publish: Publish;
  /** Whether the sweep hands over to a Broker what is due, or does it itself. */
  isHandingOver: boolean;
  clocks: Clocks;
  measure: (query: InstantQuery) => Measurement;
  count: (query: InstantQuery) => SeriesAnswer;
  /** Hears of errors that no function may end with. */
  onSurprise: (error: unknown) => void;
};

const HANDLERS: Readonly<Record<FunctionName, Handler>> = { start, iterate, finish };
export const { settings } = readEnvironment({});

/** Calls the functions as their runtime would, a process of each in turn. */
export function invoker(around: Surroundings): Invoke {
  const instances = { start: [], iterate: [], finish: [] } as Record<FunctionName, Instance[]>;
  for (const [name, ahead] of Object.entries(around.clocks)) {
    instances[name as FunctionName] = ahead.map((aheadSeconds, index) => ({
      name: `${name}-${index + 1}`,
      aheadSeconds,
      stoppedUntil: new Date(0),
    }));
  }
  const turns: Record<FunctionName, number> = { start: 0, iterate: 0, finish: 0 };
  return (functionName, event) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const all = instances[functionName];
    const instance = all[turns[functionName]++ % all.length]!;
    const name = event.type === 'dev.knative.sources.ping' ? 'sweep' : functionName;
    const invocation: Invocation = {
      name,
      instance,
      isDead: false,
      die: (status) => {
        invocation.isDead = true;
        resolve(status);
      },
    };
    whenAwake(around.agenda, instance, () => {
      const handle = HANDLERS[functionName];
      handle(event, worldOf(around, invocation)).then(
        () => {
          resolve(204);
        },
        (error: unknown) => {
          resolve(statusOf(error, around));
        },
      );
    });
    return promise;
  };
}

function statusOf(error: unknown, { onSurprise }: Surroundings): number {
  if (isFailure(error, 'Unavailable', 'Conflict')) return 503;
  onSurprise(error);
  return error instanceof EventRefused ? error.code : 500;
}

function worldOf(around: Surroundings, invocation: Invocation): World {
  const { agenda, publish, measure, count, isHandingOver } = around;
  const api = apiOf(around, invocation);
  return {
    api,
    objects: objectsOf(api),
    ask: (query) =>
      makeCall<Measurement>(around, invocation, {
        what: `ASK ${query.query.split(' ').slice(0, 2).join(' ')}`,
        effect: () => measure(query),
        lost: () => NO_ANSWER,
        patienceSeconds: 5,
      }),
    askSeries: (query) =>
      makeCall<SeriesAnswer>(around, invocation, {
        what: `ASK series ${query.query.replace(/^last_over_time\(|[{[].*/g, '')}`,
        effect: () => count(query),
        lost: () => NO_ANSWER,
        patienceSeconds: 5,
      }),
    askHttp: () => Promise.reject(new Error('no metric here is read by plain HTTP')),
    handOver: isHandingOver
      ? async (step, row) => {
          await makeCall(around, invocation, {
            what: `HAND OVER ${step}`,
            effect: () => {
              publish(stepEvent(step, row, settings.namespace));
            },
            lost: () => {
              throw new Error('the Broker did not answer');
            },
            patienceSeconds: 2,
          });
        }
      : undefined,
    settings,
    now: () => after(agenda.now(), invocation.instance.aheadSeconds),
    log: () => undefined,
    fresh: () => worldOf(around, invocation),
  };
}

const NO_ANSWER = { kind: 'Error', reason: 'Timeout', message: 'no answer' } as const;

/** The API server, within reach until the handler's deadline; that goes by no clock that is set. */
function apiOf(around: Surroundings, invocation: Invocation): Api {
  const { agenda, server } = around;
  const deadline = after(agenda.now(), settings.handlerDeadlineSeconds);
  return <T>(request: ApiRequest): Promise<T> => {
    const lost = (): never => {
      throw new Failure('Unavailable', `${request.method} ${request.path}: no answer`);
    };
    const left = secondsBetween(agenda.now(), deadline);
    if (left <= 0) return attempt(lost);
    const effect = (): T => server.answer(request) as T;
    const patienceSeconds = Math.min(left, 8);
    const what = nameOf(request);
    return makeCall(around, invocation, { what, effect, lost, patienceSeconds });
  };
}

/** Verb and resource of a request; a list is told from a read. */
function nameOf({ method, path }: ApiRequest): string {
  const [, resource, isStatus = ''] =
    /\/namespaces\/[^/]+\/([^/]+)(?:\/[^/]+(\/status)?)?$/.exec(path) ?? [];
  if (resource) return `${method} ${resource}${isStatus}`;
  if (path.includes('/namespaces/')) return `${method} namespaces`;
  return path.endsWith('/experiments') ? 'LIST experiments' : 'GET resources';
}
