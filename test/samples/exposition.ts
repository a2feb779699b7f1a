// What a revision's queue-proxy would expose, for known traffic.

/** Requests a second by answer. */
export type Traffic = { namespace: string; revision: string; good: number; bad: number };

/** Every request takes 20 ms, so the bucket from 10 to 25 ms has them all. */
const LATENCY_MS = 20;
const EDGES_MS = [5, 10, 25, 50];

/** What a revision's pods expose. */
export type Style = 'labelled' | 'bare' | 'old';

/**
 * Prometheus text of the counters after some seconds. `labelled`: revision and namespace stand on
 * each series, under the old names and the new; `bare`: the new names, with both on target_info;
 * `old`: the old names alone.
 */
export function exposition(traffic: Traffic, style: Style, seconds: number): string {
  const { namespace, revision } = traffic;
  if (style === 'old') return oldStyle(traffic, seconds);
  if (style === 'bare') {
    // As Prometheus labels what it scrapes of a pod.
    const pod = `namespace="${namespace}",pod="${revision}-deployment-5d9-x7k2p"`;
    const info = `target_info{${pod},k8s_namespace_name="${namespace}",kn_revision_name="${revision}"} 1\n`;
    return info + newStyle(traffic, `,${pod}`, seconds);
  }
  const promoted = `,k8s_namespace_name="${namespace}",kn_revision_name="${revision}"`;
  return newStyle(traffic, promoted, seconds) + oldStyle(traffic, seconds);
}

function newStyle({ good, bad }: Traffic, labels: string, seconds: number): string {
  const name = 'kn_serving_invocation_duration_seconds';
  const series = (code: string, rate: number): string =>
    histogram(name, `http_response_status_code="${code}"${labels}`, rate * seconds, 1000);
  return series('200', good) + (bad > 0 ? series('500', bad) : '');
}

function oldStyle({ namespace, revision, good, bad }: Traffic, seconds: number): string {
  const name = 'revision_app_request_latencies';
  const labels = `namespace_name="${namespace}",revision_name="${revision}"`;
  const series = (kind: string, rate: number): string =>
    histogram(name, `response_code_class="${kind}",${labels}`, rate * seconds, 1);
  return series('2xx', good) + (bad > 0 ? series('5xx', bad) : '');
}

/** A histogram with so many requests; `perUnit` milliseconds are one of its units. */
function histogram(name: string, labels: string, count: number, perUnit: number): string {
  const buckets = EDGES_MS.map((edge) => {
    const below = edge >= LATENCY_MS ? count : 0;
    return `${name}_bucket{${labels},le="${edge / perUnit}"} ${below}\n`;
  });
  const all = `${name}_bucket{${labels},le="+Inf"} ${count}\n`;
  const sum = `${name}_sum{${labels}} ${(count * LATENCY_MS) / perUnit}\n`;
  return `${buckets.join('')}${all}${sum}${name}_count{${labels}} ${count}\n`;
}
