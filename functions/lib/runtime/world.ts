import type { Settings } from '../experiment/settings.ts';
import { connect, type Api } from '../kubernetes/client.ts';
import { Failure } from '../kubernetes/failure.ts';
import { objectsOf, type Objects } from '../kubernetes/objects.ts';
import type { Backends } from '../metrics/backends.ts';
import type { HostPolicy } from '../metrics/hosts.ts';
import { logOf, type Log } from './log.ts';
import { readEnvironment } from './settings.ts';
import type { HandOver } from './broker.ts';

/** Everything outside of the core that a function uses. */
export type World = Backends & {
  api: Api;
  objects: Objects;
  /** Undefined where there is no Broker to hand over to. */
  handOver: HandOver | undefined;
  settings: Settings;
  now: () => Date;
  log: Log;
  /** The same world with a new deadline: no request goes out or goes on once it has passed. */
  fresh: () => World;
};

/** The real world, as the environment describes it. Throws where the environment is mistaken. */
export function realWorld(name: string): World {
  const { settings, hosts, sink } = readEnvironment(process.env);
  const now = (): Date => new Date();
  const unbounded = connect();
  const handOver = sink ? lazyBroker(sink, settings.namespace) : undefined;
  const rest = { ...lazyBackends(hosts), handOver, settings, now, log: logOf(name, now) };
  const fresh = (): World => {
    const milliseconds = settings.handlerDeadlineSeconds * 1000;
    const deadline = AbortSignal.timeout(milliseconds);
    const end = Date.now() + milliseconds;
    // A timer stands still with a machine that is paused; the clock does not.
    const isLate = (): boolean => Date.now() > end;
    const api: Api = async (request) => {
      if (isLate()) throw new Failure('Unavailable', `${request.path}: the deadline has passed`);
      return unbounded({ ...request, signal: deadline });
    };
    return { ...rest, api, objects: objectsOf(api), fresh };
  };
  return fresh();
}

/** Loaded with the first query: most cold starts answer an event that needs none. */
function lazyBackends(hosts: HostPolicy): Backends {
  let loaded: Promise<Backends> | undefined;
  const load = (): Promise<Backends> =>
    (loaded ??= import('../metrics/backends.ts').then(({ backends }) =>
      backends(hosts, Math.random),
    ));
  return {
    ask: async (query) => (await load()).ask(query),
    askSeries: async (query) => (await load()).askSeries(query),
    askHttp: async (query) => (await load()).askHttp(query),
  };
}

/** Loaded with the first hand-over: only the sweep does any. */
function lazyBroker(sink: string, namespace: string): HandOver {
  let loaded: Promise<HandOver> | undefined;
  return async (...handOver) => {
    loaded ??= import('./broker.ts').then(({ broker }) => broker(sink, namespace));
    return (await loaded)(...handOver);
  };
}
