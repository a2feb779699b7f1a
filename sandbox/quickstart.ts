import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Experiment } from '../functions/lib/types/experiment.gen.ts';
import { install } from './install.ts';
import type { KubeObject } from './kube.ts';
import { startLoad, type Load } from './load.ts';
import { readManifests } from './manifests.ts';
import type { Sandbox } from './sandbox.ts';

/** What the candidate can be like. */
export const CANDIDATES = ['good', 'faulty', 'slow', 'late', 'unready'] as const;
/** One of them. */
export type Candidate = (typeof CANDIDATES)[number];

/** What is run: the quickstart's own experiment, or the one of a file. */
export interface Quickstart {
  candidate: Candidate;
  experimentFile?: string;
}

/** A model with a baseline and a candidate, requests to it, and an experiment on it. */
export interface Run {
  experiment: { namespace: string; name: string };
  /** The path of the model's InferenceService. */
  service: string;
  load: Load;
  requestsPerSecond: number;
}

const SAMPLES = fileURLToPath(new URL('../samples/', import.meta.url));
/** So many are sent to the model. */
export const REQUESTS_PER_SECOND = 50;
/** Where the metrics of the samples look for theirs. */
const PACKS_PROMETHEUS = 'http://prometheus-operated.iter8-system:9090/';
const ROLLED_OUT_WITHIN_SECONDS = 30;
const SERVICE = 'serving.kserve.io/v1beta1';

/**
 * Sets the quickstart up as its README does by hand: metrics, baseline, requests, candidate,
 * experiment. `note` is told of each step. Throws where a manifest is refused, or where a file has
 * no Experiment or more than one.
 */
export async function runQuickstart(
  sandbox: Sandbox,
  { candidate, experimentFile }: Quickstart,
  note: (step: string) => void,
): Promise<Run> {
  const { kube, prometheus } = sandbox;
  const file = experimentFile ?? `${SAMPLES}quickstart/experiment.yaml`;
  const own = readManifests(file).map(asking(prometheus.url));
  const experiment = onlyExperiment(own, experimentFile);
  note('applying the metrics');
  await install(kube, readMetrics(prometheus.url));
  note('deploying the baseline');
  const base = readManifests(`${SAMPLES}quickstart`);
  await install(kube, base);
  const service = base.find(({ apiVersion }) => apiVersion === SERVICE)!;
  const path = servicePath(service);
  await waitUntilRolledOut(sandbox, path);
  const load = await startRequests(sandbox, service);
  note(`deploying the candidate (${candidate})`);
  await install(kube, readManifests(`${SAMPLES}quickstart/candidate.yaml`).map(like(candidate)));
  note('applying the experiment');
  await install(kube, own);
  return { experiment, service: path, load, requestsPerSecond: REQUESTS_PER_SECOND };
}

/** How an experiment ended. */
export type Ending = 'promoted' | 'rolled back' | 'failed' | 'completed' | 'deleted';

function endingOf({ status }: Experiment): Ending | undefined {
  if (status?.stage !== 'Completed') return undefined;
  const is = (type: string): boolean =>
    status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
  if (is('Failed')) return 'failed';
  if (is('Promoted')) return 'promoted';
  return is('RolledBack') ? 'rolled back' : 'completed';
}

/** What is left when an experiment has ended. */
export interface Outcome {
  ending: Ending;
  recommended?: string;
  canaryTrafficPercent?: number;
}

/** How the quickstart's own experiment has to end with a candidate. */
export function expectedOutcome(candidate: Candidate): Outcome {
  return candidate === 'good'
    ? { ending: 'promoted', recommended: 'canary', canaryTrafficPercent: 100 }
    : { ending: 'rolled back', recommended: 'default', canaryTrafficPercent: 0 };
}

/** How an experiment on the quickstart's model has ended; undefined while it runs. */
export async function outcomeOf(
  { kube }: Sandbox,
  { service }: Run,
  experiment: Experiment,
): Promise<Outcome | undefined> {
  const ending = endingOf(experiment);
  if (ending === undefined) return undefined;
  const { spec } = await kube.get<ServiceObject>(service);
  const { canaryTrafficPercent } = spec.predictor;
  const recommended = experiment.status?.versionRecommendedForPromotion;
  return { ending, recommended, canaryTrafficPercent };
}

function onlyExperiment(
  objects: readonly KubeObject[],
  file = 'samples/quickstart/experiment.yaml',
): Run['experiment'] {
  const found = objects.filter(({ kind }) => kind === 'Experiment');
  if (found.length !== 1) {
    throw new Error(`${file} has ${found.length} Experiments; it must have exactly one`);
  }
  const { namespace = 'default', name } = found[0]!.metadata;
  return { namespace, name };
}

/** The pack for any Knative: the sandbox’s model servers expose the names of several. */
function readMetrics(url: string): KubeObject[] {
  return readManifests(`${SAMPLES}metrics/knative`).map(asking(url));
}

/** Lets a Metric of the packs' Prometheus ask the sandbox's; everything else stays as it is. */
function asking(url: string): (object: KubeObject) => KubeObject {
  return (object) => {
    const spec = object['spec'] as { urlTemplate?: string } | undefined;
    if (object.kind !== 'Metric' || !spec?.urlTemplate?.startsWith(PACKS_PROMETHEUS)) return object;
    return { ...object, spec: { ...spec, urlTemplate: `${url}/api/v1/query` } };
  };
}

function like(candidate: Candidate): (service: KubeObject) => KubeObject {
  return (service) => {
    const { predictor } = service['spec'] as { predictor: { model: object } };
    const storageUri = candidate === 'good' ? {} : { storageUri: `sandbox://${candidate}` };
    const model = { ...predictor.model, ...storageUri };
    return { ...service, spec: { predictor: { ...predictor, model } } };
  };
}

interface ServiceObject {
  spec: { predictor: { canaryTrafficPercent?: number } };
  status?: { components?: { predictor?: { latestRolledoutRevision?: string } } };
}

function servicePath({ metadata: { namespace, name } }: KubeObject): string {
  return `/apis/${SERVICE}/namespaces/${namespace}/inferenceservices/${name}`;
}

async function waitUntilRolledOut({ kube }: Sandbox, path: string): Promise<void> {
  const deadline = Date.now() + ROLLED_OUT_WITHIN_SECONDS * 1000;
  for (;;) {
    const { status } = await kube.get<ServiceObject>(path);
    if (status?.components?.predictor?.latestRolledoutRevision) return;
    if (Date.now() > deadline) throw new Error(`${path} was not rolled out in time`);
    await sleep(100);
  }
}

async function startRequests({ serving, keep }: Sandbox, { metadata }: KubeObject): Promise<Load> {
  const { namespace = 'default', name } = metadata;
  const origin = await serving.open(namespace, `${name}-predictor`);
  const url = `${origin}/v1/models/${name}:predict`;
  const load = startLoad({ url, requestsPerSecond: REQUESTS_PER_SECOND });
  keep({ stop: () => load.stop().then(() => undefined) });
  return load;
}
