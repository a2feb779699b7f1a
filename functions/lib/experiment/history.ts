import type { Evidence, ExperimentStatus, HistoryPoint } from '../types/experiment.gen.ts';
import { versionNames } from './versions.ts';

const MAX_POINTS = 120;
/** Every iteration reads and writes the whole status: plots must not make it several times as long. */
const MAX_BYTES = 8 * 1024;
/** A point with more is kept without its estimates: the last ones are in the evidence. */
const MAX_POINT_BYTES = MAX_BYTES / 4;
const DIGITS = 4;

/**
 * The history with one point more: the iteration just counted in this status, its weights and what
 * was measured. Where it gets too long, every second point of its older half is dropped, so that
 * the beginning stays in sight, ever more coarsely.
 */
export function withPoint(
  status: ExperimentStatus,
  evidence: readonly Evidence[],
  now: Date,
): HistoryPoint[] {
  const estimates = estimatesOf(versionNames(status.versionInfo!), evidence);
  const point: HistoryPoint = {
    iteration: status.completedIterations!,
    time: now.toISOString(),
    weights: (status.currentWeightDistribution ?? []).map(({ value }) => value),
    ...(estimates.length > 0 && bytesOf(estimates) <= MAX_POINT_BYTES && { estimates }),
  };
  return fitted([...(status.history ?? []), point]);
}

function estimatesOf(
  versions: readonly string[],
  evidence: readonly Evidence[],
): NonNullable<HistoryPoint['estimates']> {
  const metrics = [...new Set(evidence.map(({ metric }) => metric))];
  return metrics.map((metric) => ({
    metric,
    values: versions.map((version) => {
      const found = evidence.find((one) => one.version === version && one.metric === metric);
      return found?.estimate ? String(Number(Number(found.estimate).toPrecision(DIGITS))) : '';
    }),
  }));
}

function fitted(points: HistoryPoint[]): HistoryPoint[] {
  const isTooLong = points.length > MAX_POINTS || bytesOf(points) > MAX_BYTES;
  if (!isTooLong || points.length < 3) return points;
  const half = Math.ceil(points.length / 2);
  return fitted(points.filter((_point, index) => index >= half || index % 2 === 0));
}

function bytesOf(value: object): number {
  return JSON.stringify(value).length;
}
