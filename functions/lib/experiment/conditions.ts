import type { Condition, ExperimentStatus } from '../types/experiment.gen.ts';

export type ConditionType =
  | 'Completed'
  | 'Failed'
  | 'TargetAcquired'
  | 'Ready'
  | 'Progressing'
  | 'Decidable'
  | 'Paused'
  | 'Promoted'
  | 'RolledBack';

/** A condition as it should be from now on. */
export type Mark = {
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message?: string;
};

/**
 * The status with these conditions set. lastTransitionTime moves only where a condition's status
 * changes. The status given is not changed.
 */
export function mark(
  status: ExperimentStatus,
  marks: readonly Mark[],
  now: Date,
): ExperimentStatus {
  const conditions = marks.reduce(
    (before, next) => setCondition(before, next, now),
    status.conditions ?? [],
  );
  return { ...status, conditions };
}

function setCondition(conditions: readonly Condition[], next: Mark, now: Date): Condition[] {
  const index = conditions.findIndex(({ type }) => type === next.type);
  const before = conditions[index];
  const lastTransitionTime =
    before?.status === next.status ? before.lastTransitionTime : now.toISOString();
  const { type, status, reason, message = '' } = next;
  const condition: Condition = { type, status, reason, message, lastTransitionTime };
  return index < 0 ? [...conditions, condition] : conditions.with(index, condition);
}

/** Whether a condition is True. */
export function isTrue(status: ExperimentStatus | undefined, type: ConditionType): boolean {
  return reasonIfTrue(status, type) !== undefined;
}

/** The reason of a condition that is True; undefined where it is not. */
export function reasonIfTrue(
  status: ExperimentStatus | undefined,
  type: ConditionType,
): string | undefined {
  const condition = status?.conditions?.find((one) => one.type === type);
  return condition?.status === 'True' ? (condition.reason ?? '') : undefined;
}

/**
 * The status with progress told: the reason and message of the Completed condition while it is
 * False, as iter8 does it, and status.message.
 */
export function progress(
  status: ExperimentStatus,
  told: { reason: string; message: string },
  now: Date,
): ExperimentStatus {
  const marked = mark(status, [{ type: 'Completed', status: 'False', ...told }], now);
  return { ...marked, message: summary(told) };
}

/** One line for status.message: "Reason: message". */
export function summary({ reason, message }: { reason: string; message: string }): string {
  return message ? `${reason}: ${message}` : reason;
}
