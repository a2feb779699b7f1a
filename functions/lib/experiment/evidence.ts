import { satisfies } from '../analysis/assessment.ts';
import { formatQuantity } from '../analysis/quantity.ts';
import type { Evidence, Objective, Verdict } from '../types/experiment.gen.ts';
import type { Measurement, Measurements } from './observations.ts';

/** An objective whose metric has its full name. */
export type ResolvedObjective = Objective & { fullName: string };

/**
 * What is known of each version and objective: the estimate, the verdict and a sentence. The
 * verdict has three sides: satisfied, violated, or not known (NoData, Error, and Undecided where
 * `tooFew` says why the version has had too few requests to satisfy anything).
 */
export function judge(
  versions: readonly string[],
  objectives: readonly ResolvedObjective[],
  measurements: Measurements,
  tooFew: (version: string) => string | undefined,
): Evidence[] {
  return versions.flatMap((version) =>
    objectives.map((objective, index) => {
      const measurement = measurements[objective.fullName]?.[version] ?? NOT_MEASURED;
      return {
        version,
        metric: objective.fullName,
        role: 'Objective' as const,
        objective: index,
        ...unlessTooFew(verdictOn(objective, measurement), tooFew(version)),
      };
    }),
  );
}

const NOT_MEASURED: Measurement = {
  kind: 'NoData',
  reason: 'Empty',
  message: 'the metric was not measured',
};

type Judgement = Pick<Evidence, 'estimate' | 'verdict' | 'reason' | 'message'>;

function unlessTooFew(judgement: Judgement, why: string | undefined): Judgement {
  if (!why || judgement.verdict !== 'Satisfied') return judgement;
  const message = judgement.message.replace(/: satisfied$/, `: undecided, ${why}`);
  return { ...judgement, verdict: 'Undecided', reason: 'TooFewRequests', message };
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

function readable(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Whether a metric that decides could not be read for some version. */
export function hasErrors(evidence: readonly Evidence[]): boolean {
  return evidence.some(({ verdict }) => verdict === 'Error');
}

/** The verdicts on one version, in the order of the objectives. */
export function verdictsOn(version: string, evidence: readonly Evidence[]): Verdict[] {
  return evidence.filter((one) => one.version === version).map(({ verdict }) => verdict);
}

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
        ({ version, objective }) => version === baseline && objective === one.objective,
      ),
    }));
}
