/*
 * Comparison of versions iteration by iteration, so that neither a mix of traffic that changes in
 * time nor weights that move can pass for a difference between versions (Cochran, Mantel, Haenszel).
 */
import { cholesky, solveLower, solveUpper } from './cholesky.ts';
import { demand, demandPositive } from './incomplete.ts';
import { logOneSided, oneSidedRho } from './normalMixture.ts';

/**
 * What one version brought in one iteration: requests, the sum of their values, and the sum of their
 * squares where the values are not just 0 and 1.
 */
export type Arm = { trials: number; sum: number; sumOfSquares?: number };

/** A square matrix by rows; here [a][b] says something of arm b as compared with arm a. */
export type Matrix = number[][];

/** What an iteration adds to the posterior of effects; see {@link effectStep}. */
export type EffectStep = { information: Matrix; score: number[]; trials: number; sum: number };

/**
 * What an iteration adds to U and V, the evidence that arm b is better than arm a and its variance:
 * u is antisymmetric, v symmetric, both 0 on the diagonal and for arms without requests.
 * With the weight I = n_a n_b/(n_a + n_b), u = I·(mean_b − mean_a); v = I·p(1 − p)·n/(n − 1) pooled over
 * both arms, or, where both have sums of squares, Welch's I²(s_a²/n_a + s_b²/n_b), which needs two
 * requests of each. For "b is above r times a", multiply a's sum by r, and its sum of squares by r².
 * Worked: one stratum of 10 in 174 and 7 in 223 gives u[0][1] = −2.549, v[0][1] = 4.016.
 */
export function stratumStep(arms: readonly Arm[]): { u: Matrix; v: Matrix } {
  arms.forEach(demandArm);
  const [u, v] = [zeros(arms.length), zeros(arms.length)];
  arms.forEach((first, a) => {
    arms.slice(a + 1).forEach((second, offset) => {
      const b = a + 1 + offset;
      const { difference, variance } = comparison(first, second);
      u[a]![b] = difference;
      u[b]![a] = 0 - difference;
      v[a]![b] = v[b]![a] = variance;
    });
  });
  return { u, v };
}

function comparison(first: Arm, second: Arm): { difference: number; variance: number } {
  const trials = first.trials + second.trials;
  if (first.trials === 0 || second.trials === 0 || trials <= 1)
    return { difference: 0, variance: 0 };
  const weight = (first.trials * second.trials) / trials;
  const difference = weight * (second.sum / second.trials - first.sum / first.trials);
  if (first.sumOfSquares === undefined || second.sumOfSquares === undefined) {
    const rate = (first.sum + second.sum) / trials;
    demand(rate >= 0 && rate <= 1, 'sum', first.sum + second.sum, `within 0 and ${trials}`);
    return { difference, variance: (weight * rate * (1 - rate) * trials) / (trials - 1) };
  }
  if (first.trials < 2 || second.trials < 2) return { difference: 0, variance: 0 };
  const variance = varianceOfMean(first) + varianceOfMean(second);
  return { difference, variance: weight * weight * variance };
}

function varianceOfMean({ trials, sum, sumOfSquares = 0 }: Arm): number {
  return Math.max(0, sumOfSquares - (sum * sum) / trials) / (trials - 1) / trials;
}

/**
 * The log of the evidence that one arm is better than another, from the sums of u and v over
 * iterations: a normal mixture that is best for the variance `vOptimal` and the level alpha (the
 * level divided by the number of arms, where the best of several must beat all others).
 * Worked: logBetter(6.7962, 10.1416, { vOptimal: 50, alpha: 0.025 }) = 1.57013.
 */
export function logBetter(
  u: number,
  v: number,
  { vOptimal, alpha }: { vOptimal: number; alpha: number },
): number {
  return logOneSided(u, v, oneSidedRho(vOptimal, alpha));
}

/**
 * What an iteration adds to the posterior of effects: information diag(n) − n nᵀ/n· and score
 * s − n·s·/n· (both 0 without requests), and to the totals that {@link binaryVariance} takes.
 */
export function effectStep(arms: readonly Arm[]): EffectStep {
  arms.forEach(demandArm);
  const trials = total(arms.map((arm) => arm.trials));
  const sum = total(arms.map((arm) => arm.sum));
  if (trials === 0)
    return { information: zeros(arms.length), score: arms.map(() => 0), trials, sum };
  const information = arms.map((row, a) =>
    arms.map((column, b) =>
      a === b
        ? row.trials * ((trials - row.trials) / trials)
        : -row.trials * (column.trials / trials),
    ),
  );
  return {
    information,
    score: arms.map((arm) => arm.sum - arm.trials * (sum / trials)),
    trials,
    sum,
  };
}

/** The variance of a yes-or-no value with the rate (sum + ½)/(trials + 1). Worked: (94, 1613) → 0.055122. */
export function binaryVariance({ trials, sum }: { trials: number; sum: number }): number {
  const rate = (sum + 0.5) / (trials + 1);
  demand(rate > 0 && rate < 1, 'sum', sum, `within 0 and ${trials}`);
  return rate * (1 - rate);
}

/**
 * The posterior of the effects of arms 1, 2, … against arm 0, means and covariances, from the sums
 * over iterations: normal with the variance sigma2 of one value, an effect of each iteration that is
 * left free, and the prior N(0, tau²) for each effect. Worked: an iteration of 10 in 174 and 7 in 223,
 * sigma2 0.05, tau 0.05 → delta [−0.0216], cov [[4.25e-4]].
 */
export function effects(
  { information, score }: { information: readonly (readonly number[])[]; score: readonly number[] },
  sigma2: number,
  tau: number,
): { delta: number[]; cov: Matrix } {
  demandPositive('sigma2', sigma2);
  demandPositive('tau', tau);
  const precision = information
    .slice(1)
    .map((row, a) =>
      row.slice(1).map((value, b) => value / sigma2 + (a === b ? 1 / (tau * tau) : 0)),
    );
  const cov = inverse(precision);
  const delta = cov.map((row) => total(row.map((value, b) => (value * score[b + 1]!) / sigma2)));
  return { delta, cov };
}

/** The inverse of a symmetric positive definite matrix. */
function inverse(matrix: Matrix): Matrix {
  const lower = cholesky(matrix);
  return matrix.map((row, a) => {
    const unit = row.map((_, b) => (a === b ? 1 : 0));
    return solveUpper(lower, solveLower(lower, unit));
  });
}

function zeros(size: number): Matrix {
  return Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function demandArm({ trials, sum }: Arm): void {
  demand(trials >= 0 && trials < Infinity, 'trials', trials, 'at least 0 and finite');
  demand(Number.isFinite(sum), 'sum', sum, 'finite');
}
