import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareHistograms,
  driftAlarmAfter,
  newDriftAlarm,
  type Drift,
} from '../../functions/lib/analysis/drift.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose, eachVector } from './vectors.ts';

const SEEDED = { seed: 20211105, numRuns: 500 };

const drift = suite('compareHistograms');

eachVector(drift, 'drift_hist', (input: { ref: number[]; cur: number[]; alpha: number }) => {
  const ours = compareHistograms(input.ref, input.cur, input.alpha);
  const { psiCritical, chiSquare, chiSquareP, gP, ksP, ...rest } = ours;
  return { ...rest, psiCrit: psiCritical, chi2: chiSquare, chi2p: chiSquareP, gp: gP, ksp: ksP };
});

const histograms = fc.integer({ min: 2, max: 14 }).chain((buckets) => {
  const counts = fc
    .array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: buckets, maxLength: buckets })
    .filter((given) => given.some((count) => count > 0));
  return fc.tuple(counts, counts);
});

drift('measures distances from 0 up and p-values from 0 to 1, up to counts of 1e8', () => {
  fc.assert(
    fc.property(histograms, ([reference, current]) => {
      const found = compareHistograms(reference, current);
      for (const name of ['psi', 'psiCritical', 'chiSquare', 'g', 'ks', 'mmd2', 'js'] as const) {
        assert.ok(found[name] >= -1e-15 && found[name] < Infinity, `${name} ${found[name]}`);
      }
      for (const name of ['chiSquareP', 'gP', 'ksP'] as const) {
        assert.ok(found[name] >= 0 && found[name] <= 1 + 1e-12, `${name} ${found[name]}`);
      }
      assert.ok(found.ks <= 1 + 1e-12 && found.js <= Math.LN2);
    }),
    SEEDED,
  );
});

drift('is the same in both directions of time, and from either end of the buckets', () => {
  fc.assert(
    fc.property(histograms, ([reference, current]) => {
      const found = compareHistograms(reference, current);
      const tolerance = { rel: 1e-6, abs: 1e-9 };
      assertClose(compareHistograms(current, reference), found, tolerance, 'exchanged');
      const [first, second] = [[...reference].reverse(), [...current].reverse()];
      assertClose(compareHistograms(first, second), found, tolerance, 'turned around');
    }),
    SEEDED,
  );
});

drift('finds nothing between equal shares', () => {
  fc.assert(
    fc.property(histograms, ([reference]) => {
      const found = compareHistograms(reference, reference);
      assertClose(
        found,
        { psi: 0, chiSquare: 0, chiSquareP: 1, gP: 1, ks: 0, ksP: 1, mmd2: 0, js: 0 },
        { rel: 0, abs: 1e-6 },
        'nothing',
      );
    }),
    SEEDED,
  );
});

drift('leaves buckets that are empty in both out of its tests', () => {
  const tests = ({ chiSquare, chiSquareP, g, gP }: Drift): unknown => ({
    ...{ chiSquare, chiSquareP, g, gP },
  });
  assert.equal(
    tests(compareHistograms([50, 0, 50], [60, 0, 40])),
    tests(compareHistograms([50, 50], [60, 40])),
  );
  assert.is(compareHistograms([5, 0], [7, 0]).chiSquareP, 1);
});

drift('computes the worked example', () => {
  assertClose(
    compareHistograms([50, 50], [60, 40]),
    { chiSquare: 2.0202, chiSquareP: 0.1552, psi: 0.0397, psiCritical: 0.0768 },
    { rel: 0, abs: 5e-5 },
    'example',
  );
});

drift('has p-values of Kolmogorov that join where its two series meet', () => {
  // 100 and 100 observations: the statistic is √50 · share.
  const tail = (share: number): number =>
    compareHistograms([50, 50], [50 + 100 * share, 50 - 100 * share]).ksP;
  const meeting = 1 / Math.sqrt(50);
  assert.ok(Math.abs(tail(meeting - 1e-9) - tail(meeting + 1e-9)) < 1e-7);
  // The tables' critical value for 5 %.
  assert.ok(Math.abs(tail(1.3581 / Math.sqrt(50)) - 0.05) < 1e-4);
});

