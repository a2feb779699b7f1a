import { demand, demandPositive } from './incomplete.ts';
import { betaQuantile, logBetaTails, studentCdf, studentQuantile } from './special.ts';

/** How many trials there were, and in how many the event happened; real where dispersion scales them. */
export type Trials = { trials: number; events: number };

/** A beta distribution of a rate, as a prior or as what is believed after data; a and b above 0. */
export type Beta = { a: number; b: number };

/** What is asked of a belief: a limit in the metric's unit, and the level of the interval, as 0.95. */
export type Inquiry = { limit: number; level: number };

/** The ends of an interval in the metric's unit; infinite where nothing bounds it. */
export type Interval = { lower: number; upper: number };

/** What is believed of a rate: its distribution, the equal-tailed credible interval, P(rate ≤ limit). */
export type RateBelief = Beta &
  Interval & { mean: number; sd: number; probabilityBelow: number; probabilityAbove: number };

/** Count, mean and sum of squared deviations from the mean (M2) of numbers that are not kept. */
export type Moments = { count: number; mean: number; m2: number };

/**
 * A normal-inverse-gamma distribution of a mean and its variance: the mean counts as `weight`
 * observations, the precision is Gamma(shape, rate). `rate` is in the metric's unit squared, so a
 * prior that is to say little must be small against the data's M2.
 */
export type NormalInverseGamma = { mean: number; weight: number; shape: number; rate: number };

/** What is believed of a mean: Student's t about `mean` with `scale`, its interval, P(mean ≤ limit). */
export type MeanBelief = NormalInverseGamma &
  Interval & { scale: number; degrees: number; probabilityBelow: number; probabilityAbove: number };

/** Independent observations of one version, summed up; `variance` is M2/(count − 1). */
export type Sample = { count: number; mean: number; variance: number };

/** How the second mean differs from the first; `p` is two-sided, lower and upper bound the difference. */
export type WelchComparison = Interval & {
  difference: number;
  degrees: number;
  t: number;
  p: number;
};

const LEAST_BATCHES = 10;

/**
 * What is believed of a rate after data: Beta(a + events, b + trials − events), both tails of the
 * limit exact on their own. Throws RangeError unless 0 ≤ events ≤ trials, 0 ≤ limit ≤ 1, 0 < level < 1.
 * Worked: 3 of 10 under Beta(1, 1) is Beta(4, 8): mean ⅓, 95 % within 0.109263 and 0.609743.
 */
export function betaPosterior(counts: Trials, prior: Beta, inquiry: Inquiry): RateBelief {
  const { a, b } = updated(counts, prior);
  const { limit, level } = inquiry;
  demand(limit >= 0 && limit <= 1, 'limit', limit, 'within 0 and 1');
  const tail = tailOf(level);
  const { lower, upper } = logBetaTails(limit, a, b);
  return {
    a,
    b,
    mean: a / (a + b),
    sd: Math.sqrt(((a / (a + b)) * (b / (a + b))) / (a + b + 1)),
    lower: betaQuantile(tail, a, b),
    upper: betaQuantile(1 - tail, a, b),
    probabilityBelow: Math.exp(lower),
    probabilityAbove: Math.exp(upper),
  };
}

/**
 * The prior of a rate that has a limit in (0, 1): its mean is the limit, and it weighs as much as
 * 1/limit trials, above ½ as much as 1/(1 − limit): there the event and its opposite change places.
 * Worked: 0.02 → Beta(1, 49); 0.5 → Beta(1, 1); 0.98 → Beta(49, 1).
 */
export function priorForLimit(limit: number): Beta {
  demandInside('limit', limit);
  return limit > 0.5 ? { a: limit / (1 - limit), b: 1 } : { a: 1, b: (1 - limit) / limit };
}

/**
 * The natural logarithm of the Bayes factor of rate > limit against rate ≤ limit, the prior cut off
 * at the limit on either side: what the data make of the odds. It is the quotient of the e-values
 * E↑/E↓ of the two sides, in which the beta functions and the likelihood at the limit cancel.
 * Worked: 40 of 1000 at 0.02: log E↑ = 6.690512, log E↓ = −3.585706, so 10.276218.
 */
export function logBayesFactor(
  counts: Trials,
  limit: number,
  prior: Beta = priorForLimit(limit),
): number {
  demandInside('limit', limit);
  return logOddsAbove(limit, updated(counts, prior)) - logOddsAbove(limit, prior);
}

/**
 * What is believed of a mean after data (posterior of a normal-inverse-gamma prior): the marginal is
 * t with 2·shape degrees of freedom and scale √(rate/(shape·weight)). Throws RangeError for a prior
 * that is not above 0 in weight, shape and rate.
 * Worked: 2 observations, mean 4, M2 2, after {mean 0, weight 2, shape 1, rate 1}: mean 2, weight 4,
 * shape 2, rate 10, so t with 4 degrees and scale √1.25; P(mean ≤ 2) = ½.
 */
export function normalInverseGamma(
  data: Moments,
  prior: NormalInverseGamma,
  { limit, level }: Inquiry,
): MeanBelief {
  demandMoments(data);
  demandFinite('limit', limit);
  demandPrior(prior);
  const weight = prior.weight + data.count;
  const mean = (prior.weight * prior.mean + data.count * data.mean) / weight;
  const shape = prior.shape + data.count / 2;
  const surprise = (prior.weight * data.count * (data.mean - prior.mean) ** 2) / weight;
  const rate = prior.rate + (data.m2 + surprise) / 2;
  const scale = Math.sqrt(rate / (shape * weight));
  const degrees = 2 * shape;
  const distance = (limit - mean) / scale;
  return {
    ...{ mean, weight, shape, rate, scale, degrees },
    ...intervalAround(mean, scale, { degrees, level }),
    probabilityBelow: studentCdf(distance, degrees),
    probabilityAbove: studentCdf(-distance, degrees),
  };
}

