import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bonferroni,
  eBenjaminiHochberg,
  holm,
  logMean,
} from '../../functions/lib/analysis/multiplicity.ts';
import { deepFreeze } from '../fixtures.ts';
import { eachVector } from './vectors.ts';

const RUNS = { seed: 20260103, numRuns: 300 };

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
const eValues = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 12 });

const many = suite('many tests at once');

eachVector(many, 'multiplicity', ({ p, e, alpha }: { p: number[]; e: number[]; alpha: number }) => {
  const eMean = Math.exp(logMean(e.map(Math.log)));
  return {
    bonferroni: bonferroni(p),
    holm: holm(p),
    eBH: eBenjaminiHochberg(e, alpha),
    eMean,
    eMeanReject: eMean >= 1 / alpha,
  };
});

many('adjust p-values upwards and by Holm no more than by Bonferroni, in the same order', () => {
  fc.assert(
    fc.property(pValues, (given) => {
      const [gentle, harsh] = [holm(deepFreeze(given)), bonferroni(given)];
      given.forEach((p, index) => {
        assert.ok(gentle[index]! >= p && gentle[index]! <= harsh[index]! && harsh[index]! <= 1);
        given.forEach((other, place) => {
          if (p <= other) assert.ok(gentle[index]! <= gentle[place]!);
        });
      });
    }),
    RUNS,
  );
});

many('reject by e-values the largest ones, and no fewer at a higher level', () => {
  fc.assert(
    fc.property(eValues, (given) => {
      const strict = eBenjaminiHochberg(deepFreeze(given), 0.01);
      const lax = eBenjaminiHochberg(given, 0.2);
      assert.ok(strict.every((index) => lax.includes(index)));
      const least = Math.min(...strict.map((index) => given[index]!));
      given.forEach((e, index) => {
        if (e > least) assert.ok(strict.includes(index));
        if (e >= given.length / 0.01) assert.ok(strict.includes(index));
      });
      strict.forEach((index) => {
        assert.ok(given[index]! >= given.length / (0.01 * strict.length));
      });
    }),
    RUNS,
  );
});

many('reject all e-values that overflowed', () => {
  assert.equal(eBenjaminiHochberg([Infinity, 0, Infinity], 0.05), [0, 2]);
});

many('have a mean of e-values that neither overflows nor vanishes', () => {
  assert.is(logMean([1e6, 1e6]), 1e6);
  assert.ok(Math.abs(logMean([1e6, -Infinity]) - (1e6 - Math.LN2)) < 1e-9);
  assert.is(logMean([-1e6]), -1e6);
  assert.is(logMean([]), -Infinity);
  assert.is(logMean([-Infinity, -Infinity]), -Infinity);
});

many('refuse what are no p-values and no e-values', () => {
  assert.throws(() => holm([0.5, 1.1]), /p must.*1\.1/);
  assert.throws(() => bonferroni([NaN]), /p must.*NaN/);
  assert.throws(() => eBenjaminiHochberg([-1], 0.05), /e must.*-1/);
  assert.throws(() => eBenjaminiHochberg([1], 0), /alpha.*0/);
});

many.run();
