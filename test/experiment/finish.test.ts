import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abandon } from '../../functions/lib/experiment/finish.ts';
import {
  at,
  conditionOf,
  CONFORMANCE,
  following,
  having,
  iterated,
  measured,
  observed,
  running,
  shares,
  strategyOf,
} from '../fixtures.ts';
import {
  assertCompleted,
  BEFORE,
  concluding,
  DEADLINE,
  DECIDED,
  LAST,
  planOf,
  PROMOTED,
  promoting,
  RESTORED,
  rollingBack,
  SETTLED,
  SETTLED_BACK,
  TOLD,
} from './finishing.ts';

const writes = suite('a finishing experiment');

for (const [what, experiment, seen] of [
  ['promotion', promoting, BEFORE],
  ['rollback', rollingBack, BEFORE],
  ['rollback after somebody else wrote', rollingBack, PROMOTED],
] as const) {
  writes(`writes the weights of its outcome where they are not there: ${what}`, () => {
    for (const seconds of [DECIDED, SETTLED, DEADLINE - 1]) {
      assert.is(concluding(experiment, seen, seconds).kind, 'Write');
    }
  });
}

writes(
  'waits until the outcome is seen to serve, says what is missing, and repeats nothing',
  () => {
    const plan = planOf(concluding(promoting, TOLD, SETTLED), 'Wait');
    assert.is(plan.status.stage, 'Finishing');
    assert.is(conditionOf(plan, 'Ready')?.reason, 'OutcomeNotInForce');
    const ready = conditionOf(plan, 'Ready')!;
    assert.is(ready.status, 'False');
    assert.is(ready.message, 'all traffic is to go to canary, but it is still divided');
    const again = planOf(concluding(following(promoting, plan), TOLD, SETTLED + 10), 'Wait');
    assert.equal(again, { status: plan.status, announcements: [] });
  },
);

writes('waits while the target cannot be seen or written, and says why', () => {
  const seen = { kind: 'Error', reason: 'TargetForbidden', message: 'a right is missing' } as const;
  const plan = planOf(concluding(rollingBack, seen, SETTLED), 'Wait');
  assert.is(conditionOf(plan, 'Ready')?.reason, 'TargetForbidden');
  // As it comes back from the API server, which drops what the schema does not know.
  const again = planOf(concluding(following(rollingBack, plan), seen, SETTLED + 10), 'Wait');
  assert.equal(again.status, plan.status);
  assert.equal(Object.keys(conditionOf(plan, 'Ready')!).includes('kind'), false);
});

writes(
  'waits one handler deadline, by clocks that differ, after its outcome is in force: a late writer may come',
  () => {
    const plan = planOf(concluding(promoting, PROMOTED, SETTLED - 0.1), 'Wait');
    assert.equal(plan, { status: promoting.status, announcements: [] });
    assert.is(concluding(promoting, PROMOTED, SETTLED).kind, 'Complete');
  },
);

writes('takes a promotion back where a further revision would get it', () => {
  const takenOver = { message: 'replaced', isPromoted: false };
  const { status } = planOf(concluding(promoting, { ...BEFORE, takenOver }, DECIDED + 1), 'Wait');
  assert.is(status.outcome?.decision, 'Rollback');
  assert.is(status.outcome?.reason, 'TargetSuperseded');
  assert.equal(status.currentWeightDistribution, shares(100, 0));
  assert.is(status.versionRecommendedForPromotion, 'default');
});

writes(
  'takes a promotion back that a person calls back, and gives it all the time there is',
  () => {
    const spec = { ...promoting.spec, verdict: 'Rollback' } as const;
    const late = DEADLINE - 1;
    const plan = planOf(concluding({ ...promoting, spec }, PROMOTED, late), 'Wait');
    const { outcome, currentWeightDistribution } = plan.status;
    assert.equal([outcome?.decision, outcome?.reason], ['Rollback', 'VerdictRollback']);
    assert.match(outcome!.message, 'calls the promotion back (CandidateWon');
    assert.equal(currentWeightDistribution, shares(100, 0));
    const calledBack = following({ ...promoting, spec }, plan);
    assert.is(concluding(calledBack, PROMOTED, late + 899).kind, 'Write');
    // A promotion may still be on its way.
    assert.is(concluding(calledBack, RESTORED, late + 54).kind, 'Wait');
    assert.is(concluding(calledBack, RESTORED, late + 55).kind, 'Complete');
  },
);

