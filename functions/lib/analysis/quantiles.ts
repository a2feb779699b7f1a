import { demand } from './incomplete.ts';
import { logBetaTails } from './special.ts';

/**
 * A Prometheus histogram: the finite upper edges of its buckets, ascending, and for each of them the
 * number of observations at most as large; the last number, of +Inf, is that of all observations.
 */
export type Histogram = { edges: readonly number[]; cumulative: readonly number[] };

/**
 * Where a quantile lies: the ranks of the observations that enclose it, and the edges of the
 * buckets that hold them. The lower rank is 0, the upper above the count, where nothing encloses it.
 */
export type QuantileInterval = {
  rankLower: number;
  rankUpper: number;
  lower: number;
  upper: number;
};

/** What is believed of a quantile: that it is at most a limit, and that it is above it. */
export type QuantileBelief = { probabilityBelow: number; probabilityAbove: number };

/** Ranks are decided by a comparison, in which rounding must not break a tie. */
const ROUNDING = 1e-12;

/**
 * The estimate of a quantile in (0, 1) as Prometheus's histogram_quantile gives it: linear within its
 * bucket, of which the first starts at 0 unless its edge is not above 0; the last finite edge where
 * the rank is beyond it; NaN without observations.
 * Worked: edges 10, 20, cumulative 4, 8, 10: the median has rank 5, so 10 + 10 · ¼ = 12.5.
 */
export function histogramQuantile(histogram: Histogram, quantile: number): number {
  demandHistogram(histogram);
  demandInside('quantile', quantile);
  const { edges, cumulative } = histogram;
  const total = totalOf(histogram);
  if (total === 0) return NaN;
  const rank = quantile * total;
  const bucket = bucketOf(histogram, rank);
  if (bucket === edges.length) return edges[bucket - 1]!;
  const upper = edges[bucket]!;
  const lower = startOf(histogram, bucket);
  if (lower === -Infinity) return upper;
  const before = bucket === 0 ? 0 : cumulative[bucket - 1]!;
  return lower + (upper - lower) * ((rank - before) / (cumulative[bucket]! - before));
}

/**
 * The interval between two order statistics that holds a quantile in (0, 1) with at least this level,
 * for a number of observations fixed beforehand: ranks from the binomial distribution, widened to
 * the edges of their buckets. Its lower end is where the first bucket starts (0 or −Infinity), its
 * upper end Infinity, where the observations say no better.
 * Worked: median of 20 observations at 0.95: ranks 6 and 15.
 */
export function quantileInterval(
  histogram: Histogram,
  quantile: number,
  level: number,
): QuantileInterval {
  demandHistogram(histogram);
  demandInside('quantile', quantile);
  demandInside('level', level);
  const tail = (1 - level) / 2;
  const total = totalOf(histogram);
  const rankLower = binomialQuantile({ trials: total, probability: quantile }, tail, 'lower');
  const rankUpper = 1 + binomialQuantile({ trials: total, probability: quantile }, tail, 'upper');
  return {
    rankLower,
    rankUpper,
    lower: startOf(histogram, bucketOf(histogram, rankLower)),
    upper: histogram.edges[bucketOf(histogram, rankUpper)] ?? Infinity,
  };
}

/**
 * What the observations say of a quantile in (0, 1) and a limit: the share of those up to an edge
 * with C of N below it is Beta(½ + C, ½ + N − C), and the quantile is at most the edge where the
 * share is at least the quantile. On an edge the two probabilities add up to 1. Between two edges
 * the lower one answers for `probabilityBelow` and the upper one for `probabilityAbove`, so that
 * neither is overstated; beyond the finite edges that probability is 0.
 * Worked: 19 of 20 up to 250, median: below 250 with probability 0.999995, above it with 5e-6.
 */
