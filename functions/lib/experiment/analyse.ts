import { assessVersions, type MetricValues } from '../analysis/assessment.ts';
import { auditMessage } from '../analysis/audit.ts';
import { formatQuantity } from '../analysis/quantity.ts';
import { progressiveWeights, weightOf, withinLimits, type Weight } from '../analysis/weights.ts';
import { assessWinner, type WinnerAssessment } from '../analysis/winner.ts';
import type {
  Analysis,
  Evidence,
  Experiment,
  ExperimentStatus,
  Verdict,
} from '../types/experiment.gen.ts';
import { hasErrors, judge, verdictsOn, violations, type ResolvedObjective } from './evidence.ts';
import { sameWeights, withBaselineRest } from './firstWeights.ts';
import type { Circumstances, Observations } from './iterate.ts';
import { resolveMetric } from './metricNames.ts';
import { renewed, tooFewRequests, useOf } from './exposure.ts';
import type { Measurements, TargetObservation, Why } from './observations.ts';
import { isFrozenWhole } from './pause.ts';
import type { Settings } from './settings.ts';
import { versionNames } from './versions.ts';

/** What one look at the metrics says. */
export type Findings = {
  evidence: Evidence[];
  winner: WinnerAssessment;
  /** The weights to be in force from now on, in version order; empty for Conformance. */
  weights: Weight[];
  /** Why the traffic cannot have been divided as it was meant to be, if so. */
  mismatch: Why | undefined;
  /** The part of the status that records all this. */
  status: Partial<ExperimentStatus>;
};

/** Judges every version by its measurements, finds the winner by iter8's rule, and the weights. */
export function analyse(
  experiment: Experiment,
  seen: Observations,
  { settings, now, random, freeze }: Circumstances,
): Findings {
  const versions = versionNames(experiment.status!.versionInfo!);
  const objectives = resolvedObjectives(experiment, settings);
  const use = useOf(experiment, seen.measurements, settings);
  const { mismatch } = use;
  const tooFew = (version: string): string | undefined => tooFewRequests(experiment, version, use);
  const evidence = judge(versions, objectives ?? [], seen.measurements, tooFew);
  const values = valuesOf(seen.measurements);
  const assessments = assessVersions(versions, objectives?.map(byFullName), values);
  const pattern = experiment.spec.strategy.testingPattern;
  const best = assessWinner(pattern, { versions, assessments: assessments.data });
  const doubt = mismatch?.message ?? tooFew(best.winner ?? '');
  const winner = unlessInDoubt(best, versions[0]!, doubt);
  const isHeld = isFrozenWhole(experiment, freeze) || hasErrors(evidence);
  const isInDoubt = doubt !== undefined;
  const basis = { evidence, winner, seen, mismatch, isInDoubt, isHeld };
  const weights = nextWeights(experiment, basis, random);
  const exposure = renewed(use, experiment, weights, settings);
  return {
    evidence,
    winner,
    weights,
    mismatch,
    status: {
      analysis: {
        ...experiment.status!.analysis,
        ...analysisOf({ winner, weights, assessments, seen }, now),
      },
      evidence,
      ...(exposure.length > 0 && { exposure }),
      currentWeightDistribution: weights,
      versionRecommendedForPromotion: winner.winner ?? versions[0]!,
    },
  };
}

type Account = Pick<Findings, 'winner' | 'weights'> & {
  assessments: ReturnType<typeof assessVersions>;
  seen: Observations;
};

/** The findings in the layout of iter8. */
function analysisOf({ winner, weights, assessments, seen }: Account, now: Date): Analysis {
  const stamp = { provenance: 'iter8-kserve', timestamp: now.toISOString() };
  return {
    aggregatedMetrics: { ...stamp, ...aggregate(seen.measurements) },
    versionAssessments: { ...stamp, ...assessments },
    winnerAssessment: { ...stamp, ...winnerRecord(winner) },
    weights: { ...stamp, ...weightsRecord(weights) },
  };
}

function resolvedObjectives(
  experiment: Experiment,
  settings: Settings,
): ResolvedObjective[] | undefined {
  return experiment.spec.criteria?.objectives?.map((objective) => ({
    ...objective,
    fullName: resolveMetric(objective.metric, experiment, settings) ?? objective.metric,
  }));
}

function byFullName({ fullName, ...objective }: ResolvedObjective): ResolvedObjective {
  return { ...objective, metric: fullName, fullName };
}

