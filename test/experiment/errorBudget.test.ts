import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  conditionOf,
  CONFORMANCE,
  criteriaOf,
  following,
  iterate,
  iterated,
  iteratedTimes,
  latency,
  measured,
  reasons,
  running,
  strategyOf,
  type Look,
} from '../fixtures.ts';
import { edited, freezeRules, frozenUntil } from './people.ts';

const ERROR: Look = { measurements: latency(50, 'error') };
const BOTH: Look = { measurements: latency('error', 'error') };
const BASELINE: Look = { measurements: latency('error', 60) };
const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };

const uncounted = suite('a look at which a deciding metric has no answer');

for (const [whose, look] of [
  ['the candidate’s', ERROR],
  ['the baseline’s', BASELINE],
  ['both’s', BOTH],
] as const) {
  uncounted(`does not count as an iteration: ${whose}`, () => {
    const before = iteratedTimes(running(), 3);
    const plan = iterate(before, look);
    assert.is(plan.status.completedIterations, 3);
    assert.is(plan.status.consecutiveErrors, 1);
    assert.equal(plan.status.history, before.status!.history);
    assert.is(plan.status.nextIterationTime, at(105).toISOString());
    assert.match(plan.status.message!, /^MetricsUnavailable: 1 of 5 looks in a row/);
    assert.match(plan.status.message!, 'the weights are held and the iteration is repeated');
  });

  uncounted(`raises no weight, however often it comes: ${whose}`, () => {
    for (const looks of [1, 2, 4]) {
      assert.is(candidateWeight(iteratedTimes(running(), looks, look)), 1);
      assert.is(candidateWeight(iteratedTimes(iteratedTimes(running(), 3), looks, look)), 31);
    }
  });

  uncounted(`ends nothing where it would have been the last: ${whose}`, () => {
    const last = running({ spec: LAST });
    const held = iteratedTimes(last, 4, look);
    assert.is(held.status!.stage, 'Running');
    assert.is(iterate(held).status.outcome?.reason, 'CandidateWon');
  });
}

uncounted('is one for an objective alone: what only is reported decides nothing', () => {
  const experiment = running({
    spec: {
      criteria: { objectives: [{ metric: 'latency', upperLimit: 100 }], indicators: ['load'] },
    },
  });
  const measurements = measured({
    latency: { default: 50, canary: 60 },
    load: { default: 'error', canary: 'error' },
  });
  assert.is(iterate(experiment, { measurements }).status.completedIterations, 1);
});

uncounted('is not one without a value: nothing is known then, but something was answered', () => {
  const before = iterated(running(), [ERROR]);
  const { status } = iterate(before, { measurements: latency('none', 'nan') });
  assert.is(status.completedIterations, 1);
  assert.is(status.consecutiveErrors, 0);
});

uncounted('does not keep a violation of another objective from rolling back', () => {
  const objectives = [
    { metric: 'latency', upperLimit: 100, rollback_on_failure: true },
    { metric: 'errors', upperLimit: 5 },
  ];
  const measurements = measured({
    latency: { default: 50, canary: 160 },
    errors: { default: 1, canary: 'error' },
  });
  const plan = iterate(running({ spec: { criteria: { objectives } } }), { measurements });
  assert.is(plan.status.outcome?.reason, 'ObjectiveViolated');
});

uncounted('warns once for each series of them', () => {
  const first = iterate(running(), ERROR);
  assert.equal(reasons(first), ['MetricsUnavailable']);
  const again = iterate(following(running(), first), ERROR);
  assert.equal(reasons(again), []);
  const recovered = iterated(following(running(), again), [{}]);
  assert.equal(reasons(iterate(recovered, ERROR)), ['MetricsUnavailable']);
});

const budget = suite('spec.criteria.consecutiveErrorLimit');

function limited(consecutiveErrorLimit: number): Experiment {
  const objectives = [{ metric: 'latency', upperLimit: 100 }];
  return running({ spec: { criteria: { objectives, consecutiveErrorLimit } } });
}

for (const limit of [1, 2, 5, 12]) {
  budget(`of ${limit} rolls back at that look, as failed, and never promotes`, () => {
    const before = iteratedTimes(limited(limit), limit - 1, ERROR);
    assert.is(before.status!.stage, 'Running');
    const plan = iterate(before, ERROR);
    const { outcome } = plan.status;
    assert.equal([outcome?.decision, outcome?.reason], ['Rollback', 'MetricsUnavailable']);
    assert.match(outcome!.message, `${limit} looks in a row without an answer`);
    assert.match(outcome!.message, 'canary: latency: no answer in time');
    assert.is(conditionOf(plan, 'Failed')?.status, 'True');
    assert.is(candidateWeight(plan), 0);
  });
}

budget('begins anew with every answer', () => {
  const held = iteratedTimes(limited(3), 2, ERROR);
  const answered = iterated(held, [{}]);
  assert.is(answered.status!.consecutiveErrors, 0);
  assert.is(iteratedTimes(answered, 2, ERROR).status!.stage, 'Running');
  assert.is(iteratedTimes(answered, 3, ERROR).status!.outcome?.reason, 'MetricsUnavailable');
});

budget('ends a run at its last iteration as well, and one that awaits nothing more', () => {
  const last = iteratedTimes(running(), 14);
  assert.is(iteratedTimes(last, 5, BOTH).status!.outcome?.reason, 'MetricsUnavailable');
});

budget('counts by the limit of now', () => {
  const held = iteratedTimes(limited(9), 3, ERROR);
  const objectives = [{ metric: 'latency', upperLimit: 100 }];
  const stricter = edited(held, { criteria: criteriaOf({ objectives, consecutiveErrorLimit: 2 }) });
  assert.is(iterate(stricter, ERROR).status.outcome?.reason, 'MetricsUnavailable');
});

budget('ends Conformance, too', () => {
  const measurements = measured({ latency: { default: 'error' } });
  const watched = running({ spec: CONFORMANCE });
  const ended = iteratedTimes(watched, 5, { measurements });
  assert.is(ended.status!.outcome?.reason, 'MetricsUnavailable');
});

budget('does not wait for a freeze window: a rollback never does', () => {
  const strategy = strategyOf({ freeze: freezeRules('Experiment') });
  const look = { ...ERROR, freeze: frozenUntil(1e6) };
  const ended = iteratedTimes(running({ spec: { strategy } }), 5, look);
  assert.is(ended.status!.outcome?.reason, 'MetricsUnavailable');
});

uncounted.run();
budget.run();
