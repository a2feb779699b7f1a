import { laterRun } from './accept.ts';
import { SUSPENDED } from './pause.ts';
import { secondsBetween } from './time.ts';
import type { FunctionName, Stage } from './stages.ts';

/** What the sweep knows of an experiment. */
export type Row = {
  namespace: string;
  name: string;
  uid: string;
  stage: Stage | 'New';
  run: number;
  completedIterations: number;
  intervalSeconds: number;
  nextIterationTime?: string | undefined;
  isDeleted: boolean;
  /** What spec.suspend asks for, and the reason of the Paused condition. */
  isSuspended: boolean;
  paused?: string | undefined;
  /** Whether a person asks for an outcome, or (by its number) for another run. */
  hasVerdict: boolean;
  retry?: string | undefined;
  /** What the label says of the stage; undefined where there is none. */
  label?: string | undefined;
};

const CHECK_SECONDS = 60;
/** Ticks come up to half a second late, so two of them may lie further apart than a tick. */
const JITTER_SECONDS = 1;

/**
 * The function that an experiment needs now, or undefined. A running one is iterated when it is due
 * or when somebody asks for something; one with a long interval, or that is suspended, is looked at
 * once a minute besides, at a second of its own, so that a target that is gone does not wait for
 * the next iteration.
 */
export function nextStep(row: Row, now: Date, tickSeconds: number): FunctionName | undefined {
  // A stage that nobody knows is for start, which finds that out.
  const step = Object.hasOwn(STEPS, row.stage) ? STEPS[row.stage] : 'start';
  if (row.stage === 'Completed') {
    return laterRun(row.retry, row.run) && !row.isDeleted ? 'start' : undefined;
  }
  if (row.isDeleted) return row.stage === 'New' || row.stage === 'Waiting' ? undefined : 'finish';
  if (step !== 'iterate') return step;
  return isNeeded(row, now, tickSeconds) ? 'iterate' : undefined;
}

const STEPS: Record<Row['stage'], FunctionName | undefined> = {
  New: 'start',
  Waiting: 'start',
  Initializing: 'start',
  Running: 'iterate',
  Finishing: 'finish',
  Completed: undefined,
};

function isNeeded(row: Row, now: Date, tickSeconds: number): boolean {
  const isHeld = row.paused === SUSPENDED.reason;
  if (row.hasVerdict || row.isSuspended !== isHeld) return true;
  if (row.isSuspended) return isCheckDue(row, now, tickSeconds);
  const isShort = row.intervalSeconds <= CHECK_SECONDS;
  const isWanted =
    isDue(row, now) || isTooFarAway(row, Math.max(row.intervalSeconds, tickSeconds), now);
  return isWanted || (!isShort && isCheckDue(row, now, tickSeconds)) || isMislabelled(row);
}

/** Whether the time of the next iteration has come. */
export function isDue(row: Pick<Row, 'nextIterationTime'>, now: Date): boolean {
  // What is no time is due.
  return !row.nextIterationTime || !(new Date(row.nextIterationTime) > now);
}

/** Clocks differ, and iterations come a tick late: that alone is no reason to look again. */
const FAR_SECONDS = 10;

/** Whether the next iteration is further away than its interval: that was shortened since. */
export function isTooFarAway(
  { nextIterationTime }: Pick<Row, 'nextIterationTime'>,
  intervalSeconds: number,
  now: Date,
): boolean {
  if (!nextIterationTime) return false;
  return secondsBetween(now, nextIterationTime) > intervalSeconds + FAR_SECONDS;
}

function isMislabelled({ label, stage }: Row): boolean {
  return label !== stage;
}

function isCheckDue({ nextIterationTime }: Row, now: Date, tickSeconds: number): boolean {
  const left = secondsBetween(now, nextIterationTime ?? now) % CHECK_SECONDS;
  return (left + CHECK_SECONDS) % CHECK_SECONDS < tickSeconds + JITTER_SECONDS;
}
