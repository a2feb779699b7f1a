import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bestOfBetas, bestOfNormals, type Best } from '../../functions/lib/analysis/best.ts';
import type { Beta } from '../../functions/lib/analysis/beliefs.ts';
import { normalCdf } from '../../functions/lib/analysis/special.ts';
import { deepFreeze } from '../fixtures.ts';
import { assertClose, eachVector, type Tolerance } from './vectors.ts';

const best = suite('the best of several arms');

const RUNS = { seed: 8, numRuns: 150 };
function near(actual: number, expected: number, tolerance: Tolerance): void {
  assertClose(actual, expected, tolerance, 'the number');
}

const CLOSE = { rel: 1e-9, abs: 1e-10 };

/** A rate's belief after up to 1e8 trials under Beta(1, 1). */
const beta = fc
  .tuple(fc.double({ min: 0, max: 8, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([digits, rate]) => {
    const trials = 10 ** digits;
    return { a: 1 + trials * rate, b: 1 + trials * (1 - rate) };
  });
const betas = fc.array(beta, { minLength: 1, maxLength: 17 });

const normal = fc.record({
  mean: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
  sd: fc.double({ min: -4, max: 4, noNaN: true }).map((digits) => 10 ** digits),
});
const normals = fc.array(normal, { minLength: 1, maxLength: 17 });

const meanOf = ({ a, b }: Beta): number => a / (a + b);

type Out = { pBest: number[]; expLoss: number[] };

function asVector({ probabilityBest, expectedLoss, expectedBest }: Best): Out & { eBest: number } {
  return { pBest: probabilityBest, expLoss: expectedLoss, eBest: expectedBest };
}

type BetaIn = { arms: [number, number][]; direction: 'high' | 'low' };

eachVector<BetaIn, Out>(best, 'prob_best_beta', ({ arms, direction }) => {
  const betas = arms.map(([a, b]) => ({ a, b }));
  return asVector(bestOfBetas(betas, direction === 'high' ? 'High' : 'Low'));
});

type NormalIn = { mean: number[]; sd: number[] };

eachVector<NormalIn, Out>(best, 'prob_best_normal', ({ mean, sd }) =>
  asVector(bestOfNormals(mean.map((value, arm) => ({ mean: value, sd: sd[arm]! })))),
);

/** By quadrature with 25 digits: P(first is best), and the expected losses of the first and second. */
const LARGE: [Beta, Beta, readonly [number, number, number]][] = [
  [
    { a: 5e7, b: 5e7 },
    { a: 50005000, b: 49995000 },
    [0.239750059766, 5.9982061304287e-5, 9.982061304287e-6],
  ],
  [
    { a: 1000, b: 99999000 },
    { a: 1050, b: 99998950 },
    [0.13466642668, 5.30787312116e-7, 3.07873121162e-8],
  ],
  [
    { a: 51, b: 49 },
    { a: 5e7, b: 5e7 },
    [0.579589198388, 0.015295265283409816, 0.025295265283409806],
  ],
];

best('is right to ten digits for counts of 1e8', () => {
  for (const [first, second, [probability, loss, other]] of LARGE) {
    const ours = bestOfBetas([first, second], 'High');
    near(ours.probabilityBest[0]!, probability, { rel: 0, abs: 1e-11 });
    near(ours.expectedLoss[0]!, loss, { rel: 1e-10, abs: 0 });
    near(ours.expectedLoss[1]!, other, { rel: 1e-10, abs: 0 });
  }
});

best('of two normals is the closed form', () => {
  fc.assert(
    fc.property(normal, normal, (first, second) => {
      const sd = Math.hypot(first.sd, second.sd);
      const z = (second.mean - first.mean) / sd;
      const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
      const ours = bestOfNormals([first, second]);
      near(ours.probabilityBest[1]!, normalCdf(z), CLOSE);
      near(ours.expectedLoss[0]!, sd * (z * normalCdf(z) + density), {
        rel: 1e-9,
        abs: 1e-10 * sd,
      });
    }),
    RUNS,
  );
});

/** P(second > first) as a finite sum, for a whole number a of the second (E. Miller). */
function chanceOfSecond(first: Beta, second: Beta): number {
  const logBetaOf = (a: number, b: number): number =>
    logFactorial(a) + logFactorial(b) - logFactorial(a + b);
  const logFactorial = (count: number): number => {
    let sum = 0;
    for (let factor = 2; factor < count; factor++) sum += Math.log(factor);
    return sum;
  };
  let sum = 0;
  for (let index = 0; index < second.a; index++) {
    sum += Math.exp(
      logBetaOf(first.a + index, first.b + second.b) -
        Math.log(second.b + index) -
        logBetaOf(1 + index, second.b) -
        logBetaOf(first.a, first.b),
    );
  }
  return sum;
}

best('of two betas is the finite sum', () => {
  const whole = fc.integer({ min: 1, max: 40 });
  const small = fc.record({ a: whole, b: whole });
  fc.assert(
    fc.property(small, small, (first, second) => {
      const ours = bestOfBetas([first, second], 'High');
      near(ours.probabilityBest[1]!, chanceOfSecond(first, second), CLOSE);
    }),
    RUNS,
  );
});

function holdsTogether(result: Best, means: readonly number[], unit: number): void {
  const { probabilityBest, expectedLoss, expectedBest, bayesRisk } = result;
  near(
    probabilityBest.reduce((sum, next) => sum + next, 0),
    1,
    { rel: 0, abs: 1e-9 },
  );
  assert.ok(probabilityBest.every((probability) => probability >= 0 && probability <= 1 + 1e-12));
  assert.ok(expectedLoss.every((loss) => loss >= 0));
  assert.is(bayesRisk, Math.min(...expectedLoss));
  means.forEach((mean, arm) => {
    near(expectedLoss[arm]!, Math.abs(expectedBest - mean), { rel: 1e-9, abs: 1e-10 * unit });
  });
}

best('has probabilities that add up to one, and losses that differ as the means do', () => {
  fc.assert(
    fc.property(betas, fc.constantFrom('High' as const, 'Low' as const), (arms, direction) => {
      holdsTogether(bestOfBetas(arms, direction), arms.map(meanOf), 1);
    }),
    RUNS,
  );
  fc.assert(
    fc.property(normals, fc.constantFrom('High' as const, 'Low' as const), (arms, direction) => {
      const means = arms.map(({ mean }) => mean);
      const unit = Math.max(...arms.map(({ mean, sd }) => Math.abs(mean) + sd));
      holdsTogether(bestOfNormals(arms, direction), means, unit);
    }),
    RUNS,
  );
});

best('does not depend on the order of the arms', () => {
  fc.assert(
    fc.property(betas, (arms) => {
      const turned = bestOfBetas(arms.toReversed(), 'High').probabilityBest.toReversed();
      bestOfBetas(arms, 'High').probabilityBest.forEach((probability, arm) => {
        near(probability, turned[arm]!, CLOSE);
      });
    }),
    RUNS,
  );
});

best('is shared equally by equal arms', () => {
  fc.assert(
    fc.property(beta, fc.integer({ min: 1, max: 17 }), (arm, count) => {
      const { probabilityBest, expectedLoss } = bestOfBetas(Array<Beta>(count).fill(arm), 'High');
      for (const probability of probabilityBest) near(probability, 1 / count, CLOSE);
      for (const loss of expectedLoss) near(loss, expectedLoss[0]!, CLOSE);
    }),
    RUNS,
  );
});

best('of the lowest is the best of the highest with the event turned round', () => {
  fc.assert(
    fc.property(betas, (arms) => {
      const low = bestOfBetas(arms, 'Low');
      const high = bestOfBetas(
        arms.map(({ a, b }) => ({ a: b, b: a })),
        'High',
      );
      assert.equal(low.probabilityBest, high.probabilityBest);
      near(low.expectedBest, 1 - high.expectedBest, CLOSE);
    }),
    RUNS,
  );
});

best('grows more probable for an arm with a better event count', () => {
  fc.assert(
    fc.property(beta, betas, (arm, others) => {
      const more = { a: arm.a * 1.1 + 1, b: arm.b };
      const [before] = bestOfBetas([arm, ...others], 'High').probabilityBest;
      const [after] = bestOfBetas([more, ...others], 'High').probabilityBest;
      assert.ok(after! >= before! - 1e-10, `${before} then ${after}`);
    }),
    RUNS,
  );
});

best('tells narrow arms that are far apart for certain', () => {
  const arms = deepFreeze([
    { a: 1e6, b: 99e6 },
    { a: 9e7, b: 1e7 },
    { a: 5e7, b: 5e7 },
  ]);
  const { probabilityBest, expectedLoss, bayesRisk } = bestOfBetas(arms, 'High');
  [0, 1, 0].forEach((expected, arm) => {
    near(probabilityBest[arm]!, expected, { rel: 0, abs: 1e-12 });
  });
  [0.89, 0, 0.4].forEach((expected, arm) => {
    near(expectedLoss[arm]!, expected, { rel: 0, abs: 1e-12 });
  });
  assert.ok(bayesRisk < 1e-15);
});

best('handles beliefs that pile up at 0 and 1', () => {
  // By adaptive quadrature: the chance that Beta(5, 5) is above Beta(a, a) and Beta(3a, a).
  const expected = {
    0.01: 0.12496526950421477,
    0.1: 0.12277747987489963,
    0.5: 0.10869346882728273,
  };
  for (const [text, chance] of Object.entries(expected)) {
    const a = Number(text);
    const arms = [
      { a, b: a },
      { a: 5, b: 5 },
      { a: 3 * a, b: a },
    ];
    near(bestOfBetas(arms, 'High').probabilityBest[1]!, chance, { rel: 1e-10, abs: 0 });
  }
});

best('keeps its digits where means are large against their deviations', () => {
  const near1e9 = bestOfNormals([
    { mean: 1e9, sd: 1e-3 },
    { mean: 1e9 + 2 ** -10, sd: 1e-3 },
  ]);
  const z = 2 ** -10 / (1e-3 * Math.SQRT2);
  near(near1e9.probabilityBest[1]!, normalCdf(z), CLOSE);
});

best('takes a certain mean beside a vague one', () => {
  const { probabilityBest, expectedLoss } = bestOfNormals([
    { mean: 0, sd: 1e-300 },
    { mean: 1, sd: 1 },
  ]);
  near(probabilityBest[1]!, normalCdf(1), { rel: 0, abs: 1e-9 });
  near(expectedLoss[1]!, 0.08331547058768635, { rel: 0, abs: 1e-9 });
});

best('refuses arms that are none', () => {
  const isRange = (error: unknown): boolean => error instanceof RangeError;
  assert.throws(() => bestOfBetas([], 'High'), isRange);
  assert.throws(() => bestOfBetas([{ a: 0, b: 1 }], 'High'), /a must be .*not 0/);
  assert.throws(() => bestOfBetas([{ a: 1, b: NaN }], 'High'), /b must be .*not NaN/);
  assert.throws(() => bestOfNormals([{ mean: 0, sd: 0 }]), /sd must be .*not 0/);
  assert.throws(() => bestOfNormals([{ mean: Infinity, sd: 1 }]), /mean must be .*Infinity/);
});

best.run();
