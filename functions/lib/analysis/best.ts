import type { Beta } from './beliefs.ts';
import { demand, demandPositive } from './incomplete.ts';
import { gaussLegendre } from './quadrature.ts';

/** Whether the largest or the smallest value is the best one. */
export type Direction = 'High' | 'Low';

/** A normal distribution of what is believed of an arm; the standard deviation is above 0. */
export type Normal = { mean: number; sd: number };

/**
 * Per arm, in the order given, the probability that it is the best one, and what is lost in
 * expectation by choosing it instead of the best one (in the metric's unit, at least 0); the
 * expectation of the best arm's value; the Bayes risk, which is the least of the expected losses.
 */
export type Best = {
  probabilityBest: number[];
  expectedLoss: number[];
  expectedBest: number;
  bayesRisk: number;
};

/** A density up to a factor, around its peak: the logarithm is 0 there, concave, with this slope. */
type Peak = {
  centre: number;
  width: number;
  logarithm: (offset: number) => number;
  slope: (offset: number) => number;
};

/** The axis of the integrals: the metric's value grows by `growth` a step, and no piece is wider. */
type Axis = { growth: (place: number) => number; widest: (place: number) => number };

/** At the nodes of all pieces: an arm's density times half the piece's width, P(≤ node), P(> node). */
type Curve = { density: Float64Array; below: Float64Array; above: Float64Array };

const ORDER = 16;
const { nodes: NODES, weights: WEIGHTS, partials: PARTIALS } = gaussLegendre(ORDER);

/** How far the logarithm of a density has fallen at its breaks: as at 1.5, 3, …, 9 deviations. */
const FALLS = [1, 2, 3, 4, 5, 6].map((step) => (1.5 * step) ** 2 / 2);

const NARROWEST_TO_DISTANCE = 1e-10;

/**
 * Which of several independent beta distributed rates is the best one. Computed on the logits,
 * where every such density is smooth and log-concave, those that are U-shaped too: to about 1e-10
 * of a rate for sums of a and b up to 1e9. Throws RangeError for an a or b outside 0.01 to 1e12.
 * Worked: Beta(2, 3) and Beta(3, 2), High: probabilities 17/70 and 53/70, expected losses 17/70 and
 * 3/70, expected best 9/14.
 */
export function bestOfBetas(arms: readonly Beta[], direction: Direction): Best {
  demandArms(arms);
  for (const { a, b } of arms) {
    demand(a >= 0.01 && a <= 1e12, 'a', a, 'within 0.01 and 1e12');
    demand(b >= 0.01 && b <= 1e12, 'b', b, 'within 0.01 and 1e12');
  }
  const isHigh = direction === 'High';
  // The smallest rate is where the opposite of the event has its largest.
  const turned = isHigh ? arms : arms.map(({ a, b }) => ({ a: b, b: a }));
  const means = turned.map(({ a, b }) => a / (a + b));
  const best = largest(turned.map(betaPeak), means, LOGIT_AXIS);
  return { ...best, expectedBest: isHigh ? best.expectedBest : 1 - best.expectedBest };
}

/**
 * Which of several independent normal distributed means is the best one; the values of the result
 * are good to about 1e-10 of the standard deviations. A standard deviation that is negligible
 * against the distance from the best mean counts as 1e-10 of it.
 * Worked: means 0 and 1, both with sd √½, High: probabilities Φ(−1) = 0.158655 and 0.841345,
 * expected losses 1.083315 and 0.083315, expected best 1.083315.
 */
export function bestOfNormals(arms: readonly Normal[], direction: Direction = 'High'): Best {
  demandArms(arms);
  for (const { mean, sd } of arms) {
    demand(Number.isFinite(mean), 'mean', mean, 'finite');
    demandPositive('sd', sd);
  }
  const sign = direction === 'High' ? 1 : -1;
  const top = Math.max(...arms.map(({ mean }) => sign * mean));
  // Distances from the best mean keep their digits where means are large against the deviations.
  const means = arms.map(({ mean }) => sign * mean - top);
  const peaks = arms.map(({ sd }, index) =>
    normalPeak(means[index]!, Math.max(sd, -NARROWEST_TO_DISTANCE * means[index]!)),
  );
  const best = largest(peaks, means, { growth: () => 1, widest: () => Infinity });
  return { ...best, expectedBest: sign * (top + best.expectedBest) };
}

