// What becomes of Experiments that were written for iter8: found by running our own code on them, with
// a target that is ready and metrics that answer.
import { parseQuantity } from '../../functions/lib/analysis/quantity.ts';
import { accept, acquire, beginInitializing } from '../../functions/lib/experiment/accept.ts';
import { begin, record } from '../../functions/lib/experiment/initialize.ts';
import {
  namespacedName,
  weightRefs,
  type WeightRef,
} from '../../functions/lib/experiment/target.ts';
import { versionNames, versionsOf } from '../../functions/lib/experiment/versions.ts';
import type { Measurements } from '../../functions/lib/experiment/observations.ts';
import type { AnyObject, Objects } from '../../functions/lib/kubernetes/objects.ts';
import { findMetrics } from '../../functions/lib/metrics/find.ts';
import { detectTarget } from '../../functions/lib/targets/detect.ts';
import { parseFieldPath, type Step } from '../../functions/lib/targets/fieldPath.ts';
import type {
  Duration,
  Experiment,
  ExperimentSpec,
  ExperimentStatus,
  TaskSpec,
} from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  deepFreeze,
  experimentOf,
  following,
  iterate,
  measurement,
  observed,
  settings,
  strategyOf,
  type Reading,
} from '../fixtures.ts';
import { fakeApi } from '../kubernetes/fake-api.ts';
import { inferenceService } from '../targets/fake-objects.ts';

/** An Experiment as it was written, before the API server fills in what has a default. */
export type Sample = {
  kind: 'Experiment';
  metadata: { name: string };
  spec: Omit<ExperimentSpec, 'strategy' | 'duration'> & {
    strategy: Parameters<typeof strategyOf>[0];
    duration?: Partial<Duration>;
  };
};

/** What happens to a sample. `differences` are among the keys of what the page explains. */
export type Verdict =
  { result: 'refused'; message: string } | { result: 'runs'; differences: Difference[] };

/** A way in which a sample runs otherwise than it did under iter8. */
export type Difference =
  | 'starts at 1 %'
  | 'holds without data'
  | 'promotes'
  | 'weights by name'
  | 'finds metrics'
  | 'finds versions'
  | 'InferenceService'
  | 'old group'
  | 'slower'
  | 'TLS is checked'
  | 'own Secret'
  | 'nothing is collected'
  | 'Knative up to 1.18'
  | '0 for no data';

/** A sample as the API server would hand it over, in the namespace of what it acts on. */
export function asStored({ metadata, spec }: Sample): Experiment {
  return experimentOf({
    metadata: { ...metadata, namespace: namespaceOf(spec) },
    spec: {
      ...spec,
      // Absent ones are discovered: experimentOf must not make some up.
      versionInfo: spec.versionInfo ?? undefined,
      criteria: spec.criteria ?? undefined,
      strategy: strategyOf(spec.strategy),
      duration: { intervalSeconds: 20, iterationsPerLoop: 15, maxLoops: 1, ...spec.duration },
    },
  });
}

function namespaceOf({ versionInfo, target }: Sample['spec']): string {
  const refs = versionInfo ? weightRefs(versionInfo, '') : [];
  return (
    refs.find(({ namespace }) => namespace)?.namespace ?? namespacedName(target, 'team').namespace
  );
}

/** The same sample without what it asks to be run. */
export function withoutActions({ spec, ...sample }: Sample): Sample {
  return { ...sample, spec: { ...spec, strategy: { ...spec.strategy, actions: undefined } } };
}

/** The tasks of a sample by action; a script is called "run". */
export function tasksOf({ spec }: Sample): Record<string, string[]> {
  const actions: Record<string, TaskSpec[]> = spec.strategy?.actions ?? {};
  return Object.fromEntries(
    Object.entries(actions).map(([action, tasks]) => [
      action,
      [...new Set(tasks.map(({ task }) => task ?? 'run'))],
    ]),
  );
}

