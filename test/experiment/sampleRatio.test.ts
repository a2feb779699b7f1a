import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Random } from '../../functions/lib/analysis/random.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import {
  candidateWeight,
  conditionOf,
  following,
  iterate,
  reasons,
  strategyOf,
  type Reading,
} from '../fixtures.ts';
import { edited, seenAt } from './people.ts';
import { afterRequests, counting, firstMismatch, requested, type Traffic } from './traffic.ts';

const LATENCY = { metric: 'latency', upperLimit: 100 };
const FIXED = strategyOf({ deploymentPattern: 'FixedSplit', weights: { split: [90, 10] } });

const mismatch = suite('traffic that is not divided as intended');

const SPLIT = counting({}, { strategy: FIXED });
const WRONG: [Reading, Reading][] = [
  [500, 500],
  [1000, 1000],
  [1500, 1500],
  [2000, 2000],
];

mismatch('is told once, with what was found and what was expected', () => {
  const before = afterRequests(SPLIT, ...WRONG.slice(0, 1));
  const first = iterate(before, { measurements: requested(1000, 1000) });
  assert.is(conditionOf(first, 'Progressing')?.reason, 'SampleRatioMismatch');
  assert.match(
    conditionOf(first, 'Progressing')!.message!,
    'has had 1000 of 2000 requests, but its weights let expect',
  );
  assert.equal(reasons(first), ['SampleRatioMismatch']);
  assert.is(first.announcements[0]!.type, 'Warning');
  const again = iterate(following(before, first), { measurements: requested(2000, 2000) });
  assert.not(reasons(again).includes('SampleRatioMismatch'));
});

mismatch('keeps the weights from rising, and the winner from being one', () => {
  const before = afterRequests(counting(), [500, 500], [1000, 1000], [1500, 1500]);
  assert.is(conditionOf(before, 'Progressing')?.reason, 'SampleRatioMismatch');
  const plan = iterate(before, { measurements: requested(2000, 2000) });
  assert.is(candidateWeight(plan), candidateWeight(before));
  assert.is(plan.status.analysis!.winnerAssessment!.data.winnerFound, false);
  assert.is(plan.status.versionRecommendedForPromotion, 'default');
});

const SHORT = { duration: { intervalSeconds: 20, iterationsPerLoop: 4, maxLoops: 1 } };

mismatch('ends in a rollback, as failed, after the last iteration', () => {
  const ended = afterRequests(counting({}, { strategy: FIXED, ...SHORT }), ...WRONG);
  assert.equal(
    [ended.status!.outcome?.decision, ended.status!.outcome?.reason],
    ['Rollback', 'SampleRatioMismatch'],
  );
  assert.is(conditionOf(ended, 'Failed')?.status, 'True');
});

mismatch('does so also where the last look has no count', () => {
  const known = afterRequests(counting({}, { strategy: FIXED, ...SHORT }), ...WRONG.slice(0, 3));
  const ended = afterRequests(known, [2000, 'none']);
  assert.is(ended.status!.outcome?.reason, 'SampleRatioMismatch');
});

mismatch('does not keep a violation from rolling back', () => {
  const objectives = [{ ...LATENCY, rollback_on_failure: true }];
  const before = afterRequests(counting({ objectives }, { strategy: FIXED }), ...WRONG);
  const plan = iterate(before, { measurements: requested(2500, 2500, 160) });
  assert.is(plan.status.outcome?.reason, 'ObjectiveViolated');
});

mismatch('does not keep a person from promoting', () => {
  const before = edited(afterRequests(SPLIT, ...WRONG), { verdict: 'Promote' });
  assert.is(seenAt(before, 500).status.outcome?.reason, 'VerdictPromote');
});

mismatch('is over once the counts agree', () => {
  const again = afterRequests(SPLIT, ...WRONG, [38000, 4000], [56000, 6000]);
  assert.is(conditionOf(again, 'Progressing')?.reason, 'IterationUpdate');
});

const chance = suite('chance');

const RATES: ((random: Random) => Traffic['rate'])[] = [
  () => () => 0.2,
  () => () => 2,
  () => () => 20,
  () => () => 500,
  (random) => {
    const phase = 100 * random();
    return (second) => 20 * (1 + Math.sin((second + phase) / 30));
  },
  (random) => {
    const spike = 300 * random();
    return (second) => (second >= spike && second < spike + 20 ? 300 : 5);
  },
  (random) => {
    const rise = 300 * random();
    return (second) => (second >= rise ? 300 : 5);
  },
];

const rising = (step: number) => (look: number) => Math.min(95, 1 + step * look);

const WEIGHTS: ((random: Random) => Traffic['weight'])[] = [
  () => rising(10),
  () => rising(50),
  () => (look) => (look < 6 ? rising(10)(look) : 5),
  () => () => 100,
  (random) => {
    const weight = Math.floor(101 * random());
    return () => weight;
  },
  (random) => {
    const weights = Array.from({ length: 16 }, () => Math.floor(100 * random()));
    return (look) => weights[look]!;
  },
];

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(items.length * random())]!;
}

/** Seconds from look to look, and from scrape to scrape. */
const INTERVALS: [number, number][] = [
  [20, 15],
  [20, 5],
  [10, 15],
  [60, 15],
];

/** Traffic that is divided as intended, of every kind, with what may happen to its counts. */
function goodTraffic(random: Random): Traffic {
  const [intervalSeconds, scrapeSeconds] = pick(INTERVALS, random);
  const when = 2 + Math.floor(10 * random());
  const mishap = pick(
    [{}, { missing: [when] }, { missing: [when, when + 1, when + 2] }, { fallsAt: when }],
    random,
  );
  const [rate, weight] = [pick(RATES, random)(random), pick(WEIGHTS, random)(random)];
  const routingSeconds = 6 * random();
  return { intervalSeconds, scrapeSeconds, looks: 15, rate, weight, routingSeconds, ...mishap };
}

chance('makes good traffic look wrong in fewer than 1 of 1000 runs', () => {
  let flagged = 0;
  for (let run = 0; run < 10_000; run++) {
    const random = randomFrom(`good ${run}`);
    if (firstMismatch(goodTraffic(random), random) !== undefined) flagged++;
  }
  assert.ok(flagged < 10, `${flagged} of 10000`);
});

const WRONG_SPLITS: [string, Traffic['weight'], (weight: number) => number][] = [
  ['gets nothing, of 10 %', () => 10, () => 0],
  ['gets nothing, while its weight rises', rising(10), () => 0],
  ['gets 50 % instead of 10', () => 10, () => 50],
  ['is mistaken for the baseline, at 10 %', () => 10, (weight) => 100 - weight],
  ['is mistaken for the baseline, while its weight rises', rising(10), (weight) => 100 - weight],
];

for (const [what, weight, gets] of WRONG_SPLITS) {
  chance(`does not hide for eight looks that the candidate ${what}`, () => {
    for (let run = 0; run < 100; run++) {
      const random = randomFrom(`${what} ${run}`);
      const wrong = { rate: () => 20, weight, gets, routingSeconds: 3, looks: 8 };
      const look = firstMismatch({ ...wrong, intervalSeconds: 20, scrapeSeconds: 15 }, random);
      assert.ok(look !== undefined, `run ${run}`);
    }
  });
}

mismatch.run();
chance.run();
