import type { Api } from '../kubernetes/client.ts';
import type { MetricInfo } from '../types/experiment.gen.ts';
import type { Ask, AskSeries } from './prometheus.ts';
import { credentialsOf, type CredentialsFound } from './secrets.ts';

/** What one iteration measures and counts with. */
export type Instruments = {
  ask: Ask;
  askSeries: AskSeries;
  /**
   * The credentials of a Metric's queries; its Secret is read once. Rejects with Failure of kind
   * Unavailable where the API server cannot be reached for it.
   */
  credentialsOf: (metric: MetricInfo) => Promise<CredentialsFound>;
  /** Ends all queries together. */
  signal: AbortSignal;
  /** How many queries may be under way at a time. */
  concurrency: number;
};

/** What instruments are made from: the API server for Secrets, a Prometheus, and limits. */
export type Outfit = Pick<Instruments, 'ask' | 'askSeries' | 'concurrency'> & {
  api: Api;
  deadlineMs: number;
};

/** Instruments for one iteration: the time for all that is asked with them begins now. */
export function instrumentsOf({ api, deadlineMs, ...rest }: Outfit): Instruments {
  const found = new Map<string, Promise<CredentialsFound>>();
  return {
    ...rest,
    signal: AbortSignal.timeout(deadlineMs),
    credentialsOf: ({ name, metricObj }) => {
      const known = found.get(name) ?? credentialsOf(api, name, metricObj.spec);
      found.set(name, known);
      return known;
    },
  };
}
