import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endpointOf, queryOf, sourceOf, type Source } from '../../functions/lib/metrics/source.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';

const sources = suite('a Metric’s source');
const requests = suite('what a Metric asks for');

function spec(different: Partial<MetricSpec> = {}): MetricSpec {
  return {
    type: 'Gauge',
    method: 'GET',
    provider: 'prometheus',
    urlTemplate: 'http://prometheus:9090/api/v1/query',
    params: [{ name: 'query', value: 'up' }],
    jqExpression: '.data.result[0].value[1] | tonumber',
    ...different,
  };
}

const query = { name: 'query', value: 'up' };
const EXAMPLES: [what: string, different: Partial<MetricSpec>, source: Source][] = [
  ['one PromQL query', {}, 'Prometheus'],
  ['one PromQL query, whatever the provider is called', { provider: undefined }, 'Prometheus'],
  ['one PromQL query, read without jq', { jqExpression: undefined }, 'Prometheus'],
  ['one PromQL query by POST', { method: 'POST' }, 'Prometheus'],
  ['a mock', { mock: [{ name: 'default', level: 1 }] }, 'Mock'],
  ['an empty mock', { mock: [] }, 'Mock'],
  ['what iter8 itself collects', { provider: 'iter8' }, 'Builtin'],
  ['a provider that is almost iter8', { provider: 'Iter8' }, 'Prometheus'],
  ['another API', { urlTemplate: 'http://p/api/v1/query_range' }, 'Http'],
  ['a URL with a placeholder', { urlTemplate: 'http://p/${t}/api/v1/query' }, 'Http'],
  ['a URL with parameters', { urlTemplate: 'http://p/x?y=/api/v1/query' }, 'Http'],
  ['two parameters', { params: [query, { name: 'time', value: '0' }] }, 'Http'],
  ['another parameter', { params: [{ name: 'q', value: 'up' }] }, 'Http'],
  ['a body', { body: '{}' }, 'Http'],
  ['another jq expression', { jqExpression: '.results[0] | tonumber' }, 'Http'],
  ['arithmetic', { jqExpression: '.data.result[0].value[1] | tonumber * 2' }, 'Http'],
];
for (const [what, different, source] of EXAMPLES) {
  sources(`is ${source} with ${what}`, () => {
    assert.is(sourceOf(spec(different)), source);
  });
}

requests('the server is the URL up to the API', () => {
  const endpoint = (urlTemplate: string): string => endpointOf(spec({ urlTemplate }));
  assert.is(endpoint('http://p:9090/api/v1/query'), 'http://p:9090');
  assert.is(endpoint('http://p:9090/api/v1/query/'), 'http://p:9090');
  assert.is(endpoint('https://P.example:443/x/api/v1/query'), 'https://p.example/x');
  assert.is(endpoint(' http://p/api/v1/query\n'), 'http://p');
});

requests('the query is the parameter of this name', () => {
  assert.is(queryOf(spec()), 'up');
  assert.is(queryOf(spec({ params: [] })), undefined);
});

sources.run();
requests.run();
