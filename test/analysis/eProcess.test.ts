import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  criticalEvents,
  exactP,
  klBernoulli,
  logEvidence,
  rampRequests,
  requestsToProve,
} from '../../functions/lib/analysis/eProcess.ts';
import { binomial } from '../../functions/lib/analysis/random.ts';
import { logGamma } from '../../functions/lib/analysis/special.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose, eachVector } from './vectors.ts';

const RUNS = { seed: 20260101, numRuns: 300 };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const limits = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
/** Events in up to 1e8 trials, whole or not. */
const counts = fc
  .tuple(fc.double({ min: 0, max: 8, noNaN: true }), share, fc.boolean())
  .map(([digits, part, isWhole]) => {
    const trials = isWhole ? Math.round(10 ** digits) : 10 ** digits;
    return { trials, events: isWhole ? Math.round(trials * part) : trials * part };
  });

function logProbability(events: number, trials: number, rate: number): number {
  const ways = logGamma(trials + 1) - logGamma(events + 1) - logGamma(trials - events + 1);
  return ways + events * Math.log(rate) + (trials - events) * Math.log1p(-rate);
}

/** The means of the evidence over all outcomes of this many trials. */
function meanEvidence(
  trials: number,
  rate: number,
  limit: number,
): { above: number; below: number } {
  const mean = { above: 0, below: 0 };
  for (let events = 0; events <= trials; events++) {
    const chance = logProbability(events, trials, rate);
    const { above, below } = logEvidence(events, trials, limit);
    mean.above += Math.exp(chance + above);
    mean.below += Math.exp(chance + below);
  }
  return mean;
}

const evidence = suite('evidence about a rate');

eachVector(evidence, 'eprocess_bernoulli', ({ s, n, m }: { s: number; n: number; m: number }) => {
  const { above, below } = logEvidence(s, n, m);
  return { logEAbove: above, logEBelow: below };
});

evidence('is 1 in the mean of all outcomes at the limit, and at most 1 on the other side', () => {
  for (const limit of [0.001, 0.02, 0.3, 0.5, 0.8, 0.99]) {
    for (const trials of [1, 7, 40, 400]) {
      const at = `${trials} trials, limit ${limit}`;
      const tolerance = { rel: 1e-9, abs: 0 };
      assertClose(meanEvidence(trials, limit, limit), { above: 1, below: 1 }, tolerance, at);
      assert.ok(meanEvidence(trials, 0.7 * limit, limit).above <= 1 + 1e-9, at);
      assert.ok(meanEvidence(trials, 0.3 + 0.7 * limit, limit).below <= 1 + 1e-9, at);
    }
  }
});

evidence('is at most 1 in the mean for values within 0 and 1 that count as events', () => {
  const values = [0, 0.1, 0.2, 0.9];
  const weights = [0.25, 0.25, 0.25, 0.25];
  const limit = 0.3;
  const mean = { above: 0, below: 0 };
  for (let outcome = 0; outcome < values.length ** 6; outcome++) {
    const drawn = Array.from({ length: 6 }, (_, place) => Math.floor(outcome / 4 ** place) % 4);
    const chance = drawn.reduce((product, value) => product * weights[value]!, 1);
    const sum = drawn.reduce((partial, value) => partial + values[value]!, 0);
    const { above, below } = logEvidence(sum, 6, limit);
    mean.above += chance * Math.exp(above);
    mean.below += chance * Math.exp(below);
  }
  assert.ok(mean.above <= 1 && mean.below <= 1, JSON.stringify(mean));
});

evidence('reaches 20 at any look in at most a twentieth of the lives at the limit', () => {
  const random = randomFrom('ville');
  const lives = 2000;
  const alarms = { above: 0, below: 0 };
  for (let life = 0; life < lives; life++) {
    const most = { above: 0, below: 0 };
    let [events, trials] = [0, 0];
    for (let look = 0; look < 30; look++) {
      // The size of a batch follows what was seen: larger where things look bad.
      const size = events > 0.02 * trials ? 400 : 20 + Math.floor(100 * random());
      events += binomial(random, size, 0.02);
      trials += size;
      const { above, below } = logEvidence(events, trials, 0.02);
      most.above = Math.max(most.above, above);
      most.below = Math.max(most.below, below);
    }
    if (most.above >= Math.log(20)) alarms.above++;
    if (most.below >= Math.log(20)) alarms.below++;
  }
  assert.ok(alarms.above > 0 && alarms.above <= 0.05 * lives, `${alarms.above} above`);
  assert.ok(alarms.below > 0 && alarms.below <= 0.05 * lives, `${alarms.below} below`);
});

evidence('grows with each event on the one side and falls on the other, up to 1e8 trials', () => {
  fc.assert(
    fc.property(counts, limits, ({ events, trials }, limit) => {
      const fewer = logEvidence(events / 2, trials, limit);
      const more = logEvidence(events, trials, limit);
      const rounding = 1e-8 * Math.max(1, Math.abs(more.above), Math.abs(fewer.below));
      assert.ok(Number.isFinite(more.above) && Number.isFinite(more.below));
      assert.ok(more.above >= fewer.above - rounding, `${fewer.above} above ${more.above}`);
      assert.ok(more.below <= fewer.below + rounding, `${fewer.below} below ${more.below}`);
    }),
    RUNS,
  );
});

evidence('says of events what its opposite says of their absence', () => {
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 1023 }), ({ trials }, part) => {
      // Parts of 1024, so that no complement is rounded.
      const [limit, events] = [part / 1024, Math.floor(trials / 3)];
      const whole = Math.floor(trials);
      const { above, below } = logEvidence(events, whole, limit);
      const opposite = logEvidence(whole - events, whole, 1 - limit);
      if (limit !== 0.5) assert.equal(opposite, { above: below, below: above });
    }),
    RUNS,
  );
});

