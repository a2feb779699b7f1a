import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { unsupportedMetric } from '../../functions/lib/metrics/support.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { startServer, type LocalServer } from '../../sandbox/http.ts';
import { startPrometheus, type Prometheus } from '../../sandbox/prometheus.ts';
import { isInPath } from '../shared.ts';
import { exposition, type Traffic } from './exposition.ts';

const PACKS = ['knative-1.18', 'knative-1.19', 'knative-1.19-scrape'];
const WINDOW_SECONDS = 5;

/** What the revisions answer, in requests a second; the latency of each is 20 ms. */
const TRAFFIC: Record<string, Traffic> = {
  healthy: { namespace: 'models', revision: 'healthy', good: 50, bad: 0 },
  ailing: { namespace: 'models', revision: 'ailing', good: 40, bad: 10 },
  idle: { namespace: 'models', revision: 'idle', good: 0, bad: 0 },
};

const packs = suite('metric packs against a real Prometheus');
const servers: LocalServer[] = [];
const isThere = isInPath('prometheus');
let server: Prometheus;
const ask = prometheus({ allowedHosts: [], allowsLoopback: true });

function metricsOf(pack: string): Metric[] {
  const file = join(import.meta.dirname, '../../samples/metrics', pack, 'metrics.yaml');
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  return documents.map((document) => document.toJS() as Metric);
}

packs.before(async () => {
  if (!isThere) return;
  const begin = Date.now();
  for (const traffic of Object.values(TRAFFIC)) {
    for (const style of ['labelled', 'bare'] as const) {
      const text = (): string => exposition(traffic, style, (Date.now() - begin) / 1000);
      servers.push(await startServer((_request, response) => response.end(text())));
    }
  }
  server = await startPrometheus(servers.map(({ url }) => new URL(url).host));
  while ((await wellKnownTargets()) < servers.length) await sleep(200);
});

/** How many targets were scraped through a whole window, and before it: else they count as new. */
async function wellKnownTargets(): Promise<number> {
  const seconds = WINDOW_SECONDS + 3;
  const found = await ask({
    endpoint: server.url,
    query: `count(count_over_time(up[${seconds}s]) >= ${seconds})`,
    evaluationTime: new Date(),
    signal: AbortSignal.timeout(5000),
  });
  return found.kind === 'Value' ? found.value : 0;
}

packs.after(async () => {
  if (!isThere) return;
  await server.stop();
  for (const one of servers) await one.stop();
});

/** All metrics of a pack for a revision, read as an iteration reads them. */
async function measured(pack: string, revision: string): Promise<Record<string, Measurement>> {
  const metrics = metricsOf(pack).map(({ metadata, spec }) => ({
    name: `iter8-system/${metadata.name}`,
    metricObj: { spec: { ...spec, urlTemplate: `${server.url}/api/v1/query` } },
  }));
  const now = Date.now();
  const variables = [
    { name: 'revision', value: revision },
    { name: 'namespace', value: 'models' },
  ];
  const status = {
    metrics,
    startTime: new Date(now - WINDOW_SECONDS * 1000).toISOString(),
    versionInfo: { baseline: { name: 'default', variables } },
  };
  const found = await measureAll(status, new Date(now), {
    api: () => Promise.reject(new Error('no Secret is needed')),
    ask,
    deadlineMs: 5000,
    concurrency: 8,
  });
  return Object.fromEntries(
    Object.entries(found).map(([name, byVersion]) => [name.split('/')[1]!, byVersion['default']!]),
  );
}

/** Extrapolation to the window's ends makes a rate wrong by up to an interval in five. */
function isNear(found: Measurement | undefined, expected: number, share = 0.25): void {
  assert.is(found?.kind, 'Value', JSON.stringify(found));
  const { value } = found as { value: number };
  const isClose = Math.abs(value - expected) <= expected * share;
  assert.ok(isClose, `found ${value}, expected about ${expected}`);
}

for (const pack of isThere ? PACKS : []) {
  packs(`${pack}: every Metric can be read by this version`, () => {
    for (const { spec, metadata } of metricsOf(pack)) {
      assert.is(unsupportedMetric({ ...spec }), undefined, metadata.name);
    }
  });

  packs(`${pack}: a revision with errors is measured`, async () => {
    const found = await measured(pack, 'ailing');
    isNear(found['request-count'], 50 * WINDOW_SECONDS);
    isNear(found['error-count'], 10 * WINDOW_SECONDS);
    isNear(found['error-rate'], 0.2, 0.05);
    isNear(found['mean-latency'], 20, 0.05);
    isNear(found['95th-percentile-tail-latency'], 24.375, 0.05);
  });

  packs(`${pack}: a revision without errors has an error rate of 0, not none`, async () => {
    const found = await measured(pack, 'healthy');
    isNear(found['request-count'], 50 * WINDOW_SECONDS);
    assert.equal(found['error-count'], { kind: 'Value', value: 0 });
    assert.equal(found['error-rate'], { kind: 'Value', value: 0 });
  });

  packs(`${pack}: a revision without requests has no latency and no error rate`, async () => {
    const found = await measured(pack, 'idle');
    assert.equal(found['request-count'], { kind: 'Value', value: 0 });
    for (const name of ['mean-latency', 'error-rate', '95th-percentile-tail-latency']) {
      assert.is(found[name]?.kind, 'NoData', name);
    }
  });

  packs(`${pack}: a revision that nobody knows has no data at all`, async () => {
    for (const [name, { kind }] of Object.entries(await measured(pack, 'unknown'))) {
      assert.is(kind, 'NoData', name);
    }
  });
}

packs.run();
