import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch, Question } from '../../functions/lib/analysis/questions.ts';
import {
  exactUpperShare,
  NO_SAMPLES,
  proofOf,
  recordWith,
  shareInterval,
  type SampleRecord,
} from '../../functions/lib/analysis/record.ts';
import { assertClose } from './close.ts';

const TERMS = { horizon: 30, isExcused: false };

function question(limit = 0.02): Question {
  return { side: 'Upper', value: limit, limit };
}

function batch(bad: number, samples: number): Batch {
  return { samples, most: bad, least: bad };
}

function recordOf(batches: readonly Batch[], limit = 0.02, terms = TERMS): SampleRecord {
  return batches.reduce<SampleRecord>(
    (record, one) => recordWith(record, one, question(limit), terms),
    NO_SAMPLES,
  );
}

const records = suite('the record of samples');

records('adds batches up, and Σ most² / samples beside them', () => {
  const record = recordOf([batch(3, 100), { samples: 50, most: 5, least: 1 }]);
  assert.is(record.samples, 150);
  assert.is(record.most, 8);
  assert.is(record.least, 4);
  assert.is(record.batches, 2);
  assertClose(record.squares, 9 / 100 + 25 / 50, 1e-12, 'squares');
});

records('does not change with a batch that has no samples', () => {
  const record = recordOf([batch(3, 100)]);
  assert.is(recordWith(record, batch(0, 0), question(), TERMS), record);
  assert.is(recordWith(NO_SAMPLES, batch(0, 0), question(), TERMS), NO_SAMPLES);
});

records('has a detector for each of seven ways of being worse', () => {
  const { detector } = recordOf([batch(5, 481)]);
  assert.is(detector.length, 7);
  assertClose(detector[0]!, -4.72, 1e-3, 'the detector of the smallest change');
});

records('counts what is excused, but leaves its detector as it was', () => {
  const before = recordOf([batch(1, 100)]);
  const after = recordWith(before, batch(90, 100), question(), { horizon: 30, isExcused: true });
  assert.equal(after.excused, { samples: 100, least: 90 });
  assert.is(after.most, 91);
  assert.equal(after.detector, before.detector);
});

const proofs = suite('what a record proves');

proofs('is nothing without samples', () => {
  const proof = proofOf(NO_SAMPLES, question());
  assert.is(proof.exactP, 1);
  assert.is(proof.dispersion, 1);
  assert.ok(Math.abs(proof.logKept) < 1e-12 && proof.logBroken <= 1e-12);
});

proofs('has the exact chance of so few bad samples: 10 of 200 at 2 %', () => {
  assertClose(proofOf(recordOf([batch(10, 200)]), question()).exactP, 0.998, 1e-3, 'exactP');
});

proofs('grows against a limit with bad samples, and for it with good ones', () => {
  const bad = proofOf(recordOf([batch(20, 200)]), question());
  const good = proofOf(recordOf([batch(0, 400)]), question());
  assert.ok(bad.logBroken > Math.log(20) && bad.logKept < 0);
  assert.ok(good.logKept > Math.log(20) && good.logBroken < 0);
  assert.ok(bad.probability < 0.001 && good.probability > 0.999);
});

proofs('holds nothing against a version that is excused', () => {
  const excused = recordOf([batch(200, 400)], 0.02, { horizon: 30, isExcused: true });
  const own = recordOf([batch(200, 400)]);
  assert.ok(proofOf(excused, question()).logBroken <= 0);
  assert.ok(proofOf(own, question()).logBroken > 100);
  assert.is(proofOf(excused, question()).exactP, 1);
});

proofs('is held to what surely is bad when against, to what may be bad when for', () => {
  const open = recordOf([{ samples: 400, most: 200, least: 0 }]);
  const proof = proofOf(open, question());
  assert.ok(proof.logBroken <= 0 && proof.logKept <= 0);
});

