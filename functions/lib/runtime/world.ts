import type { Settings } from '../experiment/settings.ts';
import { connect, type Api } from '../kubernetes/client.ts';
import { Failure } from '../kubernetes/failure.ts';
import { objectsOf, type Objects } from '../kubernetes/objects.ts';
import type { HostPolicy } from '../metrics/hosts.ts';
import type { AskHttp } from '../metrics/httpJson.ts';
import type { Ask, AskSeries } from '../metrics/prometheus.ts';
import { logOf, type Log } from './log.ts';
import { readEnvironment } from './settings.ts';
import type { HandOver } from './broker.ts';

/** Everything outside of the core that a function uses. */
export type World = {
  api: Api;
  objects: Objects;
  ask: Ask;
  askSeries: AskSeries;
  askHttp: AskHttp;
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
  const backends = { ...lazyPrometheus(hosts), askHttp: lazyHttp(hosts) };
  const rest = { ...backends, handOver, settings, now, log: logOf(name, now) };
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
function lazyPrometheus(hosts: HostPolicy): Pick<World, 'ask' | 'askSeries'> {
  const load = (): Promise<typeof import('../metrics/prometheus.ts')> =>
    import('../metrics/prometheus.ts');
  let ask: Promise<Ask> | undefined;
  let askSeries: Promise<AskSeries> | undefined;
  return {
    ask: async (query) => {
      ask ??= load().then(({ prometheus }) => prometheus(hosts));
      return (await ask)(query);
    },
    askSeries: async (query) => {
      askSeries ??= load().then(({ prometheusSeries }) => prometheusSeries(hosts));
      return (await askSeries)(query);
    },
  };
}

/** Loaded with the first query: few metrics are read from anything but a Prometheus. */
function lazyHttp(hosts: HostPolicy): AskHttp {
  let loaded: Promise<AskHttp> | undefined;
  return async (query) => {
    loaded ??= import('../metrics/httpJson.ts').then(({ httpJson }) =>
      httpJson(hosts, Math.random),
    );
    return (await loaded)(query);
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
