import { RATIOS } from './detector.ts';
import type { Knowledge, ObjectiveKnowledge, RewardKnowledge } from './knowledge.ts';
import type { SampleRecord } from './record.ts';
import type { Arm, Matrix } from './stratified.ts';

/** Whether this is knowledge that looks can have led to: a text may have come from anywhere. */
export function isSound(
  { horizon, budget, proved, objectives, rewards }: Knowledge,
  versions: number,
): boolean {
  return (
    [budget, ...proved].every(isAmount) &&
    isNumber(horizon) &&
    horizon >= 1 &&
    objectives.every((one) => isSoundObjective(one, versions)) &&
    rewards.every((one) => isSoundReward(one, versions))
  );
}

/** More than any experiment counts, and few enough to be told apart from none when matrices are solved. */
const MOST_SAMPLES = 1e12;
/** Of other numbers too no square, and no sum of squares, may be infinite. */
const MOST = 1e100;

/** A part of what is remembered may be larger than the whole, by its last digit. */
const ROUNDING = 1e-9;

function isAmount(value: number): boolean {
  return isNumber(value) && value >= 0 && value <= MOST_SAMPLES;
}

function isNumber(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= MOST;
}

function isShare(value: number): boolean {
  return isNumber(value) && value > 0 && value <= 1;
}

function isSoundObjective(
  { key, share, edges, buckets, records }: ObjectiveKnowledge,
  versions: number,
): boolean {
  const isRising = edges.every(
    (edge, index) => isNumber(edge) && edge > (edges[index - 1] ?? -Infinity),
  );
  const isFilled = (counts: readonly number[]): boolean =>
    counts.every(isAmount) && [0, edges.length + 1].includes(counts.length);
  return (
    typeof key === 'string' &&
    isShare(share) &&
    isRising &&
    [buckets, records].every(({ length }) => length === versions) &&
    buckets.every(isFilled) &&
    records.every((questions) => questions.every(isSoundRecord))
  );
}

function isSoundRecord({ excused, detector, ...record }: SampleRecord): boolean {
  const { samples, most, least, batches, squares } = record;
  const amounts = [samples, most, least, batches, squares, excused.samples, excused.least];
  const bounds = [0, least, most, samples * (1 + ROUNDING)];
  return (
    amounts.every(isAmount) &&
    bounds.every((bound, index) => bound >= (bounds[index - 1] ?? 0)) &&
    detector.every(isNumber) &&
    [0, RATIOS.length].includes(detector.length)
  );
}

function isSoundReward(
  { key, share, best, arms, u, v, information, score, optimalVariance }: RewardKnowledge,
  versions: number,
): boolean {
  const above = (matrix: Matrix): number[] => matrix.flatMap((row, a) => row.slice(a + 1));
  return (
    typeof key === 'string' &&
    isShare(share) &&
    [-1, ...Array(versions).keys()].includes(best) &&
    arms.length === versions &&
    score.length === versions &&
    arms.every(isSoundArm) &&
    [...u.flat(), ...v.flat(), ...score, optimalVariance].every(isNumber) &&
    [...v.flat(), optimalVariance].every((value) => value >= 0) &&
    above(information).every((value) => isNumber(value) && isAmount(0 - value))
  );
}

function isSoundArm({ trials, sum, sumOfSquares }: Arm): boolean {
  if (!isAmount(trials) || !isNumber(sum)) return false;
  if (sumOfSquares === undefined) return sum >= 0 && sum <= trials;
  return isNumber(sumOfSquares) && sumOfSquares >= 0;
}
