import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deadlineOf } from '../../functions/lib/experiment/deadlines.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  conditionOf,
  CONFORMANCE,
  following,
  initializing,
  reasons,
  recorded,
  settings,
  shares,
  strategyOf,
  waiting,
  type Parts,
} from '../fixtures.ts';
import { edited, freezeRules, frozenUntil, startedAt } from './people.ts';

type Held = Parameters<typeof startedAt>[2];

/** The experiment after what start does first; the same where it goes on. */
function startedOnce(experiment: Experiment, seconds: number, held?: Held): Experiment {
  const plan = startedAt(experiment, seconds, held);
  return plan ? following(experiment, plan) : experiment;
}

const WITH_TRAFFIC: Held = { hasTraffic: true };
const STAGES: [string, (parts?: Parts) => Experiment, Held][] = [
  ['Waiting', waiting, {}],
  ['Initializing', initializing, {}],
  ['Initializing, with its versions known', recorded, {}],
  ['Initializing, with its first weights', recorded, WITH_TRAFFIC],
];

const free = suite('an experiment before it runs');

for (const [stage, build, held] of STAGES) {
  free(`goes on where nobody holds it: ${stage}`, () => {
    assert.is(startedAt(build(), 10, held), undefined);
  });
}

const suspended = suite('an experiment that is suspended before it runs');
const SUSPEND = { spec: { suspend: true } };

for (const [stage, build, held] of STAGES) {
  suspended(`stands still: ${stage}`, () => {
    const before = build(SUSPEND);
    const plan = startedAt(before, 10, held)!;
    assert.is(plan.status.stage, before.status!.stage);
    assert.is(conditionOf(plan, 'Paused')?.reason, 'Suspended');
    assert.match(plan.status.message!, /^Suspended: /);
    assert.equal(reasons(plan), ['Suspended']);
    const stored = following(before, plan);
    assert.is(deadlineOf(stored, settings), undefined);
    assert.equal(startedAt(stored, 500, held), { status: plan.status, announcements: [] });
  });

  suspended(`goes on with as much time as before, and says so: ${stage}`, () => {
    const before = build(SUSPEND);
    const stopped = startedOnce(before, 10, held);
    const resumed = startedOnce(edited(stopped, { suspend: false }), 1010, held);
    const going = startedAt(resumed, 1010, held);
    const again = going ? following(resumed, going) : resumed;
    assert.is(conditionOf(again, 'Paused')?.status, 'False');
    const [first, last] = [before, again].map((one) => deadlineOf(one, settings)!);
    assert.is(secondsBetween(first!, last!), 1000);
    assert.is(startedAt(again, 1011, held), undefined);
  });
}

const frozen = suite('an experiment that would start in a freeze window');
const FREEZE = frozenUntil(5000);

function freezing(effect: 'Promotion' | 'Experiment', isSwitch = false): Parts {
  const pattern = isSwitch ? ({ deploymentPattern: 'BlueGreen' } as const) : {};
  return { spec: { strategy: strategyOf({ freeze: freezeRules(effect), ...pattern }) } };
}

for (const [what, parts] of [
  ['where all of it is frozen', freezing('Experiment')],
  ['where its start is a promotion (BlueGreen)', freezing('Promotion', true)],
] as const) {
  for (const [stage, build, held] of STAGES.slice(0, 3)) {
    frozen(`waits ${what}: ${stage}`, () => {
      const before = build(parts);
      const plan = startedAt(before, 10, { ...held, freeze: FREEZE })!;
      assert.is(conditionOf(plan, 'Paused')?.reason, 'Frozen');
      assert.is(plan.status.nextOpening, at(5000).toISOString());
      assert.match(plan.status.message!, `Frozen: the start waits for ${at(5000).toISOString()}`);
      const open = startedAt(following(before, plan), 5010, held)!;
      assert.is(conditionOf(open, 'Paused')?.status, 'False');
      assert.is(open.status.nextOpening, undefined);
      assert.equal(reasons(open), ['Resumed']);
    });
  }
}

frozen('does not wait where only its promotion is frozen', () => {
  assert.is(startedAt(recorded(freezing('Promotion')), 10, { freeze: FREEZE }), undefined);
});

frozen('does not wait with traffic already moved: once it runs it is watched', () => {
  const before = recorded(freezing('Experiment'));
  assert.is(startedAt(before, 10, { ...WITH_TRAFFIC, freeze: FREEZE }), undefined);
});

frozen('is suspended where a person asks for it, too', () => {
  const stopped = startedOnce(initializing(freezing('Experiment')), 10, { freeze: FREEZE });
  const both = startedAt(edited(stopped, { suspend: true }), 20, { freeze: FREEZE })!;
  assert.is(conditionOf(both, 'Paused')?.reason, 'Suspended');
  assert.equal(reasons(both), ['Suspended']);
  assert.is(both.status.pausedSince, at(10).toISOString());
  assert.is(both.status.nextOpening, undefined);
});

