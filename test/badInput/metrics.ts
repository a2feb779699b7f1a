// The metrics that experiments mention here.
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { NAMESPACE } from './experiments.ts';

const QUERY = {
  provider: 'prometheus',
  urlTemplate: 'http://prometheus:9090/api/v1/query',
  params: [{ name: 'query', value: 'up{version="$name"}' }],
};

function metric(name: string, namespace: string, different: object = {}): ApiObject {
  const spec = { ...QUERY, ...different };
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Metric',
    metadata: { name, namespace },
    spec,
  };
}

const RATE = { kind: 'Rate', events: 'failed_total', trials: 'all_total' };
const MEAN = { kind: 'Mean', sum: 'failed_total', count: 'all_total' };

/** Ways to say how a value comes about from which nothing can be proved. */
const WRONG_EVIDENCE: readonly object[] = [
  { kind: 'Rate' },
  { ...RATE, trials: '' },
  { ...RATE, events: 'all_total', trials: 'failed_total' },
  { ...RATE, unitFactor: 0 },
  { ...RATE, unitFactor: '9e99' },
  { ...RATE, events: 'nothing_total' },
  { ...RATE, trials: 'nothing_total' },
  { ...RATE, events: 'rate(failed_total[5m])' },
  { ...RATE, trials: 'strange_total' },
  { kind: 'Quantile', buckets: 'all_total' },
  { kind: 'Quantile', buckets: 'all_total', quantile: '0.95' },
  { kind: 'Quantile', buckets: 'all_bucket', quantile: '2' },
  { kind: 'Quantile', buckets: 'all_bucket', quantile: '0.000000001' },
  MEAN,
  { ...MEAN, highest: 0 },
  { ...MEAN, lowest: '1', highest: '2' },
  { ...MEAN, sumOfSquares: 'nothing_total' },
  { ...MEAN, sumOfSquares: 'failed_total', highest: '-5' },
  { ...MEAN, sumOfSquares: 'strange_total', highest: '1' },
];

const ODD = WRONG_EVIDENCE.map((evidence, index) =>
  metric(`odd-${index}`, NAMESPACE, { evidence }),
);

/** The names of metrics from which nothing can be proved. */
export const UNPROVABLE: readonly string[] = [
  'latency',
  'mocked',
  'elsewhere',
  ...ODD.map(({ metadata }) => metadata.name),
];

/** Good ones, and some that cannot be read. */
export const METRICS: readonly ApiObject[] = [
  metric('latency', NAMESPACE),
  metric('requests', NAMESPACE),
  metric('errors', 'iter8-system'),
  metric('latency', 'other'),
  metric('mocked', NAMESPACE, { mock: [{ name: 'default', level: 20 }] }),
  metric('elsewhere', NAMESPACE, { provider: 'elsewhere' }),
  metric('failures', NAMESPACE, { evidence: RATE }),
  metric('sales', NAMESPACE, { evidence: { ...RATE, events: 'sold_total' } }),
  ...ODD,
];
