import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  betaQuantile,
  chiSquareQuantile,
  chiSquareTail,
  logBetaTails,
  logNormalCdf,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from '../../functions/lib/analysis/special.ts';
import { referenceJson } from '../shared.ts';
import { assertClose } from './close.ts';

// The tables were computed with 60 digits, from the series of positive terms (DLMF 8.17.8, 8.11.4)
// at the exact binary values of the arguments, and rounded once.

/** t, degrees of freedom, P(T ≤ t). */
const STUDENT = [
  [1.0, 1, 0.75],
  [-3.3, 2.002, 0.04036946000200879],
  [-40.0, 5, 9.205981085886477e-8],
  [1.7, 30.5, 0.9503456775417385],
  [-30.25, 1000.0, 1.4764512920041566e-143],
  [-6.5, 100000.0, 4.034801205833722e-11],
  [1.96, 1000000000.0, 0.9750021047131352],
  [-37.0, 1000000000.0, 5.72825842877757e-300],
  [1e-9, 4, 0.500000000375],
  [-1000000.0, 0.5, 0.00032070097541419884],
] as const;

/** z, log Φ(z). */
const NORMAL = [
  [-100000.0, -5000000012.431864],
  [-1000.0, -500007.82669481216],
  [-38.0, -726.5572160188201],
  [-10.0, -53.23128515051247],
  [-3.0, -6.607726221510349],
  [-1.0, -1.8410216450092636],
  [-0.5, -1.1759117615936185],
  [-1e-9, -0.6931471813578298],
  [0.0, -0.6931471805599453],
  [1.5, -0.06914345561223398],
  [8.0, -6.220960574271786e-16],
] as const;

/** p, Φ⁻¹(p). */
const NORMAL_QUANTILES = [
  [5e-324, -38.467405617144344],
  [1e-300, -37.0470962993612],
  [1e-20, -9.262340089798407],
  [1e-9, -5.9978070150076865],
  [0.001, -3.0902323061678136],
  [0.074, -1.4466320671589785],
  [0.076, -1.4325027208258116],
  [0.3, -0.5244005127080408],
  [0.5, 0.0],
  [0.975, 1.9599639845400538],
  [0.9999999999999999, 8.209536151601387],
] as const;

const shapes = fc.oneof(
  fc.double({ min: -2, max: 8, noNaN: true }).map((power) => 10 ** power),
  fc.integer({ min: 1, max: 100_000_000 }),
  fc.integer({ min: 0, max: 100_000_000 }).map((count) => count + 0.5),
);
const probabilities = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
const RUNS = { seed: 20240607, numRuns: 400 };

const beta = suite('the quantiles of the beta distribution');

beta('lead back to the probability', () => {
  fc.assert(
    fc.property(probabilities, shapes, shapes, (p, a, b) => {
      const x = betaQuantile(p, a, b);
      assert.ok(x >= 0 && x <= 1);
      // Where x is next to an end, a double cannot hold it closely enough to lead back.
      if (x < 1e-300 || 1 - x < 1e-3) return;
      const { lower, upper } = logBetaTails(x, a, b);
      const spread = 1e-12 * (1 + Math.sqrt(a + b));
      assertClose(p > 0.5 ? upper : lower, p > 0.5 ? Math.log1p(-p) : Math.log(p), spread, `${p}`);
    }),
    RUNS,
  );
});

beta('are those of tiny probabilities, of 0 and of 1', () => {
  assertClose(betaQuantile(1e-300, 2, 3), 1e-150 / Math.sqrt(6), 1e-12, 'about √(p/6)');
  assert.is(betaQuantile(1e-300, 0.01, 3), 0);
  assert.is(betaQuantile(0, 2, 3), 0);
  assert.is(betaQuantile(1, 2, 3), 1);
  assertClose(betaQuantile(0.25, 1e8, 1e8), 0.5 - 0.6744897501960817 / Math.sqrt(8e8), 1e-9, '1e8');
});

beta('give the posteriors of rates', () => {
  type Case = { in: Record<'n' | 's' | 'a0' | 'b0' | 'limit' | 'level', number> } & {
    out: Record<'lo' | 'hi' | 'pBelow' | 'pAbove', number>;
  };
  const cases = referenceJson<{ cases: Case[] }>('vectors/beta_posterior.json')?.cases ?? [];
  for (const {
    in: { n, s, a0, b0, limit, level },
    out,
  } of cases) {
    const [a, b] = [a0 + s, b0 + n - s];
    const what = `${s} of ${n}`;
    assertClose(betaQuantile((1 - level) / 2, a, b), out.lo, 1e-12, what);
    assertClose(betaQuantile((1 + level) / 2, a, b), out.hi, 1e-12, what);
    const { lower, upper } = logBetaTails(limit, a, b);
    if (out.pBelow > 1e-300) assertClose(Math.exp(lower), out.pBelow, 1e-12, what);
    if (out.pAbove > 1e-300) assertClose(Math.exp(upper), out.pAbove, 1e-12, what);
  }
});

