import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binomial } from '../../functions/lib/analysis/random.ts';
import {
  binaryVariance,
  effects,
  effectStep,
  logBetter,
  stratumStep,
  type Arm,
  type Matrix,
} from '../../functions/lib/analysis/stratified.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose, eachVector } from './vectors.ts';

const RUNS = { seed: 20260107, numRuns: 300 };

const plus = (one: Matrix, other: Matrix): Matrix =>
  one.map((row, a) => row.map((value, b) => value + other[a]![b]!));

/** All that is kept over iterations. */
function summedUp(iterations: readonly (readonly Arm[])[]): {
  u: Matrix;
  v: Matrix;
  information: Matrix;
  score: number[];
  trials: number;
  sum: number;
} {
  return iterations
    .map((arms) => ({ ...stratumStep(arms), ...effectStep(arms) }))
    .reduce((one, other) => ({
      u: plus(one.u, other.u),
      v: plus(one.v, other.v),
      information: plus(one.information, other.information),
      score: one.score.map((value, a) => value + other.score[a]!),
      trials: one.trials + other.trials,
      sum: one.sum + other.sum,
    }));
}

const arm = fc
  .tuple(fc.integer({ min: 0, max: 100_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, part]) => ({ trials, sum: Math.floor(part * trials) }));
const arms = fc.array(arm, { minLength: 2, maxLength: 6 });

const stratified = suite('comparison by iterations');

type In = { iterations: [number, number][][]; tau: number; vOpt: number; alpha: number };

eachVector(stratified, 'stratified', ({ iterations, tau, vOpt, alpha }: In) => {
  const seen = summedUp(iterations.map((all) => all.map(([trials, sum]) => ({ trials, sum }))));
  const options = { vOptimal: vOpt, alpha: alpha / iterations[0]!.length };
  const sigma2 = binaryVariance(seen);
  const logE = seen.u.map((row, a) =>
    row.map((u, b) => (a === b ? 0 : logBetter(u, seen.v[a]![b]!, options))),
  );
  return { U: seen.u, V: seen.v, logE, sigma2, ...effects(seen, sigma2, tau) };
});

stratified('says of b and a the opposite of what it says of a and b, up to counts of 1e8', () => {
  fc.assert(
    fc.property(arms, (given) => {
      const { u, v } = stratumStep(given);
      const turned = stratumStep([...given].reverse());
      given.forEach((first, a) => {
        given.forEach((second, b) => {
          assert.ok(Math.abs(u[a]![b]! + u[b]![a]!) === 0 && v[a]![b] === v[b]![a]);
          assert.ok(v[a]![b]! >= 0);
          const [x, y] = [given.length - 1 - a, given.length - 1 - b];
          assertClose(turned.u[x]![y], u[a]![b], { rel: 1e-9, abs: 1e-6 }, 'reversed');
          if (a === b || first.trials * second.trials === 0) {
            assert.is(u[a]![b], 0);
            assert.is(v[a]![b], 0);
          }
        });
      });
    }),
    RUNS,
  );
});

stratified('takes the variance of other values from their squares', () => {
  const values = [
    [1, 2, 4, 9],
    [3, 5, 5],
  ];
  const given = values.map((all) => ({
    trials: all.length,
    sum: all.reduce((sum, value) => sum + value, 0),
    sumOfSquares: all.reduce((sum, value) => sum + value * value, 0),
  }));
  const { u, v } = stratumStep(given);
  const weight = 12 / 7;
  assert.ok(Math.abs(u[0]![1]! - weight * (13 / 3 - 4)) < 1e-12);
  // The sample variances are 38/3 and 4/3.
  assert.ok(Math.abs(v[0]![1]! - weight ** 2 * (38 / 3 / 4 + 4 / 3 / 3)) < 1e-12);
  const [first] = given;
  assert.equal(stratumStep([first!, { trials: 1, sum: 3, sumOfSquares: 9 }]), {
    u: [
      [0, 0],
      [0, 0],
    ],
    v: [
      [0, 0],
      [0, 0],
    ],
  });
});

