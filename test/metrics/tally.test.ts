import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Counter } from '../../functions/lib/metrics/increments.ts';
import { selectorsOf, tallyOf, type Found } from '../../functions/lib/metrics/tally.ts';
import type { MetricEvidence } from '../../functions/lib/types/metric.gen.ts';

const tallies = suite('what is made of counters');

const RATE: MetricEvidence = { kind: 'Rate', events: 'e', trials: 't' };
const QUANTILE: MetricEvidence = { kind: 'Quantile', buckets: 'b', quantile: '.95' };
const MEAN: MetricEvidence = { kind: 'Mean', sum: 's', count: 'c' };
const SQUARES: MetricEvidence = { ...MEAN, sumOfSquares: 'q' };

/** A counter that had a value before its window, and has another at the window's end. */
function from(before: number, value: number, labels: Record<string, string> = {}): Counter {
  return { labels, before, samples: [{ at: 1000, value }] };
}

const buckets = (values: Record<string, number>): Counter[] =>
  Object.entries(values).map(([le, value]) => from(0, value, { le }));

const ROWS: [what: string, evidence: MetricEvidence, found: Found, tally: object][] = [
  [
    'a rate is events among trials',
    RATE,
    { trials: [from(10, 30)], events: [from(1, 3)] },
    { kind: 'Rate', trials: 20, events: 2 },
  ],
  [
    'a unit has no part in a rate',
    { ...RATE, unitFactor: 100 },
    { trials: [from(0, 4)], events: [] },
    { kind: 'Rate', trials: 4, events: 0 },
  ],
  [
    'the edges of a histogram are in the units of the metric, without the noise of arithmetic',
    { ...QUANTILE, unitFactor: '1k' },
    { buckets: buckets({ '0.07': 3, '0.3': 4, '1e-05': 0, '+Inf': 9 }) },
    { kind: 'Quantile', edges: [0.01, 70, 300], counts: [0, 3, 1, 5] },
  ],
  [
    'a sum is in the units of the metric, and squares in theirs squared',
    { ...SQUARES, unitFactor: 10 },
    { count: [from(0, 2)], sum: [from(0, 6)], sumOfSquares: [from(0, 20)] },
    { kind: 'Mean', count: 2, sum: 60, sumOfSquares: 2000 },
  ],
  [
    'a sum of values below zero may fall',
    { ...MEAN, lowest: '-5' },
    { count: [from(4, 6)], sum: [from(10, 7)] },
    { kind: 'Mean', count: 2, sum: -3 },
  ],
  [
    'without a value there is a mean of none',
    SQUARES,
    { count: [from(4, 4)], sum: [], sumOfSquares: [] },
    { kind: 'Mean', count: 0, sum: 0, sumOfSquares: 0 },
  ],
];

for (const [what, evidence, found, tally] of ROWS) {
  tallies(what, () => {
    assert.equal(tallyOf(evidence, found), tally);
  });
}

tallies('a sum that is just what its squares allow is no contradiction', () => {
  const third = 1 / 3;
  const tally = tallyOf(SQUARES, {
    count: [from(0, 3e6)],
    sum: [from(0, 1e6)],
    sumOfSquares: [from(0, third * 1e6 * (1 - 1e-12))],
  });
  assert.is(tally.kind, 'Mean', JSON.stringify(tally));
});

const NEGATIVE: [evidence: MetricEvidence, found: Found, field: string][] = [
  [RATE, { trials: [from(-1, 5)], events: [] }, 'trials'],
  [RATE, { trials: [from(1, 5)], events: [from(0, -1)] }, 'events'],
  [QUANTILE, { buckets: [...buckets({ '+Inf': 4, '1': -1 })] }, 'buckets'],
  [MEAN, { count: [from(0, 4)], sum: [from(0, -1)] }, 'sum'],
  [{ ...MEAN, lowest: -9 }, { count: [from(0, -4)], sum: [from(0, -1)] }, 'count'],
];
for (const [evidence, found, field] of NEGATIVE) {
  tallies(`a negative value is none of a counter, which the message says of ${field}`, () => {
    const tally = tallyOf(evidence, found);
    assert.is(tally.kind === 'Error' && tally.reason, 'BadCounts');
    assert.match((tally as { message: string }).message, `spec.evidence.${field}: `);
  });
}

for (const [evidence, field] of [
  [RATE, 'trials'],
  [QUANTILE, 'buckets'],
  [MEAN, 'count'],
] as const) {
  tallies(`without a series for ${field} there is no data`, () => {
    const tally = tallyOf(evidence, { events: [from(0, 1)], sum: [from(0, 1)], [field]: [] });
    assert.is(tally.kind === 'NoData' && tally.reason, 'NoData');
  });
}

tallies('only the selectors of its kind are asked', () => {
  const fields = selectorsOf({ ...RATE, ...MEAN, kind: 'Mean' }).map(({ field }) => field);
  assert.equal(fields, ['count', 'sum']);
});

tallies.run();
