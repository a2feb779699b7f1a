import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bucketsOf,
  countersOf,
  grown,
  resetsOf,
  type Counter,
  type Labels,
  type Sample,
  type Series,
} from '../../functions/lib/metrics/increments.ts';

const counting = suite('what counters have grown by');
const windows = suite('the windows of counters');
const histograms = suite('what histograms have got');

/** Values a second apart, from second 1 on; undefined: a scrape that failed. */
function samplesOf(values: readonly (number | undefined)[]): Sample[] {
  return values.flatMap((value, index) =>
    value === undefined ? [] : [{ at: (index + 1) * 1000, value }],
  );
}

function counter(
  before: number | undefined,
  values: readonly (number | undefined)[],
  labels: Labels = { pod: 'a' },
): Counter {
  return { labels, before, samples: samplesOf(values) };
}

type Row = [what: string, counters: Counter[], expected: number];

const ROWS: Row[] = [
  ['nothing without a counter', [], 0],
  ['nothing without a new value', [counter(7, [])], 0],
  ['nothing while it stands still', [counter(7, [7, 7])], 0],
  ['the differences, nothing extrapolated', [counter(7, [9, 9, 12])], 5],
  ['across failed scrapes', [counter(7, [undefined, 9, undefined, undefined, 20])], 13],
  ['all of a new one', [counter(undefined, [3, 5])], 5],
  ['all of one that was scraped once', [counter(undefined, [undefined, 4])], 4],
  ['what it has after it began anew, in full', [counter(5, [7, 9, 2, 3])], 7],
  ['a new beginning before the first new value', [counter(100, [4])], 4],
  ['a new beginning at 0', [counter(100, [0, 6])], 6],
  ['two new beginnings', [counter(10, [3, 1, 2])], 5],
  [
    'of three, of which one has gone: not what the sum falls to',
    [
      counter(10_000, [], { pod: 'a' }),
      counter(10_000, [10_000], { pod: 'b' }),
      counter(10_000, [10_003], { pod: 'c' }),
    ],
    3,
  ],
  [
    'one that goes and one that comes',
    [counter(50, [60], { pod: 'a' }), counter(undefined, [undefined, 8], { pod: 'b' })],
    18,
  ],
];

for (const [what, counters, expected] of ROWS) {
  counting(`is ${what}`, () => {
    assert.is(grown(counters), expected);
  });
}

counting('counts in full all that one source has after one of it has fallen', () => {
  const name = (__name__: string): Labels => ({ __name__, pod: 'a' });
  const counters = [counter(90, [2], name('x_count')), counter(1, [3], name('x_sum'))];
  assert.is(grown(counters), 2 + 3);
  const elsewhere = counter(1, [3], { __name__: 'x_sum', pod: 'b' });
  assert.is(grown([counters[0]!, elsewhere]), 2 + 2);
});

counting('takes what may fall for what it is, where its source says when it began anew', () => {
  const count = counter(4, [5, 6, 1], { __name__: 'x_count' });
  const sum = counter(10, [7, 9, 2], { __name__: 'x_sum' });
  assert.is(grown([sum], resetsOf([count])), -3 + 2 + 2);
  assert.is(grown([sum], resetsOf([])), 7 + 2 + 2, 'without such a source, a fall is a beginning');
});

const at = (seconds: number): Date => new Date(seconds * 1000);
const series = (labels: Labels, values: readonly (number | undefined)[]): Series => ({
  labels,
  samples: samplesOf(values),
});

windows('do not have what was scraped at their beginning, or before', () => {
  const within = [series({ pod: 'a' }, [1, 2, 4])];
  const before = [series({ pod: 'a' }, [2])];
  assert.is(grown(countersOf(within, before, at(2))), 2);
  assert.equal(countersOf(within, [], at(3)), [], 'all of it is old');
});

