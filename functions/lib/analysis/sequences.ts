/*
 * Confidence sequences: intervals that hold the truth at all times at once with probability
 * 1 − alpha, however often and whenever they are looked at.
 */
import { logEvidence } from './eProcess.ts';
import {
  demand,
  demandPositive,
  logBetaFront,
  logGammaFront,
  logGammaTails,
  placeOf,
} from './incomplete.ts';
import { oneSidedRho, twoSidedRho } from './normalMixture.ts';

/** The ends of an interval. */
export type Interval = { lower: number; upper: number };

/**
 * The rates that events in trials (fractions allowed) leave possible: those against which a
 * Beta(½, ½) mixture has evidence below 1/alpha (H. Robbins 1970). Within 0 and 1, and no wider.
 * Worked: rateSequence(5, 100, 0.05) = { lower: 0.007149, upper: 0.155794 }.
 */
export function rateSequence(events: number, trials: number, alpha: number): Interval {
  demandAlpha(alpha);
  demand(trials >= 0 && trials < Infinity, 'trials', trials, 'at least 0 and finite');
  demand(events >= 0 && events <= trials, 'events', events, `within 0 and ${trials}`);
  if (trials === 0) return { lower: 0, upper: 1 };
  const isPossible = (rate: number, complement: number): boolean => {
    const front = logBetaFront(placeOf([rate, complement], events + 0.5, trials - events + 0.5));
    return 0.5 * Math.log(rate * complement) - front - Math.log(Math.PI) < -Math.log(alpha);
  };
  const share = events / trials;
  const missing = (trials - events) / trials;
  const outwards = (side: number, test: typeof isPossible): number =>
    side === 0 ? 0 : boundary(side, 0, (place) => test(place, 1 - place));
  return {
    lower: outwards(share, isPossible),
    upper: 1 - outwards(missing, (complement, rate) => isPossible(rate, complement)),
  };
}

/** Where the predicate, true at `inside` and false at `outside`, changes: to the last bit, in the middle of 0 too. */
function boundary(inside: number, outside: number, isInside: (place: number) => boolean): number {
  let [good, bad] = [inside, outside];
  for (;;) {
    const middle = (good + bad) / 2;
    if (middle === good || middle === bad) return good;
    if (isInside(middle)) good = middle;
    else bad = middle;
  }
}

/**
 * The edges between which a quantile lies, from a histogram: `cumulative` has the number of values
 * up to each edge, and the number of all at its end. Each side has alpha/2; where no edge is proved,
 * lower is 0 (−Infinity where there are negative edges) and upper Infinity.
 * Worked: edges [10, 50, 100], cumulative [1, 15, 20, 20], 0.5, 0.05 → { lower: 10, upper: 100 }.
 */
export function quantileSequence(
  edges: readonly number[],
  cumulative: readonly number[],
  quantile: number,
  alpha: number,
): Interval {
  demandAlpha(alpha);
  demand(quantile > 0 && quantile < 1, 'quantile', quantile, 'above 0 and below 1');
  const { length } = cumulative;
  demand(length === edges.length + 1, 'cumulative.length', length, `${edges.length + 1}`);
  const trials = cumulative[edges.length]!;
  const evidence = edges.map((_, index) => logEvidence(cumulative[index]!, trials, quantile));
  const enough = Math.log(2 / alpha);
  const lower = edges.findLast((_, index) => evidence[index]!.below >= enough);
  const upper = edges.find((_, index) => evidence[index]!.above >= enough);
  const least = (edges[0] ?? 1) > 0 ? 0 : -Infinity;
  return { lower: lower ?? least, upper: upper ?? Infinity };
}

/**
 * Values within 0 and a range, summed up: `variance` is the sum of their squared distances from the
 * mean of the batches before theirs (half the range for the first batch).
 */
export type BoundedMean = { count: number; sum: number; variance: number };

/** No values yet. */
export const NO_VALUES: BoundedMean = { count: 0, sum: 0, variance: 0 };