/**
 * The classical t interval of a mean; unbounded where there are fewer than two observations.
 * Worked: 2 observations, mean 4, M2 2, level 0.5: one degree of freedom, 4 ± 1.
 */
export function studentInterval({ count, mean, m2 }: Moments, level: number): Interval {
  demandMoments({ count, mean, m2 });
  const degrees = count - 1;
  tailOf(level);
  if (degrees <= 0) return { lower: -Infinity, upper: Infinity };
  return intervalAround(mean, Math.sqrt(m2 / degrees / count), { degrees, level });
}

/**
 * The moments of two sets of numbers taken together (Chan, Golub and LeVeque), without the
 * cancellation of long sums of squares.
 * Worked: {1, 2, 0} and {1, 4, 0} → {count 2, mean 3, m2 2}.
 */
export function mergeMoments(first: Moments, second: Moments): Moments {
  demandMoments(first);
  demandMoments(second);
  const count = first.count + second.count;
  if (count === 0) return first;
  const difference = second.mean - first.mean;
  const share = second.count / count;
  return {
    count,
    mean: first.mean + difference * share,
    m2: first.m2 + second.m2 + difference ** 2 * first.count * share,
  };
}

/**
 * The moments of one batch from its sums Σ1, Σx and Σx², which are only to be trusted within a batch.
 * Worked: count 2, sum 6, squares 20 → {count 2, mean 3, m2 2}.
 */
export function batchMoments(batch: { count: number; sum: number; squares: number }): Moments {
  const { count, sum, squares } = batch;
  demandCount('count', count);
  if (count === 0) return { count, mean: 0, m2: 0 };
  return { count, mean: sum / count, m2: Math.max(0, squares - (sum / count) * sum) };
}

/**
 * The t interval of a mean of which only sums are known, from the means of at least ten batches,
 * each counted once; undefined where fewer hold an observation.
 * Worked: batches of 5 with sums 5, 10, 5, 10, … (ten): means 1 and 2, so 1.5 ± 0.377026 at 0.95.
 */
export function batchMeansInterval(
  batches: readonly { count: number; sum: number }[],
  level: number,
): Interval | undefined {
  for (const { count } of batches) demandCount('count', count);
  const means = batches.filter(({ count }) => count > 0).map(({ count, sum }) => sum / count);
  if (means.length < LEAST_BATCHES) return undefined;
  const moments = means.map((mean) => ({ count: 1, mean, m2: 0 })).reduce(mergeMoments);
  return studentInterval(moments, level);
}

/**
 * Welch's comparison of two means whose variances may differ: second − first, with a t interval.
 * Where neither varies, the difference is taken as certain. Throws RangeError for counts below 2.
 * Worked: 407 of mean 101.2489, variance 151.0425 and 2878 of 93.1059, 209.7511: t = −12.2207 with
 * 577.98 degrees of freedom, the difference −8.143 within −9.451719 and −6.834281.
 */
export function welch(first: Sample, second: Sample, level: number): WelchComparison {
  demandSample(first);
  demandSample(second);
  const [one, two] = [first.variance / first.count, second.variance / second.count];
  const share = one + two > 0 ? one / (one + two) : 0.5;
  const degrees = 1 / (share ** 2 / (first.count - 1) + (1 - share) ** 2 / (second.count - 1));
  const difference = second.mean - first.mean;
  const error = Math.sqrt(one + two);
  const t = difference === 0 ? 0 : difference / error;
  const p = 2 * studentCdf(-Math.abs(t), degrees);
  return { difference, degrees, t, p, ...intervalAround(difference, error, { degrees, level }) };
}

function updated({ trials, events }: Trials, { a, b }: Beta): Beta {
  demandCount('trials', trials);
  demand(events >= 0 && events <= trials, 'events', events, `within 0 and ${trials}`);
  demandPositive('a', a);
  demandPositive('b', b);
  return { a: a + events, b: b + (trials - events) };
}

function logOddsAbove(limit: number, { a, b }: Beta): number {
  const { lower, upper } = logBetaTails(limit, a, b);
  return upper - lower;
}

function intervalAround(
  centre: number,
  scale: number,
  { degrees, level }: { degrees: number; level: number },
): Interval {
  const reach = -studentQuantile(tailOf(level), degrees) * scale;
  return { lower: centre - reach, upper: centre + reach };
}

function tailOf(level: number): number {
  demandInside('level', level);
  return (1 - level) / 2;
}

function demandMoments({ count, mean, m2 }: Moments): void {
  demandCount('count', count);
  demandFinite('mean', mean);
  demandCount('m2', m2);
}

function demandPrior({ mean, weight, shape, rate }: NormalInverseGamma): void {
  demandFinite('mean', mean);
  demandPositive('weight', weight);
  demandPositive('shape', shape);
  demandPositive('rate', rate);
}

function demandSample({ count, mean, variance }: Sample): void {
  demand(count >= 2 && count < Infinity, 'count', count, 'at least 2 and finite');
  demandFinite('mean', mean);
  demandCount('variance', variance);
}

function demandCount(name: string, value: number): void {
  demand(value >= 0 && value < Infinity, name, value, 'at least 0 and finite');
}

function demandInside(name: string, value: number): void {
  demand(value > 0 && value < 1, name, value, 'above 0 and below 1');
}

function demandFinite(name: string, value: number): void {
  demand(Number.isFinite(value), name, value, 'finite');
}
