import { weightOf } from '../analysis/weights.ts';
import type { Evidence, Experiment, ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import type { Findings } from './analyse.ts';
import { verdictsOn, violations } from './evidence.ts';
import type { Circumstances } from './iterate.ts';
import type { TargetObservation, Why } from './observations.ts';
import { intervalOf } from './settings.ts';
import { secondsBetween } from './time.ts';
import { versionNames } from './versions.ts';

/** Slack on top of twice the planned duration, before a run is given up. */
const DEADLINE_SLACK_SECONDS = 3600;

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

/** The outcome after the last iteration, or where the run has taken far too long; else undefined. */
export function finalOutcome(
  experiment: Experiment,
  completedIterations: number,
  seen: { findings: Findings; target: TargetObservation },
  { settings, now }: Circumstances,
): Outcome | undefined {
  const { iterationsPerLoop, maxLoops } = experiment.spec.duration;
  const planned = iterationsPerLoop * maxLoops;
  if (completedIterations >= planned) return verdictAtEnd(experiment, seen);
  const allowed = 2 * planned * intervalOf(experiment, settings) + DEADLINE_SLACK_SECONDS;
  if (secondsBetween(experiment.status!.startTime!, now) < allowed) return undefined;
  const message = `only ${completedIterations} of ${planned} iterations in ${allowed} s; were the functions or their events down?`;
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
  const { winner } = findings.winner;
  if (winner === undefined || winner === baseline) return notWon(status!, findings);
  const doubt = doubtOn(winner, status!, target);
  if (doubt) return { decision: 'Rollback', ...doubt };
  const message = `${winner} satisfies all objectives`;
  const isLeftToActions = spec.strategy.promotion === 'ByActions';
  return {
    decision: isLeftToActions ? 'Keep' : 'Promote',
    version: winner,
    reason: 'CandidateWon',
    message,
  };
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
