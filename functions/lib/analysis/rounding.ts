import type { Random } from './random.ts';

/**
 * Rounds non-negative weights to integers that sum to floor(total), each right in expectation:
 * sequential randomised rounding as iter8 does it. One uniform number is drawn per weight, also
 * where nothing is left to chance; weights that are all zero count as equal ones.
 * Worked: [1, 1, 1] to 100 with draws 0.9, 0.2, any: 33.3 → 33, then 33.5 → 34, then 33.
 */
export function roundRandomly(weights: readonly number[], total: number, random: Random): number[] {
  let rest = Math.floor(total);
  return weights.map((weight, index) => {
    const remaining = weights.slice(index);
    const sum = remaining.reduce((partial, next) => partial + next, 0);
    const exact = sum === 0 ? rest / remaining.length : (weight * rest) / sum;
    const floor = Math.floor(exact);
    const rounded = random() < exact - floor ? floor + 1 : floor;
    rest -= rounded;
    return rounded;
  });
}
