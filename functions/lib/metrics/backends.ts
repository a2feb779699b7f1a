// Everything that asks metrics backends, with the libraries for it: loaded with the first query.
import type { Random } from '../analysis/random.ts';
import type { HostPolicy } from './hosts.ts';
import { httpJson, type AskHttp } from './httpJson.ts';
import { prometheus, prometheusSeries, type Ask, type AskSeries } from './prometheus.ts';

/** The ways to ask metrics backends. */
export type Backends = { ask: Ask; askSeries: AskSeries; askHttp: AskHttp };

/** Backends whose hosts are held to the policy; chance spreads what is asked again. */
export function backends(policy: HostPolicy, random: Random): Backends {
  return {
    ask: prometheus(policy),
    askSeries: prometheusSeries(policy),
    askHttp: httpJson(policy, random),
  };
}
