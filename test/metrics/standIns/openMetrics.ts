// Metrics as a version exposes them: https://prometheus.io/docs/specs/om/open_metrics_spec/, and
// https://prometheus.io/docs/instrumenting/exposition_formats/ for who does not ask for OpenMetrics.
// On port 9091 Knative's queue-proxy, on 8080 a KServe model server. What says 401 or 429 is a
// sidecar's Envoy: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/local_rate_limit_filter
import type { Answer, Asked } from '../../stub-server.ts';
import { provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const BUCKETS = [0.005, 0.05, 0.1, 0.25, 1];

/** Where a scrape goes: the stand-in takes the host that was meant as the first part of the path. */
const TARGET =
  /^\/(?<service>[a-z0-9-]+)\.(?<namespace>[a-z0-9-]+)(?:\.svc)?:(?<port>\d+)\/metrics$/;

function answer({ method, path, headers }: Asked, traffic: Traffic, isPartial: boolean): Answer {
  const { service = '', namespace, port = '' } = TARGET.exec(path)?.groups ?? {};
  const write = method === 'GET' ? PAGES[port] : undefined;
  if (!write) return { status: 404, text: '404 page not found\n' };
  const revision = service.replace(/-(?:private|metrics)$/, '');
  const requests = (namespace === NAMESPACE && traffic[revision]) || [];
  const text = write(
    summaryOf(requests),
    requests.map(({ milliseconds }) => milliseconds / 1000),
  );
  return exposed(text, headers.accept ?? '', isPartial);
}

function exposed(page: string, accept: string, isPartial: boolean): Answer {
  const isOpen = accept.includes('application/openmetrics-text');
  const text = isOpen ? `${page}# EOF\n` : page;
  const type = isOpen
    ? 'application/openmetrics-text; version=1.0.0; charset=utf-8'
    : 'text/plain; version=0.0.4; charset=utf-8';
  return { text: isPartial ? text.slice(0, -30) : text, headers: { 'content-type': type } };
}

/** Port → its page, of a version's summary and of how many seconds each request took. */
const PAGES: Record<string, (summary: Summary | undefined, seconds: number[]) => string> = {
  '9091': queueProxy,
  '8080': modelServer,
};

function queueProxy(summary: Summary | undefined, seconds: number[]): string {
  const name = 'kn_serving_invocation_duration_seconds';
  const errors = summary?.errors ?? 0;
  // The first requests are those that failed.
  const bySeconds = { '500': seconds.slice(0, errors), '200': seconds.slice(errors) };
  const lines = Object.entries(bySeconds)
    .filter(([, some]) => some.length > 0)
    .flatMap(([code, some]) => histogram(name, `http_response_status_code="${code}"`, some));
  return page([
    `# HELP ${name} The duration of task execution`,
    `# TYPE ${name} histogram`,
    ...lines,
    '# TYPE kn_serving_queue_depth gauge',
    'kn_serving_queue_depth{otel_scope_name="knative.dev/serving/pkg/queue"} 0.0',
  ]);
}

function modelServer(_summary: Summary | undefined, seconds: number[]): string {
  const name = 'request_predict_seconds';
  const lines = seconds.length > 0 ? histogram(name, 'model_name="sklearn-iris"', seconds) : [];
  return page([
    `# HELP ${name} predict request latency`,
    `# TYPE ${name} histogram`,
    ...lines,
    '# TYPE process_resident_memory_bytes gauge',
    'process_resident_memory_bytes 2.5e+08',
  ]);
}

function histogram(name: string, labels: string, seconds: number[]): string[] {
  const sum = seconds.reduce((total, one) => total + one, 0);
  const buckets = BUCKETS.map((le) => {
    const count = seconds.filter((one) => one <= le).length;
    return `${name}_bucket{${labels},le="${le}"} ${count}`;
  });
  return [
    ...buckets,
    `${name}_bucket{${labels},le="+Inf"} ${seconds.length}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${seconds.length}`,
  ];
}

function page(lines: string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** A version's own endpoint. A page that is cut off is a bad one; a query that could be bad there is not. */
export const openMetrics = provide({
  provider: 'openmetrics',
  sample: 'samples/metrics/providers/openmetrics.yaml',
  secret: {},
  expected: {
    'openmetrics-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'openmetrics-error-rate': expectedOf(({ errors, requests }) => errors / requests),
    'openmetrics-predict-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
  },
  outcomes: { partial: 'BadAnswer', error: 'ServerError' },
  urlAt: (urlTemplate, { url }) => urlTemplate.replace(/^https?:\//, url),
  service: {
    letsIn: () => true,
    answer,
    error: {
      status: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      text: 'An error has occurred while serving metrics:\n\nerror gathering metrics: collected metric was collected before with the same name and label values\n',
    },
    unauthorized: {
      status: 403,
      headers: { 'content-type': 'text/plain' },
      text: 'RBAC: access denied',
    },
    rateLimited: {
      status: 429,
      headers: { 'content-type': 'text/plain', 'x-local-rate-limit': 'true' },
      text: 'local_rate_limited',
    },
  },
});
