import type { Experiment } from '../types/experiment.gen.ts';

/** What an administrator may set, in seconds. */
export type Settings = {
  /** The namespace of the product, where metrics without a namespace are looked for last. */
  namespace: string;
  /** How often the sweep comes. */
  tickSeconds: number;
  /** How long a handler may take; no write comes later than this after its read. */
  handlerDeadlineSeconds: number;
  /** How far the clocks of two pods may be apart. */
  clockToleranceSeconds: number;
  /** How old samples must be before they are sure to be scraped. */
  scrapeIntervalSeconds: number;
  waitingDeadlineSeconds: number;
  initializingDeadlineSeconds: number;
  finishingDeadlineSeconds: number;
};

/** The seconds from one iteration to the next: what the spec asks for, but never less than a tick. */
export function intervalOf({ spec }: Pick<Experiment, 'spec'>, { tickSeconds }: Settings): number {
  return Math.max(spec.duration.intervalSeconds, tickSeconds);
}
