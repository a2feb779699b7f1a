// Series of a queue-proxy's request metrics over time, as promtool takes them.

export const STEP_SECONDS = 15;
export const LAST_STEP = 40;
const LATENCY_MS = 20;

/** Requests of a pod that were answered with one status, all in 20 ms. */
export type Requests = {
  code: number;
  pod: string;
  /** Host and port; the pod's own by default. */
  address?: string;
  revision?: string;
  /** The steps at which the pod is first and last scraped, and one at which that fails. */
  from: number;
  to?: number;
  missing?: number;
  /** How many there are at first, and how many more at each step. */
  count: number;
  perStep: number;
};

/** How an era of Knative names things. */
type Style = {
  name: string;
  labels: (requests: Requests) => string;
  /** The pod's target_info, where the revision is only there. */
  info?: (requests: Requests) => string;
  /** How many of its units a millisecond is. */
  unit: number;
};

type Series = { series: string; values: string };

const NEW_NAME = 'kn_serving_invocation_duration_seconds';
const target = ({ pod, address = pod }: Requests): string =>
  `job="j",instance="${address}",pod="${pod}"`;
const resource = ({ revision = 'mine' }: Requests): string =>
  `k8s_namespace_name="models",kn_revision_name="${revision}"`;

/** By the folder of the pack that reads them. */
export const PACKS: Record<string, Style> = {
  'knative-1.18': {
    name: 'revision_app_request_latencies',
    labels: (requests) =>
      `response_code_class="${Math.floor(requests.code / 100)}xx",namespace_name="models",` +
      `revision_name="${requests.revision ?? 'mine'}",${target(requests)}`,
    unit: 1,
  },
  'knative-1.19': {
    name: NEW_NAME,
    labels: (requests) =>
      `http_response_status_code="${requests.code}",${resource(requests)},${target(requests)}`,
    unit: 1 / 1000,
  },
  'knative-1.19-scrape': {
    name: NEW_NAME,
    labels: (requests) => `http_response_status_code="${requests.code}",${target(requests)}`,
    info: (requests) => `target_info{${resource(requests)},${target(requests)}}`,
    unit: 1 / 1000,
  },
};

/** The histogram of the requests, and the pod's target_info where the style has one. */
export function seriesOf({ name, labels, info, unit }: Style, requests: Requests): Series[] {
  const own = labels(requests);
  const all = samples(requests, (count) => count);
  const bucket = (le: number | '+Inf'): string => `${name}_bucket{${own},le="${le}"}`;
  return [
    { series: `${name}_count{${own}}`, values: all },
    { series: `${name}_sum{${own}}`, values: samples(requests, (n) => n * LATENCY_MS * unit) },
    { series: bucket(10 * unit), values: samples(requests, () => 0) },
    { series: bucket(25 * unit), values: all },
    { series: bucket('+Inf'), values: all },
    // Pods may answer in more than one way, but have only one such series.
    ...(info && requests.code === 200
      ? [{ series: info(requests), values: samples(requests, () => 1) }]
      : []),
  ];
}

/** A value for each step: none before the first scrape, a stale marker where a scrape fails. */
function samples(requests: Requests, valueOf: (count: number) => number): string {
  const { from, to = LAST_STEP, missing, count, perStep } = requests;
  const at = (step: number): string => {
    if (step < from || step > to + 1) return '_';
    if (step === missing || step === to + 1) return 'stale';
    return String(valueOf(count + perStep * (step - from)));
  };
  return Array.from({ length: LAST_STEP + 1 }, (_, step) => at(step)).join(' ');
}
