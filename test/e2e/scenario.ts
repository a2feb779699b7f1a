// A model with a baseline and a candidate, traffic on it, and an experiment, in its own namespace.
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad, type Load } from '../../sandbox/load.ts';
import { install } from '../../sandbox/install.ts';
import { KubeError, type KubeObject } from '../../sandbox/kube.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Cluster } from './cluster.ts';

/** What a scenario is made of; everything has a usual value. */
export type Setup = {
  /** A behaviour of the sandbox's models for the candidate, such as "faulty?errors=0.3". */
  candidate?: string;
  requestsPerSecond?: number;
  spec?: Record<string, unknown>;
  duration?: { intervalSeconds: number; iterationsPerLoop: number };
  objectives?: object[];
  /** How much evidence a decision needs. */
  strength?: object;
};

export type Scenario = {
  namespace: string;
  load: Load;
  experiment: () => Promise<Experiment | undefined>;
  service: () => Promise<Service>;
};

/** An object as a user writes it. */
export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
};

export type Service = {
  metadata: { generation: number; annotations?: Record<string, string> };
  spec: { predictor: { canaryTrafficPercent?: number } };
  status?: {
    components?: {
      predictor?: {
        latestCreatedRevision?: string;
        latestRolledoutRevision?: string;
        traffic?: { revisionName: string; percent: number }[];
      };
    };
  };
};

const SERVICES = 'apis/serving.kserve.io/v1beta1';
const LABELS = "namespace_name='$namespace',revision_name='$revision'";

const QUERIES: Record<string, string> = {
  'request-count': `sum(increase(revision_app_request_latencies_count{${LABELS}}[\${elapsedTime}s]))`,
  'mean-latency': `sum(increase(revision_app_request_latencies_sum{${LABELS}}[\${elapsedTime}s])) / sum(increase(revision_app_request_latencies_count{${LABELS}}[\${elapsedTime}s]))`,
  '95th-percentile-tail-latency': `histogram_quantile(0.95, sum by (le) (increase(revision_app_request_latencies_bucket{${LABELS}}[\${elapsedTime}s])))`,
  'error-rate': `(sum(increase(revision_app_request_latencies_count{response_code_class!='2xx',${LABELS}}[\${elapsedTime}s])) or 0 * sum(increase(revision_app_request_latencies_count{${LABELS}}[\${elapsedTime}s]))) / sum(increase(revision_app_request_latencies_count{${LABELS}}[\${elapsedTime}s]))`,
};

/** How those values come about that can be proved. */
const EVIDENCE: Record<string, object> = {
  'error-rate': {
    kind: 'Rate',
    events: `revision_app_request_latencies_count{response_code_class!='2xx',${LABELS}}`,
    trials: `revision_app_request_latencies_count{${LABELS}}`,
  },
  '95th-percentile-tail-latency': {
    kind: 'Quantile',
    quantile: '0.95',
    buckets: `revision_app_request_latencies_bucket{${LABELS}}`,
  },
};

export const OBJECTIVES = [
  { metric: 'mean-latency', upperLimit: 200 },
  { metric: 'error-rate', upperLimit: '0.05' },
];

/** The Metric objects of all scenarios, in the product's namespace. */
export function metricObjects(prometheus: string): object[] {
  return Object.entries(QUERIES).map(([name, value]) => ({
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Metric',
    metadata: { name, namespace: 'iter8-system' },
    spec: {
      provider: 'prometheus',
      ...(EVIDENCE[name] && { evidence: EVIDENCE[name] }),
      urlTemplate: `${prometheus}/api/v1/query`,
      jqExpression: '.data.result[0].value[1] | tonumber',
      params: [{ name: 'query', value }],
    },
  }));
}

/** Creates objects, or changes them to what is given. */
export function apply({ kube }: Cluster, objects: readonly object[]): Promise<void> {
  return install(kube, objects as KubeObject[]);
}