const called = suite('spec.verdict Rollback before an experiment runs');

for (const [stage, build] of STAGES.slice(0, 2)) {
  called(`completes it at once, since nothing was moved: ${stage}`, () => {
    const plan = startedAt(build({ spec: { verdict: 'Rollback' } }), 10)!;
    const { status } = plan;
    assert.is(status.stage, 'Completed');
    assert.equal(
      [status.outcome?.decision, status.outcome?.reason],
      ['Rollback', 'VerdictRollback'],
    );
    assert.is(conditionOf(plan, 'Completed')?.status, 'True');
    assert.is(conditionOf(plan, 'Failed')?.status, 'False');
    assert.is(conditionOf(plan, 'Progressing')?.status, 'False');
    assert.match(status.message!, 'ended before it moved any traffic. VerdictRollback');
    assert.equal(reasons(plan), ['ExperimentCompleted']);
  });
}

for (const [stage, build, held] of STAGES.slice(2)) {
  called(`gives back what was recorded: ${stage}`, () => {
    const plan = startedAt(build({ spec: { verdict: 'Rollback' } }), 10, held)!;
    assert.is(plan.status.stage, 'Finishing');
    assert.is(plan.status.outcome?.reason, 'VerdictRollback');
    assert.equal(plan.status.currentWeightDistribution, shares(100, 0));
  });
}

called('does not wait for a pause or a freeze window', () => {
  const parts = freezing('Experiment');
  const stopped = startedOnce(recorded({ spec: { ...parts.spec, suspend: true } }), 10);
  const plan = startedAt(edited(stopped, { verdict: 'Rollback' }), 20, { freeze: FREEZE })!;
  assert.is(plan.status.stage, 'Finishing');
  assert.is(conditionOf(plan, 'Paused')?.status, 'False');
  assert.is(plan.status.pausedSince, undefined);
});

called('is the same for Conformance', () => {
  const plan = startedAt(recorded({ spec: { ...CONFORMANCE, verdict: 'Rollback' } }), 10)!;
  assert.is(plan.status.stage, 'Finishing');
});

called('and Promote does not keep it from starting', () => {
  for (const [, build, held] of STAGES) {
    assert.is(startedAt(build({ spec: { verdict: 'Promote' } }), 10, held), undefined);
  }
});

const changed = suite('an edit before an experiment runs');
const OTHER = 'InferenceService.serving.kserve.io/team/other';

changed('of a waiting one locks the target that it names now, and is noted', () => {
  const before = waiting();
  const plan = startedAt(edited(before, { target: 'other' }), 10)!;
  assert.is(plan.status.stage, 'Waiting');
  assert.is(plan.status.target?.lock, OTHER);
  assert.is(plan.status.observedGeneration, 2);
  assert.is(conditionOf(plan, 'TargetAcquired')?.status, 'False');
  const again = following(edited(before, { target: 'other' }), plan);
  assert.is(startedAt(again, 11), undefined);
});

changed('of a waiting one that cannot be run any more ends it', () => {
  const strategy = strategyOf({ testingPattern: 'A/B' });
  const plan = startedAt(edited(waiting(), { strategy }), 10)!;
  assert.is(plan.status.stage, 'Completed');
  assert.is(conditionOf(plan, 'Failed')?.reason, 'InvalidExperiment');
});

changed('that leaves target and sense as they are changes nothing else', () => {
  const before = waiting();
  const { intervalSeconds, ...rest } = before.spec.duration;
  const after = edited(before, { duration: { ...rest, intervalSeconds: 2 * intervalSeconds } });
  const { status } = startedAt(after, 10)!;
  assert.equal(status, { ...before.status, observedGeneration: 2 });
});

changed('of the target ends one that initializes: it holds another', () => {
  const plan = startedAt(edited(initializing(), { target: 'other' }), 10)!;
  assert.is(plan.status.stage, 'Completed');
  assert.match(plan.status.message!, 'spec.target: it cannot be changed');
});

changed('of the target gives back what one has recorded', () => {
  for (const [, build, held] of STAGES.slice(2)) {
    const plan = startedAt(edited(build(), { target: 'other' }), 10, held)!;
    assert.is(plan.status.stage, 'Finishing');
    assert.is(plan.status.outcome?.reason, 'InvalidExperiment');
    assert.equal(plan.status.currentWeightDistribution, shares(100, 0));
  }
});

changed('of the freeze windows to what nobody understands ends it', () => {
  const freeze = { kind: 'Invalid', field: 'windows[0].rule', message: 'no rule' } as const;
  const before = edited(waiting(freezing('Promotion')), {});
  const plan = startedAt(before, 10, { freeze })!;
  assert.match(plan.status.message!, 'spec.strategy.freeze.windows[0].rule: no rule');
});

for (const tests of [free, suspended, frozen, called, changed]) tests.run();
