// The three functions in a world of their own, where every call of theirs is numbered and may fail.
import { finish } from '../../functions/finish/finish.ts';
import { iterate } from '../../functions/iterate/iterate.ts';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { after, secondsBetween } from '../../functions/lib/experiment/time.ts';
import type { Api, ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { Failure, isFailure } from '../../functions/lib/kubernetes/failure.ts';
import { objectsOf } from '../../functions/lib/kubernetes/objects.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import { stepEvent } from '../../functions/lib/runtime/broker.ts';
import type { Handler } from '../../functions/lib/runtime/function.ts';
import { EventRefused } from '../../functions/lib/runtime/event.ts';
import { readEnvironment } from '../../functions/lib/runtime/settings.ts';
import type { World } from '../../functions/lib/runtime/world.ts';
import { start } from '../../functions/start/start.ts';
import type { Agenda } from './agenda.ts';
import type { ApiServer } from './api-server.ts';
import type { Invoke, Publish } from './broker.ts';

/**
 * What befalls a call. The process dies right before it, or right after it took effect; and so does
 * the event, where nobody delivers it again. Or the process lives on: it is refused at once, or hears
 * nothing until its patience ends, although the call took effect; or the call takes effect later still.
 */
export const FAULTS = [
  'dies before',
  'dies after',
  'dies before, event lost',
  'dies after, event lost',
  'refused',
  'unanswered',
  'late',
] as const;

export type Fault = (typeof FAULTS)[number];

/** What surrounds the functions. */
export type Surroundings = {
  agenda: Agenda;
  server: ApiServer;
  publish: Publish;
  measure: (query: string) => number;
  /** Hears of every call, by a name such as "iterate PUT experiments/status", and says what befalls it. */
  befall: (call: string) => Fault | undefined;
  /** The seconds that a call is on its way. */
  latency: () => number;
  /** Hears of errors that no function may end with. */
  onSurprise: (error: unknown) => void;
};

const HANDLERS: Readonly<Record<string, Handler>> = { start, iterate, finish };
const LATE_SECONDS = 4;
const NO_ANSWER = 0;
/** An answer after which no Broker tries again. */
const TAKEN = 204;
const { settings } = readEnvironment({});

/** One invocation: it ends with an answer, or its process dies and there is none. */
type Invocation = { name: string; isDead: boolean; die: (status: number) => void };

/** Calls the functions as their runtime would. */
export function invoker(around: Surroundings): Invoke {
  return (functionName, event) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const name = event.type === 'dev.knative.sources.ping' ? 'sweep' : functionName;
    const invocation: Invocation = {
      name,
      isDead: false,
      die: (status) => {
        invocation.isDead = true;
        resolve(status);
      },
    };
    const handle = HANDLERS[functionName]!;
    handle(event, worldOf(around, invocation)).then(
      () => {
        resolve(204);
      },
      (error: unknown) => {
        resolve(statusOf(error, around));
      },
    );
    return promise;
  };
}

function statusOf(error: unknown, { onSurprise }: Surroundings): number {
  if (isFailure(error, 'Unavailable', 'Conflict')) return 503;
  onSurprise(error);
  return error instanceof EventRefused ? error.code : 500;
}

function worldOf(around: Surroundings, invocation: Invocation): World {
  const { agenda, server, publish, measure } = around;
  const deadline = after(agenda.now(), settings.handlerDeadlineSeconds);
  const api: Api = <T>(request: ApiRequest): Promise<T> => {
    const lost = (): never => {
      throw new Failure('Unavailable', `${request.method} ${request.path}: no answer`);
    };
    const left = secondsBetween(agenda.now(), deadline);
    if (left <= 0) return attempt(lost);
    const effect = (): T => server.answer(request) as T;
    const patienceSeconds = Math.min(left, 8);
    return call(around, invocation, { what: nameOf(request), effect, lost, patienceSeconds });
  };
  return {
    api,
    objects: objectsOf(api),
    ask: ({ query }: InstantQuery) =>
      call<Measurement>(around, invocation, {
        what: `ASK ${query.replace(/ [0-9]+$/, '')}`,
        effect: () => ({ kind: 'Value', value: measure(query) }),
        lost: () => ({ kind: 'Error', reason: 'Timeout', message: 'no answer' }),
        patienceSeconds: 5,
      }),
    handOver: async (step, row) => {
      await call(around, invocation, {
        what: `HAND OVER ${step}`,
        effect: () => {
          publish(stepEvent(step, row, settings.namespace));
        },
        lost: () => {
          throw new Error('the Broker did not answer');
        },
        patienceSeconds: 2,
      });
    },
    settings,
    now: agenda.now,
    log: () => undefined,
    fresh: () => worldOf(around, invocation),
  };
}

type Call<T> = {
  what: string;
  effect: () => T;
  /** What the caller is left with where there is no answer. */
  lost: () => T;
  patienceSeconds: number;
};

function call<T>(
  { agenda, befall, latency }: Surroundings,
  invocation: Invocation,
  { what, effect, lost, patienceSeconds }: Call<T>,
): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  const giveUp = (): void => {
    resolve(attempt(lost));
  };
  const play: Record<Fault | 'none', () => void> = {
    none: () => {
      resolve(attempt(effect));
    },
    'dies before': () => {
      invocation.die(NO_ANSWER);
    },
    'dies after': () => {
      takeEffect(effect);
      invocation.die(NO_ANSWER);
    },
    'dies before, event lost': () => {
      invocation.die(TAKEN);
    },
    'dies after, event lost': () => {
      takeEffect(effect);
      invocation.die(TAKEN);
    },
    refused: () => {
      takeEffect(effect);
      giveUp();
    },
    unanswered: () => {
      takeEffect(effect);
      agenda.after(patienceSeconds, giveUp);
    },
    late: () => {
      agenda.after(patienceSeconds, giveUp);
      agenda.after(patienceSeconds + LATE_SECONDS, () => {
        takeEffect(effect);
      });
    },
  };
  agenda.after(latency(), () => {
    if (!invocation.isDead) play[befall(`${invocation.name} ${what}`) ?? 'none']();
  });
  return promise;
}

/** Where nobody hears of it, a refusal does not matter. */
function takeEffect(effect: () => unknown): void {
  attempt(effect).catch(() => undefined);
}

function attempt<T>(todo: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(todo());
  });
}

/** Verb and resource of a request; a list is told from a read. */
function nameOf({ method, path }: ApiRequest): string {
  const [, resource, isStatus = ''] =
    /\/namespaces\/[^/]+\/([^/]+)(?:\/[^/]+(\/status)?)?$/.exec(path) ?? [];
  if (resource) return `${method} ${resource}${isStatus}`;
  return path.endsWith('/experiments') ? 'LIST experiments' : 'GET resources';
}
