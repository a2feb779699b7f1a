import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accept } from '../../functions/lib/experiment/accept.ts';
import { deadlineOf } from '../../functions/lib/experiment/deadlines.ts';
import type { Experiment, FreezeRules } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  conditionOf,
  experimentOf,
  following,
  iterated,
  latency,
  observed,
  reasons,
  running,
  settings,
  shares,
  strategyOf,
} from '../fixtures.ts';
import {
  approvalOf,
  edited,
  freezeRules,
  frozenUntil,
  isDueAt,
  lookedAt,
  seenAt,
} from './people.ts';

const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };
const STRICT = {
  criteria: { objectives: [{ metric: 'latency', upperLimit: 100, rollback_on_failure: true }] },
};
const BAD = latency(50, 160);

function freezing(effect: FreezeRules['effect'], spec: object = {}): Experiment {
  return running({ spec: { ...spec, strategy: strategyOf({ freeze: freezeRules(effect) }) } });
}

const promotion = suite('freeze windows with effect Promotion');
const WINDOW = { freeze: frozenUntil(100) };

promotion('leave the iterations alone: weights rise, looks count', () => {
  const { status } = lookedAt(freezing('Promotion'), [25, 45], WINDOW);
  assert.is(status!.completedIterations, 2);
  assert.equal(status!.currentWeightDistribution, shares(79, 21));
  assert.is(conditionOf({ status }, 'Paused')?.status, 'False');
});

promotion('let a winner wait, say until when, and tell it once', () => {
  const plan = seenAt(freezing('Promotion', LAST), 25, WINDOW);
  assert.is(plan.status.stage, 'Running');
  assert.is(conditionOf(plan, 'Paused')?.reason, 'Frozen');
  assert.is(plan.status.nextOpening, at(100).toISOString());
  assert.match(plan.status.message!, 'canary satisfies all objectives; the promotion waits for');
  assert.match(plan.status.message!, 'spec.strategy.freeze.windows[0]');
  assert.is(reasons(plan)[0], 'Frozen');
  const again = seenAt(following(freezing('Promotion', LAST), plan), 45, WINDOW);
  assert.not(reasons(again).includes('Frozen'));
});

promotion(
  'let iterations be judged and counted beyond the planned ones, without a deadline',
  () => {
    const waiting = lookedAt(freezing('Promotion', LAST), [25, 45, 65], WINDOW);
    assert.is(waiting.status!.completedIterations, 3);
    assert.is(waiting.status!.pausedSince, undefined);
    assert.is(deadlineOf(waiting, settings), undefined);
  },
);

promotion('are over with the first iteration after them', () => {
  const waiting = lookedAt(freezing('Promotion', LAST), [25, 45, 65, 85], WINDOW);
  const plan = seenAt(waiting, 105);
  assert.equal(
    [plan.status.outcome?.decision, plan.status.outcome?.reason],
    ['Promote', 'CandidateWon'],
  );
  assert.is(plan.status.nextOpening, undefined);
});

promotion('keep no violation and no loser', () => {
  const waiting = lookedAt(freezing('Promotion', { ...LAST, ...STRICT }), [25], WINDOW);
  const violated = seenAt(waiting, 45, { ...WINDOW, measurements: BAD });
  assert.is(violated.status.outcome?.reason, 'ObjectiveViolated');
  const losing = lookedAt(freezing('Promotion', LAST), [25], WINDOW);
  const lost = seenAt(losing, 45, { ...WINDOW, measurements: BAD });
  assert.is(lost.status.outcome?.reason, 'BaselineWon');
  const never = seenAt(freezing('Promotion', LAST), 25, { ...WINDOW, measurements: BAD });
  assert.is(never.status.outcome?.reason, 'BaselineWon');
});

promotion('let a person’s promotion wait, too, between iterations as well', () => {
  const asked = edited(freezing('Promotion'), { verdict: 'Promote' });
  const plan = seenAt(asked, 10, WINDOW);
  assert.is(plan.status.stage, 'Running');
  assert.is(conditionOf(plan, 'Paused')?.reason, 'Frozen');
  assert.match(plan.status.message!, 'spec.verdict asks for Promote; the promotion waits for');
  assert.equal(reasons(plan), ['Frozen']);
  const waiting = following(asked, plan);
  assert.equal(seenAt(waiting, 20, WINDOW), { status: waiting.status, announcements: [] });
  assert.is(lookedAt(waiting, [25], WINDOW).status!.completedIterations, 1);
  assert.is(seenAt(waiting, 100).status.outcome?.reason, 'VerdictPromote');
});

promotion('let a promotion by actions wait', () => {
  const freeze = freezeRules('Promotion');
  const strategy = strategyOf({ freeze, promotion: 'ByActions' });
  const plan = seenAt(running({ spec: { ...LAST, strategy } }), 25, WINDOW);
  assert.is(conditionOf(plan, 'Paused')?.reason, 'Frozen');
});

promotion('are named no more once the promotion waits for approval instead', () => {
  const frozen = lookedAt(freezing('Promotion', LAST), [25], WINDOW);
  const approval = approvalOf();
  const strategy = strategyOf({ freeze: freezeRules('Promotion'), approval });
  const plan = seenAt(edited(frozen, { strategy }), 45, WINDOW);
  assert.is(conditionOf(plan, 'Paused')?.reason, 'AwaitingApproval');
  assert.is(plan.status.nextOpening, undefined);
  assert.is(
    conditionOf(plan, 'Paused')?.lastTransitionTime,
    conditionOf(frozen, 'Paused')?.lastTransitionTime,
    'it was True all the time',
  );
});