function valuesOf(measurements: Measurements): MetricValues {
  return mapValues(measurements, (byVersion) =>
    mapValues(byVersion, (one) => (one.kind === 'Value' ? formatQuantity(one.value) : null)),
  );
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function aggregate(
  measurements: Measurements,
): Pick<NonNullable<Analysis['aggregatedMetrics']>, 'data' | 'message'> {
  const data = mapValues(measurements, (byVersion) => ({
    data: mapValues(byVersion, (one) =>
      one.kind === 'Value' ? { value: formatQuantity(one.value) } : {},
    ),
  }));
  const missing = Object.entries(measurements).flatMap(([metric, byVersion]) =>
    Object.entries(byVersion).flatMap(([version, one]) =>
      one.kind === 'Value' ? [] : [{ ...one, text: `${metric} for ${version}: ${one.message}` }],
    ),
  );
  const texts = (kind: 'Error' | 'NoData'): string[] =>
    firstFew(missing.filter((one) => one.kind === kind).map(({ text }) => text));
  return { data, message: auditMessage({ error: texts('Error'), warning: texts('NoData') }) };
}

/** So many are told in a status that has the evidence besides. */
const FEW = 8;

function firstFew(texts: string[]): string[] {
  if (texts.length <= FEW) return texts;
  return [...texts.slice(0, FEW), `and ${texts.length - FEW} more`];
}

function winnerRecord({
  message,
  ...data
}: WinnerAssessment): Pick<NonNullable<Analysis['winnerAssessment']>, 'data' | 'message'> {
  return { data, ...(message !== undefined && { message }) };
}

function weightsRecord(
  weights: Weight[],
): Pick<NonNullable<Analysis['weights']>, 'data' | 'message'> {
  const message =
    weights.length > 0
      ? auditMessage({ info: ['all ok'] })
      : 'weight computation is not applicable to a conformance experiment';
  return { data: weights, message };
}

/** A candidate that was used too little, or nobody knows how much, has not won; the baseline may have. */
function unlessInDoubt(
  found: WinnerAssessment,
  baseline: string,
  doubt: string | undefined,
): WinnerAssessment {
  if (!doubt || found.winner === undefined || found.winner === baseline) return found;
  return { winnerFound: false, bestVersions: [], message: auditMessage({ warning: [doubt] }) };
}

type Basis = {
  evidence: Evidence[];
  winner: WinnerAssessment;
  seen: Observations;
  mismatch: Why | undefined;
  /** Whether nobody knows how much the best version was used. */
  isInDoubt: boolean;
  /** Whether no weight rises: the look will not count. */
  isHeld: boolean;
};

/**
 * The weights from now on: iter8's rule under Progressive, else those in force. What is not known
 * never costs a candidate its traffic: it keeps what it has, or grows to its exploration share.
 */
function nextWeights(experiment: Experiment, basis: Basis, random: Random): Weight[] {
  const { spec, status } = experiment;
  const versions = versionNames(status!.versionInfo!);
  const current = status!.currentWeightDistribution ?? [];
  if (spec.strategy.testingPattern === 'Conformance') return [];
  if (spec.strategy.deploymentPattern !== 'Progressive') return current;
  const { weights: limits } = spec.strategy;
  const best = basis.winner.bestVersions;
  const recommended = progressiveWeights({ versions, current }, best, limits, random);
  const rule = withinLimits(recommended, current, limits);
  return withBaselineRest(versions, (name) => {
    const held = weightOf(name, current);
    const ruled = weightOf(name, rule);
    const verdicts = verdictsOn(name, basis.evidence);
    if (isProvedBad(name, versions[0]!, verdicts, basis)) return Math.min(held, ruled);
    if (!isInForce(basis.seen.target, current) || basis.mismatch) return held;
    const unproven = basis.isInDoubt ? [...verdicts, 'Undecided' as const] : verdicts;
    const weight = unprovenWeight(unproven, basis.seen.target, { held, ruled });
    return basis.isHeld ? Math.min(held, weight) : weight;
  });
}

/** Whether a version violates an objective that the baseline does not violate as well. */
function isProvedBad(
  name: string,
  baseline: string,
  verdicts: readonly Verdict[],
  { evidence }: Basis,
): boolean {
  if (!verdicts.includes('Violated')) return false;
  return violations(baseline, evidence).some(
    ({ evidence: one, isShared }) => one.version === name && !isShared,
  );
}

/** The next weights build on those in force: intent must not run ahead of what the target has. */
function isInForce(target: TargetObservation, current: readonly Weight[]): target is Observed {
  return target.kind === 'Observed' && sameWeights(target.weights, current);
}

type Observed = Extract<TargetObservation, { kind: 'Observed' }>;

type Random = Circumstances['random'];

function unprovenWeight(
  verdicts: readonly Verdict[],
  { notReady }: Observed,
  { held, ruled }: { held: number; ruled: number },
): number {
  // What the baseline violates too proves nothing.
  if (verdicts.includes('Violated')) return held;
  if (notReady) return Math.min(held, ruled);
  if (verdicts.includes('Error')) return held;
  return verdicts.some(isUnknown) ? Math.max(held, ruled) : ruled;
}

function isUnknown(verdict: Verdict): boolean {
  return verdict === 'NoData' || verdict === 'Undecided';
}
