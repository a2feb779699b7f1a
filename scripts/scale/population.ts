// Many experiments and their InferenceServices, made from a template.
import { inParallel } from '../../functions/lib/parallel.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Kube } from '../../sandbox/kube.ts';
import { NAMES, type Template } from './template.ts';

/** When the next iteration of each experiment is due, in milliseconds, by "namespace/name". */
export type Population = Map<string, number>;

const NAMESPACES = 10;
const AT_ONCE = 32;
const GROUP = '/apis/iter8.tools/v2alpha2';
const SERVING = '/apis/serving.kserve.io/v1beta1';

/** Creates the namespaces of all populations. */
export async function createNamespaces(kube: Kube): Promise<void> {
  for (let index = 0; index < NAMESPACES; index++) {
    const metadata = { name: `scale-${index}` };
    await kube.create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata,
    });
  }
}

/**
 * Creates so many running experiments, each with its InferenceService. They become due evenly over
 * the interval that begins at `from` (milliseconds).
 */
export async function createRunning(
  kube: Kube,
  template: Template,
  prometheus: string,
  { size, from, intervalSeconds }: { size: number; from: number; intervalSeconds: number },
): Promise<Population> {
  const dues: Population = new Map();
  const tasks = Array.from({ length: size }, (_, index) => async () => {
    const due = from + (index / size) * intervalSeconds * 1000;
    const named = withInterval(rename(template, prometheus, index), intervalSeconds);
    await createService(kube, named.service);
    await createExperiment(kube, named.experiment, {
      ...named.experiment.status,
      nextIterationTime: new Date(due).toISOString(),
    });
    dues.set(keyOf(named.experiment), due);
  });
  await inParallel(tasks, AT_ONCE);
  return dues;
}

const IDLE_INTERVAL_SECONDS = 3600;

/**
 * Creates so many running experiments, as small as they can be, that all become due at one time
 * within the next hour.
 */
export async function createIdle(
  kube: Kube,
  template: Template,
  { size, due }: { size: number; due: number },
): Promise<void> {
  const nextIterationTime = new Date(due).toISOString();
  const tasks = Array.from({ length: size }, (_, index) => async () => {
    const { experiment } = withInterval(rename(template, '', index), IDLE_INTERVAL_SECONDS);
    const { strategy, target, duration } = experiment.spec;
    const { run, stage, completedIterations, conditions } = experiment.status!;
    const { lock } = experiment.status!.target!;
    await createExperiment(
      kube,
      { ...experiment, spec: { strategy, target, duration } },
      {
        ...{ run, stage, completedIterations, conditions },
        nextIterationTime,
        target: { lock },
      },
    );
  });
  await inParallel(tasks, AT_ONCE);
}

function keyOf({ metadata }: Experiment): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function withInterval({ experiment, ...rest }: Template, intervalSeconds: number): Template {
  const duration = { ...experiment.spec.duration, intervalSeconds };
  return { ...rest, experiment: { ...experiment, spec: { ...experiment.spec, duration } } };
}

/** The template with names of its own, and the address where its metrics are now. */
function rename(template: Template, prometheus: string, index: number): Template {
  const names = {
    [NAMES.namespace]: `scale-${index % NAMESPACES}`,
    [NAMES.experiment]: `experiment-${index}`,
    [NAMES.service]: `good-${index}`,
    [template.prometheus]: prometheus,
  };
  const text = Object.entries(names).reduce(
    (before, [name, own]) => before.replaceAll(name, own),
    JSON.stringify(template),
  );
  return JSON.parse(text) as Template;
}

async function createService(kube: Kube, service: Template['service']): Promise<void> {
  const { apiVersion, kind, metadata, spec, status } = service;
  const { name, namespace } = metadata;
  const folder = `${SERVING}/namespaces/${namespace!}/inferenceservices`;
  await kube.create(folder, {
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec,
  });
  await kube.patch(`${folder}/${name}/status`, { status });
}

async function createExperiment(
  kube: Kube,
  { apiVersion, kind, metadata, spec }: Experiment,
  status: object,
): Promise<void> {
  const { name, namespace, labels, finalizers } = metadata;
  const folder = `${GROUP}/namespaces/${namespace}/experiments`;
  await kube.create(folder, {
    apiVersion,
    kind,
    metadata: { name, namespace, labels, finalizers },
    spec,
  });
  await kube.patch(`${folder}/${name}/status`, { status });
}
