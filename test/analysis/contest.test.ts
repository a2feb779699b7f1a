import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  chancesToBeBest,
  noReward,
  provedBest,
  reportWith,
  rewardWith,
  type RewardRecord,
} from '../../functions/lib/analysis/contest.ts';
import { binomial } from '../../functions/lib/analysis/random.ts';
import type { Arm } from '../../functions/lib/analysis/stratified.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose } from './close.ts';

function arm(sum: number, trials: number): Arm {
  return { trials, sum };
}

/** The record of looks that each brought events and trials by version. */
function recordOf(...looks: readonly (readonly Arm[])[]): RewardRecord {
  const none = noReward(looks[0]!.length);
  return looks.reduce((record, batch) => rewardWith(record, batch, 30), none);
}

function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

const OPEN = { alpha: 0.05, isLast: false };
const LAST = { alpha: 0.05, isLast: true };
const random = randomFrom('contest');

const records = suite('the record of a reward');

records('adds up what each version has brought', () => {
  const record = recordOf([arm(10, 174), arm(7, 223)], [arm(1, 100), arm(2, 100)]);
  assert.equal(record.arms, [arm(11, 274), arm(9, 323)]);
});

records('has the comparisons of each look: 10 of 174 and 7 of 223', () => {
  const { u, v } = recordOf([arm(10, 174), arm(7, 223)]);
  assertClose(u[0]![1]!, -2.549, 1e-3, 'u');
  assertClose(u[1]![0]!, 2.549, 1e-3, 'u the other way round');
  assertClose(v[0]![1]!, 4.016, 1e-3, 'v');
});

records('is sharpest for half of what all looks would bring, as the first samples tell', () => {
  const empty = [arm(0, 0), arm(0, 0)];
  const batch = [arm(50, 500), arm(50, 500)];
  const late = recordOf(empty, batch, [arm(1, 10), arm(1, 10)]);
  assert.is(late.optimalVariance, recordOf(batch).optimalVariance);
  // 30 / 2 looks of 500 · 500 / 1000 with the variance 0.09.
  assertClose(late.optimalVariance, 15 * 250 * 0.09, 0.01, 'variance');
});

records('has squares of values only where they were counted', () => {
  const squares = [
    { trials: 2, sum: 3, sumOfSquares: 5 },
    { trials: 0, sum: 0 },
  ];
  assert.equal(recordOf(squares, squares).arms[0], { trials: 4, sum: 6, sumOfSquares: 10 });
  assert.is(recordOf([arm(1, 2)]).arms[0]!.sumOfSquares, undefined);
});

records('of a reward that is only reported has no comparison', () => {
  const record = reportWith(noReward(2), [arm(10, 174), arm(7, 223)]);
  assert.equal(record.arms, [arm(10, 174), arm(7, 223)]);
  assert.equal(record.u, noReward(2).u);
});

const chances = suite('the probability of the best reward');

chances('is the same for all without samples', () => {
  assert.equal(chancesToBeBest(noReward(3), [0, 1, 2], random), [1 / 3, 1 / 3, 1 / 3]);
  assert.equal(chancesToBeBest(noReward(3), [0, 2], random), [0.5, 0.5]);
});

chances('is one for a version that is alone', () => {
  assert.equal(chancesToBeBest(recordOf([arm(1, 10), arm(5, 10)]), [1], random), [1]);
});

chances('is that of the others where the baseline is out of the contest', () => {
  const record = recordOf([arm(900, 1000), arm(100, 1000), arm(160, 1000)]);
  const [second, third] = chancesToBeBest(record, [1, 2], random);
  assert.ok(third! > 0.99 && second! < 0.01);
});

chances('adds up to one and is highest for the best, whatever comes of the traffic', () => {
  // The rate of all falls from look to look, the share of the second version rises.
  const record = recordOf(
    [arm(300, 1000), arm(35, 100)],
    [arm(100, 500), arm(125, 500)],
    [arm(10, 100), arm(150, 1000)],
  );
  const both = chancesToBeBest(record, [0, 1], random);
  assertClose(both[0]! + both[1]!, 1, 1e-12, 'sum');
  assert.ok(both[1]! > 0.9, 'although it has fewer events of all: 310 of 2600 against 410 of 1600');
});

