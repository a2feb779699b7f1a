import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  accept,
  acquire,
  beginInitializing,
  contenderOf,
  yieldTarget,
} from '../../functions/lib/experiment/accept.ts';
import type { Contender, LockDecision } from '../../functions/lib/experiment/lock.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import {
  at,
  conditionOf,
  deepFreeze,
  experimentOf,
  following,
  settings,
  strategyOf,
  waiting,
} from '../fixtures.ts';

const accepted = suite('accept');

accepted('makes a valid experiment Waiting, with its lock and all conditions', () => {
  const { status, announcements } = accept(experimentOf(), { settings, now: at(3) });
  assert.is(status.stage, 'Waiting');
  assert.is(status.run, 1);
  assert.is(status.completedIterations, 0);
  assert.is(status.observedGeneration, 1);
  for (const time of ['initTime', 'lastUpdateTime', 'stageStartTime'] as const) {
    assert.is(status[time], at(3).toISOString(), time);
  }
  assert.equal(status.target, {
    type: 'InferenceService',
    lock: 'InferenceService.serving.kserve.io/team/model',
  });
  assert.is(status.message, 'ExperimentInitialized: Experiment status initialized');
  assert.equal(
    status.conditions!.map((condition) => [condition.type, condition.status]),
    [
      ['Completed', 'False'],
      ['Failed', 'False'],
      ['TargetAcquired', 'False'],
      ['Ready', 'False'],
      ['Progressing', 'True'],
      ['Paused', 'False'],
      ['Promoted', 'False'],
      ['RolledBack', 'False'],
    ],
  );
  assert.equal(announcements, []);
});

accepted('completes an invalid experiment as failed, naming the field everywhere', () => {
  const spec = { strategy: strategyOf({ testingPattern: 'A/B' }) };
  const plan = accept(experimentOf({ spec }), { settings, now: at(3) });
  const { status } = plan;
  assert.is(status.stage, 'Completed');
  assert.is(status.target, undefined);
  assert.match(status.message!, /^InvalidExperiment: spec\.criteria\.rewards: /);
  for (const type of ['Failed', 'Ready', 'Progressing', 'Completed']) {
    assert.match(conditionOf(plan, type)!.message!, 'spec.criteria.rewards', type);
  }
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
  assert.is(conditionOf(plan, 'Failed')?.reason, 'InvalidExperiment');
  assert.is(conditionOf(plan, 'Ready')?.status, 'False');
  assert.is(conditionOf(plan, 'Progressing')?.status, 'False');
  assert.is(conditionOf(plan, 'Completed')?.status, 'True');
  assert.is(conditionOf(plan, 'Completed')?.reason, 'ExperimentCompleted');
  assert.is(plan.announcements[0]?.type, 'Warning');
  assert.is(plan.announcements[0]?.reason, 'InvalidExperiment');
});

accepted('tells all mistakes at once', () => {
  const weights = { algorithm: 'TopTwoThompson' } as const;
  const actions = { start: [{ run: 'x' }] };
  const spec = { strategy: strategyOf({ testingPattern: 'A/B', actions, weights }) };
  const { message } = accept(experimentOf({ spec }), { settings, now: at(3) }).status;
  for (const field of ['rewards', 'actions', 'algorithm']) {
    assert.match(message!, field);
  }
});

accepted('warns of an interval that is shorter than the tick', () => {
  const duration = { intervalSeconds: 9, iterationsPerLoop: 15, maxLoops: 1 };
  const { announcements, status } = accept(experimentOf({ spec: { duration } }), {
    settings,
    now: at(3),
  });
  assert.is(status.stage, 'Waiting');
  const [warning] = announcements;
  assert.is(warning?.type, 'Warning');
  assert.is(warning?.reason, 'IntervalRoundedUp');
  assert.match(warning!.message, 'spec.duration.intervalSeconds is 9');
  assert.match(warning!.message, 'every 10 s');
});

accepted('warns of nothing where the interval is one tick', () => {
  const duration = { intervalSeconds: 10, iterationsPerLoop: 15, maxLoops: 1 };
  assert.equal(
    accept(experimentOf({ spec: { duration } }), { settings, now: at(3) }).announcements,
    [],
  );
});

const other: Contender = deepFreeze({
  namespace: 'rivals',
  name: 'rival',
  uid: 'uid-0',
  creationTimestamp: at(-5).toISOString(),
  lockKeys: ['InferenceService.serving.kserve.io/team/model'],
  isHolder: true,
});