stratified('knows nothing where there are no requests', () => {
  const none = [
    { trials: 0, sum: 0 },
    { trials: 0, sum: 0 },
  ];
  const { u, v, information, score } = summedUp([none]);
  assert.equal([u, v, information].flat(2), Array(12).fill(0));
  assert.equal(score, [0, 0]);
  assert.is(logBetter(0, 0, { vOptimal: 50, alpha: 0.05 }), 0);
  assertClose(
    effects({ information, score }, 0.05, 0.2),
    { delta: [0], cov: [[0.04]] },
    { rel: 1e-12, abs: 0 },
    'the prior',
  );
});

stratified(
  'seldom calls an equal version better, though rates drift and weights follow them',
  () => {
    const random = randomFrom('simpson');
    const lives = 1500;
    let wrong = 0;
    for (let life = 0; life < lives; life++) {
      let [u, v, most, share] = [0, 0, 0, 0.5];
      for (let look = 0; look < 30; look++) {
        const rate = 0.03 + (0.04 * look) / 29;
        const sizes = [Math.round(400 * (1 - share)), Math.round(400 * share)];
        const step = stratumStep(
          sizes.map((trials) => ({ trials, sum: binomial(random, trials, rate) })),
        );
        u += step.u[0]![1]!;
        v += step.v[0]![1]!;
        // More and more traffic while it looks good: pooled over time, b would seem better.
        share = u > 0 ? Math.min(0.9, share + 0.05) : Math.max(0.1, share - 0.05);
        most = Math.max(most, logBetter(u, v, { vOptimal: 100, alpha: 0.05 }));
      }
      if (most >= Math.log(20)) wrong++;
    }
    assert.ok(wrong > 0 && wrong <= 0.05 * lives, `${wrong} of ${lives}`);
  },
);

const posterior = suite('the posterior of effects');

posterior('is free of what all arms have in common in an iteration', () => {
  const plain = [
    [
      { trials: 100, sum: 10 },
      { trials: 50, sum: 8 },
      { trials: 70, sum: 3 },
    ],
    [
      { trials: 20, sum: 4 },
      { trials: 60, sum: 18 },
      { trials: 40, sum: 9 },
    ],
  ];
  const raised = plain.map((all, look) =>
    all.map(({ trials, sum }) => ({ trials, sum: sum + 0.1 * (look + 1) * trials })),
  );
  const [one, other] = [summedUp(plain), summedUp(raised)];
  const tolerance = { rel: 1e-9, abs: 1e-12 };
  assertClose(effects(other, 0.1, 0.05), effects(one, 0.1, 0.05), tolerance, 'raised');
});

posterior('has a symmetric covariance with variances below the prior, up to counts of 1e8', () => {
  fc.assert(
    fc.property(arms, (given) => {
      const { information, score } = effectStep(given);
      const { delta, cov } = effects({ information, score }, 0.1, 0.05);
      assert.is(delta.length, given.length - 1);
      assert.ok(delta.every(Number.isFinite));
      cov.forEach((row, a) => {
        assert.ok(row[a]! > 0 && row[a]! <= 0.0025 * (1 + 1e-9), `${row[a]}`);
        row.forEach((value, b) => {
          assertClose(value, cov[b]![a], { rel: 1e-6, abs: 1e-15 }, 'symmetry');
        });
      });
    }),
    RUNS,
  );
});

posterior('comes to the difference of means where there are very many requests', () => {
  const given = [
    { trials: 5e7, sum: 1e6 },
    { trials: 5e7, sum: 1.5e6 },
  ];
  const { delta } = effects(effectStep(given), binaryVariance(effectStep(given)), 0.05);
  assert.ok(Math.abs(delta[0]! - 0.01) < 1e-7, `${delta[0]}`);
});

posterior('refuses arms and variances that are none', () => {
  assert.throws(() => stratumStep([{ trials: -1, sum: 0 }]), /trials.*-1/);
  assert.throws(() => effectStep([{ trials: 1, sum: NaN }]), /sum.*NaN/);
  assert.throws(
    () =>
      stratumStep([
        { trials: 1, sum: 2 },
        { trials: 2, sum: 2 },
      ]),
    /sum.*4/,
  );
  assert.throws(() => binaryVariance({ trials: 1, sum: 3 }), /sum.*3/);
  assert.throws(() => effects({ information: [[0]], score: [0] }, 0, 1), /sigma2.*0/);
});

stratified.run();
posterior.run();
