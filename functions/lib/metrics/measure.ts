import type { Measurement, Measurements } from '../experiment/observations.ts';
import { secondsBetween } from '../experiment/time.ts';
import { versionsOf } from '../experiment/versions.ts';
import { inParallel } from '../parallel.ts';
import type { ExperimentStatus, MetricInfo, VersionDetail } from '../types/experiment.gen.ts';
import type { Instruments } from './instruments.ts';
import { interpolate, queryValues } from './interpolate.ts';
import { endpointOf, queryOf } from './support.ts';

/**
 * Every metric of the status for every version, all evaluated at one time, side by side up to the
 * instruments' concurrency, within their time. A backend's failure is a measurement. Throws Failure
 * of kind Unavailable where the API server cannot be reached for a Secret.
 */
export async function measureAll(
  status: ExperimentStatus,
  evaluationTime: Date,
  instruments: Instruments,
): Promise<Measurements> {
  const versions = versionsOf(status.versionInfo!);
  const elapsed = secondsBetween(status.startTime!, evaluationTime);
  const results: Record<string, Record<string, Measurement>> = {};
  const tasks = (status.metrics ?? []).flatMap((metric) => {
    const byVersion: Record<string, Measurement> = (results[metric.name] = {});
    return versions.map((version) => async () => {
      const request = { metric, version, elapsed, evaluationTime };
      byVersion[version.name] = await measure(request, instruments);
    });
  });
  await inParallel(tasks, instruments.concurrency);
  return results;
}

type Request = {
  metric: MetricInfo;
  version: VersionDetail;
  elapsed: number;
  evaluationTime: Date;
};

async function measure(
  { metric, version, elapsed, evaluationTime }: Request,
  { ask, credentialsOf, signal }: Instruments,
): Promise<Measurement> {
  const found = await credentialsOf(metric);
  if ('reason' in found) return { kind: 'Error', ...found };
  const { spec } = metric.metricObj;
  return ask({
    endpoint: endpointOf(spec),
    query: interpolate(queryOf(spec) ?? '', queryValues(version, elapsed)),
    evaluationTime,
    ...found.credentials,
    signal,
  });
}