/** What becomes of an Experiment, from its first status to its end. */
export async function verdictOn(sample: Sample): Promise<Verdict> {
  const experiment = asStored(sample);
  const accepted = accept(deepFreeze(experiment), { settings, now: at(3) });
  if (accepted.status.stage === 'Completed') return refused(accepted.status);
  const ready = await initialized(following(experiment, accepted));
  if (ready.status!.stage === 'Completed') return refused(ready.status!);
  const started = run(ready);
  const isSlower = accepted.announcements.some(({ reason }) => reason === 'IntervalRoundedUp');
  const differences = [
    ...differencesOf(sample, started),
    ...(isSlower ? (['slower'] as const) : []),
  ];
  return { result: 'runs', differences };
}

function refused({ message }: ExperimentStatus): Verdict {
  return { result: 'refused', message: message! };
}

/** Through start's steps up to what it remembers of target and metrics. */
async function initialized(waiting: Experiment): Promise<Experiment> {
  const acquired = acquire(waiting, { kind: 'Free' }, settings, at(4));
  const experiment = following(waiting, beginInitializing(deepFreeze(acquired.status), at(4)));
  const { api } = fakeApi(({ path }) => supportedMetric(path));
  const target = detectTarget(api, readyObjects(experiment), experiment);
  const probe = (await target?.probe()) ?? {
    kind: 'Identified',
    target: { type: 'None' },
    versionInfo: experiment.spec.versionInfo!,
    weights: undefined,
  };
  const metrics = await findMetrics(api, experiment, settings.namespace);
  return following(experiment, record(experiment, { probe, metrics }, settings, at(4)));
}

/** The Metric that a path asks for, as a Prometheus query that can be read. */
function supportedMetric(path: string): object {
  const [namespace, , name] = path.split('/').slice(-3);
  const query = { name: 'query', value: 'up' };
  const urlTemplate = 'http://prometheus:9090/api/v1/query';
  return {
    metadata: { name, namespace },
    spec: { provider: 'prometheus', urlTemplate, params: [query] },
  };
}

/** Objects that are ready for the experiment: a candidate is deployed and has 10 %. */
function readyObjects({ spec, metadata }: Experiment): Objects {
  const refs = spec.versionInfo ? weightRefs(spec.versionInfo, metadata.namespace) : [];
  const get: Objects['get'] = ({ kind, name }) =>
    Promise.resolve(kind === 'InferenceService' ? inferenceService() : withWeights(name, refs));
  return { get, patch: () => Promise.reject(new Error('nothing is written here')) };
}

/** An object with 90 for the first reference to it and 10 for the other. */
function withWeights(name: string, refs: readonly WeightRef[]): AnyObject {
  const object: AnyObject = { metadata: { name, resourceVersion: '1' } };
  refs.forEach(({ fieldPath }, index) => {
    put(object, parseFieldPath(fieldPath)!, index === 0 ? 90 : 10);
  });
  return object;
}

function put(object: object, [step, ...rest]: readonly Step[], value: number): void {
  const fields = object as Record<Step, object | number>;
  if (rest.length === 0) fields[step!] = value;
  else put((fields[step!] ??= typeof rest[0] === 'number' ? [] : {}) as object, rest, value);
}

function run(ready: Experiment): Experiment {
  const seen = observed(ready.status!.currentWeightDistribution!);
  return following(ready, begin(ready, seen, settings, at(5)));
}

/** Every metric of an experiment, good for every version and best for candidates, or as told for these. */
function measurementsOf({ spec, status }: Experiment, candidates?: Reading): Measurements {
  const [baseline, ...others] = versionNames(status!.versionInfo!);
  const entries = (status!.metrics ?? []).map(({ name }) => {
    const good = goodValue(spec, name);
    const best = candidates ?? good * rewardFactor(spec, name);
    const byVersion = others.map((other) => [other, measurement(best)] as const);
    return [name, { [baseline!]: measurement(good), ...Object.fromEntries(byVersion) }] as const;
  });
  return Object.fromEntries(entries);
}

