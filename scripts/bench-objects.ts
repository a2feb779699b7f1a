// Objects for benchmarks, of the size and shape that a cluster has.
import type { Experiment } from '../functions/lib/types/experiment.gen.ts';

const METRICS = ['request-count', 'mean-latency', '95th-percentile-tail-latency', 'error-rate'];
const CANARY_SHARE = {
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  namespace: 'bench',
  name: 'iris',
  fieldPath: '.spec.predictor.canaryTrafficPercent',
};

/** A running Canary experiment that is due, with four metrics. `prometheus` is a base URL. */
export function experiment(prometheus: string, now: Date): Experiment {
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: {
      name: 'bench',
      namespace: 'bench',
      uid: '5f3a1f6e-3f0e-4e8c-9d53-0f2d5d9c4a11',
      resourceVersion: '42',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'iter8.tools/stage': 'Running' },
      finalizers: ['iter8.tools/traffic'],
    },
    spec: {
      target: 'bench/iris',
      strategy: {
        testingPattern: 'Canary',
        deploymentPattern: 'Progressive',
        weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 },
      },
      criteria: {
        requestCount: METRICS[0]!,
        minimumRequests: 10,
        consecutiveErrorLimit: 5,
        objectives: METRICS.slice(1).map((metric) => ({ metric, upperLimit: 100 })),
      },
      duration: { intervalSeconds: 20, iterationsPerLoop: 100_000, maxLoops: 1 },
    },
    status: statusOf(prometheus, now),
  };
}

function statusOf(prometheus: string, now: Date): Experiment['status'] {
  const secondsAgo = (seconds: number): string =>
    new Date(now.getTime() - seconds * 1000).toISOString();
  const variables = (revision: string): { name: string; value: string }[] => [
    { name: 'revision', value: revision },
    { name: 'namespace', value: 'bench' },
  ];
  return {
    run: 1,
    stage: 'Running',
    initTime: secondsAgo(100),
    stageStartTime: secondsAgo(90),
    startTime: secondsAgo(90),
    nextIterationTime: secondsAgo(1),
    completedIterations: 4,
    conditions: [],
    target: {
      type: 'InferenceService',
      lock: 'InferenceService.serving.kserve.io/bench/iris',
      baselineRevision: 'iris-predictor-00001',
      candidateRevision: 'iris-predictor-00002',
      originals: [{ ...CANARY_SHARE, value: 1 }],
    },
    versionInfo: {
      baseline: { name: 'default', variables: variables('iris-predictor-00001') },
      candidates: [
        {
          name: 'canary',
          variables: variables('iris-predictor-00002'),
          weightObjRef: CANARY_SHARE,
        },
      ],
    },
    // Already at its highest, so that the weights do not change.
    currentWeightDistribution: [
      { name: 'default', value: 5 },
      { name: 'canary', value: 95 },
    ],
    metrics: METRICS.map((name) => ({
      name: `iter8-system/${name}`,
      metricObj: { spec: metricSpec(name, prometheus) },
    })),
  };
}

function metricSpec(
  name: string,
  prometheus: string,
): NonNullable<NonNullable<Experiment['status']>['metrics']>[number]['metricObj']['spec'] {
  const value = `sum(increase(${name.replaceAll('-', '_')}{revision_name='$revision'}[\${elapsedTime}s]))`;
  return {
    type: 'Gauge',
    method: 'GET',
    provider: 'prometheus',
    urlTemplate: `${prometheus}/api/v1/query`,
    params: [{ name: 'query', value }],
    jqExpression: '.data.result[0].value[1] | tonumber',
  };
}

/** The InferenceService of that experiment, its canary at 95 %. */
export function inferenceService(): object {
  const traffic = [
    { revisionName: 'iris-predictor-00002', latestRevision: true, percent: 95 },
    { revisionName: 'iris-predictor-00001', latestRevision: false, percent: 5, tag: 'prev' },
  ];
  return {
    apiVersion: CANARY_SHARE.apiVersion,
    kind: CANARY_SHARE.kind,
    metadata: { name: 'iris', namespace: 'bench', resourceVersion: '7' },
    spec: {
      predictor: {
        canaryTrafficPercent: 95,
        model: { modelFormat: { name: 'sklearn' }, storageUri: 'gs://models/iris/2' },
      },
    },
    status: {
      deploymentMode: 'Knative',
      conditions: [{ type: 'PredictorReady', status: 'True' }],
      components: {
        predictor: {
          latestCreatedRevision: 'iris-predictor-00002',
          latestReadyRevision: 'iris-predictor-00002',
          latestRolledoutRevision: 'iris-predictor-00001',
          traffic,
        },
      },
    },
  };
}
