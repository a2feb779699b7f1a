import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  logBeta,
  logBetaTails,
  logGamma,
  logGammaTails,
} from '../../functions/lib/analysis/incomplete.ts';
import { betaCdf, gammaCdf } from '../../functions/lib/analysis/special.ts';
import { assertClose } from './close.ts';

// The tables were computed with 60 digits, from the series of positive terms (DLMF 8.17.8, 8.11.4)
// at the exact binary values of the arguments, and rounded once. 0 stands for a log above −1e-70.

/** x, a, b, log I_x(a, b), log(1 − I_x(a, b)). */
const BETA_TAILS = [
  [0.02, 1, 49, -0.46458110076258663, -0.989932658558453],
  [0.02, 50, 2000, -2.3829138582230085, -0.09682073997445909],
  [0.02, 50.5, 2000, -2.5147955012363767, -0.08433799032512253],
  [0.3, 0.5, 0.5, -0.9969312110207781, -0.4604654539158712],
  [1e-12, 0.5, 0.5, -14.267093263253562, -6.366199750101407e-7],
  [0.02, 0.5, 120.5, -0.027891169307497594, -3.593358324173452],
  [0.02, 50.0, 7, -178.42418474983643, 0],
  [0.5, 100000000.0, 100000000.0, -0.6931471805599453, -0.6931471805599453],
  [0.4999, 100000000.0, 100000000.0, -6.058088522493426, -0.002341606732099871],
  [0.50002, 100000000.0, 100000000.0, -0.336597596174303, -1.2524496383486117],
  [0.02, 2000000.0, 98000000.0, -0.6929648235733198, -0.6933295708067067],
  [0.0200137, 2000000.0, 98000000.0, -0.1789992553288168, -1.8085385867101111],
  [0.0199, 2000000.0, 98000000.0, -28.4974999090379, -4.204293646497354e-13],
  [0.001, 2000000.0, 98000000.0, -4109656.3947577933, 0],
  [0.021, 200.5, 9600.5, -0.42292380334648544, -1.0645835395405223],
  [1e-8, 0.5, 100000000.0, -0.1711433146253012, -1.8496055132319578],
  [2e-8, 0.5, 100000000.0, -0.04656791144392004, -3.0900371709212036],
  [3e-8, 0.001, 100000000.0, -1.3073224756489453e-5, -11.244950867718913],
  [0.9999999, 100000000.0, 0.5, -11.768564751468505, -7.74424261279083e-6],
  [0.6, 0.01, 0.02, -0.401426432392994, -1.1067389046559513],
  [0.97, 100000.0, 5000.0, 0, -481.29021448922396],
  [0.05, 10000.0, 10000.0, -16613.077414237203, 0],
  [0.65, 100000.0, 120000.0, 0, -17481.048611534705],
] as const;

/** shape, x, log P, log Q. */
const GAMMA_TAILS = [
  [3000.0, 3000.0, -0.688303152044803, -0.6980147879504177],
  [100000.0, 100000.0, -0.6923064898187249, -0.6939885786567972],
  [100000000.0, 100000000.0, -0.6931205847615884, -0.6931737770656575],
  [100000000.0, 100030000.0, -0.001351993633251429, -6.606850931160689],
  [100000000.0, 99900000.0, -53.264633878902174, -7.369931066896994e-24],
  [0.5, 0.125, -0.9599163336956223, -0.4827645810336733],
  [0.5, 800.0, 0, -803.9152948331938],
  [50, 2.5, -105.1130194162216, -2.238698928228896e-46],
  [1000000.0, 1010000.0, -1.0606997477586902e-23, -52.90052830914025],
  [0.01, 0.3, -0.009113801227643128, -4.702518835666927],
  [1, 2, -0.14541345786885906, -2.0],
] as const;

const shapes = fc.oneof(
  fc.double({ min: -2, max: 8, noNaN: true }).map((power) => 10 ** power),
  fc.integer({ min: 1, max: 100_000_000 }),
  fc.integer({ min: 0, max: 100_000_000 }).map((count) => count + 0.5),
);

/** A beta distribution and an x within some deviations of its mean: [x, a, b]. */
const betaPlaces = fc
  .tuple(shapes, shapes, fc.double({ min: -12, max: 12, noNaN: true }))
  .map(([a, b, deviations]): [number, number, number] => {
    const mean = a / (a + b);
    const x = mean + deviations * Math.sqrt((mean * (1 - mean)) / (a + b + 1));
    return [x > 0 && x < 1 ? x : mean, a, b];
  });
const RUNS = { seed: 20240607, numRuns: 400 };

function assertPropertyOfPlaces(holds: (x: number, a: number, b: number) => void): void {
  fc.assert(
    fc.property(betaPlaces, ([x, a, b]) => {
      holds(x, a, b);
    }),
    RUNS,
  );
}

const beta = suite('the incomplete beta function');

beta('has the logarithms of both tails to 1e-12, up to counts of 1e8', () => {
  for (const [x, a, b, lower, upper] of BETA_TAILS) {
    const tails = logBetaTails(x, a, b);
    assertClose(tails.lower, lower, 1e-12, `lower at ${x}, ${a}, ${b}`);
    assertClose(tails.upper, upper, 1e-12, `upper at ${x}, ${a}, ${b}`);
  }
});

