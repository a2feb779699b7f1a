// What a person decides, and what a promotion waits for.
import { weightOf } from '../analysis/weights.ts';
import type { Evidence, Experiment, ExperimentStatus, Outcome } from '../types/experiment.gen.ts';
import type { Freeze, TargetObservation, Why } from './observations.ts';
import { openingOf } from './pause.ts';
import { after } from './time.ts';
import { versionNames } from './versions.ts';

/**
 * The outcome that spec.verdict asks for, as far as the target allows it: nothing is promoted that
 * is not ready. Undefined where nothing is asked for, or not possible yet.
 */
export function outcomeAskedFor(
  { spec, status }: Experiment,
  target: TargetObservation,
): Outcome | undefined {
  const message = `spec.verdict asks for ${spec.verdict!}`;
  if (spec.verdict === 'Rollback')
    return { decision: 'Rollback', reason: ROLLBACK_REASON, message };
  const candidate = candidateAhead(status!);
  const isPossible = target.kind === 'Observed' && !target.notReady && candidate !== undefined;
  if (spec.verdict !== 'Promote' || !isPossible) return undefined;
  return promotionOf({ spec }, candidate, { reason: 'VerdictPromote', message });
}

/** The candidate that is recommended or, where none is, the first of those with the most traffic. */
function candidateAhead({
  versionInfo,
  versionRecommendedForPromotion: recommended = '',
  currentWeightDistribution: weights = [],
}: ExperimentStatus): string | undefined {
  const candidates = versionNames(versionInfo!).slice(1);
  if (candidates.includes(recommended)) return recommended;
  const most = Math.max(...candidates.map((name) => weightOf(name, weights)));
  return candidates.find((name) => weightOf(name, weights) === most);
}

/** The reason of a rollback that a person asks for. */
export const ROLLBACK_REASON = 'VerdictRollback';

/** The outcome where a version is to be promoted: by us, or by the finish actions. */
export function promotionOf(
  { spec }: Pick<Experiment, 'spec'>,
  version: string,
  { reason, message }: Why,
): Outcome {
  const isLeftToActions = spec.strategy.promotion === 'ByActions';
  return { decision: isLeftToActions ? 'Keep' : 'Promote', version, reason, message };
}

/** What stands between an outcome and its being carried out. */
export type Gate =
  | { kind: 'Open'; outcome: Outcome }
  /** Not yet: for what it waits, and what the status is to say of it. */
  | { kind: 'Closed'; why: Why; status: Partial<ExperimentStatus> };

/**
 * Whether an outcome may be carried out now. Only a promotion ever waits: for a person's approval,
 * where spec.strategy.approval asks for it, and for the end of freeze windows. Without an answer in
 * time the outcome is the one that approval names.
 */
export function gateFor(
  experiment: Experiment,
  outcome: Outcome,
  { freeze, now }: { freeze: Freeze; now: Date },
): Gate {
  const { status, spec } = experiment;
  const candidates = versionNames(status!.versionInfo!).slice(1);
  if (!candidates.includes(outcome.version ?? '')) return { kind: 'Open', outcome };
  const approval = spec.strategy.approval;
  if (approval && spec.verdict !== 'Promote') {
    const deadline = status!.approvalDeadline ?? after(now, approval.deadlineSeconds).toISOString();
    if (now < new Date(deadline)) return awaiting(outcome, approval.outcome, deadline);
    if (approval.outcome === 'Rollback') return { kind: 'Open', outcome: notApproved(deadline) };
  }
  if (freeze.kind !== 'Frozen') return { kind: 'Open', outcome };
  const message = `${outcome.message}; the promotion waits for ${openingOf(freeze)}`;
  const nextOpening = freeze.until.toISOString();
  const waiting = { nextOpening, versionRecommendedForPromotion: outcome.version! };
  return { kind: 'Closed', why: { reason: 'Frozen', message }, status: waiting };
}

/**
 * The gate of a promotion that waits already, where a look only raises doubts: metrics without data
 * at night, a candidate that is not ready for a moment. While the gate is closed they cost nothing;
 * what the candidate violates does, and once the gate opens everything counts.
 */
export function gateStillClosed(
  experiment: Experiment,
  wanted: Outcome,
  { evidence }: { evidence: readonly Evidence[] },
  by: { freeze: Freeze; now: Date },
): Extract<Gate, { kind: 'Closed' }> | undefined {
  const { status } = experiment;
  const candidate = candidateAhead(status!);
  const paused = status!.conditions?.find(({ type }) => type === 'Paused');
  const isWaiting = paused?.status === 'True' && wanted.reason !== ROLLBACK_REASON;
  const isLost = evidence.some(
    ({ version, verdict }) => version === candidate && verdict === 'Violated',
  );
  if (wanted.decision !== 'Rollback' || !isWaiting || isLost || !candidate) return undefined;
  const message = `it won before, but for now ${wanted.message || wanted.reason}`;
  const won = promotionOf(experiment, candidate, { reason: 'CandidateWon', message });
  const gate = gateFor(experiment, won, by);
  return gate.kind === 'Closed' ? gate : undefined;
}

function awaiting(
  { message, version }: Outcome,
  otherwise: string,
  approvalDeadline: string,
): Gate {
  const asked = `set spec.verdict to Promote or Rollback before ${approvalDeadline}, else ${otherwise}`;
  const why = { reason: 'AwaitingApproval', message: `${message}; ${asked}` };
  const waiting = { approvalDeadline, versionRecommendedForPromotion: version! };
  return { kind: 'Closed', why, status: waiting };
}

function notApproved(deadline: string): Outcome {
  const message = `nobody set spec.verdict before ${deadline}`;
  return { decision: 'Rollback', reason: 'NotApproved', message };
}
