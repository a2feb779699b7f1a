// What is proved, in sentences that need no statistics to be understood.
import type { Proof, SampleRecord } from '../analysis/record.ts';
import { exactUpperShare, shareInterval } from '../analysis/record.ts';
import type { Question } from '../analysis/questions.ts';
import type { ProvableObjective } from './objectiveProof.ts';

/** One limit of an objective with what is known of it. */
export type Told = {
  subject: ProvableObjective;
  question: Question;
  record: SampleRecord;
  proof: Proof;
  alpha: number;
  verdict: 'Satisfied' | 'Violated' | 'Undecided';
  /** Whether the last look has been had, so that the plain test counts. */
  isLast: boolean;
};

/**
 * What was counted, what follows from it, and the limit. Worked: "error-rate: 3 of 412 (0.73 %); at
 * most 1.9 % with 95 % confidence; limit 2 %".
 */
export function finding(told: Told): string {
  const { subject, record } = told;
  const name = subject.objective.metric;
  if (record.samples === 0) return `${name}: nothing has been counted yet; limit ${limitOf(told)}`;
  return `${name}: ${counted(told)}; ${bound(told)}; limit ${limitOf(told)}`;
}

function counted({ subject: { making, units }, question, record }: Told): string {
  const { samples, most } = record;
  const isUpper = question.side === 'Upper';
  const shown = isUpper ? most : samples - most;
  switch (making.kind) {
    case 'Rate':
      return `${whole(shown)} of ${whole(samples)} (${valueOf(shown / samples, making.factor)})`;
    case 'Quantile': {
      const than = isUpper ? 'above' : 'not above';
      const unit = units ? ` ${units}` : '';
      return `${whole(most)} of ${whole(samples)} ${than} ${readable(question.value)}${unit} (${percent(most / samples)})`;
    }
    case 'Mean':
      return `mean ${readable(meanOf(shown / samples, making))} of ${whole(samples)}`;
  }
}

/** How bad it can be, or where it is proved to be bad, how good. */
function bound(told: Told): string {
  const { record, proof, alpha, verdict, isLast, subject } = told;
  const { limit } = told.question;
  const confidence = `with ${readable(100 * (1 - alpha), 8)} % confidence`;
  const isPlain = isLast && subject.making.kind !== 'Mean';
  const { lower, upper } = shareInterval(record, proof, alpha);
  if (verdict === 'Violated') {
    const isOfLate = record.least <= limit * record.samples;
    if (isOfLate) return `of late worse than the limit allows ${confidence}`;
    return `${inUnits(told, Math.max(lower, limit), 'least')} ${confidence}`;
  }
  const most = isPlain ? exactUpperShare(proof, alpha) : upper;
  // What was proved once stays proved, and not every proof gives a bound as narrow as this.
  const known = verdict === 'Satisfied' ? Math.min(most, limit) : most;
  return `${inUnits(told, known, 'most')} ${confidence}`;
}

/** A bound for the share of bad samples as one for what the limit is about. */
function inUnits(
  { subject: { making }, question }: Told,
  share: number,
  bad: 'most' | 'least',
): string {
  const isUpper = question.side === 'Upper';
  const other = bad === 'most' ? 'least' : 'most';
  switch (making.kind) {
    case 'Rate':
      return isUpper
        ? `at ${bad} ${valueOf(share, making.factor)}`
        : `at ${other} ${valueOf(1 - share, making.factor)}`;
    case 'Quantile':
      return `at ${bad} ${percent(share)}`;
    case 'Mean':
      return isUpper
        ? `at ${bad} ${readable(meanOf(share, making))}`
        : `at ${other} ${readable(meanOf(1 - share, making))}`;
  }
}

function limitOf({ subject: { making }, question }: Told): string {
  switch (making.kind) {
    case 'Rate':
      return valueOf(question.value / making.factor, making.factor);
    case 'Quantile':
      return `${percent(question.limit)} of them`;
    case 'Mean':
      return readable(question.value);
  }
}

/** A share as it is in the metric's units; shares of one are easier read in percent. */
function valueOf(share: number, factor: number): string {
  return factor === 1 ? percent(share) : readable(share * factor);
}

function meanOf(
  share: number,
  { lowest, highest = lowest }: { lowest: number; highest?: number | undefined },
): number {
  return lowest + share * (highest - lowest);
}

/** A share with two digits of what is rarer. Worked: 0.0187 → "1.9 %", 0.99873 → "99.87 %". */
export function percent(share: number): string {
  const rarer = share > 0.5 ? 1 - share : share;
  if (rarer <= 0) return `${Math.round(100 * share)} %`;
  const rounded = Number((100 * rarer).toPrecision(2));
  const decimals = (String(rounded).split('.')[1] ?? '').length;
  return `${(share > 0.5 ? 100 - rounded : rounded).toFixed(Math.min(decimals, 12))} %`;
}

/** A number to some digits. Worked: 148.0405 → "148". */
export function readable(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits)));
}

/** A count of requests; where histograms are cut at a limit it may be no whole number. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** A number of requests that nobody knows exactly. Worked: 1278 → "1,300". */
export function about(count: number): string {
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return (Math.ceil(count / scale) * scale).toLocaleString('en-US');
}

/** Worked: 190 → "3 minutes", 59 → "59 seconds", 100000 → "28 hours". */
export function duration(seconds: number): string {
  const units: [string, number][] = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ];
  const [name, size] = units.find(([, each]) => seconds >= 2 * each) ?? ['second', 1];
  const count = Math.round(seconds / size);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
