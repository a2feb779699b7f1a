import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  blend,
  byProbability,
  epsilonGreedy,
  floored,
  probabilitiesOfBest,
  topTwo,
} from '../../functions/lib/analysis/bandits.ts';
import { bestOfNormals, type Direction } from '../../functions/lib/analysis/best.ts';
import { largestRemainder } from '../../functions/lib/analysis/rounding.ts';
import { limitCandidates } from '../../functions/lib/analysis/weights.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose, eachVector } from './vectors.ts';

const SEEDED = { seed: 20211105, numRuns: 500 };
const EXACT = { rel: 1e-12, abs: 1e-12 };

const probabilities = fc
  .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 8 })
  .filter((counts) => counts.some((count) => count > 0))
  .map((counts) => counts.map((count) => count / counts.reduce((sum, each) => sum + each, 0)));
const share = fc.double({ min: 0, max: 1, noNaN: true });

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

type Vector = {
  pBest: number[];
  prev: number[];
  explore: number;
  maxIncrement: number;
  maxCandidateWeight: number;
  beta: number;
};

const policies = suite('weights by the probability of being best');

eachVector(policies, 'weights', ({ pBest, prev, explore, beta, ...caps }: Vector) => {
  const limited = (weights: readonly number[]): number[] =>
    limitCandidates(weights, prev, {
      maxCandidateWeight: caps.maxCandidateWeight,
      maxCandidateWeightIncrement: caps.maxIncrement,
    });
  const psi = topTwo(pBest, beta);
  const pbr = limited(byProbability(pBest, explore));
  return {
    epsGreedy: limited(epsilonGreedy(pBest, explore)),
    pbr,
    topTwo: limited(blend(psi, explore)),
    psi,
    pbrInt: largestRemainder(pbr, 100),
  };
});

policies('sum to 100, and leave every version its exploration', () => {
  fc.assert(
    fc.property(probabilities, share, (best, explore) => {
      for (const weights of [
        epsilonGreedy(best, explore),
        byProbability(best, explore),
        blend(topTwo(best), explore),
      ]) {
        assertClose(sumOf(weights), 100, EXACT, 'the sum');
        const least = (100 * explore) / best.length;
        assert.ok(weights.every((weight) => weight >= least - 1e-9));
      }
    }),
    SEEDED,
  );
});

policies('give a version what it deserves, wherever it stands', () => {
  fc.assert(
    fc.property(probabilities, share, (best, explore) => {
      const turned = [...best].reverse();
      for (const policy of [
        (given: number[]) => epsilonGreedy(given, explore),
        (given: number[]) => byProbability(given, explore),
        (given: number[]) => topTwo(given),
      ]) {
        assertClose(policy(turned).reverse(), policy(best), EXACT, 'turned around');
      }
    }),
    SEEDED,
  );
});

policies('prefer a version that is more probably the best', () => {
  fc.assert(
    fc.property(probabilities, share, (best, explore) => {
      for (const weights of [byProbability(best, explore), topTwo(best)]) {
        for (const [one, p] of best.entries()) {
          for (const [other, q] of best.entries()) {
            assert.ok(p < q || weights[one]! >= weights[other]! - 1e-12);
          }
        }
      }
    }),
    SEEDED,
  );
});

policies('take probabilities for what they are in proportion', () => {
  assert.equal(byProbability([1, 3], 0), [25, 75]);
  assertClose(topTwo([6, 3, 1]), topTwo([0.6, 0.3, 0.1]), EXACT, 'topTwo');
});

policies('fall back to the baseline where no version can be the best', () => {
  assert.equal(byProbability([0, 0], 0), [100, 0]);
  assert.equal(epsilonGreedy([0, 0, 0], 0), [100, 0, 0]);
  assert.equal(topTwo([0, 0]), [0.5, 0.5]);
});

policies('share between equally good versions, and give all to a version without a rival', () => {
  assert.equal(epsilonGreedy([0.4, 0.2, 0.4], 0), [50, 0, 50]);
  assert.equal([byProbability([1], 0.1), topTwo([1])], [[100], [1]]);
});

