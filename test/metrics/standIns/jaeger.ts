// Jaeger's HTTP API as its own pages use it: https://www.jaegertracing.io/docs/latest/architecture/apis/,
// with what cmd/query/app/query_parser.go and http_handler.go of jaegertracing/jaeger accept and say.
// It has neither accounts nor limits: what is in front of it says those things.
import type { Answer, Asked } from '../../stub-server.ts';
import { jsonOf, nginx, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, type Request, type Traffic } from './traffic.ts';

const SECRET = { token: 'jaeger-proxy-token-4711' };

type Problem = { code: number; msg: string };

function structured(data: unknown[] | null, errors: Problem[] | null): object {
  return { data, total: 0, limit: 0, offset: 0, errors };
}

function refused(code: number, msg: string): Answer {
  return { status: code, json: structured(null, [{ code, msg }]) };
}

const BAD_TAGS =
  "malformed 'tags' parameter, cannot unmarshal JSON: invalid character 'r' looking for beginning of object key string";

/** What is wrong with the parameters, or undefined. */
function problemOf(query: URLSearchParams): string | undefined {
  for (const name of ['start', 'end', 'limit']) {
    const text = query.get(name) ?? '';
    if (!/^\d+$/.test(text || '0')) {
      return `unable to parse param '${name}': strconv.ParseInt: parsing "${text}": invalid syntax`;
    }
  }
  if (tagsOf(query) === undefined) return BAD_TAGS;
  return query.get('service') ? undefined : "parameter 'service' is required";
}

function tagsOf(query: URLSearchParams): Record<string, unknown> | undefined {
  const tags = jsonOf(query.get('tags') ?? '{}');
  return typeof tags === 'object' && tags ? (tags as Record<string, unknown>) : undefined;
}

function answer({ method, path, query }: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (method !== 'GET' || path !== '/api/traces')
    return { status: 404, text: '404 page not found\n' };
  const problem = problemOf(query);
  if (problem) return refused(400, problem);
  const tags = tagsOf(query)!;
  const isOurs = tags['k8s.namespace.name'] === NAMESPACE;
  // Seconds in their place would be in 1970; where there are none, the last two days are meant.
  const isInTime = ['start', 'end'].every((name) => Number(query.get(name) ?? Infinity) > 1e15);
  const requests = (isOurs && isInTime && traffic[String(tags['kn.revision.name'])]) || [];
  const limit = Number(query.get('limit') ?? 100);
  const traces = requests.slice(0, limit).map((request, index) => traceOf(request, index, query));
  const errors = isPartial
    ? [{ code: 500, msg: 'failed to read some spans: context deadline exceeded' }]
    : null;
  return { json: structured(traces, errors) };
}

/** A trace of two spans: the server's, and within it one of the model's own. */
function traceOf(
  { milliseconds, hasFailed }: Request,
  index: number,
  query: URLSearchParams,
): object {
  const traceID = (index + 1).toString(16).padStart(32, '0');
  const startTime = Number(query.get('start')) + index;
  const kind = { key: 'span.kind', type: 'string', value: 'server' };
  const error = { key: 'error', type: 'bool', value: true };
  const common = { traceID, startTime, logs: [], processID: 'p1', warnings: null };
  const server = {
    ...common,
    spanID: '1',
    operationName: 'predict',
    references: [],
    duration: milliseconds * 1000,
    tags: hasFailed ? [kind, error] : [kind],
  };
  const parent = { refType: 'CHILD_OF', traceID, spanID: '1' };
  const inner = {
    ...common,
    spanID: '2',
    operationName: 'infer',
    references: [parent],
    duration: 1000,
    tags: [],
  };
  const processes = { p1: { serviceName: query.get('service'), tags: [] } };
  return { traceID, spans: [server, inner], processes, warnings: null };
}

/** Jaeger behind a proxy that wants a token. */
export const jaeger = provide({
  provider: 'jaeger',
  sample: 'samples/metrics/providers/jaeger.yaml',
  secret: SECRET,
  expected: {
    'jaeger-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'jaeger-95th-percentile-tail-latency': expectedOf(({ p95Milliseconds }) => p95Milliseconds),
    'jaeger-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  service: {
    letsIn: ({ headers }) => headers.authorization === `Bearer ${SECRET.token}`,
    answer,
    error: refused(400, BAD_TAGS),
    unauthorized: nginx(401, 'Authorization Required', { 'www-authenticate': 'Bearer' }),
    rateLimited: nginx(429, 'Too Many Requests'),
  },
});
