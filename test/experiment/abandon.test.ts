import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abandon } from '../../functions/lib/experiment/finish.ts';
import {
  at,
  conditionOf,
  following,
  having,
  iterate,
  iterated,
  observed,
  recorded,
  running,
  shares,
} from '../fixtures.ts';
import {
  assertCompleted,
  concluding,
  LAST,
  planOf,
  PROMOTED,
  promoting,
  RESTORED,
  SETTLED,
  TOLD,
} from './finishing.ts';

const overtaken = suite('a promotion that another revision has overtaken');
const message = 'm-3 replaced m-2';

overtaken('is taken back where the candidate has not been rolled out yet', () => {
  const seen = observed(shares(99, 1), { takenOver: { message, isPromoted: false } });
  const plan = planOf(concluding(promoting, seen, SETTLED), 'Wait');
  assert.is(plan.status.stage, 'Finishing');
  assert.is(plan.status.outcome?.decision, 'Rollback');
  assert.is(plan.status.outcome?.reason, 'TargetSuperseded');
  assert.equal(plan.status.currentWeightDistribution, shares(100, 0));
  assert.is(plan.status.versionRecommendedForPromotion, 'default');
  const then = concluding(following(promoting, plan), seen, SETTLED + 10);
  assert.is(then.kind, 'Write');
});

overtaken('ends as failed where there is no way back', () => {
  const seen = observed(shares(0, 100), { takenOver: { message, isPromoted: true } });
  const plan = planOf(concluding(promoting, seen, SETTLED), 'Complete');
  assertCompleted(plan, 'TargetSuperseded');
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
  assert.is(conditionOf(plan, 'Promoted')?.status, 'False');
});

const left = suite('abandon');

for (const [stage, experiment] of [
  ['Initializing', recorded()],
  ['Running', iterated(running(), [{}, {}])],
] as const) {
  left(`gives the baseline its traffic back where one that is ${stage} is deleted`, () => {
    const { status, announcements } = abandon(experiment.status!, at(99));
    assert.is(status.stage, 'Finishing');
    assert.is(status.outcome?.decision, 'Rollback');
    assert.is(status.outcome?.reason, 'Deleted');
    assert.equal(status.currentWeightDistribution, shares(100, 0));
    assert.is(conditionOf({ status }, 'Failed')?.status, 'False');
    assert.is(announcements.length, 1);
    const done = concluding(having(experiment, status), RESTORED, 99 + 55);
    assertCompleted(planOf(done, 'Complete'), 'Deleted');
  });
}

left('is not for an experiment that is finishing already: its outcome stands', () => {
  assert.throws(() => abandon(promoting.status!, at(99)), 'must not move an experiment');
});

const once = suite('what is told');

once('is told by the step that decides, not by those that wait', () => {
  const told = [
    iterate(running({ spec: LAST })),
    planOf(concluding(promoting, TOLD, SETTLED), 'Wait'),
    planOf(concluding(promoting, PROMOTED, SETTLED - 1), 'Wait'),
    planOf(concluding(promoting, PROMOTED, SETTLED), 'Complete'),
  ].map(({ announcements }) => announcements.map(({ reason }) => reason));
  assert.equal(told, [['CandidateWon', 'WeakEvidence'], [], [], ['ExperimentCompleted']]);
});

for (const tests of [overtaken, left, once]) tests.run();
