// Builders of what the core reads: experiments at any stage, targets as seen, metrics as measured.
import type { Random } from '../functions/lib/analysis/random.ts';
import { accept, acquire, beginInitializing } from '../functions/lib/experiment/accept.ts';
import { begin, record } from '../functions/lib/experiment/initialize.ts';
import { plan } from '../functions/lib/experiment/iterate.ts';
import type {
  Freeze,
  Measurement,
  Measurements,
  Probe,
  Tallies,
  TargetObservation,
} from '../functions/lib/experiment/observations.ts';
import type { Plan } from '../functions/lib/experiment/plan.ts';
import type { Settings } from '../functions/lib/experiment/settings.ts';
import { versionNames } from '../functions/lib/experiment/versions.ts';
import { randomFrom } from '../functions/lib/runtime/seed.ts';
import type {
  Condition,
  Criteria,
  Experiment,
  ExperimentSpec,
  ExperimentStatus,
  MetricInfo,
  ObjectMeta,
  Strategy,
  Strength,
  VersionWeight,
  Weights,
} from '../functions/lib/types/experiment.gen.ts';

/** Some seconds after the time at which these experiments are created. */
export function at(seconds: number): Date {
  return new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
}

export const settings: Settings = {
  namespace: 'iter8-system',
  tickSeconds: 10,
  handlerDeadlineSeconds: 15,
  clockToleranceSeconds: 5,
  scrapeIntervalSeconds: 5,
  waitingDeadlineSeconds: 7 * 24 * 3600,
  initializingDeadlineSeconds: 900,
  finishingDeadlineSeconds: 900,
};

/** The value, which throws from now on where somebody changes a part of it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** The value as it comes back from the API server: what JSON has no word for is gone. */
export function stored<T>(value: T): T {
  return deepFreeze(JSON.parse(JSON.stringify(value)) as T);
}

/** Parts of a spec; what the schema gives a default may be left out of its criteria. */
export type SpecParts = Partial<Omit<ExperimentSpec, 'criteria'>> & {
  criteria?: CriteriaParts | undefined;
};

/** Parts of criteria; what the schema gives a default may be left out of their strength. */
export type CriteriaParts = Partial<Omit<Criteria, 'strength'>> & {
  strength?: Partial<Strength> | undefined;
};

export type Parts = {
  metadata?: Partial<ObjectMeta>;
  spec?: SpecParts;
  status?: ExperimentStatus;
};

/** A Progressive Canary on InferenceService team/model with one objective, as the API server has it. */
export function experimentOf({ metadata, spec, status }: Parts = {}): Experiment {
  return stored({
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: {
      name: 'exp',
      namespace: 'team',
      uid: 'uid-1',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: at(0).toISOString(),
      ...metadata,
    },
    spec: {
      target: 'model',
      versionInfo: { baseline: { name: 'default' }, candidates: [{ name: 'canary' }] },
      strategy: strategyOf(),
      duration: { intervalSeconds: 20, iterationsPerLoop: 15, maxLoops: 1 },
      ...spec,
      criteria: criteriaOf(spec && 'criteria' in spec ? spec.criteria : ONE_OBJECTIVE),
    },
    ...(status && { status }),
  });
}

const ONE_OBJECTIVE: CriteriaParts = { objectives: [{ metric: 'latency', upperLimit: 100 }] };

/** Criteria with the defaults of the schema, where there are any. */
export function criteriaOf(given: CriteriaParts | undefined): Criteria | undefined {
  if (!given) return undefined;
  const { strength, ...others } = given;
  const defaults = { minimumRequests: 10, consecutiveErrorLimit: 5 };
  return { ...defaults, ...others, ...(strength && { strength: { ...STRENGTH, ...strength } }) };
}

const STRENGTH: Strength = { method: 'Observed', confidence: '0.95', decide: 'AtEnd' };

/** A strategy with the defaults of the schema. */
export function strategyOf({
  weights,
  ...given
}: Partial<Omit<Strategy, 'weights'>> & { weights?: Partial<Weights> } = {}): Strategy {
  return {
    testingPattern: 'Canary',
    deploymentPattern: 'Progressive',
    weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10, ...weights },
    ...given,
  };
}

/** The parts of a Conformance experiment that only watches. */
export const CONFORMANCE: Partial<ExperimentSpec> = {
  versionInfo: { baseline: { name: 'default' } },
  strategy: strategyOf({ testingPattern: 'Conformance' }),
};

/** The same experiment with other values in its status. */
export function having(experiment: Experiment, status: Partial<ExperimentStatus>): Experiment {
  return stored({ ...experiment, status: { ...experiment.status, ...status } });
}

/** The experiment once a plan is its status. */
export function following(experiment: Experiment, { status }: Plan): Experiment {
  return stored({ ...experiment, status });
}

/** Accepted 3 s after its creation: Waiting, or Completed. */
export function waiting(parts: Parts = {}): Experiment {
  const experiment = experimentOf(parts);
  return following(experiment, accept(experiment, { settings, now: at(3) }));
}

/** Alone with its target since second 4. */
export function initializing(parts: Parts = {}): Experiment {
  const experiment = waiting(parts);
  const acquired = acquire(experiment, { kind: 'Free' }, settings, at(4));
  return following(experiment, beginInitializing(deepFreeze(acquired.status), at(4)));
}