policies('hold a candidate to its limits after rounding, too', () => {
  const whole = fc.integer({ min: 0, max: 100 });
  fc.assert(
    fc.property(probabilities, whole, whole, (best, maximum, increment) => {
      const previous = largestRemainder([...best].reverse(), 100);
      const limits = { maxCandidateWeight: maximum, maxCandidateWeightIncrement: increment };
      const limited = limitCandidates(byProbability(best, 0.1), previous, limits);
      const weights = largestRemainder(limited, 100);
      assert.is(sumOf(weights), 100);
      weights.slice(1).forEach((weight, index) => {
        assert.ok(weight <= maximum, `${weight} of at most ${maximum}`);
        assert.ok(weight <= previous[index + 1]! + increment);
      });
    }),
    SEEDED,
  );
});

policies('have a floor under every version that Thompson sampling would starve', () => {
  assertClose(floored([1, 0, 0], 0.05), [90, 5, 5], EXACT, 'floored');
  fc.assert(
    fc.property(probabilities, share, (best, part) => {
      const floor = part / best.length;
      const weights = floored(best, floor);
      assertClose(sumOf(weights), 100, EXACT, 'the sum');
      assert.ok(weights.every((weight) => weight >= 100 * floor - 1e-9));
    }),
    SEEDED,
  );
});

policies('refuse what is no probability and no share, and name it', () => {
  assert.throws(() => byProbability([0.5, NaN], 0), /probabilities .* not negative: NaN/);
  assert.throws(() => byProbability([1.5, -0.5], 0), /probabilities .* not negative: -0.5/);
  assert.throws(() => byProbability([], 0), /probabilities must be one or more: 0/);
  assert.throws(() => blend([1, 0], 1.1), /explore must be from 0 to 1: 1.1/);
  assert.throws(() => topTwo([1, 0], -1), /beta must be from 0 to 1: -1/);
  assert.throws(() => floored([1, 0, 0], 0.5), /floor · versions must be from 0 to 1: 1.5/);
});

policies.run();

const two = suite('topTwo');

two('splits two versions in halves, exactly, whatever is known', () => {
  fc.assert(
    fc.property(share, (p) => {
      assert.equal(topTwo([p, 1 - p]), [0.5, 0.5]);
    }),
    SEEDED,
  );
  for (const p of [0, 1]) assert.equal(topTwo([p, 1 - p]), [0.5, 0.5]);
});

two('gives a certain leader its share, and the others the rest', () => {
  assert.equal(topTwo([0, 1, 0]), [0.25, 0.5, 0.25]);
  const nearly = topTwo([1, 3e-300, 1e-300]);
  assertClose(nearly, [0.5, 0.375, 0.125], EXACT, 'nearly certain');
});

two('sums to 1 for every beta', () => {
  fc.assert(
    fc.property(probabilities, share, (best, beta) => {
      assertClose(sumOf(topTwo(best, beta)), 1, EXACT, 'the sum');
    }),
    SEEDED,
  );
});

two.run();

const standing = suite('probabilitiesOfBest');

/** A covariance of `size` contrasts that have this variance, and this covariance of any two. */
function alike(size: number, variance: number, covariance: number): number[][] {
  const indexes = Array.from({ length: size }, (_, index) => index);
  return indexes.map((row) => indexes.map((column) => (row === column ? variance : covariance)));
}

function unused(): number {
  throw new Error('nothing is left to chance');
}

standing('knows two versions exactly', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -50, max: 50, noNaN: true }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      fc.constantFrom<Direction>('High', 'Low'),
      (mean, sd, direction) => {
        const ours = probabilitiesOfBest([mean], [[2 * sd ** 2]], unused, { direction });
        const arms = [0, mean].map((each) => ({ mean: each, sd }));
        const { probabilityBest, expectedLoss } = bestOfNormals(arms, direction);
        const expected = { probabilityBest, expectedLoss };
        assertClose(ours, expected, { rel: 1e-7, abs: 1e-9 }, `${mean} ${sd} ${direction}`);
      },
    ),
    { ...SEEDED, numRuns: 100 },
  );
});

