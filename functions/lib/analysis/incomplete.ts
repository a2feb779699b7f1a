/*
 * The incomplete beta and gamma functions, whose logarithms are good to about 1e-13 (of themselves,
 * where below −1) for counts up to 1e8. Densities are written as a deviance and a Stirling correction
 * (C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000): differences of
 * log-gammas lose 1e-8 at such counts. RangeError outside a stated domain, naming the argument.
 */

/** Logarithms of a probability and of its complement, each exact in its own tail; in [-Infinity, 0]. */
export interface LogTails {
  lower: number;
  upper: number;
}

/** A place x of a beta distribution; y is 1 − x, and excess is a − (a + b)x without rounding. */
export interface BetaPlace {
  x: number;
  y: number;
  a: number;
  b: number;
  excess: number;
}

const LOG_ROOT_TWO_PI = 0.9189385332046727;
/** The coefficients of 1/x, 1/x³, … in Stirling's series. */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
];

/** The natural logarithm of Γ(x), x > 0, to 1e-14 of max(1, itself). Worked: logGamma(5) = log 24. */
export function logGamma(x: number): number {
  demandPositive('x', x);
  return (x - 0.5) * Math.log(x) - x + LOG_ROOT_TWO_PI + stirlingError(x);
}

/** The natural logarithm of B(a, b), a and b > 0. Worked: logBeta(2, 3) = log(1/12). */
export function logBeta(a: number, b: number): number {
  demandPositive('a', a);
  demandPositive('b', b);
  const [small, large] = a < b ? [a, b] : [b, a];
  const corrections = stirlingError(a) + stirlingError(b) - stirlingError(a + b);
  const powers = (small - 0.5) * Math.log(small / (a + b)) - large * Math.log1p(small / large);
  return LOG_ROOT_TWO_PI - 0.5 * Math.log(large) + powers + corrections;
}

/**
 * log I_x(a, b) and log(1 − I_x(a, b)) of the regularised incomplete beta function, x in [0, 1],
 * a and b > 0 (DLMF 8.17.22 contracted, by Lentz's method; steps grow like √max(a, b)).
 * Worked: logBetaTails(0.5, 1, 2) is { lower: log 0.75, upper: log 0.25 }.
 */
export function logBetaTails(x: number, a: number, b: number): LogTails {
  demand(x >= 0 && x <= 1, 'x', x, 'within 0 and 1');
  demandPositive('a', a);
  demandPositive('b', b);
  return tailsAt(placeOf([x, 1 - x], a, b));
}

/**
 * log P(shape, x) and log Q(shape, x) of the regularised incomplete gamma function, shape > 0, x ≥ 0
 * (series DLMF 8.11.4, continued fraction 8.9.2). Worked: logGammaTails(1, 2).upper = −2.
 */
export function logGammaTails(shape: number, x: number): LogTails {
  demandPositive('shape', shape);
  demand(x >= 0, 'x', x, 'at least 0');
  if (x === 0) return { lower: -Infinity, upper: 0 };
  if (x === Infinity) return { lower: 0, upper: -Infinity };
  const front = logGammaFront(shape, x);
  if (x < shape + reachOf(shape)) return withLower(front + Math.log(gammaSeries(shape, x)));
  return reversed(withLower(front + Math.log(gammaFraction(shape, x))));
}

/** log Γ(x) − [(x − ½) log x − x + ½ log 2π], by Stirling's series from 10 on. */
function stirlingError(x: number): number {
  let sum = 0;
  let shifted = x;
  for (; shifted < 10; shifted++) sum += (shifted + 0.5) * Math.log1p(1 / shifted) - 1;
  return sum + polynomial(STIRLING, 1 / (shifted * shifted)) / shifted;
}

/** The polynomial with these coefficients, of x⁰ first. Worked: polynomial([1, 2], 3) = 7. */
export function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (let power = coefficients.length - 1; power >= 0; power--)
    value = value * x + coefficients[power]!;
  return value;
}

/** count · log(count / expected) − difference, where difference is count − expected (Loader's bd0). */
function deviance(count: number, expected: number, difference: number): number {
  const ratio = difference / (count + expected);
  if (Math.abs(ratio) > 0.1) {
    const quotient = count / expected;
    const log = quotient < Infinity ? Math.log(quotient) : Math.log(count) - Math.log(expected);
    return count * log - difference;
  }
  let sum = difference * ratio;
  let term = 2 * count * ratio;
  for (let odd = 3; Math.abs(term) > 1e-18 * sum; odd += 2) {
    term *= ratio * ratio;
    sum += term / odd;
  }
  return sum;
}

/** The place with these shares x and 1 − x, of which the smaller is taken as exact. */
export function placeOf([x, y]: readonly [number, number], a: number, b: number): BetaPlace {
  const excess = x <= y ? exactExcess(x, a, b) : -exactExcess(y, b, a);
  return { x, y, a, b, excess };
}

