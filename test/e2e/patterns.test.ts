import * as assert from 'uvu/assert';
import { hasVirtualServices } from './cluster.ts';
import {
  completed,
  condition,
  experimentPath,
  getExperiment,
  startScenario,
  trafficAt,
  until,
  type Setup,
} from './scenario.ts';
import { storiesOn, type Story } from './stories.ts';
import { startVirtualServiceScenario, weightsOf } from './virtual-service.ts';

const FIXED: Setup = {
  spec: {
    strategy: {
      testingPattern: 'Canary',
      deploymentPattern: 'FixedSplit',
      weights: { split: [60, 40] },
    },
  },
};
const BLUE_GREEN: Setup = {
  spec: { strategy: { testingPattern: 'Canary', deploymentPattern: 'BlueGreen' } },
};
const LONG: Setup = { duration: { intervalSeconds: 3, iterationsPerLoop: 100 } };

const stories: Record<string, Story> = {
  'FixedSplit keeps its split until the end and then promotes': async (cluster) => {
    const scenario = await startScenario(cluster, 'e2e-fixed-split', FIXED);
    await until('the first iterations', async () => {
      return ((await scenario.experiment())?.status?.completedIterations ?? 0) >= 3;
    });
    assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 40);
    assert.is(condition(await completed(scenario), 'Promoted'), 'True');
    assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 100);
  },

  'BlueGreen switches at once and promotes what it switched to': async (cluster) => {
    const scenario = await startScenario(cluster, 'e2e-blue-green', BLUE_GREEN);
    await until('the switch', async () => {
      return (await scenario.experiment())?.status?.stage === 'Running';
    });
    assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 100);
    assert.is(condition(await completed(scenario), 'Promoted'), 'True');
    assert.is(trafficAt(await scenario.service(), 'iris-predictor-00002'), 100);
  },

  'BlueGreen with a faulty candidate switches back to the recorded revision': async (cluster) => {
    const setup = { ...BLUE_GREEN, candidate: 'faulty?errors=0.5' };
    const scenario = await startScenario(cluster, 'e2e-blue-green-faulty', setup);
    const end = await completed(scenario);
    assert.is(condition(end, 'RolledBack'), 'True', JSON.stringify(end.status));
    assert.is(end.status?.outcome?.reason, 'ObjectiveViolated');
    const service = await scenario.service();
    assert.is(service.spec.predictor.canaryTrafficPercent, 0);
    assert.is(trafficAt(service, 'iris-predictor-00001'), 100);
  },

  'Conformance judges and touches nothing': async (cluster) => {
    const setup = { spec: { strategy: { testingPattern: 'Conformance' } } };
    const scenario = await startScenario(cluster, 'e2e-conformance', setup);
    const before = (await scenario.service()).metadata.generation;
    const end = await completed(scenario);
    assert.is(end.status?.outcome?.reason, 'ConformanceMet', JSON.stringify(end.status));
    assert.is(end.status?.analysis?.winnerAssessment?.data.winner, 'default');
    assert.is((await scenario.service()).metadata.generation, before);
  },

  'a deleted experiment gives the traffic back before it goes': async (cluster) => {
    const scenario = await startScenario(cluster, 'e2e-deleted', LONG);
    await until('some traffic', async () => {
      return ((await scenario.experiment())?.status?.completedIterations ?? 0) >= 3;
    });
    const { namespace } = scenario;
    await cluster.kube.remove(experimentPath(namespace));
    await until('the experiment to be gone', async () => {
      return (await getExperiment(cluster, namespace)) === undefined;
    });
    const after = await scenario.service();
    assert.is(after.spec.predictor.canaryTrafficPercent, 0);
    assert.is(trafficAt(after, 'iris-predictor-00001'), 100);
  },

  'a candidate that breaks half-way loses its traffic': async (cluster) => {
    const scenario = await startScenario(cluster, 'e2e-broken-half-way', LONG);
    await until('some traffic', async () => {
      return ((await scenario.experiment())?.status?.completedIterations ?? 0) >= 3;
    });
    cluster.kserve.setReady(scenario.namespace, 'iris-predictor-00002', false);
    const end = await completed(scenario);
    assert.is(end.status?.outcome?.reason, 'CandidateNotReady', JSON.stringify(end.status));
    assert.is(trafficAt(await scenario.service(), 'iris-predictor-00001'), 100);
  },
};

/** They need the definition of VirtualServices, which this project does not bring. */
const istio: Record<string, Story> = {
  'weights in an Istio VirtualService follow a good candidate': async (cluster) => {
    const scenario = await startVirtualServiceScenario(cluster, 'e2e-istio-good', 'good');
    const end = await completed(scenario);
    assert.is(condition(end, 'Promoted'), 'True', JSON.stringify(end.status));
    assert.equal(await weightsOf(cluster, 'e2e-istio-good'), [0, 100]);
  },

  'weights in an Istio VirtualService leave a faulty candidate': async (cluster) => {
    const faulty = 'faulty?errors=0.5';
    const scenario = await startVirtualServiceScenario(cluster, 'e2e-istio-faulty', faulty);
    const end = await completed(scenario);
    assert.is(condition(end, 'RolledBack'), 'True', JSON.stringify(end.status));
    assert.equal(await weightsOf(cluster, 'e2e-istio-faulty'), [100, 0]);
  },
};

const patterns = await storiesOn('patterns', {
  ...stories,
  ...(hasVirtualServices && istio),
});
patterns.run();
