import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binomial, type Random } from '../../functions/lib/analysis/random.ts';
import type { Question } from '../../functions/lib/analysis/questions.ts';
import {
  NO_SAMPLES,
  proofOf,
  recordWith,
  type Proof,
} from '../../functions/lib/analysis/record.ts';
import {
  brokenQuestion,
  budgetFor,
  chanceToProve,
  isFutile,
  isKept,
  requestsForEvidence,
  type Finding,
  type Rule,
} from '../../functions/lib/analysis/safe.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose } from './close.ts';

const QUESTION: Question = { side: 'Upper', value: 0.02, limit: 0.02 };

function proofFor(bad: number, samples: number): Proof {
  const added = { samples, most: bad, least: bad };
  return proofOf(
    recordWith(NO_SAMPLES, added, QUESTION, { horizon: 5, isExcused: false }),
    QUESTION,
  );
}

function found(bad: number, samples: number, more: Partial<Finding> = {}): Finding {
  return { proof: proofFor(bad, samples), share: 1, limit: 0.02, isExact: true, ...more };
}

function rule(given: Partial<Rule> = {}): Rule {
  return { alpha: 0.05, decide: 'AtEnd', iteration: 5, isLast: true, ...given };
}

/** A finding with this evidence, and nothing else. */
function against(logBroken: number, share = 1): Finding {
  return { proof: { ...proofFor(0, 0), logBroken }, share, limit: 0.02, isExact: true };
}

const broken = suite('a limit that is proved to be broken');

broken('is none without questions, and none without samples', () => {
  assert.is(brokenQuestion([], 0.05), undefined);
  assert.is(brokenQuestion([found(0, 0)], 0.05), undefined);
});

broken('needs evidence of 1 / alpha', () => {
  assert.is(brokenQuestion([against(Math.log(20.01))], 0.05), 0);
  assert.is(brokenQuestion([against(Math.log(19.99))], 0.05), undefined);
});

broken('needs as many times that as there are questions, and is the one with most of it', () => {
  assert.is(brokenQuestion([against(-50), against(Math.log(30))], 0.05), undefined);
  assert.is(brokenQuestion([against(-50), against(Math.log(40.1))], 0.05), 1);
  assert.is(brokenQuestion([against(Math.log(21)), against(Math.log(21))], 0.05), 0);
});

broken('needs twice that with half of the error budget', () => {
  assert.is(brokenQuestion([against(Math.log(39.9), 0.5)], 0.05), undefined);
  assert.is(brokenQuestion([against(Math.log(40.1), 0.5)], 0.05), 0);
});

broken('is seldom found by mistake, however often one looks', () => {
  const random = randomFrom('safe');
  const runs = Array.from({ length: 300 }, () => isEverBroken(0.02, random));
  const share = runs.filter(Boolean).length / runs.length;
  assert.ok(share <= 0.05, `${share}`);
});

broken('is found nearly always where the limit is exceeded three times over', () => {
  const random = randomFrom('safe');
  const runs = Array.from({ length: 100 }, () => isEverBroken(0.06, random));
  assert.ok(runs.filter(Boolean).length >= 99);
});

function isEverBroken(share: number, random: Random): boolean {
  let record = NO_SAMPLES;
  for (let look = 0; look < 30; look++) {
    const bad = binomial(random, 60, share);
    const added = { samples: 60, most: bad, least: bad };
    record = recordWith(record, added, QUESTION, { horizon: 30, isExcused: false });
    const finding = { proof: proofOf(record, QUESTION), share: 1, limit: 0.02, isExact: true };
    if (brokenQuestion([finding], 0.05) !== undefined) return true;
  }
  return false;
}

const kept = suite('a limit that is proved to be kept');

kept('at the end by the exact test: 0 of 149 proves 2 %, 0 of 148 does not', () => {
  assert.is(isKept(found(0, 149), rule()), true);
  assert.is(isKept(found(0, 148), rule()), false);
});

