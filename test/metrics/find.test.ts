import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MetricsFound } from '../../functions/lib/experiment/initialize.ts';
import { isFailure } from '../../functions/lib/kubernetes/failure.ts';
import { findMetrics } from '../../functions/lib/metrics/find.ts';
import type { Criteria } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';
import { failure, fakeApi, thrownBy, type FakeApi } from '../kubernetes/fake-api.ts';

const finding = suite('finding the Metric objects of an experiment');
const failing = suite('Metric objects that cannot be used');

const SPEC: MetricSpec = {
  type: 'Gauge',
  method: 'GET',
  provider: 'prometheus',
  urlTemplate: 'http://prometheus:9090/api/v1/query',
  params: [{ name: 'query', value: 'up' }],
};

type Stored = Record<string, { spec?: Partial<MetricSpec>; labels?: Record<string, string> }>;

/** An API server with these Metric objects, by "namespace/name". */
function holding(stored: Stored): FakeApi {
  return fakeApi(({ path }) => {
    const [, namespace, name] = /namespaces\/(.*)\/metrics\/(.*)$/.exec(path)!;
    const metric = stored[`${namespace}/${name}`];
    if (!metric) return failure('NotFound');
    const metadata = { name, namespace, uid: 'u', labels: metric.labels, managedFields: [{}] };
    const { spec } = metric;
    return {
      apiVersion: 'iter8.tools/v2alpha2',
      kind: 'Metric',
      metadata,
      spec: { ...SPEC, ...spec },
    };
  });
}

function find(stored: Stored, criteria: Partial<Criteria>): Promise<MetricsFound> {
  return findMetrics(holding(stored).api, experimentObject({ spec: { criteria } }), 'iter8-system');
}

async function namesFound(stored: Stored, criteria: Partial<Criteria>): Promise<string[]> {
  const found = await find(stored, criteria);
  if (found.kind !== 'Found') throw new Error(found.message);
  return found.metrics.map(({ name }) => name);
}

finding('looks in the experiment’s namespace, and then in the product’s', async () => {
  const stored = { 'team/own': {}, 'iter8-system/own': {}, 'iter8-system/common': {} };
  const names = await namesFound(stored, { indicators: ['own', 'common'] });
  assert.equal(names, ['team/own', 'iter8-system/common']);
});

finding('looks only where the name says', async () => {
  const stored = { 'team/latency': {}, 'other/latency': {} };
  assert.equal(await namesFound(stored, { indicators: ['other/latency'] }), ['other/latency']);
  const found = await find({ 'team/errors': {} }, { indicators: ['other/errors'] });
  assert.is(found.kind, 'NotYet');
});

finding('reads each one that the criteria mention once', async () => {
  const { api, asked } = holding({ 'team/a': {}, 'team/b': {}, 'team/c': {} });
  const criteria: Partial<Criteria> = {
    requestCount: 'a',
    objectives: [{ metric: 'b', upperLimit: 1 }, { metric: 'b', lowerLimit: 0 }, { metric: 'c' }],
    indicators: ['a', 'c'],
  };
  const found = await findMetrics(api, experimentObject({ spec: { criteria } }), 'iter8-system');
  assert.is(asked.length, 3);
  assert.is(found.kind === 'Found' && found.metrics.length, 3);
});

finding('counts one that has two names once', async () => {
  const names = await namesFound({ 'team/a': {} }, { indicators: ['a', 'team/a'] });
  assert.equal(names, ['team/a']);
});

finding('remembers the spec and drops metadata that only grow', async () => {
  const found = await find({ 'team/a': { labels: { x: 'y' } } }, { indicators: ['a'] });
  assert.equal(found, {
    kind: 'Found',
    metrics: [
      {
        name: 'team/a',
        metricObj: {
          apiVersion: 'iter8.tools/v2alpha2',
          kind: 'Metric',
          metadata: { name: 'a', namespace: 'team' },
          spec: SPEC,
        },
      },
    ],
  });
});

finding('asks for nothing where there are no criteria', async () => {
  const { api, asked } = holding({});
  const found = await findMetrics(api, experimentObject(), 'iter8-system');
  assert.equal(found, { kind: 'Found', metrics: [] });
  assert.is(asked.length, 0);
});