beta('is a sum of binomial probabilities for whole counts', () => {
  assertClose(betaCdf(0.3, 1, 5), 0.83193, 1e-15, '1 − 0.7^5');
  assertClose(betaCdf(0.02, 50, 2000), 0.09228129077124325, 1e-14, 'P(at least 50 of 2049)');
});

beta('is a probability whose tails add to one, and changes sides with x', () => {
  assertPropertyOfPlaces((x, a, b) => {
    const { lower, upper } = logBetaTails(x, a, b);
    assert.ok(lower <= 0 && upper <= 0, `${lower} and ${upper} at ${x}, ${a}, ${b}`);
    assertClose(Math.exp(lower) + Math.exp(upper), 1, 1e-14, `the sum at ${x}, ${a}, ${b}`);
    if (x >= 0.5) assertClose(logBetaTails(1 - x, b, a).lower, upper, 1e-13, `${x}, ${a}, ${b}`);
  });
});

beta('grows with x', () => {
  assertPropertyOfPlaces((x, a, b) => {
    const next = Math.min(1, x * (1 + 1e-9));
    const [here, there] = [logBetaTails(x, a, b), logBetaTails(next, a, b)];
    const noise = 1e-12;
    assert.ok(
      there.lower >= here.lower - noise * Math.abs(here.lower),
      `lower at ${x}, ${a}, ${b}`,
    );
    assert.ok(
      there.upper <= here.upper + noise * Math.abs(here.upper),
      `upper at ${x}, ${a}, ${b}`,
    );
  });
});

beta('obeys I_x(a, b) = I_x(a + 1, b) + x^a (1 − x)^b / (a B(a, b)), also at counts of 1e8', () => {
  const wholes = fc.integer({ min: 1, max: 100_000_000 });
  fc.assert(
    fc.property(wholes, wholes, fc.double({ min: -3, max: 3, noNaN: true }), (a, b, deviations) => {
      const mean = a / (a + b);
      const x = mean + deviations * Math.sqrt((mean * (1 - mean)) / (a + b + 1));
      if (x <= 0 || x >= 1) return;
      // The same step along b, I_x(a, b) = I_x(a, b + 1) − x^a (1 − x)^b / (b B(a, b)): both shares
      // of one front, so that the test needs no front of its own.
      const stepA = betaCdf(x, a, b) - betaCdf(x, a + 1, b);
      const stepB = betaCdf(x, a, b + 1) - betaCdf(x, a, b);
      assert.ok(Math.abs(stepA * a - stepB * b) <= 1e-12 * Math.max(a, b), `${x}, ${a}, ${b}`);
    }),
    RUNS,
  );
});

beta('has nothing below 0 and all below 1', () => {
  assert.equal(logBetaTails(0, 2, 3), { lower: -Infinity, upper: 0 });
  assert.equal(logBetaTails(1, 2, 3), { lower: 0, upper: -Infinity });
});

beta('has a logarithm of B(a, b) where the one is tiny and the other huge', () => {
  assertClose(logBeta(2, 3), Math.log(1 / 12), 1e-14, 'B(2, 3)');
  // B(a, 1) = 1/a, and B(a, b + 1) = B(a, b) b/(a + b).
  for (const a of [0.001, 0.5, 50, 1e8]) assertClose(logBeta(a, 1), -Math.log(a), 1e-11, `${a}, 1`);
  assertClose(logBeta(0.5, 1e8), logGamma(0.5) - 0.5 * Math.log(1e8 - 0.25), 1e-14, '0.5, 1e8');
});

beta.run();

const gammas = suite('the incomplete gamma function');

gammas('has the logarithms of both tails to 1e-12, up to shapes of 1e8', () => {
  for (const [shape, x, lower, upper] of GAMMA_TAILS) {
    const tails = logGammaTails(shape, x);
    assertClose(tails.lower, lower, 1e-12, `lower at ${shape}, ${x}`);
    assertClose(tails.upper, upper, 1e-12, `upper at ${shape}, ${x}`);
  }
  assertClose(gammaCdf(2, 1), 1 - Math.exp(-2), 1e-15, '1 − e⁻²');
});

gammas('has logarithms of factorials', () => {
  assertClose(logGamma(5), Math.log(24), 1e-14, '4!');
  assertClose(logGamma(0.5), Math.log(Math.PI) / 2, 1e-14, '√π');
  assertClose(logGamma(1e-10), -Math.log(1e-10), 1e-10, 'about 1/x');
});

gammas.run();

const domains = suite('the domains of the incomplete functions');

domains('are demanded by the name of the argument', () => {
  assert.throws(() => logBetaTails(1.5, 1, 1), /x must be within 0 and 1, not 1.5/);
  assert.throws(() => logBetaTails(0.5, 0, 1), /a must be above 0/);
  assert.throws(() => logGammaTails(1, -1), /x must be at least 0/);
  assert.throws(() => logGamma(0), /x must be/);
});

domains.run();
