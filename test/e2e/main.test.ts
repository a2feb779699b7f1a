import * as assert from 'uvu/assert';
import type { Cluster } from './cluster.ts';
import { completed, condition, startScenario, trafficAt, type Setup } from './scenario.ts';
import { storiesOn, type Story } from './stories.ts';

const STRICT = [{ metric: 'error-rate', upperLimit: '0.05', rollback_on_failure: true }];

const BAD: Record<string, Setup & { name: string; reason: string }> = {
  'a faulty candidate is rolled back at the end': {
    name: 'faulty',
    candidate: 'faulty?errors=0.5',
    reason: 'BaselineWon',
  },
  'a faulty candidate is rolled back at once where the objective asks for it': {
    name: 'faulty-strict',
    candidate: 'faulty?errors=0.5',
    objectives: STRICT,
    reason: 'ObjectiveViolated',
  },
  'a slow candidate is rolled back': {
    name: 'slow',
    candidate: 'slow?ms=500',
    reason: 'BaselineWon',
  },
  'a candidate that never becomes ready is rolled back': {
    name: 'unready',
    candidate: 'unready',
    reason: 'CandidateNotReady',
  },
};

async function good(cluster: Cluster): Promise<void> {
  const scenario = await startScenario(cluster, 'e2e-good');
  const experiment = await completed(scenario);
  const { status, metadata } = experiment;
  assert.is(condition(experiment, 'Promoted'), 'True', JSON.stringify(status));
  assert.is(status?.versionRecommendedForPromotion, 'canary');
  const service = await scenario.service();
  assert.is(service.spec.predictor.canaryTrafficPercent, 100);
  assert.is(service.status?.components?.predictor?.latestRolledoutRevision, 'iris-predictor-00002');
  assert.equal(metadata.finalizers ?? [], []);
  assert.is(metadata.labels?.['iter8.tools/stage'], 'Completed');
  const { 200: answered = 0, ...others } = await scenario.load.stop();
  assert.ok(answered > 100);
  assert.equal(others, {}, 'no request was lost on the way');
}

function bad({ name, reason, ...setup }: Setup & { name: string; reason: string }): Story {
  return async (cluster) => {
    const scenario = await startScenario(cluster, `e2e-${name}`, setup);
    const experiment = await completed(scenario);
    assert.is(experiment.status?.outcome?.reason, reason, JSON.stringify(experiment.status));
    assert.is(condition(experiment, 'RolledBack'), 'True');
    assert.is(condition(experiment, 'Promoted'), 'False');
    assert.is(experiment.status?.versionRecommendedForPromotion, 'default');
    const service = await scenario.service();
    assert.is(service.spec.predictor.canaryTrafficPercent, 0);
    assert.is(trafficAt(service, 'iris-predictor-00001'), 100);
  };
}

const stories = Object.entries(BAD).map(([title, setup]) => [title, bad(setup)]);
const job = await storiesOn('the main job', {
  'a good candidate earns its traffic step by step and is promoted': good,
  ...(Object.fromEntries(stories) as Record<string, Story>),
});
job.run();