/** What a look at a target finds before the start: the versions of the spec, weights 100 and 0. */
export function identified({ spec }: Experiment, weights?: number[]): Probe {
  const versionInfo = spec.versionInfo!;
  return deepFreeze({
    kind: 'Identified',
    target: { type: 'InferenceService', baselineRevision: 'm-1', candidateRevision: 'm-2' },
    versionInfo,
    weights: weights && named(versionNames(versionInfo), weights),
  });
}

/** A Metric object of the same namespace for each metric that the criteria name without one. */
export function metricsOf({ metadata, spec }: Experiment): MetricInfo[] {
  const { objectives = [], rewards = [], requestCount } = spec.criteria ?? {};
  const judged = [...objectives, ...rewards].map(({ metric }) => metric);
  const names = new Set([...judged, ...(requestCount ? [requestCount] : [])]);
  return [...names].map((name) => ({
    name: name.includes('/') ? name : `${metadata.namespace}/${name}`,
    metricObj: { spec: { type: 'Gauge', method: 'GET' } },
  }));
}

/** Initializing, with everything known that it needs. */
export function recorded(parts: Parts = {}, found?: number[]): Experiment {
  const experiment = initializing(parts);
  const metrics = { kind: 'Found', metrics: metricsOf(experiment) } as const;
  const probe = identified(experiment, found);
  return following(experiment, record(experiment, { probe, metrics }, settings, at(4)));
}

/** Running since second 5, the first weights in force. */
export function running(parts: Parts = {}, found?: number[]): Experiment {
  const experiment = recorded(parts, found);
  const seen = observed(experiment.status!.currentWeightDistribution!);
  return following(experiment, begin(experiment, seen, settings, at(5)));
}

export function named(names: readonly string[], values: readonly number[]): VersionWeight[] {
  return names.map((name, index) => ({ name, value: values[index]! }));
}

/** Weights of default and canary. */
export function shares(baseline: number, candidate: number): VersionWeight[] {
  return named(['default', 'canary'], [baseline, candidate]);
}

type Seen = Extract<TargetObservation, { kind: 'Observed' }>;

/** A target seen with these weights. */
export function observed(
  weights: readonly VersionWeight[],
  more: Partial<Omit<Seen, 'kind' | 'weights'>> = {},
): Seen {
  return deepFreeze({ kind: 'Observed', weights: [...weights], ...more });
}

export type Reading = number | 'none' | 'nan' | 'error';

const FAILED: Record<Exclude<Reading, number>, Measurement> = {
  none: { kind: 'NoData', reason: 'NoData', message: 'the answer is empty' },
  nan: { kind: 'NoData', reason: 'NaN', message: 'the value is NaN' },
  error: { kind: 'Error', reason: 'Timeout', message: 'no answer in time' },
};

export function measurement(reading: Reading): Measurement {
  return typeof reading === 'number' ? { kind: 'Value', value: reading } : FAILED[reading];
}

/** Metrics of namespace team as measured, by metric and version. */
export function measured(readings: Record<string, Record<string, Reading>>): Measurements {
  const entries = Object.entries(readings).map(([metric, byVersion]) => {
    const measurements = Object.entries(byVersion).map(
      ([version, reading]) => [version, measurement(reading)] as const,
    );
    return [`team/${metric}`, Object.fromEntries(measurements)] as const;
  });
  return deepFreeze(Object.fromEntries(entries));
}

/** The one metric of these experiments. */
export function latency(baseline: Reading, candidate: Reading): Measurements {
  return measured({ latency: { default: baseline, canary: candidate } });
}

export const GOOD = latency(50, 60);

export type Look = {
  measurements?: Measurements;
  tallies?: Tallies;
  target?: TargetObservation;
  now?: Date;
  random?: Random;
  freeze?: Freeze;
};

/** One iteration, exactly when it is due, of a target that has the weights it should have. */
export function iterate(experiment: Experiment, look: Look = {}): Plan {
  const { nextIterationTime, currentWeightDistribution } = experiment.status!;
  const now = look.now ?? new Date(nextIterationTime!);
  const target = look.target ?? observed(currentWeightDistribution!);
  const { measurements = GOOD, tallies = {} } = look;
  const seen = { target, measurements, tallies, evaluationTime: at(0) };
  const random = look.random ?? randomFrom('fixtures');
  return plan(deepFreeze(experiment), deepFreeze(seen), {
    settings,
    now,
    random,
    freeze: look.freeze ?? { kind: 'Open' },
  });
}

/** The experiment after one iteration for each of these looks. */
export function iterated(experiment: Experiment, looks: readonly Look[]): Experiment {
  return looks.reduce((before, look) => following(before, iterate(before, look)), experiment);
}

/** The experiment after so many iterations that all saw the same. */
export function iteratedTimes(experiment: Experiment, times: number, look: Look = {}): Experiment {
  return iterated(
    experiment,
    Array.from({ length: times }, () => look),
  );
}

/** The candidate's weight that a status asks for. */
export function candidateWeight({ status }: { status?: ExperimentStatus }): number | undefined {
  return status?.currentWeightDistribution?.[1]?.value;
}

export function conditionOf(
  { status }: { status?: ExperimentStatus },
  type: string,
): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The reasons of what a plan tells, in order. */
export function reasons({ announcements }: Plan): string[] {
  return announcements.map(({ reason }) => reason);
}