failing(
  'one that is missing may still come; the message says where it was looked for',
  async () => {
    const found = await find({}, { objectives: [{ metric: 'latency', upperLimit: 1 }] });
    assert.is(found.kind, 'NotYet');
    if (found.kind === 'Found') return;
    assert.is(found.reason, 'MetricUnavailable');
    assert.match(found.message, 'team/latency and iter8-system/latency');
  },
);

const UNUSABLE: [what: string, stored: Stored[string], says: string][] = [
  ['cannot be read', { spec: { urlTemplate: 'prometheus' } }, 'spec.urlTemplate'],
  ['has a Secret and is not shared', { spec: { secret: 's' } }, 'iter8.tools/shared=true'],
  [
    'has its Secret elsewhere',
    { spec: { secret: 'team/s' }, labels: { 'iter8.tools/shared': 'true' } },
    'spec.secret',
  ],
];

for (const [what, metric, says] of UNUSABLE) {
  failing(`one that ${what} ends the experiment, with a message that names it`, async () => {
    const found = await find({ 'other/m': metric }, { indicators: ['other/m'] });
    assert.is(found.kind, 'Unsupported');
    if (found.kind === 'Found') return;
    assert.is(found.reason, 'MetricUnsupported');
    assert.match(found.message, `metric other/m: ${says}`.slice(0, 14));
    assert.match(found.message, says);
  });
}

failing('one that counts its samples by a Metric that there is not is waited for', async () => {
  const counted = { 'team/m': { spec: { sampleSize: 'n' } } };
  const found = await find(counted, { indicators: ['m'] });
  assert.is(found.kind === 'NotYet' && found.reason, 'MetricUnavailable');
  assert.match(found.kind === 'NotYet' ? found.message : '', 'there is no Metric team/n');
  assert.equal(await namesFound({ ...counted, 'team/n': {} }, { indicators: ['m'] }), ['team/m']);
});

failing('one with a Secret may be used where it is shared, or is the product’s own', async () => {
  const shared = { spec: { secret: 's' }, labels: { 'iter8.tools/shared': 'true' } };
  assert.equal(await namesFound({ 'other/m': shared }, { indicators: ['other/m'] }), ['other/m']);
  const product = { spec: { secret: 's' } };
  const names = await namesFound({ 'iter8-system/m': product }, { indicators: ['m'] });
  assert.equal(names, ['iter8-system/m']);
});

failing('a right that is missing is waited for, and told', async () => {
  const { api } = fakeApi(() => failure('Forbidden'));
  const experiment = experimentObject({ spec: { criteria: { indicators: ['m'] } } });
  const found = await findMetrics(api, experiment, 'iter8-system');
  assert.is(found.kind, 'NotYet');
  assert.match(found.kind === 'Found' ? '' : found.message, 'the API server said: Forbidden');
});

failing('an API server that cannot be reached is thrown', async () => {
  const { api } = fakeApi(() => failure('Unavailable'));
  const experiment = experimentObject({ spec: { criteria: { indicators: ['m'] } } });
  const error = await thrownBy(() => findMetrics(api, experiment, 'iter8-system'));
  assert.ok(isFailure(error, 'Unavailable'));
});

const PROVEN = { method: 'Proven', confidence: '0.95', decide: 'AtEnd' } as const;
const BAD: Partial<MetricSpec> = { evidence: { kind: 'Rate', events: 'e', trials: ' ' } };

failing(
  'evidence that cannot be counted matters only where something is to be proved by it',
  async () => {
    const stored = { 'team/errors': { spec: BAD } };
    const objectives = [{ metric: 'errors', upperLimit: '0.1' }];
    const found = await find(stored, { objectives, strength: PROVEN });
    assert.is(found.kind, 'Unsupported');
    assert.match((found as { message: string }).message, 'team/errors: spec.evidence.trials: ');
    assert.is((await find(stored, { objectives })).kind, 'Found');
    const observed = [{ ...objectives[0]!, method: 'Observed' as const }];
    assert.is((await find(stored, { objectives: observed, strength: PROVEN })).kind, 'Found');
  },
);

failing('that there is no evidence is not for them to judge', async () => {
  const objectives = [{ metric: 'errors', upperLimit: '0.1' }];
  const found = await find({ 'team/errors': {} }, { objectives, strength: PROVEN });
  assert.is(found.kind, 'Found');
});

finding.run();
failing.run();