proofs('is weaker where counts vary more than those of independent samples', () => {
  const bursts = [0, 0, 0, 12, 0, 0, 0, 12].map((bad) => batch(bad, 100));
  const steady = [3, 3, 3, 3, 3, 3, 3, 3].map((bad) => batch(bad, 100));
  const [burst, calm] = [recordOf(bursts), recordOf(steady)].map((one) => proofOf(one, question()));
  assert.is(calm!.dispersion, 1);
  assert.ok(burst!.dispersion > 5);
  assertClose(burst!.effective.samples, 800 / burst!.dispersion, 1e-12, 'effective samples');
  assert.ok(burst!.exactP > 0.05);
});

proofs(
  'is not weakened by what a failure adds to the dispersion: every second sample is bad',
  () => {
    const good = Array.from({ length: 10 }, () => batch(0, 200));
    const failed = proofOf(recordOf([...good, batch(100, 200)]), question());
    const worse = proofOf(recordOf([...good, batch(20, 200)]), question());
    assert.ok(failed.logBroken > Math.log(20), `${failed.logBroken}`);
    assert.ok(worse.logBroken < Math.log(20), `${worse.logBroken}`);
  },
);

proofs('finds a change for the worse after a good beginning', () => {
  const before = recordOf(Array.from({ length: 10 }, () => batch(1, 200)));
  const after = Array.from({ length: 6 }, () => batch(10, 200));
  const changed = after.reduce<SampleRecord>(
    (one, more) => recordWith(one, more, question(), TERMS),
    before,
  );
  assert.ok(proofOf(before, question()).logBroken < 0);
  assert.ok(proofOf(changed, question()).logBroken > proofOf(before, question()).logBroken);
});

proofs('has no NaN, whatever is counted against whatever limit', () => {
  const limits = fc.constantFrom(1e-9, 1e-6, 0.02, 0.5, 0.9, 0.999999);
  const batches = fc.array(
    fc.record({
      samples: fc.constantFrom(0, 1, 2, 100, 1e6, 1e8),
      shares: fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      isExcused: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  const property = fc.property(limits, batches, (limit, given) => {
    const record = given.reduce<SampleRecord>((one, { samples, shares, isExcused }) => {
      const [least, most] = shares.toSorted((a, b) => a - b).map((share) => share * samples);
      const added = { samples, most: most!, least: least! };
      return recordWith(one, added, question(limit), { horizon: 30, isExcused });
    }, NO_SAMPLES);
    const { effective, dispersion, ...rest } = proofOf(record, question(limit));
    const numbers = [...Object.values(rest), dispersion, effective.samples, effective.most];
    assert.ok(!numbers.some(Number.isNaN), JSON.stringify(rest));
    assert.ok(
      rest.exactP >= 0 && rest.exactP <= 1 && rest.probability >= 0 && rest.probability <= 1,
    );
    const { lower, upper } = shareInterval(record, { dispersion }, 0.05);
    assert.ok(lower >= 0 && lower <= upper && upper <= 1);
  });
  fc.assert(property, { seed: 1, numRuns: 60 });
});

const bounds = suite('the shares that a record leaves possible');

bounds('are up to 1.9 % by one look at 3 bad of 412', () => {
  const record = recordOf([batch(3, 412)]);
  assertClose(exactUpperShare(proofOf(record, question()), 0.05), 0.01871, 1e-3, 'upper share');
});

bounds('are up to 0.7 % at any look where none of 1000 is bad', () => {
  const record = recordOf([batch(0, 1000)]);
  const { lower, upper } = shareInterval(record, { dispersion: 1 }, 0.05);
  assert.is(lower, 0);
  assertClose(upper, 0.007, 1e-2, 'upper');
});

bounds('are all where all are bad', () => {
  assert.is(exactUpperShare(proofOf(recordOf([batch(7, 7)]), question()), 0.05), 1);
});

bounds('have both ends from what the edges leave open', () => {
  const open = recordOf([{ samples: 400, most: 200, least: 40 }]);
  const { lower, upper } = shareInterval(open, { dispersion: 1 }, 0.05);
  assert.ok(lower < 0.1 && upper > 0.5);
});

for (const tests of [records, proofs, bounds]) tests.run();
