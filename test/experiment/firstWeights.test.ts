import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  allTo,
  firstWeights,
  sameWeights,
  withBaselineRest,
} from '../../functions/lib/experiment/firstWeights.ts';
import { deepFreeze, named, shares, strategyOf } from '../fixtures.ts';

const TWO = deepFreeze(['default', 'canary']);
const first = suite('firstWeights');

first('gives a Progressive candidate 1 %', () => {
  assert.equal(firstWeights({ strategy: strategyOf() }, TWO, shares(50, 50)), shares(99, 1));
});

first('gives each of several candidates 1 %', () => {
  const names = ['default', 'a', 'b'];
  const weights = firstWeights({ strategy: strategyOf() }, names, undefined);
  assert.equal(weights, named(names, [98, 1, 1]));
});

for (const limit of ['maxCandidateWeight', 'maxCandidateWeightIncrement'] as const) {
  first(`gives a Progressive candidate nothing where its ${limit} is 0`, () => {
    const strategy = strategyOf({ weights: { [limit]: 0 } });
    assert.equal(firstWeights({ strategy }, TWO, undefined), shares(100, 0));
  });
}

first('gives a BlueGreen candidate everything', () => {
  const strategy = strategyOf({ deploymentPattern: 'BlueGreen' });
  assert.equal(firstWeights({ strategy }, TWO, shares(100, 0)), shares(0, 100));
});

first('is the split of a FixedSplit, by version order, whatever was found', () => {
  const strategy = strategyOf({ deploymentPattern: 'FixedSplit', weights: { split: [70, 30] } });
  assert.equal(firstWeights({ strategy }, TWO, shares(50, 50)), shares(70, 30));
});

first('keeps what was found for a FixedSplit without a split', () => {
  const strategy = strategyOf({ deploymentPattern: 'FixedSplit' });
  assert.equal(firstWeights({ strategy }, TWO, deepFreeze(shares(60, 40))), shares(60, 40));
  assert.is(firstWeights({ strategy }, TWO, undefined), undefined);
});

for (const deploymentPattern of ['Progressive', 'FixedSplit', 'BlueGreen'] as const) {
  first(`is none for Conformance with ${deploymentPattern}`, () => {
    const strategy = strategyOf({ testingPattern: 'Conformance', deploymentPattern });
    assert.equal(firstWeights({ strategy }, ['default'], undefined), []);
  });
}

const rest = suite('withBaselineRest');

rest('gives the baseline what the candidates leave of 100', () => {
  const names = ['default', 'a', 'b'];
  assert.equal(
    withBaselineRest(names, (name) => (name === 'a' ? 30 : 5)),
    named(names, [65, 30, 5]),
  );
});

const all = suite('allTo');

all('gives one version everything and names the others', () => {
  assert.equal(allTo('canary', TWO), shares(0, 100));
  assert.equal(allTo('default', TWO), shares(100, 0));
});

const same = suite('sameWeights');

same('compares by name, in whatever order', () => {
  assert.ok(sameWeights(shares(90, 10), [...shares(90, 10)].reverse()));
  assert.not(sameWeights(shares(90, 10), shares(10, 90)));
});

same('counts a version that is missing as one with 0', () => {
  assert.ok(sameWeights(shares(100, 0), [{ name: 'default', value: 100 }]));
  assert.ok(sameWeights([], shares(0, 0)));
  assert.not(sameWeights(shares(99, 1), [{ name: 'default', value: 99 }]));
  assert.not(sameWeights([], [{ name: 'default', value: 100 }]));
});

for (const tests of [first, rest, all, same]) tests.run();
