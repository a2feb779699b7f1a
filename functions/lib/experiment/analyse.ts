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
import { judge, verdictsOn, violations, type ResolvedObjective } from './evidence.ts';
import { sameWeights, withBaselineRest } from './firstWeights.ts';
import type { Circumstances, Observations } from './iterate.ts';
import { resolveMetric } from './metricNames.ts';
import type { Measurements, TargetObservation } from './observations.ts';
import type { Settings } from './settings.ts';
import { versionNames } from './versions.ts';

/** What one look at the metrics says. */
export type Findings = {
  evidence: Evidence[];
  winner: WinnerAssessment;
  /** The weights to be in force from now on, in version order; empty for Conformance. */
  weights: Weight[];
  /** The part of the status that records all this. */
  status: Partial<ExperimentStatus>;
};

/** Judges every version by its measurements, finds the winner by iter8's rule, and the weights. */
export function analyse(
  experiment: Experiment,
  seen: Observations,
  { settings, now, random }: Circumstances,
): Findings {
  const versions = versionNames(experiment.status!.versionInfo!);
  const objectives = resolvedObjectives(experiment, settings);
  const evidence = judge(versions, objectives ?? [], seen.measurements);
  const values = valuesOf(seen.measurements);
  const assessments = assessVersions(versions, objectives?.map(byFullName), values);
  const pattern = experiment.spec.strategy.testingPattern;
  const winner = assessWinner(pattern, { versions, assessments: assessments.data });
  const weights = nextWeights(experiment, { evidence, winner, seen }, random);
  const stamp = { provenance: 'iter8-kserve', timestamp: now.toISOString() };
  const analysis: Analysis = {
    ...experiment.status!.analysis,
    aggregatedMetrics: { ...stamp, ...aggregate(seen.measurements) },
    versionAssessments: { ...stamp, ...assessments },
    winnerAssessment: { ...stamp, ...winnerRecord(winner) },
    weights: { ...stamp, ...weightsRecord(weights) },
  };
  return {
    evidence,
    winner,
    weights,
    status: {
      analysis,
      evidence,
      currentWeightDistribution: weights,
      versionRecommendedForPromotion: winner.winner ?? versions[0]!,
    },
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
    missing.filter((one) => one.kind === kind).map(({ text }) => text);
  return { data, message: auditMessage({ error: texts('Error'), warning: texts('NoData') }) };
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

type Basis = { evidence: Evidence[]; winner: WinnerAssessment; seen: Observations };

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
    if (!isInForce(basis.seen.target, current)) return held;
    return unprovenWeight(verdicts, basis.seen.target, { held, ruled });
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
  return verdicts.includes('NoData') ? Math.max(held, ruled) : ruled;
}