/** a − (a + b)x with the rounding errors of the sum and the product (T. Dekker's) put back. */
function exactExcess(x: number, a: number, b: number): number {
  const total = a + b;
  const sumError = Math.min(a, b) - (total - Math.max(a, b));
  const product = total * x;
  const [totalHigh, xHigh] = [highHalf(total), highHalf(x)];
  const [totalLow, xLow] = [total - totalHigh, x - xHigh];
  const productError =
    totalLow * xLow - (product - totalHigh * xHigh - totalLow * xHigh - totalHigh * xLow);
  return a - product - productError - sumError * x;
}

function highHalf(value: number): number {
  const scaled = 134217729 * value;
  return scaled - (scaled - value);
}

function swapped({ x, y, a, b, excess }: BetaPlace): BetaPlace {
  return { x: y, y: x, a: b, b: a, excess: -excess };
}

/** The logarithms of I_x(a, b) and its complement at the place; see logBetaTails. */
export function tailsAt(place: BetaPlace): LogTails {
  if (place.x === 0) return { lower: -Infinity, upper: 0 };
  if (place.y === 0) return { lower: 0, upper: -Infinity };
  const lower = (side: BetaPlace): LogTails =>
    withLower(logBetaFront(side) - Math.log(betaFraction(side)));
  const beyond = reachOf(place.a) * place.y - reachOf(place.b) * place.x;
  return place.excess + beyond < 0 ? reversed(lower(swapped(place))) : lower(place);
}

/**
 * How far past the mean, in counts, the lower tail is the one to compute. The other converges faster
 * beyond 1; of a tiny shape it is also the smaller one, which would drown as a complement, much sooner.
 */
function reachOf(shape: number): number {
  return Math.min(1, 2 * shape + 0.05);
}

/** log[x^a (1 − x)^b / B(a, b)]: the density of Beta(a, b) along the logit of x. */
export function logBetaFront({ x, y, a, b, excess }: BetaPlace): number {
  const total = a + b;
  const distance = deviance(a, total * x, excess) + deviance(b, total * y, -excess);
  const corrections = stirlingError(a) + stirlingError(b) - stirlingError(total);
  return 0.5 * Math.log(a * (b / total)) - LOG_ROOT_TWO_PI - corrections - distance;
}

/** log[x^a e^−x / Γ(a)]: the density of Gamma(a) along the logarithm of x. */
export function logGammaFront(a: number, x: number): number {
  return 0.5 * Math.log(a) - LOG_ROOT_TWO_PI - stirlingError(a) - deviance(a, x, a - x);
}

/** The divisor of the front that gives I_x(a, b). */
function betaFraction({ x, y, a, b, excess }: BetaPlace): number {
  return fraction(
    (m) =>
      ((((a + m - 1) * (a + b + m - 1)) / (a + 2 * m - 1)) * m * (b - m) * x * x) / (a + 2 * m - 1),
    (m) =>
      m +
      (m === 0 ? 0 : (m * (b - m) * x) / (a + 2 * m - 1)) +
      ((a + m) * (excess + 1 + m * (1 + y))) / (a + 2 * m + 1),
  );
}

/** The factor of the front that gives Q(a, x). */
function gammaFraction(a: number, x: number): number {
  const divisor = fraction(
    (m) => m * (a - m),
    (m) => x - a + 1 + 2 * m,
  );
  return 1 / divisor;
}

/** The factor of the front that gives P(a, x). */
function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let next = a + 1; term > 1e-17 * sum; next++) {
    term *= x / next;
    sum += term;
  }
  return sum;
}

/** d(0) + n(1)/(d(1) + n(2)/(d(2) + …)) by Lentz's method as Thompson and Barnett modified it. */
function fraction(numerator: (m: number) => number, denominator: (m: number) => number): number {
  const tiny = 1e-290;
  let value = denominator(0) || tiny;
  let above = value;
  let below = 0;
  for (let m = 1; m < 1e6; m++) {
    const n = numerator(m);
    const d = denominator(m);
    below = 1 / (d + n * below || tiny);
    above = d + n / above || tiny;
    const change = above * below;
    value *= change;
    if (Math.abs(change - 1) < 3e-16) break;
  }
  return value;
}

function withLower(log: number): LogTails {
  const lower = Math.min(log, 0);
  const upper = lower > -Math.LN2 ? Math.log(-Math.expm1(lower)) : Math.log1p(-Math.exp(lower));
  return { lower, upper };
}

function reversed({ lower, upper }: LogTails): LogTails {
  return { lower: upper, upper: lower };
}

/** Throws RangeError that names the argument, its domain and its value unless the domain is met. */
export function demand(isMet: boolean, name: string, value: number, domain: string): void {
  if (!isMet) throw new RangeError(`${name} must be ${domain}, not ${value}`);
}

/** Throws RangeError unless the named argument is above 0 and finite. */
export function demandPositive(name: string, value: number): void {
  demand(value > 0 && value < Infinity, name, value, 'above 0 and finite');
}

/** Throws RangeError unless p is within 0 and 1. */
export function demandProbability(value: number): void {
  demand(value >= 0 && value <= 1, 'p', value, 'within 0 and 1');
}