writes('leaves alone what a further revision already has', () => {
  const takenOver = { message: 'replaced', isPromoted: true };
  const seen = { ...PROMOTED, takenOver };
  const ended = planOf(concluding(promoting, seen, DECIDED + 1), 'Complete');
  assert.is(conditionOf(ended, 'Failed')?.reason, 'TargetSuperseded');
  assert.is(conditionOf(ended, 'Promoted')?.status, 'False');
});

const completes = suite('the completion');

completes('of a promotion says so in condition Promoted, and says why', () => {
  const plan = planOf(concluding(promoting, PROMOTED, SETTLED), 'Complete');
  assertCompleted(plan, 'CandidateWon');
  assert.is(conditionOf(plan, 'Promoted')?.status, 'True');
  assert.is(conditionOf(plan, 'Promoted')?.reason, 'CandidateWon');
  assert.is(conditionOf(plan, 'Ready')?.status, 'True');
  assert.is(conditionOf(plan, 'Ready')?.reason, 'OutcomeInForce');
  assert.is(conditionOf(plan, 'RolledBack')?.status, 'False');
  assert.is(conditionOf(plan, 'Failed')?.status, 'False');
  assert.match(plan.status.message!, 'Experiment completed successfully');
  assert.is(plan.announcements[0]!.type, 'Normal');
});

completes('of a rollback says so in condition RolledBack, and says why', () => {
  const plan = planOf(concluding(rollingBack, RESTORED, SETTLED_BACK), 'Complete');
  assertCompleted(plan, 'BaselineWon');
  assert.is(conditionOf(plan, 'RolledBack')?.status, 'True');
  assert.is(conditionOf(plan, 'RolledBack')?.reason, 'BaselineWon');
  assert.is(conditionOf(plan, 'Promoted')?.status, 'False');
  assert.is(conditionOf(plan, 'Failed')?.status, 'False');
  assert.match(plan.status.message!, 'Experiment rolled back');
  assert.match(plan.status.message!, 'latency is 160; at most 100: violated');
});

const keeping = iterated(
  running({ spec: { ...LAST, strategy: strategyOf({ promotion: 'ByActions' }) } }),
  [{}],
);

completes('waits for the last weights, where the traffic is to be left as it is', () => {
  assert.is(concluding(keeping, BEFORE, SETTLED - 1).kind, 'Wait');
  assert.is(concluding(keeping, observed(shares(60, 1)), SETTLED).kind, 'Write');
  const unseen = { kind: 'Error', reason: 'TargetUnreadable', message: 'no' } as const;
  const told = following(keeping, planOf(concluding(keeping, unseen, SETTLED), 'Wait'));
  const late = planOf(concluding(told, unseen, DEADLINE), 'Complete');
  assert.match(conditionOf(late, 'Failed')!.message!, 'the last division of traffic was not seen');
});

completes('comes at once where somebody has promoted the winner already', () => {
  assert.is(concluding(keeping, PROMOTED, DECIDED).kind, 'Complete');
  const takenOver = { message: 'replaced', isPromoted: false };
  assert.is(concluding(keeping, { ...BEFORE, takenOver }, DECIDED).kind, 'Complete');
});

completes('leaves the traffic as it is where its outcome says so', () => {
  const plan = planOf(concluding(keeping, BEFORE, SETTLED), 'Complete');
  assertCompleted(plan, 'CandidateWon');
  assert.is(conditionOf(plan, 'Promoted')?.status, 'False');
  assert.equal(plan.status.currentWeightDistribution, shares(99, 1));
});

