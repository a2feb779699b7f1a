import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  alternative,
  cusum,
  detectorEvidence,
  emptyDetector,
  logLikelihoodRatio,
  pageHinkley,
  RATIOS,
  restarted,
  stepDetector,
} from '../../functions/lib/analysis/detector.ts';
import { logEvidence } from '../../functions/lib/analysis/eProcess.ts';
import { logMean } from '../../functions/lib/analysis/multiplicity.ts';
import { binomial } from '../../functions/lib/analysis/random.ts';
import { logGamma } from '../../functions/lib/analysis/special.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { eachVector } from './vectors.ts';

const RUNS = { seed: 20260102, numRuns: 300 };

const limits = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
const batches = fc
  .tuple(fc.integer({ min: 0, max: 100_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([trials, part]) => ({ trials, events: Math.floor(trials * part) }));

function probability(events: number, trials: number, rate: number): number {
  const ways = logGamma(trials + 1) - logGamma(events + 1) - logGamma(trials - events + 1);
  return Math.exp(ways + events * Math.log(rate) + (trials - events) * Math.log1p(-rate));
}

const detector = suite('the detector of a late change');

type In = {
  m: number;
  n: number[];
  x: number[];
  T: number;
  grid: number[];
  cusumRatio: number;
  phDelta: number;
};
type Out = { logSR: number[]; cusum: number[]; pageHinkley: number[] };

eachVector(detector, 'changepoint', ({ m, n, x, T, grid, cusumRatio, phDelta }: In): Out => {
  assert.equal(grid, RATIOS);
  const out: Out = { logSR: [], cusum: [], pageHinkley: [] };
  let state = emptyDetector();
  n.forEach((trials, index) => {
    const batch = { trials, events: x[index]! };
    state = stepDetector(state, batch, m, T);
    out.logSR.push(detectorEvidence(state));
    out.cusum.push(cusum(out.cusum.at(-1) ?? 0, batch, m, cusumRatio));
    out.pageHinkley.push(pageHinkley(out.pageHinkley.at(-1) ?? 0, batch, m, phDelta));
  });
  return out;
});

detector('has the mean t/horizon after t batches at the limit, however they are sized', () => {
  for (const limit of [0.02, 0.4, 0.9]) {
    let mean = 0;
    for (let first = 0; first <= 30; first++) {
      const once = stepDetector([], { events: first, trials: 30 }, limit, 10);
      const size = first > 30 * limit ? 50 : 5;
      for (let second = 0; second <= size; second++) {
        const twice = stepDetector(once, { events: second, trials: size }, limit, 10);
        const chance = probability(first, 30, limit) * probability(second, size, limit);
        mean += chance * Math.exp(detectorEvidence(twice));
      }
    }
    assert.ok(Math.abs(mean - 0.2) < 1e-9, `limit ${limit}: ${mean}`);
  }
});

detector(
  'with the evidence of all batches seldom cries wolf at the limit, over a whole life',
  () => {
    const random = randomFrom('detector');
    const lives = 2000;
    let alarms = 0;
    for (let life = 0; life < lives; life++) {
      let [state, events, trials, most] = [emptyDetector(), 0, 0, -Infinity];
      for (let look = 0; look < 30; look++) {
        const size = events > 0.02 * trials ? 300 : 30 + Math.floor(50 * random());
        const batch = { trials: size, events: binomial(random, size, 0.02) };
        state = stepDetector(state, batch, 0.02, 30);
        [events, trials] = [events + batch.events, trials + size];
        const both = [logEvidence(events, trials, 0.02).above, detectorEvidence(state)];
        most = Math.max(most, logMean(both));
      }
      if (most >= Math.log(20)) alarms++;
    }
    assert.ok(alarms > 0 && alarms <= 0.05 * lives, `${alarms} alarms in ${lives} lives`);
  },
);

detector('finds what the evidence of all batches has not yet found', () => {
  let state = emptyDetector();
  for (let look = 0; look < 40; look++) {
    const events = look < 30 ? 5 : 30;
    state = stepDetector(state, { events, trials: 500 }, 0.02, 60);
  }
  assert.ok(detectorEvidence(state) > Math.log(20));
  assert.ok(logEvidence(30 * 5 + 10 * 30, 40 * 500, 0.02).above < 5);
});

detector('is plain JSON at any time, and the same after it was read again', () => {
  fc.assert(
    fc.property(fc.array(batches, { maxLength: 8 }), limits, (seen, limit) => {
      const state = seen.reduce(
        (before, batch) => stepDetector(before, batch, limit, 30),
        emptyDetector(),
      );
      assert.equal(JSON.parse(JSON.stringify(state)), state);
      assert.ok(state.every(Number.isFinite));
    }),
    RUNS,
  );
});

detector('begins nothing anew after its horizon', () => {
  assert.equal(stepDetector([], { events: 5, trials: 10 }, 0.02, Infinity), []);
  const state = stepDetector([], { events: 5, trials: 10 }, 0.02, 30);
  const idle = stepDetector(state, { events: 0, trials: 0 }, 0.02, Infinity);
  assert.equal(idle, state);
  assert.is(detectorEvidence([]), -Infinity);
});

detector('is, with a horizon of one batch, the sum over all beginnings', () => {
  assert.is(restarted(-Infinity, 0, 1), 0);
  assert.ok(Math.abs(restarted(0, Math.log(3), 1) - Math.log(6)) < 1e-15);
});

detector('looks for rates above the limit and below 1', () => {
  fc.assert(
    fc.property(limits, fc.constantFrom(...RATIOS), (limit, ratio) => {
      const rate = alternative(limit, ratio);
      assert.ok(rate > limit && rate < 1, `${rate}`);
    }),
    RUNS,
  );
  assert.is(alternative(0.1, 25), 0.9);
  assert.is(alternative(0.9, 2), 0.95);
});

detector('takes two batches for one of both together, if it does not begin between them', () => {
  fc.assert(
    fc.property(batches, batches, limits, (one, other, limit) => {
      const rate = alternative(limit, 2);
      const together = { events: one.events + other.events, trials: one.trials + other.trials };
      const parts = [one, other].map((batch) => logLikelihoodRatio(batch, limit, rate));
      const rounding = 1e-12 * Math.max(...parts.map(Math.abs), together.trials);
      const ratio = logLikelihoodRatio(together, limit, rate);
      assert.ok(Math.abs(ratio - parts[0]! - parts[1]!) <= rounding, `${ratio}`);
    }),
    RUNS,
  );
});

detector('refuses batches and states that are none', () => {
  const batch = { events: 1, trials: 10 };
  assert.throws(() => stepDetector([], { events: 2, trials: 1 }, 0.02, 30), /events.*2/);
  assert.throws(() => stepDetector([], { events: 0, trials: NaN }, 0.02, 30), /trials.*NaN/);
  assert.throws(() => stepDetector([0], batch, 0.02, 30), /logR.*1/);
  assert.throws(() => stepDetector([], batch, 0.02, 0), /horizon.*0/);
  assert.throws(() => stepDetector([], batch, 1, 30), /limit.*1/);
  assert.throws(() => pageHinkley(0, batch, 0, 0.5), /limit.*0/);
});

const indicators = suite('cheap indicators of a change');

indicators('are never negative, and stay where nothing was seen', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 100, noNaN: true }),
      batches,
      limits,
      (at, batch, limit) => {
        assert.ok(cusum(at, batch, limit, 2.2) >= 0);
        assert.ok(pageHinkley(at, batch, limit, 0.5) >= 0);
        assert.is(cusum(at, { events: 0, trials: 0 }, limit, 2.2), at);
        assert.is(pageHinkley(at, { events: 0, trials: 0 }, limit, 0.5), at);
      },
    ),
    RUNS,
  );
});

detector.run();
indicators.run();
