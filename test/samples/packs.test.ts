import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import type { Measurement, Tally } from '../../functions/lib/experiment/observations.ts';
import { usingFirst } from '../../functions/lib/metrics/alternatives.ts';
import { countAll } from '../../functions/lib/metrics/counts.ts';
import { instrumentsOf, type Instruments } from '../../functions/lib/metrics/instruments.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import { observeMetrics } from '../../functions/lib/metrics/observe.ts';
import { prometheus, prometheusSeries } from '../../functions/lib/metrics/prometheus.ts';
import { uncountableMetric, unsupportedMetric } from '../../functions/lib/metrics/support.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { packOfAllEras } from '../../scripts/generate-pack.ts';
import { startServer, type LocalServer } from '../../sandbox/http.ts';
import { startPrometheus, type Prometheus } from '../../sandbox/prometheus.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';
import { UNUSED } from '../metrics/outfit.ts';
import { isInPath } from '../shared.ts';
import { exposition, type Style, type Traffic } from './exposition.ts';

const PACKS = ['knative-1.18', 'knative-1.19', 'knative-1.19-scrape'];
const WINDOW_SECONDS = 5;

/** What the revisions answer, in requests a second; the latency of each is 20 ms. */
const TRAFFIC: Record<string, Traffic> = {
  healthy: { namespace: 'models', revision: 'healthy', good: 50, bad: 0 },
  ailing: { namespace: 'models', revision: 'ailing', good: 40, bad: 10 },
  idle: { namespace: 'models', revision: 'idle', good: 0, bad: 0 },
  older: { namespace: 'models', revision: 'older', good: 20, bad: 0 },
  scraped: { namespace: 'models', revision: 'scraped', good: 10, bad: 0 },
};

/** Most revisions are exposed by Knative from 1.19 on in both ways, and as if it were older. */
const BOTH: Style[] = ['labelled', 'bare'];
const STYLES: Record<string, Style[]> = { older: ['old'], scraped: ['bare'] };

const packs = suite('metric packs against a real Prometheus');
const servers: LocalServer[] = [];
const isThere = isInPath('prometheus');
let server: Prometheus;
const ask = prometheus({ allowedHosts: [], allowsLoopback: true });
const askSeries = prometheusSeries({ allowedHosts: [], allowsLoopback: true });

function metricsOf(pack: string): Metric[] {
  const file = join(import.meta.dirname, '../../samples/metrics', pack, 'metrics.yaml');
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  return documents.map((document) => document.toJS() as Metric);
}

