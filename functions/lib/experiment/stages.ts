import type { ExperimentStatus } from '../types/experiment.gen.ts';
import { goOnFrom } from './pause.ts';

/** The stages of an experiment, in the only order in which they follow each other. */
export const STAGES = ['Waiting', 'Initializing', 'Running', 'Finishing', 'Completed'] as const;

export type Stage = (typeof STAGES)[number];

/** The function that does a step of an experiment. */
export type FunctionName = 'start' | 'iterate' | 'finish';

type Transition = { from: Stage | 'New'; to: Stage; by: FunctionName; when: string };

/** Every move there is: who makes it, and when. A move that is not listed is a mistake. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'New', to: 'Waiting', by: 'start', when: 'the experiment is valid' },
  { from: 'New', to: 'Completed', by: 'start', when: 'the experiment is invalid' },
  { from: 'Waiting', to: 'Initializing', by: 'start', when: 'it alone holds the target' },
  { from: 'Waiting', to: 'Completed', by: 'start', when: 'the target was not freed in time' },
  { from: 'Initializing', to: 'Running', by: 'start', when: 'the first weights are in force' },
  {
    from: 'Initializing',
    to: 'Finishing',
    by: 'start',
    when: 'the candidate is not ready in time',
  },
  { from: 'Initializing', to: 'Finishing', by: 'finish', when: 'the experiment is deleted' },
  { from: 'Initializing', to: 'Completed', by: 'start', when: 'it cannot start' },
  { from: 'Running', to: 'Finishing', by: 'iterate', when: 'the outcome is decided' },
  { from: 'Running', to: 'Finishing', by: 'finish', when: 'the experiment is deleted' },
  { from: 'Finishing', to: 'Completed', by: 'finish', when: 'the outcome is in force' },
];

/** The stage of an experiment; New before its first status. */
export function stageOf(experiment: {
  status?: Pick<ExperimentStatus, 'stage'> | undefined;
}): Stage | 'New' {
  return experiment.status?.stage ?? 'New';
}

/**
 * The status moved to another stage at the given time, and no longer paused. Throws where {@link TRANSITIONS} has no such
 * move for this function: that is a mistake in our code, never the user's.
 */
export function moveTo(
  stage: Stage,
  by: FunctionName,
  status: ExperimentStatus,
  now: Date,
): ExperimentStatus {
  const from = status.stage ?? 'New';
  if (!TRANSITIONS.some((move) => move.from === from && move.to === stage && move.by === by)) {
    throw new Error(`${by} must not move an experiment from ${from} to ${stage}`);
  }
  const next = { ...goOnFrom(status, now), stage, stageStartTime: now.toISOString() };
  delete next.pausedSeconds;
  delete next.approvalDeadline;
  return next;
}
