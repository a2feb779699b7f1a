import type { ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { objectsOf } from '../../functions/lib/kubernetes/objects.ts';
import { readEnvironment } from '../../functions/lib/runtime/settings.ts';
import type { World } from '../../functions/lib/runtime/world.ts';
import { fakeApi } from '../kubernetes/fake-api.ts';

/** What a world has logged. */
export type Logged = { message: string; facts: Readonly<Record<string, unknown>> };

/** A world with an API server in the same process, and no metrics. */
export type FakeWorld = World & { asked: ApiRequest[]; logged: Logged[] };

/** The time in such a world. */
export const NOW = new Date('2026-01-01T00:01:00.000Z');

/** A world whose API server answers as a test says. */
export function fakeWorld(answer: (request: ApiRequest) => unknown): FakeWorld {
  const { api, asked } = fakeApi(answer);
  const logged: Logged[] = [];
  const world: FakeWorld = {
    api,
    asked,
    logged,
    objects: objectsOf(api),
    ask: () => Promise.reject(new Error('no metrics here')),
    askSeries: () => Promise.reject(new Error('nothing is counted here')),
    askHttp: () => Promise.reject(new Error('no metrics here')),
    handOver: undefined,
    settings: readEnvironment({}).settings,
    now: () => NOW,
    log: (message, facts = {}) => void logged.push({ message, facts }),
    fresh: () => world,
  };
  return world;
}

/** Verb and last parts of the path of each request. */
export function calls({ asked }: FakeWorld): string[] {
  return asked.map(({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`);
}