beta.run();

const chiSquare = suite('the chi-square distribution');

chiSquare('has quantiles that lead back to the probability', () => {
  assertClose(chiSquareTail(2, 2), Math.exp(-1), 1e-14, 'e⁻¹');
  assertClose(chiSquareQuantile(0.99, 1), 6.6348966010212145, 1e-14, '99 % of one degree');
  assertClose(chiSquareQuantile(0.95, 10), 18.307038053275146, 1e-14, '95 % of ten degrees');
  fc.assert(
    fc.property(probabilities, fc.integer({ min: 1, max: 1_000_000 }), (p, degrees) => {
      assertClose(chiSquareTail(chiSquareQuantile(p, degrees), degrees), 1 - p, 1e-6, `${p}`);
    }),
    { ...RUNS, numRuns: 100 },
  );
});

chiSquare.run();

const normal = suite('the normal distribution');

normal('has its logarithm far into the lower tail', () => {
  for (const [z, log] of NORMAL) assertClose(logNormalCdf(z), log, 1e-14, `${z}`);
  assertClose(normalCdf(-1.96), 0.024997895148220435, 1e-14, '−1.96');
  assert.is(logNormalCdf(-Infinity), -Infinity);
  assert.is(normalCdf(Infinity), 1);
});

normal('has quantiles to the last digits', () => {
  for (const [p, z] of NORMAL_QUANTILES) assertClose(normalQuantile(p), z, 1e-15, `${p}`);
  assert.is(normalQuantile(0), -Infinity);
  assert.is(normalQuantile(1), Infinity);
});

normal.run();

const student = suite("Student's t distribution");

student('has both tails, up to a thousand million degrees of freedom', () => {
  for (const [t, degrees, p] of STUDENT)
    assertClose(studentCdf(t, degrees), p, 1e-12, `${t}, ${degrees}`);
});

student('has quantiles, of which the table leads back', () => {
  for (const [t, degrees, p] of STUDENT)
    if (p < 0.4) assertClose(studentQuantile(p, degrees), t, 1e-12, `${p}, ${degrees}`);
  assertClose(studentQuantile(0.75, 1), 1, 1e-14, 'one degree');
  assert.is(studentQuantile(0.5, 3), 0);
  assert.is(studentQuantile(0, 3), -Infinity);
  fc.assert(
    fc.property(probabilities, fc.double({ min: 0, max: 9, noNaN: true }), (p, power) => {
      const t = studentQuantile(p, 10 ** power);
      assertClose(studentCdf(t, 10 ** power), p, 1e-12, `${p}, ${10 ** power}`);
      assertClose(studentQuantile(1 - p, 10 ** power), -t, 1e-6, `${p}, ${10 ** power}`);
    }),
    RUNS,
  );
});

student('gives the posteriors of means', () => {
  type Out = Record<'m' | 'scale' | 'nu' | 'lo' | 'hi' | 'pBelow', number>;
  type Case = { in: Record<'level' | 'limit', number>; out: Out };
  const cases = referenceJson<{ cases: Case[] }>('vectors/nig_t.json')?.cases ?? [];
  for (const {
    in: { level, limit },
    out,
  } of cases) {
    const half = studentQuantile((1 + level) / 2, out.nu) * out.scale;
    assertClose(half, (out.hi - out.lo) / 2, 1e-8, `${out.nu}`);
    assertClose(studentCdf((limit - out.m) / out.scale, out.nu), out.pBelow, 1e-8, `${out.nu}`);
  }
});

student.run();

const domains = suite('the domains');

domains('are demanded by the name of the argument', () => {
  assert.throws(() => betaQuantile(0.5, 1, Infinity), /b must be/);
  assert.throws(() => normalQuantile(NaN), /p must be within 0 and 1, not NaN/);
  assert.throws(() => studentCdf(1, -1), /degrees must be/);
  assert.throws(() => chiSquareTail(-1, 2), /x must be at least 0/);
  assert.throws(() => logNormalCdf(NaN), /z must be a number/);
});

domains.run();
