// The account of what is proved, as the status tells it.
import { requestsToProve } from '../analysis/eProcess.ts';
import { formatQuantity } from '../analysis/quantity.ts';
import { shareInterval, type Proof, type SampleRecord } from '../analysis/record.ts';
import {
  budgetFor,
  isKept,
  MIN_ITERATIONS,
  requestsForEvidence,
  type Finding,
  type Rule,
} from '../analysis/safe.ts';
import { histogramQuantile } from '../analysis/quantiles.ts';
import type { Question } from '../analysis/questions.ts';
import { quantileSequence } from '../analysis/sequences.ts';
import type { Evidence } from '../types/experiment.gen.ts';
import { isProvable, type ObjectiveVerdict, type ProvableObjective } from './objectiveProof.ts';
import type { Tally } from './observations.ts';
import type { Pace } from './pace.ts';
import type { LookProof } from './proof.ts';
import { EARLIER_REASON } from './evidence.ts';
import { about, duration, finding, percent, readable } from './words.ts';

/** What is told of one version and objective: of which look, at what pace, and what was counted last. */
export type Subject = {
  version: string;
  position: number;
  /** The position among the objectives that are to be proved. */
  objective: number;
  tally: Tally | undefined;
  pace: Pace;
};

/** The reason of a verdict that is proved. */
export const PROVED_REASON = 'Proven';

/** The reason of a verdict that only waits for the last iteration. */
export const MET_SO_FAR_REASON = 'MetSoFar';

/** The reason of a verdict that waits because the baseline is as bad. */
export const SHARED_REASON = 'BothViolate';

/** What is known of one version and objective. What could not be counted this time decides nothing. */
export function evidenceOf(look: LookProof, subject: Subject): Evidence {
  const { fullName, index, objective } = look.objectives[subject.objective]!;
  const which = {
    version: subject.version,
    metric: fullName,
    role: 'Objective',
    objective: index,
  } as const;
  const { tally } = subject;
  if (tally?.kind === 'Error') {
    const message = `${objective.metric}: ${tally.message}`;
    return { ...which, verdict: 'Error', reason: tally.reason, message };
  }
  const own = look.verdicts[subject.position]![subject.objective]!;
  const question = mostDoubtful(own);
  if (question === undefined)
    return { ...which, ...notProvable(look.objectives[subject.objective]!) };
  if (own.records[question]!.samples === 0) {
    const message = `${objective.metric}: nothing has been counted for ${subject.version} yet`;
    return {
      ...which,
      verdict: 'NoData',
      reason: 'NoData',
      message: told(message, look, subject, question),
    };
  }
  return { ...which, ...judged(look, subject, question) };
}

/** The question that decides: the one with the strongest proof against, else the weakest for. */
function mostDoubtful({ verdict, proofs }: ObjectiveVerdict): number | undefined {
  const doubt = ({ logBroken, exactP }: Proof): number =>
    verdict === 'Violated' ? logBroken : exactP;
  const worst = Math.max(...proofs.map(doubt));
  const index = proofs.findIndex((proof) => doubt(proof) === worst);
  return index < 0 ? undefined : index;
}

function notProvable(
  provable: ProvableObjective,
): Pick<Evidence, 'verdict' | 'reason' | 'message'> {
  const name = provable.objective.metric;
  if (isProvable(provable)) {
    const message = `${name}: no limit that a value could break: satisfied`;
    return { verdict: 'Satisfied', reason: 'NoLimit', message };
  }
  const message = `${name}: nothing can be proved of a mean whose single values may be of any size: give the Metric spec.evidence.highest, judge by a quantile, or let the objective say method: Observed`;
  return { verdict: 'Undecided', reason: 'NotProvable', message };
}

function judged(
  look: LookProof,
  subject: Subject,
  position: number,
): Omit<Evidence, 'version' | 'metric' | 'role'> {
  const provable = look.objectives[subject.objective]!;
  const { verdict, records, proofs } = look.verdicts[subject.position]![subject.objective]!;
  const [record, proof, question] = [
    records[position]!,
    proofs[position]!,
    provable.questions[position]!,
  ];
  const { alpha, isLast } = look.rule;
  const sentence = finding({ subject: provable, question, record, proof, alpha, verdict, isLast });
  const more = verdict === 'Undecided' ? samplesNeeded(look, subject, position) : undefined;
  return {
    ...estimateOf(look, subject, { record, question }),
    verdict,
    reason: isMetSoFar(look, subject) ? MET_SO_FAR_REASON : reasonOf(look, subject),
    message:
      verdict === 'Undecided'
        ? told(sentence, look, subject, position)
        : `${sentence}: ${MET[verdict]}`,
    samples: Math.round(record.samples),
    ...intervalOf(look, subject, { record, proof, question }),
    probability: formatQuantity(Number(product(proofs).toPrecision(4))),
    ...(more !== undefined && { samplesNeeded: more }),
    ...(proof.dispersion > 1 && { dispersion: readable(proof.dispersion) }),
  };
}

/** A baseline that was bad once says nothing against what a candidate breaks later by itself. */
function reasonOf({ verdicts }: LookProof, { position, objective }: Subject): string {
  const { verdict, isExcused, isBadNow } = verdicts[position]![objective]!;
  if (verdict === 'Undecided') return isExcused ? SHARED_REASON : 'NotProved';
  const isPast = verdict === 'Violated' && !isBadNow && position === 0 && verdicts.length > 1;
  return isPast ? EARLIER_REASON : PROVED_REASON;
}

const MET = { Satisfied: 'met', Violated: 'violated' } as const;