export function quantileBelief(
  histogram: Histogram,
  quantile: number,
  limit: number,
): QuantileBelief {
  demandHistogram(histogram);
  demandInside('quantile', quantile);
  demand(Number.isFinite(limit), 'limit', limit, 'finite');
  const { edges } = histogram;
  const below = edges.findLastIndex((edge) => edge <= limit);
  const above = edges.findIndex((edge) => edge >= limit);
  return {
    probabilityBelow: below < 0 ? 0 : Math.exp(tailsAt(histogram, below, quantile).upper),
    probabilityAbove: above < 0 ? 0 : Math.exp(tailsAt(histogram, above, quantile).lower),
  };
}

function tailsAt(
  histogram: Histogram,
  bucket: number,
  quantile: number,
): { lower: number; upper: number } {
  const count = histogram.cumulative[bucket]!;
  return logBetaTails(quantile, 0.5 + count, 0.5 + (totalOf(histogram) - count));
}

/** The first bucket up to which there are as many observations as the rank says; else the last. */
function bucketOf({ edges, cumulative }: Histogram, rank: number): number {
  const bucket = cumulative.findIndex((count) => count >= rank);
  return bucket < 0 ? edges.length : bucket;
}

function startOf({ edges }: Histogram, bucket: number): number {
  if (bucket > 0) return edges[bucket - 1]!;
  return edges[0]! > 0 ? 0 : -Infinity;
}

function totalOf({ edges, cumulative }: Histogram): number {
  return cumulative[edges.length]!;
}

type Binomial = { trials: number; probability: number };

/**
 * The least k with P(X ≤ k) ≥ tail (lower) or P(X > k) ≤ tail (upper) of a binomial X; trials may be
 * no whole number, as counts that are scaled by their dispersion.
 */
function binomialQuantile(binomial: Binomial, tail: number, side: 'lower' | 'upper'): number {
  const { trials, probability } = binomial;
  const hasReached = (successes: number): boolean => {
    if (successes >= trials) return true;
    const { lower, upper } = logBetaTails(probability, successes + 1, trials - successes);
    if (side === 'lower') return Math.exp(upper) >= tail * (1 - ROUNDING);
    return Math.exp(lower) <= tail * (1 + ROUNDING);
  };
  const spread = Math.sqrt(trials * probability * (1 - probability));
  const sign = side === 'lower' ? -1 : 1;
  const guess = trials * probability + sign * spread * Math.sqrt(-Math.log(tail));
  return leastWhere(hasReached, Math.min(Math.max(0, Math.round(guess)), Math.ceil(trials)));
}

/** The least whole number ≥ 0 from which on a condition holds, searched for from a guess. */
function leastWhere(holds: (value: number) => boolean, guess: number): number {
  let [below, least] = [-1, guess];
  for (let step = 1; !holds(least); step *= 2) {
    below = least;
    least += step;
  }
  for (let step = 1; least - step > below; step *= 2) {
    if (!holds(least - step)) below = least - step;
    else least -= step;
  }
  while (least - below > 1) {
    const middle = Math.floor((below + least) / 2);
    if (holds(middle)) least = middle;
    else below = middle;
  }
  return least;
}

function demandHistogram({ edges, cumulative }: Histogram): void {
  const isAscending = edges.every((edge, index) => index === 0 || edge > edges[index - 1]!);
  if (edges.length === 0 || !isAscending || !edges.every(Number.isFinite)) {
    throw new RangeError(`edges must be finite and ascending, not ${edges.join(', ')}`);
  }
  const isCumulative = cumulative.every((count, index) => count >= (cumulative[index - 1] ?? 0));
  const isComplete = cumulative.length === edges.length + 1 && cumulative.every(Number.isFinite);
  if (!isCumulative || !isComplete) {
    const counts = cumulative.join(', ');
    throw new RangeError(`cumulative must rise to a count for +Inf after the edges, not ${counts}`);
  }
}

function demandInside(name: string, value: number): void {
  demand(value > 0 && value < 1, name, value, 'above 0 and below 1');
}