completes('of Conformance asks nothing of the weights of an InferenceService', () => {
  const before = running({ spec: CONFORMANCE });
  const { status } = abandon(before.status!, at(DECIDED));
  const plan = planOf(concluding(having(before, status), observed([]), SETTLED_BACK), 'Complete');
  assertCompleted(plan, 'Deleted');
  assert.equal(plan.status.currentWeightDistribution, []);
});

completes('comes at once where there is no target', () => {
  const measurements = measured({ latency: { default: 50 } });
  const watching = iterated(running({ spec: { ...LAST, ...CONFORMANCE } }), [{ measurements }]);
  const plan = planOf(concluding(watching, undefined, DECIDED), 'Complete');
  assertCompleted(plan, 'ConformanceMet');
  assert.is(conditionOf(plan, 'Promoted')?.status, 'False');
  assert.is(conditionOf(plan, 'RolledBack')?.status, 'False');
});

completes('comes at once, as failed, where the target is gone', () => {
  const seen = { kind: 'Missing', reason: 'TargetMissing', message: 'it was deleted' } as const;
  const plan = planOf(concluding(rollingBack, seen, DECIDED), 'Complete');
  assertCompleted(plan, 'TargetMissing');
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
  assert.is(conditionOf(plan, 'RolledBack')?.status, 'False');
  assert.match(plan.status.message!, 'Experiment failed');
  assert.is(plan.announcements[0]!.type, 'Warning');
});

for (const [what, experiment, seen] of [
  ['promotion', promoting, TOLD],
  ['rollback', rollingBack, observed(shares(100, 0))],
  ['rollback', rollingBack, { kind: 'Error', reason: 'TargetForbidden', message: 'no' }],
] as const) {
  completes(`of a ${what} comes as failed at the deadline, and says what to do`, () => {
    const told = following(experiment, planOf(concluding(experiment, seen, SETTLED), 'Wait'));
    assert.is.not(concluding(told, seen, DEADLINE - 1).kind, 'Complete');
    const plan = planOf(concluding(told, seen, DEADLINE), 'Complete');
    assert.is(conditionOf(plan, 'Failed')?.status, 'True');
    const reason = seen.kind === 'Error' ? seen.reason : 'OutcomeNotInForce';
    assert.is(conditionOf(plan, 'Failed')?.reason, reason);
    assert.match(
      plan.status.message!,
      `Experiment failed. ${reason}: the ${what} was not seen in force within 900 s`,
    );
    assert.match(plan.status.message!, 'set its weights by hand');
    assert.is(conditionOf(plan, 'Promoted')?.status, 'False');
    assert.is(conditionOf(plan, 'RolledBack')?.status, 'False');
  });
}

completes('is not given up before it was tried and seen again, however late the first look', () => {
  const late = DEADLINE + 5000;
  assert.is(concluding(promoting, BEFORE, late).kind, 'Write');
  const once = planOf(concluding(promoting, TOLD, late), 'Wait');
  const told = following(promoting, once);
  assert.is(concluding(told, TOLD, late + 29).kind, 'Wait');
  assert.is(concluding(told, TOLD, late + 31).kind, 'Complete');
  const again = planOf(concluding(told, PROMOTED, late + 10), 'Complete');
  assert.is(conditionOf(again, 'Promoted')?.status, 'True');
});

completes('keeps Failed, and says so, where the experiment could not be carried through', () => {
  const takenOver = { message: 'm-3 replaced m-2', isPromoted: false };
  const target = observed(shares(99, 1), { takenOver });
  const superseded = iterated(running(), [{ target }]);
  const plan = planOf(concluding(superseded, RESTORED, SETTLED_BACK), 'Complete');
  assertCompleted(plan, 'TargetSuperseded');
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
  assert.is(conditionOf(plan, 'RolledBack')?.status, 'True');
});

for (const tests of [writes, completes]) tests.run();
