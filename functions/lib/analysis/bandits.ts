// Policies that share the traffic by each version's probability of being the best one. Version 0
// is the baseline. Probabilities need not be normalised: only their proportions count, and where
// all are 0 (no version is good enough) the baseline counts as the best.
import type { Best, Direction } from './best.ts';
import { cholesky, dot, type Matrix } from './cholesky.ts';
import { standardNormal, type Random } from './random.ts';
import { normalCdf } from './special.ts';

/** Per version, baseline first: how probably it is the best one, and what choosing it loses. */
export type Standing = Pick<Best, 'probabilityBest' | 'expectedLoss'>;

/** The number of draws without which nothing else is said: a standard error of 0.008 at most. */
const DRAWS = 4096;

/**
 * Percentages by the ε-greedy rule: all but the exploration goes to the version that is most
 * probably the best (equally, where there are several), the exploration to all versions equally.
 * `explore` is a share from 0 to 1. Worked: [0.35, 0.65], explore 0.1: 5 and 95.
 */
export function epsilonGreedy(best: readonly number[], explore: number): number[] {
  const shares = normalised(best);
  const highest = Math.max(...shares);
  return blend(
    shares.map((share) => (share === highest ? 1 : 0)),
    explore,
  );
}

/**
 * Percentages by posterior routing (Thompson sampling in expectation): a version gets the share of
 * its probability of being the best one, mixed with the exploration (a share from 0 to 1).
 * Worked: [0.349789, 0.650211], explore 0.1: 36.48101 and 63.51899.
 */
export function byProbability(best: readonly number[], explore: number): number[] {
  return blend(best, explore);
}

/**
 * Shares (sum 1) of top-two Thompson sampling, which finds the best version soonest: with
 * probability `beta` the leader that was drawn, else the best of the others (Russo 2016):
 * ψⱼ = Pⱼ (β + (1 − β) Σ_{k≠j} P_k / (1 − P_k)). Where the leader is certain, nothing is known of
 * the others, and they share equally. Two versions with β = ½ get exactly ½ each.
 * Worked: [0.6, 0.3, 0.1]: 0.4619, 0.3917, 0.1464.
 */
export function topTwo(best: readonly number[], beta = 0.5): number[] {
  demandShare('beta', beta);
  const shares = normalised(best);
  const drawn = shares.map((share, version) => {
    const asSecond = shares.map((leader, index) =>
      index === version ? 0 : leader * shareOfOthers(shares, index, version),
    );
    return beta * share + (1 - beta) * sumOf(asSecond);
  });
  return normalised(drawn);
}

/**
 * Percentages (sum 100) of a policy mixed with exploration: explore / K + (1 − explore) · policy.
 * `explore` is a share from 0 to 1. Worked: [1, 0], explore 0.1: 95 and 5.
 */
export function blend(policy: readonly number[], explore: number): number[] {
  demandShare('explore', explore);
  return normalised(policy).map((share) => (explore / policy.length + (1 - explore) * share) * 100);
}

/**
 * Percentages (sum 100) of a policy with a floor for every version, a share from 0 to 1/K:
 * f + (1 − K f) · policy. Worked: [1, 0, 0], floor 0.05: 90, 5 and 5.
 */
export function floored(policy: readonly number[], floor: number): number[] {
  demandShare('floor · versions', floor * policy.length);
  return blend(policy, floor * policy.length);
}

/**
 * How probably each version is the best one, where the other versions' differences to the baseline
 * are jointly normal with means `delta` and covariance `cov` (K − 1 of them for K versions; the
 * baseline's own is 0). Two versions: exact, and nothing is drawn. More: the share of `draws`
 * (4096; in antithetic pairs) in which a version is the best. Throws RangeError where `cov` is no
 * covariance of `delta`.
 * Worked: delta [1], cov [[1]], High: best 0.158655 and 0.841345, expected loss 1.083315 and 0.083315.
 */
export function probabilitiesOfBest(
  delta: readonly number[],
  cov: Matrix,
  random: Random,
  { direction = 'High', draws = DRAWS }: { direction?: Direction; draws?: number } = {},
): Standing {
  demandShape(delta, cov);
  const means = delta.map((mean) => (direction === 'High' ? mean : -mean));
  const lower = cholesky(cov);
  if (means.length === 0) return { probabilityBest: [1], expectedLoss: [0] };
  if (means.length === 1) return ofTwo(means[0]!, lower[0]![0]!);
  if (!(draws >= 2 && draws < Infinity)) throw new RangeError(`draws must be 2 or more: ${draws}`);
  return ofMany(means, lower, { pairs: Math.ceil(draws / 2), random });
}

/** Where the leader's probability is 1 to the last bit, the rest is 0 and 1 − P says no more. */
function shareOfOthers(shares: readonly number[], leader: number, version: number): number {
  const others = sumOf(shares.filter((_, index) => index !== leader));
  return others > 0 ? shares[version]! / others : 1 / (shares.length - 1);
}

function normalised(weights: readonly number[]): number[] {
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`the probabilities must be finite and not negative: ${weight}`);
    }
  }
  if (weights.length === 0) throw new RangeError('the probabilities must be one or more: 0');
  const sum = sumOf(weights);
  return weights.map((weight, version) => (sum > 0 ? weight / sum : version === 0 ? 1 : 0));
}

function demandShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) {
    throw new RangeError(`${name} must be from 0 to 1: ${value}`);
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** E[max(0, X)] of a normal X is μ Φ(μ/σ) + σ φ(μ/σ); so far out, nothing is left to chance. */
function ofTwo(mean: number, deviation: number): Standing {
  if (Math.abs(mean) >= 40 * deviation) {
    const best = mean === 0 ? 0.5 : mean > 0 ? 1 : 0;
    return {
      probabilityBest: [1 - best, best],
      expectedLoss: [Math.max(0, mean), Math.max(0, -mean)],
    };
  }
  const z = mean / deviation;
  const density = Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const loss = (sign: 1 | -1): number =>
    Math.max(0, deviation * (sign * z * normalCdf(sign * z) + density));
  return { probabilityBest: [normalCdf(-z), normalCdf(z)], expectedLoss: [loss(1), loss(-1)] };
}

function ofMany(
  means: readonly number[],
  lower: Matrix,
  { pairs, random }: { pairs: number; random: Random },
): Standing {
  const probabilityBest = [0, ...means].map(() => 0);
  const expectedLoss = [...probabilityBest];
  const draws = 2 * pairs;
  for (let pair = 0; pair < pairs; pair++) {
    const normals = means.map(() => standardNormal(random));
    for (const sign of [1, -1]) {
      const values = [0, ...means.map((mean, row) => mean + sign * dot(lower[row]!, normals))];
      const highest = Math.max(...values);
      const winners = values.filter((value) => value === highest).length;
      values.forEach((value, version) => {
        if (value === highest) probabilityBest[version]! += 1 / winners / draws;
        expectedLoss[version]! += (highest - value) / draws;
      });
    }
  }
  return { probabilityBest, expectedLoss };
}

function demandShape(delta: readonly number[], cov: Matrix): void {
  for (const mean of delta) {
    if (!Number.isFinite(mean)) throw new RangeError(`delta must be finite: ${mean}`);
  }
  if (cov.length !== delta.length || cov.some((row) => row.length !== delta.length)) {
    throw new RangeError(`cov must have ${delta.length} rows and columns: ${cov.length} rows`);
  }
}