/** A value on the limit of the objective on a metric: limits are inclusive. */
function goodValue({ criteria }: ExperimentSpec, fullName: string): number {
  const objective = criteria?.objectives?.find(({ metric }) =>
    `/${fullName}`.endsWith(`/${metric}`),
  );
  return parseQuantity(objective?.upperLimit ?? objective?.lowerLimit ?? 1)!;
}

/** How much more a candidate has of a reward, or less where that is better; 1 of other metrics. */
function rewardFactor({ criteria }: ExperimentSpec, fullName: string): number {
  const reward = criteria?.rewards?.find(({ metric }) => `/${fullName}`.endsWith(`/${metric}`));
  if (!reward) return 1;
  return reward.preferredDirection === 'High' ? 2 : 0.5;
}

/** The experiment after each iteration in which everything is good, until it ends. */
function walk(started: Experiment): Experiment[] {
  const steps = [started];
  while (steps.at(-1)!.status!.stage === 'Running') {
    const last = steps.at(-1)!;
    steps.push(following(last, iterate(last, { measurements: measurementsOf(last) })));
  }
  return steps;
}

/** What can be seen to go otherwise than under iter8, by what iter8 is known to do. */
function differencesOf(sample: Sample, started: Experiment): Difference[] {
  const steps = walk(started);
  const refs = refsOf(sample);
  const isService = started.status!.target?.type === 'InferenceService';
  const isDiscovered = !sample.spec.versionInfo;
  return only([
    ['finds versions', isDiscovered && started.status!.versionInfo !== undefined],
    ['InferenceService', isService && !isDiscovered && refs.length === 0],
    ['old group', isService && refs.some((one) => one.startsWith('serving.kubeflow.org/'))],
    ['starts at 1 %', candidateWeight(started) === 1],
    // iter8 lists the version without a reference last, and so takes its weight for the other's.
    ['weights by name', refs.length === 1 && isGradual(steps)],
    ['holds without data', holdsWithoutData(steps)],
    ['finds metrics', findsMetrics(sample, steps[1]!)],
    ['promotes', steps.at(-1)!.status!.outcome?.decision === 'Promote'],
  ]);
}

/** The differences that are there. */
export function only(all: readonly [Difference, boolean][]): Difference[] {
  return all.filter(([, isSo]) => isSo).map(([difference]) => difference);
}

/** The objects that a sample's versions name, as apiVersion and kind. */
export function refsOf({ spec: { versionInfo } }: Sample): string[] {
  const refs = versionInfo ? versionsOf(versionInfo).map((version) => version.weightObjRef) : [];
  return refs.flatMap((ref) => (ref ? [`${ref.apiVersion} ${ref.kind}`] : []));
}

/** Whether metrics that are named without a namespace have values. */
function findsMetrics({ spec }: Sample, { status }: Experiment): boolean {
  const { objectives = [], rewards = [] } = spec.criteria ?? {};
  const names = [...objectives, ...rewards].map(({ metric }) => metric);
  const judged = status!.evidence ?? [];
  const isFound = judged.length > 0 && judged.every(({ estimate }) => estimate !== undefined);
  return isFound && names.some((name) => !name.includes('/'));
}

/** Whether the candidate's weight never falls while everything is good. */
function isGradual(steps: readonly Experiment[]): boolean {
  const weights = steps.map((step) => candidateWeight(step) ?? 0);
  return weights.every((weight, index) => weight >= (weights[index - 1] ?? 0));
}

/** Whether an iteration without data for the candidate leaves it what it has: iter8 gave it 5 %. */
function holdsWithoutData(steps: readonly Experiment[]): boolean {
  const grown = steps.findLast(({ status }) => status!.stage === 'Running')!;
  const before = candidateWeight(grown);
  if (before === undefined || !grown.spec.criteria?.objectives) return false;
  const duration = { ...grown.spec.duration, iterationsPerLoop: 100 };
  const planned = { ...grown, spec: { ...grown.spec, duration } };
  const after = iterate(planned, { measurements: measurementsOf(grown, 'none') });
  return (
    grown.spec.strategy.deploymentPattern === 'Progressive' && candidateWeight(after) === before
  );
}
