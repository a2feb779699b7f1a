import { weightOf, type Weight } from '../analysis/weights.ts';
import type { Probe, TargetObservation } from '../experiment/observations.ts';
import { INFERENCE_SERVICE } from '../experiment/target.ts';
import { Failure } from '../kubernetes/failure.ts';
import type { Objects } from '../kubernetes/objects.ts';
import type { Experiment, VersionDetail, VersionInfo } from '../types/experiment.gen.ts';
import {
  canaryPercent,
  predictorOf,
  trafficOf,
  whyNotReady,
  type InferenceService,
} from './inferenceServiceStatus.ts';
import { blindSight, type Sight, type Target } from './port.ts';

type ServiceRef = { namespace: string; name: string };

/** A value of 100 is a promotion; the outcomes of an experiment, and BlueGreen, ask for it. */
const PROMOTED = 100;

/** An InferenceService in Knative mode: one canary share over its two newest revisions. */
export function inferenceServiceTarget(
  objects: Objects,
  experiment: Experiment,
  service: ServiceRef,
): Target {
  const ref = { ...INFERENCE_SERVICE, ...service };
  const get = async (): Promise<InferenceService | undefined> => {
    const found = await objects.get(ref);
    return found?.metadata.deletionTimestamp ? undefined : (found as InferenceService | undefined);
  };
  const split = (seen: InferenceService): Sight['split'] => {
    const { resourceVersion } = seen.metadata;
    return async (weights) => {
      const canaryTrafficPercent = weightOf(candidateOf(experiment), weights);
      if (canaryTrafficPercent > 0) refuseStranger(seen, experiment);
      const body = {
        metadata: { resourceVersion },
        spec: { predictor: { canaryTrafficPercent } },
      };
      await objects.patch(ref, body, 'application/merge-patch+json');
    };
  };
  return {
    probe: async () => probe(await get(), experiment, service),
    observe: async () => {
      const seen = await get();
      if (seen) return { observation: observe(seen, experiment), split: split(seen) };
      const message = `InferenceService ${service.namespace}/${service.name} does not exist any more`;
      return blindSight({ kind: 'Missing', reason: 'TargetMissing', message });
    },
  };
}

function candidateOf({ status }: Experiment): string {
  return status!.versionInfo!.candidates![0]!.name;
}

/** A share goes to whatever revision is the latest: one that was never assessed must not get it. */
function refuseStranger(seen: InferenceService, { status }: Experiment): void {
  const { latestCreatedRevision: latest } = predictorOf(seen);
  const candidate = status!.target?.candidateRevision;
  if (latest === candidate) return;
  const message = `revision ${latest ?? '(none)'} replaced the candidate ${candidate ?? '(none)'} and would get its traffic`;
  throw new Failure('Invalid', message);
}

function probe(
  seen: InferenceService | undefined,
  experiment: Experiment,
  { namespace, name }: ServiceRef,
): Probe {
  const title = `InferenceService ${namespace}/${name}`;
  if (!seen) {
    const message = `${title} does not exist; create it, or correct spec.target (expected: "[namespace/]name")`;
    return { kind: 'NotYet', reason: 'TargetNotFound', message };
  }
  const obstacle = unsupported(seen, title);
  if (obstacle) return { kind: 'Unsupported', reason: 'TargetUnsupported', message: obstacle };
  const { latestCreatedRevision: created, latestRolledoutRevision: rolledOut } = predictorOf(seen);
  if (!created || !rolledOut) {
    const message = `${title} has no revision that has served all traffic yet; KServe has to roll out the baseline first`;
    return { kind: 'NotYet', reason: 'TargetNotReady', message };
  }
  const isConformance = experiment.spec.strategy.testingPattern === 'Conformance';
  if (created === rolledOut && !isConformance) {
    const message = `${title} has one revision, ${created}; deploy a new model version as its canary (change spec.predictor and set its canaryTrafficPercent)`;
    return { kind: 'NotYet', reason: 'NoCandidate', message };
  }
  return identified(seen, experiment, { created, rolledOut, isConformance, namespace, name });
}

function unsupported({ status, metadata }: InferenceService, title: string): string | undefined {
  const mode = status?.deploymentMode ?? 'Knative';
  if (!['Knative', 'Serverless'].includes(mode)) {
    return `${title} is deployed in ${mode} mode, where KServe ignores canaryTrafficPercent; deploy it in Knative mode, or refer to weights by versionInfo's weightObjRef`;
  }
  if (metadata.annotations?.['serving.knative.dev/rollout-duration']) {
    return `${title} has the annotation serving.knative.dev/rollout-duration, a second ramp on top of the experiment's; remove it`;
  }
  return undefined;
}

type Identity = ServiceRef & { created: string; rolledOut: string; isConformance: boolean };

