import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  CONFORMANCE,
  conditionOf,
  latency,
  measured,
  observed,
  running,
  shares,
  strategyOf,
  type Look,
} from '../fixtures.ts';
import { approvalOf, edited, lookedAt, seenAt } from './people.ts';

const gate = suite('a promotion that waits at its gate');

const SPEC = {
  duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 },
  strategy: strategyOf({ approval: approvalOf({ deadlineSeconds: 100 }) }),
};

/** Asking for approval since second 25. */
const asking = lookedAt(running({ spec: SPEC }), [25]);

const DOUBTS: [what: string, look: Look][] = [
  ['has no data', { measurements: latency(50, 'none') }],
  ['has a NaN', { measurements: latency(50, 'nan') }],
  ['is not ready', { target: observed(shares(99, 1), { notReady: 'it crashed' }) }],
  ['cannot be seen', { target: { kind: 'Error', reason: 'TargetUnreadable', message: 'no' } }],
];

for (const [what, look] of DOUBTS) {
  gate(`goes on waiting where a look says nothing against it: the candidate ${what}`, () => {
    const plan = seenAt(asking, 45, look);
    assert.is(plan.status.stage, 'Running');
    assert.is(plan.status.approvalDeadline, asking.status!.approvalDeadline);
    assert.is(conditionOf(plan, 'Paused')?.reason, 'AwaitingApproval');
    assert.match(conditionOf(plan, 'Paused')!.message!, 'it won before, but for now');
    assert.is(seenAt(lookedAt(asking, [45], look), 65).status.stage, 'Running');
  });

  gate(
    `is nevertheless no promotion when the time to answer is over and the candidate ${what}`,
    () => {
      const plan = seenAt(asking, 130, look);
      assert.is(plan.status.outcome?.decision, 'Rollback');
    },
  );
}

gate('is lost with a violation', () => {
  const plan = seenAt(asking, 45, { measurements: latency(50, 160) });
  assert.is(plan.status.outcome?.reason, 'BaselineWon');
});

gate('does not make up for a candidate that never won', () => {
  const fresh = running({ spec: SPEC });
  assert.is(
    seenAt(fresh, 25, { measurements: latency(50, 'none') }).status.outcome?.reason,
    'NoWinner',
  );
});

const watching = suite('an experiment that only watches');

function conformance(): Experiment {
  const duration = { intervalSeconds: 20, iterationsPerLoop: 5, maxLoops: 1 };
  return running({ spec: { ...CONFORMANCE, duration } });
}

watching('holds where an edit has it look elsewhere, whatever is seen there', () => {
  const measurements = measured({ latency: { default: 50 } });
  const before = lookedAt(conformance(), [25], { measurements });
  const elsewhere = edited(before, { target: 'elsewhere' });
  const target = { kind: 'Missing', reason: 'TargetMissing', message: 'gone' } as const;
  const plan = seenAt(elsewhere, 45, { target, measurements });
  assert.is(plan.status.stage, 'Running');
  assert.is(conditionOf(plan, 'Ready')?.reason, 'InvalidExperiment');
  assert.is(seenAt(before, 45, { target, measurements }).status.outcome?.reason, 'TargetMissing');
});

for (const tests of [gate, watching]) tests.run();
