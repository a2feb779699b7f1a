// Elasticsearch's search with aggregations:
// https://www.elastic.co/guide/en/elasticsearch/reference/current/search-aggregations.html,
// https://www.elastic.co/guide/en/elasticsearch/reference/current/search-search.html
import type { Answer, Asked } from '../../stub-server.ts';
import { isJsonPost, jsonOf, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const SECRET = { apiKey: 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6c3RhbmRpbg==' };

const NANOSECONDS = 1_000_000;
const REVISION = 'kubernetes.labels.serving_knative_dev/revision';

function failure(status: number, type: string, reason: string): Answer {
  return { status, json: { error: { root_cause: [{ type, reason }], type, reason }, status } };
}

const PARSING = failure(400, 'parsing_exception', 'unknown query [trem] did you mean [term]?');

const UNAUTHORIZED: Answer = failure(
  401,
  'security_exception',
  'unable to authenticate with provided credentials and anonymous access is not allowed',
);

const REJECTED = failure(
  429,
  'es_rejected_execution_exception',
  'rejected execution of TimedRunnable on QueueResizingEsThreadPoolExecutor[name = node-1/search, queue capacity = 1000]',
);

const UNAVAILABLE = failure(
  503,
  'cluster_block_exception',
  'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered];',
);

type Clause = Record<string, Record<string, unknown> | undefined>;
type Aggregation = Record<string, { field?: string; percents?: number[] } | Clause | undefined>;
type Search = {
  size?: number;
  query?: { bool?: { filter?: Clause[] } };
  aggs?: Record<string, Aggregation>;
};

const CLAUSES = ['term', 'terms', 'range', 'exists', 'match', 'prefix', 'bool'];

/** Whether all that is asked for is known: clauses of the filter, and aggregations. */
function isUnderstood({ query, aggs = {} }: Search): boolean {
  const clauses = query?.bool?.filter ?? [];
  const known = clauses.flatMap(Object.keys).every((kind) => CLAUSES.includes(kind));
  return (
    known && Object.values(aggs).every((one) => Object.keys(one).every((kind) => kind in KINDS))
  );
}

const NOTHING: Summary = {
  requests: 0,
  errors: 0,
  sumMilliseconds: 0,
  meanMilliseconds: NaN,
  p95Milliseconds: NaN,
};

/** Aggregation → what it answers; JSON makes null of what is not a number. */
const KINDS: Record<string, (summary: Summary, asked: unknown) => object> = {
  avg: ({ meanMilliseconds }) => ({ value: meanMilliseconds * NANOSECONDS }),
  value_count: ({ requests }) => ({ value: requests }),
  filter: ({ errors }) => ({ doc_count: errors }),
  percentiles: ({ p95Milliseconds }, asked) => {
    const { percents = [95] } = asked as { percents?: number[] };
    const values = percents.map((one) => [one.toFixed(1), p95Milliseconds * NANOSECONDS] as const);
    return { values: Object.fromEntries(values) };
  },
};

function answer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (!/^\/[^/_][^/]*\/_search$/.test(asked.path)) {
    return failure(404, 'index_not_found_exception', `no such index [${asked.path}]`);
  }
  const search = isJsonPost(asked, asked.path) ? jsonOf(asked.text) : undefined;
  if (search === undefined)
    return failure(400, 'x_content_parse_exception', 'Unexpected character');
  if (!isUnderstood(search as Search)) return PARSING;
  return { json: found(search as Search, traffic, isPartial) };
}

function found({ query, aggs = {} }: Search, traffic: Traffic, isPartial: boolean): object {
  const terms = Object.assign(
    {},
    ...(query?.bool?.filter ?? []).map(({ term }) => term ?? {}),
  ) as Record<string, string>;
  const isOurs = terms['kubernetes.namespace'] === NAMESPACE;
  const summary = (isOurs && summaryOf(traffic[terms[REVISION] ?? ''])) || NOTHING;
  const aggregations = Object.fromEntries(
    Object.entries(aggs).map(([name, one]) => {
      const [kind = '', given] = Object.entries(one)[0] ?? [];
      return [name, KINDS[kind]!(summary, given)];
    }),
  );
  const total = { value: summary.requests, relation: 'eq' };
  const hits = { total, max_score: null, hits: [] };
  return { took: 7, timed_out: false, _shards: shards(isPartial), hits, aggregations };
}

function shards(isPartial: boolean): object {
  if (!isPartial) return { total: 5, successful: 5, skipped: 0, failed: 0 };
  const reason = { type: 'no_shard_available_action_exception', reason: 'no shard available' };
  const failures = [{ shard: 3, index: 'filebeat-1', node: null, reason }];
  return { total: 5, successful: 4, skipped: 0, failed: 1, failures };
}

/** Elasticsearch with documents of Filebeat. */
export const elasticsearch = provide({
  provider: 'elasticsearch',
  sample: 'samples/metrics/providers/elasticsearch.yaml',
  secret: SECRET,
  expected: {
    'elasticsearch-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'elasticsearch-95th-percentile-tail-latency': expectedOf((one) => one.p95Milliseconds),
    'elasticsearch-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  service: {
    letsIn: ({ headers }) => headers.authorization === `ApiKey ${SECRET.apiKey}`,
    answer,
    error: PARSING,
    unauthorized: UNAUTHORIZED,
    rateLimited: REJECTED,
    unavailable: UNAVAILABLE,
  },
});
