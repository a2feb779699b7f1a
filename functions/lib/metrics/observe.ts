import type { Measurements, Tallies } from '../experiment/observations.ts';
import { versionNames, versionsOf } from '../experiment/versions.ts';
import type { Experiment, MetricInfo } from '../types/experiment.gen.ts';
import { chooseAlternatives, type Choice } from './alternatives.ts';
import { countAll } from './counts.ts';
import type { Instruments } from './instruments.ts';
import { measureAll } from './measure.ts';
import { shorten } from './refusals.ts';
import { shownQuery } from './request.ts';
import { valuesOf } from './values.ts';

/** What is wanted of the metrics: their values at a time, and counts of those that are named. */
export type Wanted = { evaluationTime: Date; counted: readonly string[] };

/** What the metrics say, and the metrics as they are to be remembered. */
export type MetricsRead = {
  metrics: MetricInfo[];
  measurements: Measurements;
  tallies: Tallies;
};

/**
 * Reads all metrics of an experiment's status: first which alternatives are right, then values, then
 * what was counted since the last look. A backend's failure is part of the result. Throws Failure of
 * kind Unavailable where the API server cannot be reached for a Secret.
 */
export async function observeMetrics(
  experiment: Experiment,
  { evaluationTime, counted }: Wanted,
  instruments: Instruments,
): Promise<MetricsRead> {
  const { versionInfo, metrics = [], countedUntil, startTime } = experiment.status!;
  const values = valuesOf(experiment, versionInfo!.baseline, evaluationTime);
  const choice = await chooseAlternatives(metrics, { evaluationTime, values }, instruments);
  const decided = choice.metrics.filter(({ name }) => !Object.hasOwn(choice.undecided, name));
  const readable = { ...experiment, status: { ...experiment.status!, metrics: decided } };
  const measurements = await measureAll(readable, evaluationTime, instruments);
  const window = { from: new Date(countedUntil ?? startTime!), until: evaluationTime };
  const hasPassed = window.from < window.until;
  const tallies = hasPassed ? await countAll(readable, counted, window, instruments) : {};
  const versions = versionNames(versionInfo!);
  const undecidedToCount = hasPassed ? pick(choice.undecided, counted) : {};
  return {
    metrics: withQueries(
      { ...experiment, status: { ...readable.status, metrics: choice.metrics } },
      evaluationTime,
    ),
    measurements: { ...measurements, ...forEach(versions, choice.undecided) },
    tallies: { ...tallies, ...forEach(versions, undecidedToCount) },
  };
}

function pick(undecided: Choice['undecided'], names: readonly string[]): Choice['undecided'] {
  return Object.fromEntries(Object.entries(undecided).filter(([name]) => names.includes(name)));
}

function forEach<One>(
  versions: readonly string[],
  byMetric: Readonly<Record<string, One>>,
): Record<string, Record<string, One>> {
  return Object.fromEntries(
    Object.entries(byMetric).map(([metric, one]) => [
      metric,
      Object.fromEntries(versions.map((version) => [version, one])),
    ]),
  );
}

/** All queries of a status together; each iteration writes them once more. */
const QUERIES_LENGTH = 8 * 1024;

function withQueries(experiment: Experiment, evaluationTime: Date): MetricInfo[] {
  const { metrics = [], versionInfo } = experiment.status!;
  const versions = versionsOf(versionInfo!);
  const room = Math.floor(QUERIES_LENGTH / (versions.length * metrics.length));
  return metrics.map((metric) => ({
    ...metric,
    queries: versions.map((version) => {
      const values = valuesOf(experiment, version, evaluationTime);
      const query = shownQuery(metric.metricObj.spec, values);
      return { version: version.name, query: shorten(query, room) };
    }),
  }));
}
