import { weightOf } from '../analysis/weights.ts';
import type { Experiment, ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import { isTrue, mark, summary, type Mark } from './conditions.ts';
import { deadlineOf, isOverdue } from './deadlines.ts';
import { decide, withOutcome } from './decide.ts';
import { sameWeights } from './firstWeights.ts';
import type { TargetObservation, Why } from './observations.ts';
import type { Announcement, Plan } from './plan.ts';
import type { Settings } from './settings.ts';
import { moveTo } from './stages.ts';
import { secondsBetween } from './time.ts';
import { ROLLBACK_REASON } from './verdict.ts';

/** An experiment that is deleted while it may have traffic to give back: Finishing, by rollback. */
export function abandon(status: ExperimentStatus, now: Date): Plan {
  const message = 'the experiment was deleted; the baseline gets its traffic back';
  return decide(status, { decision: 'Rollback', reason: 'Deleted', message }, 'finish', now);
}

/** What a finishing experiment needs now. */
export type Conclusion =
  /** The target does not have the weights of the outcome: write them. */
  | { kind: 'Write' }
  /** Nothing to do yet; the status says what is waited for. */
  | { kind: 'Wait'; plan: Plan }
  /** The outcome is in force, or will not come to be: the last status. */
  | { kind: 'Complete'; plan: Plan };

/**
 * What a finishing experiment needs after a look at its target. The outcome must be seen in force
 * once no late writer can have the last word any more; and it must be within the deadline of the
 * stage, after which the experiment ends as failed.
 */
export function conclude(
  experiment: Experiment,
  observed: TargetObservation | undefined,
  settings: Settings,
  now: Date,
): Conclusion {
  const status = experiment.status!;
  if (!observed || isLeftAlone(status, observed)) return complete(status, undefined, now);
  if (observed.kind === 'Missing') return complete(status, pick(observed), now);
  return (
    overtaken(status, observed, now) ??
    calledBack(experiment, now) ??
    carryOn(experiment, observed, settings, now)
  );
}

/**
 * Whether traffic that is to stay as it is needs no look: none was moved, or somebody else has taken
 * the target over or promoted the winner already. Else the last weights must be seen, like any other.
 */
function isLeftAlone(
  { outcome, currentWeightDistribution = [] }: ExperimentStatus,
  observed: TargetObservation,
): boolean {
  const { decision, reason, version = '' } = outcome!;
  if (decision !== 'Keep') return false;
  if (reason === 'TargetSuperseded' || currentWeightDistribution.length === 0) return true;
  if (observed.kind !== 'Observed') return false;
  return observed.takenOver !== undefined || weightOf(version, observed.weights) === 100;
}

/** A promotion that would now reach, or has already reached, a revision that was not assessed. */
function overtaken(
  status: ExperimentStatus,
  observed: TargetObservation,
  now: Date,
): Conclusion | undefined {
  const takenOver = observed.kind === 'Observed' ? observed.takenOver : undefined;
  if (!takenOver || status.outcome!.decision !== 'Promote') return undefined;
  const why = { reason: 'TargetSuperseded', message: takenOver.message };
  if (takenOver.isPromoted) return complete(status, why, now);
  return { kind: 'Wait', plan: withOutcome(status, { decision: 'Rollback', ...why }, now) };
}

/** A promotion that a person calls back before it has completed. */
function calledBack({ spec, status }: Experiment, now: Date): Conclusion | undefined {
  if (spec.verdict !== 'Rollback' || status!.outcome!.decision !== 'Promote') return undefined;
  const message = `spec.verdict calls the promotion back (${summary(status!.outcome!)})`;
  const outcome = { decision: 'Rollback', reason: ROLLBACK_REASON, message } as const;
  return { kind: 'Wait', plan: withOutcome(status!, outcome, now) };
}

function carryOn(
  experiment: Experiment,
  observed: Exclude<TargetObservation, { kind: 'Missing' }>,
  settings: Settings,
  now: Date,
): Conclusion {
  const status = experiment.status!;
  const outcome = status.outcome!;
  const waited = secondsBetween(status.stageStartTime!, now);
  const problem = problemOf(status, outcome, observed);
  if (!problem) {
    const isSettled = waited >= settlingSeconds(outcome, settings);
    return isSettled ? complete(status, undefined, now) : { kind: 'Wait', plan: unchanged(status) };
  }
  if (observed.kind === 'Observed' && !hasWeights(status, observed)) return { kind: 'Write' };
  const isLate = isOverdue(experiment, settings, now);
  if (!isLate || !isKnown(problem, status)) {
    const next = isLate ? withTimeLeft(experiment, settings, now) : status;
    return { kind: 'Wait', plan: waiting(next, problem, now) };
  }
  return complete(status, { ...problem, message: timedOut(problem, outcome, settings) }, now);
}

/**
 * How long after a decision a write of the weights before it may still come, by clocks that differ
 * either way. A write of ours in between makes any older one fail, and a promotion always has one; a
 * rollback may find nothing to write, while first weights are on their way: the decision may have
 * taken a handler deadline to be written, and so may a writer who read just before, besides the time
 * that both are on their way.
 */
function settlingSeconds({ decision }: Outcome, settings: Settings): number {
  const deadlines = decision === 'Rollback' ? 3 : 1;
  return deadlines * settings.handlerDeadlineSeconds + 2 * settings.clockToleranceSeconds;
}

/**
 * After an outage of ours the first look comes after the deadline: what is written only now gets some
 * time to come into force, as if the stage had stood still.
 */
function withTimeLeft(experiment: Experiment, settings: Settings, now: Date): ExperimentStatus {
  const late = secondsBetween(deadlineOf(experiment, settings)!, now);
  const seconds = Math.ceil(late + 2 * settings.handlerDeadlineSeconds);
  const status = experiment.status!;
  return { ...status, pausedSeconds: (status.pausedSeconds ?? 0) + seconds };
}

/** Whether an earlier look has told this problem. */
function isKnown({ reason }: Why, { conditions }: ExperimentStatus): boolean {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'False' && ready.reason === reason;
}

function hasWeights(
  { currentWeightDistribution = [] }: ExperimentStatus,
  observed: Extract<TargetObservation, { kind: 'Observed' }>,
): boolean {
  return (
    currentWeightDistribution.length === 0 ||
    sameWeights(observed.weights, currentWeightDistribution)
  );
}

function problemOf(
  status: ExperimentStatus,
  { decision, version }: Outcome,
  observed: Exclude<TargetObservation, { kind: 'Missing' }>,
): Why | undefined {
  if (observed.kind === 'Error') return pick(observed);
  const isServed = decision === 'Keep' || !version || observed.servedBy === version;
  if (hasWeights(status, observed) && isServed) return undefined;
  const now = observed.servedBy ? `${observed.servedBy} gets it` : 'it is still divided';
  const message =
    decision === 'Keep'
      ? 'the target does not have the last weights yet'
      : `all traffic is to go to ${version ?? 'the baseline'}, but ${now}`;
  return { reason: 'OutcomeNotInForce', message };
}

const WHAT = { Promote: 'promotion', Rollback: 'rollback', Keep: 'last division of traffic' };

function timedOut(problem: Why, { decision }: Outcome, settings: Settings): string {
  const what = WHAT[decision];
  return `the ${what} was not seen in force within ${settings.finishingDeadlineSeconds} s: ${problem.message}; check the target and set its weights by hand`;
}

function waiting(status: ExperimentStatus, why: Why, now: Date): Plan {
  const marks: Mark[] = [{ type: 'Ready', status: 'False', ...why }];
  return { status: mark(status, marks, now), announcements: [] };
}

function unchanged(status: ExperimentStatus): Plan {
  return { status, announcements: [] };
}

function complete(status: ExperimentStatus, failure: Why | undefined, now: Date): Conclusion {
  const outcome = status.outcome!;
  const why = failure ?? outcome;
  const isInForce = !failure;
  const marks: Mark[] = [
    ...(failure
      ? [{ type: 'Failed', status: 'True', ...failure } as const]
      : [{ type: 'Ready', status: 'True', reason: 'OutcomeInForce' } as const]),
    ...(isInForce && outcome.decision === 'Promote' ? [done('Promoted', outcome)] : []),
    ...(isInForce && outcome.decision === 'Rollback' ? [done('RolledBack', outcome)] : []),
    { type: 'Progressing', status: 'False', ...pick(why) },
  ];
  const marked = mark(moveTo('Completed', 'finish', status, now), marks, now);
  const text = `${endText(marked, outcome)}. ${summary(why)}`;
  const ended = mark(
    marked,
    [{ type: 'Completed', status: 'True', reason: 'ExperimentCompleted', message: text }],
    now,
  );
  const message = summary({ reason: 'ExperimentCompleted', message: text });
  const type = isTrue(ended, 'Failed') ? 'Warning' : 'Normal';
  const told: Announcement = { type, reason: 'ExperimentCompleted', message: text };
  return { kind: 'Complete', plan: { status: { ...ended, message }, announcements: [told] } };
}

function done(type: 'Promoted' | 'RolledBack', outcome: Outcome): Mark {
  return { type, status: 'True', ...pick(outcome) };
}

function pick({ reason, message }: Why): Why {
  return { reason, message };
}

function endText(status: ExperimentStatus, { decision }: Outcome): string {
  if (isTrue(status, 'Failed')) return 'Experiment failed';
  return decision === 'Rollback' ? 'Experiment rolled back' : 'Experiment completed successfully';
}
