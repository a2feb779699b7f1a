import type { Api } from '../kubernetes/client.ts';
import type { MetricInfo } from '../types/experiment.gen.ts';
import type { Random } from '../analysis/random.ts';
import type { AskHttp } from './httpJson.ts';
import type { Ask, AskSeries } from './prometheus.ts';
import { credentialsOf, type CredentialsFound } from './secrets.ts';

/** So many queries at a time and host; a Prometheus works on 20, unless it is told otherwise. */
export const CONCURRENCY = 32;

/** What one iteration measures and counts with. */
export type Instruments = {
  ask: Ask;
  askSeries: AskSeries;
  askHttp: AskHttp;
  /** Chance for what is invented; the same text has the same within an iteration. */
  randomOf: (text: string) => Random;
  /**
   * The credentials of a Metric's queries; its Secret is read once. Rejects with Failure of kind
   * Unavailable where the API server cannot be reached for it.
   */
  credentialsOf: (metric: MetricInfo) => Promise<CredentialsFound>;
  /** Ends all queries together. */
  signal: AbortSignal;
  /** When that is, in milliseconds since 1970. */
  endsAt: number;
  /** How many queries may be under way at a time, for each host. */
  concurrency: number;
};

/** What instruments are made from: the API server for Secrets, backends, chance, and limits. */
export type Outfit = Omit<Instruments, 'credentialsOf' | 'signal' | 'endsAt'> & {
  api: Api;
  deadlineMs: number;
};

/** Instruments for one iteration: the time for all that is asked with them begins now. */
export function instrumentsOf({ api, deadlineMs, ...rest }: Outfit): Instruments {
  const found = new Map<string, Promise<CredentialsFound>>();
  return {
    ...rest,
    signal: AbortSignal.timeout(deadlineMs),
    endsAt: Date.now() + deadlineMs,
    credentialsOf: ({ name, metricObj }) => {
      const known = found.get(name) ?? credentialsOf(api, name, metricObj.spec);
      found.set(name, known);
      return known;
    },
  };
}
