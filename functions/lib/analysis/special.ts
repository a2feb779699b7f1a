import {
  demand,
  demandPositive,
  demandProbability,
  logBetaFront,
  logBetaTails,
  logGammaFront,
  logGammaTails,
  placeOf,
  polynomial,
  tailsAt,
} from './incomplete.ts';

export { logBeta, logBetaTails, logGamma, logGammaTails, type LogTails } from './incomplete.ts';

/*
 * Distributions by the functions of incomplete.ts; all throw RangeError, which names the argument,
 * outside the domains that they state. Quantiles are good to about 1e-13 of themselves.
 */

/** I_x(a, b): the probability that Beta(a, b) is at most x. Worked: betaCdf(0.5, 1, 2) = 0.75. */
export function betaCdf(x: number, a: number, b: number): number {
  return Math.exp(logBetaTails(x, a, b).lower);
}

/** The x of [0, 1] with I_x(a, b) = p; 0 where it is below 5e-324. Worked: betaQuantile(0.75, 1, 2) = 0.5. */
export function betaQuantile(p: number, a: number, b: number): number {
  demandProbability(p);
  demandPositive('a', a);
  demandPositive('b', b);
  if (p === 0 || p === 1) return p;
  if (p > 0.5) return 1 / (1 + Math.exp(betaLogit(Math.log1p(-p), b, a)));
  return 1 / (1 + Math.exp(-betaLogit(Math.log(p), a, b)));
}

/** The probability that Gamma(shape, scale 1) is at most x. Worked: gammaCdf(2, 1) = 1 − e⁻². */
export function gammaCdf(x: number, shape: number): number {
  return Math.exp(logGammaTails(shape, x).lower);
}

/** Φ(z) of the standard normal distribution, exact in the lower tail. Worked: normalCdf(-1.96) = 0.024998. */
export function normalCdf(z: number): number {
  return Math.exp(logNormalCdf(z));
}

/** log Φ(z), for every z. Worked: logNormalCdf(-38) = −726.557. */
export function logNormalCdf(z: number): number {
  demand(!Number.isNaN(z), 'z', z, 'a number');
  const { lower, upper } = logGammaTails(0.5, (z * z) / 2);
  if (z < -1) return upper - Math.LN2;
  return z < 0 ? Math.log1p(-Math.exp(lower)) - Math.LN2 : Math.log1p(-0.5 * Math.exp(upper));
}

/** The probability that Student's t with these degrees of freedom (> 0) is at most t. Worked: studentCdf(1, 1) = 0.75. */
export function studentCdf(t: number, degrees: number): number {
  demand(!Number.isNaN(t), 't', t, 'a number');
  demandPositive('degrees', degrees);
  const square = (t * t) / degrees;
  const shares: [number, number] =
    square > 1
      ? [1 / (1 + 1 / square), 1 / (1 + square)]
      : [square / (1 + square), 1 / (1 + square)];
  const { upper } = tailsAt(placeOf(shares, 0.5, degrees / 2));
  const tail = 0.5 * Math.exp(upper);
  return t < 0 ? tail : 1 - tail;
}

/** The t with studentCdf(t, degrees) = p; ±Infinity at 0 and 1. Worked: studentQuantile(0.75, 1) = 1. */
export function studentQuantile(p: number, degrees: number): number {
  demandProbability(p);
  demandPositive('degrees', degrees);
  if (p === 0.5) return 0;
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  const tail = 2 * Math.min(p, 1 - p);
  const logit =
    tail < 0.5
      ? -betaLogit(Math.log(tail), degrees / 2, 0.5)
      : betaLogit(Math.log(Math.abs(1 - 2 * p)), 0.5, degrees / 2);
  return Math.sign(p - 0.5) * Math.sqrt(degrees) * Math.exp(logit / 2);
}