promotion('stay named while a look has no answer', () => {
  const frozen = lookedAt(freezing('Promotion', LAST), [25], WINDOW);
  const plan = seenAt(frozen, 45, { ...WINDOW, measurements: latency('error', 60) });
  assert.is(conditionOf(plan, 'Paused')?.reason, 'Frozen');
  assert.not(reasons(plan).includes('Resumed'));
});

const whole = suite('freeze windows with effect Experiment');

whole('keep the weights from rising, and looks from counting; the clock stands still', () => {
  const before = iterated(freezing('Experiment'), [{}, {}]);
  const { status } = lookedAt(before, [65, 85], WINDOW);
  assert.is(status!.completedIterations, 2);
  assert.equal(status!.currentWeightDistribution, shares(79, 21));
  assert.is(status!.pausedSince, at(65).toISOString());
  assert.is(status!.nextOpening, at(100).toISOString());
  assert.is(conditionOf({ status }, 'Paused')?.reason, 'Frozen');
  assert.match(status!.message!, 'no weight rises and no iteration is counted until');
  assert.is(deadlineOf({ spec: before.spec, status }, settings), undefined);
});

whole('are told at their beginning and at their end', () => {
  const before = freezing('Experiment');
  const first = seenAt(before, 25, WINDOW);
  assert.equal(reasons(first), ['Frozen']);
  const still = following(before, first);
  assert.equal(reasons(seenAt(still, 45, WINDOW)), []);
  assert.equal(reasons(seenAt(still, 105)), ['Resumed', 'WeightsChanged']);
});

whole('go on being looked at each interval, and are over with the first look after them', () => {
  const frozen = lookedAt(freezing('Experiment'), [25, 45, 65, 85], WINDOW);
  assert.not(isDueAt(frozen, 104));
  const { status } = seenAt(frozen, 105);
  assert.is(status.completedIterations, 1);
  assert.is(candidateWeight({ status }), 11);
  assert.is(status.pausedSeconds, 80);
  assert.is(status.nextIterationTime, at(125).toISOString());
  assert.is(status.nextOpening, undefined);
  assert.equal(deadlineOf({ spec: frozen.spec, status }, settings), at(5 + 600 + 3600 + 80));
});

whole('keep no violation, no candidate that is not ready, and no target that is gone', () => {
  const before = lookedAt(freezing('Experiment', STRICT), [25], WINDOW);
  const violated = seenAt(before, 45, { ...WINDOW, measurements: BAD });
  assert.is(violated.status.outcome?.reason, 'ObjectiveViolated');
  const target = observed(shares(99, 1), { notReady: 'crash' });
  const crashed = lookedAt(before, [45], { ...WINDOW, target });
  assert.is(seenAt(crashed, 75, { ...WINDOW, target }).status.outcome?.reason, 'CandidateNotReady');
  const gone = { kind: 'Missing', reason: 'TargetMissing', message: 'gone' } as const;
  assert.is(
    seenAt(before, 45, { ...WINDOW, target: gone }).status.outcome?.reason,
    'TargetMissing',
  );
});

whole('let weights fall', () => {
  const grown = iterated(freezing('Experiment'), [{}, {}, {}]);
  const { status } = seenAt(grown, 85, { ...WINDOW, measurements: BAD });
  assert.is(candidateWeight({ status }), 5);
  assert.is(status.completedIterations, 3);
});

whole('let approvals wait: nobody is asked while they are in force, nor does time run out', () => {
  const strategy = strategyOf({
    freeze: freezeRules('Experiment'),
    approval: approvalOf({ deadlineSeconds: 100 }),
  });
  const awaiting = lookedAt(running({ spec: { ...LAST, strategy } }), [25]);
  assert.is(awaiting.status!.approvalDeadline, at(125).toISOString());
  const frozen = lookedAt(awaiting, [45, 65, 1045], { freeze: frozenUntil(1050) });
  assert.is(frozen.status!.stage, 'Running');
  const open = seenAt(frozen, 1065);
  assert.is(conditionOf(open, 'Paused')?.reason, 'AwaitingApproval');
  assert.is(open.status.approvalDeadline, at(125 + 1020).toISOString());
});

const invalid = suite('freeze windows that nobody understands');
const INVALID = { kind: 'Invalid', field: 'windows[1].rule', message: 'FREQ is missing' } as const;

invalid('are refused at the start, with the field', () => {
  const { status } = accept(experimentOf(), { settings, now: at(3), freeze: INVALID });
  assert.is(status.stage, 'Completed');
  assert.match(status.message!, 'spec.strategy.freeze.windows[1].rule: FREQ is missing');
});

invalid('hold a running experiment, which goes on once they are changed back', () => {
  const held = lookedAt(freezing('Promotion', LAST), [25, 45], { freeze: INVALID });
  assert.is(held.status!.completedIterations, 0);
  assert.is(conditionOf(held, 'Ready')?.reason, 'InvalidExperiment');
  assert.is(seenAt(held, 55).status.outcome?.reason, 'CandidateWon');
});

for (const tests of [promotion, whole, invalid]) tests.run();
