import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  beta,
  binomial,
  gamma,
  poisson,
  seededRandom,
  standardNormal,
  type Random,
} from '../../functions/lib/analysis/random.ts';
import { chiSquareTail, logBeta, logGamma } from '../../functions/lib/analysis/special.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { referenceJson } from '../shared.ts';

const random = suite('seededRandom');

random('gives the same numbers for the same seed, and others for another', () => {
  const draw = (seed: [number, number, number, number]): number[] => {
    const next = seededRandom(seed);
    return Array.from({ length: 20 }, next);
  };
  assert.equal(draw([1, 2, 3, 4]), draw([1, 2, 3, 4]));
  assert.not.equal(draw([1, 2, 3, 4]), draw([1, 2, 3, 5]));
});

random('makes its numbers of the outputs of xoshiro128**, high bits first', () => {
  // The outputs for this seed as another implementation has them.
  const outputs = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849];
  const next = seededRandom([1, 2, 3, 4]);
  for (let index = 0; index < outputs.length; index += 2) {
    const [high, low] = [outputs[index]! >>> 5, outputs[index + 1]! >>> 6];
    assert.is(next(), (high * 2 ** 26 + low) / 2 ** 53);
  }
});

random('gives numbers from 0 up to but not 1, spread evenly', () => {
  const next = seededRandom([1, 2, 3, 4]);
  const deciles = Array.from({ length: 10 }, () => 0);
  for (let count = 0; count < 50_000; count++) {
    const number = next();
    assert.ok(number >= 0 && number < 1);
    deciles[Math.floor(number * 10)]! += 1;
  }
  // 5000 expected with a standard deviation of 67: five of those are 335.
  for (const count of deciles) assert.ok(Math.abs(count - 5000) < 335, deciles.join(' '));
});

random('refuses the seed that it could never leave', () => {
  assert.throws(() => seededRandom([0, 0, 0, 0]), /all zeros/);
  assert.not.throws(() => seededRandom([0, 0, 0, 1]));
});

random.run();

const draws = suite('the numbers drawn from distributions');

/** Asserts mean and variance of the draws, each within five of its standard errors. */
function assertMoments(draw: () => number, mean: number, variance: number): void {
  const numbers = Array.from({ length: 50_000 }, draw);
  const average = (values: number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = numbers.map((number) => (number - mean) ** 2);
  const spread = average(squares.map((square) => (square - variance) ** 2));
  const [errorOfMean, errorOfVariance] = [variance, spread].map((of) => Math.sqrt(of / 50_000));
  assert.ok(Math.abs(average(numbers) - mean) < 5 * errorOfMean!, `mean ${average(numbers)}`);
  assert.ok(
    Math.abs(average(squares) - variance) < 5 * errorOfVariance!,
    `variance ${average(squares)}`,
  );
}

/** Asserts by a chi-square test that counts are drawn with these probabilities. */
function assertFrequencies(draw: () => number, probability: (count: number) => number): void {
  const total = 200_000;
  const counts = new Map<number, number>();
  for (let index = 0; index < total; index++) {
    const count = draw();
    counts.set(count, (counts.get(count) ?? 0) + 1);
  }
  let [statistic, degrees, restExpected, restSeen] = [0, 0, total, total];
  for (let count = 0; count <= 1000; count++) {
    const expected = total * probability(count);
    if (expected < 10) continue;
    const seen = counts.get(count) ?? 0;
    statistic += (seen - expected) ** 2 / expected;
    degrees++;
    restExpected -= expected;
    restSeen -= seen;
  }
  statistic += (restSeen - restExpected) ** 2 / restExpected;
  assert.ok(chiSquareTail(statistic, degrees) > 1e-4, `${statistic} of ${degrees} degrees`);
}

function binomialProbability(n: number, p: number): (count: number) => number {
  return (count) =>
    count > n
      ? 0
      : Math.exp(
          count * Math.log(p) +
            (n - count) * Math.log1p(-p) -
            Math.log(n + 1) -
            logBeta(count + 1, n - count + 1),
        );
}

draws('are the reference numbers where they are normal', () => {
  type Case = { in: { seed: string }; out: { uniform: number[]; normal: number[] } };
  const cases = referenceJson<{ cases: Case[] }>('vectors/rng.json')?.cases ?? [];
  for (const { in: input, out } of cases) {
    const [forUniform, forNormal] = [randomFrom(input.seed), randomFrom(input.seed)];
    for (const uniform of out.uniform) assert.is(forUniform(), uniform);
    for (const normal of out.normal)
      assert.ok(Math.abs(standardNormal(forNormal) - normal) < 1e-12, `${normal}`);
  }
});

draws('are finite where the uniform number is the least or the largest', () => {
  const largest: Random = () => 1 - 2 ** -53;
  assert.ok(Math.abs(standardNormal(largest) - 8.2095) < 1e-4);
  assert.ok(Math.abs(standardNormal(() => 0) + 8.2924) < 1e-4);
});

draws('have the moments of the gamma, beta and normal distributions', () => {
  const random = seededRandom([1, 2, 3, 4]);
  assertMoments(() => standardNormal(random), 0, 1);
  for (const shape of [0.2, 1, 4.5, 1e8]) assertMoments(() => gamma(random, shape), shape, shape);
  for (const [a, b] of [
    [0.5, 0.5],
    [0.01, 0.02],
    [50, 2000],
    [1e8, 1],
  ] as const) {
    const variance = (a * b) / ((a + b) ** 2 * (a + b + 1));
    assertMoments(() => beta(random, a, b), a / (a + b), variance);
  }
});

draws('have the frequencies of the binomial distribution', () => {
  const random = seededRandom([1, 2, 3, 4]);
  for (const [n, p] of [
    [1, 0.3],
    [30, 0.1],
    [21, 0.5],
    [100, 0.8],
    [700, 0.35],
    [100_000, 0.0002],
  ] as const)
    assertFrequencies(() => binomial(random, n, p), binomialProbability(n, p));
  assertMoments(() => binomial(random, 1_000_000, 0.02), 20_000, 19_600);
});

draws('have the frequencies of the Poisson distribution', () => {
  const random = seededRandom([1, 2, 3, 4]);
  for (const mean of [0.3, 9.9, 10.1, 200])
    assertFrequencies(
      () => poisson(random, mean),
      (count) => Math.exp(count * Math.log(mean) - mean - logGamma(count + 1)),
    );
  assertMoments(() => poisson(random, 1e6), 1e6, 1e6);
});

draws('are certain where nothing is left to chance', () => {
  const random = seededRandom([1, 2, 3, 4]);
  assert.is(binomial(random, 0, 0.5), 0);
  assert.is(binomial(random, 1000, 0), 0);
  assert.is(binomial(random, 1000, 1), 1000);
  assert.is(poisson(random, 0), 0);
});

draws('refuse what is no parameter of theirs', () => {
  const random = seededRandom([1, 2, 3, 4]);
  assert.throws(() => gamma(random, 0), /shape must be above 0/);
  assert.throws(() => binomial(random, 1.5, 0.5), /n must be a whole number/);
  assert.throws(() => binomial(random, 10, 1.5), /p must be within 0 and 1/);
  assert.throws(() => poisson(random, -1), /mean must be/);
});

draws.run();
