// Datadog, v1 and v2: https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/,
// https://docs.datadoghq.com/api/latest/metrics/query-scalar-data-across-multiple-products/,
// https://docs.datadoghq.com/api/latest/rate-limits/
import type { Answer, Asked } from '../../stub-server.ts';
import { isBalanced, isJsonPost, isUnixSeconds, jsonOf, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const SECRET = { apiKey: 'datadog-api-key-4711', applicationKey: 'datadog-application-key-4711' };

const FORBIDDEN: Answer = { status: 403, json: { errors: ['Forbidden'] } };

const RATE_LIMITED: Answer = {
  status: 429,
  headers: {
    'x-ratelimit-limit': '100',
    'x-ratelimit-period': '3600',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '1200',
    'x-ratelimit-name': 'batch_query',
  },
  json: { errors: ['Rate limit of 100 requests in 3600 seconds reached. Please try again later.'] },
};

const BAD_QUERY: Answer = badQuery("Rule 'scope_expr' didn't match at '}' (line 1, column 47).");

function badQuery(problem: string): Answer {
  return { status: 400, json: { errors: [`Error parsing query: unable to parse: ${problem}`] } };
}

/** One metric query, such as sum:requests{revision:r1}.as_count(). */
const QUERY = /^(avg|sum|min|max|p95):([a-z][\w.]*)\{([^{}]*)\}(?:\.as_count\(\))?$/;

type Parsed = { metric: string; scope: string; summary: Summary | undefined };

function parse(query: string, traffic: Traffic): Parsed | undefined {
  const [, , metric, scope] = QUERY.exec(query) ?? [];
  if (metric === undefined || scope === undefined || !isBalanced(query)) return undefined;
  const revision = /(?:^|,)kn\.revision\.name:([^,]+)/.exec(scope)?.[1] ?? '';
  const isOurs = scope.split(',').includes(`k8s.namespace.name:${NAMESPACE}`);
  return { metric, scope, summary: isOurs ? summaryOf(traffic[revision]) : undefined };
}

/** What a query adds up to; undefined where it has no points. */
function totalOf({ metric, scope, summary }: Parsed): number | undefined {
  if (!summary) return undefined;
  if (metric.endsWith('.sum')) return summary.sumMilliseconds / 1000;
  return scope.includes('!http.response.status_code:2*') ? summary.errors : summary.requests;
}

/** A total in two points, with one between them in which nothing happened. */
function pointsOf(total: number): (number | null)[] {
  return [Math.floor(total / 2), null, total - Math.floor(total / 2)];
}

function answer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (asked.path === '/api/v1/query') return points(asked, traffic, isPartial);
  if (isJsonPost(asked, '/api/v2/query/scalar')) return scalar(asked, traffic, isPartial);
  if (isJsonPost(asked, '/api/v2/query/timeseries')) return timeseries(asked, traffic, isPartial);
  return { status: 404, json: { errors: ['Not Found'] } };
}

function points({ method, query }: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (method !== 'GET') return { status: 405, json: { errors: ['Method Not Allowed'] } };
  const [from, to] = [query.get('from'), query.get('to')];
  if (!isUnixSeconds(from) || !isUnixSeconds(to)) {
    return { status: 400, json: { errors: ['The parameters from and to are required'] } };
  }
  const queries = (query.get('query') ?? '').split(/,(?=(?:avg|sum|min|max|p95):)/);
  const parsed = queries.map((one) => parse(one, traffic));
  if (parsed.includes(undefined)) return BAD_QUERY;
  const start = Number(from) * 1000;
  const series = parsed.flatMap((one, index) => seriesOf(one!, index, start));
  const status = isPartial
    ? { status: 'error', error: 'Query timed out: a part of the data could not be read' }
    : { status: 'ok' };
  const range = { from_date: start, to_date: Number(to) * 1000, query: query.get('query') };
  const rest = { resp_version: 1, res_type: 'time_series', message: '', group_by: [] };
  return { json: { ...status, series, ...range, ...rest, values: [], times: [] } };
}

function seriesOf(parsed: Parsed, index: number, start: number): object[] {
  const total = totalOf(parsed);
  if (total === undefined) return [];
  const { metric, scope } = parsed;
  const pointlist = pointsOf(total).map((value, at) => [start + at * 20_000, value]);
  const said = { metric, scope, display_name: metric, expression: `sum:${metric}{${scope}}` };
  return [
    { ...said, query_index: index, aggr: 'sum', interval: 20, length: 3, tag_set: [], pointlist },
  ];
}

