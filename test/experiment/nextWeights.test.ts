import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binomial } from '../../functions/lib/analysis/random.ts';
import type { Tallies } from '../../functions/lib/experiment/observations.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { WeightAlgorithm } from '../../functions/lib/types/experiment.gen.ts';
import { at, observed, shares } from '../fixtures.ts';
import { approvalOf, freezeRules, frozenUntil } from './people.ts';
import {
  after,
  ERROR_RATE,
  errors,
  lookAt,
  NOTHING,
  proving,
  rate,
  tallied,
  times,
  UNREADABLE,
  watching,
  weightsIn,
  type Proving,
} from './proven.ts';

const GOOD = errors([0, 990], [0, 10]);

const next = suite('the next weights, by proof');

next('follow the ramp: 112 of 1000, then 224, 448 and 896', () => {
  const free = { maxCandidateWeightIncrement: 100 };
  let experiment = proving({ weights: free, iterations: 20 });
  const weights = [0, 1, 2, 3].map(() => {
    experiment = after(experiment, errors([0, 900], [0, 100]));
    return weightsIn(experiment)[1];
  });
  assert.equal(weights, [11, 22, 44, 89]);
});

next('rise by the increment at most, and never to 100', () => {
  const experiment = proving({ weights: { maxCandidateWeightIncrement: 60 }, iterations: 20 });
  const little = errors([0, 9], [0, 9]);
  assert.equal(weightsIn(after(experiment, little)), [39, 61]);
  assert.equal(weightsIn(after(experiment, little, little)), [1, 99]);
});

next('rise although nothing is decided yet', () => {
  assert.equal(weightsIn(after(proving(), GOOD)), [89, 11]);
});

const HELD: [what: string, look: Parameters<typeof lookAt>[1]][] = [
  ['its target has other weights', { tallies: GOOD, target: observed(shares(50, 50)) }],
  [
    'its target cannot be seen',
    { tallies: GOOD, target: { kind: 'Error', reason: 'X', message: 'no' } },
  ],
  [
    'the candidate is not ready',
    { tallies: GOOD, target: observed(shares(99, 1), { notReady: 'no' }) },
  ],
  ['the baseline is as bad', { tallies: errors([300, 990], [4, 10]) }],
  [
    'nothing was counted',
    { tallies: tallied({ 'error-rate': { default: NOTHING, canary: NOTHING } }) },
  ],
  ['nothing is known of the counts', { tallies: {} }],
  ['something cannot be read', { tallies: tallied({ 'error-rate': { default: UNREADABLE } }) }],
];

for (const [what, look] of HELD) {
  next(`stay where ${what}`, () => {
    assert.equal(weightsIn(lookAt(proving(), look)), [99, 1]);
  });
}

next('stay while all of the experiment is frozen', () => {
  const strategy = { freeze: freezeRules('Experiment') };
  const freeze = frozenUntil(1000);
  assert.equal(weightsIn(lookAt(proving({ strategy }), { tallies: GOOD, freeze })), [99, 1]);
});

next('rise while a promotion waits for approval, as they would', () => {
  const strategy = { approval: approvalOf() };
  const waiting = after(proving({ iterations: 1, strategy }), errors([0, 900], [0, 200]));
  const later = lookAt(waiting, { tallies: errors([0, 900], [0, 200]), now: at(60) });
  assert.is(later.status.stage, 'Running');
  assert.ok(weightsIn(later)[1]! >= weightsIn(waiting)[1]!);
});

next('are none where an experiment only watches', () => {
  assert.equal(
    weightsIn(after(watching(), tallied({ 'error-rate': { default: rate(0, 9) } }))),
    [],
  );
});

next('stay in a fixed split, and where all goes to the candidate from the start', () => {
  const split = { deploymentPattern: 'FixedSplit' } as const;
  const fixed = proving({ strategy: split, weights: { split: [60, 40] } });
  assert.equal(weightsIn(after(fixed, GOOD)), [60, 40]);
  const blueGreen = proving({ strategy: { deploymentPattern: 'BlueGreen' } });
  assert.equal(weightsIn(after(blueGreen, GOOD)), [0, 100]);
});

