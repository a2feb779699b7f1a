import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import { mark, progress, summary, type Mark } from './conditions.ts';
import type { Why } from './observations.ts';
import type { Announcement, Plan } from './plan.ts';
import type { Settings } from './settings.ts';
import { moveTo } from './stages.ts';
import { lockKeys, resolveTarget } from './target.ts';
import { after } from './time.ts';
import { describeProblems, validate } from './validation.ts';
import type { Contender, LockDecision } from './lock.ts';

const FIRST_MARKS: readonly Mark[] = [
  { type: 'Completed', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'Failed', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'TargetAcquired', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'Ready', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'Progressing', status: 'True', reason: 'ExperimentInitialized' },
  { type: 'Promoted', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'RolledBack', status: 'False', reason: 'ExperimentInitialized' },
];

/** A new experiment's first status: Waiting, or Completed and Failed where it cannot be run. */
export function accept(experiment: Experiment, settings: Settings, now: Date): Plan {
  const first: ExperimentStatus = mark({}, FIRST_MARKS, now);
  first.run = 1;
  first.initTime = first.lastUpdateTime = now.toISOString();
  first.completedIterations = 0;
  if (experiment.metadata.generation) first.observedGeneration = experiment.metadata.generation;
  const problems = validate(experiment);
  if (problems.length > 0) {
    return fail(first, { reason: 'InvalidExperiment', message: describeProblems(problems) }, now);
  }
  first.target = lockOf(experiment);
  const status = progress(
    moveTo('Waiting', 'start', first, now),
    { reason: 'ExperimentInitialized', message: 'Experiment status initialized' },
    now,
  );
  return { status, announcements: tooShort(experiment, settings) };
}

function lockOf(experiment: Experiment): NonNullable<ExperimentStatus['target']> {
  const target = resolveTarget(experiment);
  return { type: target.type, lock: lockKeys(target, experiment.spec.target).join(',') };
}

function tooShort({ spec }: Experiment, { tickSeconds }: Settings): Announcement[] {
  const { intervalSeconds } = spec.duration;
  if (intervalSeconds >= tickSeconds) return [];
  const message = `spec.duration.intervalSeconds is ${intervalSeconds}, but iterations come with a tick every ${tickSeconds} s: one will take ${tickSeconds} s`;
  return [{ type: 'Warning', reason: 'IntervalRoundedUp', message }];
}

/**
 * An experiment that ends before it touched any traffic: Completed and Failed, the reason in its
 * conditions and its message.
 */
export function fail(status: ExperimentStatus, { reason, message }: Why, now: Date): Plan {
  const why = { reason, message };
  const ended = moveTo('Completed', 'start', status, now);
  const marked = mark(
    ended,
    [
      { type: 'Failed', status: 'True', ...why },
      { type: 'Ready', status: 'False', ...why },
      { type: 'Progressing', status: 'False', ...why },
      {
        type: 'Completed',
        status: 'True',
        reason: 'ExperimentCompleted',
        message: `Experiment failed. ${summary(why)}`,
      },
    ],
    now,
  );
  return {
    status: { ...marked, message: summary(why) },
    announcements: [{ type: 'Warning', ...why }],
  };
}

/** The experiment as a contender for its target. */
export function contenderOf({ metadata, status }: Experiment): Contender {
  const acquired = status?.conditions?.find(({ type }) => type === 'TargetAcquired');
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    creationTimestamp: metadata.creationTimestamp,
    lockKeys: status?.target?.lock?.split(',') ?? [],
    isHolder: acquired?.status === 'True',
  };
}

/** The status of a waiting experiment after a look at the others: the target taken, or why not. */
export function acquire(
  status: ExperimentStatus,
  decision: LockDecision,
  settings: Settings,
  now: Date,
): Plan {
  if (decision.kind === 'Free') {
    const told = { reason: 'TargetAcquired', message: '' };
    const marked = mark(status, [{ type: 'TargetAcquired', status: 'True', ...told }], now);
    return { status: { ...marked, message: summary(told) }, announcements: [] };
  }
  const why = whyWaiting(decision);
  const deadline = after(status.stageStartTime!, settings.waitingDeadlineSeconds);
  if (now >= deadline) return fail(status, { ...why, reason: 'TargetNotFreed' }, now);
  const waiting = mark(status, [{ type: 'TargetAcquired', status: 'False', ...why }], now);
  return { status: { ...waiting, message: summary(why) }, announcements: [] };
}

function whyWaiting(decision: Exclude<LockDecision, { kind: 'Free' }>): Why {
  switch (decision.kind) {
    case 'Held':
      return {
        reason: 'TargetHeld',
        message: `the target is held by experiment ${decision.holder.namespace}/${decision.holder.name}; this one starts when that one has completed`,
      };
    case 'Queued':
      return {
        reason: 'TargetQueued',
        message: `experiment ${decision.first.namespace}/${decision.first.name} is older and waits for the same target; it goes first`,
      };
    case 'TooYoung':
      return { reason: 'TargetQueued', message: 'older experiments for the same target go first' };
  }
}

/** The target given back, because another experiment took it in the same moment. */
export function yieldTarget(status: ExperimentStatus, other: Contender, now: Date): Plan {
  const why = whyWaiting({ kind: 'Held', holder: other });
  const yielded = mark(status, [{ type: 'TargetAcquired', status: 'False', ...why }], now);
  return { status: { ...yielded, message: summary(why) }, announcements: [] };
}

/** A waiting experiment that alone holds its target, moved on. */
export function beginInitializing(status: ExperimentStatus, now: Date): Plan {
  const told = { reason: 'StageAdvanced', message: 'Advanced to Initializing' };
  const next = progress(moveTo('Initializing', 'start', status, now), told, now);
  return { status: next, announcements: [{ type: 'Normal', ...told }] };
}
