import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Direction } from '../../functions/lib/analysis/best.ts';
import {
  certainlyDominated,
  frontShares,
  paretoFront,
  probabilitiesOfDominance,
} from '../../functions/lib/analysis/pareto.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose, eachVector } from './vectors.ts';

const SEEDED = { seed: 20211105, numRuns: 300 };

type Vector = { mean: number[][]; sd: number[][]; directions: ('high' | 'low')[] };

const pareto = suite('versions with several rewards');

eachVector(pareto, 'pareto', ({ mean, sd, directions }: Vector) => {
  const named = directions.map((direction) => (direction === 'high' ? 'High' : 'Low'));
  return {
    front: paretoFront(mean, named),
    pDominates: probabilitiesOfDominance({ mean, deviation: sd }, named),
  };
});

const direction = fc.constantFrom<Direction>('High', 'Low');
const versions = fc.integer({ min: 1, max: 4 }).chain((rewards) => {
  const ofVersion = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
    fc.array(value, { minLength: rewards, maxLength: rewards });
  const version = fc.record({
    mean: ofVersion(fc.integer({ min: -3, max: 3 })),
    deviation: ofVersion(fc.double({ min: 0, max: 2, noNaN: true })),
  });
  return fc.tuple(fc.array(version, { minLength: 1, maxLength: 6 }), ofVersion(direction));
});

pareto('have a front on which nothing beats anything, and which beats all others', () => {
  fc.assert(
    fc.property(versions, ([given, directions]) => {
      const values = given.map(({ mean }) => mean);
      const beats = (one: number[], other: number[]): boolean => {
        const gains = directions.map((wanted, reward) => {
          const gain = one[reward]! - other[reward]!;
          return wanted === 'High' ? gain : -gain;
        });
        return gains.every((gain) => gain >= 0) && gains.some((gain) => gain > 0);
      };
      const front = paretoFront(values, directions);
      assert.ok(front.length > 0);
      values.forEach((value, version) => {
        const isBeaten = front.some((best) => beats(values[best]!, value));
        assert.is(front.includes(version), !isBeaten);
      });
    }),
    SEEDED,
  );
});

pareto('never dominate each other with more certainty than there is', () => {
  fc.assert(
    fc.property(versions, ([given, directions]) => {
      const beliefs = {
        mean: given.map(({ mean }) => mean),
        deviation: given.map(({ deviation }) => deviation),
      };
      const dominance = probabilitiesOfDominance(beliefs, directions);
      dominance.forEach((row, k) => {
        assert.is(row[k], 0);
        row.forEach((p, j) => {
          assert.ok(p >= 0 && p + dominance[j]![k]! <= 1 + 1e-12, `${p}`);
        });
      });
    }),
    SEEDED,
  );
});

pareto('with one reward dominate as probably as they are better', () => {
  const beliefs = { mean: [[0], [1]], deviation: [[0.6], [0.8]] };
  const [first, second] = probabilitiesOfDominance(beliefs, ['High']);
  assertClose([first![1], second![0]], [0.158655254, 0.841344746], { rel: 0, abs: 1e-9 }, 'Φ(±1)');
  const certain = { mean: [[0], [1], [1]], deviation: [[0], [0], [0]] };
  assert.equal(probabilitiesOfDominance(certain, ['Low']), [
    [0, 1, 1],
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

const BELIEFS = {
  mean: [
    [1, 5],
    [2, 4],
    [0, 0],
  ],
  deviation: [
    [0.1, 0.1],
    [0.1, 0.1],
    [0.1, 0.1],
  ],
};

pareto('share the exploration among those that may be on the front', () => {
  const shares = frontShares(BELIEFS, ['High', 'High'], randomFrom('front'));
  assertClose(shares, [0.5, 0.5, 0], { rel: 0, abs: 1e-9 }, 'shares');
  assert.equal(frontShares(BELIEFS, ['High', 'High'], randomFrom('front')), shares);
});

pareto('have exploring shares that sum to 1, one reward giving P(best)', () => {
  const beliefs = { mean: [[0], [1]], deviation: [[0.6], [0.8]] };
  const shares = frontShares(beliefs, ['High'], randomFrom('one'));
  assertClose(shares[0]! + shares[1]!, 1, { rel: 0, abs: 1e-9 }, 'the sum');
  // Four standard errors of 4096 draws.
  assertClose(shares[1], 0.841344746, { rel: 0, abs: 0.023 }, 'P(best)');
});

pareto('are certainly dominated where every reward proves it against the same version', () => {
  const proved = Math.log(20);
  const against = (evidence: number): number[][] => [
    [0, evidence, 0],
    [0, 0, proved],
    [0, 0, 0],
  ];
  assert.equal(certainlyDominated([against(proved), against(proved)], 0.05), [0, 1]);
  assert.equal(certainlyDominated([against(proved), against(proved - 0.01)], 0.05), [1]);
  assert.equal(certainlyDominated([], 0.05), []);
});

pareto('refuse what has no rewards in common', () => {
  assert.throws(() => paretoFront([[1, 2]], ['High']), /directions must be .*\(2\): 1/);
  assert.throws(() => paretoFront([[NaN]], ['High']), /rewards must be finite: NaN/);
  const negative = { mean: [[1]], deviation: [[-1]] };
  assert.throws(() => probabilitiesOfDominance(negative, ['High']), /deviation must be .* -1/);
  assert.throws(() => frontShares(negative, ['High'], Math.random), /deviation must be .* -1/);
  assert.throws(() => certainlyDominated([], 0), /alpha must be between 0 and 1: 0/);
});

pareto.run();
