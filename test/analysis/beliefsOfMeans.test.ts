import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  batchMeansInterval,
  batchMoments,
  mergeMoments,
  normalInverseGamma,
  studentInterval,
  welch,
  type Moments,
} from '../../functions/lib/analysis/beliefs.ts';
import { studentCdf } from '../../functions/lib/analysis/special.ts';
import { assertClose, eachVector, type Tolerance } from './vectors.ts';

const RUNS = { seed: 8, numRuns: 200 };
const CLOSE = { rel: 1e-9, abs: 1e-12 };

function near(actual: number, expected: number, tolerance: Tolerance = CLOSE): void {
  assertClose(actual, expected, tolerance, 'the number');
}

const level = fc.double({ min: 0.01, max: 0.999, noNaN: true });

const mean = suite('beliefs of a mean');

type NigIn = Record<'n' | 'mean' | 'M2' | 'm0' | 'k0' | 'a0' | 'b0' | 'level' | 'limit', number>;
type NigOut = Record<
  'm' | 'k' | 'a' | 'b' | 'scale' | 'nu' | 'lo' | 'hi' | 'pBelow' | 'freqLo' | 'freqHi',
  number
>;

eachVector<NigIn, NigOut>(mean, 'nig_t', (input) => {
  const data = { count: input.n, mean: input.mean, m2: input.M2 };
  const before = { mean: input.m0, weight: input.k0, shape: input.a0, rate: input.b0 };
  const { weight, shape, rate: b, ...belief } = normalInverseGamma(data, before, input);
  const { lower: freqLo, upper: freqHi } = studentInterval(data, input.level);
  const { mean: m, scale, degrees: nu, lower: lo, upper: hi, probabilityBelow: pBelow } = belief;
  return { m, k: weight, a: shape, b, scale, nu, lo, hi, pBelow, freqLo, freqHi };
});

mean('follows from the prior and the data as worked by hand', () => {
  const before = { mean: 0, weight: 2, shape: 1, rate: 1 };
  const belief = normalInverseGamma({ count: 2, mean: 4, m2: 2 }, before, { limit: 2, level: 0.5 });
  const { mean: centre, weight, shape, rate: b, scale, degrees } = belief;
  assert.equal({ centre, weight, shape, b }, { centre: 2, weight: 4, shape: 2, b: 10 });
  near(scale, Math.sqrt(1.25));
  assert.is(degrees, 4);
  near(belief.probabilityBelow, 0.5);
  near(belief.probabilityAbove, 0.5);
});

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const moments: fc.Arbitrary<Moments> = fc.record({
  count: fc.integer({ min: 0, max: 1e8 }),
  mean: finite,
  m2: fc.double({ min: 0, max: 1e12, noNaN: true }),
});

mean('is the same whether data come at once or one after the other', () => {
  const before = { mean: 3, weight: 1, shape: 2, rate: 5 };
  fc.assert(
    fc.property(moments, moments, (first, second) => {
      const inquiry = { limit: 0, level: 0.9 };
      const { mean: centre, weight, shape, rate: b } = normalInverseGamma(first, before, inquiry);
      const twice = normalInverseGamma(second, { mean: centre, weight, shape, rate: b }, inquiry);
      const once = normalInverseGamma(mergeMoments(first, second), before, inquiry);
      near(twice.mean, once.mean, { rel: 1e-9, abs: 1e-6 });
      near(twice.rate, once.rate, { rel: 1e-9, abs: 0 });
    }),
    RUNS,
  );
});

mean('lies within its interval with the level of the interval', () => {
  const before = { mean: 0, weight: 1, shape: 1, rate: 1 };
  fc.assert(
    fc.property(moments, level, (data, wanted) => {
      const { lower, upper } = normalInverseGamma(data, before, { limit: 0, level: wanted });
      const inquiry = { limit: upper, level: wanted };
      const { probabilityBelow, mean: centre } = normalInverseGamma(data, before, inquiry);
      assert.ok(lower <= centre && centre <= upper);
      near(probabilityBelow, (1 + wanted) / 2, { rel: 1e-5, abs: 0 });
    }),
    RUNS,
  );
});

mean('has a classical interval of one unit to either side, worked by hand', () => {
  const { lower, upper } = studentInterval({ count: 2, mean: 4, m2: 2 }, 0.5);
  near(lower, 3);
  near(upper, 5);
});

mean('is not bounded by fewer than two observations', () => {
  for (const count of [0, 0.5, 1]) {
    const interval = studentInterval({ count, mean: 7, m2: 0 }, 0.95);
    assert.equal(interval, { lower: -Infinity, upper: Infinity });
  }
});

mean('refuses priors and moments that are none', () => {
  const data = { count: 2, mean: 4, m2: 2 };
  const before = { mean: 0, weight: 2, shape: 1, rate: 1 };
  const inquiry = { limit: 2, level: 0.5 };
  assert.throws(
    () => normalInverseGamma(data, { ...before, weight: 0 }, inquiry),
    /weight .* not 0/,
  );
  assert.throws(() => normalInverseGamma(data, { ...before, rate: -1 }, inquiry), /rate .* not -1/);
  assert.throws(() => normalInverseGamma({ ...data, m2: -1 }, before, inquiry), /m2 .* not -1/);
  assert.throws(() => normalInverseGamma(data, before, { ...inquiry, limit: NaN }), /limit .* NaN/);
  assert.throws(() => studentInterval({ ...data, mean: Infinity }, 0.5), /mean .* Infinity/);
});

