import type { Weight } from '../analysis/weights.ts';
import type {
  Experiment,
  ExperimentSpec,
  ExperimentStatus,
  MetricInfo,
} from '../types/experiment.gen.ts';
import { fail } from './accept.ts';
import { mark, progress, summary } from './conditions.ts';
import { deadlineOf, isOverdue } from './deadlines.ts';
import { decide } from './decide.ts';
import { firstWeights, sameWeights } from './firstWeights.ts';
import type { Probe, TargetObservation, Why } from './observations.ts';
import { targetTrouble } from './outcome.ts';
import { needAtStart } from './need.ts';
import type { Announcement, Plan } from './plan.ts';
import { intervalOf, type Settings } from './settings.ts';
import { moveTo } from './stages.ts';
import { isProven, unprovableBy } from './strength.ts';
import { termsOf } from './terms.ts';
import { after } from './time.ts';
import { versionNames } from './versions.ts';

const MAX_METRICS_BYTES = 64 * 1024;
const SENTENCES_BYTES = 300;
/** Besides, where it is to be proved: numbers, and what is remembered of it. */
const PROOF_BYTES = 700;
/** Leaves room for history, terms and conditions in a status of 128 KiB. */
const MAX_TOLD_BYTES = 80 * 1024;

/** The Metric objects that the criteria mention, or why they cannot be had. */
export type MetricsFound =
  | { kind: 'Found'; metrics: MetricInfo[] }
  | ({ kind: 'NotYet' } & Why)
  | ({ kind: 'Unsupported' } & Why);

/**
 * An initializing experiment after a look at its target and its metrics: everything it needs to
 * know recorded, first weights included; or it waits and says for what; or it cannot start.
 */
export function record(
  experiment: Experiment,
  found: { probe: Probe; metrics: MetricsFound },
  settings: Settings,
  now: Date,
): Plan {
  const status = experiment.status!;
  const { probe, metrics } = found;
  if (probe.kind === 'Unsupported') return fail(status, probe, now);
  if (metrics.kind === 'Unsupported') return fail(status, metrics, now);
  if (probe.kind === 'NotYet') return wait(experiment, probe, settings, now);
  if (metrics.kind === 'NotYet') return wait(experiment, metrics, settings, now);
  const weights = firstWeights(experiment.spec, versionNames(probe.versionInfo), probe.weights);
  const versions = versionNames(probe.versionInfo);
  const problem =
    unprovable(experiment, metrics.metrics, settings) ??
    unfit(weights, { metrics: metrics.metrics, versions }, experiment);
  if (problem) return fail(status, problem, now);
  const recorded: ExperimentStatus = {
    ...status,
    target: { ...probe.target, lock: status.target?.lock ?? '' },
    versionInfo: probe.versionInfo,
    metrics: metrics.metrics,
    currentWeightDistribution: weights!,
    versionRecommendedForPromotion: probe.versionInfo.baseline.name,
  };
  return { status: recorded, announcements: [] };
}

function unprovable(
  experiment: Experiment,
  metrics: MetricInfo[],
  settings: Settings,
): Why | undefined {
  const informed = { ...experiment, status: { ...experiment.status, metrics } };
  const message = unprovableBy(informed, settings);
  return message === undefined ? undefined : { reason: 'MetricUnsupported', message };
}

function unfit(
  weights: readonly Weight[] | undefined,
  { metrics, versions }: { metrics: readonly MetricInfo[]; versions: readonly string[] },
  { spec }: Experiment,
): Why | undefined {
  const reason = 'InvalidExperiment';
  const advice = 'set spec.strategy.weights.split, with at most 99 for a candidate';
  if (!weights) {
    return { reason, message: `the target has no weights that add up to 100 to keep; ${advice}` };
  }
  const isFixed = spec.strategy.deploymentPattern === 'FixedSplit';
  const tooMuch = weights.slice(1).find(({ value }) => value > 99);
  if (isFixed && tooMuch) {
    const message = `${tooMuch.name} would have ${tooMuch.value} % from the start, which is a promotion; ${advice}, or use BlueGreen`;
    return { reason, message };
  }
  const bytes = JSON.stringify(metrics).length;
  if (bytes <= MAX_METRICS_BYTES) return tooMuchToTell(metrics, spec, versions);
  const message = `the Metric objects in spec.criteria have ${bytes} bytes of JSON; at most ${MAX_METRICS_BYTES} fit into a status; shorten them or use fewer`;
  return { reason, message };
}

