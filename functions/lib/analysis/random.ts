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

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
