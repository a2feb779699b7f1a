import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  histogramQuantile,
  quantileBelief,
  quantileInterval,
  type Histogram,
} from '../../functions/lib/analysis/quantiles.ts';
import { deepFreeze } from '../fixtures.ts';
import { referenceJson } from '../shared.ts';
import { assertClose, type Tolerance } from './vectors.ts';

const RUNS = { seed: 8, numRuns: 300 };

const quantiles = suite('quantiles of a histogram');

function near(actual: number, expected: number): void {
  assertClose(actual, expected, { rel: 1e-9, abs: 1e-12 }, 'the number');
}

type Vectors = {
  tol: Tolerance;
  cases: {
    in: { edges: number[]; cum: number[]; q: number; alpha: number; limit: number };
    out: Record<'point' | 'rankLo' | 'rankHi' | 'lo' | 'hi' | 'pBelow', unknown>;
  }[];
};

const vectors = referenceJson<Vectors>('vectors/quantile_buckets.json');

vectors?.cases.forEach(({ in: { edges, cum, q, alpha, limit }, out }, index) => {
  quantiles(`quantile_buckets ${index}`, () => {
    const histogram = { edges, cumulative: cum };
    const { rankLower, rankUpper, lower, upper } = quantileInterval(histogram, q, 1 - alpha);
    const ours = {
      point: histogramQuantile(histogram, q),
      rankLo: rankLower,
      rankHi: rankUpper,
      lo: lower,
      hi: upper === Infinity ? 'Infinity' : upper,
      pBelow: quantileBelief(histogram, q, limit).probabilityBelow,
    };
    for (const key of ['point', 'rankLo', 'rankHi', 'lo', 'hi', 'pBelow'] as const) {
      assertClose(ours[key], out[key], vectors.tol, key);
    }
  });
});

/** A histogram of up to 1e8 observations under edges 1 apart, and one edge more for +Inf. */
const histograms: fc.Arbitrary<Histogram> = fc
  .tuple(
    fc.integer({ min: 0, max: 7 }),
    fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 2, maxLength: 15 }),
  )
  .map(([digits, counts]) => {
    let total = 0;
    const cumulative = counts.map((count) => (total += Math.round((count * 10 ** digits) / 1e6)));
    return { edges: counts.slice(1).map((_, index) => index + 1), cumulative };
  });
const quantile = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const level = fc.double({ min: 0.01, max: 0.999, noNaN: true });

const SMALL = deepFreeze({ edges: [10, 20], cumulative: [4, 8, 10] });

quantiles('are linear within their bucket, the first from 0', () => {
  assert.is(histogramQuantile(SMALL, 0.5), 12.5);
  assert.is(histogramQuantile(SMALL, 0.2), 5);
  assert.is(histogramQuantile(SMALL, 0.4), 10);
});

quantiles('beyond the finite edges are the last one', () => {
  assert.is(histogramQuantile(SMALL, 0.9), 20);
});

quantiles('in a first bucket that is not above 0 are its edge', () => {
  assert.is(histogramQuantile({ edges: [-5, 5], cumulative: [3, 4, 4] }, 0.5), -5);
  assert.is(histogramQuantile({ edges: [0, 5], cumulative: [3, 4, 4] }, 0.5), 0);
});

quantiles('pass over buckets that are empty', () => {
  assert.is(histogramQuantile({ edges: [1, 2, 3, 4], cumulative: [0, 0, 0, 5, 5] }, 0.2), 3.2);
});

quantiles('of no observations are no number, and lie anywhere', () => {
  const empty = { edges: [10, 20], cumulative: [0, 0, 0] };
  assert.ok(Number.isNaN(histogramQuantile(empty, 0.5)));
  assert.equal(quantileInterval(empty, 0.5, 0.95), {
    rankLower: 0,
    rankUpper: 1,
    lower: 0,
    upper: Infinity,
  });
});

quantiles('grow with their share, within the interval of their ranks', () => {
  fc.assert(
    fc.property(histograms, quantile, quantile, (histogram, one, other) => {
      if (histogram.cumulative.at(-1) === 0) return;
      const [low, high] = [one, other].sort((left, right) => left - right) as [number, number];
      assert.ok(histogramQuantile(histogram, low) <= histogramQuantile(histogram, high));
      const { lower, upper } = quantileInterval(histogram, low, 0.95);
      const point = histogramQuantile(histogram, low);
      assert.ok(lower <= point && point <= upper, `${lower} to ${upper} without ${point}`);
    }),
    RUNS,
  );
});

/** P(X ≤ successes) of a binomial X, term by term. */
function binomialCdf(successes: number, trials: number, probability: number): number {
  let term = (1 - probability) ** trials;
  let sum = term;
  for (let k = 1; k <= successes; k++) {
    term *= ((trials - k + 1) / k) * (probability / (1 - probability));
    sum += term;
  }
  return sum;
}