kept('at the end, and not before, however much is known', () => {
  assert.is(isKept(found(0, 1e6), rule({ isLast: false, iteration: 4 })), false);
});

kept('early from the third look on, by evidence of 2 / alpha: 0 of 250', () => {
  const early = rule({ decide: 'Early', isLast: false, iteration: 3 });
  assert.is(isKept(found(0, 250), early), true);
  assert.is(isKept(found(0, 249), early), false);
  assert.is(isKept(found(0, 1e6), { ...early, iteration: 2 }), false);
});

kept('early at the last look by the exact test at half of alpha: 0 of 183', () => {
  const last = rule({ decide: 'Early' });
  assert.is(isKept(found(0, 183), last), true);
  assert.is(isKept(found(0, 182), last), false);
});

kept('with half of the error budget by as much more: 0 of 183', () => {
  assert.is(isKept(found(0, 182, { share: 0.5 }), rule()), false);
  assert.is(isKept(found(0, 183, { share: 0.5 }), rule()), true);
});

kept('of a mean by the evidence that is valid at any look, also at the end', () => {
  assert.is(isKept(found(0, 149, { isExact: false }), rule()), false);
  assert.is(isKept(found(0, 250, { isExact: false }), rule()), true);
});

kept('once and for all: nothing is proved after the last look', () => {
  assert.is(isKept(found(0, 1e6), rule({ isOver: true, iteration: 6 })), false);
  assert.is(isKept(found(0, 1e6), rule({ isOver: true, decide: 'Early' })), false);
});

kept('spends alpha at the end, and half of it early', () => {
  assert.is(budgetFor({ share: 1 }, rule()), 0.05);
  assert.is(budgetFor({ share: 0.5 }, rule({ decide: 'Early' })), 0.0125);
});

kept('early needs about as many samples as it says', () => {
  assert.is(requestsForEvidence(0, 0.02, 0.025), 250);
  const needed = requestsForEvidence(0.01, 0.02, 0.025);
  const early = rule({ decide: 'Early', isLast: false });
  assert.is(isKept(found(0.01 * needed, needed), early), true);
  assert.is(isKept(found(0.01 * (needed - 1), needed - 1), early), false);
  assert.is(requestsForEvidence(0.02, 0.02, 0.025), Infinity);
});

const chances = suite('the chance to prove a limit');

chances('is 0 where more are bad already than may be in the end', () => {
  assert.is(chanceToProve(found(60, 1000), 100, rule()), 0);
});

chances('is high with many samples of a good version, and low with few', () => {
  assert.ok(chanceToProve(found(1, 500), 20_000, rule()) > 0.95);
  assert.ok(chanceToProve(found(1, 20), 20, rule()) < 0.01);
});

chances('grows with the samples to come', () => {
  const some = [0, 200, 1000, 5000, 50_000].map((more) =>
    chanceToProve(found(2, 200), more, rule()),
  );
  const sorted = some.toSorted((a, b) => a - b);
  assert.equal(some, sorted);
});

chances('is lower for half of the error budget', () => {
  const half = found(2, 400, { share: 0.5 });
  assert.ok(chanceToProve(half, 400, rule()) < chanceToProve(found(2, 400), 400, rule()));
});

chances('is a number for no samples, and for no samples to come', () => {
  assert.is(chanceToProve(found(0, 0), 0, rule()), 0);
  assert.ok(chanceToProve(found(0, 0), 1e6, rule()) > 0.3);
  assertClose(chanceToProve(found(0, 1000), 0, rule()), 1, 1e-6, 'proved already');
});

const futile = suite('an experiment is given up');

futile('from the third look on, where the chance of some question is below 1 %', () => {
  assert.is(isFutile([0.5, 0.009], 3), true);
  assert.is(isFutile([0.5, 0.011], 3), false);
  assert.is(isFutile([0], 2), false);
});

futile('not where nothing is asked', () => {
  assert.is(isFutile([], 10), false);
});

for (const tests of [broken, kept, chances, futile]) tests.run();
