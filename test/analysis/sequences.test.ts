import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { logEvidence } from '../../functions/lib/analysis/eProcess.ts';
import { beta, binomial, standardNormal } from '../../functions/lib/analysis/random.ts';
import {
  asymptoticOneSidedHalf,
  asymptoticSequence,
  boundedMeanSequence,
  boundedSumBound,
  NO_VALUES,
  quantileSequence,
  rateSequence,
  withValues,
  type BoundedMean,
} from '../../functions/lib/analysis/sequences.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { referenceJson } from '../shared.ts';
import { eachVector } from './vectors.ts';

const RUNS = { seed: 20260106, numRuns: 200 };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const level = fc.double({ min: 1e-6, max: 0.5, noNaN: true });
const trials = fc.double({ min: 0, max: 8, noNaN: true }).map((digits) => Math.round(10 ** digits));

const rates = suite('a confidence sequence for a rate');

eachVector(rates, 'cs_bernoulli', ({ s, n, alpha }: { s: number; n: number; alpha: number }) => {
  const { lower, upper } = rateSequence(s, n, alpha);
  return { lo: lower, hi: upper };
});

rates('holds the share seen, is mirrored for the opposite, and wider for a lower level', () => {
  fc.assert(
    fc.property(trials, share, level, (count, part, alpha) => {
      const events = Math.round(part * count);
      const { lower, upper } = rateSequence(events, count, alpha);
      assert.ok(0 <= lower && lower <= events / count && events / count <= upper && upper <= 1);
      const opposite = rateSequence(count - events, count, alpha);
      assert.ok(Math.abs(opposite.lower - (1 - upper)) < 1e-12, `${opposite.lower} ${upper}`);
      const wide = rateSequence(events, count, alpha / 2);
      assert.ok(wide.lower <= lower && wide.upper >= upper);
    }),
    RUNS,
  );
  assert.equal(rateSequence(0, 0, 0.05), { lower: 0, upper: 1 });
});

rates('holds the truth at all looks at once as often as it says', () => {
  const random = randomFrom('rates');
  const lives = 1000;
  let missed = 0;
  for (let life = 0; life < lives; life++) {
    let [events, seen, isMissed] = [0, 0, false];
    for (let look = 0; look < 30; look++) {
      const size = events > 0.1 * seen ? 100 : 10;
      events += binomial(random, size, 0.1);
      seen += size;
      const { lower, upper } = rateSequence(events, seen, 0.05);
      isMissed ||= lower > 0.1 || upper < 0.1;
    }
    if (isMissed) missed++;
  }
  assert.ok(missed > 0 && missed <= 0.05 * lives, `${missed} of ${lives}`);
});

rates('refuses what are no counts', () => {
  assert.throws(() => rateSequence(2, 1, 0.05), /events.*2/);
  assert.throws(() => rateSequence(1, 2, 0), /alpha.*0/);
});

rates.run();

const quantiles = suite('a confidence sequence for a quantile');

type QuantileCase = {
  in: { edges: number[]; cum: number[]; q: number; alpha: number };
  out: { anyLo: number | string; anyHi: number | string };
};

const buckets = referenceJson<{ cases: QuantileCase[] }>('vectors/quantile_buckets.json');
buckets?.cases.forEach(({ in: { edges, cum, q, alpha }, out }, index) => {
  quantiles(`quantile_buckets ${index}`, () => {
    assert.equal(quantileSequence(edges, cum, q, alpha), {
      lower: Number(out.anyLo),
      upper: Number(out.anyHi),
    });
  });
});

quantiles('lies between edges that are proved to be below and above it', () => {
  const histogram = fc.array(fc.integer({ min: 0, max: 10_000_000 }), {
    minLength: 12,
    maxLength: 12,
  });
  const edges = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
  fc.assert(
    fc.property(
      histogram,
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (buckets, quantile) => {
        let sum = 0;
        const cumulative = buckets.map((count) => (sum += count));
        const { lower, upper } = quantileSequence(edges, cumulative, quantile, 0.05);
        assert.ok(lower < upper, `${lower} ${upper}`);
        edges.forEach((edge, index) => {
          const { above, below } = logEvidence(cumulative[index]!, sum, quantile);
          assert.is(edge <= lower, below >= Math.log(40));
          assert.is(edge >= upper, above >= Math.log(40));
        });
      },
    ),
    RUNS,
  );
});

quantiles('is unbounded where nothing is proved', () => {
  assert.equal(quantileSequence([1, 2], [0, 0, 0], 0.5, 0.05), { lower: 0, upper: Infinity });
  assert.equal(quantileSequence([-1, 2], [0, 0, 0], 0.5, 0.05), {
    lower: -Infinity,
    upper: Infinity,
  });
  assert.throws(() => quantileSequence([1, 2], [0, 0], 0.5, 0.05), /cumulative\.length.*2/);
  assert.throws(() => quantileSequence([1], [0, 0], 1, 0.05), /quantile.*1/);
});

quantiles.run();

const means = suite('a confidence sequence for a mean');

type BernsteinCase = {
  batches: [number, number, number][];
  alpha: number;
  vOpt: number;
  c: number;
};

