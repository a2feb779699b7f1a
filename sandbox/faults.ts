import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

/** What goes wrong with a delivery. */
export interface Faults {
  /** Nothing arrives, and the sender believes that it did. */
  lose?: boolean;
  /** How often each event arrives (default 1). */
  copies?: number;
  /** Each copy is held back for a random time up to this, which also changes the order. */
  maxDelayMs?: number;
  /** Copies travel at the same time, and the sender does not wait for them. */
  concurrent?: boolean;
}

/** The same faults for every delivery, or those that are drawn for each one anew. */
export type FaultSource = Faults | ((random: Random) => Faults);

/** Sends one copy of what is delivered. */
export type SendOne = () => Promise<void>;

/** Delivers with these faults. Resolves when the sender may go on; never rejects. */
export async function sendWithFaults(
  sendOne: SendOne,
  faults: FaultSource,
  random: Random,
): Promise<void> {
  const drawn = typeof faults === 'function' ? faults(random) : faults;
  const { lose = false, copies = 1, maxDelayMs = 0, concurrent = false } = drawn;
  if (lose) return;
  const delays = Array.from({ length: copies }, () => random() * maxDelayMs);
  const sendLater = async (delayMs: number): Promise<void> => {
    if (delayMs > 0) await sleep(delayMs);
    await sendOne().catch(() => undefined);
  };
  if (concurrent) {
    for (const delayMs of delays) void sendLater(delayMs);
    return;
  }
  for (const delayMs of delays) await sendLater(delayMs);
}
