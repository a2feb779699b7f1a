import { secondsBetween } from './time.ts';
import type { FunctionName, Stage } from './stages.ts';

/** What the sweep knows of an unfinished experiment. */
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
  /** What the label says of the stage; undefined where there is none. */
  label?: string | undefined;
};

const CHECK_SECONDS = 60;
/** Ticks come up to half a second late, so two of them may lie further apart than a tick. */
const JITTER_SECONDS = 1;

/**
 * The function that an unfinished experiment needs now, or undefined. A running one is iterated
 * when it is due; one with a long interval is looked at once a minute besides, at a second of its
 * own, so that a candidate that dies does not wait for the next iteration.
 */
export function nextStep(row: Row, now: Date, tickSeconds: number): FunctionName | undefined {
  const step = STEPS[row.stage];
  if (row.isDeleted) return row.stage === 'New' || row.stage === 'Waiting' ? undefined : 'finish';
  if (step !== 'iterate') return step;
  return isDue(row, now) || isCheckDue(row, now, tickSeconds) ? 'iterate' : undefined;
}

const STEPS: Record<Row['stage'], FunctionName | undefined> = {
  New: 'start',
  Waiting: 'start',
  Initializing: 'start',
  Running: 'iterate',
  Finishing: 'finish',
  Completed: undefined,
};

/** Whether the time of the next iteration has come. */
export function isDue(row: Pick<Row, 'nextIterationTime'>, now: Date): boolean {
  return !row.nextIterationTime || new Date(row.nextIterationTime) <= now;
}

function isCheckDue(row: Row, now: Date, tickSeconds: number): boolean {
  if (row.intervalSeconds <= CHECK_SECONDS) return row.label !== row.stage;
  const left = secondsBetween(now, row.nextIterationTime ?? now);
  return left % CHECK_SECONDS < tickSeconds + JITTER_SECONDS || row.label !== row.stage;
}
