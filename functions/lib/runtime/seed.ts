import { createHash } from 'node:crypto';
import { seededRandom, type Random } from '../analysis/random.ts';
import type { Experiment } from '../types/experiment.gen.ts';

/** Chance for one iteration, by purpose: the same experiment, run and iteration have the same. */
export function chanceOf({ metadata, status }: Experiment): (purpose: string) => Random {
  const seed = `${metadata.uid}|${status?.run ?? 1}|${status?.completedIterations ?? 0}`;
  return (purpose) => randomFrom(`${seed}|${purpose}`);
}

/** Uniform numbers from a text: the first 16 bytes of its SHA-256, as four little-endian words. */
export function randomFrom(text: string): Random {
  const digest = createHash('sha256').update(text).digest();
  const word = (index: number): number => digest.readUInt32LE(4 * index);
  return seededRandom([word(0), word(1), word(2), word(3)]);
}
