import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  progressiveWeights,
  weightOf,
  withinLimits,
  type Weight,
  type WeightLimits,
} from '../../functions/lib/analysis/weights.ts';
import type { Random } from '../../functions/lib/analysis/random.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { deepFreeze, shares } from '../fixtures.ts';

const LIMITS = { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 };

function canary(candidate: number, best: string[], limits?: WeightLimits): number {
  const traffic = deepFreeze({
    versions: ['default', 'canary'],
    current: shares(100 - candidate, candidate),
  });
  return progressiveWeights(traffic, best, limits, () => 0.5)[1]!.value;
}

const rule = suite('progressiveWeights');

rule('walks a winning candidate up by its increment, to 95 at most', () => {
  assert.equal(
    [0, 1, 10, 80, 86, 95].map((weight) => canary(weight, ['canary'], LIMITS)),
    [10, 11, 20, 90, 95, 95],
  );
});

rule('sets a losing candidate down to its exploration share at once', () => {
  assert.equal(
    [95, 50, 5].map((weight) => canary(weight, ['default'], LIMITS)),
    [5, 5, 5],
  );
});

rule('goes straight to its mix without limits', () => {
  assert.is(canary(0, ['canary']), 95);
});

rule('keeps a candidate at or below its maximum, also below the exploration share', () => {
  const within = (maxCandidateWeight: number): number =>
    canary(50, ['canary'], { maxCandidateWeight, maxCandidateWeightIncrement: 100 });
  assert.equal([0, 3, 20, 99].map(within), [0, 3, 20, 95]);
});

rule('exploits the baseline where nothing is best, or only what does not exist', () => {
  assert.is(canary(50, [], LIMITS), 5);
  assert.is(canary(50, ['unknown'], LIMITS), 5);
});

rule('reads the weights in force by name, in whatever order they come', () => {
  const versions = ['default', 'canary'];
  const current = deepFreeze([...shares(20, 80)].reverse());
  const weights = progressiveWeights({ versions, current }, ['canary'], LIMITS, () => 0.5);
  assert.equal(weights, shares(10, 90));
});

rule('counts a candidate without a weight as one that has 0', () => {
  const versions = ['default', 'canary'];
  const weights = progressiveWeights({ versions, current: [] }, ['canary'], LIMITS, () => 0.5);
  assert.equal(weights, shares(90, 10));
});

type Draw = { versions: string[]; current: Weight[]; best: string[]; limits: WeightLimits };

function anyCase(count: number, random: Random): Draw {
  const versions = Array.from({ length: count }, (_, index) => `v${index}`);
  const anyLimit = (): number => Math.floor(101 * random());
  const candidates = versions.slice(1).map((name) => ({
    name,
    value: Math.floor((100 * random()) / count),
  }));
  const given = candidates.reduce((sum, { value }) => sum + value, 0);
  return deepFreeze({
    versions,
    current: [{ name: 'v0', value: 100 - given }, ...candidates],
    best: versions.filter(() => random() < 0.3),
    limits: { maxCandidateWeight: anyLimit(), maxCandidateWeightIncrement: anyLimit() },
  });
}

for (let count = 2; count <= 17; count++) {
  rule(`gives ${count} versions whole weights that add up to 100, within all limits`, () => {
    const random = randomFrom(`weights-${count}`);
    for (let run = 0; run < 500; run++) {
      const { versions, current, best, limits } = anyCase(count, random);
      const ruled = progressiveWeights({ versions, current }, best, limits, random);
      const weights = withinLimits(ruled, current, limits);
      assert.equal(
        weights.map(({ name }) => name),
        versions,
      );
      assert.ok(weights.every(({ value }) => Number.isInteger(value) && value >= 0));
      assert.is(
        weights.reduce((sum, { value }) => sum + value, 0),
        100,
      );
      for (const { name, value } of weights.slice(1)) {
        const highest = weightOf(name, current) + limits.maxCandidateWeightIncrement;
        assert.ok(value <= Math.min(highest, limits.maxCandidateWeight), name);
      }
    }
  });

  rule(`lets each of ${count} versions fall to its exploration share at once`, () => {
    const versions = Array.from({ length: count }, (_, index) => `v${index}`);
    const current = versions.map((name, index) => ({ name, value: index === 1 ? 95 : 0 }));
    const weights = progressiveWeights(
      { versions, current },
      ['v0'],
      { maxCandidateWeight: 100, maxCandidateWeightIncrement: 0 },
      randomFrom('fall'),
    );
    // Its share, and what rounding takes from the baseline.
    assert.ok(weights[1]!.value <= Math.ceil(10 / count) + 1, `${weights[1]!.value}`);
  });
}

const weight = suite('weightOf');

weight('is that of the name, and 0 where there is none', () => {
  assert.is(weightOf('canary', shares(90, 10)), 10);
  assert.is(weightOf('other', shares(90, 10)), 0);
});

rule.run();
weight.run();
