import type { Settings } from '../experiment/settings.ts';
import { connect, type Api } from '../kubernetes/client.ts';
import { objectsOf, type Objects } from '../kubernetes/objects.ts';
import { prometheus, type Ask } from '../metrics/prometheus.ts';
import { logOf, type Log } from './log.ts';
import { readEnvironment } from './settings.ts';
import { broker, type HandOver } from './broker.ts';

/** Everything outside of the core that a function uses. */
export type World = {
  api: Api;
  objects: Objects;
  ask: Ask;
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
  const handOver = sink ? broker(sink, settings.namespace) : undefined;
  const rest = { ask: prometheus(hosts), handOver, settings, now, log: logOf(name, now) };
  const fresh = (): World => {
    const deadline = AbortSignal.timeout(settings.handlerDeadlineSeconds * 1000);
    const api: Api = (request) => unbounded({ ...request, signal: deadline });
    return { ...rest, api, objects: objectsOf(api), fresh };
  };
  return fresh();
}
