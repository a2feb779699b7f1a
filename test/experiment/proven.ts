// Experiments whose decisions are to be proved, what is counted for them, and looks at it.
import type { Random } from '../../functions/lib/analysis/random.ts';
import { begin, record } from '../../functions/lib/experiment/initialize.ts';
import { plan } from '../../functions/lib/experiment/iterate.ts';
import type {
  Freeze,
  Measurements,
  Tallies,
  Tally,
  TargetObservation,
} from '../../functions/lib/experiment/observations.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type {
  Evidence,
  Experiment,
  ExperimentSpec,
  MetricInfo,
  Objective,
  Reward,
  Strategy,
  Strength,
  Weights,
} from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import {
  at,
  deepFreeze,
  following,
  identified,
  initializing,
  observed,
  settings,
  strategyOf,
} from '../fixtures.ts';

export const RATE: MetricSpec = {
  type: 'Gauge',
  method: 'GET',
  provider: 'prometheus',
  evidence: { kind: 'Rate', events: 'errors_total', trials: 'requests_total' },
};

/** The 95th percentile, in milliseconds. */
export const QUANTILE: MetricSpec = {
  ...{ type: 'Gauge', method: 'GET', provider: 'prometheus', units: 'ms' },
  evidence: { kind: 'Quantile', buckets: 'latency_bucket', quantile: '0.95' },
};

/** A mean of values from 0 to 1000. */
export const MEAN: MetricSpec = {
  ...{ type: 'Gauge', method: 'GET', provider: 'prometheus' },
  evidence: {
    ...{ kind: 'Mean', sum: 'x_sum', count: 'x_count', sumOfSquares: 'x_squares' },
    highest: '1000',
  },
};

/** A mean of values that may be of any size. */
export const UNBOUNDED: MetricSpec = {
  ...{ type: 'Gauge', method: 'GET', provider: 'prometheus' },
  evidence: { kind: 'Mean', sum: 'y_sum', count: 'y_count', sumOfSquares: 'y_squares' },
};

/** How each metric of these experiments comes about, by its name; others are rates. */
const SPECS: Readonly<Record<string, MetricSpec>> = {
  latency: QUANTILE,
  size: MEAN,
  revenue: UNBOUNDED,
};

export function metric(name: string): MetricInfo {
  return { name: `team/${name}`, metricObj: { spec: SPECS[name] ?? RATE } };
}

export const ERROR_RATE: Objective = { metric: 'error-rate', upperLimit: '0.02' };
export const LATENCY: Objective = { metric: 'latency', upperLimit: 250 };

/** What these experiments may differ in. */
export type Proving = {
  objectives?: Objective[];
  rewards?: Reward[];
  strength?: Partial<Strength>;
  strategy?: Partial<Omit<Strategy, 'weights'>>;
  weights?: Partial<Weights>;
  versions?: string[];
  iterations?: number;
};

/** More than one candidate cannot be told apart by an InferenceService. */
const ROUTE = { apiVersion: 'a/v1', kind: 'Route', namespace: 'team', name: 'route' };

/** A spec that is to be proved: a Canary of 5 looks with one limit, 0.02, for the error-rate. */
export function provenSpec({
  objectives = [ERROR_RATE],
  rewards,
  strength,
  strategy,
  weights = { maxCandidateWeightIncrement: 50 },
  versions = ['default', 'canary'],
  iterations = 5,
}: Proving = {}): Pick<ExperimentSpec, 'strategy' | 'duration' | 'versionInfo' | 'criteria'> {
  const [baseline, ...candidates] = versions.map((name) => ({
    name,
    ...(versions.length > 2 && { weightObjRef: { ...ROUTE, fieldPath: `.${name}` } }),
  }));
  return {
    versionInfo: { baseline: baseline!, candidates },
    strategy: strategyOf({ testingPattern: patternFor(rewards, versions), ...strategy, weights }),
    duration: { intervalSeconds: 20, iterationsPerLoop: iterations, maxLoops: 1 },
    criteria: {
      ...{ minimumRequests: 10, consecutiveErrorLimit: 5 },
      ...(objectives.length > 0 && { objectives }),
      ...(rewards && { rewards }),
      strength: { method: 'Proven', confidence: '0.95', decide: 'AtEnd', ...strength },
    },
  };
}

function patternFor(rewards: unknown, { length }: readonly string[]): Strategy['testingPattern'] {
  if (!rewards) return 'Canary';
  return length > 2 ? 'A/B/N' : 'A/B';
}

/** The metrics that a spec mentions, each once. */
export function metricsFor({ criteria }: Pick<ExperimentSpec, 'criteria'>): MetricInfo[] {
  const mentioned = [...(criteria?.objectives ?? []), ...(criteria?.rewards ?? [])];
  return [...new Set(mentioned.map((one) => one.metric))].map(metric);
}

