import { weightOf } from '../analysis/weights.ts';
import type { Experiment, ExperimentStatus, TargetStatus } from '../types/experiment.gen.ts';
import { resolveMetric } from './metricNames.ts';
import type { Measurements, TargetObservation, Why } from './observations.ts';
import { intervalOf, type Settings } from './settings.ts';
import { secondsBetween } from './time.ts';
import { versionNames } from './versions.ts';

const PATIENCE_SECONDS = 30;
/** Metrics may be pushed at longer intervals than they are scraped: a minute is OTLP's usual one. */
const PATIENCE_SCRAPES = 6;
/** Without a request count: so many intervals without data are no accident of low traffic. */
const PATIENCE_INTERVALS = 5;
/** With a request count: so many requests should have come. P(none of 10 expected) is 5e-5. */
const EXPECTED_REQUESTS = 10;

/** Since when no candidate is fine, and the reason to end for it, if it has lasted too long. */
export type Watch = { target: TargetStatus; trouble?: Why | undefined };

/** A look at the target alone: whether the candidate is ready, and since when it is not. */
export function watchReadiness(
  status: ExperimentStatus,
  seen: TargetObservation,
  now: Date,
): Watch {
  const { notReadySince, ...rest } = status.target ?? {};
  if (seen.kind !== 'Observed') return { target: status.target ?? {} };
  if (!seen.notReady) return { target: rest };
  const since = notReadySince ?? now.toISOString();
  const message = `the candidate has not been ready since ${since}: ${seen.notReady}`;
  const isOver = secondsBetween(since, now) >= PATIENCE_SECONDS;
  return {
    target: { ...rest, notReadySince: since },
    trouble: isOver ? { reason: 'CandidateNotReady', message } : undefined,
  };
}

/** A look at the metrics: whether no candidate gives any while the baseline gives some. */
export function watchData(
  experiment: Experiment,
  target: TargetStatus,
  measurements: Measurements,
  { settings, now }: { settings: Settings; now: Date },
): Watch {
  const { noDataSince, ...rest } = target;
  const [baseline, ...candidates] = versionNames(experiment.status!.versionInfo!);
  const isMute =
    shareOf(candidates, experiment.status!) > 0 &&
    hasData(baseline!, measurements) &&
    candidates.every((candidate) => gaveNothing(candidate, measurements));
  if (!isMute) return { target: rest };
  const since = noDataSince ?? now.toISOString();
  const message = `no metric has had a value for ${candidates.join(', ')} since ${since}, while ${baseline!} has values: is the candidate reached, and are its metrics collected?`;
  const isOver = hasLasted(experiment, measurements, settings, secondsBetween(since, now));
  return {
    target: { ...rest, noDataSince: since },
    trouble: isOver ? { reason: 'CandidateNotReady', message } : undefined,
  };
}

/** The part of the traffic that some versions are to have together, in percent. */
function shareOf(
  versions: readonly string[],
  { currentWeightDistribution = [] }: ExperimentStatus,
): number {
  return versions.reduce((sum, name) => sum + weightOf(name, currentWeightDistribution), 0);
}

function hasData(version: string, measurements: Measurements): boolean {
  return Object.values(measurements).some((byVersion) => {
    const measurement = byVersion[version];
    return measurement?.kind === 'Value' && measurement.value !== 0;
  });
}

/** A zero is no data here: a count of no requests says that nothing came. An error says nothing. */
function gaveNothing(version: string, measurements: Measurements): boolean {
  const all = Object.values(measurements).map((byVersion) => byVersion[version]);
  const isEmpty = all.every(
    (one) => one?.kind === 'NoData' || (one?.kind === 'Value' && one.value === 0),
  );
  return isEmpty && all.some((one) => one?.kind === 'NoData');
}

function hasLasted(
  experiment: Experiment,
  measurements: Measurements,
  settings: Settings,
  seconds: number,
): boolean {
  const scraped = PATIENCE_SCRAPES * settings.scrapeIntervalSeconds;
  if (seconds < Math.max(PATIENCE_SECONDS, scraped)) return false;
  const expected = expectedRequests(experiment, measurements, settings);
  if (expected !== undefined) return expected >= EXPECTED_REQUESTS;
  return seconds >= PATIENCE_INTERVALS * intervalOf(experiment, settings);
}

/**
 * How many requests the candidates should have had by the baseline's count, at the least share that
 * they can have had. Worked: 1500 requests of the baseline and 1 % → 15.
 */
function expectedRequests(
  experiment: Experiment,
  measurements: Measurements,
  settings: Settings,
): number | undefined {
  const { spec, status } = experiment;
  const name = spec.criteria?.requestCount;
  const metric = name && resolveMetric(name, experiment, settings);
  const [baseline, ...candidates] = versionNames(status!.versionInfo!);
  const count = metric ? measurements[metric]?.[baseline!] : undefined;
  if (count?.kind !== 'Value') return undefined;
  const isFixed = spec.strategy.deploymentPattern === 'FixedSplit';
  const percent = isFixed ? shareOf(candidates, status!) : 1;
  return (count.value * percent) / Math.max(1, 100 - percent);
}
