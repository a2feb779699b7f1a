import type { Random } from '../analysis/random.ts';
import type { Weight } from '../analysis/weights.ts';
import type { Experiment, ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import { analyse, type Findings } from './analyse.ts';
import { mark, progress } from './conditions.ts';
import { decide } from './decide.ts';
import { violations } from './evidence.ts';
import { sameWeights } from './firstWeights.ts';
import { healthOf } from './health.ts';
import type { Measurements, TargetObservation, Why } from './observations.ts';
import { finalOutcome, targetTrouble, violationOf } from './outcome.ts';
import type { Announcement, Plan } from './plan.ts';
import { watchData, watchReadiness } from './readiness.ts';
import { intervalOf, type Settings } from './settings.ts';
import { after } from './time.ts';

/** What an iteration has seen. `evaluationTime` is that of all its queries. */
export type Observations = {
  target: TargetObservation;
  measurements: Measurements;
  evaluationTime: Date;
};

/** What an iteration may use besides the experiment and what it saw. */
export type Circumstances = { settings: Settings; now: Date; random: Random };

/**
 * One iteration of a running experiment: its analysis and evidence, the weights to be in force from
 * now on, and the outcome where there is one. Pure: the same input gives the same plan.
 */
export function plan(experiment: Experiment, seen: Observations, by: Circumstances): Plan {
  const status = experiment.status!;
  const gone = targetTrouble(seen.target);
  if (gone) return decide(status, gone, 'iterate', by.now);
  const findings = analyse(experiment, seen, by);
  const readiness = watchReadiness(status, seen.target, by.now);
  const data = watchData(experiment, readiness.target, seen.measurements, by);
  const counted = count(experiment, { ...findings.status, target: data.target }, seen, by.now);
  const outcome =
    rollbackFor(readiness.trouble ?? data.trouble) ??
    violationOf(experiment, findings.evidence) ??
    finalOutcome(experiment, counted.completedIterations!, { findings, target: seen.target }, by);
  return outcome
    ? end(experiment, counted, outcome, by.now)
    : goOn(experiment, { counted, findings, seen }, by);
}

/**
 * A look at the target between iterations, after a replayed event for instance: no metric is
 * queried and nothing is counted; only trouble with the target changes the status.
 */
export function recheck(experiment: Experiment, target: TargetObservation, now: Date): Plan {
  const status = experiment.status!;
  const readiness = watchReadiness(status, target, now);
  const outcome = targetTrouble(target) ?? rollbackFor(readiness.trouble);
  const watched = { ...status, target: readiness.target };
  return outcome
    ? decide(watched, outcome, 'iterate', now)
    : { status: watched, announcements: [] };
}

function rollbackFor(trouble: Why | undefined): Outcome | undefined {
  return trouble && { decision: 'Rollback', ...trouble };
}

function count(
  { status, metadata }: Experiment,
  found: Partial<ExperimentStatus>,
  { evaluationTime }: Observations,
  now: Date,
): ExperimentStatus {
  return {
    ...status,
    ...found,
    completedIterations: (status!.completedIterations ?? 0) + 1,
    lastUpdateTime: now.toISOString(),
    evaluationTime: evaluationTime.toISOString(),
    observedGeneration: metadata.generation,
  };
}

/** The weights that would have come next never come into force: those before them are what is left. */
function end({ status }: Experiment, counted: ExperimentStatus, outcome: Outcome, now: Date): Plan {
  const { currentWeightDistribution } = status!;
  const decided = decide({ ...counted, currentWeightDistribution }, outcome, 'iterate', now);
  if (outcome.decision !== 'Promote') return decided;
  const message = `${outcome.version!} is promoted because its latest values lie within the limits; how sure that is was not computed`;
  const weak: Announcement = { type: 'Warning', reason: 'WeakEvidence', message };
  return { ...decided, announcements: [...decided.announcements, weak] };
}

type Look = { counted: ExperimentStatus; findings: Findings; seen: Observations };

function goOn(experiment: Experiment, look: Look, { settings, now }: Circumstances): Plan {
  const { counted, findings, seen } = look;
  const told = progressOf(experiment, counted, findings);
  const health = healthOf(experiment.status!, seen.target, seen.measurements);
  const status: ExperimentStatus = {
    ...progress(mark(counted, [health, told.mark], now), told, now),
    nextIterationTime: nextTime(experiment, settings, now).toISOString(),
  };
  const announcements = [
    ...changed(experiment.status!, told.mark, told.mark.reason === 'BothViolate'),
    ...changed(experiment.status!, health, health.status === 'False'),
    ...weightChange(experiment.status!.currentWeightDistribution ?? [], findings.weights),
  ];
  return { status, announcements };
}

type Told = Why & {
  mark: { type: 'Progressing'; status: 'True'; reason: string; message: string };
};

function progressOf(
  { status }: Experiment,
  { completedIterations }: ExperimentStatus,
  { evidence }: Findings,
): Told {
  const shared = violations(status!.versionInfo!.baseline.name, evidence).find(
    ({ isShared }) => isShared,
  );
  const done = {
    reason: 'IterationUpdate',
    message: `Completed Iteration ${completedIterations!}`,
  };
  const why = shared
    ? {
        reason: 'BothViolate',
        message: `baseline and candidate violate the same objective, which proves nothing about the candidate; weights are held (${shared.evidence.message})`,
      }
    : done;
  return { ...done, mark: { type: 'Progressing', status: 'True', ...why } };
}

/** A warning where a condition has a new reason to worry about. */
function changed(
  before: ExperimentStatus,
  { type, reason, message = '' }: { type: string; reason: string; message?: string },
  isWorry: boolean,
): Announcement[] {
  const known = before.conditions?.some((one) => one.type === type && one.reason === reason);
  return isWorry && !known ? [{ type: 'Warning', reason, message }] : [];
}

function weightChange(before: readonly Weight[], next: readonly Weight[]): Announcement[] {
  if (sameWeights(before, next)) return [];
  const message = next.map(({ name, value }) => `${name} ${value} %`).join(', ');
  return [{ type: 'Normal', reason: 'WeightsChanged', message }];
}

/**
 * The next iteration comes one interval after this one was due, so that intervals do not grow by
 * the tick's phase; after an outage, one interval from now, so that nothing is made up for in a rush.
 */
function nextTime(experiment: Experiment, settings: Settings, now: Date): Date {
  const interval = intervalOf(experiment, settings);
  const regular = after(experiment.status!.nextIterationTime ?? now, interval);
  return regular > now ? regular : after(now, interval);
}
