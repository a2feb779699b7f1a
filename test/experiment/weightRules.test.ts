import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  algorithmOf,
  ruledWeights,
  type Traffic,
} from '../../functions/lib/experiment/weightRules.ts';
import type { LookProof } from '../../functions/lib/experiment/proof.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Strategy, WeightAlgorithm } from '../../functions/lib/types/experiment.gen.ts';
import { named, strategyOf } from '../fixtures.ts';
import { ERROR_RATE, lookAt, proving, rate, tallied, weightsIn, type Proving } from './proven.ts';

const algorithm = suite('the algorithm that moves the traffic');

function chosen(strategy: Parameters<typeof strategyOf>[0], isProven: boolean): string {
  return algorithmOf(strategyOf(strategy), isProven);
}

algorithm('is the deployment pattern where weights stay', () => {
  assert.is(chosen({ deploymentPattern: 'FixedSplit' }, true), 'FixedSplit');
  assert.is(chosen({ deploymentPattern: 'BlueGreen' }, true), 'BlueGreen');
});

algorithm('is the one that is asked for', () => {
  assert.is(chosen({ weights: { algorithm: 'TopTwoThompson' } }, true), 'TopTwoThompson');
  const strategy = { testingPattern: 'A/B', weights: { algorithm: 'Progressive' } } as const;
  assert.is(chosen(strategy, true), 'Progressive');
});

algorithm('is by probability for a contest by proof, and Progressive for all else', () => {
  assert.is(chosen({ testingPattern: 'A/B' }, true), 'PosteriorBayesianRouting');
  assert.is(chosen({ testingPattern: 'A/B/N' }, true), 'PosteriorBayesianRouting');
  assert.is(chosen({ testingPattern: 'A/B' }, false), 'Progressive');
  assert.is(chosen({ testingPattern: 'Canary' }, true), 'Progressive');
});

/** What is proved, as far as weights depend on it. */
type Known = {
  probabilities?: number[];
  chances?: number[] | undefined;
  best?: number | undefined;
  broken?: number[];
  budget?: number;
  isLimited?: boolean;
};

function proofOf(versions: readonly string[], known: Known): LookProof {
  const { probabilities = versions.map(() => 1), chances, best, broken = [], budget = 1e9 } = known;
  const subjects = known.isLimited ? [{}] : [];
  const knowledge = { budget };
  return { probabilities, chances, best, broken, objectives: subjects, knowledge } as never;
}

type Given = Omit<Partial<Strategy['weights']>, 'algorithm'> & { algorithm: WeightAlgorithm };

function weightsOf(
  given: Given,
  current: readonly number[],
  known?: Known,
  requests = 1000,
): number[] {
  const versions = ['default', ...current.slice(1).map((_, index) => `c${index}`)];
  const traffic: Traffic = {
    versions,
    current: named(versions, current),
    strategy: strategyOf({ testingPattern: 'A/B/N', weights: given }),
    best: [],
    proof: known && proofOf(versions, known),
    requests,
    random: randomFrom('weights'),
  };
  return ruledWeights(traffic).map(({ value }) => value);
}

const FREE = { maxCandidateWeight: 100, maxCandidateWeightIncrement: 100 };

const ramp = suite('Progressive, by proof');

ramp('gives as many requests as are known to do no harm: 112 of 300 are 37 %', () => {
  const known = { budget: 112, isLimited: true };
  assert.equal(weightsOf({ algorithm: 'Progressive', ...FREE }, [99, 1], known, 300), [63, 37]);
});

ramp('stays within the increment, the cap, and 99 %', () => {
  const known = { budget: 1e6, isLimited: true };
  const progressive = { algorithm: 'Progressive', ...FREE } as const;
  const step = { ...progressive, maxCandidateWeightIncrement: 10 };
  assert.equal(weightsOf(step, [99, 1], known), [89, 11]);
  assert.equal(weightsOf({ ...progressive, maxCandidateWeight: 30 }, [99, 1], known), [70, 30]);
  assert.equal(weightsOf(progressive, [99, 1], known), [1, 99]);
});

ramp('takes from what has more than it may, at once', () => {
  const known = { budget: 112, isLimited: true };
  assert.equal(weightsOf({ algorithm: 'Progressive', ...FREE }, [20, 80], known, 1120), [90, 10]);
});

ramp('gives nothing to what is proved to break a limit', () => {
  const known = { budget: 112, isLimited: true, broken: [1] };
  const progressive = { algorithm: 'Progressive', ...FREE } as const;
  assert.equal(weightsOf(progressive, [80, 10, 10], known, 1120), [90, 0, 10]);
});

ramp('holds the weights where no requests are seen', () => {
  const known = { budget: 112, isLimited: true };
  assert.equal(weightsOf({ algorithm: 'Progressive', ...FREE }, [77, 23], known, 0), [77, 23]);
});

const policies = suite('weights by policy');

policies('are in proportion to the probability of being the best, with 10 % for all alike', () => {
  const routing = { algorithm: 'PosteriorBayesianRouting', ...FREE } as const;
  assert.equal(weightsOf(routing, [50, 50], { chances: [0.35, 0.65] }), [37, 63]);
  const explored = { ...routing, explorationPercent: 40 };
  assert.equal(weightsOf(explored, [50, 50], { chances: [0, 1] }), [20, 80]);
});

policies('go by the probability of being good as well', () => {
  const routing = {
    algorithm: 'PosteriorBayesianRouting',
    ...FREE,
    explorationPercent: 0,
  } as const;
  const known = { chances: [0.5, 0.5], probabilities: [1, 0.25] };
  assert.equal(weightsOf(routing, [50, 50], known), [80, 20]);
});

