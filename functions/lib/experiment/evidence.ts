import { satisfies } from '../analysis/assessment.ts';
import { formatQuantity } from '../analysis/quantity.ts';
import type { Evidence, Objective, Verdict } from '../types/experiment.gen.ts';
import type { Measurement, Measurements } from './observations.ts';
import { readable } from './words.ts';

/** An objective whose metric has its full name. */
export type ResolvedObjective = Objective & { fullName: string };

/**
 * What the latest value says of one version and objective: the estimate, the verdict and a sentence.
 * The verdict has three sides: satisfied, violated, or not known (NoData, Error).
 */
export function judge(
  version: string,
  { objective, index }: { objective: ResolvedObjective; index: number },
  measurements: Measurements,
): Evidence {
  const measurement = measurements[objective.fullName]?.[version] ?? NOT_MEASURED;
  return {
    version,
    metric: objective.fullName,
    role: 'Objective',
    objective: index,
    ...verdictOn(objective, measurement),
  };
}

const NOT_MEASURED: Measurement = {
  kind: 'NoData',
  reason: 'NoData',
  message: 'the metric was not measured',
};

type Judgement = Pick<Evidence, 'estimate' | 'verdict' | 'reason' | 'message'>;

/** The evidence where `why` tells that the version has had too few requests to satisfy anything. */
export function unlessTooFew(evidence: Evidence, why: string | undefined): Evidence {
  if (!why || evidence.verdict !== 'Satisfied') return evidence;
  const message = evidence.message.replace(/: (satisfied|met)$/, `: undecided, ${why}`);
  return { ...evidence, verdict: 'Undecided', reason: 'TooFewRequests', message };
}

function verdictOn(objective: Objective, measurement: Measurement): Judgement {
  if (measurement.kind !== 'Value') {
    const { kind, reason, message } = measurement;
    return { verdict: kind, reason, message: `${objective.metric}: ${message}` };
  }
  const verdict = satisfies(measurement.value, objective) ? 'Satisfied' : 'Violated';
  const estimate = formatQuantity(measurement.value);
  const message = `${objective.metric} is ${readable(measurement.value)}; ${limitsOf(objective)}: ${verdict.toLowerCase()}`;
  return { estimate, verdict, reason: 'Value', message };
}

function limitsOf({ upperLimit, lowerLimit }: Objective): string {
  const limits = [
    ...(lowerLimit === undefined ? [] : [`at least ${lowerLimit}`]),
    ...(upperLimit === undefined ? [] : [`at most ${upperLimit}`]),
  ];
  return limits.length > 0 ? limits.join(', ') : 'no limit';
}

/** Whether a metric that decides could not be read for some version. */
export function hasErrors(evidence: readonly Evidence[]): boolean {
  return evidence.some(({ verdict }) => verdict === 'Error');
}

/** The verdicts on one version, in the order of the objectives. */
export function verdictsOn(version: string, evidence: readonly Evidence[]): Verdict[] {
  return evidence
    .filter((one) => one.version === version && one.role === 'Objective')
    .map(({ verdict }) => verdict);
}

/** The reason of a baseline's violation that was proved before, but not in the latest look. */
export const EARLIER_REASON = 'ProvedEarlier';

/** Evidence that a candidate violates an objective, and whether the baseline does so as well. */
export type Violation = { evidence: Evidence; isShared: boolean };

/** The candidates' violations. One that the baseline shares proves nothing about the candidate. */
export function violations(baseline: string, evidence: readonly Evidence[]): Violation[] {
  const violated = evidence.filter(({ verdict }) => verdict === 'Violated');
  return violated
    .filter(({ version }) => version !== baseline)
    .map((one) => ({
      evidence: one,
      isShared: violated.some(
        ({ version, objective, reason }) =>
          version === baseline && objective === one.objective && reason !== EARLIER_REASON,
      ),
    }));
}