evidence('keeps its digits at 1e8 trials', () => {
  // By mpmath with 60 digits.
  const tolerance = { rel: 1e-11, abs: 1e-11 };
  const close = { above: -10.687735107847875, below: 13.30400528769161 };
  assertClose(logEvidence(29_970_000, 1e8, 0.3), close, tolerance, 'near the limit');
  const { below } = logEvidence(1e8, 1e8, 0.02);
  assert.ok(Math.abs(below + 18.946032301952314) < 1e-7, `${below}`);
});

evidence('refuses what are no counts and no limits, and says which', () => {
  const refused: [number, number, number, RegExp][] = [
    [-1, 10, 0.1, /events.*-1/],
    [11, 10, 0.1, /events.*11/],
    [0, Infinity, 0.1, /trials.*Infinity/],
    [0, NaN, 0.1, /trials.*NaN/],
    [1, 10, 0, /limit.*0/],
    [1, 10, 1, /limit.*1/],
  ];
  for (const [events, trials, limit, message] of refused) {
    for (const call of [logEvidence, exactP]) {
      assert.throws(
        () => call(events, trials, limit),
        (error: unknown) => error instanceof RangeError && message.test(error.message),
      );
    }
  }
});

evidence.run();

const exact = suite('the exact test at the end');

exact('is the probability of so few events', () => {
  let sum = 0;
  for (let events = 0; events <= 12; events++) {
    sum += Math.exp(logProbability(events, 60, 0.3));
    assert.ok(Math.abs(exactP(events, 60, 0.3) - sum) < 1e-12, `${events}`);
  }
  assert.is(exactP(0, 0, 0.02), 1);
  assert.is(exactP(7, 7, 0.02), 1);
});

exact('is passed with the critical events and failed with one more, up to 1e8 trials', () => {
  fc.assert(
    fc.property(counts, limits, ({ trials }, limit) => {
      const most = criticalEvents(trials, limit, 0.05);
      assert.ok(Number.isInteger(most) && most >= -1 && most <= trials);
      if (most >= 0) assert.ok(exactP(most, trials, limit) <= 0.05);
      if (most + 1 <= trials) assert.ok(exactP(most + 1, trials, limit) > 0.05);
    }),
    RUNS,
  );
  assert.is(criticalEvents(0, 0.02, 0.05), -1);
  assert.is(criticalEvents(148, 0.02, 0.05), -1);
  assert.is(criticalEvents(149, 0.02, 0.05), 0);
  assert.is(criticalEvents(1278, 0.02, 0.05), 17);
});

exact('needs the smallest number of requests that has the power', () => {
  const power = (trials: number, rate: number, limit: number): number => {
    const most = criticalEvents(trials, limit, 0.05);
    return most < 0 ? 0 : rate === 0 ? 1 : exactP(most, trials, rate);
  };
  for (const limit of [0.02, 0.1, 0.5, 0.9]) {
    for (const part of [0, 0.3, 0.5, 0.8]) {
      const needed = requestsToProve(part * limit, limit, 0.05);
      assert.ok(power(needed, part * limit, limit) >= 0.9, `${needed} suffice`);
      for (let trials = Math.max(1, needed - 400); trials < needed; trials++) {
        assert.ok(power(trials, part * limit, limit) < 0.9, `${trials} do not suffice`);
      }
    }
  }
  // By enumeration of all sizes with scipy.
  assert.is(requestsToProve(0.01, 0.02, 0.05), 1271);
  assert.is(requestsToProve(0.495, 0.5, 0.05), 85_721);
  assert.is(requestsToProve(0.9995, 0.9999, 0.05), 13_360);
  assert.is(requestsToProve(0, 0.02, 0.05), 149);
});

exact('can prove nothing of a rate at the limit or above', () => {
  assert.is(requestsToProve(0.02, 0.02, 0.05), Infinity);
  assert.is(requestsToProve(0.5, 0.02, 0.05), Infinity);
});

exact('needs more requests the nearer the rate is to the limit, in milliseconds', () => {
  fc.assert(
    fc.property(limits, share, share, (limit, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      const few = requestsToProve(low * limit, limit, 0.05);
      const many = requestsToProve(high * limit, limit, 0.05);
      assert.ok(few <= many * 1.001, `${few} and ${many}`);
    }),
    { ...RUNS, numRuns: 100 },
  );
});

exact.run();

const divergence = suite('the divergence of two rates');

divergence('is 0 between equal rates, positive between others, infinite where excluded', () => {
  fc.assert(
    fc.property(share, share, (p, q) => {
      assert.ok(klBernoulli(p, q) >= 0);
      assert.ok(klBernoulli(p, p) === 0);
      // Pinsker's inequality.
      assert.ok(klBernoulli(p, q) >= 2 * (p - q) ** 2 - 1e-15);
    }),
    RUNS,
  );
  assert.is(klBernoulli(0.5, 0), Infinity);
  assert.is(klBernoulli(0.5, 1), Infinity);
  assert.is(klBernoulli(1, 1), 0);
  assert.ok(Math.abs(klBernoulli(0, 0.02) + Math.log(0.98)) < 1e-16);
});

divergence('sets how many requests a first iteration has', () => {
  assert.is(rampRequests(0.02, 0.05), 112);
  fc.assert(
    fc.property(limits, (limit) => {
      const requests = rampRequests(limit, 0.05);
      assert.ok(Number.isInteger(requests) && requests >= 1);
    }),
    RUNS,
  );
});

divergence.run();
