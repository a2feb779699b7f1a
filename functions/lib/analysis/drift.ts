import { chiSquareQuantile, chiSquareTail, logGamma } from './special.ts';

/** How far two histograms with the same buckets are apart; descriptive, not a decision. */
export type Drift = {
  /** Population stability index, with ½ added to every bucket. */
  psi: number;
  /** What the index exceeds by chance with probability alpha: (1/n + 1/m) χ²_{B−1, 1−α}. */
  psiCritical: number;
  /** Pearson's χ² and the likelihood ratio G of equal distributions, with their p-values. */
  chiSquare: number;
  chiSquareP: number;
  g: number;
  gP: number;
  /** The largest distance between the cumulative shares, with the asymptotic p-value (too large for buckets). */
  ks: number;
  ksP: number;
  /** Squared maximum mean discrepancy: buckets at 0 … 1, Gaussian kernel of width 0.2. */
  mmd2: number;
  /** Jensen–Shannon divergence in nats, with ½ added to every bucket. */
  js: number;
};

/** What the drift alarm remembers of the windows so far: 2B + 1 numbers. */
export type DriftAlarm = {
  /** Counts by bucket, all of them and the recent ones (halved every 5 windows). */
  all: readonly number[];
  recent: readonly number[];
  /** log R, the evidence for drift; an alarm is due where it is log(1/α) or more. */
  logEvidence: number;
};

const KERNEL_WIDTH = 0.2;
const REFERENCE_WEIGHT = 20;
const FORGETTING = 0.5 ** (1 / 5);

/**
 * Compares the counts by bucket of a reference and of a current window, both of at least two
 * buckets and one observation; counts may be fractions. A bucket that is empty in both takes no part in
 * χ² and G. Worked: [50, 50] and [60, 40], α 0.05: χ² 2.0202 (p 0.1552), PSI 0.0397 of at most 0.0768.
 */
export function compareHistograms(
  reference: readonly number[],
  current: readonly number[],
  alpha = 0.05,
): Drift {
  const totals = [totalOf('reference', reference), totalOf('current', current)] as const;
  demandSameBuckets(reference, current);
  const [n, m] = totals;
  const smooth = [smoothed(reference), smoothed(current)] as const;
  const shares = [reference.map((x) => x / n), current.map((x) => x / m)] as const;
  const ks = largestGap(...shares);
  const degrees = reference.filter((count, bucket) => count + current[bucket]! > 0).length - 1;
  const { chiSquare, g } = homogeneity([reference, current], totals);
  return {
    psi: sum(smooth[0], (p, bucket) => (p - smooth[1][bucket]!) * Math.log(p / smooth[1][bucket]!)),
    psiCritical: (1 / n + 1 / m) * chiSquareQuantile(1 - alpha, reference.length - 1),
    chiSquare,
    chiSquareP: degrees > 0 ? chiSquareTail(chiSquare, degrees) : 1,
    g,
    gP: degrees > 0 ? chiSquareTail(g, degrees) : 1,
    ks,
    ksP: kolmogorovTail(Math.sqrt((n * m) / (n + m)) * ks),
    mmd2: meanDiscrepancy(shares[0].map((p, bucket) => p - shares[1][bucket]!)),
    js: (divergenceFromMean(...smooth) + divergenceFromMean(smooth[1], smooth[0])) / 2,
  };
}

/** The alarm before the first window. */
export function newDriftAlarm(buckets: number): DriftAlarm {
  const none = Array.from({ length: buckets }, () => 0);
  return { all: none, recent: none, logEvidence: -Infinity };
}

/**
 * The alarm after one more window of counts: a restarted e-detector R ← (R + 1/T) · LR with the
 * likelihood ratio of two Dirichlet-multinomials, one that has seen mostly the recent windows
 * against one that has seen the reference and all windows. `horizon` is T, the number of windows
 * in which a false alarm has the probability α.
 */
