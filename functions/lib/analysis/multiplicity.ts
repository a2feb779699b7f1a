import { demand } from './incomplete.ts';

/** Bonferroni's adjusted p-values: each times their number, at most 1. Worked: [0.02, 0.5] → [0.04, 1]. */
export function bonferroni(pValues: readonly number[]): number[] {
  demandPValues(pValues);
  return pValues.map((p) => Math.min(1, p * pValues.length));
}

/**
 * Holm's adjusted p-values, in the order given: rejecting all that are ≤ alpha errs on any with
 * probability alpha at most (S. Holm 1979). Worked: [0.03, 0.02, 0.5] → [0.06, 0.06, 0.5].
 */
export function holm(pValues: readonly number[]): number[] {
  demandPValues(pValues);
  const adjusted = [...pValues];
  let least = 0;
  ascending(pValues).forEach((index, rank) => {
    least = Math.max(least, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = least;
  });
  return adjusted;
}

/**
 * Which hypotheses the e-values reject (indices, ascending) with a false discovery rate of alpha
 * at most, however they depend on each other: the k largest, for the largest k of which the k-th
 * is at least V/(alpha·k) (R. Wang and A. Ramdas, e-BH, 2022).
 * Worked: ([66.6, 23.9], 0.05) → [0, 1], ([5.3, 23.9], 0.05) → [].
 */
export function eBenjaminiHochberg(eValues: readonly number[], alpha: number): number[] {
  eValues.forEach((e) => {
    demand(e >= 0, 'e', e, 'at least 0');
  });
  demand(alpha > 0 && alpha < 1, 'alpha', alpha, 'above 0 and below 1');
  const descending = ascending(eValues.map((e) => -e));
  const isRejected = (index: number, rank: number): boolean =>
    eValues[index]! >= eValues.length / (alpha * (rank + 1));
  const rejected = descending.findLastIndex(isRejected) + 1;
  return descending.slice(0, rejected).sort((a, b) => a - b);
}

/**
 * The logarithm of the mean of the values with these logarithms, without overflow; −Infinity for
 * none. The mean of e-values is one against "all hold": at 1/alpha some hypothesis is violated.
 * Worked: [log 1, log 3] → log 2.
 */
export function logMean(logs: readonly number[]): number {
  const most = Math.max(...logs);
  if (most === -Infinity || most === Infinity) return most;
  const sum = logs.reduce((partial, log) => partial + Math.exp(log - most), 0);
  return most + Math.log(sum / logs.length);
}

function ascending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
}

function demandPValues(pValues: readonly number[]): void {
  pValues.forEach((p) => {
    demand(p >= 0 && p <= 1, 'p', p, 'within 0 and 1');
  });
}