standing('agrees with the exact answer for independent versions', () => {
  const deviations = [0.5, 0.7, 0.9, 0.2];
  const arms = [1, 1.3, 0.8, 1.2].map((mean, arm) => ({ mean, sd: deviations[arm]! }));
  const [first, ...others] = arms;
  const delta = others.map(({ mean }) => mean - first!.mean);
  const cov = others.map((one) =>
    others.map((other) => first!.sd ** 2 + (one === other ? one.sd ** 2 : 0)),
  );
  for (const direction of ['High', 'Low'] as const) {
    const exact = bestOfNormals(arms, direction);
    for (const draws of [4096, 200_000]) {
      const options = { direction, ...(draws === 4096 ? {} : { draws }) };
      const ours = probabilitiesOfBest(delta, cov, randomFrom(`${direction} ${draws}`), options);
      assertClose(sumOf(ours.probabilityBest), 1, { rel: 0, abs: 1e-9 }, 'the sum');
      ours.probabilityBest.forEach((p, version) => {
        const expected = exact.probabilityBest[version]!;
        const error = 4 * Math.sqrt((expected * (1 - expected)) / draws);
        assertClose(p, expected, { rel: 0, abs: error }, `${direction} P(best) of ${version}`);
      });
      // No loss of these arms has a standard deviation above 1.2.
      const error = 4 * (1.2 / Math.sqrt(draws));
      const { expectedLoss } = exact;
      assertClose(ours.expectedLoss, expectedLoss, { rel: 0, abs: error }, `${direction} loss`);
    }
  }
});

standing('sees that versions which share their noise are told apart by little', () => {
  const [together, apart] = [alike(3, 1, 0.999), alike(3, 1, 0.5)];
  const third = (cov: number[][]): number =>
    probabilitiesOfBest([5, 5, 5.2], cov, randomFrom('noise')).probabilityBest[3]!;
  assert.ok(third(together) > 0.99, `together: ${third(together)}`);
  assert.ok(third(apart) < 0.6, `apart: ${third(apart)}`);
});

standing('is the same for the same seed, and turns with the direction', () => {
  const delta = [0.2, -0.1, 0.4];
  const cov = alike(3, 1, 0.5);
  const high = probabilitiesOfBest(delta, cov, randomFrom('seed'));
  assert.equal(probabilitiesOfBest(delta, cov, randomFrom('seed')), high);
  const gains = high.expectedLoss.slice(1).map((loss) => high.expectedLoss[0]! - loss);
  assertClose(gains, delta, { rel: 0, abs: 1e-9 }, 'what antithetic draws cannot miss');
  const turned = delta.map((mean) => -mean);
  const low = probabilitiesOfBest(turned, cov, randomFrom('seed'), { direction: 'Low' });
  assert.equal(low, high);
});

standing('shares between versions that cannot be told apart', () => {
  const none = alike(2, 0, 0);
  assert.equal(probabilitiesOfBest([0], [[0]], unused).probabilityBest, [0.5, 0.5]);
  const { probabilityBest, expectedLoss } = probabilitiesOfBest([0, 0], none, randomFrom('tie'));
  assertClose(probabilityBest, [1 / 3, 1 / 3, 1 / 3], { rel: 0, abs: 1e-9 }, 'three');
  assert.equal(expectedLoss, [0, 0, 0]);
});

standing('is certain of what has no variance', () => {
  const certain = { probabilityBest: [0, 1], expectedLoss: [2, 0] };
  assert.equal(probabilitiesOfBest([2], [[0]], unused), certain);
  assert.equal(probabilitiesOfBest([2], [[1e-320]], unused), certain);
  assert.equal(probabilitiesOfBest([], [], unused), { probabilityBest: [1], expectedLoss: [0] });
});

standing('refuses what is no covariance', () => {
  assert.throws(
    () => probabilitiesOfBest([0, 0], alike(2, 1, 2), unused),
    /semi-definite: pivot 1 is -3/,
  );
  assert.throws(() => probabilitiesOfBest([0], [[-1]], unused), /pivot 0 is -1/);
  assert.throws(() => probabilitiesOfBest([0], [[NaN]], unused), /pivot 0 is NaN/);
  assert.throws(() => probabilitiesOfBest([0, 0], [[1]], unused), /cov must have 2 rows/);
  assert.throws(() => probabilitiesOfBest([NaN], [[1]], unused), /delta must be finite: NaN/);
  const options = { draws: 0 };
  const cov = alike(2, 1, 0);
  assert.throws(() => probabilitiesOfBest([0, 0], cov, unused, options), /draws must be 2/);
});

standing.run();
