import type { Random } from './random.ts';
import { roundRandomly } from './rounding.ts';

/** A version's share of the traffic, in percent. */
export type Weight = { name: string; value: number };

/** How far a candidate may go, in percent: at all, and at once. */
export type WeightLimits = { maxCandidateWeight: number; maxCandidateWeightIncrement: number };

/** The share of the traffic that iter8 spread over all versions. */
const EXPLORATION = 0.1;

/**
 * iter8's Progressive rule: some of the traffic (`exploration`, a share, iter8's 0.1 if absent) is
 * spread over all versions (baseline first), the rest goes to the best ones (to the baseline where there is none). A candidate's rise and its
 * total are limited where `limits` are given; the excess goes to the baseline. Falls are free.
 * `current` holds the weights in force by version name; a candidate that is not in it has 0.
 * Returns integers that sum to 100, in version order.
 * Worked: versions [default, canary], best [canary], current 100/0, limits 100 and 10: the mix
 * 5/95 is cut to 90/10.
 */
export function progressiveWeights(
  traffic: { versions: readonly string[]; current: readonly Weight[]; exploration?: number },
  best: readonly string[],
  limits: WeightLimits | undefined,
  random: Random,
): Weight[] {
  const { versions, current, exploration = EXPLORATION } = traffic;
  const mix = mixExplorationWith(best, versions, exploration);
  const previous = versions.map((name) => weightOf(name, current));
  const limited = limits ? limitCandidates(mix, previous, limits) : mix;
  const rounded = roundRandomly(limited, 100, random);
  return versions.map((name, index) => ({ name, value: rounded[index]! }));
}

/**
 * Weights (baseline first) with their candidates held to the limits; the excess goes to the
 * baseline. iter8's rule rounds after it has limited, and the rounding may give a candidate up to
 * 1 % that it took from the others.
 */
export function withinLimits(
  weights: readonly Weight[],
  current: readonly Weight[],
  limits: WeightLimits,
): Weight[] {
  const values = weights.map(({ value }) => value);
  const previous = weights.map(({ name }) => weightOf(name, current));
  const limited = limitCandidates(values, previous, limits);
  return weights.map(({ name }, index) => ({ name, value: limited[index]! }));
}

function mixExplorationWith(
  best: readonly string[],
  versions: readonly string[],
  exploration: number,
): number[] {
  const known = best.filter((name) => versions.includes(name));
  const exploited = known.length > 0 ? known : versions.slice(0, 1);
  return versions.map((name) => {
    const exploit = exploited.includes(name) ? 1 / exploited.length : 0;
    return ((1 / versions.length) * exploration + exploit * (1 - exploration)) * 100;
  });
}

/**
 * Weights by version (baseline first) in which no candidate rises above its previous weight by more
 * than the increment, or above the maximum; the excess goes to the baseline. Falls are free.
 * Worked: weights 29/71, previously 39/61, increment 5 and maximum 100: 34/66.
 */
export function limitCandidates(
  weights: readonly number[],
  previous: readonly number[],
  limits: WeightLimits,
): number[] {
  const limited = [...weights];
  for (let index = 1; index < weights.length; index++) {
    const excess = Math.max(
      0,
      weights[index]! - previous[index]! - limits.maxCandidateWeightIncrement,
      weights[index]! - limits.maxCandidateWeight,
    );
    limited[index]! -= excess;
    limited[0]! += excess;
  }
  return limited;
}

/** The weight of a version by its name, in percent; 0 where it has none. */
export function weightOf(name: string, weights: readonly Weight[]): number {
  return weights.find((weight) => weight.name === name)?.value ?? 0;
}
