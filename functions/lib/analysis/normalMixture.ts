/*
 * Bounds and evidence for a sum with mean zero against its own variance, valid at every time:
 * normal mixtures (H. Robbins 1970) and stitching (S. Howard et al., Time-Uniform, Nonparametric,
 * Nonasymptotic Confidence Sequences, 2021), as in the library confseq.
 */
import { demand, demandPositive } from './incomplete.ts';
import { logNormalCdf } from './special.ts';

/**
 * The rho with which the two-sided bound at level alpha is nearly tightest at this variance.
 * Worked: twoSidedRho(10, 0.05) = 1.26006.
 */
export function twoSidedRho(optimalVariance: number, alpha: number): number {
  demandPositive('optimalVariance', optimalVariance);
  demand(alpha > 0 && alpha < 1, 'alpha', alpha, 'above 0 and below 1');
  const log = -2 * Math.log(alpha);
  return optimalVariance / (log + Math.log1p(log));
}

/** As {@link twoSidedRho} for one side, alpha below ½. Worked: oneSidedRho(10, 0.05) = 1.58006. */
export function oneSidedRho(optimalVariance: number, alpha: number): number {
  demand(alpha > 0 && alpha < 0.5, 'alpha', alpha, 'above 0 and below 0.5');
  return twoSidedRho(optimalVariance, 2 * alpha);
}

/**
 * What the sum exceeds in size at any time with probability alpha at most.
 * Worked: twoSidedBound(1, 1.26006, 0.05) = 3.85505.
 */
export function twoSidedBound(variance: number, rho: number, alpha: number): number {
  demandVariance(variance, rho);
  demand(alpha > 0 && alpha < 1, 'alpha', alpha, 'above 0 and below 1');
  return Math.sqrt((variance + rho) * (Math.log1p(variance / rho) - 2 * Math.log(alpha)));
}

/** The log of the evidence that the mean is not zero. Worked: logTwoSided(-1.9551, 1, 1.26006) = 0.55353. */
export function logTwoSided(sum: number, variance: number, rho: number): number {
  demandVariance(variance, rho);
  return 0.5 * ((sum * sum) / (variance + rho) - Math.log1p(variance / rho));
}

/** The log of the evidence that the mean is above zero. Worked: logOneSided(4.1723, 1, 1.26006) = 4.24952. */
export function logOneSided(sum: number, variance: number, rho: number): number {
  const deviation = sum / Math.sqrt(variance + rho);
  return logTwoSided(sum, variance, rho) + Math.LN2 + logNormalCdf(deviation);
}

/** ζ(1.4), the sum of the shares of alpha that the epochs get before they are made to sum to alpha. */
const ZETA = 3.1055472779775804;

/**
 * What the sum exceeds at any time with probability alpha at most, growing no faster than the law
 * of the iterated logarithm: epochs that double from `firstVariance` on, below which the bound is
 * constant, with shares k^−1.4 of alpha. Worked: stitchedBound(1, 1, 0.05) = 2.91690.
 */
export function stitchedBound(variance: number, firstVariance: number, alpha: number): number {
  demandVariance(variance, firstVariance);
  demand(alpha > 0 && alpha < 1, 'alpha', alpha, 'above 0 and below 1');
  const reached = Math.max(variance, firstVariance);
  const epochs = Math.log((2 * reached) / firstVariance) / Math.LN2;
  const length = 1.4 * Math.log(epochs) + Math.log(ZETA) - Math.log(alpha);
  return ((2 ** 0.25 + 2 ** -0.25) / Math.SQRT2) * Math.sqrt(reached * length);
}

function demandVariance(variance: number, positive: number): void {
  demand(variance >= 0 && variance < Infinity, 'variance', variance, 'at least 0 and finite');
  demandPositive('rho or firstVariance', positive);
}
