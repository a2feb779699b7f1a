// Kayenta's judge of one metric: a rank test with its hard-coded confidence and tolerance.
import { normalQuantile } from '../../functions/lib/analysis/special.ts';

const CONFIDENCE = 0.98;
const TOLERANCE = 0.25;

/**
 * Whether the first sample lies above the second: the lower end of a confidence interval for the
 * shift between them is above a quarter of the shift itself. False where a sample is empty.
 */
export function shiftIsUp(candidate: readonly number[], baseline: readonly number[]): boolean {
  const [m, n] = [candidate.length, baseline.length];
  if (m === 0 || n === 0) return false;
  const differences = Float64Array.from(
    candidate.flatMap((value) => baseline.map((other) => value - other)),
  ).sort();
  const half = differences.length / 2;
  const shift = (differences[Math.floor(half)]! + differences[Math.ceil(half) - 1]!) / 2;
  const spread = Math.sqrt((m * n * (m + n + 1)) / 12);
  const rank = Math.floor(half - normalQuantile((1 + CONFIDENCE) / 2) * spread);
  if (rank < 0) return false;
  return differences[rank]! > TOLERANCE * Math.abs(shift);
}
