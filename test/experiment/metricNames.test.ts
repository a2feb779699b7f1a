import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  mentionedMetrics,
  metricCandidates,
  resolveMetric,
} from '../../functions/lib/experiment/metricNames.ts';
import { deepFreeze, experimentOf, settings } from '../fixtures.ts';

const mentioned = suite('mentionedMetrics');

mentioned('are those of all criteria, each once, as the user wrote them', () => {
  const criteria = deepFreeze({
    requestCount: 'iter8-system/request-count',
    rewards: [{ metric: 'sales', preferredDirection: 'High' as const }],
    indicators: ['error-count', 'latency'],
    objectives: [{ metric: 'latency', upperLimit: 5 }, { metric: 'error-rate' }],
  });
  assert.equal(mentionedMetrics(criteria), [
    'iter8-system/request-count',
    'sales',
    'error-count',
    'latency',
    'error-rate',
  ]);
});

mentioned('are none without criteria', () => {
  assert.equal(mentionedMetrics(undefined), []);
  assert.equal(mentionedMetrics({}), []);
});

const candidates = suite('metricCandidates');

candidates('are the one place that a name with a namespace says', () => {
  assert.equal(metricCandidates('a/b', 'team', 'iter8-system'), ['a/b']);
});

candidates('are the namespace of the experiment, then that of the product', () => {
  assert.equal(metricCandidates('b', 'team', 'iter8-system'), ['team/b', 'iter8-system/b']);
  assert.equal(metricCandidates('b', 'iter8-system', 'iter8-system'), ['iter8-system/b']);
});

const resolve = suite('resolveMetric');

/** What a name stands for in an experiment of namespace team that has read these metrics. */
function resolved(name: string, ...known: string[]): string | undefined {
  const metrics = known.map((one) => ({ name: one, metricObj: METRIC }));
  return resolveMetric(name, experimentOf({ status: { metrics } }), settings);
}

const METRIC = { spec: { type: 'Gauge', method: 'GET' } } as const;

resolve('prefers the metric of the namespace of the experiment to that of the product', () => {
  assert.is(resolved('a', 'iter8-system/a', 'team/a'), 'team/a');
  assert.is(resolved('a', 'iter8-system/a'), 'iter8-system/a');
});

resolve('takes a name with a namespace for what it says', () => {
  assert.is(resolved('other/a', 'team/a', 'other/a'), 'other/a');
  assert.is(resolved('other/a', 'team/a'), undefined);
});

resolve('never takes a metric of a namespace that the name does not stand for', () => {
  assert.is(resolved('a', 'other/a', 'iter8-system/a'), 'iter8-system/a');
  assert.is(resolved('a', 'other/a'), undefined);
  assert.is(resolved('a', 'team/ba'), undefined);
  assert.is(resolved('a'), undefined);
});

for (const tests of [mentioned, candidates, resolve]) tests.run();
