import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { bundle, FUNCTIONS } from '../../scripts/bundle.ts';
import { apply, completed, condition, OBJECTIVES, startScenario } from './scenario.ts';
import { storiesOn } from './stories.ts';

for (const name of FUNCTIONS) {
  await bundle(name, join(import.meta.dirname, '../../functions', name, 'index.mjs'));
}

function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Metrics that no Prometheus query gives as they are: found by jq, scraped, and invented. */
function ownMetrics(prometheus: string): object[] {
  const query =
    "increase(revision_app_request_latencies_count{revision_name='$revision'}[${elapsedTime}s])";
  const specs = {
    'by-jq': {
      urlTemplate: `${prometheus}/api/v1/query`,
      params: [{ name: 'query', value: query }],
      jqExpression: '.data.result | if length == 0 then null else 20 + length end',
    },
    scraped: {
      provider: 'openmetrics',
      urlTemplate: `${prometheus}/metrics`,
      jqExpression:
        '[.data.result[] | select(.metric.__name__ == "process_open_fds") | .value[1] | tonumber] | add',
    },
    invented: {
      mock: [
        { name: 'default', level: 20 },
        { name: 'canary', level: '30' },
      ],
    },
  };
  return Object.entries(specs).map(([name, spec]) => ({
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Metric',
    metadata: { name, namespace: 'e2e-bundled' },
    spec,
  }));
}

const bundled = await storiesOn(
  'the functions as they are deployed',
  {
    'promote a good candidate, each from its bundled file and those beside it': async (cluster) => {
      // What reads freeze windows is in a file of its own.
      const window = {
        rule: 'FREQ=DAILY;COUNT=1',
        start: '2026-01-01T00:00:00',
        durationSeconds: 1,
      };
      const strategy = { testingPattern: 'Canary', freeze: { windows: [window] } };
      await apply(cluster, [namespace('e2e-bundled'), ...ownMetrics(cluster.prometheus.url)]);
      const criteria = {
        requestCount: 'request-count',
        objectives: [...OBJECTIVES, { metric: 'by-jq', upperLimit: 200 }],
        indicators: ['scraped', 'invented'],
      };
      const scenario = await startScenario(cluster, 'e2e-bundled', {
        spec: { strategy, criteria },
      });
      const end = await completed(scenario);
      assert.is(condition(end, 'Promoted'), 'True', JSON.stringify(end.status));
      // jq is in a file of its own, too, and so is all that asks backends.
      for (const metric of ['by-jq', 'scraped', 'invented']) {
        const { data } = end.status!.analysis!.aggregatedMetrics!.data[`e2e-bundled/${metric}`]!;
        assert.ok(Number(data['canary']!.value) > 0, metric);
      }
      assert.is((await scenario.service()).spec.predictor.canaryTrafficPercent, 100);
    },
  },
  { isBundled: true },
);
bundled.run();
