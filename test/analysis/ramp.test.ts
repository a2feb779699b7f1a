import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firstBudget, nextBudget, weightFor } from '../../functions/lib/analysis/ramp.ts';

const ramp = suite('the requests of a candidate');

ramp('begin with as many as show a limit of 2 % exceeded three times over: 112', () => {
  assert.is(firstBudget([0.02], 0.05), 112);
});

ramp('begin with as many as the strictest of the limits needs', () => {
  assert.is(firstBudget([0.05, 0.02], 0.05), 112);
  assert.is(firstBudget([0.001, 0.02], 0.05), firstBudget([0.001], 0.05));
});

ramp('are more for more confidence', () => {
  assert.ok(firstBudget([0.02], 0.01) > firstBudget([0.02], 0.05));
});

ramp('begin with one where there is no limit, or one that a single request can break', () => {
  assert.is(firstBudget([], 0.05), 1);
  assert.is(firstBudget([1e-9], 0.05), 1);
  assert.is(firstBudget([1e-9, 0.02], 0.05), 112);
});

ramp('double where all is probably well, and grow more slowly the more doubtful it is', () => {
  assert.is(nextBudget(112, 0.5), 224);
  assert.is(nextBudget(112, 0.49), 168);
  assert.is(nextBudget(112, 0.1), 168);
  assert.is(nextBudget(112, 0.09), 140);
  assert.is(nextBudget(112, 0), 140);
});

ramp('stay finite however many looks there are', () => {
  let budget = 112;
  for (let look = 0; look < 2000; look++) budget = nextBudget(budget, 1);
  assert.ok(budget >= 1e9 && Number.isFinite(budget * 100));
});

const weights = suite('the weight for so many requests');

weights('is a whole percentage that gives no more: 112 of 300 is 37 %', () => {
  assert.is(weightFor(112, 300, 1), 37);
});

weights('is one percent at least and all at most', () => {
  assert.is(weightFor(112, 1e9, 50), 1);
  assert.is(weightFor(112, 7, 1), 100);
});

weights('stays as it is where no requests are seen', () => {
  assert.is(weightFor(112, 0, 23), 23);
  assert.is(weightFor(112, -1, 23), 23);
});

weights('never is more than the budget, beyond that one percent', () => {
  const amounts = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
  const property = fc.property(amounts, amounts, (budget, requests) => {
    const weight = weightFor(budget, requests, 0);
    assert.ok(Number.isInteger(weight) && weight >= 1 && weight <= 100);
    assert.ok(weight === 1 || (weight / 100) * requests <= budget * (1 + 1e-9));
  });
  fc.assert(property, { seed: 1 });
});

for (const tests of [ramp, weights]) tests.run();
