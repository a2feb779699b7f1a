/*
 * Detectors of a rate that has come to be above its limit, also late and after a good beginning.
 * Batches may be of any size that was decided before them; counts may be fractions.
 */
import { demand } from './incomplete.ts';
import { logMean } from './multiplicity.ts';

/** What one batch brought: events in trials. */
export type Batch = { events: number; trials: number };

/** The multiples of the limit that the detector looks for. */
export const RATIOS: readonly number[] = [1.25, 1.6, 2.2, 3.2, 5, 10, 25];

/** A detector that has seen nothing: R is 0 for every ratio, and log 0 is no JSON. */
export function emptyDetector(): number[] {
  return [];
}

/**
 * The detector after one more batch: log R for each of {@link RATIOS}, where R ← (R + 1/horizon)·LR.
 * R is the evidence that the rate is above the limit since some batch, each of `horizon` batches
 * being as likely the first; its expectation is t/horizon after t batches at the limit or below.
 * With a horizon of Infinity none begins anew, as from batch horizon + 1 on; with a horizon of 1
 * it is the Shiryaev–Roberts detector without end, which cries wolf once in 1/alpha batches at most.
 * Worked: stepDetector([], { events: 5, trials: 481 }, 0.02, 30)[0] = −4.720.
 */
export function stepDetector(
  logR: readonly number[],
  batch: Batch,
  limit: number,
  horizon: number,
): number[] {
  demand(horizon >= 1, 'horizon', horizon, 'at least 1');
  const isEmpty = logR.length === 0;
  demand(isEmpty || logR.length === RATIOS.length, 'logR.length', logR.length, '0 or 7');
  if (isEmpty && horizon === Infinity) return [];
  return RATIOS.map((ratio, index) => {
    const logRatio = logLikelihoodRatio(batch, limit, alternative(limit, ratio));
    return restarted(logR[index] ?? -Infinity, logRatio, horizon);
  });
}

/** log[(R + 1/horizon)·LR] of one restarted likelihood ratio. Worked: restarted(-Infinity, 0, 1) = 0. */
export function restarted(logR: number, logRatio: number, horizon: number): number {
  const logStart = -Math.log(horizon);
  const [small, large] = logR < logStart ? [logR, logStart] : [logStart, logR];
  return large + Math.log1p(Math.exp(small - large)) + logRatio;
}

/** The logarithm of the detector's evidence: the mean of R over the ratios, −Infinity at the start. */
export function detectorEvidence(logR: readonly number[]): number {
  return logMean(logR);
}

/**
 * The rate at a multiple (> 1) of the limit, at most 0.9; for a limit above ½ the one at which the
 * event is missing that many times less often. Worked: alternative(0.02, 5) = 0.1, alternative(0.9, 2) = 0.95.
 */
export function alternative(limit: number, ratio: number): number {
  demand(limit > 0 && limit < 1, 'limit', limit, 'above 0 and below 1');
  demand(ratio > 1 && ratio < Infinity, 'ratio', ratio, 'above 1 and finite');
  return limit > 0.5 ? 1 - (1 - limit) / ratio : Math.min(ratio * limit, 0.9);
}

/** The logarithm of how much likelier a batch is at one rate than at the limit, both within 0 and 1. */
export function logLikelihoodRatio(batch: Batch, limit: number, rate: number): number {
  demandBatch(batch);
  const { events, trials } = batch;
  return (
    events * Math.log(rate / limit) + (trials - events) * Math.log1p((limit - rate) / (1 - limit))
  );
}

/**
 * Page's CUSUM after one more batch: the likelihood ratio (log) of a multiple of the limit, never
 * below 0. A cheap indicator without a bound on its errors. Worked: cusum(0, { events: 6, trials: 196 }, 0.02, 2.2) = 0.01976.
 */
export function cusum(previous: number, batch: Batch, limit: number, ratio: number): number {
  return Math.max(0, previous + logLikelihoodRatio(batch, limit, alternative(limit, ratio)));
}

/**
 * The Page–Hinkley statistic after one more batch: by how many standard deviations above the limit,
 * less `delta` a batch, never below 0; an empty batch leaves it. A cheap indicator without a bound on
 * its errors. Worked: pageHinkley(0, { events: 6, trials: 196 }, 0.02, 0.5) = 0.5612.
 */
export function pageHinkley(previous: number, batch: Batch, limit: number, delta: number): number {
  demandBatch(batch);
  demand(limit > 0 && limit < 1, 'limit', limit, 'above 0 and below 1');
  const { events, trials } = batch;
  if (trials === 0) return previous;
  const deviation = (events - trials * limit) / Math.sqrt(trials * limit * (1 - limit));
  return Math.max(0, previous + deviation - delta);
}

function demandBatch({ events, trials }: Batch): void {
  demand(trials >= 0 && trials < Infinity, 'trials', trials, 'at least 0 and finite');
  demand(events >= 0 && events <= trials, 'events', events, `within 0 and ${trials}`);
}
