// Every provider of samples/metrics/providers with its stand-in: what is tested of one is tested of all.
import { datadog } from './datadog.ts';
import { elasticsearch } from './elasticsearch.ts';
import { graphite } from './graphite.ts';
import { influxDb } from './influxDb.ts';
import { jaeger } from './jaeger.ts';
import { newRelic } from './newRelic.ts';
import { openMetrics } from './openMetrics.ts';
import { thanos, victoriaMetrics } from './promQl.ts';
import type { Provider } from './standIn.ts';
import { sysdig } from './sysdig.ts';

export { MODES, type Mode, type Outcomes, type Provider, type StandIn } from './standIn.ts';
export { NAMESPACE, VERSIONS } from './traffic.ts';

/** All providers. */
export const PROVIDERS: readonly Provider[] = [
  openMetrics,
  elasticsearch,
  datadog,
  newRelic,
  jaeger,
  sysdig,
  influxDb,
  graphite,
  thanos,
  victoriaMetrics,
];
