// One experiment that the functions themselves have brought on its way, to make many from.
import { setTimeout as sleep } from 'node:timers/promises';
import { install } from '../../sandbox/install.ts';
import type { Kube, KubeObject } from '../../sandbox/kube.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { startMeasuredCluster } from './cluster.ts';
import { LIMITS } from './queries.ts';

/** An experiment and its InferenceService as they are after some iterations. */
export type Template = {
  experiment: Experiment;
  service: KubeObject;
  prometheus: string;
};

/** What is theirs alone in a template: one text for each name. */
export const NAMES = {
  namespace: 'template-namespace',
  experiment: 'template-experiment',
  service: 'good-template-service',
} as const;

const ITERATIONS = 3;
const PATIENCE_SECONDS = 120;
/** The candidate soon has all that it may get, so that the weights do not change any more. */
const MAX_WEIGHT = 10;
const MAX_HISTORY = 120;

const { namespace } = NAMES;
const SERVICE_PATH = `/apis/serving.kserve.io/v1beta1/namespaces/${namespace}/inferenceservices/${NAMES.service}`;
const EXPERIMENT_PATH = `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments/${NAMES.experiment}`;

/** Lets the functions run one experiment for three iterations. Throws where that does not come about. */
export async function makeTemplate(): Promise<Template> {
  const { sandbox, standIns } = await startMeasuredCluster({ tickMs: 1000 });
  try {
    const experiment = await runOne(sandbox);
    const service = await sandbox.kube.get(SERVICE_PATH);
    return {
      experiment: aged(experiment),
      service,
      prometheus: standIns.prometheus,
    };
  } finally {
    await sandbox.stop();
  }
}

async function runOne({ kube }: Sandbox): Promise<Experiment> {
  await install(kube, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    inferenceService('sandbox://good'),
  ]);
  await until('the baseline', async () => (await rolledOut(kube)) !== undefined);
  await install(kube, [inferenceService('sandbox://good?ms=11', 0), experimentObject()]);
  const get = (): Promise<Experiment> => kube.get<Experiment>(EXPERIMENT_PATH);
  await until('the template', async () => {
    const { status } = await get();
    return (status?.completedIterations ?? 0) >= ITERATIONS;
  });
  return get();
}

async function rolledOut(kube: Kube): Promise<string | undefined> {
  const { status } = await kube.get<{
    status?: {
      components?: { predictor?: { latestRolledoutRevision?: string } };
    };
  }>(SERVICE_PATH);
  return status?.components?.predictor?.latestRolledoutRevision;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_SECONDS} s for ${what}`);
    await sleep(200);
  }
}

function inferenceService(storageUri: string, canaryTrafficPercent?: number): KubeObject {
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: NAMES.service, namespace },
    spec: {
      predictor: {
        ...(canaryTrafficPercent !== undefined && { canaryTrafficPercent }),
        model: { modelFormat: { name: 'sklearn' }, storageUri },
      },
    },
  };
}

function experimentObject(): KubeObject {
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name: NAMES.experiment, namespace },
    spec: {
      target: NAMES.service,
      strategy: {
        testingPattern: 'Canary',
        weights: { maxCandidateWeight: MAX_WEIGHT },
      },
      criteria: {
        requestCount: 'request-count',
        objectives: Object.entries(LIMITS).map(([metric, upperLimit]) => ({
          metric,
          upperLimit,
        })),
      },
      duration: { intervalSeconds: 1, iterationsPerLoop: 100_000 },
    },
  };
}

/** The same with as long a history as a status keeps, if it keeps one: that of a long experiment. */
function aged(experiment: Experiment): Experiment {
  const status = experiment.status as { history?: unknown[] };
  const { history } = status;
  if (!history?.length) return experiment;
  const points = Array.from({ length: MAX_HISTORY }, (_, index) => history[index % history.length]);
  return {
    ...experiment,
    status: { ...experiment.status, history: points } as never,
  };
}
