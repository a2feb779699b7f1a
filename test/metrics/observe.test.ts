import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { usingFirst } from '../../functions/lib/metrics/alternatives.ts';
import { instrumentsOf, type Outfit } from '../../functions/lib/metrics/instruments.ts';
import { observeMetrics, type MetricsRead } from '../../functions/lib/metrics/observe.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import type { MetricInfo } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import { UNUSED } from './outfit.ts';

const START = '2026-01-01T00:00:10.000Z';
const EVALUATED = new Date('2026-01-01T00:01:40.000Z');

const observing = suite('what an iteration reads of its metrics');

function metric(name: string, different: Partial<MetricSpec> = {}): MetricInfo {
  const spec: MetricSpec = {
    type: 'Gauge',
    method: 'GET',
    provider: 'prometheus',
    urlTemplate: 'http://p:9090/api/v1/query',
    params: [{ name: 'query', value: `${name}{r='$revision'}[\${elapsedTime}s]` }],
    ...different,
  };
  return { name, metricObj: { spec: usingFirst(spec) } };
}

function observe(metrics: MetricInfo[], outfit: Partial<Outfit> = {}): Promise<MetricsRead> {
  const experiment = experimentObject({
    status: runningStatus(10, { metrics, startTime: START }),
  });
  const instruments = instrumentsOf({ ...UNUSED, deadlineMs: 5000, concurrency: 8, ...outfit });
  const counted = metrics.map(({ name }) => name);
  return observeMetrics(experiment, { evaluationTime: EVALUATED, counted }, instruments);
}

const ONE: Measurement = { kind: 'Value', value: 1 };
const one = (): Promise<Measurement> => Promise.resolve(ONE);

observing('remembers what was asked for each version, in full', async () => {
  const { metrics, measurements } = await observe([metric('team/a')], { ask: one });
  assert.equal(measurements, { 'team/a': { default: ONE, canary: ONE } });
  assert.equal(metrics[0]!.queries, [
    { version: 'default', query: "team/a{r='model-predictor-00001'}[90s]" },
    { version: 'canary', query: "team/a{r='model-predictor-00002'}[90s]" },
  ]);
});

observing('never remembers a secret', async () => {
  const secret = { data: { token: Buffer.from('top-secret-4711').toString('base64') } };
  const bearer = metric('team/a', {
    urlTemplate: 'https://api.example/q?key=${token}',
    params: [],
    authType: 'Bearer',
    secret: 's',
    jqExpression: '.value',
    headerTemplates: [{ name: 'Authorization', value: 'Bearer ${token}' }],
  });
  const asked: string[] = [];
  const askHttp: Outfit['askHttp'] = ({ question }) => {
    asked.push(question.url, question.headers['Authorization'] ?? '');
    return Promise.resolve(ONE);
  };
  const { metrics } = await observe([bearer], {
    api: <T>() => Promise.resolve(secret as T),
    askHttp,
  });
  assert.ok(asked.every((text) => text.includes('top-secret-4711')));
  assert.not.match(JSON.stringify(metrics), 'top-secret-4711');
  assert.match(metrics[0]!.queries![0]!.query, '${token}');
});

observing('keeps what it remembers small', async () => {
  const long = { params: [{ name: 'query', value: 'x'.repeat(16_000) }] };
  const metrics = Array.from({ length: 40 }, (_, index) => metric(`team/m${index}`, long));
  const read = await observe(metrics, { ask: one });
  const bytes = JSON.stringify(read.metrics.map(({ queries }) => queries)).length;
  assert.ok(bytes < 16 * 1024, `${bytes}`);
  assert.match(read.metrics[0]!.queries![0]!.query, /^x+…$/);
});

observing('says of a Metric whose alternatives have no series that there are no data', async () => {
  const alternatives = ['new', 'old'].map((name) => ({
    name,
    probe: `${name}_total`,
    params: [{ name: 'query', value: name }],
    evidence: { kind: 'Rate', events: 'e', trials: 't' } as const,
  }));
  const ask = ({ query }: { query: string }): Promise<Measurement> =>
    Promise.resolve(
      query.startsWith('count(') ? { kind: 'NoData', reason: 'NoData', message: 'none' } : ONE,
    );
  const read = await observe([metric('team/a', { alternatives }), metric('team/b')], { ask });
  for (const version of ['default', 'canary']) {
    assert.is(read.measurements['team/a']![version]!.kind, 'NoData');
    assert.is(read.tallies['team/a']![version]!.kind, 'NoData');
    assert.equal(read.measurements['team/b']![version], ONE);
  }
  assert.is(read.metrics[0]!.metricObj.spec.alternatives?.length, 2, 'it is looked at again');
});

observing('invents the same mock values whenever the same iteration is repeated', async () => {
  const mocked = metric('team/a', {
    mock: [
      { name: 'default', level: 20 },
      { name: 'canary', level: '30' },
    ],
  });
  const { measurements } = await observe([mocked], { randomOf: () => () => 0.5 });
  const again = await observe([mocked], { randomOf: () => () => 0.5 });
  assert.equal(measurements, again.measurements);
  assert.is(measurements['team/a']!['default']!.kind, 'Value');
});

observing('does not ask a Prometheus for what a version does not say', async () => {
  const params = [{ name: 'query', value: 'x{p="$pod"} or vector(0)' }];
  const evidence = { kind: 'Rate', events: 'e', trials: 't' } as const;
  const askSeries = (): Promise<SeriesAnswer> =>
    Promise.resolve({ kind: 'Series', isRange: true, series: [] });
  const odd = metric('team/a', { params, evidence });
  const { measurements } = await observe([odd], { askSeries });
  const found = measurements['team/a']!['canary']!;
  assert.is(found.kind === 'Error' && found.reason, 'Undefined');
  assert.match(
    found.kind === 'Error' ? found.message : '',
    'the query has $pod, and version canary',
  );
});

observing('does not count what a version does not say', async () => {
  const evidence = { kind: 'Rate', events: 'e{p="$pod"}', trials: 't' } as const;
  const { tallies } = await observe([metric('team/a', { evidence })], { ask: one });
  const found = tallies['team/a']!['canary']!;
  assert.is(found.kind === 'Error' && found.reason, 'Undefined');
});

observing(
  'lets other backends have a dollar sign of their own, and explains it if it fails',
  async () => {
    const odd = metric('team/a', {
      urlTemplate: 'http://p:9090/graphql',
      method: 'POST',
      params: [],
      body: '{"query": "query($pod: String!) { pods }"}',
    });
    const fine = await observe([odd], { askHttp: one });
    assert.equal(fine.measurements['team/a']!['canary'], ONE);
    const refusal: Measurement = { kind: 'Error', reason: 'BadQuery', message: 'refused' };
    const { measurements } = await observe([odd], { askHttp: () => Promise.resolve(refusal) });
    const found = measurements['team/a']!['canary']!;
    assert.is(found.kind === 'Error' && found.reason, 'Undefined');
    assert.match(found.kind === 'Error' ? found.message : '', /the query has \$pod.*: refused/);
  },
);

observing.run();