function product(proofs: readonly Proof[]): number {
  return proofs.reduce((sum, { probability }) => sum * probability, 1);
}

type Asked = { record: SampleRecord; question: Question };

/** The value so far, in the metric's units; none where histograms have no edges in common. */
function estimateOf(look: LookProof, subject: Subject, asked: Asked): Pick<Evidence, 'estimate'> {
  const { making } = look.objectives[subject.objective]!;
  const hasEdges = look.knowledge.objectives[subject.objective]!.edges.length > 0;
  if (making.kind === 'Quantile' && !hasEdges) return {};
  return { estimate: formatQuantity(valueSoFar(look, subject, asked)) };
}

function valueSoFar(look: LookProof, subject: Subject, { record, question }: Asked): number {
  const { making } = look.objectives[subject.objective]!;
  const share = record.most / record.samples;
  const isUpper = question.side === 'Upper';
  switch (making.kind) {
    case 'Rate':
      return making.factor * (isUpper ? share : 1 - share);
    case 'Quantile':
      return histogramQuantile(histogramOf(look, subject), making.quantile);
    case 'Mean':
      return making.lowest + (isUpper ? share : 1 - share) * (making.highest! - making.lowest);
  }
}

function histogramOf(
  look: LookProof,
  { objective, position }: Subject,
): { edges: readonly number[]; cumulative: number[] } {
  const { edges, buckets } = look.knowledge.objectives[objective]!;
  let sum = 0;
  return { edges, cumulative: buckets[position]!.map((count) => (sum += count)) };
}

/** The interval of the value, in the metric's units, that holds however often one looks. */
function intervalOf(
  look: LookProof,
  subject: Subject,
  { record, proof, question }: Asked & { proof: Proof },
): Pick<Evidence, 'lower' | 'upper'> {
  const { making } = look.objectives[subject.objective]!;
  if (making.kind === 'Quantile') {
    const { edges, cumulative } = histogramOf(look, subject);
    if (edges.length === 0) return {};
    const counts = cumulative.map((count) => count / proof.dispersion);
    return finite(quantileSequence(edges, counts, making.quantile, look.rule.alpha));
  }
  const { lower, upper } = shareInterval(record, proof, look.rule.alpha);
  const [from, to] = question.side === 'Upper' ? [lower, upper] : [1 - upper, 1 - lower];
  if (making.kind === 'Rate')
    return finite({ lower: making.factor * from, upper: making.factor * to });
  const width = making.highest! - making.lowest;
  return finite({ lower: making.lowest + from * width, upper: making.lowest + to * width });
}

function finite({
  lower,
  upper,
}: {
  lower: number;
  upper: number;
}): Pick<Evidence, 'lower' | 'upper'> {
  const text = (value: number): string => formatQuantity(Number(value.toPrecision(6)));
  return {
    ...(Number.isFinite(lower) && { lower: text(lower) }),
    ...(Number.isFinite(upper) && { upper: text(upper) }),
  };
}

/** How many samples more a proof will need, roughly; undefined where none will do at this rate. */
function samplesNeeded(look: LookProof, subject: Subject, position: number): number | undefined {
  const { records, proofs, findings } = look.verdicts[subject.position]![subject.objective]!;
  const { limit } = findings[position]!;
  if (isWaiting(findings[position]!, look.rule)) return undefined;
  const { samples, most } = records[position]!;
  const rate = samples > 0 ? most / samples : limit / 2;
  // Nearer to the limit than that, the number says nothing any more.
  if (rate > 0.95 * limit) return undefined;
  const budget = budgetFor(findings[position]!, look.rule);
  const isEarly = look.rule.decide === 'Early' && !look.rule.isLast;
  const all = (isEarly ? requestsForEvidence : requestsToProve)(rate, limit, budget);
  return Math.max(1, Math.ceil(all * proofs[position]!.dispersion - samples));
}

/** A sentence about what is not proved, with what it would take. */
function told(sentence: string, look: LookProof, subject: Subject, position: number): string {
  const { records, proofs, findings } = look.verdicts[subject.position]![subject.objective]!;
  if (isWaiting(findings[position]!, look.rule)) {
    const when =
      look.rule.decide === 'Early' ? `iteration ${MIN_ITERATIONS}` : 'the last iteration';
    return `${sentence}: met so far, decided after ${when}`;
  }
  const more = samplesNeeded(look, subject, position);
  if (more === undefined)
    return `${sentence}: undecided, it keeps the limit with a probability of ${percent(proofs[position]!.probability)}`;
  const { isLast } = look.rule;
  const needs = `${isLast ? 'would have needed' : 'needs'} about ${about(more)} more request${more === 1 ? '' : 's'}`;
  const rate = records[position]!.samples / subject.pace.countedSeconds;
  const time = !isLast && rate > 0 ? `, ${duration(more / rate)} at this rate` : '';
  return `${sentence}: undecided, ${needs}${time}`;
}

/** Whether all limits of an objective would be found kept. What is shared is told before that. */
function isMetSoFar({ verdicts, rule }: LookProof, { position, objective }: Subject): boolean {
  const { verdict, findings, isExcused } = verdicts[position]![objective]!;
  const isOpen = verdict === 'Undecided' && !isExcused;
  return isOpen && findings.every((one) => isWaiting(one, rule));
}

/** Whether the look that decides would find the limit kept, if nothing came any more. */
function isWaiting(finding: Finding, rule: Rule): boolean {
  if (rule.isLast) return false;
  return rule.decide === 'AtEnd'
    ? isKept(finding, { ...rule, isLast: true })
    : isKept(finding, { ...rule, iteration: Math.max(rule.iteration, MIN_ITERATIONS) });
}