function identified(seen: InferenceService, { spec }: Experiment, identity: Identity): Probe {
  const { created, rolledOut, isConformance, namespace, name } = identity;
  const value = seen.spec.predictor.canaryTrafficPercent;
  const original = { ...INFERENCE_SERVICE, namespace, name, ...(value !== undefined && { value }) };
  const baseline = describe(
    spec.versionInfo?.baseline ?? { name: 'default' },
    rolledOut,
    namespace,
  );
  const candidate = spec.versionInfo?.candidates?.[0] ?? { name: 'canary' };
  const versionInfo: VersionInfo = {
    baseline,
    ...(!isConformance && {
      candidates: [
        {
          ...describe(candidate, created, namespace),
          weightObjRef: { ...INFERENCE_SERVICE, namespace, name },
        },
      ],
    }),
  };
  return {
    kind: 'Identified',
    target: {
      type: 'InferenceService',
      baselineRevision: rolledOut,
      ...(!isConformance && { candidateRevision: created, originals: [original] }),
    },
    versionInfo,
    weights: isConformance ? undefined : weightsOf(seen, versionInfo),
  };
}

/** A version with the variables that metrics need, where the user has not set them himself. */
function describe(version: VersionDetail, revision: string, namespace: string): VersionDetail {
  const given = version.variables ?? [];
  const discovered = Object.entries({ revision, namespace }).map(([name, value]) => ({
    name,
    value,
  }));
  const missing = discovered.filter(({ name }) => !given.some((one) => one.name === name));
  return { ...version, variables: [...given, ...missing] };
}

function weightsOf(seen: InferenceService, { baseline, candidates }: VersionInfo): Weight[] {
  const percent = canaryPercent(seen);
  return [
    { name: baseline.name, value: 100 - percent },
    { name: candidates![0]!.name, value: percent },
  ];
}

function observe(seen: InferenceService, { status }: Experiment): TargetObservation {
  const { versionInfo, target, stage } = status!;
  const { baselineRevision: baseline = '', candidateRevision: candidate } = target ?? {};
  if (candidate === undefined) {
    return { kind: 'Observed', weights: [] };
  }
  return {
    kind: 'Observed',
    weights: weightsOf(seen, versionInfo!),
    servedBy: servedBy(seen, versionInfo!, { baseline, candidate }),
    notReady: whyNotReady(seen, candidate),
    takenOver:
      stage === 'Finishing'
        ? overtaken(seen, candidate, status!)
        : takenOver(seen, candidate, status!),
  };
}

type Revisions = { baseline: string; candidate: string };

function servedBy(
  seen: InferenceService,
  { baseline, candidates }: VersionInfo,
  revisions: Revisions,
): string | undefined {
  const predictor = predictorOf(seen);
  const percent = canaryPercent(seen);
  const hasAll = (revision: string): boolean => trafficOf(revision, predictor) === 100;
  if (percent === 0 && hasAll(revisions.baseline)) return baseline.name;
  const isPromoted =
    percent === PROMOTED && predictor.latestRolledoutRevision === revisions.candidate;
  return isPromoted && hasAll(revisions.candidate) ? candidates![0]!.name : undefined;
}

function takenOver(
  seen: InferenceService,
  candidate: string,
  { stage, versionInfo, currentWeightDistribution = [] }: NonNullable<Experiment['status']>,
): { message: string; isPromoted: boolean } | undefined {
  const { latestCreatedRevision: latest } = predictorOf(seen);
  const isOurs =
    weightOf(versionInfo!.candidates![0]!.name, currentWeightDistribution) === PROMOTED;
  const isPromoted = stage === 'Running' && !isOurs && canaryPercent(seen) === PROMOTED;
  if (latest !== candidate) {
    const message = `the predictor was changed during the experiment: revision ${latest ?? '(none)'} replaced the candidate ${candidate}; start a new experiment for it`;
    return { message, isPromoted };
  }
  if (!isPromoted) return undefined;
  const message = `somebody promoted the candidate ${candidate} during the experiment by setting canaryTrafficPercent to 100 or removing it; its traffic is left as it is`;
  return { message, isPromoted };
}

/**
 * In a promotion: that a further revision would get the traffic instead of the candidate, and
 * whether the candidate has already been rolled out, so that the further one has followed it.
 */
function overtaken(
  seen: InferenceService,
  candidate: string,
  { outcome, target }: NonNullable<Experiment['status']>,
): { message: string; isPromoted: boolean } | undefined {
  const { latestCreatedRevision: latest, latestRolledoutRevision: rolledOut } = predictorOf(seen);
  if (outcome?.decision !== 'Promote' || latest === candidate) return undefined;
  const message = `revision ${latest ?? '(none)'} replaced the candidate ${candidate} before its promotion was seen in force; start a new experiment for it`;
  return { message, isPromoted: rolledOut !== target?.baselineRevision };
}