export function driftAlarmAfter(
  { all, recent, logEvidence }: DriftAlarm,
  current: readonly number[],
  { reference, horizon }: { reference: readonly number[]; horizon: number },
): DriftAlarm {
  totalOf('reference', reference);
  demandSameBuckets(reference, current);
  if (!(horizon >= 1)) throw new RangeError(`horizon must be 1 or more: ${horizon}`);
  const drifted = smoothed(reference).map((p, bucket) => REFERENCE_WEIGHT * p + recent[bucket]!);
  const steady = reference.map((count, bucket) => 0.5 + count + all[bucket]!);
  const ratio = logLikelihood(current, drifted) - logLikelihood(current, steady);
  return {
    all: all.map((count, bucket) => count + current[bucket]!),
    recent: recent.map((count, bucket) => FORGETTING * count + current[bucket]!),
    logEvidence: logAdd(logEvidence, -Math.log(horizon)) + ratio,
  };
}

function smoothed(counts: readonly number[]): number[] {
  const total = sum(counts, (count) => count + 0.5);
  return counts.map((count) => (count + 0.5) / total);
}

function homogeneity(
  samples: readonly (readonly number[])[],
  totals: readonly number[],
): { chiSquare: number; g: number } {
  const all = totals[0]! + totals[1]!;
  let [chiSquare, g] = [0, 0];
  samples.forEach((counts, sample) => {
    counts.forEach((count, bucket) => {
      const expected = (totals[sample]! * (samples[0]![bucket]! + samples[1]![bucket]!)) / all;
      if (expected === 0) return;
      const excess = count - expected;
      chiSquare += excess ** 2 / expected;
      // The excesses sum to 0; without them, large counts would cancel to noise.
      g += 2 * ((count > 0 ? count * Math.log1p(excess / expected) : 0) - excess);
    });
  });
  return { chiSquare, g: Math.max(0, g) };
}

function largestGap(p: readonly number[], q: readonly number[]): number {
  let [gap, largest] = [0, 0];
  p.forEach((share, bucket) => {
    gap += share - q[bucket]!;
    largest = Math.max(largest, Math.abs(gap));
  });
  return largest;
}

/** P(K > x) of Kolmogorov's distribution; each of its two series is fast where the other is slow. */
function kolmogorovTail(x: number): number {
  const terms = [1, 2, 3, 4, 5];
  if (x > 1) {
    return 2 * sum(terms, (k) => (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * (k * x) ** 2));
  }
  if (x === 0) return 1;
  const below = sum(terms, (k) => Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * x ** 2)));
  return 1 - (Math.sqrt(2 * Math.PI) / x) * below;
}

function meanDiscrepancy(differences: readonly number[]): number {
  const last = differences.length - 1;
  return sum(differences, (one, i) =>
    sum(differences, (other, j) => {
      const distance = (i - j) / last;
      return one * other * Math.exp(-(distance ** 2) / (2 * KERNEL_WIDTH ** 2));
    }),
  );
}

function divergenceFromMean(p: readonly number[], q: readonly number[]): number {
  return sum(p, (share, bucket) => share * Math.log((2 * share) / (share + q[bucket]!)));
}

/** Without the multinomial coefficient, which the ratio of two does not have. */
function logLikelihood(counts: readonly number[], prior: readonly number[]): number {
  const total = sum(counts, (count) => count);
  const weight = sum(prior, (share) => share);
  const buckets = sum(counts, (count, bucket) =>
    count > 0 ? logGamma(prior[bucket]! + count) - logGamma(prior[bucket]!) : 0,
  );
  return buckets + logGamma(weight) - logGamma(weight + total);
}

function logAdd(one: number, other: number): number {
  const [low, high] = one < other ? [one, other] : [other, one];
  return high + Math.log1p(Math.exp(low - high));
}

function totalOf(name: string, counts: readonly number[]): number {
  if (counts.length < 2)
    throw new RangeError(`${name} must have 2 buckets or more: ${counts.length}`);
  for (const count of counts) {
    if (!(count >= 0 && count < Infinity)) {
      throw new RangeError(`${name} must have finite counts from 0: ${count}`);
    }
  }
  const total = sum(counts, (count) => count);
  if (total === 0) throw new RangeError(`${name} must have an observation: 0`);
  return total;
}

function demandSameBuckets(reference: readonly number[], current: readonly number[]): void {
  if (reference.length !== current.length) {
    throw new RangeError(`current must have ${reference.length} buckets: ${current.length}`);
  }
}

function sum(values: readonly number[], term: (value: number, index: number) => number): number {
  return values.reduce((partial, value, index) => partial + term(value, index), 0);
}