type MetricQuery = { name?: string; data_source?: string; query?: string };

type Attributes = {
  from: number;
  to: number;
  queries: MetricQuery[];
  formulas: { formula?: string }[];
};

const NO_ATTRIBUTES: Attributes = { from: 0, to: 0, queries: [], formulas: [] };

function attributesOf({ text }: Asked, type: string): Attributes {
  const { data } = (jsonOf(text) ?? {}) as { data?: { type?: string; attributes?: object } };
  return data?.type === type ? { ...NO_ATTRIBUTES, ...data.attributes } : NO_ATTRIBUTES;
}

/** The queries of a v2 body by name, or what the service says of it. */
function queriesOf(asked: Asked, type: string, traffic: Traffic): Map<string, Parsed> | Answer {
  const { from, to, queries } = attributesOf(asked, type);
  const isWhole = from > 1e12 && to > from && queries.length > 0;
  if (!isWhole) return { status: 400, json: { errors: [`invalid request: expected a ${type}`] } };
  const parsed = queries.map((one) => [one.name ?? '', parseMetric(one, traffic)] as const);
  const known = parsed.flatMap(([name, one]) => (one && name ? [[name, one] as const] : []));
  return known.length < queries.length ? BAD_QUERY : new Map(known);
}

function parseMetric(asked: MetricQuery, traffic: Traffic): Parsed | undefined {
  return asked.data_source === 'metrics' ? parse(asked.query ?? '', traffic) : undefined;
}

function formulaOf(asked: Asked, type: string): string {
  return attributesOf(asked, type).formulas[0]?.formula ?? '';
}

/** What a v2 answer says beside its data where it could not read it all. */
function errorsOf(isPartial: boolean): object {
  return isPartial ? { errors: 'timeout: some of the data could not be read' } : {};
}

function scalar(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  const queries = queriesOf(asked, 'scalar_request', traffic);
  if (!(queries instanceof Map)) return queries;
  const formula = formulaOf(asked, 'scalar_request');
  const [, above, below] = /^default_zero\((\w+)\) \/ (\w+)$/.exec(formula) ?? [];
  const [events, trials] = [queries.get(above ?? ''), queries.get(below ?? '')];
  if (!events || !trials) return badQuery(`formula ${formula}`);
  const of = totalOf(trials);
  const value = of === undefined ? null : (totalOf(events) ?? 0) / of;
  const columns = [
    { name: formula, type: 'number', values: [value], meta: { unit: [null, null] } },
  ];
  const data = { id: '0', type: 'scalar_response', attributes: { columns } };
  return { json: { data, ...errorsOf(isPartial) } };
}

function timeseries(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  const queries = queriesOf(asked, 'timeseries_request', traffic);
  if (!(queries instanceof Map)) return queries;
  const formula = formulaOf(asked, 'timeseries_request');
  const found = queries.get(formula);
  if (!found) return badQuery(`formula ${formula}`);
  const total = totalOf(found);
  const isFound = total !== undefined;
  const attributes = {
    series: isFound ? [{ group_tags: [], query_index: 0, unit: [null, null] }] : [],
    times: isFound ? [1_700_000_000_000, 1_700_000_020_000, 1_700_000_040_000] : [],
    values: isFound ? [pointsOf(total)] : [],
  };
  return {
    json: { data: { id: '0', type: 'timeseries_response', attributes }, ...errorsOf(isPartial) },
  };
}

/** Datadog: a mean by v1, a share by v2's scalars and a count by v2's time series. */
export const datadog = provide({
  provider: 'datadog',
  sample: 'samples/metrics/providers/datadog.yaml',
  secret: SECRET,
  expected: {
    'datadog-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'datadog-error-rate': expectedOf(({ errors, requests }) => errors / requests),
    'datadog-request-count': expectedOf(({ requests }) => requests),
  },
  service: {
    letsIn: ({ headers }) =>
      headers['dd-api-key'] === SECRET.apiKey &&
      headers['dd-application-key'] === SECRET.applicationKey,
    answer,
    error: BAD_QUERY,
    unauthorized: FORBIDDEN,
    rateLimited: RATE_LIMITED,
  },
});