/** What the record of an experiment that is to be proved comes to. */
export function recordedPlan(given: Proving = {}, metrics?: MetricInfo[]): Plan {
  const experiment = initializing({ spec: provenSpec(given) });
  const found = { kind: 'Found', metrics: metrics ?? metricsFor(experiment.spec) } as const;
  return record(experiment, { probe: identified(experiment), metrics: found }, settings, at(4));
}

/** How an experiment that is to be proved begins to run, at second 5. */
export function beginning(given: Proving = {}): Plan {
  const experiment = initializing({ spec: provenSpec(given) });
  const known = following(experiment, recordedPlan(given));
  const seen = observed(known.status!.currentWeightDistribution ?? []);
  return begin(known, seen, settings, at(5));
}

/** Running since second 5; looks come from second 25 on, every 20 s. */
export function proving(given: Proving = {}): Experiment {
  return following(initializing({ spec: provenSpec(given) }), beginning(given));
}

/** The same with only its baseline to be watched. */
export function watching(given: Proving = {}): Experiment {
  return proving({
    ...given,
    versions: ['default'],
    strategy: { testingPattern: 'Conformance', ...given.strategy },
  });
}

export function rate(events: number, trials: number): Tally {
  return { kind: 'Rate', events, trials };
}

export const EDGES = [100, 200, 250, 500];

/** Values by bucket: up to 100, 200, 250, 500, and above. */
export function histogram(counts: readonly number[], edges: readonly number[] = EDGES): Tally {
  return { kind: 'Quantile', edges, counts };
}

/** So many values up to 100, and so many above 500. */
export function fastAndSlow(fast: number, slow: number): Tally {
  return histogram([fast, 0, 0, 0, slow]);
}

export function mean(count: number, sum: number, sumOfSquares?: number): Tally {
  return { kind: 'Mean', count, sum, ...(sumOfSquares !== undefined && { sumOfSquares }) };
}

export const NOTHING: Tally = { kind: 'NoData', reason: 'NoData', message: 'no series' };
export const UNREADABLE: Tally = { kind: 'Error', reason: 'Timeout', message: 'no answer in time' };

/** What was counted, by metric of namespace team and version. */
export function tallied(tallies: Record<string, Record<string, Tally>>): Tallies {
  return Object.fromEntries(
    Object.entries(tallies).map(([name, byVersion]) => [`team/${name}`, byVersion]),
  );
}

/** Errors and requests of the baseline and the candidate. */
export function errors(
  [baselineErrors, baselineRequests]: readonly [number, number],
  [errorsOf, requests]: readonly [number, number],
): Tallies {
  return tallied({
    'error-rate': {
      default: rate(baselineErrors, baselineRequests),
      canary: rate(errorsOf, requests),
    },
  });
}

export type ProvenLook = {
  tallies?: Tallies;
  measurements?: Measurements;
  target?: TargetObservation;
  now?: Date;
  freeze?: Freeze;
  random?: Random;
};

/** One look when it is due, with what was counted until then. */
export function lookAt(experiment: Experiment, look: ProvenLook = {}): Plan {
  const { nextIterationTime, currentWeightDistribution = [] } = experiment.status!;
  const now = look.now ?? new Date(nextIterationTime!);
  const seen = {
    target: look.target ?? observed(currentWeightDistribution),
    measurements: look.measurements ?? {},
    tallies: look.tallies ?? {},
    evaluationTime: now,
  };
  const random = look.random ?? randomFrom('proven');
  const freeze = look.freeze ?? { kind: 'Open' as const };
  return plan(deepFreeze(experiment), deepFreeze(seen), { settings, now, random, freeze });
}

/** The experiment after looks that counted this. */
export function after(experiment: Experiment, ...looks: readonly Tallies[]): Experiment {
  return looks.reduce(
    (before, tallies) => following(before, lookAt(before, { tallies })),
    experiment,
  );
}

/** The same as often. */
export function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

/** What is told of a version and a metric. */
export function told(
  { status }: Pick<Plan | Experiment, 'status'>,
  version = 'canary',
  name = 'error-rate',
): Evidence {
  const found = status!.evidence!.find(
    (one) => one.version === version && one.metric === `team/${name}`,
  );
  if (!found) throw new Error(`nothing is told of ${version} and ${name}`);
  return found;
}

/** The weights that a status asks for, in version order. */
export function weightsIn({ status }: Pick<Plan | Experiment, 'status'>): number[] {
  return status!.currentWeightDistribution!.map(({ value }) => value);
}
