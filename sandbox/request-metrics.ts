import { Counter, Histogram, Registry } from 'prom-client';

/** Where a request was served, as Knative names it. */
export interface RevisionLabels {
  namespace: string;
  service: string;
  revision: string;
}

/** Request metrics of any number of revisions, under the names of both of Knative's eras. */
export interface RequestMetrics {
  observe(labels: RevisionLabels, status: number, latencyMs: number): void;
  /** Drops the series of a revision, as happens when its pods go. */
  forget(labels: RevisionLabels): void;
  /** Prometheus text. A series exists only once a request has produced it. */
  text(): Promise<string>;
}

const BUCKETS_MS = [
  5, 10, 20, 40, 60, 80, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000,
  2000, 5000, 10_000, 20_000, 50_000, 100_000,
];
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const OLD_LABELS = [
  'namespace_name',
  'service_name',
  'configuration_name',
  'revision_name',
  'response_code',
  'response_code_class',
];
const NEW_LABELS = [
  'k8s_namespace_name',
  'kn_service_name',
  'kn_configuration_name',
  'kn_revision_name',
  'http_response_status_code',
];

function oldLabels(labels: RevisionLabels, status: number): Record<string, string> {
  return {
    namespace_name: labels.namespace,
    service_name: labels.service,
    configuration_name: labels.service,
    revision_name: labels.revision,
    response_code: String(status),
    response_code_class: `${Math.floor(status / 100)}xx`,
  };
}

function newLabels(labels: RevisionLabels, status: number): Record<string, string> {
  return {
    k8s_namespace_name: labels.namespace,
    kn_service_name: labels.service,
    kn_configuration_name: labels.service,
    kn_revision_name: labels.revision,
    http_response_status_code: String(status),
  };
}

/** Request metrics with the names, labels, units and buckets of Knative before and since 1.19. */
export function createRequestMetrics(): RequestMetrics {
  const registers = [new Registry()];
  const describe = (name: string, labelNames: string[]) => ({
    name,
    help: name.replaceAll('_', ' '),
    labelNames,
    registers,
  });
  const count = new Counter(describe('revision_app_request_count', OLD_LABELS));
  const latencies = new Histogram({
    ...describe('revision_app_request_latencies', OLD_LABELS),
    buckets: BUCKETS_MS,
  });
  const duration = new Histogram({
    ...describe('kn_serving_invocation_duration_seconds', NEW_LABELS),
    buckets: BUCKETS_SECONDS,
  });
  const seen = new Map<string, Set<number>>();
  return {
    observe(labels, status, latencyMs) {
      const key = keyOf(labels);
      seen.set(key, (seen.get(key) ?? new Set()).add(status));
      count.inc(oldLabels(labels, status));
      latencies.observe(oldLabels(labels, status), latencyMs);
      duration.observe(newLabels(labels, status), latencyMs / 1000);
    },
    forget(labels) {
      for (const status of seen.get(keyOf(labels)) ?? []) {
        count.remove(oldLabels(labels, status));
        latencies.remove(oldLabels(labels, status));
        duration.remove(newLabels(labels, status));
      }
      seen.delete(keyOf(labels));
    },
    text: async () => (await Promise.all(registers.map((r) => r.metrics()))).join(''),
  };
}

function keyOf(labels: RevisionLabels): string {
  return `${labels.namespace}/${labels.service}/${labels.revision}`;
}