packs.before(async () => {
  if (!isThere) return;
  const begin = Date.now();
  for (const traffic of Object.values(TRAFFIC)) {
    for (const style of STYLES[traffic.revision] ?? BOTH) {
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

/** Everything that asks the backend, for one iteration. */
function instruments(): Instruments {
  return instrumentsOf({ ...UNUSED, ask, askSeries, deadlineMs: 5000, concurrency: 8 });
}

/** All metrics of a pack for a revision, and a run of so many seconds up to now. */
function runOf(pack: string, revision: string, now: number): Experiment {
  const metrics = metricsOf(pack).map(({ metadata, spec }) => ({
    name: `iter8-system/${metadata.name}`,
    metricObj: { spec: { ...usingFirst(spec), urlTemplate: `${server.url}/api/v1/query` } },
  }));
  const variables = [
    { name: 'revision', value: revision },
    { name: 'namespace', value: 'models' },
  ];
  const startTime = new Date(now - WINDOW_SECONDS * 1000).toISOString();
  const versionInfo = { baseline: { name: 'default', variables } };
  return experimentObject({ status: { metrics, startTime, versionInfo } });
}

/** What is counted of a pack's metrics for a revision. */
async function counted(pack: string, revision: string): Promise<Record<string, Tally>> {
  const now = Date.now();
  const experiment = runOf(pack, revision, now);
  const window = { from: new Date(experiment.status!.startTime!), until: new Date(now) };
  const found = await countAll(
    experiment,
    PROVABLE.map((name) => `iter8-system/${name}`),
    window,
    instruments(),
  );
  return Object.fromEntries(
    Object.entries(found).map(([name, byVersion]) => [name.split('/')[1]!, byVersion['default']!]),
  );
}

/** The metrics of a pack that can be proved. */
const PROVABLE = ['error-rate', 'mean-latency', '95th-percentile-tail-latency'];

/** All metrics of a pack for a revision, read as an iteration reads them. */
async function measured(pack: string, revision: string): Promise<Record<string, Measurement>> {
  const now = Date.now();
  const experiment = runOf(pack, revision, now);
  const found = await measureAll(experiment, new Date(now), instruments());
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

  packs(`${pack}: what can be proved says how`, () => {
    for (const { spec, metadata } of metricsOf(pack)) {
      const isProvable = PROVABLE.includes(metadata.name);
      assert.is(uncountableMetric(spec) === undefined, isProvable, metadata.name);
    }
  });

  packs(`${pack}: a revision with errors is counted, to the scrape`, async () => {
    const found = await counted(pack, 'ailing');
    const rate = found['error-rate'] as { kind: 'Rate'; trials: number; events: number };
    isNear({ kind: 'Value', value: rate.trials }, 50 * WINDOW_SECONDS);
    isNear({ kind: 'Value', value: rate.events / rate.trials }, 0.2, 1e-9);
    const mean = found['mean-latency'] as { kind: 'Mean'; count: number; sum: number };
    isNear({ kind: 'Value', value: mean.count }, 50 * WINDOW_SECONDS);
    isNear({ kind: 'Value', value: mean.sum / mean.count }, 20, 1e-9);
    const tail = found['95th-percentile-tail-latency'] as Extract<Tally, { kind: 'Quantile' }>;
    assert.equal(tail.edges, [5, 10, 25, 50]);
    const [, , third] = tail.counts;
    assert.equal(tail.counts, [0, 0, third, 0, 0]);
    isNear({ kind: 'Value', value: third! }, 50 * WINDOW_SECONDS);
  });

  packs(
    `${pack}: of a revision without requests nothing is counted; of none, nothing is known`,
    async () => {
      const idle = await counted(pack, 'idle');
      assert.equal(idle['error-rate'], { kind: 'Rate', trials: 0, events: 0 });
      for (const name of PROVABLE) {
        assert.is((await counted(pack, 'unknown'))[name]?.kind, 'NoData', name);
      }
    },
  );

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

const ERAS: [revision: string, era: string, perSecond: number][] = [
  ['healthy', 'knative-1.19', 50],
  ['scraped', 'knative-1.19-scrape', 10],
  ['older', 'knative-1.18', 20],
];
for (const [revision, era, perSecond] of isThere ? ERAS : []) {
  packs(`knative: what a revision exposes is found to be that of ${era}`, async () => {
    const now = new Date();
    const experiment = runOf('knative', revision, now.getTime());
    const counted = PROVABLE.map((name) => `iter8-system/${name}`);
    const wanted = { evaluationTime: now, counted };
    const read = await observeMetrics(experiment, wanted, instruments());
    assert.equal([...new Set(read.metrics.map(({ alternative }) => alternative))], [era]);
    isNear(read.measurements['iter8-system/request-count']!['default'], perSecond * WINDOW_SECONDS);
    const tally = read.tallies['iter8-system/error-rate']!['default']!;
    const trials = tally.kind === 'Rate' ? tally.trials : NaN;
    isNear({ kind: 'Value', value: trials }, perSecond * WINDOW_SECONDS);
  });
}

if (isThere) {
  packs('knative: what nobody exposes is waited for', async () => {
    const now = new Date();
    const experiment = runOf('knative', 'unknown', now.getTime());
    const read = await observeMetrics(
      experiment,
      { evaluationTime: now, counted: [] },
      instruments(),
    );
    const found = read.measurements['iter8-system/error-rate']!['default']!;
    assert.is(found.kind, 'NoData');
    assert.is(read.metrics[0]!.alternative, undefined);
  });
}

packs('knative: is made of the packs of all eras (else: npm run generate)', () => {
  const file = join(import.meta.dirname, '../../samples/metrics/knative/metrics.yaml');
  assert.is(readFileSync(file, 'utf8'), packOfAllEras());
});

packs.run();