drift('refuses what cannot be compared', () => {
  assert.throws(() => compareHistograms([1], [1]), /reference must have 2 buckets or more: 1/);
  assert.throws(() => compareHistograms([1, 2], [1, 2, 3]), /current must have 2 buckets: 3/);
  assert.throws(() => compareHistograms([0, 0], [1, 2]), /reference must have an observation/);
  assert.throws(() => compareHistograms([1, 2], [1, -2]), /current must have .* -2/);
  assert.throws(() => compareHistograms([1, 2], [1, 2], 1.5), RangeError);
});

drift.run();

const alarm = suite('the drift alarm');

const HORIZON = 60;
const REFERENCE = Array.from({ length: 10 }, () => 500);

/** The first window of 60 that raises the alarm, where from window `from` on the shares are others. */
function firstAlarm(shares: (window: number) => number[], size: number, seed: string): number {
  const random = randomFrom(seed);
  let state = newDriftAlarm(REFERENCE.length);
  for (let window = 1; window <= HORIZON; window++) {
    state = driftAlarmAfter(state, counts(shares(window), size, random), {
      reference: REFERENCE,
      horizon: HORIZON,
    });
    if (state.logEvidence >= Math.log(20)) return window;
  }
  return Infinity;
}

function counts(shares: number[], size: number, random: () => number): number[] {
  const found = shares.map(() => 0);
  for (let count = 0; count < size; count++) {
    let rest = random();
    const bucket = shares.findIndex((share) => (rest -= share) < 0);
    found[bucket < 0 ? shares.length - 1 : bucket]! += 1;
  }
  return found;
}

const STEADY = REFERENCE.map(() => 0.1);
/** The deciles of a normal distribution after it has moved by 0.27 standard deviations. */
const MOVED = [0.0604, 0.0728, 0.0803, 0.0869, 0.0932, 0.0997, 0.1071, 0.1158, 0.1279, 0.1559];

alarm('hardly ever rings in 60 windows without drift', () => {
  for (const size of [30, 300]) {
    let rung = 0;
    for (let run = 0; run < 400; run++) {
      if (firstAlarm(() => STEADY, size, `steady ${size} ${run}`) < Infinity) rung += 1;
    }
    // 5 % is promised; 400 runs at 5 % are 20 ± 4.4.
    assert.ok(rung <= 20, `${rung} of 400 rang with ${size} observations a window`);
  }
});

alarm('rings within four windows of a small shift', () => {
  let delays = 0;
  for (let run = 0; run < 100; run++) {
    const rung = firstAlarm((window) => (window > 20 ? MOVED : STEADY), 300, `moved ${run}`);
    delays += Math.max(0, Math.min(rung, HORIZON) - 20) / 100;
  }
  assert.ok(delays <= 4, `the mean delay is ${delays} windows`);
});

alarm('learns nothing from an empty window', () => {
  const empty = REFERENCE.map(() => 0);
  const options = { reference: REFERENCE, horizon: HORIZON };
  const once = driftAlarmAfter(newDriftAlarm(REFERENCE.length), empty, options);
  assertClose(Math.exp(once.logEvidence), 1 / HORIZON, { rel: 1e-9, abs: 0 }, 'evidence');
});

alarm('refuses other buckets than the reference has', () => {
  const options = { reference: REFERENCE, horizon: HORIZON };
  assert.throws(() => driftAlarmAfter(newDriftAlarm(10), [1, 2], options), /10 buckets: 2/);
  assert.throws(
    () => driftAlarmAfter(newDriftAlarm(10), STEADY, { ...options, horizon: 0 }),
    /horizon must be 1 or more: 0/,
  );
});

alarm.run();