mean.run();

const merging = suite('mergeMoments');

const NOTHING = { count: 0, mean: 0, m2: 0 };
const numbers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 });

function momentsOf(values: readonly number[]): Moments {
  const centre = values.reduce((sum, next) => sum + next, 0) / values.length;
  const m2 = values.reduce((sum, next) => sum + (next - centre) ** 2, 0);
  return { count: values.length, mean: centre, m2 };
}

function nearMoments(actual: Moments, expected: Moments): void {
  assertClose(actual, expected, { rel: 1e-9, abs: 1e-6 }, 'the moments');
}

merging('gives the moments of all numbers, in either order', () => {
  fc.assert(
    fc.property(numbers, numbers, (first, second) => {
      const all = momentsOf([...first, ...second]);
      nearMoments(mergeMoments(momentsOf(first), momentsOf(second)), all);
      nearMoments(mergeMoments(momentsOf(second), momentsOf(first)), all);
    }),
    RUNS,
  );
});

merging('is the same as the sums of a batch', () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const sum = values.reduce((total, next) => total + next, 0);
      const squares = values.reduce((total, next) => total + next * next, 0);
      nearMoments(batchMoments({ count: values.length, sum, squares }), momentsOf(values));
    }),
    RUNS,
  );
});

merging('leaves moments as they are when nothing is added', () => {
  const some = { count: 3, mean: 2, m2: 5 };
  assert.equal(mergeMoments(some, NOTHING), some);
  assert.equal(mergeMoments(NOTHING, some), some);
  assert.equal(mergeMoments(NOTHING, NOTHING), NOTHING);
  assert.equal(batchMoments({ count: 0, sum: 0, squares: 0 }), NOTHING);
});

merging('keeps the digits of numbers that vary little about a large mean', () => {
  let merged: Moments = NOTHING;
  for (let index = 0; index < 1000; index++) {
    merged = mergeMoments(merged, { count: 1, mean: 1e9 + (index % 2), m2: 0 });
  }
  near(merged.m2, 250, { rel: 1e-6, abs: 0 });
});

merging.run();

const batches = suite('batchMeansInterval');

const TEN = Array.from({ length: 10 }, (_, index) => ({ count: 5, sum: index % 2 ? 10 : 5 }));

batches('is the t interval of the batches’ means, worked by hand', () => {
  const interval = batchMeansInterval(TEN, 0.95);
  near(interval!.lower, 1.5 - 2.2621571627982053 / 6);
  near(interval!.upper, 1.5 + 2.2621571627982053 / 6);
});

batches('needs ten that hold an observation', () => {
  const empty = { count: 0, sum: 0 };
  assert.is(batchMeansInterval([...TEN.slice(1), empty], 0.95), undefined);
  assert.equal(batchMeansInterval([...TEN, empty], 0.95), batchMeansInterval(TEN, 0.95));
  assert.throws(() => batchMeansInterval([{ count: -1, sum: 0 }], 0.95), /count .* not -1/);
});

batches.run();

const comparison = suite('welch');

type WelchIn = Record<'n1' | 'mean1' | 'var1' | 'n2' | 'mean2' | 'var2' | 'level', number>;
type WelchOut = Record<'diff' | 'df' | 't' | 'p' | 'lo' | 'hi', number>;

eachVector<WelchIn, WelchOut>(comparison, 'welch_t', (input) => {
  const first = { count: input.n1, mean: input.mean1, variance: input.var1 };
  const second = { count: input.n2, mean: input.mean2, variance: input.var2 };
  const { difference, degrees, t, p, lower, upper } = welch(first, second, input.level);
  return { diff: difference, df: degrees, t, p, lo: lower, hi: upper };
});

const sample = fc.record({
  count: fc.integer({ min: 2, max: 1e8 }),
  mean: finite,
  variance: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
});

comparison('changes its sign with the order, and rejects what its interval leaves out', () => {
  fc.assert(
    fc.property(sample, sample, level, (first, second, wanted) => {
      const { difference, degrees, t, p, lower, upper } = welch(first, second, wanted);
      const turned = welch(second, first, wanted);
      assert.is(difference + turned.difference, 0);
      near(lower, -turned.upper);
      near(p, turned.p);
      near(p, 2 * studentCdf(-Math.abs(t), degrees));
      const least = Math.min(first.count, second.count) - 1;
      assert.ok(degrees >= least * (1 - 1e-12));
      assert.ok(degrees <= (first.count + second.count - 2) * (1 + 1e-12));
      if (Math.abs(p - (1 - wanted)) > 1e-6) assert.is(p > 1 - wanted, lower < 0 && upper > 0);
    }),
    RUNS,
  );
});

comparison('takes a difference for certain where nothing varies', () => {
  const constant = { count: 5, mean: 1, variance: 0 };
  const higher = welch(constant, { ...constant, mean: 3 }, 0.95);
  assert.equal([higher.t, higher.p, higher.lower, higher.upper], [Infinity, 0, 2, 2]);
  const same = welch(constant, constant, 0.95);
  assert.equal([same.t, same.p, same.lower, same.upper], [0, 1, 0, 0]);
});

comparison('refuses samples without a variance', () => {
  const some = { count: 5, mean: 1, variance: 1 };
  assert.throws(() => welch({ ...some, count: 1 }, some, 0.95), /count .* not 1/);
  assert.throws(() => welch(some, { ...some, variance: -1 }, 0.95), /variance .* not -1/);
});

comparison.run();
