// Sysdig's data API: https://docs.sysdig.com/en/docs/developer-tools/working-with-the-data-api/,
// https://sysdig.gitbooks.io/sysdig-cloud-api/content/rest_api/data.html. That errors are a list
// with reason and message is what its Python client reads; no page says what a lack of data is called.
import type { Answer, Asked } from '../../stub-server.ts';
import { isBalanced, isJsonPost, jsonOf, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const SECRET = { token: 'sysdig-token-4711' };

const NANOSECONDS = 1_000_000;
const SAMPLINGS = [1, 10, 60, 600, 3600, 86_400];

function refused(status: number, reason: string, message: string): Answer {
  return { status, json: { errors: [{ reason, message }] } };
}

const BAD_FILTER = refused(400, 'Bad request', 'Invalid filter: mismatched input at line 1:12');

type Body = {
  last?: number;
  sampling?: number;
  dataSourceType?: string;
  filter?: string | null;
  metrics?: { id?: string; aggregations?: { time?: string; group?: string } }[];
};

const CONDITION = /^[\w.]+ (?:=|!=|in|contains|starts with) (?:'[^']*'|\('[^()]*'\))$/;

/** What is wrong with a body, or undefined. */
function problemOf({
  last = 0,
  sampling,
  dataSourceType = '',
  metrics = [],
}: Body): string | undefined {
  if (!Number.isInteger(last) || last < 1) return 'last: expected a number of seconds';
  if (!SAMPLINGS.includes(sampling ?? 1)) return 'sampling: not available';
  if (!['host', 'container'].includes(dataSourceType)) return 'dataSourceType: host or container';
  return metricProblemOf(metrics);
}

function metricProblemOf(metrics: NonNullable<Body['metrics']>): string | undefined {
  const ids = metrics.map(({ id }) => id);
  if (ids.length === 0 || new Set(ids).size < ids.length) return 'metrics: expected each one once';
  const unknown = metrics.find(({ id = '', aggregations }) => !(id in METRICS) || !aggregations);
  return unknown && `metrics: ${unknown.id} is unknown, or has no aggregations`;
}

const METRICS: Record<string, (summary: Summary) => number> = {
  'net.http.request.time': ({ meanMilliseconds }) => meanMilliseconds * NANOSECONDS,
  'net.http.request.count': ({ requests }) => requests,
  'net.http.error.count': ({ errors }) => errors,
};

function answer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (!isJsonPost(asked, '/api/data')) return refused(404, 'Not found', asked.path);
  const body = (jsonOf(asked.text) ?? {}) as Body;
  const problem = problemOf(body);
  if (problem) return refused(422, 'Validation failed', problem);
  const filter = body.filter ?? '';
  const conditions = filter.split(' and ');
  if (!isBalanced(filter) || !conditions.every((one) => CONDITION.test(one))) return BAD_FILTER;
  const summary = conditions.includes(`kubernetes.namespace.name = '${NAMESPACE}'`)
    ? summaryOf(traffic[revisionIn(conditions)])
    : undefined;
  return { json: found(body, summary, isPartial) };
}

function revisionIn(conditions: string[]): string {
  const pattern = /^kubernetes\.pod\.name starts with '(.+)-deployment-'$/;
  return conditions.map((one) => pattern.exec(one)?.[1]).find(Boolean) ?? '';
}

/** One row, since nothing divides the time or the pods. Where a part is missing, the last metric has no value. */
function found(
  { metrics = [], last = 0 }: Body,
  summary: Summary | undefined,
  isPartial: boolean,
): object {
  const end = 1_700_000_000;
  const values = metrics.map(({ id = '' }) => (summary ? METRICS[id]!(summary) : null));
  const d = isPartial ? [...values.slice(0, -1), null] : values;
  return { data: summary ? [{ t: end, d }] : [], start: end - last, end };
}

/** Sysdig Monitor. It has no sign for missing data: values are null. */
export const sysdig = provide({
  provider: 'sysdig',
  sample: 'samples/metrics/providers/sysdig.yaml',
  secret: SECRET,
  expected: {
    'sysdig-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'sysdig-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  outcomes: { partial: 'NoData' },
  service: {
    letsIn: ({ headers }) => headers.authorization === `Bearer ${SECRET.token}`,
    answer,
    error: BAD_FILTER,
    unauthorized: refused(401, 'Unauthorized', 'Bad credentials'),
    rateLimited: refused(429, 'Too many requests', 'API rate limit exceeded'),
  },
});
