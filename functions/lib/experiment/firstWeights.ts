import type { Weight } from '../analysis/weights.ts';
import type { ExperimentSpec } from '../types/experiment.gen.ts';
import { isProven } from './strength.ts';

/** The first share of a candidate, in percent: as little as a whole percent can be. */
const FIRST_PERCENT = 1;

/** The most that a candidate gets before it is promoted, in percent: with 100 it would be. */
export const MOST_BEFORE_THE_END = 99;

/**
 * The weights with which an experiment begins, in version order. FixedSplit: the split, else the
 * weights found. BlueGreen: all to the candidate. Progressive: 1 % to each candidate, or as much as to
 * the baseline where only a reward is to be found out; within its limits. Conformance: none.
 * Undefined where a FixedSplit has no split and none was found.
 */
export function firstWeights(
  { strategy, criteria }: Pick<ExperimentSpec, 'strategy' | 'criteria'>,
  versions: readonly string[],
  found: readonly Weight[] | undefined,
): Weight[] | undefined {
  if (strategy.testingPattern === 'Conformance') return [];
  const { split, maxCandidateWeight, maxCandidateWeightIncrement } = strategy.weights;
  switch (strategy.deploymentPattern) {
    case 'FixedSplit':
      return split
        ? versions.map((name, index) => ({ name, value: split[index] ?? 0 }))
        : found && [...found];
    case 'BlueGreen':
      return versions.map((name, index) => ({ name, value: index === 1 ? 100 : 0 }));
    case 'Progressive': {
      const isContest = isLearning({ strategy, criteria });
      const share = isContest ? Math.floor(100 / versions.length) : FIRST_PERCENT;
      const first = Math.min(share, maxCandidateWeight, maxCandidateWeightIncrement);
      return withBaselineRest(versions, () => first);
    }
  }
}

/** Whether traffic is routed to learn of rewards alone: no limit could be broken by it. */
function isLearning({
  strategy,
  criteria,
}: Pick<ExperimentSpec, 'strategy' | 'criteria'>): boolean {
  return (
    isProven({ criteria }) &&
    strategy.testingPattern.startsWith('A/B') &&
    strategy.weights.algorithm !== 'Progressive' &&
    (criteria?.objectives ?? []).length === 0
  );
}

/** Weights by a rule for candidates, in version order; the baseline gets what is left of 100. */
export function withBaselineRest(
  versions: readonly string[],
  candidateWeight: (name: string) => number,
): Weight[] {
  const candidates = versions.slice(1).map((name) => ({ name, value: candidateWeight(name) }));
  const given = candidates.reduce((sum, { value }) => sum + value, 0);
  return [{ name: versions[0]!, value: 100 - given }, ...candidates];
}

/** All traffic to one version, in version order. */
export function allTo(version: string, versions: readonly string[]): Weight[] {
  return versions.map((name) => ({ name, value: name === version ? 100 : 0 }));
}

/** Whether two sets of weights are the same by name; a version that is in neither has 0. */
export function sameWeights(some: readonly Weight[], others: readonly Weight[]): boolean {
  const names = new Set([...some, ...others].map(({ name }) => name));
  const value = (weights: readonly Weight[], name: string): number =>
    weights.find((weight) => weight.name === name)?.value ?? 0;
  return [...names].every((name) => value(some, name) === value(others, name));
}
