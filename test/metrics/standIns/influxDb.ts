// InfluxDB 2: https://docs.influxdata.com/influxdb/v2/api/v2/#operation/PostQuery,
// https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/ (its section Errors says how
// a query fails that has begun to answer)
import type { Answer, Asked } from '../../stub-server.ts';
import { isBalanced, isJsonPost, jsonOf, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const SECRET = { token: 'influxdb-token-4711==' };

function refused(status: number, code: string, message: string): Answer {
  return { status, headers: { 'x-platform-error-code': code }, json: { code, message } };
}

const COMPILATION = refused(
  400,
  'invalid',
  'compilation failed: error @1:16-1:21: undefined identifier rnage',
);

const RATE_LIMITED: Answer = {
  status: 429,
  headers: { 'retry-after': '30', 'x-platform-error-code': 'too many requests' },
  json: { code: 'too many requests', message: 'org has exceeded limited_query plan limit' },
};

type Body = {
  query?: string;
  type?: string;
  dialect?: { header?: boolean; annotations?: string[] };
};

const STEPS = [
  'from',
  'range',
  'filter',
  'increase',
  'last',
  'group',
  'sum',
  'mean',
  'keep',
  'drop',
];

/** Whether a text is a pipe of functions that are known, each with its brackets closed. */
function isFlux(query: string): boolean {
  const isTimed = /range\(start: \d{10}, stop: \d{10}\)/.test(query);
  const steps = query.split('|>').map((step) => /^\s*(\w+)\(/.exec(step)?.[1] ?? '');
  return (
    isTimed &&
    isBalanced(query) &&
    steps[0] === 'from' &&
    steps.every((step) => STEPS.includes(step))
  );
}

function answer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (!isJsonPost(asked, '/api/v2/query')) return refused(404, 'not found', 'path not found');
  if (!asked.query.get('org')) return refused(400, 'invalid', 'organization is required');
  const { query = '', type, dialect } = (jsonOf(asked.text) ?? {}) as Body;
  if (type !== 'flux' || !query) return refused(400, 'invalid', 'request body requires query');
  if (!isFlux(query)) return COMPILATION;
  const summary = summaryFor(query, traffic);
  // Without any row, all that comes is one empty line.
  const tables = summary ? csvOf(rowsOf(query, summary), dialect) : '\r\n';
  const text = isPartial ? tables + ERROR_TABLE : tables;
  return { text, headers: { 'content-type': 'text/csv; charset=utf-8' } };
}

function summaryFor(query: string, traffic: Traffic): Summary | undefined {
  const revision = /r\.kn_revision_name == "([^"]*)"/.exec(query)?.[1] ?? '';
  const isOurs = query.includes(`r.k8s_namespace_name == "${NAMESPACE}"`);
  return isOurs ? summaryOf(traffic[revision]) : undefined;
}

/** What went wrong after the first tables were sent. */
const ERROR_TABLE =
  '\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,engine: context deadline exceeded,\r\n';

/** Key → value: of the fields that the query names, or of the requests by whether they failed. */
type Table = { column: string; rows: [string, number][] };

function rowsOf(query: string, summary: Summary): Table {
  const { requests, errors, sumMilliseconds } = summary;
  if (query.includes('group(columns: ["http_response_status_code"])')) {
    const rows: [string, number][] = [['200', requests - errors]];
    return {
      column: 'http_response_status_code',
      rows: errors > 0 ? [...rows, ['500', errors]] : rows,
    };
  }
  return {
    column: '_field',
    rows: [
      ['kn_serving_invocation_duration_seconds_count', requests],
      ['kn_serving_invocation_duration_seconds_sum', sumMilliseconds / 1000],
    ],
  };
}

function csvOf({ column, rows }: Table, dialect: Body['dialect']): string {
  const annotations = {
    datatype: '#datatype,string,long,string,double',
    group: '#group,false,false,true,false',
    default: '#default,_result,,,',
  };
  const wanted = Object.entries(annotations).filter(([name]) =>
    dialect?.annotations?.includes(name),
  );
  const header = `,result,table,${column},_value`;
  const lines = rows.map(([key, value], table) => `,,${table},${key},${value}`);
  return [...wanted.map(([, line]) => line), header, ...lines, '', ''].join('\r\n');
}

/** InfluxDB 2, by Flux. Where data are missing after the first tables, it says why: too late, here. */
export const influxDb = provide({
  provider: 'influxdb',
  sample: 'samples/metrics/providers/influxdb.yaml',
  secret: SECRET,
  expected: {
    'influxdb-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'influxdb-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  outcomes: { partial: 'Timeout' },
  service: {
    letsIn: ({ headers }) => headers.authorization === `Token ${SECRET.token}`,
    answer,
    error: COMPILATION,
    unauthorized: refused(401, 'unauthorized', 'unauthorized access'),
    rateLimited: RATE_LIMITED,
  },
});