/** The density of a logit is smooth up to ±iπ, which limits the width of pieces near 0. */
const LOGIT_AXIS: Axis = {
  growth: (place) => 1 / (2 + Math.exp(place) + Math.exp(-place)),
  widest: (place) => Math.max(3, Math.abs(place) / 2),
};

function betaPeak({ a, b }: Beta): Peak {
  const sum = a + b;
  const [mean, rest] = [a / sum, b / sum];
  return {
    centre: Math.log(a / b),
    width: Math.sqrt(1 / a + 1 / b),
    // Both forms are the same; the one with the smaller number cancels less, and far out only the
    // one whose exponential vanishes is finite.
    logarithm: (offset) =>
      (Math.abs(offset) < 30 ? a < b : offset < 0)
        ? a * offset - sum * Math.log1p(mean * Math.expm1(offset))
        : -b * offset - sum * Math.log1p(rest * Math.expm1(-offset)),
    slope: (offset) => a - sum / (1 + (b / a) * Math.exp(-offset)),
  };
}

function normalPeak(centre: number, width: number): Peak {
  return {
    centre,
    width,
    logarithm: (offset) => -((offset / width) ** 2) / 2,
    slope: (offset) => -offset / width ** 2,
  };
}

/**
 * The integrals over all arms: P_j = ∫ f_j ∏ F_k, k ≠ j, and loss_j = ∫ F_j (1 − ∏ F_k), of which
 * neither subtracts what is nearly equal.
 */
function largest(peaks: readonly Peak[], means: readonly number[], axis: Axis): Best {
  const breaks = peaks.map(breaksOf);
  const edges = edgesOf(breaks, axis);
  const curves = peaks.map((peak, index) => curveOf(peak, breaks[index]!, edges));
  const probabilityBest = peaks.map(() => 0);
  const expectedLoss = peaks.map(() => 0);
  const others = {
    allBelow: new Float64Array(peaks.length),
    anyAbove: new Float64Array(peaks.length),
  };
  for (let piece = 0; piece + 1 < edges.length; piece++) {
    const half = (edges[piece + 1]! - edges[piece]!) / 2;
    for (let index = 0; index < ORDER; index++) {
      const node = piece * ORDER + index;
      const place = edges[piece]! + half * (1 + NODES[index]!);
      const step = WEIGHTS[index]! * half * axis.growth(place);
      compareOthers(curves, node, others);
      curves.forEach(({ density, below }, arm) => {
        probabilityBest[arm]! += WEIGHTS[index]! * density[node]! * others.allBelow[arm]!;
        expectedLoss[arm]! += step * below[node]! * others.anyAbove[arm]!;
      });
    }
  }
  const bayesRisk = Math.min(...expectedLoss);
  const chosen = expectedLoss.indexOf(bayesRisk);
  return { probabilityBest, expectedLoss, expectedBest: means[chosen]! + bayesRisk, bayesRisk };
}

/** Per arm, the probabilities that all others are below a node, and that any of them is above it. */
function compareOthers(
  curves: readonly Curve[],
  node: number,
  { allBelow, anyAbove }: { allBelow: Float64Array; anyAbove: Float64Array },
): void {
  let [all, any] = [1, 0];
  for (let arm = 0; arm < curves.length; arm++) {
    allBelow[arm] = all;
    anyAbove[arm] = any;
    all *= curves[arm]!.below[node]!;
    any += curves[arm]!.above[node]! * (1 - any);
  }
  [all, any] = [1, 0];
  for (let arm = curves.length - 1; arm >= 0; arm--) {
    allBelow[arm]! *= all;
    anyAbove[arm]! += any * (1 - anyAbove[arm]!);
    all *= curves[arm]!.below[node]!;
    any += curves[arm]!.above[node]! * (1 - any);
  }
}

