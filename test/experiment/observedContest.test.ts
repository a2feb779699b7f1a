// Experiments with a reward that the latest values decide, as they did in iter8.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Reward } from '../../functions/lib/types/experiment.gen.ts';
import { iterate, measured, running, strategyOf } from '../fixtures.ts';

const SALES: Reward = { metric: 'sales', preferredDirection: 'High' };

const observing = suite('a contest by the latest values');

type Latest = Record<'default' | 'canary', number | 'none'>;

const OBSERVED: [string, Latest, [decision: string, reason: string]][] = [
  ['promotes the strictly better one', { default: 10, canary: 10.1 }, ['Promote', 'CandidateWon']],
  [
    'keeps the baseline where that is better',
    { default: 10.1, canary: 10 },
    ['Rollback', 'BaselineWon'],
  ],
  [
    'promotes nothing where both are the same',
    { default: 10, canary: 10 },
    ['Rollback', 'NoWinner'],
  ],
  ['lets the one with a value win', { default: 10, canary: 'none' }, ['Rollback', 'BaselineWon']],
  [
    'promotes nothing without a value',
    { default: 'none', canary: 'none' },
    ['Rollback', 'NoWinner'],
  ],
];

for (const [what, sales, end] of OBSERVED) {
  observing(what, () => {
    const spec = {
      strategy: strategyOf({ testingPattern: 'A/B' }),
      criteria: { rewards: [SALES] },
      duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 },
    };
    const { outcome } = iterate(running({ spec }), { measurements: measured({ sales }) }).status;
    assert.equal([outcome?.decision, outcome?.reason], end, outcome?.message);
  });
}

observing('tells each version’s reward, which decides nothing by itself', () => {
  const spec = { strategy: strategyOf({ testingPattern: 'A/B' }), criteria: { rewards: [SALES] } };
  const { status } = iterate(running({ spec }), {
    measurements: measured({ sales: { default: 10, canary: 12 } }),
  });
  assert.equal(
    status.evidence?.map(({ version, role, estimate, verdict }) => [
      version,
      role,
      estimate,
      verdict,
    ]),
    [
      ['default', 'Reward', '10', 'Undecided'],
      ['canary', 'Reward', '12', 'Undecided'],
    ],
  );
});

observing.run();