/** The values with one more batch of them, by its count, sum and sum of squares. */
export function withValues(
  { count, sum, variance }: BoundedMean,
  batch: { count: number; sum: number; sumOfSquares: number },
  range = 1,
): BoundedMean {
  const centre = count === 0 ? range / 2 : sum / count;
  const distances = batch.sumOfSquares - 2 * centre * batch.sum + batch.count * centre * centre;
  return {
    count: count + batch.count,
    sum: sum + batch.sum,
    variance: variance + Math.max(0, distances),
  };
}

/** `optimalVariance` is the sum of squared distances at which a bound is to be tightest. */
export type BoundedMeanOptions = { alpha: number; optimalVariance: number; range?: number };

/**
 * The means that values within 0 and `range` (1) leave possible, alpha/2 for each side: empirical
 * Bernstein's bound (S. Howard et al. 2021). Within 0 and the range.
 */
export function boundedMeanSequence(values: BoundedMean, options: BoundedMeanOptions): Interval {
  const { range = 1 } = options;
  if (values.count === 0) return { lower: 0, upper: range };
  const bound = boundedSumBound(values.variance, { ...options, alpha: options.alpha / 2 });
  const mean = values.sum / values.count;
  return {
    lower: Math.max(0, mean - bound / values.count),
    upper: Math.min(range, mean + bound / values.count),
  };
}

/**
 * What the sum of values is above the sum of their means at any time with probability alpha at most
 * (and below it likewise): where a gamma-exponential mixture reaches 1/alpha.
 * Worked: boundedSumBound(1.36257, { alpha: 0.05, optimalVariance: 1.25 }) = 6.62072.
 */
export function boundedSumBound(
  variance: number,
  { alpha, optimalVariance, range = 1 }: BoundedMeanOptions,
): number {
  demand(variance >= 0 && variance < Infinity, 'variance', variance, 'at least 0 and finite');
  demandPositive('range', range);
  const rho = oneSidedRho(optimalVariance, alpha) / (range * range);
  const shape = rho + variance / (range * range);
  const logGamma = (at: number, sum: number): number =>
    logGammaTails(at, at + sum).lower - logGammaFront(at, at + sum);
  const isBelow = (sum: number): boolean =>
    logGamma(shape, sum) - logGamma(rho, 0) < -Math.log(alpha);
  let reached = Math.sqrt(shape);
  while (isBelow(reached)) reached *= 2;
  return range * boundary(0, reached, isBelow);
}

/** Mean and variance of this many values. */
export type Moments = { count: number; mean: number; variance: number };

/** `optimalCount` is the number of values at which the sequence is to be tightest. */
export type AsymptoticOptions = { alpha: number; optimalCount: number };

/**
 * The means that values leave possible if there are many of them (a thousand, and fifty that are not
 * the usual one): an asymptotic confidence sequence (I. Waudby-Smith et al. 2021).
 * Worked: { count: 30, mean: 119.4362, variance: 17.75339 }, { alpha: 0.05, optimalCount: 500 } →
 * { lower: 116.015, upper: 122.858 }.
 */
export function asymptoticSequence(moments: Moments, options: AsymptoticOptions): Interval {
  const { alpha, optimalCount } = options;
  demandMoments(moments);
  const growth = moments.count / twoSidedRho(optimalCount, alpha) + 1;
  const half = asymptoticHalf(moments, growth, 0.5 * Math.log(growth) - Math.log(alpha));
  return { lower: moments.mean - half, upper: moments.mean + half };
}

/** How far below the mean of the values their true mean is at most, as above but for one side alone. */
export function asymptoticOneSidedHalf(moments: Moments, options: AsymptoticOptions): number {
  const { alpha, optimalCount } = options;
  demandMoments(moments);
  const growth = moments.count / oneSidedRho(optimalCount, alpha) + 1;
  return asymptoticHalf(moments, growth, Math.log1p(Math.sqrt(growth) / (2 * alpha)));
}

function asymptoticHalf({ count, variance }: Moments, growth: number, log: number): number {
  return Math.sqrt((((variance * 2) / count) * growth * log) / (growth - 1));
}

function demandMoments({ count, variance }: Moments): void {
  demandPositive('count', count);
  demand(variance >= 0 && variance < Infinity, 'variance', variance, 'at least 0 and finite');
}

function demandAlpha(alpha: number): void {
  demand(alpha > 0 && alpha < 1, 'alpha', alpha, 'above 0 and below 1');
}
