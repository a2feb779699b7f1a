import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { roundRandomly } from '../../functions/lib/analysis/rounding.ts';
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
