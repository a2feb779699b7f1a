// What speaks Prometheus's API over many stores, and so may lack a part: Thanos says it in warnings,
// https://thanos.io/tip/components/query.md/#partial-response, and VictoriaMetrics in isPartial,
// https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability, with
// tenants in the path or, https://docs.victoriametrics.com/victoriastack/multitenancy/, in headers.
import type { Answer, Asked } from '../../stub-server.ts';
import { isBalanced, nginx, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const THANOS_SECRET = { token: 'thanos-proxy-token-4711' };
const VICTORIA_SECRET = { username: 'iter8', password: 'vmauth-password-4711' };

const SUM = 'kn_serving_invocation_duration_seconds_sum';
const COUNT = 'kn_serving_invocation_duration_seconds_count';

/** What is wrong with a query, or undefined. */
function problemOf(query: string): string | undefined {
  if (query === '') return 'unknown position: parse error: no expression found in input';
  if (!isBalanced(query)) return '1:4: parse error: unclosed left parenthesis';
  return query.includes('{}')
    ? '1:5: vector selector must contain at least one non-empty matcher'
    : undefined;
}

/** What the selectors of a query are about, and which of the numbers it wants. */
function resultOf(query: string, traffic: Traffic): object[] {
  const revision = /kn_revision_name=["']([^"']*)["']/.exec(query)?.[1] ?? '';
  const isOurs = new RegExp(`k8s_namespace_name=["']${NAMESPACE}["']`).test(query);
  const summary = isOurs ? summaryOf(traffic[revision]) : undefined;
  if (!summary || !query.includes(COUNT)) return [];
  return [{ metric: {}, value: [1_700_000_000, String(numberOf(query, summary))] }];
}

function numberOf(query: string, summary: Summary): number {
  if (query.includes(SUM)) return summary.meanMilliseconds;
  return query.includes('http_response_status_code')
    ? summary.errors / summary.requests
    : summary.requests;
}

function queryOf({ method, query, text }: Asked): string {
  return (method === 'POST' ? new URLSearchParams(text) : query).get('query') ?? '';
}

function thanosAnswer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (asked.path !== '/api/v1/query') return { status: 404, text: '404 page not found\n' };
  const problem = problemOf(queryOf(asked));
  if (problem) return badData(problem);
  const data = { resultType: 'vector', result: resultOf(queryOf(asked), traffic) };
  const warnings = [
    'receive series from Addr: 10.0.0.7:10901 LabelSets: {cluster="b"}: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
  ];
  return { json: { status: 'success', data, ...(isPartial && { warnings }) } };
}

function badData(error: string): Answer {
  return { status: 400, json: { status: 'error', errorType: 'bad_data', error } };
}

const PATH = /^\/select\/(?:(?<tenant>\d+)(?::\d+)?\/)?prometheus\/api\/v1\/query$/;

function victoriaAnswer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  const found = PATH.exec(asked.path);
  if (!found) return { status: 400, text: `unsupported path requested: "${asked.path}"` };
  const tenant = found.groups?.['tenant'] ?? asked.headers['accountid'] ?? '0';
  const problem = problemOf(queryOf(asked));
  if (problem) return unprocessable(queryOf(asked), problem);
  const result = tenant === '0' ? resultOf(queryOf(asked), traffic) : [];
  const stats = { seriesFetched: String(result.length), executionTimeMsec: 3 };
  return { json: { status: 'success', isPartial, data: { resultType: 'vector', result }, stats } };
}

function unprocessable(query: string, problem: string): Answer {
  const error = `error when executing query="${query}": cannot parse: ${problem}`;
  return { status: 422, json: { status: 'error', errorType: '422', error } };
}

/** Thanos Query behind a proxy that wants a token. */
export const thanos = provide({
  provider: 'prometheus',
  sample: 'samples/metrics/providers/thanos.yaml',
  secret: THANOS_SECRET,
  expected: {
    'thanos-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'thanos-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  service: {
    letsIn: ({ headers }) => headers.authorization === `Bearer ${THANOS_SECRET.token}`,
    answer: thanosAnswer,
    error: badData('1:4: parse error: unclosed left parenthesis'),
    unauthorized: nginx(401, 'Authorization Required', { 'www-authenticate': 'Bearer' }),
    rateLimited: nginx(429, 'Too Many Requests'),
  },
});

/** VictoriaMetrics' cluster behind vmauth; the data are tenant 0's. */
export const victoriaMetrics = provide({
  provider: 'prometheus',
  sample: 'samples/metrics/providers/victoriametrics.yaml',
  secret: VICTORIA_SECRET,
  expected: {
    'victoriametrics-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'victoriametrics-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  service: {
    letsIn: ({ headers }) => {
      const { username, password } = VICTORIA_SECRET;
      const login = Buffer.from(`${username}:${password}`).toString('base64');
      return headers.authorization === `Basic ${login}`;
    },
    answer: victoriaAnswer,
    error: unprocessable('sum(', 'unclosed left parenthesis'),
    unauthorized: {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="Restricted"' },
      text: 'missing `Authorization` request header',
    },
    rateLimited: {
      status: 429,
      headers: { 'retry-after': '10', 'content-type': 'text/plain; charset=utf-8' },
      text: "couldn't start executing the request in 10.000 seconds, since -search.maxConcurrentRequests=8 concurrent requests are executed",
    },
  },
});
