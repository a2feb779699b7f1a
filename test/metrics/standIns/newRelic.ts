// New Relic's NerdGraph: https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/.
// Errors come with status 200, as GraphQL has it; extensions.errorClass tells them apart.
import type { Answer, Asked } from '../../stub-server.ts';
import { isBalanced, isJsonPost, jsonOf, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const SECRET = { apiKey: 'NRAK-STANDIN4711' };

const PATH = ['actor', 'account', 'nrql'];

function refused(errorClass: string, message: string, nrql: object | null = null): Answer {
  const error = {
    extensions: { errorClass },
    locations: [{ line: 1, column: 31 }],
    message,
    path: PATH,
  };
  return { json: { data: { actor: { account: { nrql } } }, errors: [error] } };
}

const SYNTAX_ERROR = refused(
  'INVALID_INPUT',
  "NRQL Syntax Error: Error at line 1 position 8, unexpected 'FORM'",
);

const RATE_LIMITED = refused(
  'TOO_MANY_REQUESTS',
  'NRQL query limit exceeded: too many queries in the last minute. Please retry later.',
);

const UNAUTHORIZED: Answer = {
  status: 401,
  json: { errors: [{ extensions: { errorClass: 'UNAUTHORIZED' }, message: 'Invalid API key' }] },
};

const GRAPHQL = /^\{\s*actor\s*\{\s*account\(id: \d+\)\s*\{\s*nrql\(query: ("(?:[^"\\]|\\.)*")/;
const NRQL = /^SELECT (.+) AS '?value'? FROM Metric WHERE (.+) SINCE \d{13} UNTIL \d{13}$/;

function nrqlOf({ text }: Asked): string | undefined {
  const { query = '' } = (jsonOf(text) ?? {}) as { query?: string };
  const quoted = isBalanced(query) ? GRAPHQL.exec(query)?.[1] : undefined;
  return quoted === undefined ? undefined : (jsonOf(quoted) as string);
}

function answer(asked: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (!isJsonPost(asked, '/graphql'))
    return { status: 404, json: { errors: [{ message: 'Not Found' }] } };
  const nrql = nrqlOf(asked);
  if (nrql === undefined) return refused('GRAPHQL_PARSE_FAILED', 'syntax error before: "}"');
  const [, selected, where] = NRQL.exec(nrql) ?? [];
  if (!selected || !where) return SYNTAX_ERROR;
  const revision = /kn\.revision\.name = '([^']*)'/.exec(where)?.[1] ?? '';
  const isOurs = where.includes(`k8s.namespace.name = '${NAMESPACE}'`);
  const summary = isOurs ? summaryOf(traffic[revision]) : undefined;
  const results = [{ value: valueOf(selected, summary) }];
  if (isPartial) return refused('TIMEOUT', 'The query timed out; results are partial', { results });
  return { json: { data: { actor: { account: { nrql: { results } } } } } };
}

function valueOf(selected: string, summary: Summary | undefined): unknown {
  if (selected.startsWith('percentile(')) {
    return { '95': summary ? summary.p95Milliseconds / 1000 : null };
  }
  if (!summary) return null;
  if (selected.startsWith('average(')) return summary.meanMilliseconds / 1000;
  return summary.errors / summary.requests;
}

/** New Relic, by NRQL through NerdGraph. */
export const newRelic = provide({
  provider: 'newrelic',
  sample: 'samples/metrics/providers/newrelic.yaml',
  secret: SECRET,
  expected: {
    'newrelic-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'newrelic-95th-percentile-tail-latency': expectedOf(({ p95Milliseconds }) => p95Milliseconds),
    'newrelic-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  service: {
    letsIn: ({ headers }) => headers['api-key'] === SECRET.apiKey,
    answer,
    error: SYNTAX_ERROR,
    unauthorized: UNAUTHORIZED,
    rateLimited: RATE_LIMITED,
  },
});
