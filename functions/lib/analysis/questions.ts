// Objectives as questions about a share: at most how many of a version's samples may be bad.

/**
 * What one version had of one metric within a window. Rate: events among trials. Quantile: values
 * by bucket, not cumulated, one count more than finite upper edges. Mean: values, their sum, and
 * where known the sum of their squares. Edges and sums are in the metric's units.
 */
export type Counts =
  | { kind: 'Rate'; trials: number; events: number }
  | { kind: 'Quantile'; edges: readonly number[]; counts: readonly number[] }
  | { kind: 'Mean'; count: number; sum: number; sumOfSquares?: number };

/** How a metric's value comes about; `factor` is the value where every trial is an event. */
export type Making =
  | { kind: 'Rate'; factor: number }
  | { kind: 'Quantile'; quantile: number }
  | { kind: 'Mean'; lowest: number; highest: number | undefined };

/** One limit of an objective, as a limit for the share of bad samples. */
export type Question = {
  side: 'Upper' | 'Lower';
  /** The limit in the metric's units. */
  value: number;
  /** The highest share of bad samples that keeps the limit, in (0, 1). */
  limit: number;
};

/** Samples, and how many of them are bad: at most and at least, where the edges leave it open. */
export type Batch = { samples: number; most: number; least: number };

/** A limit that only nothing keeps is held to be this far from it: hardly any counts can prove it. */
const MARGIN = 1e-9;

/**
 * The questions that an objective asks: one for each of its limits. Worked: a Rate of at most 0.02
 * asks whether events are at most 0.02 of the trials; a 95th percentile of at most 250, whether
 * values above 250 are at most 0.05 of all. A limit that every value keeps, such as 1 for a Rate, asks
 * nothing. None where the values of a mean have no highest one: one value more could change any mean,
 * so that no counts prove anything.
 */
export function questionsOf(
  limits: { upper?: number | undefined; lower?: number | undefined },
  making: Making,
): Question[] {
  if (making.kind === 'Mean' && making.highest === undefined) return [];
  const asked: [Question['side'], number | undefined][] = [
    ['Upper', limits.upper],
    ['Lower', limits.lower],
  ];
  return asked.flatMap(([side, value]) => {
    const limit = value === undefined ? 1 : Math.max(MARGIN, shareOf(side, value, making));
    return limit < 1 ? [{ side, value: value!, limit }] : [];
  });
}

function shareOf(side: Question['side'], value: number, making: Making): number {
  const isUpper = side === 'Upper';
  switch (making.kind) {
    case 'Rate':
      return isUpper ? value / making.factor : 1 - value / making.factor;
    case 'Quantile':
      return isUpper ? 1 - making.quantile : making.quantile;
    case 'Mean': {
      const share = scaled(value, making);
      return isUpper ? share : 1 - share;
    }
  }
}

/** A value as a share of the way between the bounds. Worked: 30 between 0 and 300 → 0.1. */
function scaled(value: number, { lowest, highest = lowest + 1 }: Bounds): number {
  return (value - lowest) / (highest - lowest);
}

type Bounds = { lowest: number; highest?: number | undefined };

/**
 * How many samples of these counts are bad by a question. A quantile's limit between two edges
 * leaves it open: all above the lower edge may be bad, all above the higher one are. The values of a
 * mean count as so much of a bad sample as they are on the way between its bounds.
 */
export function batchOf(question: Question, counts: Counts, making: Making): Batch {
  const isUpper = question.side === 'Upper';
  switch (counts.kind) {
    case 'Rate': {
      const bad = isUpper ? counts.events : counts.trials - counts.events;
      return { samples: counts.trials, most: bad, least: bad };
    }
    case 'Quantile':
      return beyond(question, counts);
    case 'Mean': {
      const { count, sum } = counts;
      const bounds = making.kind === 'Mean' ? making : { lowest: 0 };
      const share = count === 0 ? 0 : Math.min(1, Math.max(0, scaled(sum / count, bounds)));
      const bad = count * (isUpper ? share : 1 - share);
      return { samples: count, most: bad, least: bad };
    }
  }
}

function beyond(
  { side, value }: Question,
  { edges, counts }: Extract<Counts, { kind: 'Quantile' }>,
): Batch {
  const total = (buckets: readonly number[]): number => buckets.reduce((sum, one) => sum + one, 0);
  const samples = total(counts);
  const covering = edges.findIndex((edge) => edge >= value);
  /** Values up to the limit's own bucket and with it: no more can be up to the limit. */
  const upToIts = covering < 0 ? samples : total(counts.slice(0, covering + 1));
  /** Values in the buckets that end at the limit or before it: no fewer can be up to the limit. */
  const before = total(counts.filter((_count, index) => edges[index]! <= value));
  /** Values in the buckets that end before the limit: no fewer can be below it. */
  const below = total(counts.filter((_count, index) => edges[index]! < value));
  return side === 'Upper'
    ? { samples, most: samples - before, least: samples - upToIts }
    : { samples, most: upToIts, least: below };
}
