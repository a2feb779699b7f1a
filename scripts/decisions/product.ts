// The product's own decisions: plan() of the core, look by look, the status of one the input of the
// next. Only what it observes is invented; the weights that it asks for come into force at once.
import type { Random } from '../../functions/lib/analysis/random.ts';
import { begin, record } from '../../functions/lib/experiment/initialize.ts';
import { plan, type Observations } from '../../functions/lib/experiment/iterate.ts';
import { versionNames } from '../../functions/lib/experiment/versions.ts';
import { chanceOf } from '../../functions/lib/runtime/seed.ts';
import type {
  Experiment,
  ExperimentSpec,
  ExperimentStatus,
  MetricInfo,
} from '../../functions/lib/types/experiment.gen.ts';
import type { MetricEvidence } from '../../functions/lib/types/metric.gen.ts';
import { INTERVAL_SECONDS } from './traffic.ts';

const START = new Date(Date.UTC(2026, 0, 1));
/** The product counts up to a while ago, to be sure of all samples; here all are there at once. */
export const SETTINGS = {
  namespace: 'iter8-system',
  tickSeconds: 10,
  handlerDeadlineSeconds: 15,
  clockToleranceSeconds: 5,
  scrapeIntervalSeconds: 5,
  waitingDeadlineSeconds: 7 * 24 * 3600,
  initializingDeadlineSeconds: 900,
  finishingDeadlineSeconds: 900,
};

/** What a version's metrics say at a look, by metric: the value since the start, the newest counts. */
export type Report = Pick<Observations, 'measurements' | 'tallies'>;

/** An experiment that has just begun, of these metrics, found at these weights. */
export function begun(
  spec: ExperimentSpec,
  metrics: Record<string, MetricEvidence>,
  uid: string,
): Experiment {
  const metadata = {
    name: 'simulated',
    namespace: 'team',
    uid,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: START.toISOString(),
  };
  const status: ExperimentStatus = {
    run: 1,
    stage: 'Initializing',
    stageStartTime: START.toISOString(),
    target: { lock: 'simulated' },
  };
  const experiment = { apiVersion: 'iter8.tools/v2alpha2', kind: 'Experiment', metadata, spec };
  const probe = {
    kind: 'Identified',
    target: { type: 'InferenceService' },
    versionInfo: spec.versionInfo!,
    weights: undefined,
  } as const;
  const found = { kind: 'Found', metrics: Object.entries(metrics).map(metricOf) } as const;
  const recorded = record({ ...experiment, status }, { probe, metrics: found }, SETTINGS, START);
  const seen = { kind: 'Observed', weights: recorded.status.currentWeightDistribution! } as const;
  return {
    ...experiment,
    status: begin({ ...experiment, status: recorded.status }, seen, SETTINGS, START).status,
  };
}

function metricOf([name, evidence]: [string, MetricEvidence]): MetricInfo {
  const spec = { type: 'Gauge', method: 'GET', provider: 'prometheus', evidence } as const;
  return { name: `team/${name}`, metricObj: { spec } };
}

/** The experiment after one look, exactly when it was due. */
export function looked(experiment: Experiment, report: Report, random?: Random): Experiment {
  const now = new Date(experiment.status!.nextIterationTime!);
  const weights = experiment.status!.currentWeightDistribution!;
  const seen = { target: { kind: 'Observed' as const, weights }, ...report, evaluationTime: now };
  const by = { settings: SETTINGS, now, random: random ?? chanceOf(experiment)('weights') };
  const { status } = plan(experiment, seen, { ...by, freeze: { kind: 'Open' } });
  return { ...experiment, status };
}

/** The weights of an experiment's versions in version order, from 0 to 1. */
export function sharesOf({ status }: Experiment): number[] {
  const names = versionNames(status!.versionInfo!);
  return names.map((name) => {
    const found = status!.currentWeightDistribution!.find((weight) => weight.name === name);
    return (found?.value ?? 0) / 100;
  });
}

/** A duration of so many looks. */
export function looksOf(horizon: number): ExperimentSpec['duration'] {
  return { intervalSeconds: INTERVAL_SECONDS, iterationsPerLoop: horizon, maxLoops: 1 };
}
