import type { Measurement, Measurements } from '../experiment/observations.ts';
import { secondsBetween } from '../experiment/time.ts';
import { versionsOf } from '../experiment/versions.ts';
import type { Api } from '../kubernetes/client.ts';
import { inParallel } from '../parallel.ts';
import type { ExperimentStatus, MetricInfo, VersionDetail } from '../types/experiment.gen.ts';
import { interpolate, queryValues } from './interpolate.ts';
import type { Ask } from './prometheus.ts';
import { credentialsOf, type CredentialsFound } from './secrets.ts';
import { endpointOf, queryOf } from './support.ts';

/** What measuring needs besides the status: the API server for Secrets, a Prometheus, and limits. */
export type Instruments = { api: Api; ask: Ask; deadlineMs: number; concurrency: number };

/**
 * Every metric of the status for every version, all evaluated at one time, side by side up to
 * `concurrency`, all within one deadline. A backend's failure is a measurement. Throws Failure of
 * kind Unavailable where the API server cannot be reached for a Secret.
 */
export async function measureAll(
  status: ExperimentStatus,
  evaluationTime: Date,
  instruments: Instruments,
): Promise<Measurements> {
  const signal = AbortSignal.timeout(instruments.deadlineMs);
  const versions = versionsOf(status.versionInfo!);
  const elapsed = secondsBetween(status.startTime!, evaluationTime);
  const results: Record<string, Record<string, Measurement>> = {};
  const tasks = (status.metrics ?? []).flatMap((metric) => {
    const byVersion: Record<string, Measurement> = (results[metric.name] = {});
    let credentials: Promise<CredentialsFound> | undefined;
    return versions.map((version) => async () => {
      credentials ??= credentialsOf(instruments.api, metric.name, metric.metricObj.spec);
      const found = await credentials;
      const request = { metric, version, elapsed, evaluationTime, signal };
      byVersion[version.name] = await measure(request, found, instruments.ask);
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
  signal: AbortSignal;
};

function measure(
  { metric, version, elapsed, evaluationTime, signal }: Request,
  found: CredentialsFound,
  ask: Ask,
): Promise<Measurement> {
  if ('reason' in found) return Promise.resolve({ kind: 'Error', ...found });
  const { spec } = metric.metricObj;
  return ask({
    endpoint: endpointOf(spec),
    query: interpolate(queryOf(spec) ?? '', queryValues(version, elapsed)),
    evaluationTime,
    ...found.credentials,
    signal,
  });
}