policies('of two versions are halves where the two best are to be told apart', () => {
  const topTwo = { algorithm: 'TopTwoThompson', ...FREE } as const;
  assert.equal(weightsOf(topTwo, [90, 10], { chances: [0.9, 0.1] }), [50, 50]);
});

policies('give the best one all but the exploration', () => {
  const greedy = { algorithm: 'EpsilonGreedy', ...FREE } as const;
  assert.equal(weightsOf(greedy, [50, 50], { chances: [0.4, 0.6] }), [5, 95]);
  assert.equal(weightsOf(greedy, [50, 50]), [95, 5], 'without proof, to the baseline');
});

policies(
  'give all to the candidates where the baseline breaks a limit, however they are rounded',
  () => {
    const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 2,
      maxLength: 6,
    });
    const property = fc.property(chances, (others) => {
      const routing = { algorithm: 'PosteriorBayesianRouting', ...FREE } as const;
      const current = [100, ...others.map(() => 0)];
      const weights = weightsOf(routing, current, { chances: [0, ...others], broken: [0] });
      assert.is(weights[0]! <= 1, true, weights.join(' '));
    });
    fc.assert(property, { seed: 1, numRuns: 300 });
  },
);

for (const one of ['EpsilonGreedy', 'PosteriorBayesianRouting', 'TopTwoThompson'] as const) {
  const given = { algorithm: one, ...FREE };

  policies(`commit to what is proved to be the best: ${one}`, () => {
    const known = { chances: [0.1, 0.5, 0.4], best: 1 };
    assert.equal(weightsOf(given, [34, 33, 33], known), [1, 99, 0]);
    assert.equal(weightsOf(given, [34, 33, 33], { ...known, best: 0 }), [100, 0, 0]);
  });

  policies(`give nothing to what breaks a limit, not even for exploration: ${one}`, () => {
    const known = { chances: [0.5, 0, 0.5], broken: [1], isLimited: true };
    assert.is(weightsOf(given, [40, 30, 30], known)[1], 0);
    assert.is(weightsOf(given, [40, 30, 30], { ...known, broken: [0, 1, 2] })[0], 100);
  });

  policies(`give no candidate more than its ramp: ${one}`, () => {
    const known = { chances: [0, 1], budget: 112, isLimited: true };
    assert.equal(weightsOf(given, [99, 1], known, 1120), [90, 10]);
  });

  policies(`always add up to 100, whole, within increment, cap and 99 %: ${one}`, () => {
    const shares = fc.array(fc.nat(100), { minLength: 2, maxLength: 17 });
    const limits = fc.record({
      maxCandidateWeight: fc.nat(100),
      maxCandidateWeightIncrement: fc.nat(100),
      explorationPercent: fc.nat(100),
    });
    const property = fc.property(shares, limits, fc.boolean(), (raw, given, isLimited) => {
      const total = raw.reduce((sum, one) => sum + one, 0) || 1;
      const [, ...held] = raw.map((share) => Math.floor((100 * share) / total));
      const current = [100 - held.reduce((sum, one) => sum + one, 0), ...held];
      const chances = raw.map((share) => share / total);
      const known = { chances, isLimited, budget: 112, broken: raw.length > 3 ? [2] : [] };
      const weights = weightsOf({ algorithm: one, ...given }, current, known, 500);
      assert.is(
        weights.reduce((sum, weight) => sum + weight, 0),
        100,
        weights.join(' '),
      );
      weights.forEach((weight, index) => {
        assert.ok(Number.isInteger(weight) && weight >= 0, weights.join(' '));
        if (index === 0) return;
        assert.ok(weight <= Math.min(99, given.maxCandidateWeight), weights.join(' '));
        assert.ok(weight <= current[index]! + given.maxCandidateWeightIncrement);
      });
    });
    fc.assert(property, { seed: 1, numRuns: 200 });
  });
}

const whole = suite('the weights of a look by proof');

/** One look at an experiment whose candidates have good and bad rewards. */
function lookedAt(given: Proving): number[] {
  const experiment = proving({ weights: FREE, iterations: 20, ...given });
  const versions = given.versions ?? ['default', 'canary'];
  const by = (
    values: (index: number) => [number, number],
  ): Record<string, ReturnType<typeof rate>> =>
    Object.fromEntries(versions.map((name, index) => [name, rate(...values(index))]));
  const tallies = tallied({
    'error-rate': by(() => [1, 500]),
    conversion: by((index) => [40 + 10 * index, 500]),
  });
  return weightsIn(lookAt(experiment, { tallies }));
}

const rewards = [{ metric: 'conversion', preferredDirection: 'High' as const }];

whole('begin by halves where only a reward is to be found out, and lean to the better one', () => {
  assert.equal(weightsIn(proving({ objectives: [], rewards, weights: FREE })), [50, 50]);
  const [baseline, candidate] = lookedAt({ objectives: [], rewards });
  assert.ok(candidate! > 70 && baseline! >= 5, `${baseline} ${candidate}`);
});

whole('begin with 1 % where a limit may be broken, and rise no faster than its ramp', () => {
  assert.equal(weightsIn(proving({ rewards, weights: FREE })), [99, 1]);
  // 112 of 1000.
  assert.equal(lookedAt({ objectives: [ERROR_RATE], rewards }), [89, 11]);
});

whole('keep a floor for each of three versions', () => {
  const weights = lookedAt({ objectives: [], rewards, versions: ['default', 'one', 'two'] });
  assert.ok(Math.min(...weights) >= 3, weights.join(' '));
  assert.ok(weights[2]! > weights[1]!);
});

for (const tests of [algorithm, ramp, policies, whole]) tests.run();
