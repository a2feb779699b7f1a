import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { chanceOf, randomFrom } from '../../functions/lib/runtime/seed.ts';
import { experimentOf } from '../fixtures.ts';
import { referenceJson } from '../shared.ts';

type Recorded = { cases: { in: { seed: string }; out: { uniform: number[] } }[] };

const text = suite('randomFrom');

const recorded = referenceJson<Recorded>('vectors/rng.json');
for (const { in: given, out } of recorded?.cases ?? []) {
  text(`draws for ${given.seed} what was computed independently`, () => {
    const random = randomFrom(given.seed);
    for (const uniform of out.uniform) assert.is(random(), uniform);
  });
}

text('gives unrelated numbers for texts that differ in one character', () => {
  const [first, second] = ['uid|1|1|weights', 'uid|1|2|weights'].map(randomFrom);
  const differences = Array.from({ length: 1000 }, () => Math.abs(first!() - second!()));
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / 1000;
  // Two independent uniform numbers differ by 1/3 in the mean; the standard error is 0.0075.
  assert.ok(Math.abs(mean - 1 / 3) < 0.03, `${mean}`);
});

const chance = suite('chanceOf');

function draws(uid: string, run: number, completedIterations: number): number[] {
  const experiment = experimentOf({ metadata: { uid }, status: { run, completedIterations } });
  const random = chanceOf(experiment)('weights');
  return [random(), random(), random()];
}

chance('is the same whenever the same iteration is repeated', () => {
  assert.equal(draws('a', 1, 3), draws('a', 1, 3));
});

chance('is another for another experiment, run or iteration', () => {
  const others = [draws('b', 1, 3), draws('a', 2, 3), draws('a', 1, 4)];
  for (const other of others) assert.not.equal(other, draws('a', 1, 3));
});

chance('is that of run 1 and iteration 0 before there is a status', () => {
  const random = chanceOf(experimentOf({ metadata: { uid: 'a' } }))('weights');
  assert.is(random(), draws('a', 1, 0)[0]);
});

text.run();
chance.run();
