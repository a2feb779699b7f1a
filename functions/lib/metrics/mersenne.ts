import type { Random } from '../analysis/random.ts';

const LENGTH = 624;
const MIDDLE = 397;

/**
 * A seeded source of uniform numbers with 53 random bits each, the same as numpy's for the same
 * seed: the Mersenne Twister MT19937 by M. Matsumoto and T. Nishimura (1998), begun by its
 * `init_genrand`. `seed` is a whole number below 2^32. What is new is drawn from `seededRandom`.
 */
export function mersenneTwister(seed: number): Random {
  const state = stateOf(seed);
  let position = LENGTH;
  const next = (): number => {
    if (position === LENGTH) {
      renew(state);
      position = 0;
    }
    return tempered(state[position++]!);
  };
  return () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}

function stateOf(seed: number): Uint32Array {
  const state = new Uint32Array(LENGTH);
  state[0] = seed;
  for (let index = 1; index < LENGTH; index++) {
    const before = state[index - 1]!;
    state[index] = Math.imul(1812433253, before ^ (before >>> 30)) + index;
  }
  return state;
}

function renew(state: Uint32Array): void {
  for (let index = 0; index < LENGTH; index++) {
    const following = state[(index + 1) % LENGTH]!;
    const joined = (state[index]! & 0x80000000) | (following & 0x7fffffff);
    const twist = following & 1 ? 0x9908b0df : 0;
    state[index] = state[(index + MIDDLE) % LENGTH]! ^ (joined >>> 1) ^ twist;
  }
}

function tempered(word: number): number {
  let mixed = word ^ (word >>> 11);
  mixed ^= (mixed << 7) & 0x9d2c5680;
  mixed ^= (mixed << 15) & 0xefc60000;
  return mixed ^ (mixed >>> 18);
}