quantiles('have the ranks of the binomial distribution', () => {
  const trials = fc.integer({ min: 0, max: 60 });
  const common = fc.double({ min: 0.05, max: 0.95, noNaN: true });
  fc.assert(
    fc.property(trials, common, level, (count, share, wanted) => {
      const histogram = { edges: [1], cumulative: [count, count] };
      const { rankLower, rankUpper } = quantileInterval(histogram, share, wanted);
      const tail = (1 - wanted) / 2;
      assert.ok(binomialCdf(rankLower, count, share) >= tail - 1e-12);
      if (rankLower > 0) assert.ok(binomialCdf(rankLower - 1, count, share) <= tail + 1e-12);
      assert.ok(binomialCdf(rankUpper - 1, count, share) >= 1 - tail - 1e-12);
      if (rankUpper > 1) assert.ok(binomialCdf(rankUpper - 2, count, share) <= 1 - tail + 1e-12);
    }),
    RUNS,
  );
});

quantiles('have a rank that a tie does not move', () => {
  // Of five fair trials, none succeeds with probability 1/32.
  const histogram = { edges: [1], cumulative: [5, 5] };
  const { rankLower, rankUpper } = quantileInterval(histogram, 0.5, 1 - 2 / 32);
  assert.equal([rankLower, rankUpper], [0, 5]);
});

quantiles('have wider intervals for higher levels', () => {
  fc.assert(
    fc.property(histograms, quantile, level, level, (histogram, share, one, other) => {
      const [low, high] = [one, other].sort((left, right) => left - right) as [number, number];
      const narrow = quantileInterval(histogram, share, low);
      const wide = quantileInterval(histogram, share, high);
      assert.ok(wide.rankLower <= narrow.rankLower && narrow.rankUpper <= wide.rankUpper);
      assert.ok(wide.lower <= narrow.lower && narrow.upper <= wide.upper);
    }),
    RUNS,
  );
});

quantiles('are found in counts of 1e8', () => {
  const histogram = { edges: [1, 2], cumulative: [4e7, 6e7, 1e8] };
  // By scipy: binom.ppf(0.025, 1e8, 0.5) and binom.ppf(0.975, 1e8, 0.5) + 1.
  assert.equal(quantileInterval(histogram, 0.5, 0.95), {
    rankLower: 49990200,
    rankUpper: 50009801,
    lower: 1,
    upper: 2,
  });
});

quantiles('have an interval for counts that are scaled to no whole number', () => {
  const { rankLower, rankUpper } = quantileInterval(
    { edges: [1], cumulative: [20.4, 20.4] },
    0.5,
    0.95,
  );
  assert.equal([rankLower, rankUpper], [6, 16]);
});

quantiles('are believed below a limit the more, the higher it is', () => {
  fc.assert(
    fc.property(histograms, quantile, (histogram, share) => {
      let last = 0;
      for (const edge of histogram.edges) {
        const belief = quantileBelief(histogram, share, edge);
        near(belief.probabilityBelow + belief.probabilityAbove, 1);
        assert.ok(belief.probabilityBelow >= last - 1e-12);
        last = belief.probabilityBelow;
      }
    }),
    RUNS,
  );
});

quantiles(
  'are judged by the next lower and the next higher edge where a limit is between two',
  () => {
    const between = quantileBelief(SMALL, 0.5, 15);
    near(between.probabilityBelow, quantileBelief(SMALL, 0.5, 10).probabilityBelow);
    near(between.probabilityAbove, quantileBelief(SMALL, 0.5, 20).probabilityAbove);
    assert.is(quantileBelief(SMALL, 0.5, 5).probabilityBelow, 0);
    assert.is(quantileBelief(SMALL, 0.5, 25).probabilityAbove, 0);
  },
);

quantiles('refuse what is no histogram, quantile, level or limit', () => {
  const refused = (edges: number[], cumulative: number[]): void => {
    assert.throws(
      () => histogramQuantile({ edges, cumulative }, 0.5),
      (error: unknown) => error instanceof RangeError,
    );
  };
  refused([], [1]);
  refused([2, 1], [1, 2, 3]);
  refused([1, 1], [1, 2, 3]);
  refused([1, Infinity], [1, 2, 3]);
  refused([1, 2], [1, 2]);
  refused([1, 2], [2, 1, 3]);
  refused([1, 2], [-1, 1, 3]);
  refused([1, 2], [1, NaN, 3]);
  assert.throws(() => histogramQuantile(SMALL, 0), /quantile .* not 0/);
  assert.throws(() => histogramQuantile(SMALL, 1), /quantile .* not 1/);
  assert.throws(() => quantileInterval(SMALL, 0.5, 1), /level .* not 1/);
  assert.throws(() => quantileBelief(SMALL, 0.5, NaN), /limit .* not NaN/);
});

quantiles.run();
