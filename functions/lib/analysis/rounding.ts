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

/**
 * Rounds non-negative weights to whole numbers that sum to `total` (itself whole): each weight's
 * exact share of the total is rounded down, and what is left goes, one each, to the largest
 * remainders; of equal remainders the lower index is first. Weights that are all zero count as
 * equal ones. A share that is whole stays as it is. Throws RangeError for anything else.
 * Worked: [1, 1, 1] to 100: 34, 33, 33.
 */
export function largestRemainder(weights: readonly number[], total: number): number[] {
  if (!Number.isSafeInteger(total) || total < 0) {
    throw new RangeError(`total must be a whole number from 0: ${total}`);
  }
  const exact = exactShares(weights, total);
  const rounded = exact.map(Math.floor);
  const left = total - rounded.reduce((sum, share) => sum + share, 0);
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: coarse(share - Math.floor(share)) }))
    .sort((one, other) => other.remainder - one.remainder || one.index - other.index);
  for (const { index } of byRemainder.slice(0, left)) rounded[index]! += 1;
  return rounded;
}

function exactShares(weights: readonly number[], total: number): number[] {
  for (const weight of weights) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`weights must be finite and not negative: ${weight}`);
    }
  }
  const sum = weights.reduce((partial, weight) => partial + weight, 0);
  if (!(weights.length > 0 && sum < Infinity)) {
    throw new RangeError(`weights must be one or more with a finite sum: ${sum}`);
  }
  return weights.map((weight) => total * (sum === 0 ? 1 / weights.length : weight / sum));
}

/** Remainders that differ by rounding errors alone are ties. */
function coarse(remainder: number): number {
  return Math.round(remainder * 1e9);
}
