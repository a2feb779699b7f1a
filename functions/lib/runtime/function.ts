import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFailure } from '../kubernetes/failure.ts';
import { asEvent, EventRefused, isDeadLetter, type Received } from './event.ts';
import { realWorld, type World } from './world.ts';

/** What one function does with an event. A result of nothing is the answer 204. */
export type Handler = (event: Received, world: World) => Promise<void>;

/** What the runtime wants of a module. */
export type Exports = {
  handle: (context: unknown, event?: unknown) => Promise<void>;
  init: () => void;
  shutdown: () => Promise<void>;
  liveness: (request: unknown, reply: Reply) => string;
  readiness: (request: unknown, reply: Reply) => string;
};

type Reply = { code: (status: number) => unknown };

/**
 * A function for the runtime: it turns a CloudEvent into a call of the handler and the outcome into
 * an answer. 204 when done; 400 and 422 for what can never work; 503 when the same event should
 * come again. An error of ours is logged with its stack and answered with 500 and no detail. While
 * it shuts down it finishes what it has begun and takes nothing new.
 */
export function cloudEventFunction(name: string, handler: Handler): Exports {
  let world: World | undefined;
  let isDraining = false;
  const open = new Set<Promise<void>>();
  const track = async (work: Promise<void>): Promise<void> => {
    open.add(work);
    try {
      await work;
    } finally {
      open.delete(work);
    }
  };
  return {
    init: () => {
      world = realWorld(name);
    },
    handle: async (_context, received) => {
      if (isDraining) throw answer(503, 'shutting down; come again');
      await track(respond(received, { name, handler }, (world ??= realWorld(name))));
    },
    shutdown: async () => {
      isDraining = true;
      await Promise.allSettled(open);
      // The runtime exits as soon as this is done: first let it send the last answers.
      await nextTurn();
    },
    liveness: () => 'OK',
    readiness: (_request, reply) => {
      if (!isDraining) return 'OK';
      reply.code(503);
      return 'shutting down';
    },
  };
}

async function respond(
  received: unknown,
  { name, handler }: { name: string; handler: Handler },
  world: World,
): Promise<void> {
  try {
    const event = asEvent(received);
    if (isDeadLetter(event, name)) reportDeadLetter(event, world);
    else await handler(event, world.fresh());
  } catch (error) {
    throw translate(error, world);
  }
}

/** The end of the road for an event: it is told and not handled. The next tick does what it was for. */
function reportDeadLetter(event: Received, { log }: World): void {
  const { id, type, subject, knativeerrorcode, knativeerrordest } = event;
  log('dead letter', { level: 'error', id, type, subject, knativeerrorcode, knativeerrordest });
}

type Answer = Error & { code: number };

function answer(code: number, message: string): Answer {
  return Object.assign(new Error(message), { code });
}

function translate(error: unknown, { log }: World): Answer {
  if (error instanceof EventRefused) {
    log('event refused', { level: 'warn', status: error.code, reason: error.message });
    return error;
  }
  if (isFailure(error, 'Unavailable', 'Conflict')) {
    log('come again', { level: 'warn', reason: error.message });
    return answer(503, 'the API server cannot be reached or refuses for now; come again');
  }
  const { message, stack } = error as Error;
  log('unexpected error', { level: 'error', reason: message, stack });
  return answer(500, 'unexpected error; see the log');
}
