import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import { isOverdue } from './deadlines.ts';
import { mark, progress, summary, type Mark } from './conditions.ts';
import { lockOf, targetOf } from './edits.ts';
import type { Freeze, Why } from './observations.ts';
import { NOT_PAUSED_REASON } from './pause.ts';
import type { Announcement, Plan } from './plan.ts';
import type { Settings } from './settings.ts';
import { moveTo } from './stages.ts';
import { describeProblems, validate } from './validation.ts';
import type { Contender, LockDecision } from './lock.ts';

const FIRST_MARKS: readonly Mark[] = [
  { type: 'Completed', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'Failed', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'TargetAcquired', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'Ready', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'Progressing', status: 'True', reason: 'ExperimentInitialized' },
  { type: 'Paused', status: 'False', reason: NOT_PAUSED_REASON },
  { type: 'Promoted', status: 'False', reason: 'ExperimentInitialized' },
  { type: 'RolledBack', status: 'False', reason: 'ExperimentInitialized' },
];

/**
 * The first status of an experiment, or of another run of it: Waiting, or Completed and Failed where
 * it cannot be run.
 */
export function accept(
  experiment: Experiment,
  { settings, now, freeze = { kind: 'Open' } }: { settings: Settings; now: Date; freeze?: Freeze },
): Plan {
  const first: ExperimentStatus = mark({}, FIRST_MARKS, now);
  first.run = runAskedFor(experiment) ?? 1;
  first.initTime = first.lastUpdateTime = now.toISOString();
  first.completedIterations = 0;
  if (experiment.metadata.generation) first.observedGeneration = experiment.metadata.generation;
  const problems = validate(experiment, freeze);
  if (problems.length > 0) {
    return fail(first, { reason: 'InvalidExperiment', message: describeProblems(problems) }, now);
  }
  first.target = { type: targetOf(experiment).type, lock: lockOf(experiment) };
  const status = progress(
    moveTo('Waiting', 'start', first, now),
    { reason: 'ExperimentInitialized', message: 'Experiment status initialized' },
    now,
  );
  return { status, announcements: tooShort(experiment, settings) };
}

/**
 * A waiting experiment whose spec was edited: accepted anew where it would lock something else or
 * cannot be run any more. Undefined where it was not edited.
 */
export function acceptEdited(
  experiment: Experiment,
  by: { settings: Settings; now: Date; freeze: Freeze },
): Plan | undefined {
  const status = experiment.status!;
  const { generation } = experiment.metadata;
  if (generation === status.observedGeneration) return undefined;
  const anew = accept(experiment, by);
  const isSame = anew.status.target?.lock === status.target?.lock;
  if (!isSame) return { ...anew, status: { ...anew.status, run: status.run ?? 1 } };
  return { status: { ...status, observedGeneration: generation }, announcements: [] };
}

/** The annotation that asks for another run. */
export const RETRY_ANNOTATION = 'iter8.tools/retry';

/** The number of the run that somebody asks for, where it is a later one than the last. */
export function runAskedFor({ metadata, status }: Experiment): number | undefined {
  return laterRun(metadata.annotations?.[RETRY_ANNOTATION], status?.run ?? 1);
}

/** A verdict on the last run is none on the next one, which waits until it is taken away. */
export function retryWaits({ spec, status }: Experiment): Plan | undefined {
  if (!spec.verdict) return undefined;
  const message = `another run is asked for, but spec.verdict still has ${spec.verdict}, which was for the last one: remove it`;
  return { status: status!, announcements: [{ type: 'Warning', reason: 'RetryWaits', message }] };
}

/** A text as the number of a run after this one, or undefined. */
export function laterRun(text: string | undefined, run: number): number | undefined {
  const asked = /^[0-9]{1,9}$/.test(text ?? '') ? Number(text) : undefined;
  return asked !== undefined && asked > run ? asked : undefined;
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
  experiment: Experiment,
  decision: LockDecision,
  settings: Settings,
  now: Date,
): Plan {
  const status = experiment.status!;
  if (decision.kind === 'Free') {
    const told = { reason: 'TargetAcquired', message: '' };
    const marked = mark(status, [{ type: 'TargetAcquired', status: 'True', ...told }], now);
    return { status: { ...marked, message: summary(told) }, announcements: [] };
  }
  const why = whyWaiting(decision);
  if (isOverdue(experiment, settings, now))
    return fail(status, { ...why, reason: 'TargetNotFreed' }, now);
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
