import type { ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import { mark, progress, summary } from './conditions.ts';
import { allTo } from './firstWeights.ts';
import type { Plan } from './plan.ts';
import { moveTo, type FunctionName } from './stages.ts';
import { versionNames } from './versions.ts';

/** Outcomes that are no fault of the candidate, and so leave Failed as it is. */
const NORMAL_ENDS: ReadonlySet<string> = new Set([
  'CandidateWon',
  'BaselineWon',
  'NoWinner',
  'Undecided',
  'Futile',
  'ConformanceMet',
  'ConformanceViolated',
  'ObjectiveViolated',
  'CandidateNotReady',
  'Deleted',
  'NotApproved',
  'VerdictPromote',
  'VerdictRollback',
]);

/**
 * The outcome decided: stage Finishing, the weights it needs as the new intent, the recommendation
 * and the conditions that say so. Failed is set where the experiment could not be carried through.
 */
export function decide(
  status: ExperimentStatus,
  outcome: Outcome,
  by: FunctionName,
  now: Date,
): Plan {
  const finishing = moveTo('Finishing', by, status, now);
  delete finishing.nextIterationTime;
  return withOutcome(finishing, outcome, now);
}

/**
 * A finishing experiment with this outcome, be it the first one or another than before: the time it
 * has to come into force begins anew, and so does the time in which a late writer may undo it.
 */
export function withOutcome(status: ExperimentStatus, outcome: Outcome, now: Date): Plan {
  const { reason, message } = outcome;
  const marked = mark(
    status,
    [
      { type: 'Progressing', status: 'True', reason, message },
      ...(NORMAL_ENDS.has(reason)
        ? []
        : [{ type: 'Failed', status: 'True', reason, message } as const]),
    ],
    now,
  );
  const told = progress(
    { ...marked, ...intentOf(status, outcome), stageStartTime: now.toISOString() },
    { reason: 'StageAdvanced', message: `Advanced to Finishing. ${summary(outcome)}` },
    now,
  );
  const type = outcome.decision === 'Rollback' ? 'Warning' : 'Normal';
  return { status: told, announcements: [{ type, reason, message }] };
}

function intentOf(status: ExperimentStatus, outcome: Outcome): Partial<ExperimentStatus> {
  const { versionInfo } = status;
  const hasWeights = (status.currentWeightDistribution ?? []).length > 0;
  if (!versionInfo || outcome.decision === 'Keep' || !hasWeights) return { outcome };
  const baseline = versionInfo.baseline.name;
  const version = outcome.decision === 'Promote' ? (outcome.version ?? baseline) : baseline;
  return {
    outcome: { ...outcome, version },
    currentWeightDistribution: allTo(version, versionNames(versionInfo)),
    versionRecommendedForPromotion: version,
  };
}