function attempt(decision: LockDecision, seconds: number): Plan {
  return acquire(waiting(), deepFreeze(decision), settings, at(seconds));
}

const acquired = suite('acquire');

acquired('takes a free target, in the stage Waiting still', () => {
  const plan = attempt({ kind: 'Free' }, 9);
  assert.is(plan.status.stage, 'Waiting');
  assert.equal(conditionOf(plan, 'TargetAcquired'), {
    type: 'TargetAcquired',
    status: 'True',
    reason: 'TargetAcquired',
    message: '',
    lastTransitionTime: at(9).toISOString(),
  });
});

acquired('says who holds the target', () => {
  const plan = attempt({ kind: 'Held', holder: other }, 9);
  assert.is(conditionOf(plan, 'TargetAcquired')?.status, 'False');
  assert.is(conditionOf(plan, 'TargetAcquired')?.reason, 'TargetHeld');
  assert.match(plan.status.message!, /^TargetHeld: .*rivals\/rival/);
});

acquired('says who goes first', () => {
  const plan = attempt({ kind: 'Queued', first: other }, 9);
  assert.match(plan.status.message!, /^TargetQueued: .*rivals\/rival/);
});

acquired('says that a young experiment gives way to older ones', () => {
  assert.match(attempt({ kind: 'TooYoung' }, 9).status.message!, /^TargetQueued: older/);
});

acquired(
  'makes the same status again while nothing changes, so that it need not be written',
  () => {
    const experiment = waiting();
    const held = { kind: 'Held', holder: other } as const;
    const first = following(experiment, acquire(experiment, held, settings, at(9)));
    assert.equal(acquire(first, held, settings, at(99)).status, first.status);
  },
);

acquired('gives up at the deadline of the stage, and says who was in the way', () => {
  const deadline = 3 + settings.waitingDeadlineSeconds;
  const held = { kind: 'Held', holder: other } as const;
  assert.is(attempt(held, deadline - 1).status.stage, 'Waiting');
  const plan = attempt(held, deadline);
  assert.is(plan.status.stage, 'Completed');
  assert.is(conditionOf(plan, 'Failed')?.reason, 'TargetNotFreed');
  assert.match(plan.status.message!, 'rivals/rival');
  assert.equal(
    plan.announcements.map(({ type, reason }) => [type, reason]),
    [['Warning', 'TargetNotFreed']],
  );
});

acquired('takes a target that is free at last, however late', () => {
  const plan = attempt({ kind: 'Free' }, 4 + settings.waitingDeadlineSeconds);
  assert.is(conditionOf(plan, 'TargetAcquired')?.status, 'True');
});

const given = suite('yieldTarget');

given('gives the target back, stays Waiting and says to whom', () => {
  const experiment = following(waiting(), attempt({ kind: 'Free' }, 9));
  const plan = yieldTarget(experiment.status!, other, at(10));
  assert.is(plan.status.stage, 'Waiting');
  assert.is(conditionOf(plan, 'TargetAcquired')?.status, 'False');
  assert.is(conditionOf(plan, 'TargetAcquired')?.reason, 'TargetHeld');
  assert.match(plan.status.message!, 'rivals/rival');
});

const begun = suite('beginInitializing');

begun('moves on, and says so', () => {
  const experiment = following(waiting(), attempt({ kind: 'Free' }, 9));
  const plan = beginInitializing(experiment.status!, at(10));
  assert.is(plan.status.stage, 'Initializing');
  assert.is(plan.status.stageStartTime, at(10).toISOString());
  assert.is(plan.status.message, 'StageAdvanced: Advanced to Initializing');
  assert.equal(plan.announcements, [
    { type: 'Normal', reason: 'StageAdvanced', message: 'Advanced to Initializing' },
  ]);
});

const contender = suite('contenderOf');

contender('has the keys of the status, and holds once the target is acquired', () => {
  const before = waiting();
  assert.equal(contenderOf(before), {
    namespace: 'team',
    name: 'exp',
    uid: 'uid-1',
    creationTimestamp: at(0).toISOString(),
    lockKeys: ['InferenceService.serving.kserve.io/team/model'],
    isHolder: false,
  });
  assert.ok(contenderOf(following(before, attempt({ kind: 'Free' }, 9))).isHolder);
});

contender('has no keys before it is accepted', () => {
  assert.equal(contenderOf(experimentOf()).lockKeys, []);
});

for (const tests of [accepted, acquired, given, begun, contender]) tests.run();