/** P(X > x) of a chi-square X with these degrees of freedom (> 0), x ≥ 0. Worked: chiSquareTail(2, 2) = e⁻¹. */
export function chiSquareTail(x: number, degrees: number): number {
  demand(x >= 0, 'x', x, 'at least 0');
  demandPositive('degrees', degrees);
  return Math.exp(logGammaTails(degrees / 2, x / 2).upper);
}

/** The x with P(X ≤ x) = p of a chi-square X. Worked: chiSquareQuantile(1 − e⁻¹, 2) = 2. */
export function chiSquareQuantile(p: number, degrees: number): number {
  demandProbability(p);
  demandPositive('degrees', degrees);
  if (p === 0 || p === 1) return p === 0 ? 0 : Infinity;
  const shape = degrees / 2;
  const sign = p > 0.5 ? -1 : 1;
  const start = sign * Math.log(shape) + normalQuantile(Math.min(p, 1 - p)) / Math.sqrt(shape);
  const solution = rootOf(p > 0.5 ? Math.log1p(-p) : Math.log(p), start, (place) => {
    const x = Math.exp(sign * place);
    const { lower, upper } = logGammaTails(shape, x);
    const value = sign > 0 ? lower : upper;
    return [value, Math.exp(logGammaFront(shape, x) - value)];
  });
  return 2 * Math.exp(sign * solution);
}

const CENTRE = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
  45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const CENTRE_DIVISOR = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
  39307.89580009271061, 28729.085735721942674, 5226.495278852545925,
];
const TAIL = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833,
  7.7454501427834140764e-4,
];
const TAIL_DIVISOR = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const FAR_TAIL = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
  0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5,
  2.01033439929228813265e-7,
];
const FAR_TAIL_DIVISOR = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
  7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
  2.04426310338993978564e-15,
];

/** Φ⁻¹(p) (M. Wichura's AS 241); ±Infinity at 0 and 1. Worked: normalQuantile(0.975) = 1.959964. */
export function normalQuantile(p: number): number {
  demandProbability(p);
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity;
  const offset = p - 0.5;
  if (Math.abs(offset) <= 0.425) {
    const square = 0.180625 - offset * offset;
    return (offset * polynomial(CENTRE, square)) / polynomial(CENTRE_DIVISOR, square);
  }
  const root = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const size =
    root <= 5
      ? polynomial(TAIL, root - 1.6) / polynomial(TAIL_DIVISOR, root - 1.6)
      : polynomial(FAR_TAIL, root - 5) / polynomial(FAR_TAIL_DIVISOR, root - 5);
  return Math.sign(offset) * size;
}

/** The logit of the x with log I_x(a, b) = log. */
function betaLogit(log: number, a: number, b: number): number {
  const start = Math.log(a / b) + normalQuantile(Math.exp(log)) * Math.sqrt(1 / a + 1 / b);
  return rootOf(log, start, (logit) => {
    const place = placeOf([1 / (1 + Math.exp(-logit)), 1 / (1 + Math.exp(logit))], a, b);
    const { lower } = tailsAt(place);
    return [lower, Math.exp(logBetaFront(place) - lower)];
  });
}

/**
 * Where an increasing concave function, given as [value, slope], reaches the target: Newton's method,
 * which such a function draws in from below; halving where it leaves what is known to hold the root.
 */
function rootOf(
  target: number,
  start: number,
  valueAt: (place: number) => readonly [number, number],
): number {
  let [low, high] = [-750, 750];
  let place = Math.min(Math.max(start, low), high);
  for (let step = 0; step < 200; step++) {
    const [value, slope] = valueAt(place);
    const next = place - (value - target) / slope;
    // The steps shrink quadratically: after one this small only rounding is left.
    if (Math.abs(value - target) < 1e-9 || Math.abs(next - place) < 1e-15 * Math.abs(place))
      return next;
    if (value < target) low = place;
    else high = place;
    place = next > low && next < high ? next : (low + high) / 2;
  }
  return place;
}
