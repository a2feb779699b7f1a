import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  betaPosterior,
  logBayesFactor,
  priorForLimit,
} from '../../functions/lib/analysis/beliefs.ts';
import { betaCdf, logBetaTails } from '../../functions/lib/analysis/special.ts';
import { referenceJson } from '../shared.ts';
import { assertClose, eachVector, type Tolerance } from './vectors.ts';

const RUNS = { seed: 8, numRuns: 200 };
const CLOSE = { rel: 1e-9, abs: 1e-12 };
const FLAT = { a: 1, b: 1 };

function near(actual: number, expected: number, tolerance: Tolerance = CLOSE): void {
  assertClose(actual, expected, tolerance, 'the number');
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const inside = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
const level = fc.double({ min: 0.01, max: 0.999, noNaN: true });

/** Up to 1e8 trials, of each magnitude, and a share of events among them. */
const counts = fc
  .tuple(fc.double({ min: 0, max: 8, noNaN: true }), share)
  .map(([digits, rate]) => ({ trials: 10 ** digits, events: 10 ** digits * rate }));

const rate = suite('betaPosterior');

type BetaIn = Record<'n' | 's' | 'a0' | 'b0' | 'limit' | 'level', number>;
type BetaOut = Record<'a' | 'b' | 'mean' | 'sd' | 'lo' | 'hi' | 'pBelow' | 'pAbove', number>;

eachVector<BetaIn, BetaOut>(rate, 'beta_posterior', ({ n, s, a0, b0, ...inquiry }) => {
  const belief = betaPosterior({ trials: n, events: s }, { a: a0, b: b0 }, inquiry);
  const { lower, upper, probabilityBelow, probabilityAbove, ...rest } = belief;
  return { ...rest, lo: lower, hi: upper, pBelow: probabilityBelow, pAbove: probabilityAbove };
});

rate('encloses its level between bounds with equal tails', () => {
  fc.assert(
    fc.property(counts, level, (data, wanted) => {
      const { a, b, lower, upper } = betaPosterior(data, FLAT, { limit: 0.5, level: wanted });
      const tail = (1 - wanted) / 2;
      // Near 1 a rate's own rounding moves the tail.
      near(betaCdf(lower, a, b), tail, { rel: 1e-9 + 1e-15 / (1 - lower), abs: 0 });
      near(Math.exp(logBetaTails(upper, a, b).upper), tail, {
        rel: 1e-9 + 1e-15 / (1 - upper),
        abs: 0,
      });
      assert.ok(0 <= lower && lower <= upper && upper <= 1);
    }),
    RUNS,
  );
});

rate('gives probabilities of the limit that add up to one and grow with the limit', () => {
  fc.assert(
    fc.property(counts, share, share, (data, one, other) => {
      const [low, high] = [one, other]
        .sort((left, right) => left - right)
        .map((limit) => {
          const belief = betaPosterior(data, FLAT, { limit, level: 0.95 });
          near(belief.probabilityBelow + belief.probabilityAbove, 1);
          return belief.probabilityBelow;
        });
      assert.ok(low! <= high! * (1 + 1e-9));
    }),
    RUNS,
  );
});

rate('is turned round with the event', () => {
  fc.assert(
    fc.property(counts, inside, ({ trials, events }, limit) => {
      const straight = betaPosterior({ trials, events }, FLAT, { limit, level: 0.9 });
      const opposite = { trials, events: trials - events };
      const turned = betaPosterior(opposite, FLAT, { limit: 1 - limit, level: 0.9 });
      near(straight.mean, 1 - turned.mean);
      near(straight.sd, turned.sd, { rel: 1e-6, abs: 0 });
      near(straight.lower, 1 - turned.upper, { rel: 1e-7, abs: 1e-10 });
    }),
    RUNS,
  );
});

rate('refuses what are no counts, limits or levels', () => {
  const inquiry = { limit: 0.5, level: 0.95 };
  assert.throws(() => betaPosterior({ trials: -1, events: 0 }, FLAT, inquiry), /trials .* not -1/);
  assert.throws(() => betaPosterior({ trials: 1, events: 2 }, FLAT, inquiry), /events .* not 2/);
  assert.throws(
    () => betaPosterior({ trials: NaN, events: 0 }, FLAT, inquiry),
    /trials .* not NaN/,
  );
  const none = { trials: 0, events: 0 };
  assert.throws(() => betaPosterior(none, { a: 0, b: 1 }, inquiry), /a .* not 0/);
  assert.throws(() => betaPosterior(none, FLAT, { limit: 1.5, level: 0.95 }), /limit .* not 1.5/);
  assert.throws(() => betaPosterior(none, FLAT, { limit: 0.5, level: 1 }), /level .* not 1/);
});

rate.run();

const prior = suite('priorForLimit');

prior('has the limit as its mean, and is turned round with it', () => {
  assert.equal(priorForLimit(0.02), { a: 1, b: 49 });
  assert.equal(priorForLimit(0.5), FLAT);
  fc.assert(
    fc.property(inside, (limit) => {
      const { a, b } = priorForLimit(limit);
      near(a / (a + b), limit);
      assert.ok(a >= 1 && b >= 1);
      near(a, priorForLimit(1 - limit).b, { rel: 1e-9, abs: 0 });
    }),
    RUNS,
  );
});

prior('refuses a limit of nothing or everything', () => {
  assert.throws(() => priorForLimit(0), /limit .* not 0/);
  assert.throws(() => priorForLimit(1), /limit .* not 1/);
});

prior.run();

const factor = suite('logBayesFactor');

type EValues = {
  cases: { in: { s: number; n: number; m: number }; out: Record<string, number> }[];
};

factor('is the quotient of the two e-values', () => {
  near(logBayesFactor({ trials: 1000, events: 40 }, 0.02), 10.276218385546807);
  for (const { in: input, out } of referenceJson<EValues>('vectors/eprocess_bernoulli.json')
    ?.cases ?? []) {
    const quotient = out.logEAbove! - out.logEBelow!;
    near(logBayesFactor({ trials: input.n, events: input.s }, input.m), quotient, {
      rel: 1e-8,
      abs: 1e-9,
    });
  }
});

factor('is nought without data, grows with the events, and changes its sign with the event', () => {
  fc.assert(
    fc.property(counts, inside, ({ trials, events }, limit) => {
      assert.is(logBayesFactor({ trials: 0, events: 0 }, limit), 0);
      const straight = logBayesFactor({ trials, events }, limit);
      const turned = logBayesFactor({ trials, events: trials - events }, 1 - limit);
      near(straight, -turned, { rel: 1e-6, abs: 1e-4 });
      const more = logBayesFactor({ trials, events: (events + trials) / 2 }, limit);
      assert.ok(more >= straight - 1e-6, `${straight} then ${more}`);
    }),
    RUNS,
  );
});

factor.run();