/** What a status tells of each version and criterion: names three times, and some sentences. */
function tooMuchToTell(
  metrics: readonly MetricInfo[],
  { criteria, versionInfo }: ExperimentSpec,
  versions: readonly string[],
): Why | undefined {
  const { objectives = [], rewards = [] } = criteria ?? {};
  const each = SENTENCES_BYTES + (isProven({ criteria }) ? PROOF_BYTES : 0);
  const told = versions.flatMap((version) =>
    [...objectives, ...rewards].map(({ metric }) => each + version.length + 3 * metric.length),
  );
  const copied = JSON.stringify([metrics, versionInfo]).length;
  const bytes = told.reduce((sum, one) => sum + one, copied);
  if (bytes <= MAX_TOLD_BYTES) return undefined;
  const message = `with ${versions.length} versions, ${objectives.length + rewards.length} objectives and rewards and their Metrics the status would grow to ${bytes} bytes and more; at most ${MAX_TOLD_BYTES} are accepted; use fewer or shorter names`;
  return { reason: 'InvalidExperiment', message };
}

function wait(experiment: Experiment, why: Why, settings: Settings, now: Date): Plan {
  const status = experiment.status!;
  if (!isOverdue(experiment, settings, now)) return stillWaiting(experiment, why, settings, now);
  return fail(status, { reason: why.reason, message: gaveUp(why) }, now);
}

function gaveUp({ message }: Why): string {
  return `${message}; gave up waiting`;
}

/** A status that says what is waited for and until when. A repetition changes nothing. */
function stillWaiting(experiment: Experiment, why: Why, settings: Settings, now: Date): Plan {
  const { reason } = why;
  const status = experiment.status!;
  const deadline = deadlineOf(experiment, settings);
  const message = deadline
    ? `${why.message}; waiting until ${deadline.toISOString()}`
    : why.message;
  const isNew = !status.conditions?.some((one) => one.type === 'Ready' && one.reason === reason);
  const marked = mark(status, [{ type: 'Ready', status: 'False', reason, message }], now);
  return {
    status: { ...marked, message: summary({ reason, message }) },
    announcements: isNew ? [{ type: 'Warning', reason, message }] : [],
  };
}

/**
 * An experiment that knows its target, after another look at it: Running once the first weights
 * are in force and the candidate is ready; ended where that does not come about in time.
 */
export function begin(
  experiment: Experiment,
  observed: TargetObservation,
  settings: Settings,
  now: Date,
): Plan {
  const status = experiment.status!;
  const gone = targetTrouble(observed);
  if (gone) return decide(status, gone, 'start', now);
  const why = whyNot(status, observed);
  if (!why) return run(experiment, settings, now);
  if (!isOverdue(experiment, settings, now)) return stillWaiting(experiment, why, settings, now);
  const outcome = { decision: 'Rollback', reason: why.reason, message: gaveUp(why) } as const;
  return decide(status, outcome, 'start', now);
}

function whyNot(status: ExperimentStatus, observed: TargetObservation): Why | undefined {
  if (observed.kind !== 'Observed') return observed;
  if (observed.notReady) return { reason: 'CandidateNotReady', message: observed.notReady };
  const intended = status.currentWeightDistribution ?? [];
  if (intended.length === 0 || sameWeights(observed.weights, intended)) return undefined;
  return { reason: 'WeightsNotInForce', message: 'the first weights are not in force yet' };
}

function run(experiment: Experiment, settings: Settings, now: Date): Plan {
  const told = { reason: 'StageAdvanced', message: 'Advanced to Running' };
  const running = mark(
    moveTo('Running', 'start', experiment.status!, now),
    [{ type: 'Ready', status: 'True', reason: 'TargetReady' }],
    now,
  );
  const started: ExperimentStatus = {
    ...running,
    startTime: now.toISOString(),
    lastUpdateTime: now.toISOString(),
    nextIterationTime: after(now, intervalOf(experiment, settings)).toISOString(),
    terms: termsOf(experiment.spec),
  };
  // What somebody has left here was counted before this start.
  delete started.countedUntil;
  delete started.analysis;
  const needs = needAtStart(experiment, settings);
  const known = needs ? mark(started, [needs], now) : started;
  const announced: Announcement[] = needs
    ? [{ type: 'Normal', reason: needs.reason, message: needs.message }]
    : [];
  return {
    status: progress(known, told, now),
    announcements: [{ type: 'Normal', ...told }, ...announced],
  };
}
