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

/** Good ones, and some that cannot be read. */
export const METRICS: readonly ApiObject[] = [
  metric('latency', NAMESPACE),
  metric('requests', NAMESPACE),
  metric('errors', 'iter8-system'),
  metric('latency', 'other'),
  metric('mocked', NAMESPACE, { mock: [{ name: 'default', level: 20 }] }),
  metric('elsewhere', NAMESPACE, { provider: 'elsewhere' }),
];