windows('know a series by its labels, in whatever order', () => {
  const within = [series({ pod: 'a', code: '200' }, [9])];
  const before = [series({ code: '200', pod: 'a' }, [4])];
  assert.is(grown(countersOf(within, before, at(0))), 5);
  assert.is(grown(countersOf(within, [series({ pod: 'a' }, [4])], at(0))), 9);
});

windows('know a series whose name the backend leaves out before', () => {
  const within = [series({ __name__: 'x', pod: 'a' }, [9])];
  assert.is(grown(countersOf(within, [series({ pod: 'a' }, [4])], at(0))), 5);
  const named = [series({ __name__: 'x' }, [4]), series({ __name__: 'y' }, [7])];
  const two = [series({ __name__: 'x' }, [5]), series({ __name__: 'y' }, [9])];
  assert.is(grown(countersOf(two, named, at(0))), 3);
});

windows('know a bucket whose edge is written in another way since', () => {
  const within = [series({ le: '1.0' }, [9]), series({ le: '+Inf' }, [9])];
  const before = [series({ le: '1' }, [4]), series({ le: '+Inf' }, [4])];
  assert.is(grown(countersOf(within, before, at(0))), 10);
});

windows('have the series that had nothing new, for there is a counter', () => {
  assert.is(countersOf([], [series({ pod: 'a' }, [4])], at(2)).length, 1);
});

windows('that come in parts are put together', () => {
  const parts = [series({ pod: 'a' }, [undefined, 7]), series({ pod: 'a' }, [5])];
  assert.is(grown(countersOf(parts, [], at(0))), 7);
});

/** A pod's counter second by second: requests in each, or not scraped, or begun anew with so many. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.nat(50).map((more) => ({ kind: 'more' as const, more })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'missed' as const }) },
  { weight: 1, arbitrary: fc.nat(5).map((more) => ({ kind: 'anew' as const, more })) },
);
const life = fc.record({
  begin: fc.nat(20),
  steps: fc.array(step, { maxLength: 60 }),
});

type Life = {
  begin: number;
  steps: ({ kind: 'more' | 'anew'; more: number } | { kind: 'missed' })[];
};

function lived({ begin, steps }: Life, pod: string): Series {
  let value = 0;
  const samples = steps.flatMap((one, index) => {
    if (one.kind === 'missed') return [];
    value = one.kind === 'anew' ? one.more : value + one.more;
    return [{ at: (begin + index + 1) * 1000, value }];
  });
  return { labels: { pod }, samples };
}

/** What a backend says of a window: the samples of it, and the last of each series before. */
function lookedAt(all: readonly Series[], from: number, until: number): number {
  const cut = (isWanted: (sample: Sample) => boolean): Series[] =>
    all
      .map(({ labels, samples }) => ({ labels, samples: samples.filter(isWanted) }))
      .filter(({ samples }) => samples.length > 0);
  const within = cut((sample) => sample.at >= from * 1000 && sample.at <= until * 1000);
  return grown(
    countersOf(
      within,
      cut((sample) => sample.at <= from * 1000),
      at(from),
    ),
  );
}

windows('that abut add up to the whole, wherever they are cut', () => {
  const property = fc.property(
    fc.array(life, { maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 89 }), { maxLength: 8 }),
    (lives, cuts) => {
      const all = lives.map((one, index) => lived(one, `p${index}`));
      const edges = [0, ...cuts.sort((one, other) => one - other), 90];
      const parts = edges.slice(1).map((until, index) => lookedAt(all, edges[index]!, until));
      const sum = parts.reduce((one, other) => one + other, 0);
      assert.is(sum, lookedAt(all, 0, 90));
    },
  );
  fc.assert(property, { numRuns: 500 });
});

windows('have every request that was scraped, where nothing begins anew', () => {
  const property = fc.property(fc.array(life, { maxLength: 4 }), (lives) => {
    const steady = lives.map(({ begin, steps }) => ({
      begin,
      steps: steps.filter(({ kind }) => kind !== 'anew'),
    }));
    const all = steady.map((one, index) => lived(one, `p${index}`));
    const scraped = all.reduce((sum, { samples }) => sum + (samples.at(-1)?.value ?? 0), 0);
    assert.is(lookedAt(all, 0, 90), scraped);
  });
  fc.assert(property, { numRuns: 300 });
});