/** The places where a density has fallen by the steps of FALLS, and its centre, ascending. */
function breaksOf({ centre, width, logarithm, slope }: Peak): number[] {
  const side = (sign: number): number[] => {
    let offset = sign * width;
    return FALLS.map((fall) => {
      // Newton's method draws in from outside on a concave function; breaks need few digits.
      for (let step = 0; step < 4; step++) offset -= (logarithm(offset) + fall) / slope(offset);
      return centre + offset;
    });
  };
  return [...side(-1).reverse(), centre, ...side(1)];
}

/** Pieces so short that on none of them a density falls by much more than between its breaks. */
function edgesOf(breaks: readonly (readonly number[])[], { widest }: Axis): number[] {
  let place = Math.min(...breaks.map((own) => own[0]!));
  const end = Math.max(...breaks.map((own) => own.at(-1)!));
  const edges = [place];
  while (place < end) {
    place = Math.min(place + widest(place), ...breaks.map((own) => nextStop(own, place)));
    edges.push(place);
  }
  return edges;
}

/** Where one interval between breaks has been passed, a part of this one and the rest of the next. */
function nextStop(breaks: readonly number[], place: number): number {
  const next = breaks.findIndex((own) => own > place);
  if (next < 0) return Infinity;
  const stop = breaks[next]!;
  if (next === 0 || next === breaks.length - 1) return stop;
  const passed = (place - breaks[next - 1]!) / (stop - breaks[next - 1]!);
  return stop + passed * (breaks[next + 1]! - stop);
}

function curveOf(peak: Peak, breaks: readonly number[], edges: readonly number[]): Curve {
  const pieces = edges.length - 1;
  const [density, below, above] = [0, 1, 2].map(() => new Float64Array(pieces * ORDER)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const masses = new Float64Array(pieces);
  for (let piece = 0; piece < pieces; piece++) {
    const [left, right] = [edges[piece]!, edges[piece + 1]!];
    if (right <= breaks[0]! || left >= breaks.at(-1)!) continue;
    const half = (right - left) / 2;
    const start = left - peak.centre;
    for (let index = 0; index < ORDER; index++) {
      const value = half * Math.exp(peak.logarithm(start + half * (1 + NODES[index]!)));
      density[piece * ORDER + index] = value;
      masses[piece]! += WEIGHTS[index]! * value;
    }
    integrateWithin(density, below, piece);
  }
  accumulate({ density, below, above }, masses);
  return { density, below, above };
}

/** The integral of a piece's interpolated density from its left end to each of its nodes. */
function integrateWithin(density: Float64Array, below: Float64Array, piece: number): void {
  const first = piece * ORDER;
  for (let to = 0; to < ORDER; to++) {
    let sum = 0;
    for (let index = 0; index < ORDER; index++) {
      sum += PARTIALS[to * ORDER + index]! * density[first + index]!;
    }
    below[first + to] = sum;
  }
}

/** Turns densities and integrals within pieces into those of a distribution, from both ends. */
function accumulate({ density, below, above }: Curve, masses: Float64Array): void {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  let rest = 0;
  for (let piece = masses.length - 1; piece >= 0; piece--) {
    for (let node = piece * ORDER; node < (piece + 1) * ORDER; node++) {
      above[node] = Math.max(0, rest + masses[piece]! - below[node]!) / total;
    }
    rest += masses[piece]!;
  }
  let passed = 0;
  for (let piece = 0; piece < masses.length; piece++) {
    for (let node = piece * ORDER; node < (piece + 1) * ORDER; node++) {
      below[node] = Math.max(0, passed + below[node]!) / total;
      density[node]! /= total;
    }
    passed += masses[piece]!;
  }
}

function demandArms(arms: readonly unknown[]): void {
  if (arms.length === 0) throw new RangeError('arms must not be empty');
}
