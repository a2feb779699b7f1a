import { detectorEvidence, stepDetector } from './detector.ts';
import { dispersion } from './dispersion.ts';
import { exactP, logEvidence } from './eProcess.ts';
import { logMean } from './multiplicity.ts';
import type { Batch, Question } from './questions.ts';
import { rateSequence } from './sequences.ts';
import { betaCdf, betaQuantile } from './special.ts';

/** All that is remembered of one version's samples for one question. */
export type SampleRecord = {
  samples: number;
  /** Bad samples, at most and at least. */
  most: number;
  least: number;
  /** Looks that had samples, and Σ most² / samples over them. */
  batches: number;
  squares: number;
  /** Of these, samples of looks in which the baseline was as bad: they prove nothing against others. */
  excused: { samples: number; least: number };
  /** Log evidence of a change for the worse, by how much worse; see detector.ts. */
  detector: readonly number[];
};

/** A record without samples. */
export const NO_SAMPLES: SampleRecord = {
  samples: 0,
  most: 0,
  least: 0,
  batches: 0,
  squares: 0,
  excused: { samples: 0, least: 0 },
  detector: [],
};

/** What a batch is added under: for how many looks the record is made, and whether it is excused. */
export type Terms = { horizon: number; isExcused: boolean };

/** The record after one batch more. A batch without samples changes nothing. */
export function recordWith(
  record: SampleRecord,
  batch: Batch,
  { limit }: Question,
  { horizon, isExcused }: Terms,
): SampleRecord {
  if (batch.samples <= 0) return record;
  const { samples, most, least } = batch;
  const grown = {
    ...record,
    samples: record.samples + samples,
    most: record.most + most,
    least: record.least + least,
    batches: record.batches + 1,
    squares: record.squares + most ** 2 / samples,
  };
  if (isExcused) {
    const { excused } = record;
    return {
      ...grown,
      excused: { samples: excused.samples + samples, least: excused.least + least },
    };
  }
  const spread = isCollapse(batch, limit) ? dispersionOf(record) : dispersionOf(grown);
  const counted = { events: least / spread, trials: samples / spread };
  return { ...grown, detector: stepDetector(record.detector, counted, limit, horizon) };
}

/** So many times the limit, or every second sample, is no burst that a good version may have. */
const COLLAPSE = { ratio: 10, share: 0.5 } as const;

/**
 * Whether a version fails all at once. Its looks before do not make that any less likely to be true:
 * what a failure adds to the dispersion must not be held against the evidence for it.
 */
function isCollapse({ samples, least }: Batch, limit: number): boolean {
  return least / samples >= Math.max(limit, Math.min(COLLAPSE.ratio * limit, COLLAPSE.share));
}

function dispersionOf({ most, samples, batches, squares }: SampleRecord): number {
  return dispersion({ events: most, trials: samples, batches, squares });
}

/** What a record proves, and how much it still lacks. Shares are of bad samples. */
export type Proof = {
  /** How much more the counts vary than those of independent samples; 1 where they do not. */
  dispersion: number;
  /** Samples and bad ones, divided by the dispersion. */
  effective: { samples: number; most: number };
  /** Log evidence, valid at any look, that the limit is broken, and that it is kept. */
  logBroken: number;
  logKept: number;
  /** Valid at one look only: the chance of so few bad samples where the limit is just broken. */
  exactP: number;
  /** The probability that the limit is kept, of all shares that were as likely before. */
  probability: number;
};

/**
 * What a record proves (STATISTICS of e-processes: a likelihood ratio against the limit, averaged
 * over a Beta(1, 1/limit − 1) on either side of it; for the broken limit half of it comes from the
 * detector of changes). Worked: 10 of 200 samples bad at a limit of 0.02 → exactP 0.998.
 */
export function proofOf(record: SampleRecord, { limit }: Question): Proof {
  const spread = dispersionOf(record);
  const { samples, most, least, excused } = record;
  const effective = { samples: samples / spread, most: most / spread };
  // What is remembered is rounded: a difference may miss its bounds by the last digit.
  const trials = Math.max(0, samples - excused.samples);
  const events = Math.min(trials, Math.max(0, least - excused.least));
  const against = logEvidence(events / spread, trials / spread, limit);
  const { below } = logEvidence(effective.most, effective.samples, limit);
  const good = effective.samples - effective.most;
  return {
    dispersion: spread,
    effective,
    logBroken: logMean([against.above, ...detected(record)]),
    logKept: below,
    exactP: exactP(effective.most, effective.samples, limit),
    probability: betaCdf(limit, 1 + effective.most, 1 / limit - 1 + good),
  };
}

/** Before its first batch the detector has no evidence, which counts as none. */
function detected({ detector }: SampleRecord): number[] {
  return [detector.length > 0 ? detectorEvidence(detector) : -Infinity];
}

/**
 * The interval that holds the share of bad samples with confidence 1 − alpha, however often one
 * looks. Worked: nothing bad among 1000 → up to 0.007 with alpha 0.05.
 */
export function shareInterval(
  { most, least, samples }: SampleRecord,
  { dispersion: spread }: Pick<Proof, 'dispersion'>,
  alpha: number,
): { lower: number; upper: number } {
  const trials = samples / spread;
  const { upper } = rateSequence(most / spread, trials, alpha);
  const { lower } =
    least === most
      ? rateSequence(most / spread, trials, alpha)
      : rateSequence(least / spread, trials, alpha);
  return { lower, upper };
}

/**
 * The highest share of bad samples that one look does not rule out (Clopper and Pearson, one-sided).
 * Worked: 3 bad among 412 → 0.0187 with alpha 0.05.
 */
export function exactUpperShare({ effective }: Pick<Proof, 'effective'>, alpha: number): number {
  const { samples, most } = effective;
  return most >= samples ? 1 : betaQuantile(1 - alpha, most + 1, samples - most);
}
