import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  batchOf,
  questionsOf,
  type Counts,
  type Making,
  type Question,
} from '../../functions/lib/analysis/questions.ts';

const RATE: Making = { kind: 'Rate', factor: 1 };
const P95: Making = { kind: 'Quantile', quantile: 0.95 };
const MEAN: Making = { kind: 'Mean', lowest: 0, highest: 300 };
const UNBOUNDED: Making = { kind: 'Mean', lowest: 0, highest: undefined };

function limitsOf(limits: { upper?: number; lower?: number }, making: Making): number[] {
  return questionsOf(limits, making).map(({ limit }) => Number(limit.toPrecision(12)));
}

const asked = suite('the questions that an objective asks');

asked('are about a share: of a rate its own limit, by the factor of its units', () => {
  assert.equal(limitsOf({ upper: 0.02 }, RATE), [0.02]);
  assert.equal(limitsOf({ upper: 2 }, { kind: 'Rate', factor: 100 }), [0.02]);
});

asked('are of a quantile about what may be above it, wherever the limit lies', () => {
  assert.equal(limitsOf({ upper: 250 }, P95), [0.05]);
  assert.equal(limitsOf({ upper: 999 }, P95), [0.05]);
});

asked('are of a mean about the way between its bounds', () => {
  assert.equal(limitsOf({ upper: 30 }, MEAN), [0.1]);
  assert.equal(limitsOf({ upper: 0 }, { kind: 'Mean', lowest: -10, highest: 30 }), [0.25]);
});

asked('swap the event where the limit is a lower one', () => {
  assert.equal(limitsOf({ lower: 0.98 }, RATE), [0.02]);
  assert.equal(limitsOf({ lower: 250 }, P95), [0.95]);
  assert.equal(limitsOf({ lower: 270 }, MEAN), [0.1]);
});

asked('are as many as there are limits, the upper one first', () => {
  const both = questionsOf({ upper: 0.2, lower: 0.1 }, RATE);
  assert.equal(
    both.map(({ side, value }) => [side, value]),
    [
      ['Upper', 0.2],
      ['Lower', 0.1],
    ],
  );
  assert.equal(questionsOf({}, RATE), []);
});

asked('are none where a mean may be changed by one value more', () => {
  assert.equal(questionsOf({ upper: 30, lower: 10 }, UNBOUNDED), []);
});

asked('are none where every value keeps the limit', () => {
  assert.equal(questionsOf({ upper: 1, lower: 0 }, RATE), []);
  assert.equal(questionsOf({ upper: 1.5, lower: -1 }, RATE), []);
  assert.equal(questionsOf({ upper: 300, lower: 0 }, MEAN), []);
});

asked('have a limit above 0 also where no counts keep it', () => {
  assert.equal(limitsOf({ upper: 0 }, RATE), [1e-9]);
  assert.equal(limitsOf({ upper: -5, lower: 7 }, RATE), [1e-9, 1e-9]);
});

const counted = suite('the bad samples among counts');

function only(limits: { upper?: number; lower?: number }, making: Making): Question {
  return questionsOf(limits, making)[0]!;
}

counted('are of a rate its events, or where they are wanted the others', () => {
  const counts: Counts = { kind: 'Rate', trials: 412, events: 3 };
  const upper = batchOf(only({ upper: 0.02 }, RATE), counts, RATE);
  assert.equal(upper, { samples: 412, most: 3, least: 3 });
  const lower = batchOf(only({ lower: 0.98 }, RATE), counts, RATE);
  assert.equal(lower, { samples: 412, most: 409, least: 409 });
});

const HISTOGRAM: Counts = { kind: 'Quantile', edges: [100, 200, 500], counts: [10, 20, 30, 4] };

for (const [what, limit, most, least] of [
  ['at an edge are those above it', 200, 34, 34],
  ['at the last edge are those of the last bucket', 500, 4, 4],
  ['between edges are above the lower edge at most, above the higher one at least', 300, 34, 4],
  ['below the first edge are all at most', 50, 64, 54],
  ['above the last edge may be those of the last bucket', 900, 4, 0],
] as const) {
  counted(`of a quantile with an upper limit ${what}`, () => {
    const question = only({ upper: limit }, P95);
    assert.equal(batchOf(question, HISTOGRAM, P95), { samples: 64, most, least });
  });
}

for (const [what, limit, most, least] of [
  ['at an edge are those up to it at most, and in the buckets before it at least', 200, 30, 10],
  ['between edges are up to the higher edge at most, up to the lower one at least', 300, 60, 30],
  ['below the first edge are in the first bucket at most', 50, 10, 0],
  ['above the last edge may be all', 900, 64, 60],
] as const) {
  counted(`of a quantile with a lower limit ${what}`, () => {
    const question = only({ lower: limit }, P95);
    assert.equal(batchOf(question, HISTOGRAM, P95), { samples: 64, most, least });
  });
}

counted('of a mean are as much of each value as it is on its way between the bounds', () => {
  const counts: Counts = { kind: 'Mean', count: 10, sum: 600 };
  assert.equal(batchOf(only({ upper: 30 }, MEAN), counts, MEAN), {
    samples: 10,
    most: 2,
    least: 2,
  });
  assert.equal(batchOf(only({ lower: 30 }, MEAN), counts, MEAN), {
    samples: 10,
    most: 8,
    least: 8,
  });
});

counted('of a mean are never fewer than none nor more than all', () => {
  for (const sum of [-500, 1e9]) {
    const { most, samples } = batchOf(
      only({ upper: 30 }, MEAN),
      { kind: 'Mean', count: 10, sum },
      MEAN,
    );
    assert.is(most, sum < 0 ? 0 : samples);
  }
});

counted('are none where there are no samples', () => {
  const none = { samples: 0, most: 0, least: 0 };
  const empty: Counts[] = [
    { kind: 'Rate', trials: 0, events: 0 },
    { kind: 'Quantile', edges: [], counts: [0] },
    { kind: 'Mean', count: 0, sum: 0 },
  ];
  const makings = [RATE, P95, MEAN];
  empty.forEach((counts, index) => {
    const making = makings[index]!;
    assert.equal(batchOf(only({ upper: 0.5 }, making), counts, making), none);
  });
});

counted('are numbers also where the counts are of another kind than the metric', () => {
  const kinds: Counts[] = [
    { kind: 'Rate', trials: 9, events: 9 },
    HISTOGRAM,
    { kind: 'Mean', count: 3, sum: 7 },
  ];
  for (const making of [RATE, P95, MEAN]) {
    for (const counts of kinds) {
      const { samples, most, least } = batchOf(only({ upper: 0.5 }, making), counts, making);
      assert.ok(0 <= least && least <= most && most <= samples, JSON.stringify(counts));
    }
  }
});

for (const tests of [asked, counted]) tests.run();