next(
  'take all from one of several candidates that breaks a limit, and go on with the others',
  () => {
    const versions = ['default', 'one', 'two'];
    const rewards = [{ metric: 'conversion', preferredDirection: 'High' as const }];
    const experiment = proving({ versions, rewards });
    const tallies = tallied({
      'error-rate': { default: rate(0, 900), one: rate(60, 90), two: rate(0, 90) },
      conversion: { default: rate(90, 900), one: rate(45, 90), two: rate(9, 90) },
    });
    const plan = lookAt(experiment, { tallies });
    const [, one, two] = weightsIn(plan);
    assert.is(plan.status.stage, 'Running');
    assert.is(one, 0);
    assert.ok(two! > 1);
  },
);

const always = suite('weights of whatever algorithm, at every look');

for (const algorithm of [
  'Progressive',
  'EpsilonGreedy',
  'PosteriorBayesianRouting',
  'TopTwoThompson',
] as const satisfies WeightAlgorithm[]) {
  for (const versions of [2, 4, 17]) {
    for (const objectives of [[], [ERROR_RATE]]) {
      const what = `${algorithm}, ${versions} versions, ${objectives.length} objectives`;
      always(`are whole, not negative, add up to 100 and keep to their limits: ${what}`, () => {
        const weights = { algorithm, maxCandidateWeight: 40, maxCandidateWeightIncrement: 15 };
        keepsToLimits({ weights, objectives, versions: namesOf(versions) });
      });
    }
  }
}

function namesOf(count: number): string[] {
  return ['default', ...Array.from({ length: count - 1 }, (_, index) => `c${index}`)];
}

function keepsToLimits(given: Proving & { versions: string[] }): void {
  const rewards = [{ metric: 'conversion', preferredDirection: 'High' as const }];
  const random = randomFrom('limits');
  let experiment = proving({ rewards, iterations: 12, ...given });
  for (let look = 0; look < 8; look++) {
    const before = weightsIn(experiment);
    experiment = after(experiment, countsFor(given.versions, before, random));
    if (experiment.status!.outcome) return;
    const now = weightsIn(experiment);
    assert.is(
      now.reduce((sum, one) => sum + one, 0),
      100,
      now.join(' '),
    );
    assert.ok(
      now.every((one) => Number.isInteger(one) && one >= 0),
      now.join(' '),
    );
    now.slice(1).forEach((one, index) => {
      assert.ok(
        one <= 40 && one <= before[index + 1]! + 15,
        `${before.join(' ')} → ${now.join(' ')}`,
      );
    });
  }
}

/** Each version with its share of 3000 requests; the first candidate fails often. */
function countsFor(versions: string[], weights: number[], random: () => number): Tallies {
  const by = (shareOf: (index: number) => number): Record<string, ReturnType<typeof rate>> =>
    Object.fromEntries(
      versions.map((name, index) => {
        const trials = 30 * weights[index]!;
        return [name, rate(binomial(random, trials, shareOf(index)), trials)];
      }),
    );
  return tallied({
    'error-rate': by((index) => (index === 1 ? 0.2 : 0.005)),
    conversion: by((index) => 0.1 + 0.005 * index),
  });
}

always('come to the best version, and leave the others their share for exploration', () => {
  const rewards = [{ metric: 'conversion', preferredDirection: 'High' as const }];
  const weights = { maxCandidateWeightIncrement: 100 };
  const experiment = proving({ objectives: [], rewards, weights, iterations: 30 });
  const look = tallied({ conversion: { default: rate(50, 500), canary: rate(60, 500) } });
  const [baseline, candidate] = weightsIn(after(experiment, ...times(3, look)));
  assert.ok(candidate! > 80 && baseline! >= 5, `${baseline} ${candidate}`);
});

for (const tests of [next, always]) tests.run();
