import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deadlineOf } from '../../functions/lib/experiment/deadlines.ts';
import { accept } from '../../functions/lib/experiment/accept.ts';
import { conclude } from '../../functions/lib/experiment/finish.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import type { Experiment, PersonsVerdict } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  conditionOf,
  CONFORMANCE,
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
  type Look,
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
const CRASHED = observed(shares(99, 1), { notReady: 'it crashed' });
const UNSEEN = { kind: 'Error', reason: 'TargetForbidden', message: 'may not' } as const;
const BAD = latency(50, 160);

function asking(verdict: PersonsVerdict, experiment: Experiment = running()): Experiment {
  return edited(experiment, { verdict });
}

function assertOutcome({ status }: Plan, decision: string, reason: string): void {
  assert.equal([status.outcome?.decision, status.outcome?.reason], [decision, reason]);
  assert.is(status.stage, 'Finishing');
}

const promote = suite('spec.verdict Promote');

for (const seconds of [10, 25, 300]) {
  promote(`promotes with the next look, due or not, and asks no metric (second ${seconds})`, () => {
    assert.not(isDueAt(asking('Promote'), seconds));
    const plan = seenAt(asking('Promote'), seconds);
    assertOutcome(plan, 'Promote', 'VerdictPromote');
    assert.is(plan.status.outcome!.version, 'canary');
    assert.equal(plan.status.currentWeightDistribution, shares(0, 100));
    assert.is(plan.status.completedIterations, 0);
    assert.is(conditionOf(plan, 'Failed')?.status, 'False');
    assert.equal(reasons(plan), ['VerdictPromote']);
  });
}

promote('leaves the traffic to the actions where promotion is ByActions', () => {
  const spec = { strategy: strategyOf({ promotion: 'ByActions' }) };
  const plan = seenAt(asking('Promote', running({ spec })), 10);
  assertOutcome(plan, 'Keep', 'VerdictPromote');
  assert.equal(plan.status.currentWeightDistribution, shares(99, 1));
});

for (const target of [CRASHED, UNSEEN]) {
  const what = target.kind === 'Error' ? 'cannot be seen' : 'has a candidate that is not ready';
  promote(`waits while the target ${what}; iterations go on`, () => {
    const waiting = lookedAt(asking('Promote'), [10], { target });
    assert.is(waiting.status!.stage, 'Running');
    assert.ok(isDueAt(waiting, 25, { target }));
    const iteratedOnce = lookedAt(waiting, [25], { target });
    assert.is(iteratedOnce.status!.completedIterations, 1);
    assertOutcome(seenAt(iteratedOnce, 30), 'Promote', 'VerdictPromote');
  });
}

promote('waits for a candidate that is not ready also after the last iteration', () => {
  const waiting = lookedAt(asking('Promote', running({ spec: LAST })), [25], { target: CRASHED });
  assert.is(waiting.status!.stage, 'Running');
  assertOutcome(seenAt(waiting, 35), 'Promote', 'VerdictPromote');
});

promote('is overtaken by lasting trouble with the candidate', () => {
  const waiting = lookedAt(asking('Promote'), [10, 20], { target: CRASHED });
  assertOutcome(seenAt(waiting, 40, { target: CRASHED }), 'Rollback', 'CandidateNotReady');
});

promote('does not wait for a person who suspended the experiment', () => {
  const suspended = lookedAt(edited(running(), { suspend: true }), [10]);
  assertOutcome(seenAt(asking('Promote', suspended), 20), 'Promote', 'VerdictPromote');
});

promote('waits while the spec cannot be gone by', () => {
  const unfit = asking('Promote', edited(running(), { target: 'another' }));
  assert.is(seenAt(unfit, 10).status.stage, 'Running');
  const invalid = { kind: 'Invalid', field: 'windows[0].rule', message: 'no rule' } as const;
  assert.is(seenAt(asking('Promote'), 10, { freeze: invalid }).status.stage, 'Running');
});

promote('changes nothing once a rollback is decided', () => {
  const finishing = iterated(running({ spec: LAST }), [{ measurements: BAD }]);
  const seen = observed(shares(100, 0), { servedBy: 'default' });
  const conclusion = conclude(asking('Promote', finishing), seen, settings, at(100));
  assert.is(conclusion.kind, 'Complete');
});

