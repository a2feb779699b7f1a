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
import { MIN_ITERATIONS } from '../analysis/safe.ts';
import { verdictsOn, violations } from './evidence.ts';
import type { Circumstances } from './iterate.ts';
import type { TargetObservation, Why } from './observations.ts';
import type { Settings } from './settings.ts';
import { PROVED_REASON } from './provenEvidence.ts';
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

/**
 * The outcome where a candidate alone violates an objective that asks for rollback. What is proved
 * asks for it by itself, once no candidate is left.
 */
export function violationOf(
  { spec, status }: Experiment,
  evidence: readonly Evidence[],
): Outcome | undefined {
  const [baseline, ...candidates] = versionNames(status!.versionInfo!);
  const own = violations(baseline!, evidence).filter(({ isShared }) => !isShared);
  const isStrict = spec.strategy.deploymentPattern === 'BlueGreen';
  const isLost = (name: string): boolean => own.some(({ evidence: one }) => one.version === name);
  const isNoneLeft = candidates.every(isLost);
  const violation = own.find(({ evidence: { objective: index, reason } }) => {
    const { rollback_on_failure: isAskedFor } = spec.criteria!.objectives![index!]!;
    return isAskedFor ?? (isStrict || (reason === PROVED_REASON && isNoneLeft));
  });
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
  if (isCounted && !isToBePromoted(experiment, seen.target)) {
    if (isDone || isDecided(experiment, findings)) {
      return verdictAtEnd(experiment, { findings, target: seen.target });
    }
    if (findings.proof?.isHopeless) return hopeless(experiment, findings);
  }
  return overdue(experiment, counted, settings, now);
}

/** Whether what is proved ends the experiment before its last iteration. */
function isDecided({ spec, status }: Experiment, { proof, winner, evidence }: Findings): boolean {
  if (!proof) return false;
  const { decide, iteration } = proof.rule;
  if (decide === 'Early' && iteration >= MIN_ITERATIONS && winner.winnerFound) return true;
  const isWatched = versionNames(status!.versionInfo!).length === 1;
  return (
    isWatched &&
    evidence.some(({ verdict, objective, reason }) => {
      const isMeant = spec.criteria?.objectives?.[objective!]?.rollback_on_failure ?? true;
      return verdict === 'Violated' && reason === PROVED_REASON && isMeant;
    })
  );
}

/** The outcome where all that is still to come will hardly prove anything. */
function hopeless(experiment: Experiment, { evidence }: Findings): Outcome {
  const { spec, status } = experiment;
  const [baseline] = versionNames(status!.versionInfo!);
  const isWatched = spec.strategy.testingPattern === 'Conformance';
  const unmet = evidence.filter(
    ({ version, role, verdict }) =>
      role === 'Objective' && verdict !== 'Satisfied' && (isWatched || version !== baseline),
  );
  const told = unmet.map(({ version, message }) => `${version}: ${message}`).join('; ');
  const message = `in the iterations that are left it can hardly be proved any more that all limits are kept; ${told}`;
  return { decision: isWatched ? 'Keep' : 'Rollback', reason: 'Futile', message };
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
    return conformance(baseline!, experiment, findings);
  }
  if (findings.mismatch) return { decision: 'Rollback', ...findings.mismatch };
  const { winner } = findings.winner;
  if (winner === undefined || winner === baseline) return notWon(status!, findings);
  const doubt = doubtOn(winner, status!, target);
  if (doubt) return { decision: 'Rollback', ...doubt };
  const message = wonBy(winner, experiment, findings);
  return promotionOf({ spec }, winner, { reason: 'CandidateWon', message });
}

function wonBy(winner: string, { spec }: Experiment, { evidence, proof }: Findings): string {
  const isContest = (spec.criteria?.rewards ?? []).length > 0;
  const has = `satisfies all objectives${isContest ? ' and has the best reward' : ''}`;
  const proved = evidence.filter(
    ({ version, reason }) => version === winner && reason === PROVED_REASON,
  );
  const told = proof ? proved.map(({ message }) => message).join('; ') : '';
  return told ? `${winner} ${has}: ${told}` : `${winner} ${has}`;
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

function conformance(baseline: string, experiment: Experiment, findings: Findings): Outcome {
  const { evidence, proof } = findings;
  const unmet = evidence.filter(({ verdict }) => verdict !== 'Satisfied');
  if (unmet.length === 0) {
    const message = wonBy(baseline, experiment, findings);
    return { decision: 'Keep', version: baseline, reason: 'ConformanceMet', message };
  }
  const isViolated = unmet.some(({ verdict }) => verdict === 'Violated');
  return {
    decision: 'Keep',
    reason: isViolated ? 'ConformanceViolated' : undecided(proof),
    message: unmet.map(({ message }) => message).join('; '),
  };
}

function undecided(proof: Findings['proof']): string {
  return proof ? 'Undecided' : 'NoWinner';
}

function notWon(status: ExperimentStatus, { evidence, winner, proof }: Findings): Outcome {
  const [baseline, ...candidates] = versionNames(status.versionInfo!);
  const unmet = evidence.filter(({ version, verdict, role }) => {
    const isTold = candidates.includes(version) || (role === 'Reward' && verdict === 'Satisfied');
    return isTold && (verdict !== 'Satisfied' || role === 'Reward');
  });
  const isUndecided = candidates.every(
    (candidate) => !verdictsOn(candidate, evidence).includes('Violated'),
  );
  const isContest = evidence.some(({ role }) => role === 'Reward');
  const isBaselineBest = winner.winner === baseline && (!isUndecided || isContest);
  const reasons = unmet.map(({ version, message }) => `${version}: ${message}`);
  return {
    decision: 'Rollback',
    reason: isBaselineBest ? 'BaselineWon' : isUndecided ? undecided(proof) : 'NoWinner',
    message: reasons.join('; '),
  };
}
