// What is known after all looks so far, and the text in which a status keeps it.
import { noReward, type RewardRecord } from './contest.ts';
import { NO_SAMPLES, type SampleRecord } from './record.ts';
import { isSound } from './soundKnowledge.ts';
import type { Arm, Matrix } from './stratified.ts';

/** What is known of one objective. Everything is by version, in version order. */
export type ObjectiveKnowledge = {
  /** The objective in words that change with its metric and its limits. */
  key: string;
  /** The share of the error budget that its decisions may spend: halved by each edit of its limits. */
  share: number;
  /** By version and question. */
  records: readonly (readonly SampleRecord[])[];
  /** Of a quantile: the finite upper edges, and by version the values in each bucket. */
  edges: readonly number[];
  buckets: readonly (readonly number[])[];
};

/** What is known of one reward. */
export type RewardKnowledge = RewardRecord & {
  /** The reward in words that change with its metric and its direction. */
  key: string;
  /** The share of the error budget that its decisions may spend: halved by each edit. */
  share: number;
  /** The position of the version that was proved to be the best; -1 while none is. */
  best: number;
};

/** What is known after some looks. */
export type Knowledge = {
  /** For how many looks the evidence is made, as planned at the first one. */
  horizon: number;
  objectives: readonly ObjectiveKnowledge[];
  rewards: readonly RewardKnowledge[];
  /** How many requests a candidate should have until the next look; 0 before the first one. */
  budget: number;
  /** The versions, by position, that were proved to be good at the last look. */
  proved: readonly number[];
  /** Whether a look has been had at which all was to be decided. */
  isDone: boolean;
};

const FORMAT = 1;
const DIGITS = 10;
/** Evidence to one part in a hundred, and none that is too weak to matter whatever comes. */
const LOG_DECIMALS = 2;
const LEAST_LOG = -50;

/**
 * Knowledge as text: JSON that begins with the number of its format, numbers to ten digits. With 5
 * versions, 5 objectives of 14 buckets and 2 rewards it has less than 1 kB for each version.
 */
export function encode(knowledge: Knowledge): string {
  const { horizon, budget, proved, isDone, objectives, rewards } = knowledge;
  return JSON.stringify([
    FORMAT,
    horizon,
    short(budget),
    proved,
    isDone ? 1 : 0,
    objectives.map(({ key, share, records, edges, buckets }) => [
      key,
      share,
      edges,
      buckets.map((counts) => counts.map(short)),
      records.map((questions) => questions.map(encodeRecord)),
    ]),
    rewards.map(encodeReward),
  ]);
}

function short(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** What mostly is nothing else takes a place of its own only where it is. */
function encodeRecord(record: SampleRecord): EncodedRecord {
  const { samples, most, least, batches, squares, excused, detector } = record;
  if (batches === 0) return [];
  const isUsual = least === most && excused.samples === 0;
  return [
    isUsual ? 0 : [least, excused.samples, excused.least].map(short),
    ...[samples, most, batches, squares].map(short),
    ...detector.map((log) => Number(Math.max(LEAST_LOG, log).toFixed(LOG_DECIMALS))),
  ];
}

function encodeReward(reward: RewardKnowledge): unknown[] {
  const { key, share, best, arms, u, v, information, score, optimalVariance } = reward;
  return [
    key,
    share,
    best,
    arms.map(({ trials, sum, sumOfSquares }) =>
      [trials, sum, ...(sumOfSquares === undefined ? [] : [sumOfSquares])].map(short),
    ),
    upper(u),
    upper(v),
    upper(information),
    score.map(short),
    short(optimalVariance),
  ];
}

/** The part above the diagonal, by rows. */
function upper(matrix: Matrix): number[] {
  return matrix.flatMap((row, a) => row.slice(a + 1).map(short));
}

/** What {@link encode} wrote, or undefined where the text is none of this format. */
export function decode(text: string | undefined, versions: number): Knowledge | undefined {
  try {
    const parts = JSON.parse(text ?? '') as EncodedKnowledge;
    if (parts[0] !== FORMAT || !text) return undefined;
    const [, horizon, budget, proved, isDone, objectives, rewards] = parts;
    const knowledge = {
      horizon,
      budget,
      proved,
      isDone: isDone === 1,
      objectives: objectives.map(decodeObjective),
      rewards: rewards.map(decodeReward),
    };
    return isSound(knowledge, versions) ? knowledge : undefined;
  } catch {
    return undefined;
  }
}

type EncodedRecord = [] | [number[] | number, ...number[]];
type EncodedObjective = [string, number, number[], number[][], EncodedRecord[][]];
type EncodedReward = [
  string,
  number,
  number,
  number[][],
  number[],
  number[],
  number[],
  number[],
  number,
];
type EncodedKnowledge = [
  number,
  number,
  number,
  number[],
  number,
  EncodedObjective[],
  EncodedReward[],
];

function decodeObjective([
  key,
  share,
  edges,
  buckets,
  records,
]: EncodedObjective): ObjectiveKnowledge {
  return {
    key,
    share,
    edges,
    buckets,
    records: records.map((questions) => questions.map(decodeRecord)),
  };
}

function decodeRecord(encoded: EncodedRecord): SampleRecord {
  const [rare, samples, most, batches, squares, ...detector] = encoded;
  if (rare === undefined) return NO_SAMPLES;
  const [least, excused, excusedLeast] = Array.isArray(rare) ? rare : [most, 0, 0];
  return {
    samples: samples!,
    most: most!,
    least: least!,
    batches: batches!,
    squares: squares!,
    excused: { samples: excused, least: excusedLeast },
    detector,
  };
}

function decodeReward(encoded: EncodedReward): RewardKnowledge {
  const [key, share, best, arms, u, v, information, score, optimal] = encoded;
  const size = arms.length;
  const weights = mirrored(information, size, 1);
  // Each row of the information adds up to 0.
  weights.forEach((row, a) => (row[a] = 0 - row.reduce((sum, value) => sum + value, 0)));
  return {
    ...{ key, share, best },
    arms: arms.map(decodeArm),
    u: mirrored(u, size, -1),
    v: mirrored(v, size, 1),
    information: weights,
    score,
    optimalVariance: optimal,
  };
}

function decodeArm([trials, sum, sumOfSquares]: number[]): Arm {
  return { trials: trials!, sum: sum!, ...(sumOfSquares !== undefined && { sumOfSquares }) };
}

/** The matrix with this part above the diagonal, and the same or its negative below it. */
function mirrored(above: readonly number[], size: number, sign: 1 | -1): Matrix {
  const { u: matrix } = noReward(size);
  let next = 0;
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      matrix[a]![b] = above[next]!;
      matrix[b]![a] = sign * above[next]! || 0;
      next++;
    }
  }
  return matrix;
}