promote('is refused for Conformance, at the start and on the way', () => {
  const asked = experimentOf({ spec: { ...CONFORMANCE, verdict: 'Promote' } });
  const { status } = accept(asked, { settings, now: at(3) });
  assert.is(status.stage, 'Completed');
  assert.match(status.message!, 'spec.verdict: a Conformance experiment has nothing to promote');
  const plan = seenAt(asking('Promote', running({ spec: CONFORMANCE })), 10);
  assert.is(plan.status.stage, 'Running');
  assert.is(conditionOf(plan, 'Ready')?.reason, 'InvalidExperiment');
});

const rollback = suite('spec.verdict Rollback');

const HINDRANCES: [string, Look][] = [
  ['', {}],
  ['while the candidate is not ready', { target: CRASHED }],
  ['while the target cannot be seen', { target: UNSEEN }],
  ['while a freeze window is in force', { freeze: frozenUntil(1e6) }],
];

for (const [what, look] of HINDRANCES) {
  rollback(`rolls back with the next look ${what}`, () => {
    const spec = { strategy: strategyOf({ freeze: freezeRules('Experiment') }) };
    for (const seconds of [10, 25]) {
      const plan = seenAt(asking('Rollback', running({ spec })), seconds, look);
      assertOutcome(plan, 'Rollback', 'VerdictRollback');
      assert.equal(plan.status.currentWeightDistribution, shares(100, 0));
      assert.is(conditionOf(plan, 'Failed')?.status, 'False');
    }
  });
}

rollback('does not wait while suspended, nor while the spec cannot be gone by', () => {
  const suspended = lookedAt(edited(running(), { suspend: true }), [10]);
  assertOutcome(seenAt(asking('Rollback', suspended), 20), 'Rollback', 'VerdictRollback');
  const unfit = asking('Rollback', edited(running(), { target: 'another' }));
  assertOutcome(seenAt(unfit, 10), 'Rollback', 'VerdictRollback');
});

rollback('ends Conformance and ByActions, too', () => {
  for (const spec of [CONFORMANCE, { strategy: strategyOf({ promotion: 'ByActions' }) }]) {
    const plan = seenAt(asking('Rollback', running({ spec })), 10);
    assertOutcome(plan, 'Rollback', 'VerdictRollback');
  }
});

const gate = suite('approval');

// The only iteration is due at second 25; the next ones at 45, 65, ...
const strategy = strategyOf({ approval: approvalOf() });
const asked = running({ spec: { ...LAST, strategy } });
const awaiting = lookedAt(asked, [25]);
const DEADLINE = 25 + 86400;

gate('lets a winner wait, says for what and until when, and tells it once', () => {
  const plan = seenAt(asked, 25);
  assert.is(plan.status.stage, 'Running');
  assert.is(conditionOf(plan, 'Paused')?.reason, 'AwaitingApproval');
  assert.is(plan.status.approvalDeadline, at(DEADLINE).toISOString());
  assert.match(plan.status.message!, 'canary satisfies all objectives; set spec.verdict');
  assert.match(plan.status.message!, at(DEADLINE).toISOString());
  assert.equal(reasons(plan).slice(0, 1), ['AwaitingApproval']);
  assert.not(reasons(seenAt(awaiting, 45)).includes('AwaitingApproval'));
});

gate('does not stop the iterations, which are counted, nor the rise of the weights', () => {
  const { status } = lookedAt(awaiting, [45, 65]);
  assert.is(status!.completedIterations, 3);
  assert.equal(status!.currentWeightDistribution, shares(69, 31));
  assert.is(status!.approvalDeadline, at(DEADLINE).toISOString());
});

gate('has a deadline of its own, and none of the run', () => {
  assert.is(deadlineOf(awaiting, settings), undefined);
  assert.ok(deadlineOf(asked, settings));
});

gate('ends with the verdict of a person', () => {
  assertOutcome(seenAt(asking('Promote', awaiting), 30), 'Promote', 'VerdictPromote');
  assertOutcome(seenAt(asking('Rollback', awaiting), 30), 'Rollback', 'VerdictRollback');
});

gate('ends by itself at its deadline, with a rollback that is nobody’s failure', () => {
  const late = lookedAt(awaiting, [DEADLINE - 0.1]);
  assert.is(late.status!.stage, 'Running');
  const plan = seenAt(late, DEADLINE + 20);
  assertOutcome(plan, 'Rollback', 'NotApproved');
  assert.is(conditionOf(plan, 'Failed')?.status, 'False');
  assert.match(plan.status.outcome!.message, at(DEADLINE).toISOString());
});