for (const [what, looks] of [
  ['no events', times(3, [arm(0, 100), arm(0, 100)])],
  ['nothing but events', times(3, [arm(100, 100), arm(100, 100)])],
  ['one trial', [[arm(1, 1), arm(0, 0)]]],
  ['values without any difference', [times(2, { trials: 9, sum: 18, sumOfSquares: 36 })]],
  ['negative values', [times(2, { trials: 9, sum: -18, sumOfSquares: 99 })]],
  ['sums of squares that are missing', [times(2, { trials: 9, sum: 18, sumOfSquares: 0 })]],
  ['1e8 trials', times(3, [arm(1e7, 1e8), arm(1.1e7, 1e8)])],
] as const) {
  chances(`is a number for ${what}`, () => {
    const found = chancesToBeBest(recordOf(...looks), [0, 1], random);
    assert.ok(
      found.every((chance) => chance >= 0 && chance <= 1),
      found.join(' '),
    );
    assert.ok([undefined, 0, 1].includes(provedBest(recordOf(...looks), [0, 1], LAST)));
  });
}

const winner = suite('the version that is proved to be the best');

winner('is none without samples, and none alone', () => {
  assert.is(provedBest(noReward(2), [0, 1], LAST), undefined);
  assert.is(provedBest(recordOf([arm(1, 10), arm(9, 10)]), [1], LAST), undefined);
});

winner('is the one that brings more at any look, once that is clear', () => {
  const looks = times(4, [arm(100, 1000), arm(150, 1000)]);
  assert.is(provedBest(recordOf(...looks.slice(0, 1)), [0, 1], OPEN), undefined);
  assert.is(provedBest(recordOf(...looks), [0, 1], OPEN), 1);
});

winner('may be the baseline', () => {
  const looks = times(4, [arm(150, 1000), arm(100, 1000)]);
  assert.is(provedBest(recordOf(...looks), [0, 1], OPEN), 0);
});

winner('needs less at the last look: the plain test, at half of alpha for each version', () => {
  const record = recordOf(...times(4, [arm(100, 1000), arm(123, 1000)]));
  assert.is(provedBest(record, [0, 1], OPEN), undefined);
  assert.is(provedBest(record, [0, 1], LAST), 1);
  const z = record.u[0]![1]! / Math.sqrt(record.v[0]![1]!);
  assert.ok(z > 2.2414 && z < 4, `z is ${z}; 2.24 is needed for 0.0125`);
});

winner('has to beat each of the others', () => {
  const looks = times(4, [arm(100, 1000), arm(160, 1000), arm(155, 1000)]);
  assert.is(provedBest(recordOf(...looks), [0, 1, 2], LAST), undefined);
  assert.is(provedBest(recordOf(...looks), [0, 1], LAST), 1);
});

winner('is not made by a mix of traffic that changes while weights move', () => {
  const looks = [
    [arm(30, 1000), arm(3, 100)],
    [arm(35, 500), arm(35, 500)],
    [arm(7, 100), arm(70, 1000)],
  ];
  assert.is(provedBest(recordOf(...looks), [0, 1], LAST), undefined);
});

winner('is seldom false, however often one looks', () => {
  const draws = randomFrom('null');
  const runs = Array.from({ length: 200 }, () => {
    let record = noReward(2);
    for (let look = 1; look <= 20; look++) {
      const drift = 0.03 + 0.002 * look;
      const sizes = [400 - 15 * look, 100 + 15 * look];
      const batch = sizes.map((trials) => arm(binomial(draws, trials, drift), trials));
      record = rewardWith(record, batch, 20);
      if (provedBest(record, [0, 1], { alpha: 0.05, isLast: look === 20 }) !== undefined) return 1;
    }
    return 0;
  });
  const share = runs.reduce<number>((sum, one) => sum + one, 0) / runs.length;
  assert.ok(share <= 0.05, `${share}`);
});

for (const tests of [records, chances, winner]) tests.run();
