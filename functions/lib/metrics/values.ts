import { secondsBetween } from '../experiment/time.ts';
import type { Experiment, VersionDetail } from '../types/experiment.gen.ts';
import type { MetricSpec } from '../types/metric.gen.ts';
import { queryValues, undefinedIn } from './interpolate.ts';

/** What the placeholders of a version's queries stand for. */
export function valuesOf(
  experiment: Experiment,
  version: VersionDetail,
  evaluationTime: Date,
): Record<string, string> {
  const { metadata, status } = experiment;
  return queryValues(version, secondsSinceStart(experiment, evaluationTime), {
    namespace: metadata.namespace,
    startTime: new Date(status!.startTime!),
    endTime: evaluationTime,
  });
}

/** How long an experiment has run. */
export function secondsSinceStart({ status }: Experiment, evaluationTime: Date): number {
  return secondsBetween(status!.startTime!, evaluationTime);
}

/** Whom a Metric asks, as far as its template says: what has the same host shares its concurrency. */
export function backendOf({ urlTemplate = '' }: MetricSpec): string {
  return URL.parse(urlTemplate)?.host ?? urlTemplate;
}

/** What a text asks for that a version does not say, and what to do; undefined where there is nothing. */
export function undefinedProblem(
  text: string,
  values: Readonly<Record<string, string>>,
  { name }: VersionDetail,
): string | undefined {
  const [missing] = undefinedIn(text, values);
  if (missing === undefined) return undefined;
  return `the query has $${missing}, and version ${name} has no such variable; add it in spec.versionInfo`;
}
