import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { termsNews, termsOf } from '../../functions/lib/experiment/terms.ts';
import type { ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import {
  CONFORMANCE,
  criteriaOf,
  experimentOf,
  iterated,
  running,
  strategyOf,
} from '../fixtures.ts';
import { approvalOf, edited, freezeRules, isDueAt, lookedAt, seenAt } from './people.ts';

const terms = suite('what an experiment goes by, in words');

terms('names duration, limits of the weights, patterns, limits of the metrics and gates', () => {
  const objectives = [
    { metric: 'latency', upperLimit: 100, rollback_on_failure: true },
    { metric: 'team/accuracy', lowerLimit: '900m', upperLimit: 1 },
    { metric: 'load' },
  ];
  const { spec } = experimentOf({
    spec: {
      criteria: { objectives },
      strategy: strategyOf({ approval: approvalOf(), freeze: freezeRules('Promotion') }),
    },
  });
  assert.equal(termsOf(spec), [
    'an iteration every 20 s',
    '15 × 1 iterations',
    'candidates up to 100 %, by 10 at once',
    'deployment pattern Progressive',
    'promotion Automatic',
    'latency: at most 100, rollback_on_failure true',
    'team/accuracy: at least 900m, at most 1',
    'load: any value',
    'at least 10 requests',
    'at most 5 errors in a row',
    'approval within 86400 s, else Rollback',
    'frozen (Promotion) from 2026-01-01T00:00:00 UTC for 60 s by FREQ=DAILY',
  ]);
});

terms('are fewer without criteria', () => {
  assert.is(termsOf(experimentOf({ spec: { criteria: undefined } }).spec).length, 5);
});

terms('are no more than the schema admits, nor too long for a status', () => {
  const objectives = Array.from({ length: 32 }, () => ({
    metric: `${'n'.repeat(63)}/${'m'.repeat(253)}`,
    ...{ lowerLimit: '-'.padEnd(64, '1'), upperLimit: '1'.repeat(64), rollback_on_failure: false },
  }));
  const [window] = freezeRules('Experiment').windows;
  const most = { ...window!, rule: 'x'.repeat(512), timeZone: 'z'.repeat(64) };
  const windows = Array.from({ length: 8 }, () => most);
  const strategy = strategyOf({
    freeze: { effect: 'Experiment', windows },
    approval: approvalOf(),
  });
  const all = termsOf(experimentOf({ spec: { criteria: { objectives }, strategy } }).spec);
  assert.ok(all.length <= 128);
  assert.ok(JSON.stringify(all).length <= 24 * 1024);
});

const news = suite('an edit of what a running experiment goes by');

const OBJECTIVES = [{ metric: 'latency', upperLimit: 100 }];
const DURATION = running().spec.duration;
const WEIGHTS = running().spec.strategy.weights;

const EDITS: [string, Partial<ExperimentSpec>, string][] = [
  [
    'the interval',
    { duration: { ...DURATION, intervalSeconds: 30 } },
    'now an iteration every 30 s; no longer an iteration every 20 s',
  ],
  [
    'the iterations',
    { duration: { ...DURATION, iterationsPerLoop: 20 } },
    'now 20 × 1 iterations; no longer 15 × 1 iterations',
  ],
  [
    'the loops',
    { duration: { ...DURATION, maxLoops: 2 } },
    'now 15 × 2 iterations; no longer 15 × 1 iterations',
  ],
  [
    'a limit',
    { criteria: criteriaOf({ objectives: [{ ...OBJECTIVES[0]!, upperLimit: 80 }] }) },
    'now latency: at most 80; no longer latency: at most 100',
  ],
  ['an objective that is gone', { criteria: criteriaOf({}) }, 'no longer latency: at most 100'],
  [
    'an objective more',
    { criteria: criteriaOf({ objectives: [...OBJECTIVES, { metric: 'latency', lowerLimit: 1 }] }) },
    'now latency: at least 1',
  ],
  [
    'rollback_on_failure',
    { criteria: criteriaOf({ objectives: [{ ...OBJECTIVES[0]!, rollback_on_failure: true }] }) },
    'now latency: at most 100, rollback_on_failure true; no longer latency: at most 100',
  ],
  [
    'the least requests',
    { criteria: criteriaOf({ objectives: OBJECTIVES, minimumRequests: 99 }) },
    'now at least 99 requests; no longer at least 10 requests',
  ],
  [
    'the most errors',
    { criteria: criteriaOf({ objectives: OBJECTIVES, consecutiveErrorLimit: 3 }) },
    'now at most 3 errors in a row; no longer at most 5 errors in a row',
  ],
  [
    'the most weight',
    { strategy: strategyOf({ weights: { maxCandidateWeight: 50 } }) },
    'now candidates up to 50 %, by 10 at once; no longer candidates up to 100 %, by 10 at once',
  ],
  [
    'the increment',
    { strategy: strategyOf({ weights: { maxCandidateWeightIncrement: 5 } }) },
    'now candidates up to 100 %, by 5 at once; no longer candidates up to 100 %, by 10 at once',
  ],
  [
    'the pattern',
    { strategy: strategyOf({ deploymentPattern: 'FixedSplit' }) },
    'now deployment pattern FixedSplit; no longer deployment pattern Progressive',
  ],
  [
    'who promotes',
    { strategy: strategyOf({ promotion: 'ByActions' }) },
    'now promotion ByActions; no longer promotion Automatic',
  ],
  [
    'an approval',
    { strategy: strategyOf({ approval: approvalOf() }) },
    'now approval within 86400 s, else Rollback',
  ],
  [
    'a freeze window',
    { strategy: strategyOf({ freeze: freezeRules('Experiment') }) },
    'now frozen (Experiment) from 2026-01-01T00:00:00 UTC for 60 s by FREQ=DAILY',
  ],
];

for (const [what, spec, text] of EDITS) {
  news(`is told with the next iteration, once, in words: ${what}`, () => {
    const before = edited(running(), spec);
    assert.ok(isDueAt(before, 25));
    const plan = seenAt(before, 25);
    assert.equal(plan.announcements[0], {
      type: 'Normal',
      reason: 'SpecChanged',
      message: `spec was edited: ${text}`,
    });
    assert.equal(plan.status.terms, termsOf(before.spec));
    const told = seenAt(lookedAt(before, [25]), 55).announcements;
    assert.not(told.some(({ reason }) => reason === 'SpecChanged'));
  });
}

news('is told with the end, too, where the next iteration is the last', () => {
  const duration = { ...DURATION, iterationsPerLoop: 1 };
  const plan = seenAt(edited(running(), { duration }), 25);
  assert.is(plan.status.stage, 'Finishing');
  assert.is(plan.announcements[0]!.reason, 'SpecChanged');
});

news('is none where somebody suspends it or asks for an outcome', () => {
  assert.equal(
    termsNews(running().status!.terms, termsOf({ ...running().spec, suspend: true })),
    [],
  );
});

news('is none where the order of objectives changes, nor without terms of before', () => {
  assert.equal(termsNews(['a', 'b'], ['b', 'a']), []);
  assert.equal(termsNews(undefined, ['b']), []);
});

news('counts from the next iteration on: the interval, and the end', () => {
  const sooner = edited(running(), { duration: { ...DURATION, intervalSeconds: 10 } });
  assert.ok(isDueAt(lookedAt(sooner, [25]), 35));
  const shorter = edited(iterated(running(), [{}, {}, {}]), {
    duration: { ...DURATION, iterationsPerLoop: 2 },
  });
  assert.is(seenAt(shorter, 85).status.outcome?.reason, 'CandidateWon');
});

news('to a lower limit of weights lowers them', () => {
  const grown = iterated(running(), [{}, {}, {}, {}]);
  const { weights } = { weights: { ...WEIGHTS, maxCandidateWeight: 20 } };
  const { status } = seenAt(edited(grown, { strategy: strategyOf({ weights }) }), 105);
  assert.equal(
    status.currentWeightDistribution!.map(({ value }) => value),
    [80, 20],
  );
});

news('is the same for Conformance', () => {
  const watched = running({ spec: CONFORMANCE });
  const plan = seenAt(edited(watched, { duration: { ...DURATION, maxLoops: 2 } }), 25);
  assert.is(plan.announcements[0]!.reason, 'SpecChanged');
});

terms.run();
news.run();
