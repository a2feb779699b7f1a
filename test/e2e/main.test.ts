import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { startCluster } from './cluster.ts';
import {
  apply,
  completed,
  condition,
  metricObjects,
  startScenario,
  trafficAt,
  type Scenario,
  type Setup,
} from './scenario.ts';

const cluster = await startCluster();
const job = suite('the main job');

/** All scenarios run side by side from the start; each test waits for its own. */
const SETUPS: Record<string, Setup> = {
  good: {},
  faulty: { candidate: 'faulty?errors=0.5' },
  'faulty-strict': {
    candidate: 'faulty?errors=0.5',
    objectives: [{ metric: 'error-rate', upperLimit: '0.05', rollback_on_failure: true }],
  },
  slow: { candidate: 'slow?ms=500' },
  unready: { candidate: 'unready' },
};

type Run = { scenario: Scenario; end: Promise<Experiment> };
const runs = new Map<string, Promise<Run>>();

job.before(async () => {
  if (!cluster) return;
  await apply(cluster, metricObjects(cluster.prometheus.url));
  for (const [name, setup] of Object.entries(SETUPS)) {
    const run = startScenario(cluster, `e2e-${name}`, setup).then((scenario) => {
      const end = completed(scenario);
      end.catch(() => undefined);
      return { scenario, end };
    });
    run.catch(() => undefined);
    runs.set(name, run);
  }
});

job.after(async () => {
  for (const run of runs.values()) {
    const settled = await run.catch(() => undefined);
    await settled?.scenario.load.stop();
  }
  await cluster?.stop();
});

async function endOf(name: string): Promise<{ experiment: Experiment; scenario: Scenario }> {
  const { scenario, end } = await runs.get(name)!;
  return { experiment: await end, scenario };
}

if (cluster) {
  job('a good candidate earns its traffic step by step and is promoted', async () => {
    const { experiment, scenario } = await endOf('good');
    const { status } = experiment;
    assert.is(condition(experiment, 'Promoted'), 'True', JSON.stringify(status));
    assert.is(status?.versionRecommendedForPromotion, 'canary');
    const { spec, status: seen } = await scenario.service();
    assert.is(spec.predictor.canaryTrafficPercent, 100);
    assert.is(seen?.components?.predictor?.latestRolledoutRevision, 'iris-predictor-00002');
    assert.equal(experiment.metadata.finalizers ?? [], []);
    assert.is(experiment.metadata.labels?.['iter8.tools/stage'], 'Completed');
  });

  for (const name of ['faulty', 'faulty-strict', 'slow', 'unready']) {
    job(`a candidate that is ${name} is rolled back`, async () => {
      const { experiment, scenario } = await endOf(name);
      assert.is(condition(experiment, 'RolledBack'), 'True', JSON.stringify(experiment.status));
      assert.is(condition(experiment, 'Promoted'), 'False');
      assert.is(experiment.status?.versionRecommendedForPromotion, 'default');
      const service = await scenario.service();
      assert.is(service.spec.predictor.canaryTrafficPercent, 0);
      assert.is(trafficAt(service, 'iris-predictor-00001'), 100);
    });
  }
}

job.run();
