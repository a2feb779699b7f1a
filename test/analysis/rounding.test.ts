import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { largestRemainder, roundRandomly } from '../../functions/lib/analysis/rounding.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { deepFreeze } from '../fixtures.ts';

const rounding = suite('roundRandomly');

rounding('gives whole numbers that add up to the total', () => {
  const random = randomFrom('rounding');
  for (let count = 0; count < 2000; count++) {
    const weights = deepFreeze(
      Array.from({ length: 1 + Math.floor(17 * random()) }, () => 100 * random()),
    );
    const rounded = roundRandomly(weights, 100, random);
    assert.ok(rounded.every((weight) => Number.isInteger(weight) && weight >= 0));
    assert.is(
      rounded.reduce((sum, weight) => sum + weight, 0),
      100,
    );
  }
});

rounding('gives each weight its exact share in the mean of many draws', () => {
  const random = randomFrom('expectation');
  const weights = deepFreeze([50.3, 0.4, 33.1, 16.2]);
  const sums = weights.map(() => 0);
  const draws = 20_000;
  for (let count = 0; count < draws; count++) {
    roundRandomly(weights, 100, random).forEach((weight, index) => (sums[index]! += weight));
  }
  // The standard deviation of one draw is at most 0.5, of the mean 0.0035.
  weights.forEach((weight, index) => {
    assert.ok(Math.abs(sums[index]! / draws - weight) < 0.02, `${weight}: ${sums[index]! / draws}`);
  });
});

rounding('leaves whole weights as they are, whatever is drawn', () => {
  for (const draw of [0, 0.5, 0.999]) {
    assert.equal(
      roundRandomly([90, 10], 100, () => draw),
      [90, 10],
    );
  }
});

rounding('draws one number for each weight, so that the draws that follow stay in place', () => {
  let draws = 0;
  roundRandomly([20, 30, 50], 100, () => {
    draws += 1;
    return 0.5;
  });
  assert.is(draws, 3);
});

rounding('counts weights that are all zero as equal ones', () => {
  assert.equal(
    roundRandomly([0, 0, 0, 0], 100, () => 0.5),
    [25, 25, 25, 25],
  );
});

rounding('rounds the total down', () => {
  assert.equal(
    roundRandomly([1, 1], 9.9, () => 0.9),
    [4, 5],
  );
});

rounding.run();

const remainder = suite('largestRemainder');

remainder('gives whole numbers that add up, each less than 1 from its exact share', () => {
  const weight = fc.double({ min: 0, max: 1e8, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(weight, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 100_000 }),
      (weights, total) => {
        const rounded = largestRemainder(deepFreeze(weights), total);
        assert.is(
          rounded.reduce((sum, share) => sum + share, 0),
          total,
        );
        const sum = weights.reduce((partial, next) => partial + next, 0);
        rounded.forEach((share, index) => {
          const exact = sum === 0 ? total / weights.length : (weights[index]! / sum) * total;
          assert.ok(Number.isInteger(share) && Math.abs(share - exact) < 1 + 1e-6);
        });
      },
    ),
    { seed: 20211105, numRuns: 1000 },
  );
});

remainder('gives what is left to the largest remainders', () => {
  assert.equal(largestRemainder([33.3, 33.6, 33.1], 100), [33, 34, 33]);
  assert.equal(largestRemainder([1, 1, 4], 100), [17, 17, 66]);
});

remainder('prefers the lower index in a tie, whatever rounding errors say', () => {
  assert.equal(largestRemainder([1, 1, 1], 100), [34, 33, 33]);
  assert.equal(largestRemainder([12.5, 87.5], 100), [13, 87]);
  // In doubles, 100 · 0.145 is a little less than 14.5.
  assert.equal(largestRemainder([0.145, 0.855], 100), [15, 85]);
});

remainder('leaves whole shares as they are, and nothing to weights of 0', () => {
  assert.equal(largestRemainder([90, 10], 100), [90, 10]);
  assert.equal(largestRemainder([49.99999999999999, 50.00000000000001], 100), [50, 50]);
  assert.equal(largestRemainder([0, 0.2, 0], 100), [0, 100, 0]);
});

remainder('counts weights that are all zero as equal ones', () => {
  assert.equal(largestRemainder([0, 0, 0], 100), [34, 33, 33]);
});

remainder('refuses weights and totals that cannot be shared', () => {
  assert.throws(() => largestRemainder([1, -1], 100), /weights must be .* -1/);
  assert.throws(() => largestRemainder([NaN], 100), /weights must be .* NaN/);
  assert.throws(() => largestRemainder([], 100), /one or more/);
  assert.throws(() => largestRemainder([1], 9.9), /total must be .* 9.9/);
});

remainder.run();
