// Counting with the evidence of three Metrics, for a baseline and a candidate.
import type { Tallies, Tally, Window } from '../../functions/lib/experiment/observations.ts';
import { countAll } from '../../functions/lib/metrics/counts.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { prometheus, prometheusSeries } from '../../functions/lib/metrics/prometheus.ts';
import type { ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricEvidence } from '../../functions/lib/types/metric.gen.ts';

import { experimentObject } from '../kubernetes/experiment-object.ts';
import { UNUSED } from './outfit.ts';

const POLICY = { allowedHosts: [], allowsLoopback: true };
const ask = prometheus(POLICY);
const askSeries = prometheusSeries(POLICY);
/** Of the counters in `real-counts.test.ts`. */
export const RATE: MetricEvidence = {
  kind: 'Rate',
  trials: "requests_total{revision='$revision'}",
  events: "requests_total{revision='$revision',code='500'}",
};
/** Of the counters in `real-counts.test.ts`. */
export const QUANTILE: MetricEvidence = {
  kind: 'Quantile',
  buckets: "took_seconds_bucket{revision='$revision'}",
  quantile: '0.95',
  unitFactor: 1000,
};
/** Of the counters in `real-counts.test.ts`. */
export const MEAN: MetricEvidence = {
  kind: 'Mean',
  sum: "took_seconds_sum{revision='$revision'}",
  count: "took_seconds_count{revision='$revision'}",
  highest: '300k',
  unitFactor: 1000,
};

function statusOf(evidence: Record<string, MetricEvidence>, url: string): ExperimentStatus {
  const version = (name: string, revision: string): object => ({
    name,
    variables: [{ name: 'revision', value: revision }],
  });
  return {
    startTime: '2026-01-01T00:00:00Z',
    versionInfo: { baseline: version('still', 'still'), candidates: [version('mine', 'mine')] },
    metrics: Object.entries(evidence).map(([name, one]) => ({
      name: `team/${name}`,
      metricObj: {
        spec: {
          provider: 'prometheus',
          urlTemplate: `${url}/api/v1/query`,
          evidence: one,
        },
      },
    })),
  } as ExperimentStatus;
}

type Limits = { deadlineMs: number; concurrency: number };

/** What is counted by Metric and version, all of it in one go. */
export function count(
  evidence: Record<string, MetricEvidence>,
  window: Window,
  url: string,
  limits: Limits = { deadlineMs: 5000, concurrency: 4 },
): Promise<Tallies> {
  const instruments = instrumentsOf({ ...UNUSED, ask, askSeries, ...limits });
  const names = Object.keys(evidence).map((name) => `team/${name}`);
  return countAll(
    experimentObject({ status: statusOf(evidence, url) }),
    names,
    window,
    instruments,
  );
}

/** What is counted of one Metric for the candidate, whose revision is called mine. */
export async function countOne(
  evidence: MetricEvidence,
  window: Window,
  url: string,
): Promise<Tally> {
  return (await count({ one: evidence }, window, url))['team/one']!['mine']!;
}
