import {
  assessVersions,
  type MetricValues,
  type VersionAssessments,
} from '../analysis/assessment.ts';
import { auditMessage } from '../analysis/audit.ts';
import { formatQuantity } from '../analysis/quantity.ts';
import type { Weight } from '../analysis/weights.ts';
import type { WinnerAssessment } from '../analysis/winner.ts';
import type {
  Analysis,
  Evidence,
  Experiment,
  ExperimentStatus,
  Exposure,
} from '../types/experiment.gen.ts';
import { hasErrors, unlessTooFew, type ResolvedObjective } from './evidence.ts';
import { renewed, tooFewRequests, useOf, type Use } from './exposure.ts';
import type { Circumstances, Observations } from './iterate.ts';
import {
  evidenceOnObjectives,
  evidenceOnRewards,
  lookProof,
  requestsBetweenLooks,
  winnerBy,
  type Look,
} from './judgement.ts';
import { resolveMetric } from './metricNames.ts';
import { nextWeights } from './nextWeights.ts';
import type { Measurements, Why } from './observations.ts';
import { isFrozenWhole } from './pause.ts';
import type { LookProof } from './proof.ts';
import type { Settings } from './settings.ts';
import { isProven } from './strength.ts';
import { versionNames } from './versions.ts';

/** What one look at the metrics says. */
export type Findings = {
  evidence: Evidence[];
  winner: WinnerAssessment;
  /** The weights to be in force from now on, in version order; empty for Conformance. */
  weights: Weight[];
  /** Why the traffic cannot have been divided as it was meant to be, if so. */
  mismatch: Why | undefined;
  /** What is proved; undefined where nothing is to be. */
  proof: LookProof | undefined;
  /** The part of the status that records all this. */
  status: Partial<ExperimentStatus>;
};

/** Judges every version by what was seen, finds the winner, and the weights from now on. */
export function analyse(experiment: Experiment, seen: Observations, by: Circumstances): Findings {
  const { settings, random } = by;
  const use = useOf(experiment, seen.measurements, settings);
  const proof = isProven(experiment.spec) ? lookProof(experiment, seen, by) : undefined;
  const account = { experiment, seen, settings, proof };
  const judged = judge(account, use);
  const { mismatch } = use;
  const isHeld = isFrozenWhole(experiment, by.freeze) || hasErrors(judged.evidence);
  const weights = nextWeights(experiment, {
    ...{ ...judged, proof, mismatch, isHeld, random, target: seen.target },
    requests: proof ? requestsBetweenLooks(experiment, seen, settings) : 0,
  });
  const found = { ...judged, weights, mismatch, proof };
  const exposure = renewed(use, experiment, weights, settings);
  return { ...found, status: statusOf(account, { ...found, isHeld, exposure }, by.now) };
}

type Judged = {
  evidence: Evidence[];
  winner: WinnerAssessment;
  assessments: VersionAssessments;
  /** Whether nobody knows how much the best version was used. */
  isInDoubt: boolean;
};

/** The evidence and the winner, as far as the versions were used enough to have either. */
function judge(look: Look, use: Use): Judged {
  const { experiment, seen, settings } = look;
  const versions = versionNames(experiment.status!.versionInfo!);
  const objectives = resolvedObjectives(experiment, settings);
  const tooFew = (version: string): string | undefined => tooFewRequests(experiment, version, use);
  const evidence = [
    ...evidenceOnObjectives(look, objectives ?? []),
    ...evidenceOnRewards(look),
  ].map((one) => unlessTooFew(one, tooFew(one.version)));
  const values = valuesOf(seen.measurements);
  const assessments = assessVersions(versions, objectives?.map(byFullName), values);
  const best = winnerBy(look, { evidence, assessments: assessments.data, values });
  const doubt = use.mismatch?.message ?? tooFew(best.winner ?? '');
  const winner = unlessInDoubt(best, versions[0]!, doubt);
  return { evidence, winner, assessments, isInDoubt: doubt !== undefined };
}

type Found = Omit<Judged, 'isInDoubt'> & {
  weights: Weight[];
  exposure: Exposure[];
  /** Whether the look will not count, so that nothing is to be remembered of it. */
  isHeld: boolean;
};

/** The part of the status that records a look. */
function statusOf(
  { experiment, seen, proof }: Look,
  { evidence, winner, weights, assessments, exposure, isHeld }: Found,
  now: Date,
): Partial<ExperimentStatus> {
  const { analysis, versionInfo } = experiment.status!;
  const isToBeKept = proof !== undefined && !isHeld;
  return {
    analysis: {
      ...analysis,
      ...analysisOf({ winner, weights, assessments, seen }, now),
      ...(isToBeKept && { state: proof.state }),
    },
    evidence,
    ...(isToBeKept && { countedUntil: countedUntil(experiment, seen) }),
    ...(exposure.length > 0 && { exposure }),
    currentWeightDistribution: weights,
    versionRecommendedForPromotion: winner.winner ?? versionInfo!.baseline.name,
  };
}

/** Until when everything is counted now: never earlier than before, nor than the start. */
function countedUntil({ status }: Experiment, { evaluationTime }: Observations): string {
  const { startTime, countedUntil: before = startTime! } = status!;
  return evaluationTime > new Date(before) ? evaluationTime.toISOString() : before;
}

type Account = Pick<Findings, 'winner' | 'weights'> & {
  assessments: VersionAssessments;
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
