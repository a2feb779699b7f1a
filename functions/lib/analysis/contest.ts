// Which of several versions has the best reward, by comparisons within each look, so that neither
// traffic that changes over time nor weights that move can make a winner.
import { probabilitiesOfBest } from './bandits.ts';
import type { Random } from './random.ts';
import { normalQuantile } from './special.ts';
import {
  binaryVariance,
  effects,
  effectStep,
  logBetter,
  stratumStep,
  type Arm,
  type Matrix,
} from './stratified.ts';

/** All that is remembered of one reward, where more is better. Matrices are version by version. */
export type RewardRecord = {
  /** What each version has brought since the start. */
  arms: readonly Arm[];
  /** [a][b]: evidence that b is better than a, and its variance. */
  u: Matrix;
  v: Matrix;
  /** Of the posterior of the differences to the baseline. */
  information: Matrix;
  score: number[];
  /** The variance at which the evidence is sharpest; fixed at the first look that has samples. */
  optimalVariance: number;
};

/** A difference to the baseline is thought to be about so many standard deviations of one sample. */
const PRIOR_DEVIATIONS = 0.25;

/** The record of a reward without samples. */
export function noReward(versions: number): RewardRecord {
  const arms = Array.from({ length: versions }, () => ({ trials: 0, sum: 0 }));
  const { u, v } = stratumStep(arms);
  const { information, score } = effectStep(arms);
  return { arms, u, v, information, score, optimalVariance: 0 };
}

/**
 * The record after one look more, in version order; `horizon` is the number of looks it is made for.
 * The evidence is sharpest for half of the variance that all looks would bring with equal shares.
 */
export function rewardWith(
  record: RewardRecord,
  batch: readonly Arm[],
  horizon: number,
): RewardRecord {
  const step = stratumStep(batch);
  const effect = effectStep(batch);
  const arms = record.arms.map((arm, index) => joined(arm, batch[index]!));
  const first = (horizon / 2) * (effect.trials / (2 * batch.length)) * varianceOf(batch);
  return {
    arms,
    u: added(record.u, step.u),
    v: added(record.v, step.v),
    information: added(record.information, effect.information),
    score: record.score.map((value, index) => value + effect.score[index]!),
    optimalVariance: record.optimalVariance || first,
  };
}

/** The record of a reward that is only reported after one look more: no comparison is kept of it. */
export function reportWith(record: RewardRecord, batch: readonly Arm[]): RewardRecord {
  return { ...record, arms: record.arms.map((arm, index) => joined(arm, batch[index]!)) };
}

function joined(some: Arm, more: Arm): Arm {
  const squares = (some.sumOfSquares ?? 0) + (more.sumOfSquares ?? 0);
  const isSquared = more.sumOfSquares !== undefined || some.sumOfSquares !== undefined;
  return {
    trials: some.trials + more.trials,
    sum: some.sum + more.sum,
    ...(isSquared && { sumOfSquares: squares }),
  };
}

function added(some: Matrix, more: Matrix): Matrix {
  return some.map((row, a) => row.map((value, b) => value + more[a]![b]!));
}

/** The variance of one sample, over all versions; 0 without samples. */
function varianceOf(arms: readonly Arm[]): number {
  const [trials, sum] = [total(arms.map((arm) => arm.trials)), total(arms.map((arm) => arm.sum))];
  if (trials === 0) return 0;
  const squares = arms.map((arm) => arm.sumOfSquares);
  if (squares.every((one) => one === undefined)) return binaryVariance({ trials, sum });
  const within = arms.reduce(
    (left, arm) => left + (arm.sumOfSquares ?? 0) - (arm.trials ? arm.sum ** 2 / arm.trials : 0),
    0,
  );
  return Math.max(within / trials, Number.EPSILON);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * How probably each of some versions (baseline first, by position) is the best of them, in their
 * order; all alike while there are no samples.
 */
export function chancesToBeBest(
  record: RewardRecord,
  among: readonly number[],
  random: Random,
): number[] {
  const variance = varianceOf(record.arms);
  if (variance === 0 || among.length === 1) return among.map(() => 1 / among.length);
  const { delta, cov } = effects(record, variance, PRIOR_DEVIATIONS * Math.sqrt(variance));
  const effect = [0, ...delta];
  const covariance = (a: number, b: number): number =>
    a === 0 || b === 0 ? 0 : cov[a - 1]![b - 1]!;
  const [reference, ...others] = among;
  const against = (a: number, b: number): number =>
    covariance(a, b) -
    covariance(a, reference!) -
    covariance(reference!, b) +
    covariance(reference!, reference!);
  const deltas = others.map((one) => effect[one]! - effect[reference!]!);
  const covariances = others.map((a) => others.map((b) => against(a, b)));
  return probabilitiesOfBest(deltas, covariances, random).probabilityBest;
}

/**
 * The version that is proved to be better than each other one of some, if any is. Half of alpha is
 * for evidence that is valid at any look, half for the plain test at the last one; each is divided
 * by the number of versions, since any of them may win by chance.
 */
export function provedBest(
  record: RewardRecord,
  among: readonly number[],
  { alpha, isLast }: { alpha: number; isLast: boolean },
): number | undefined {
  const level = alpha / (2 * record.arms.length);
  const beats = (winner: number, loser: number): boolean => {
    const [u, v] = [record.u[loser]![winner]!, record.v[loser]![winner]!];
    if (v <= 0 || record.optimalVariance <= 0) return false;
    const log = logBetter(u, v, { vOptimal: record.optimalVariance, alpha: level });
    return log >= -Math.log(level) || (isLast && u / Math.sqrt(v) >= normalQuantile(1 - level));
  };
  if (among.length < 2) return undefined;
  return among.find((winner) => among.every((other) => other === winner || beats(winner, other)));
}
