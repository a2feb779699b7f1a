// The Metrics of experiments that are measured, and what their queries say to the stand-in for
// Prometheus. A service's name begins with the way in which its versions behave.
import type { KubeObject } from '../../sandbox/kube.ts';

const LABELS = "{namespace_name='$namespace',revision_name='$revision'}";

/**
 * The last minute for the count: over the whole time it would have to follow the weights.
 */
const QUERIES: Record<string, string> = {
  'request-count': `sum(increase(requests${LABELS}[60s]))`,
  'mean-latency': `sum(increase(latency${LABELS}[\${elapsedTime}s]))`,
  'tail-latency': `sum(increase(tail${LABELS}[\${elapsedTime}s]))`,
  'error-rate': `sum(increase(errors${LABELS}[\${elapsedTime}s]))`,
};

/** Limits for objectives on these metrics: what is good lies below, what is bad above. */
export const LIMITS = {
  'mean-latency': 100,
  'tail-latency': 500,
  'error-rate': '0.02',
} as const;

/** The Metric objects, in the product's namespace. `prometheus` is a base URL. */
export function metricObjects(prometheus: string): KubeObject[] {
  return Object.entries(QUERIES).map(([name, value]) => ({
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Metric',
    metadata: { name, namespace: 'iter8-system' },
    spec: {
      provider: 'prometheus',
      urlTemplate: `${prometheus}/api/v1/query`,
      jqExpression: '.data.result[0].value[1] | tonumber',
      params: [{ name: 'query', value }],
    },
  }));
}

/** A query as the stand-in understands it. */
export type Question = {
  series: string;
  namespace: string;
  service: string;
  isCandidate: boolean;
  windowSeconds: number;
};

const QUERY =
  /increase\((\w+)\{namespace_name='([^']+)',revision_name='(.+)-predictor-(\d+)'\}\[(\d+)s\]/;

/** Reads a query of one of these metrics; undefined where it is another. */
export function readQuery(text: string): Question | undefined {
  const [, series, namespace, service, revision, window] = QUERY.exec(text) ?? [];
  if (series === undefined) return undefined;
  return {
    series,
    namespace: namespace!,
    service: service!,
    isCandidate: Number(revision) > 1,
    windowSeconds: Number(window),
  };
}

/**
 * How the versions of a service behave: both well; the candidate badly; the candidate badly after
 * a while; the baseline badly.
 */
export type Behaviour = 'good' | 'bad' | 'late' | 'lame';

/** The length of the window from which on a late candidate behaves badly, in seconds. */
export const LATE_SECONDS = 25;

const BAD: Record<Behaviour, (question: Question) => boolean> = {
  good: () => false,
  bad: ({ isCandidate }) => isCandidate,
  late: ({ isCandidate, windowSeconds }) => isCandidate && windowSeconds >= LATE_SECONDS,
  lame: ({ isCandidate }) => !isCandidate,
};

const GOOD_VALUES: Record<string, number> = {
  requests: 600,
  latency: 50,
  tail: 200,
  errors: 0.001,
};
const BAD_LATENCY = 150;

/** The answer to a query, by the service's name alone; a mended one is good. */
export function valueOf(question: Question, isMended: boolean): number {
  const behaviour = question.service.split('-')[0] as Behaviour;
  const isBad = !isMended && BAD[behaviour](question);
  return isBad && question.series === 'latency' ? BAD_LATENCY : (GOOD_VALUES[question.series] ?? 0);
}
