// What proof, and the algorithms that move traffic, ask of a spec.
import type { ExperimentSpec } from '../types/experiment.gen.ts';
import { problemIf, type Problem } from './problem.ts';
import { alphaOf, isProven } from './strength.ts';

/** A confidence that there is not. */
export function badStrength({ criteria }: ExperimentSpec): Problem[] {
  const alpha = alphaOf(criteria);
  return problemIf(
    isProven({ criteria }) && !(alpha > 0 && alpha <= 0.5),
    'spec.criteria.strength.confidence',
    () => `found ${JSON.stringify(criteria?.strength?.confidence)}; expected 0.5 to 0.999999`,
  );
}

/** Algorithms that go by probabilities, which only counts give. */
const PROBABILISTIC: readonly string[] = ['PosteriorBayesianRouting', 'TopTwoThompson'];

/** An algorithm that has nothing to go by, or no traffic to move. */
export function badAlgorithm({ strategy, criteria }: ExperimentSpec): Problem[] {
  const { algorithm } = strategy.weights;
  const field = 'spec.strategy.weights.algorithm';
  const isByProbability = algorithm !== undefined && PROBABILISTIC.includes(algorithm);
  const isContest = strategy.testingPattern.startsWith('A/B');
  return [
    problemIf(
      isByProbability && !isContest,
      field,
      () =>
        `${algorithm!} routes by a reward, which ${strategy.testingPattern} does not have; use Progressive`,
    ),
    problemIf(
      isByProbability && !isProven({ criteria }),
      field,
      () =>
        `${algorithm!} routes by probabilities, which only counts give; set spec.criteria.strength.method to Proven`,
    ),
    problemIf(
      algorithm !== undefined && strategy.deploymentPattern !== 'Progressive',
      field,
      () =>
        `with ${strategy.deploymentPattern} no traffic moves by an algorithm; remove it, or use Progressive`,
    ),
  ].flat();
}