/** The buckets of a pod: what each had before, and has now. */
function histogram(
  pod: string,
  buckets: Record<string, [before: number | undefined, ...values: number[]]>,
): Counter[] {
  return Object.entries(buckets).map(([le, [before, ...values]]) =>
    counter(before, values, { pod, le }),
  );
}

histograms('are told apart by their edges, not cumulated', () => {
  const found = bucketsOf(histogram('a', { '0.1': [5, 7], '0.5': [6, 12], '+Inf': [6, 13] }));
  assert.equal(found, { edges: [0.1, 0.5], counts: [2, 4, 1] });
});

histograms('of several pods are added up, edge by edge', () => {
  const found = bucketsOf([
    ...histogram('a', { '0.1': [5, 7], '+Inf': [6, 9] }),
    ...histogram('b', { '0.10': [undefined, 4], '+Inf': [undefined, 4] }),
  ]);
  assert.equal(found, { edges: [0.1], counts: [6, 1] });
});

histograms('that have other edges are put together by those they share', () => {
  const found = bucketsOf([
    ...histogram('a', { '0.1': [0, 2], '0.5': [0, 3], '+Inf': [0, 4] }),
    ...histogram('b', { '0.5': [0, 10], '0.7': [0, 11], '+Inf': [0, 12] }),
  ]);
  assert.equal(found, { edges: [0.5], counts: [13, 3] });
});

histograms('without a new value do not narrow the edges', () => {
  const found = bucketsOf([
    ...histogram('a', { '0.1': [0, 2], '0.5': [0, 3], '+Inf': [0, 4] }),
    ...histogram('gone', { '0.7': [5], '+Inf': [5] }),
  ]);
  assert.equal(found, { edges: [0.1, 0.5], counts: [2, 1, 1] });
});

histograms('begin anew with all of their buckets, also those that have overtaken', () => {
  const found = bucketsOf(histogram('a', { '0.1': [5, 3], '+Inf': [5, 7] }));
  assert.equal(found, { edges: [0.1], counts: [3, 4] });
});

histograms('never have more in a bucket than in a wider one', () => {
  const late = bucketsOf(histogram('a', { '0.1': [0, 9], '0.5': [0, 6], '+Inf': [0, 8] }));
  assert.equal(late, { edges: [0.1, 0.5], counts: [8, 0, 0] });
  const early = bucketsOf(histogram('a', { '0.1': [0, 5], '0.5': [0, 3], '+Inf': [0, 8] }));
  assert.equal(early, { edges: [0.1, 0.5], counts: [5, 0, 3] });
});

histograms('with nothing new have empty buckets', () => {
  assert.equal(bucketsOf(histogram('a', { '1': [5, 5], '+Inf': [6] })), {
    edges: [1],
    counts: [0, 0],
  });
});

const BROKEN: [what: string, counters: Counter[], problem: RegExp][] = [
  ['edges', [counter(1, [2], { pod: 'a' })], /no label le/],
  ['a number as the edge', histogram('a', { wide: [1, 2], '+Inf': [1, 2] }), /no label le/],
  ['the widest bucket', histogram('a', { '0.1': [1, 2] }), /\+Inf/],
  ['any other bucket', histogram('a', { '+Inf': [1, 2] }), /in common/],
  [
    'a common edge',
    [
      ...histogram('a', { '0.1': [0, 2], '+Inf': [0, 2] }),
      ...histogram('b', { '0.2': [0, 2], '+Inf': [0, 2] }),
    ],
    /in common/,
  ],
];

for (const [what, counters, problem] of BROKEN) {
  histograms(`without ${what} are none`, () => {
    const found = bucketsOf(counters);
    assert.match('problem' in found ? found.problem : '', problem);
  });
}

for (const each of [counting, windows, histograms]) each.run();
