import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { unsupportedMetric, uncountableMetric } from '../../functions/lib/metrics/support.ts';
import type { MetricEvidence, MetricSpec } from '../../functions/lib/types/metric.gen.ts';

const supported = suite('a Metric that can be read');
const refused = suite('a Metric that cannot be read');

/** A Metric that can be read, with what differs. */
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

const FINE: Record<string, Partial<MetricSpec>> = {
  'as iter8’s samples have it': {},
  'without a jq expression': { jqExpression: undefined },
  'with an empty jq expression': { jqExpression: '' },
  'with other blanks in its jq expression': { jqExpression: ' .data.result[0].value[1]|tonumber ' },
  'by https, below a path': { urlTemplate: 'https://p.example/tenant/a/api/v1/query/' },
  'with a Secret for its headers': { authType: 'Bearer', secret: 's' },
  'with a Secret for a password': { authType: 'Basic', secret: 's' },
  'with method POST': { method: 'POST' },
  'with a token written into a header': { authType: 'Bearer' },
  mocked: { mock: [{ name: 'default', level: '1' }], urlTemplate: undefined },
  'built in': { provider: 'iter8', urlTemplate: undefined, params: undefined },
  'of any provider, with any jq expression': { provider: 'newrelic', jqExpression: '.results[0]' },
  'with placeholders in its URL': { urlTemplate: 'http://$revision.${namespace}:9091/metrics' },
  'with parameters in its URL': { urlTemplate: 'https://p.example/render?format=json' },
  'with a body': { urlTemplate: 'https://p.example/api/data', method: 'POST', body: '{}' },
};

for (const [what, different] of Object.entries(FINE)) {
  supported(what, () => {
    assert.is(unsupportedMetric(spec(different)), undefined);
  });
}

const WRONG: [what: string, different: Partial<MetricSpec>, field: string][] = [
  ['without a URL', { urlTemplate: undefined }, 'spec.urlTemplate'],
  ['with a URL that is none', { urlTemplate: 'prometheus:9090' }, 'spec.urlTemplate'],
  ['with a file', { urlTemplate: 'file:///api/v1/query' }, 'spec.urlTemplate'],
  ['with a user', { urlTemplate: 'http://u@p/api/v1/query' }, 'spec.urlTemplate'],
  ['with a password', { urlTemplate: 'http://:p@p/api/v1/query' }, 'spec.urlTemplate'],
  ['without parameters', { params: undefined }, 'spec.params'],
  ['with another parameter', { params: [{ name: 'q', value: 'up' }] }, 'spec.params'],
  ['with a password but no Secret', { authType: 'Basic' }, 'spec.authType'],
  [
    'that leads to another host by a header',
    { headerTemplates: [{ name: 'HOST', value: 'elsewhere' }] },
    'spec.headerTemplates',
  ],
  [
    'with an alternative that is no PromQL',
    { alternatives: [{ name: 'new', probe: 'up', params: [] }] },
    'spec.alternatives: new',
  ],
];

for (const [what, different, field] of WRONG) {
  refused(`${what}: the message names ${field}`, () => {
    assert.match(unsupportedMetric(spec(different)) ?? '', new RegExp(`^${field}: .{10}`));
  });
}

refused('a password in the URL is not repeated', () => {
  const urlTemplate = 'https://private-user:private-password@p.example/api/v1/query';
  assert.not.match(unsupportedMetric(spec({ urlTemplate })) ?? '', 'private');
});

refused('an endless URL is cut', () => {
  const problem = unsupportedMetric(spec({ urlTemplate: `ftp://p/${'x'.repeat(4000)}` }));
  assert.ok(problem!.length < 500);
});

const countable = suite('metrics that can be counted');
const RATE: MetricEvidence = { kind: 'Rate', events: 'e', trials: 't' };
const MEAN: MetricEvidence = { kind: 'Mean', sum: 's', count: 'c' };
const QUANTILE: MetricEvidence = { kind: 'Quantile', buckets: 'b', quantile: '0.95' };

countable('have evidence of one of three kinds', () => {
  for (const evidence of [RATE, MEAN, QUANTILE, { ...MEAN, lowest: '-1', highest: '300k' }]) {
    assert.is(uncountableMetric(spec({ evidence })), undefined);
  }
});

const UNCOUNTABLE: [what: string, different: Partial<MetricSpec>, field: string][] = [
  ['without evidence', {}, 'spec.evidence'],
  ['of another provider', { evidence: RATE, provider: 'newrelic' }, 'spec.evidence'],
  ['mocked', { evidence: RATE, mock: [] }, 'spec.evidence'],
  ['of another API', { evidence: RATE, urlTemplate: 'http://p/query' }, 'spec.evidence'],
  ['without trials', { evidence: { kind: 'Rate', events: 'e' } }, 'spec.evidence.trials'],
  ['with empty events', { evidence: { ...RATE, events: ' ' } }, 'spec.evidence.events'],
  ['without buckets', { evidence: { ...QUANTILE, buckets: '' } }, 'spec.evidence.buckets'],
  [
    'without a quantile',
    { evidence: { kind: 'Quantile', buckets: 'b' } },
    'spec.evidence.quantile',
  ],
  ['with the quantile 0', { evidence: { ...QUANTILE, quantile: '.0' } }, 'spec.evidence.quantile'],
  ['without a sum', { evidence: { kind: 'Mean', count: 'c' } }, 'spec.evidence.sum'],
  ['with no unit', { evidence: { ...MEAN, unitFactor: 0 } }, 'spec.evidence.unitFactor'],
  ['with a unit below 0', { evidence: { ...MEAN, unitFactor: '-1' } }, 'spec.evidence.unitFactor'],
  [
    'with a unit that is none',
    { evidence: { ...MEAN, unitFactor: 'ms' } },
    'spec.evidence.unitFactor',
  ],
  ['with no room for values', { evidence: { ...MEAN, highest: '0' } }, 'spec.evidence.highest'],
  [
    'with a highest value that is none',
    { evidence: { ...MEAN, highest: 'much' } },
    'spec.evidence.highest',
  ],
];
for (const [what, different, field] of UNCOUNTABLE) {
  countable(`are not those ${what}: the message names ${field}`, () => {
    assert.match(uncountableMetric(spec(different)) ?? '', new RegExp(`^${field}: .{10}`));
  });
}

countable.run();
supported.run();
refused.run();
