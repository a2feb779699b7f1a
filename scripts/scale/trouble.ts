import type { Random } from '../../sandbox/random.ts';

/**
 * What can go wrong with a call: a refusal; the connection gone before the call is passed on; gone
 * after it was, but before the answer; a call that takes up to 5 s longer.
 */
export const TROUBLES = ['refused', 'cut before', 'cut after', 'delayed'] as const;
/** One of them. */
export type Trouble = (typeof TROUBLES)[number];

/** What goes wrong with the next call, mostly nothing. */
export type Draw = () => Trouble | undefined;

const MAX_DELAY_MS = 5000;

/** Draws a trouble for this share (0..1) of all calls. */
export function drawTrouble(random: Random, rate: number): Draw {
  return () => (random() < rate ? TROUBLES[Math.floor(random() * TROUBLES.length)] : undefined);
}

/** How long a delayed call is held back. */
export function drawDelayMs(random: Random): number {
  return random() * MAX_DELAY_MS;
}