/** Deploys a baseline, waits for it, and deploys a candidate beside it without traffic. */
export async function deployModel(
  cluster: Cluster,
  namespace: string,
  candidate: string,
): Promise<void> {
  await apply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  await apply(cluster, [inferenceService(namespace, 'good')]);
  await until(`the baseline of ${namespace}`, async () => {
    const { status } = await getService(cluster, namespace);
    return status?.components?.predictor?.latestRolledoutRevision !== undefined;
  });
  await apply(cluster, [inferenceService(namespace, candidate, 0)]);
}

/** Starts a scenario: the model, traffic on its front door, and the experiment. */
export async function startScenario(
  cluster: Cluster,
  namespace: string,
  setup: Setup = {},
): Promise<Scenario> {
  await deployModel(cluster, namespace, setup.candidate ?? 'good?ms=11');
  const origin = await cluster.serving.open(namespace, 'iris-predictor');
  const url = `${origin}/v1/models/iris:predict`;
  const load = startLoad({ url, requestsPerSecond: setup.requestsPerSecond ?? 20 });
  keepLoad(cluster, load);
  await apply(cluster, [experimentObject(namespace, setup)]);
  return {
    namespace,
    load,
    experiment: () => getExperiment(cluster, namespace),
    service: () => getService(cluster, namespace),
  };
}

/** Lets a load end with its cluster. */
export function keepLoad({ keep }: Cluster, load: Load): void {
  keep({
    stop: async () => {
      await load.stop();
    },
  });
}

/** The experiment of a scenario, as a user would write it. */
export function experimentObject(namespace: string, setup: Setup): Manifest {
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name: 'experiment', namespace },
    spec: {
      target: `${namespace}/iris`,
      strategy: { testingPattern: 'Canary' },
      criteria: {
        requestCount: 'request-count',
        objectives: setup.objectives ?? OBJECTIVES,
        ...(setup.strength && { strength: setup.strength }),
      },
      duration: setup.duration ?? { intervalSeconds: 3, iterationsPerLoop: 8 },
      ...setup.spec,
    },
  };
}

export function inferenceService(
  namespace: string,
  behaviour: string,
  canaryTrafficPercent?: number,
): Manifest {
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'iris', namespace },
    spec: {
      predictor: {
        ...(canaryTrafficPercent !== undefined && { canaryTrafficPercent }),
        model: { modelFormat: { name: 'sklearn' }, storageUri: `sandbox://${behaviour}` },
      },
    },
  };
}

export function getService({ kube }: Cluster, namespace: string): Promise<Service> {
  return kube.get<Service>(`/${SERVICES}/namespaces/${namespace}/inferenceservices/iris`);
}

/** The path of an experiment. */
export function experimentPath(namespace: string, name = 'experiment'): string {
  return `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments/${name}`;
}

export async function getExperiment(
  { kube }: Cluster,
  namespace: string,
  name?: string,
): Promise<Experiment | undefined> {
  try {
    return await kube.get<Experiment>(experimentPath(namespace, name));
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined;
    throw error;
  }
}

/** Waits until an experiment has completed and gives it. */
export async function completed(scenario: Scenario, seconds = 120): Promise<Experiment> {
  let last: Experiment | undefined;
  await until(
    `${scenario.namespace} to complete`,
    async () => {
      last = await scenario.experiment();
      return last?.status?.stage === 'Completed';
    },
    seconds,
    () => JSON.stringify(last?.status, null, 1),
  );
  return last!;
}

/** The share of traffic that a revision gets by KServe's account, in percent. */
export function trafficAt(service: Service, revision: string): number {
  const traffic = service.status?.components?.predictor?.traffic ?? [];
  return traffic
    .filter(({ revisionName }) => revisionName === revision)
    .reduce((sum, { percent }) => sum + percent, 0);
}

/** The status of a condition. */
export function condition(experiment: Experiment, type: string): string | undefined {
  return experiment.status?.conditions?.find((one) => one.type === type)?.status;
}

/** Waits for something to become true. Throws, with what `tell` has to say, where it does not in time. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  seconds = 60,
  tell: () => string | undefined = () => '',
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}; ${tell() ?? ''}`);
    await sleep(200);
  }
}
