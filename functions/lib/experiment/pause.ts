// Standing still: because somebody wants it so, or because of a freeze window.
import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import { isTrue, mark, reasonIfTrue, summary } from './conditions.ts';
import type { Freeze, Why } from './observations.ts';
import type { Announcement } from './plan.ts';
import { after, secondsBetween } from './time.ts';

/** The reason of the Paused condition while it is False. */
export const NOT_PAUSED_REASON = 'NotPaused';

/** The freeze window that keeps an experiment without traffic from starting, if one does, in words. */
export function whyNotStarted(
  { spec }: Experiment,
  freeze: Freeze,
): { freeze: Frozen; message: string } | undefined {
  const isSwitch = spec.strategy.deploymentPattern === 'BlueGreen';
  if (freeze.kind !== 'Frozen' || !(isSwitch || isFrozenWhole({ spec }, freeze))) return undefined;
  return { freeze, message: `the start waits for ${openingOf(freeze)}` };
}

/** What is told of an experiment that somebody suspends. */
export const SUSPENDED: Why = {
  reason: 'Suspended',
  message: 'spec.suspend is true: weights are held and nothing is iterated until it is false',
};

/** Whether a freeze window makes all of an experiment stand still, not only its promotion. */
export function isFrozenWhole({ spec }: Pick<Experiment, 'spec'>, freeze: Freeze): boolean {
  return freeze.kind === 'Frozen' && spec.strategy.freeze?.effect === 'Experiment';
}

type Frozen = Extract<Freeze, { kind: 'Frozen' }>;

/** When a freeze ends, and by which window it came, in words. */
export function openingOf({ window, until }: Frozen): string {
  return `${until.toISOString()}, when the freeze windows end (spec.strategy.freeze.windows[${window}])`;
}

/** Whether the experiment stands still because somebody suspended it. */
export function isSuspended(status: ExperimentStatus | undefined): boolean {
  return reasonIfTrue(status, 'Paused') === SUSPENDED.reason;
}

/** The status of an experiment whose clock stands still from now on, or has before. */
export function standStill(status: ExperimentStatus, why: Why, now: Date): ExperimentStatus {
  const still = { ...status, pausedSince: status.pausedSince ?? now.toISOString() };
  delete still.nextOpening;
  return waitFor(still, why, now);
}

/** The status of an experiment that a freeze window makes stand still. */
export function freezeWhole(
  status: ExperimentStatus,
  { freeze, message, now }: { freeze: Frozen; message: string; now: Date },
): ExperimentStatus {
  const frozen = standStill(status, { reason: 'Frozen', message }, now);
  return { ...frozen, nextOpening: freeze.until.toISOString() };
}

/** The status of an experiment whose promotion waits, while its clock goes on. */
export function waitFor(status: ExperimentStatus, why: Why, now: Date): ExperimentStatus {
  const marked = mark(status, [{ type: 'Paused', status: 'True', ...why }], now);
  return { ...marked, message: summary(why) };
}

/**
 * The status of an experiment that goes on, whatever it waited for: its clock runs again, and the
 * next iteration is as far away as it was. The same status where it was not paused.
 */
export function goOnFrom(status: ExperimentStatus, now: Date): ExperimentStatus {
  if (!status.pausedSince && !isTrue(status, 'Paused')) return status;
  const marks = [{ type: 'Paused', status: 'False', reason: NOT_PAUSED_REASON }] as const;
  return mark(withClock(status, now), marks, now);
}

/** The status with its clock running again, if it stood still: what is to come comes so much later. */
export function withClock(status: ExperimentStatus, now: Date): ExperimentStatus {
  const { pausedSince, pausedSeconds = 0, nextIterationTime, approvalDeadline } = status;
  const running = { ...status };
  delete running.nextOpening;
  delete running.pausedSince;
  if (!pausedSince) return running;
  const seconds = Math.max(0, Math.round(secondsBetween(pausedSince, now)));
  const later = (time: string): string => after(time, seconds).toISOString();
  return {
    ...running,
    pausedSeconds: pausedSeconds + seconds,
    ...(nextIterationTime && { nextIterationTime: later(nextIterationTime) }),
    ...(approvalDeadline && { approvalDeadline: later(approvalDeadline) }),
  };
}

/** What is to be told of a change: what an experiment waits for now, or that it goes on. */
export function pauseNews(before: ExperimentStatus, next: ExperimentStatus): Announcement[] {
  const [was, is] = [before, next].map((status) => reasonIfTrue(status, 'Paused'));
  if (was === is) return [];
  if (is === undefined) {
    const message = `it goes on after ${was!}, which began ${startOf(before)}`;
    return [{ type: 'Normal', reason: 'Resumed', message }];
  }
  const message = `${messageOf(next)}; since ${startOf(next)}`;
  return [{ type: 'Normal', reason: is, message }];
}

function messageOf({ conditions }: ExperimentStatus): string {
  return conditions?.find(({ type }) => type === 'Paused')?.message ?? '';
}

/** It makes each Event one of its own. */
function startOf({ conditions, pausedSince }: ExperimentStatus): string {
  const marked = conditions?.find(({ type }) => type === 'Paused')?.lastTransitionTime;
  return pausedSince ?? marked ?? '';
}
