import type { Random } from './random.ts';
import { roundRandomly } from './rounding.ts';

/** A version's share of the traffic, in percent. */
export type Weight = { name: string; value: number };

/** How far a candidate may go, in percent: at all, and at once. */
export type WeightLimits = { maxCandidateWeight: number; maxCandidateWeightIncrement: number };

const EXPLORATION = 0.1;

/**
 * iter8's Progressive rule: 10 % of the traffic is spread over all versions (baseline first), the
 * rest goes to the best ones (to the baseline where there is none). A candidate's rise and its
 * total are limited where `limits` are given; the excess goes to the baseline. Falls are free.
 * `current` holds the weights in force by version name; a candidate that is not in it has 0.
 * Returns integers that sum to 100, in version order.
 * Worked: versions [default, canary], best [canary], current 100/0, limits 100 and 10: the mix
 * 5/95 is cut to 90/10.
 */
export function progressiveWeights(
  traffic: { versions: readonly string[]; current: readonly Weight[] },
  best: readonly string[],
  limits: WeightLimits | undefined,
  random: Random,
): Weight[] {
  const { versions } = traffic;
  const mix = mixExplorationWith(best, versions);
  const limited = limits ? limitCandidates(mix, traffic, limits) : mix;
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
  const versions = weights.map(({ name }) => name);
  const values = weights.map(({ value }) => value);
  const limited = limitCandidates(values, { versions, current }, limits);
  return versions.map((name, index) => ({ name, value: limited[index]! }));
}

function mixExplorationWith(best: readonly string[], versions: readonly string[]): number[] {
  const known = best.filter((name) => versions.includes(name));
  const exploited = known.length > 0 ? known : versions.slice(0, 1);
  return versions.map((name) => {
    const exploit = exploited.includes(name) ? 1 / exploited.length : 0;
    return ((1 / versions.length) * EXPLORATION + exploit * (1 - EXPLORATION)) * 100;
  });
}

function limitCandidates(
  weights: readonly number[],
  traffic: { versions: readonly string[]; current: readonly Weight[] },
  limits: WeightLimits,
): number[] {
  const limited = [...weights];
  for (let index = 1; index < weights.length; index++) {
    const old = weightOf(traffic.versions[index]!, traffic.current);
    const excess = Math.max(
      0,
      weights[index]! - old - limits.maxCandidateWeightIncrement,
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
