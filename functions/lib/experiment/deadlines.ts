import type { ExperimentSpec, ExperimentStatus } from '../types/experiment.gen.ts';
import { intervalOf, type Settings } from './settings.ts';
import type { Stage } from './stages.ts';
import { after } from './time.ts';

/** Slack on top of twice the planned duration, before a run is given up. */
const RUN_SLACK_SECONDS = 3600;

type Limits = Record<Stage, (spec: ExperimentSpec, settings: Settings) => number | undefined>;

/** How long each stage may take, in seconds; undefined: for good. */
const LIMITS: Limits = {
  Waiting: (_spec, { waitingDeadlineSeconds }) => waitingDeadlineSeconds,
  Initializing: (_spec, { initializingDeadlineSeconds }) => initializingDeadlineSeconds,
  Running: (spec, settings) =>
    2 * plannedIterations(spec) * intervalOf({ spec }, settings) + RUN_SLACK_SECONDS,
  Finishing: (_spec, { finishingDeadlineSeconds }) => finishingDeadlineSeconds,
  Completed: () => undefined,
};

/** All iterations that an experiment is to have. */
export function plannedIterations({ duration }: ExperimentSpec): number {
  return duration.iterationsPerLoop * duration.maxLoops;
}

/**
 * When the present stage ends at the latest. The time in which an experiment stands still does not
 * count; undefined while it does, and once all iterations are done and only a gate is waited for,
 * which has a time of its own.
 */
export function deadlineOf(experiment: Timed, settings: Settings): Date | undefined {
  const { stage, completedIterations = 0 } = experiment.status ?? {};
  const isAtGate = stage === 'Running' && completedIterations >= plannedIterations(experiment.spec);
  return isAtGate ? undefined : limitOf(experiment, settings);
}

type Timed = { spec: ExperimentSpec; status?: ExperimentStatus | undefined };

/**
 * When an experiment ends at the latest that cannot be gone on with: with its stage or, where all
 * its iterations are done, with what its promotion waits for.
 */
export function lastDeadlineOf(experiment: Timed, settings: Settings): Date | undefined {
  const limit = limitOf(experiment, settings);
  const { approvalDeadline = 0, nextOpening = 0 } = experiment.status ?? {};
  const times = [approvalDeadline, nextOpening].map((time) => new Date(time).getTime());
  return limit && new Date(Math.max(limit.getTime(), ...times));
}

function limitOf({ spec, status }: Timed, settings: Settings): Date | undefined {
  const { stage, stageStartTime, pausedSince, pausedSeconds = 0 } = status ?? {};
  if (!stage || !stageStartTime || pausedSince) return undefined;
  const seconds = LIMITS[stage](spec, settings);
  return seconds === undefined ? undefined : latest(stageStartTime, seconds + pausedSeconds);
}

/** The longest spec adds up to more time than a date can hold. */
function latest(start: string, seconds: number): Date | undefined {
  const deadline = after(start, seconds);
  return Number.isNaN(deadline.getTime()) || deadline.getUTCFullYear() > 9999
    ? undefined
    : deadline;
}

/** Whether the present stage has taken too long. */
export function isOverdue(experiment: Timed, settings: Settings, now: Date): boolean {
  const deadline = deadlineOf(experiment, settings);
  return deadline !== undefined && now >= deadline;
}
