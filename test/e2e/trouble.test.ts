import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Cluster } from './cluster.ts';
import {
  apply,
  completed,
  condition,
  deployModel,
  experimentObject,
  getExperiment,
  inferenceService,
  startScenario,
  until,
  type Scenario,
} from './scenario.ts';
import { storiesOn, type Story } from './stories.ts';

const SHORT = { duration: { intervalSeconds: 2, iterationsPerLoop: 3 } };

/** What `kubectl describe` is made from: the experiments of a namespace and their Events. */
async function describe({ kube }: Cluster, namespace: string): Promise<string> {
  const experiments = await kube.list(
    `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments`,
  );
  const events = await kube.list(`/api/v1/namespaces/${namespace}/events`, {
    fieldSelector: 'involvedObject.kind=Experiment',
  });
  return JSON.stringify([...experiments, ...events], null, 1);
}

/** Waits until an experiment is as wanted. */
async function waitFor(
  cluster: Cluster,
  [namespace, name]: [string, string],
  isWanted: (experiment: Experiment) => boolean,
): Promise<void> {
  await until(`${namespace}/${name}`, async () => {
    const experiment = await getExperiment(cluster, namespace, name);
    return experiment !== undefined && isWanted(experiment);
  });
}

/** An experiment without a model or with one that is told of separately. */
async function lone(cluster: Cluster, namespace: string, ...objects: object[]): Promise<Scenario> {
  const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await apply(cluster, [own, ...objects, experimentObject(namespace, SHORT)]);
  return {
    namespace,
    load: { answers: () => ({}), stop: () => Promise.resolve({}) },
    experiment: () => getExperiment(cluster, namespace),
    service: () => Promise.reject(new Error('there is none')),
  };
}

async function failsWith(
  cluster: Cluster,
  scenario: Scenario,
  words: string[],
): Promise<Experiment> {
  const end = await completed(scenario);
  assert.is(condition(end, 'Failed'), 'True', JSON.stringify(end.status));
  const shown = await describe(cluster, scenario.namespace);
  for (const word of words) assert.match(shown, word);
  return end;
}

/** A Metric in the scenario's own namespace, which goes before the product's of the same name. */
function ownMetric(namespace: string, name: string, urlTemplate: string, query = 'up'): object {
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Metric',
    metadata: { name, namespace },
    spec: { provider: 'prometheus', urlTemplate, params: [{ name: 'query', value: query }] },
  };
}

/** A model with an experiment whose only objective is over a metric of its own. */
async function withMetric(
  cluster: Cluster,
  namespace: string,
  url: string,
  query?: string,
): Promise<Scenario> {
  const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await apply(cluster, [own, ownMetric(namespace, 'own', url, query)]);
  const criteria = { objectives: [{ metric: 'own', upperLimit: 1, rollback_on_failure: true }] };
  return startScenario(cluster, namespace, { ...SHORT, spec: { criteria } });
}

/** The end of an experiment that never learnt anything: rolled back, and the reason is told. */
async function endsUndecided(
  cluster: Cluster,
  scenario: Scenario,
  words: string[],
  reason = 'NoWinner',
): Promise<void> {
  await until('the first look', async () => {
    return (await scenario.experiment())?.status?.evidence !== undefined;
  });
  const shown = await describe(cluster, scenario.namespace);
  for (const word of words) assert.match(shown, word);
  const end = await completed(scenario);
  assert.is(end.status?.outcome?.reason, reason, JSON.stringify(end.status));
  assert.is(condition(end, 'Failed'), reason === 'NoWinner' ? 'False' : 'True');
  assert.is(condition(end, 'RolledBack'), 'True');
  assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 0);
}