eachVector(means, 'emp_bernstein', ({ batches, alpha, vOpt, c }: BernsteinCase) => {
  const values = batches.reduce(
    (seen, [count, sum, sumOfSquares]) => withValues(seen, { count, sum, sumOfSquares }, c),
    NO_VALUES,
  );
  const options = { optimalVariance: vOpt, range: c };
  return {
    V: values.variance,
    bound: boundedSumBound(values.variance, { ...options, alpha }),
    // The interval spends alpha on two sides.
    lower: boundedMeanSequence(values, { ...options, alpha: 2 * alpha }).lower,
  };
});

type AsymptoticCase = { n: number; mean: number; var: number; alpha: number; tOpt: number };

eachVector(means, 'asymp_cs', ({ n, mean, var: variance, alpha, tOpt }: AsymptoticCase) => {
  const [moments, options] = [
    { count: n, mean, variance },
    { alpha, optimalCount: tOpt },
  ];
  const { lower, upper } = asymptoticSequence(moments, options);
  return { lo: lower, hi: upper, oneSidedHalf: asymptoticOneSidedHalf(moments, options) };
});

means('holds the mean of bounded values at all looks at once, mostly oftener than it says', () => {
  const random = randomFrom('bernstein');
  const lives = 300;
  let missed = 0;
  for (let life = 0; life < lives; life++) {
    let [values, isMissed]: [BoundedMean, boolean] = [NO_VALUES, false];
    for (let look = 0; look < 20; look++) {
      const batch = { count: 10, sum: 0, sumOfSquares: 0 };
      for (let value = 0; value < batch.count; value++) {
        const drawn = beta(random, 0.5, 2);
        batch.sum += drawn;
        batch.sumOfSquares += drawn * drawn;
      }
      values = withValues(values, batch);
      const { lower, upper } = boundedMeanSequence(values, { alpha: 0.1, optimalVariance: 3 });
      isMissed ||= lower > 0.2 || upper < 0.2;
    }
    if (isMissed) missed++;
  }
  assert.ok(missed <= 0.1 * lives, `${missed} of ${lives}`);
});

means('of bounded values scales with them, and is mirrored with them', () => {
  const seen = fc.array(fc.array(share, { minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 5,
  });
  const sumUp = (batches: readonly (readonly number[])[], range: number): BoundedMean =>
    batches.reduce(
      (values, batch) =>
        withValues(
          values,
          {
            count: batch.length,
            sum: batch.reduce((sum, value) => sum + value, 0),
            sumOfSquares: batch.reduce((sum, value) => sum + value * value, 0),
          },
          range,
        ),
      NO_VALUES,
    );
  fc.assert(
    fc.property(seen, (batches) => {
      const options = { alpha: 0.2, optimalVariance: 1 };
      const { lower, upper } = boundedMeanSequence(sumUp(batches, 1), options);
      const large = boundedMeanSequence(
        sumUp(
          batches.map((batch) => batch.map((value) => 250 * value)),
          250,
        ),
        { alpha: 0.2, optimalVariance: 250 ** 2, range: 250 },
      );
      const mirrored = boundedMeanSequence(
        sumUp(
          batches.map((batch) => batch.map((value) => 1 - value)),
          1,
        ),
        options,
      );
      assert.ok(Math.abs(large.lower - 250 * lower) + Math.abs(large.upper - 250 * upper) < 1e-8);
      assert.ok(
        Math.abs(1 - mirrored.upper - lower) + Math.abs(1 - mirrored.lower - upper) < 1e-10,
      );
    }),
    RUNS,
  );
  const nothing = boundedMeanSequence(NO_VALUES, { alpha: 0.05, optimalVariance: 1, range: 7 });
  assert.equal(nothing, { lower: 0, upper: 7 });
});

means('has a bound on sums that grows with their variance, up to 1e8', () => {
  const variances = fc.double({ min: -3, max: 8, noNaN: true }).map((digits) => 10 ** digits);
  fc.assert(
    fc.property(variances, level, (variance, alpha) => {
      const options = { alpha: Math.min(alpha, 0.49), optimalVariance: 1000 };
      const bound = boundedSumBound(variance, options);
      assert.ok(bound > 0 && bound < Infinity);
      assert.ok(boundedSumBound(2 * variance, options) > bound);
    }),
    RUNS,
  );
});

means('holds the mean of many values at all looks at once as often as it says', () => {
  const random = randomFrom('asymptotic');
  const lives = 1000;
  let missed = 0;
  for (let life = 0; life < lives; life++) {
    let [count, sum, isMissed] = [0, 0, false];
    for (let look = 0; look < 30; look++) {
      count += 100;
      sum += 10 * standardNormal(random);
      const moments = { count, mean: sum / count, variance: 1 };
      const { lower, upper } = asymptoticSequence(moments, { alpha: 0.05, optimalCount: 1000 });
      isMissed ||= lower > 0 || upper < 0;
    }
    if (isMissed) missed++;
  }
  assert.ok(missed > 0 && missed <= 0.05 * lives, `${missed} of ${lives}`);
});

means('refuses what are no values', () => {
  const options = { alpha: 0.05, optimalCount: 100 };
  assert.throws(() => asymptoticSequence({ count: 0, mean: 0, variance: 1 }, options), /count.*0/);
  assert.throws(() => asymptoticSequence({ count: 1, mean: 0, variance: -1 }, options), /variance/);
  assert.throws(() => boundedSumBound(-1, { alpha: 0.05, optimalVariance: 1 }), /variance.*-1/);
});

means.run();
