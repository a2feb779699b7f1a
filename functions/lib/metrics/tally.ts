import { parseQuantity } from '../analysis/quantity.ts';
import type { Tally } from '../experiment/observations.ts';
import type { MetricEvidence } from '../types/metric.gen.ts';
import { bucketsOf, grown, resetsOf, type Counter } from './increments.ts';

/** A field of a Metric's evidence that is a selector of counters. */
export type SelectorField = 'events' | 'trials' | 'buckets' | 'sum' | 'count' | 'sumOfSquares';

/** The counters that each selector of a Metric's evidence has found. */
export type Found = Readonly<Partial<Record<SelectorField, readonly Counter[]>>>;

const FIELDS = {
  Rate: ['trials', 'events'],
  Quantile: ['buckets'],
  Mean: ['count', 'sum', 'sumOfSquares'],
} as const satisfies Record<MetricEvidence['kind'], readonly SelectorField[]>;

/** The selectors of a Metric's evidence; the first is that without which there is no data. */
export function selectorsOf(
  evidence: MetricEvidence,
): { field: SelectorField; selector: string }[] {
  return FIELDS[evidence.kind].flatMap((field) => {
    const selector = evidence[field];
    return selector === undefined ? [] : [{ field, selector }];
  });
}

/** What the counters found have grown by, in the metric's units, or why that cannot be told. */
export function tallyOf(evidence: MetricEvidence, found: Found): Tally {
  const [first] = FIELDS[evidence.kind];
  if (!found[first]?.length) return noSeries(first);
  const negative = FIELDS[evidence.kind].find((field) =>
    hasNegative(evidence, field, found[field]),
  );
  if (negative) return wrong(negative, 'a series has a negative value; a counter has none');
  if (evidence.kind === 'Rate') return rateOf(found);
  return evidence.kind === 'Quantile' ? quantileOf(evidence, found) : meanOf(evidence, found);
}

function noSeries(field: SelectorField): Tally {
  const message = `spec.evidence.${field}: it found no series: no requests yet, not scraped yet, or labels that match nothing`;
  return { kind: 'NoData', reason: 'NoData', message };
}

function wrong(field: SelectorField | 'highest' | 'lowest', problem: string): Tally {
  return { kind: 'Error', reason: 'BadCounts', message: `spec.evidence.${field}: ${problem}` };
}

function hasNegative(
  evidence: MetricEvidence,
  field: SelectorField,
  counters: readonly Counter[] = [],
): boolean {
  if (field === 'sum' && lowestOf(evidence) < 0) return false;
  return counters.some(
    ({ before = 0, samples }) => before < 0 || samples.some(({ value }) => value < 0),
  );
}

/** Rounding makes the same sum, added up in another order, differ by about so much. */
const ROUNDING = 1e-9;

function rateOf({ trials = [], events = [] }: Found): Tally {
  const counted = { trials: grown(trials), events: grown(events) };
  if (counted.events > counted.trials * (1 + ROUNDING)) {
    const problem = `there are ${counted.events} events in ${counted.trials} trials; expected a part of what spec.evidence.trials counts`;
    return wrong('events', problem);
  }
  return { kind: 'Rate', ...counted, events: Math.min(counted.events, counted.trials) };
}

function quantileOf(evidence: MetricEvidence, { buckets = [] }: Found): Tally {
  const counted = bucketsOf(buckets);
  if ('problem' in counted) return wrong('buckets', counted.problem);
  const factor = factorOf(evidence);
  const edges = counted.edges.map((edge) => inUnits(edge, factor));
  return { kind: 'Quantile', edges, counts: counted.counts };
}

function meanOf(evidence: MetricEvidence, { count = [], sum = [], sumOfSquares }: Found): Tally {
  const factor = factorOf(evidence);
  // A sum that may fall by itself says nothing of when its source began anew.
  const onlyGrowing = [...count, ...(sumOfSquares ?? []), ...(lowestOf(evidence) < 0 ? [] : sum)];
  const resets = resetsOf(onlyGrowing);
  const counted = {
    count: grown(count, resets),
    sum: grown(sum, resets) * factor,
    ...(sumOfSquares && { sumOfSquares: grown(sumOfSquares, resets) * factor ** 2 }),
  };
  const missing = counted.count > 0 && missingOf(sum, sumOfSquares);
  if (missing) return wrong(missing, 'it found no series, where spec.evidence.count found some');
  return contradictionIn(evidence, counted) ?? { kind: 'Mean', ...counted };
}

function missingOf(
  sum: readonly Counter[],
  sumOfSquares?: readonly Counter[],
): 'sum' | 'sumOfSquares' | undefined {
  if (sum.length === 0) return 'sum';
  return sumOfSquares?.length === 0 ? 'sumOfSquares' : undefined;
}

type MeanCounts = { count: number; sum: number; sumOfSquares?: number };

/** Counts that no values within the bounds could have given. */
function contradictionIn(
  evidence: MetricEvidence,
  { count, sum, sumOfSquares = Infinity }: MeanCounts,
): Tally | undefined {
  if (count === 0) return undefined;
  const mean = sum / count;
  const tolerance = ROUNDING * Math.abs(mean);
  const lowest = lowestOf(evidence);
  if (mean + tolerance < lowest) {
    return wrong('lowest', `found ${lowest}, but the new values have the mean ${mean}`);
  }
  const highest = parseQuantity(evidence.highest ?? '') ?? Infinity;
  if (mean - tolerance > highest) {
    return wrong('highest', `found ${highest}, but the new values have the mean ${mean}`);
  }
  if (sumOfSquares >= count * mean ** 2 * (1 - ROUNDING)) return undefined;
  const problem = `the squares add up to ${sumOfSquares}, which is too little for a sum of ${sum}`;
  return wrong('sumOfSquares', problem);
}

function lowestOf({ lowest = 0 }: MetricEvidence): number {
  return parseQuantity(lowest) ?? 0;
}

function factorOf({ unitFactor = 1 }: MetricEvidence): number {
  return parseQuantity(unitFactor) ?? 1;
}

/** Without the noise of a multiplication: 0.07 × 1000 is 70, not 70.00000000000001. */
function inUnits(edge: number, factor: number): number {
  return Number((edge * factor).toPrecision(15));
}