gate('ends at its deadline with a promotion, where that is its outcome', () => {
  const approval = approvalOf({ outcome: 'Promote', deadlineSeconds: 100 });
  const waiting = lookedAt(edited(asked, { strategy: strategyOf({ approval }) }), [25, 124]);
  assert.is(waiting.status!.stage, 'Running');
  const plan = seenAt(waiting, 145);
  assertOutcome(plan, 'Promote', 'CandidateWon');
  assert.equal(reasons(plan).slice(-2), ['CandidateWon', 'WeakEvidence']);
});

gate('does not keep a violation from rolling back', () => {
  const objectives = [{ metric: 'latency', upperLimit: 100, rollback_on_failure: true }];
  const strict = lookedAt(running({ spec: { ...LAST, strategy, criteria: { objectives } } }), [25]);
  assert.is(conditionOf(strict, 'Paused')?.reason, 'AwaitingApproval');
  const plan = seenAt(strict, 45, { measurements: BAD });
  assertOutcome(plan, 'Rollback', 'ObjectiveViolated');
});

gate('does not keep a candidate that wins no more', () => {
  assertOutcome(seenAt(awaiting, 45, { measurements: BAD }), 'Rollback', 'BaselineWon');
  const lost = seenAt(asked, 25, { measurements: BAD });
  assertOutcome(lost, 'Rollback', 'BaselineWon');
});

gate('does not keep a candidate that has not been ready for 30 s', () => {
  const waiting = lookedAt(awaiting, [30], { target: CRASHED });
  assertOutcome(seenAt(waiting, 60, { target: CRASHED }), 'Rollback', 'CandidateNotReady');
});

gate('stays closed, without another Event, while a look has no answer', () => {
  const plan = seenAt(awaiting, 45, { measurements: latency('error', 'error') });
  assert.is(conditionOf(plan, 'Paused')?.reason, 'AwaitingApproval');
  assert.not(reasons(plan).includes('Resumed'));
  const again = seenAt(following(awaiting, plan), 65);
  assert.not(reasons(again).includes('AwaitingApproval'));
  assert.is(again.status.approvalDeadline, at(DEADLINE).toISOString());
});

gate('is asked for anew where somebody lets the experiment go on for longer', () => {
  const duration = { intervalSeconds: 20, iterationsPerLoop: 3, maxLoops: 1 };
  const longer = lookedAt(edited(awaiting, { duration }), [45]);
  assert.is(conditionOf(longer, 'Paused')?.status, 'False');
  assert.is(longer.status!.approvalDeadline, undefined);
  const { status } = seenAt(longer, DEADLINE + 100);
  assert.is(status.approvalDeadline, at(DEADLINE + 100 + 86400).toISOString());
});

gate('opens where somebody takes it away', () => {
  const open = edited(awaiting, { strategy: strategyOf() });
  assertOutcome(seenAt(open, 45), 'Promote', 'CandidateWon');
});

gate('stands still while somebody suspends the experiment', () => {
  const suspended = lookedAt(edited(awaiting, { suspend: true }), [30]);
  assert.is(conditionOf(suspended, 'Paused')?.reason, 'Suspended');
  const again = lookedAt(edited(suspended, { suspend: false }), [1030, 1045]);
  assert.is(again.status!.approvalDeadline, at(DEADLINE + 1000).toISOString());
  assert.is(conditionOf(again, 'Paused')?.reason, 'AwaitingApproval');
});

gate('is before a promotion by actions, and not before Conformance', () => {
  const approval = approvalOf();
  const byActions = strategyOf({ approval, promotion: 'ByActions' });
  const kept = seenAt(running({ spec: { ...LAST, strategy: byActions } }), 25);
  assert.is(conditionOf(kept, 'Paused')?.reason, 'AwaitingApproval');
  const watched = strategyOf({ approval, testingPattern: 'Conformance' });
  const spec = { ...CONFORMANCE, ...LAST, strategy: watched };
  assertOutcome(seenAt(running({ spec }), 25), 'Keep', 'ConformanceMet');
});

gate('is not passed in a freeze window', () => {
  const strict = strategyOf({ approval: approvalOf(), freeze: freezeRules('Promotion') });
  const waiting = lookedAt(edited(asked, { strategy: strict }), [25], { freeze: frozenUntil(90) });
  assert.is(conditionOf(waiting, 'Paused')?.reason, 'AwaitingApproval');
  const approved = lookedAt(asking('Promote', waiting), [30], { freeze: frozenUntil(90) });
  assert.is(conditionOf(approved, 'Paused')?.reason, 'Frozen');
  assert.is(approved.status!.nextOpening, at(90).toISOString());
  assertOutcome(seenAt(approved, 90), 'Promote', 'VerdictPromote');
});

for (const tests of [promote, rollback, gate]) tests.run();
