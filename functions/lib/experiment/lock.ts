import { secondsBetween } from './time.ts';

/** An unfinished experiment in the eyes of another that wants the same target. */
export type Contender = {
  namespace: string;
  name: string;
  uid: string;
  creationTimestamp: string;
  lockKeys: readonly string[];
  isHolder: boolean;
};

/** Whether the target may be taken, and if not, by whom it is held or who goes first. */
export type LockDecision =
  | { kind: 'Free' }
  | { kind: 'Held'; holder: Contender }
  | { kind: 'Queued'; first: Contender }
  | { kind: 'TooYoung' };

const SETTLING_SECONDS = 2;

/**
 * Whether an experiment may take its target among all unfinished experiments (itself included or
 * not). A holder always blocks. Among those that wait, the older goes first, then the smaller uid,
 * and none before it is 2 s old, so that an older one is seen.
 */
export function mayAcquire(own: Contender, others: readonly Contender[], now: Date): LockDecision {
  const rivals = rivalsOf(own, others);
  const holder = rivals.find(({ isHolder }) => isHolder);
  if (holder) return { kind: 'Held', holder };
  if (secondsBetween(own.creationTimestamp, now) < SETTLING_SECONDS) return { kind: 'TooYoung' };
  const first = rivals.filter((rival) => comesBefore(rival, own)).sort(byAge)[0];
  return first ? { kind: 'Queued', first } : { kind: 'Free' };
}

/**
 * After taking the target: another one that also holds it, or undefined. Both look after they
 * wrote, so at least one sees the other; whoever does must yield, and the older goes first next time.
 */
export function otherHolder(own: Contender, others: readonly Contender[]): Contender | undefined {
  return rivalsOf(own, others).find(({ isHolder }) => isHolder);
}

function rivalsOf(own: Contender, others: readonly Contender[]): Contender[] {
  return others.filter(
    ({ uid, lockKeys }) => uid !== own.uid && lockKeys.some((key) => own.lockKeys.includes(key)),
  );
}

function comesBefore(one: Contender, other: Contender): boolean {
  return byAge(one, other) < 0;
}

function byAge(one: Contender, other: Contender): number {
  const ageDifference = secondsBetween(other.creationTimestamp, one.creationTimestamp);
  return ageDifference !== 0 ? ageDifference : one.uid < other.uid ? -1 : 1;
}
