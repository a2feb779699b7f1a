import { weightOf } from '../analysis/weights.ts';
import type {
  Evidence,
  Experiment,
  ExperimentSpec,
  ExperimentStatus,
  Outcome,
} from '../types/experiment.gen.ts';
import type { Findings } from './analyse.ts';
import { deadlineOf, isOverdue, plannedIterations } from './deadlines.ts';
import { verdictsOn, violations } from './evidence.ts';
import type { Circumstances } from './iterate.ts';
import type { TargetObservation, Why } from './observations.ts';
import type { Settings } from './settings.ts';
import { promotionOf } from './verdict.ts';
import { versionNames } from './versions.ts';

/** The outcome where the target is gone or somebody else has changed what is compared. */
export function targetTrouble(seen: TargetObservation): Outcome | undefined {
  if (seen.kind === 'Missing') {
    return { decision: 'Rollback', reason: 'TargetMissing', message: seen.message };
  }
  const takenOver = seen.kind === 'Observed' ? seen.takenOver : undefined;
  if (!takenOver) return undefined;
  const { message, isPromoted } = takenOver;
  return { decision: isPromoted ? 'Keep' : 'Rollback', reason: 'TargetSuperseded', message };
}

/** The outcome where a candidate alone violates an objective that asks for rollback. */
export function violationOf(
  { spec, status }: Experiment,
  evidence: readonly Evidence[],
): Outcome | undefined {
  const isStrict = spec.strategy.deploymentPattern === 'BlueGreen';
  const violation = violations(status!.versionInfo!.baseline.name, evidence).find(
    ({ evidence: one, isShared }) =>
      !isShared && (spec.criteria!.objectives![one.objective!]!.rollback_on_failure ?? isStrict),
  );
  if (!violation) return undefined;
  const { version, message } = violation.evidence;
  return { decision: 'Rollback', reason: 'ObjectiveViolated', message: `${version}: ${message}` };
}

/** The outcome where the metrics could not be read too many times in a row. */
export function tooManyErrors(
  { criteria }: ExperimentSpec,
  { consecutiveErrors = 0 }: ExperimentStatus,
  evidence: readonly Evidence[],
): Outcome | undefined {
  if (consecutiveErrors < (criteria?.consecutiveErrorLimit ?? Infinity)) return undefined;
  const error = evidence.find(({ verdict }) => verdict === 'Error')!;
  const message = `${consecutiveErrors} looks in a row without an answer (spec.criteria.consecutiveErrorLimit); the last: ${error.version}: ${error.message}`;
  return { decision: 'Rollback', reason: 'MetricsUnavailable', message };
}

/** What a look found, as far as an outcome depends on it. */
type Look = {
  findings: Findings;
  seen: { target: TargetObservation };
  counted: ExperimentStatus;
  isCounted: boolean;
};

/** The outcome after the last iteration, or where the run has taken far too long; else undefined. */
export function finalOutcome(
  experiment: Experiment,
  { findings, seen, counted, isCounted }: Look,
  { settings, now }: Circumstances,
): Outcome | undefined {
  const isDone = counted.completedIterations! >= plannedIterations(experiment.spec);
  if (isCounted && isDone && !isToBePromoted(experiment, seen.target)) {
    return verdictAtEnd(experiment, { findings, target: seen.target });
  }
  return overdue(experiment, counted, settings, now);
}

/** Whether a person wants the candidate promoted once it is ready: only lasting trouble ends that wait. */
function isToBePromoted({ spec }: Experiment, target: TargetObservation): boolean {
  return spec.verdict === 'Promote' && target.kind === 'Observed' && target.notReady !== undefined;
}

function overdue(
  { spec }: Pick<Experiment, 'spec'>,
  status: ExperimentStatus,
  settings: Settings,
  now: Date,
): Outcome | undefined {
  if (!isOverdue({ spec, status }, settings, now)) return undefined;
  const message = `only ${status.completedIterations ?? 0} of ${plannedIterations(spec)} iterations by ${deadlineOf({ spec, status }, settings)!.toISOString()}; were the functions, their events or the metrics down?`;
  return { decision: 'Rollback', reason: 'DeadlineExceeded', message };
}

function verdictAtEnd(
  experiment: Experiment,
  { findings, target }: { findings: Findings; target: TargetObservation },
): Outcome {
  const { spec, status } = experiment;
  const [baseline] = versionNames(status!.versionInfo!);
  if (spec.strategy.testingPattern === 'Conformance') {
    return conformance(baseline!, findings.evidence);
  }
  if (findings.mismatch) return { decision: 'Rollback', ...findings.mismatch };
  const { winner } = findings.winner;
  if (winner === undefined || winner === baseline) return notWon(status!, findings);
  const doubt = doubtOn(winner, status!, target);
  if (doubt) return { decision: 'Rollback', ...doubt };
  const message = `${winner} satisfies all objectives`;
  return promotionOf({ spec }, winner, { reason: 'CandidateWon', message });
}

/** Why a version that satisfies all objectives is not to be promoted all the same. */
function doubtOn(
  winner: string,
  { currentWeightDistribution = [] }: ExperimentStatus,
  target: TargetObservation,
): Why | undefined {
  if (target.kind !== 'Observed') return { reason: target.reason, message: target.message };
  if (target.notReady) return { reason: 'CandidateNotReady', message: target.notReady };
  if (weightOf(winner, currentWeightDistribution) > 0) return undefined;
  const message = `${winner} has had no traffic (its weight is 0), so its values say nothing of it`;
  return { reason: 'NoWinner', message };
}

function conformance(baseline: string, evidence: readonly Evidence[]): Outcome {
  const unmet = evidence.filter(({ verdict }) => verdict !== 'Satisfied');
  if (unmet.length === 0) {
    const message = `${baseline} satisfies all objectives`;
    return { decision: 'Keep', version: baseline, reason: 'ConformanceMet', message };
  }
  const isViolated = unmet.some(({ verdict }) => verdict === 'Violated');
  return {
    decision: 'Keep',
    reason: isViolated ? 'ConformanceViolated' : 'NoWinner',
    message: unmet.map(({ message }) => message).join('; '),
  };
}

function notWon(status: ExperimentStatus, { evidence, winner }: Findings): Outcome {
  const [baseline, ...candidates] = versionNames(status.versionInfo!);
  const unmet = evidence.filter(
    ({ version, verdict }) => candidates.includes(version) && verdict !== 'Satisfied',
  );
  const isUndecided = candidates.every(
    (candidate) => !verdictsOn(candidate, evidence).includes('Violated'),
  );
  const isBaselineBest = winner.winner === baseline && !isUndecided;
  const reasons = unmet.map(({ version, message }) => `${version}: ${message}`);
  return {
    decision: 'Rollback',
    reason: isBaselineBest ? 'BaselineWon' : 'NoWinner',
    message: reasons.join('; '),
  };
}
