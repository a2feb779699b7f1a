import { logGamma, normalQuantile } from './special.ts';

/** A source of uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * A seeded source of uniform numbers with 53 random bits each: xoshiro128** by Blackman and Vigna
 * (https://prng.di.unimi.it/xoshiro128starstar.c), two outputs a number, high bits first.
 * `seed` is four 32-bit words; throws RangeError where all are zero, which the generator never leaves.
 */
export function seededRandom(seed: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = seed;
  if ((a | b | c | d) === 0) throw new RangeError('the seed must not be all zeros');
  const next = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  };
  return () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}

/** A number of the standard normal distribution, by inversion: one uniform number each. */
export function standardNormal(random: Random): number {
  // The largest uniform number would be rounded up to 1, which no finite number belongs to.
  return normalQuantile(Math.min(random() + 2 ** -54, 1 - 2 ** -53));
}

/**
 * A number of the gamma distribution with this shape (above 0) and scale 1: G. Marsaglia and
 * W. Tsang, A Simple Method for Generating Gamma Variables (2000). Below about shape 0.01 many
 * numbers are too small for a double, and 0.
 */
export function gamma(random: Random, shape: number): number {
  return Math.exp(logGammaNumber(random, shape));
}

/** A number of Beta(a, b), a and b above 0: the share of one gamma number in the sum of two. */
export function beta(random: Random, a: number, b: number): number {
  const first = logGammaNumber(random, a);
  const second = logGammaNumber(random, b);
  return 1 / (1 + Math.exp(second - first));
}

/**
 * How many of n independent events of probability p happen, n a whole number up to 2^53: exact, by
 * inversion up to ten expected events and else W. Hörmann's transformed rejection BTRS (1993).
 */
export function binomial(random: Random, n: number, p: number): number {
  if (!(Number.isSafeInteger(n) && n >= 0))
    throw new RangeError(`n must be a whole number from 0 on, not ${n}`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p must be within 0 and 1, not ${p}`);
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  const odds = p / (1 - p);
  if (n * p <= 10)
    return inverted(random, Math.exp(n * Math.log1p(-p)), (k) => ((n - k + 1) / k) * odds);
  const mode = Math.floor((n + 1) * p);
  const atMode = logGamma(mode + 1) + logGamma(n - mode + 1);
  return rejected(random, { mean: n * p, deviation: Math.sqrt(n * p * (1 - p)), p }, (k) =>
    k > n
      ? -Infinity
      : atMode - logGamma(k + 1) - logGamma(n - k + 1) + (k - mode) * Math.log(odds),
  );
}

/** A number of the Poisson distribution with this mean (from 0 to 1e15), made as `binomial` does. */
export function poisson(random: Random, mean: number): number {
  if (!(mean >= 0 && mean <= 1e15))
    throw new RangeError(`mean must be from 0 to 1e15, not ${mean}`);
  if (mean <= 10) return inverted(random, Math.exp(-mean), (k) => mean / k);
  const mode = Math.floor(mean);
  const atMode = logGamma(mode + 1);
  return rejected(
    random,
    { mean, deviation: Math.sqrt(mean), p: 0 },
    (k) => atMode - logGamma(k + 1) + (k - mode) * Math.log(mean),
  );
}

function logGammaNumber(random: Random, shape: number): number {
  if (!(shape > 0 && shape < Infinity))
    throw new RangeError(`shape must be above 0 and finite, not ${shape}`);
  if (shape < 1) return logGammaNumber(random, shape + 1) + Math.log(random() + 2 ** -54) / shape;
  const size = shape - 1 / 3;
  const spread = 1 / Math.sqrt(9 * size);
  for (;;) {
    const normal = standardNormal(random);
    const cube = (1 + spread * normal) ** 3;
    if (cube <= 0) continue;
    const bound = (normal * normal) / 2 + size * (1 - cube + Math.log(cube));
    if (Math.log(random() + 2 ** -54) < bound) return Math.log(size * cube);
  }
}

/** The count where the summed probabilities pass a uniform number; `ratio(k)` is P(k) / P(k − 1). */
function inverted(random: Random, none: number, ratio: (count: number) => number): number {
  for (;;) {
    let rest = random();
    let probability = none;
    // Rounding could leave a rest that no probability takes: past 100 the draw is made anew.
    for (let count = 0; count <= 100; count++) {
      if (rest < probability) return count;
      rest -= probability;
      probability *= ratio(count + 1);
    }
  }
}

/** The count by BTRS, from the log of P(k) relative to the mode. */
function rejected(
  random: Random,
  { mean, deviation, p }: { mean: number; deviation: number; p: number },
  logRatio: (count: number) => number,
): number {
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const squeeze = 0.92 - 4.2 / b;
  for (;;) {
    const across = random() - 0.5;
    const up = random();
    const edge = 0.5 - Math.abs(across);
    const count = Math.floor(((2 * a) / edge + b) * across + mean + 0.5);
    if (edge >= 0.07 && up <= squeeze) return count;
    if (count < 0) continue;
    if (Math.log((up * alpha) / (a / (edge * edge) + b)) <= logRatio(count)) return count;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