const stories: Record<string, Story> = {
  'a target that does not exist is waited for, and named': async (cluster) => {
    const scenario = await lone(cluster, 'e2e-missing');
    await failsWith(cluster, scenario, [
      'TargetNotFound',
      'InferenceService e2e-missing/iris does not exist; create it',
    ]);
  },

  'a target that comes late is found': async (cluster) => {
    const scenario = await lone(cluster, 'e2e-late');
    await deployModel(cluster, 'e2e-late', 'good?ms=11');
    await until('it to run', async () => {
      return (await scenario.experiment())?.status?.startTime !== undefined;
    });
  },

  'a target without a second revision is waited for': async (cluster) => {
    const scenario = await lone(cluster, 'e2e-single', inferenceService('e2e-single', 'good'));
    await failsWith(cluster, scenario, ['NoCandidate', 'has one revision', 'canaryTrafficPercent']);
  },

  'a target in Standard mode is refused': async (cluster) => {
    const service = inferenceService('e2e-standard', 'good');
    service.metadata.annotations = { 'serving.kserve.io/deploymentMode': 'Standard' };
    const scenario = await lone(cluster, 'e2e-standard', service);
    await failsWith(cluster, scenario, ['TargetUnsupported', 'Standard mode', 'weightObjRef']);
  },

  'a target held by another experiment is waited for, and the holder named': async (cluster) => {
    const scenario = await startScenario(cluster, 'e2e-held', {
      duration: { intervalSeconds: 3, iterationsPerLoop: 3 },
    });
    const second = experimentObject('e2e-held', SHORT);
    second.metadata.name = 'second';
    await until('the first to hold the target', async () => {
      const first = await scenario.experiment();
      return first !== undefined && condition(first, 'TargetAcquired') === 'True';
    });
    await apply(cluster, [second]);
    await waitFor(cluster, ['e2e-held', 'second'], ({ status }) =>
      Boolean(status?.conditions?.some(({ reason }) => reason === 'TargetHeld')),
    );
    assert.match(await describe(cluster, 'e2e-held'), 'held by experiment e2e-held/experiment');
    await completed(scenario);
    await waitFor(
      cluster,
      ['e2e-held', 'second'],
      (experiment) => condition(experiment, 'TargetAcquired') === 'True',
    );
  },

  'a metric that does not exist is waited for, and the places named': async (cluster) => {
    await deployModel(cluster, 'e2e-no-metric', 'good?ms=11');
    const experiment = experimentObject('e2e-no-metric', SHORT);
    experiment.spec.criteria = { indicators: ['nowhere'] };
    await apply(cluster, [experiment]);
    const scenario = { ...(await lone(cluster, 'e2e-unused')), namespace: 'e2e-no-metric' };
    scenario.experiment = () => getExperiment(cluster, 'e2e-no-metric');
    await failsWith(cluster, scenario, [
      'MetricUnavailable',
      'looked for e2e-no-metric/nowhere and iter8-system/nowhere',
    ]);
  },

  'a Prometheus that is down is borne for a while, and then the baseline restored': async (
    cluster,
  ) => {
    const scenario = await withMetric(cluster, 'e2e-down', 'http://127.0.0.1:1/api/v1/query');
    const words = ['MetricsUnavailable', '127.0.0.1:1', 'ECONNREFUSED'];
    await endsUndecided(cluster, scenario, words, 'MetricsUnavailable');
    assert.is((await scenario.experiment())?.status?.completedIterations, 0);
  },

  'a Prometheus that does not answer is borne for a while, and then the baseline restored': async (
    cluster,
  ) => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/api/v1/query`;
    const scenario = await withMetric(cluster, 'e2e-silent', url);
    const words = ['MetricsUnavailable', 'no answer in time'];
    await endsUndecided(cluster, scenario, words, 'MetricsUnavailable');
    silent.closeAllConnections();
    silent.close();
  },

  'NaN leaves the experiment undecided, and says so': async (cluster) => {
    const url = `${cluster.prometheus.url}/api/v1/query`;
    const scenario = await withMetric(cluster, 'e2e-nan', url, 'vector(0) / vector(0)');
    await endsUndecided(cluster, scenario, ['NoData', 'the query gave NaN']);
  },

  'an empty answer leaves the experiment undecided, and says so': async (cluster) => {
    const url = `${cluster.prometheus.url}/api/v1/query`;
    const scenario = await withMetric(cluster, 'e2e-empty', url, 'no_such_series');
    await endsUndecided(cluster, scenario, ['NoData', 'the query found no series']);
  },

  'traffic that is not divided by the weights proves nothing, and the reason is told': async (
    cluster,
  ) => {
    const namespace = 'e2e-swapped';
    const url = `${cluster.prometheus.url}/api/v1/query`;
    const others = "namespace_name='$namespace',revision_name!='$revision'";
    const query = `sum(increase(revision_app_request_latencies_count{${others}}[\${elapsedTime}s]))`;
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
    await apply(cluster, [own, ownMetric(namespace, 'request-count', url, query)]);
    const duration = { intervalSeconds: 3, iterationsPerLoop: 5 };
    const scenario = await startScenario(cluster, namespace, { duration });
    const end = await failsWith(cluster, scenario, ['SampleRatioMismatch', 'let expect']);
    assert.is(end.status?.outcome?.reason, 'SampleRatioMismatch');
    assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 0);
  },

  'a target in another namespace is refused without its consent, and taken with it': async (
    cluster,
  ) => {
    await deployModel(cluster, 'e2e-owner', 'good?ms=11');
    const foreign = experimentObject('e2e-foreign', SHORT);
    foreign.spec.target = 'e2e-owner/iris';
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'e2e-foreign' } };
    await apply(cluster, [own, foreign]);
    const scenario = { ...(await lone(cluster, 'e2e-unused-too')), namespace: 'e2e-foreign' };
    scenario.experiment = () => getExperiment(cluster, 'e2e-foreign');
    await failsWith(cluster, scenario, ['TargetForbidden', 'kubectl annotate namespace e2e-owner']);
    const annotations = { 'iter8.tools/experiments-from': 'somebody,e2e-foreign' };
    await cluster.kube.patch('/api/v1/namespaces/e2e-owner', { metadata: { annotations } });
    foreign.metadata.name = 'second';
    await apply(cluster, [foreign]);
    await waitFor(cluster, ['e2e-foreign', 'second'], ({ status }) => status?.stage === 'Running');
  },

  'what is not built yet is refused by name': async (cluster) => {
    const scenario = await lone(cluster, 'e2e-refused');
    const acting = experimentObject('e2e-refused', SHORT);
    acting.metadata.name = 'acting';
    acting.spec.strategy = {
      testingPattern: 'Canary',
      actions: { finish: [{ run: 'true' }] },
    };
    await apply(cluster, [acting]);
    await waitFor(
      cluster,
      ['e2e-refused', 'acting'],
      (experiment) => condition(experiment, 'Failed') === 'True',
    );
    const shown = await describe(cluster, scenario.namespace);
    assert.match(shown, 'spec.strategy.actions: ');
  },
};

const trouble = await storiesOn('trouble', stories);
trouble.run();
