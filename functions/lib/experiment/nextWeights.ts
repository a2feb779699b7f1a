// The weights from now on: what the algorithm would have, as far as what was seen allows it.
import type { Random } from '../analysis/random.ts';
import { weightOf, type Weight } from '../analysis/weights.ts';
import type { WinnerAssessment } from '../analysis/winner.ts';
import type { Evidence, Experiment, Verdict } from '../types/experiment.gen.ts';
import { verdictsOn, violations } from './evidence.ts';
import { MOST_BEFORE_THE_END, sameWeights, withBaselineRest } from './firstWeights.ts';
import type { TargetObservation, Why } from './observations.ts';
import type { LookProof } from './proof.ts';
import { SHARED_REASON } from './provenEvidence.ts';
import { versionNames } from './versions.ts';
import { ruledWeights } from './weightRules.ts';

/** What the next weights depend on. */
export type WeightBasis = {
  evidence: readonly Evidence[];
  winner: WinnerAssessment;
  proof: LookProof | undefined;
  /** Requests to all versions between two looks. */
  requests: number;
  target: TargetObservation;
  mismatch: Why | undefined;
  /** Whether nobody knows how much the best version was used. */
  isInDoubt: boolean;
  /** Whether no weight rises: the look will not count. */
  isHeld: boolean;
  random: Random;
};

/**
 * The weights from now on, in version order; none for Conformance. What is not known never costs a
 * candidate its traffic: it keeps what it has, or grows to its exploration share.
 */
export function nextWeights({ spec, status }: Experiment, basis: WeightBasis): Weight[] {
  const versions = versionNames(status!.versionInfo!);
  const current = status!.currentWeightDistribution ?? [];
  const { strategy } = spec;
  if (strategy.testingPattern === 'Conformance') return [];
  if (strategy.deploymentPattern !== 'Progressive') return current;
  const { proof, requests, random } = basis;
  const best = basis.winner.bestVersions;
  const rule = ruledWeights({ versions, current, strategy, best, proof, requests, random });
  const around = { current, baseline: versions[0]!, basis };
  const wanted = versions.slice(1).map((name) => {
    const [held, ruled] = [weightOf(name, current), weightOf(name, rule)];
    return { name, held, value: allowed(name, { held, ruled }, around) };
  });
  const fitting = thatFit(wanted);
  return withBaselineRest(versions, (name) => weightOf(name, fitting));
}

type Range = { held: number; ruled: number };

type Around = { current: readonly Weight[]; baseline: string; basis: WeightBasis };

function allowed(name: string, range: Range, { current, baseline, basis }: Around): number {
  const { held, ruled } = range;
  const { target, evidence, mismatch } = basis;
  const verdicts = verdictsOn(name, evidence);
  if (isProvedBad(name, baseline, verdicts, evidence)) return Math.min(held, ruled);
  if (!isInForce(target, current) || mismatch) return held;
  if (isAsBadAsBaseline(name, verdicts, evidence)) return held;
  if (target.notReady) return Math.min(held, ruled);
  const isMute = evidence.some((one) => one.version === name && one.verdict === 'NoData');
  const weight = unprovenWeight(isMute ? [...verdicts, 'NoData'] : verdicts, range, basis);
  return basis.isHeld ? Math.min(held, weight) : weight;
}

/** By proof the algorithm knows itself what to do with what is not known. */
function unprovenWeight(
  verdicts: readonly Verdict[],
  { held, ruled }: Range,
  { isInDoubt, proof }: WeightBasis,
): number {
  if (verdicts.includes('Error')) return held;
  const isUnknown = isInDoubt || verdicts.includes('NoData') || verdicts.includes('Undecided');
  return isUnknown && !proof ? Math.max(held, ruled) : ruled;
}

/** What the baseline violates too proves nothing. */
function isAsBadAsBaseline(
  name: string,
  verdicts: readonly Verdict[],
  evidence: readonly Evidence[],
): boolean {
  const isShared = ({ version, reason }: Evidence): boolean =>
    version === name && reason === SHARED_REASON;
  return verdicts.includes('Violated') || evidence.some(isShared);
}

/** Weights of candidates of which those that rise leave the others theirs. */
function thatFit(wanted: readonly { name: string; held: number; value: number }[]): Weight[] {
  const kept = wanted.reduce((sum, { held, value }) => sum + Math.min(held, value), 0);
  const rise = wanted.reduce((sum, { held, value }) => sum + Math.max(0, value - held), 0);
  const factor = rise > 0 ? Math.min(1, Math.max(0, MOST_BEFORE_THE_END - kept) / rise) : 1;
  return wanted.map(({ name, held, value }) => ({
    name,
    value: value > held ? held + Math.floor(factor * (value - held)) : value,
  }));
}

/** Whether a version violates an objective that the baseline does not violate as well. */
function isProvedBad(
  name: string,
  baseline: string,
  verdicts: readonly Verdict[],
  evidence: readonly Evidence[],
): boolean {
  if (!verdicts.includes('Violated')) return false;
  return violations(baseline, evidence).some(
    ({ evidence: one, isShared }) => one.version === name && !isShared,
  );
}

/** The next weights build on those in force: intent must not run ahead of what the target has. */
function isInForce(
  target: TargetObservation,
  current: readonly Weight[],
): target is Extract<TargetObservation, { kind: 'Observed' }> {
  return target.kind === 'Observed' && sameWeights(target.weights, current);
}
