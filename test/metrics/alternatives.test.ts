import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import {
  chooseAlternatives,
  usingFirst,
  type Choice,
} from '../../functions/lib/metrics/alternatives.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import type { MetricInfo } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricAlternative, MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { UNUSED } from './outfit.ts';

const choosing = suite('choosing among the alternatives of a Metric');

function alternative(name: string): MetricAlternative {
  return {
    name,
    probe: `${name}_total{revision='$revision'}`,
    params: [{ name: 'query', value: `${name}_query` }],
    evidence: { kind: 'Rate', events: `${name}_errors`, trials: `${name}_total` },
  };
}

function metric(name: string, ...alternatives: string[]): MetricInfo {
  const spec: MetricSpec = {
    type: 'Gauge',
    method: 'GET',
    provider: 'prometheus',
    urlTemplate: 'http://p:9090/api/v1/query',
    ...(alternatives.length > 0 && { alternatives: alternatives.map(alternative) }),
  };
  return { name, metricObj: { spec: usingFirst(spec) } };
}

type Asked = { choice: Choice; queries: string[] };

async function choose(
  metrics: MetricInfo[],
  answer: (query: string) => Measurement,
): Promise<Asked> {
  const queries: string[] = [];
  const ask: (typeof UNUSED)['ask'] = ({ query }) => {
    queries.push(query);
    return Promise.resolve(answer(query));
  };
  const instruments = instrumentsOf({ ...UNUSED, ask, deadlineMs: 5000, concurrency: 8 });
  const values = { revision: 'model-00001' };
  const circumstances = { evaluationTime: new Date(), values };
  return { choice: await chooseAlternatives(metrics, circumstances, instruments), queries };
}

const NONE: Measurement = { kind: 'NoData', reason: 'NoData', message: 'no series' };

function onlyOf(name: string): (query: string) => Measurement {
  return (query) => (query.includes(`${name}_`) ? { kind: 'Value', value: 3 } : NONE);
}

choosing(
  'takes the first one that finds something for the baseline, and remembers it',
  async () => {
    const { choice, queries } = await choose([metric('team/a', 'new', 'old')], onlyOf('old'));
    assert.equal(queries, [
      "count(new_total{revision='model-00001'})",
      "count(old_total{revision='model-00001'})",
    ]);
    const [chosen] = choice.metrics;
    assert.is(chosen!.alternative, 'old');
    const { alternatives, params, evidence } = chosen!.metricObj.spec;
    assert.is(alternatives, undefined, 'the others need not be kept');
    assert.equal(params, [{ name: 'query', value: 'old_query' }]);
    assert.is(evidence?.trials, 'old_total');
    assert.equal(choice.undecided, {});
  },
);

choosing('asks nothing for a Metric without any, or with one chosen before', async () => {
  const first = await choose([metric('team/a', 'new')], onlyOf('new'));
  const again = await choose([...first.choice.metrics, metric('team/b')], onlyOf('new'));
  assert.equal(again.queries, []);
  assert.is(again.choice.metrics[0]!.alternative, 'new');
});

choosing('asks what several Metrics want to know once', async () => {
  const metrics = [metric('team/a', 'new', 'old'), metric('team/b', 'new', 'old')];
  const { choice, queries } = await choose(metrics, onlyOf('old'));
  assert.is(queries.length, 2);
  assert.equal(
    choice.metrics.map((one) => one.alternative),
    ['old', 'old'],
  );
});

choosing('waits where none finds anything, and says so', async () => {
  const { choice } = await choose([metric('team/a', 'new', 'old')], () => NONE);
  assert.is(choice.metrics[0]!.alternative, undefined);
  assert.is(choice.metrics[0]!.metricObj.spec.alternatives?.length, 2);
  const undecided = choice.undecided['team/a']!;
  assert.is(undecided.kind, 'NoData');
  assert.match(undecided.message, 'none of new, old has a series yet');
});

choosing('does not pass over one that could not be asked', async () => {
  const { choice, queries } = await choose([metric('team/a', 'new', 'old')], (query) =>
    query.includes('new_')
      ? { kind: 'Error', reason: 'Timeout', message: 'no answer in time' }
      : { kind: 'Value', value: 1 },
  );
  assert.is(queries.length, 1);
  const undecided = choice.undecided['team/a']!;
  assert.is(undecided.reason, 'Timeout');
  assert.match(undecided.message, /^alternative new: /);
});

choosing('until then, the first one is what a Metric asks', () => {
  const spec = metric('team/a', 'new', 'old').metricObj.spec;
  assert.equal(spec.params, [{ name: 'query', value: 'new_query' }]);
  assert.is(spec.evidence?.trials, 'new_total');
  const plain = metric('team/b').metricObj.spec;
  assert.equal(usingFirst(plain), plain);
});

choosing.run();
