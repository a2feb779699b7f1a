// What becomes of Metrics that were written for iter8: found by our own checks.
import { secretProblem } from '../../functions/lib/metrics/secrets.ts';
import { queryOf, sourceOf } from '../../functions/lib/metrics/source.ts';
import { unsupportedMetric } from '../../functions/lib/metrics/support.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { only, type Verdict } from '../experiment/compatibility.ts';

/** A Metric as it was written, before the API server fills in what has a default. */
export type MetricSample = {
  kind: 'Metric';
  metadata: { name: string };
  spec: Partial<MetricSpec>;
};

/** What becomes of a Metric, in the namespace of its Secret where it names one. */
export function metricVerdictOn({ spec: given }: MetricSample): Verdict {
  const params = given.params ?? undefined;
  const spec: MetricSpec = { type: 'Gauge', method: 'GET', ...given, params };
  const namespace = spec.secret?.includes('/') ? spec.secret.split('/')[0]! : 'team';
  const problem = unsupportedMetric(spec) ?? (spec.secret && secretProblem(spec.secret, namespace));
  if (problem) return { result: 'refused', message: problem };
  const query = queryOf(spec) ?? '';
  const source = sourceOf(spec);
  const differences = only([
    ['own Secret', spec.secret !== undefined],
    ['TLS is checked', source !== 'Builtin' && Boolean(spec.urlTemplate?.startsWith('https:'))],
    ['nothing is collected', source === 'Builtin'],
    ['Knative up to 1.18', query.includes('revision_app_request')],
    ['0 for no data', query.includes('vector(0)')],
  ]);
  return { result: 'runs', differences };
}
