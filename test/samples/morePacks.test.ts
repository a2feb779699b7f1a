import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import type {
  Measurement,
  Measurements,
  Tallies,
  Tally,
} from '../../functions/lib/experiment/observations.ts';
import { countAll } from '../../functions/lib/metrics/counts.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import { prometheus, prometheusSeries } from '../../functions/lib/metrics/prometheus.ts';
import { uncountableMetric, unsupportedMetric } from '../../functions/lib/metrics/support.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import type { KubeObject } from '../../sandbox/kube.ts';
import { startPrometheus, type Prometheus } from '../../sandbox/prometheus.ts';
import { checkBy } from '../definitions.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';
import { UNUSED } from '../metrics/outfit.ts';
import { isInPath } from '../shared.ts';
import { startModelMetrics, type ModelMetrics, type Version } from './modelMetrics.ts';
import { sum, TRUTHS, type Truth } from './packTruths.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKS = ['istio', 'kserve', 'vllm', 'system', 'ml', 'business'];

function metricsOf(pack: string): Metric[] {
  const file = join(ROOT, 'samples/metrics', pack, 'metrics.yaml');
  return parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as Metric);
}

const all = PACKS.flatMap(metricsOf);

/** Of which no single event is counted, or none that is a trial of its own. */
const WITHOUT_EVIDENCE =
  /^system-|-count$|inter-token-latency$|tokens-per-second$|kv-cache-usage$|requests-waiting$/;

const objects = suite('objects of the packs for other sources');

objects('are valid, can be read, and have a truth to be held against', () => {
  const check = checkBy([join(ROOT, 'eventing/crd/metric.yaml')]);
  for (const metric of all) {
    const { name, namespace } = metric.metadata;
    assert.equal(check(metric as unknown as KubeObject)?.mistakes, [], name);
    assert.is(unsupportedMetric(metric.spec), undefined, name);
    assert.is(namespace, 'iter8-system', name);
  }
  assert.equal(all.map(({ metadata }) => metadata.name).sort(), Object.keys(TRUTHS).sort());
});

objects('say how their value comes about, where it comes from separate events', () => {
  for (const { metadata, spec } of all) {
    const isProvable = !WITHOUT_EVIDENCE.test(metadata.name);
    assert.is(uncountableMetric(spec) === undefined, isProvable, metadata.name);
  }
});

objects('are applied by kustomizations, under names that begin with that of the pack', () => {
  for (const pack of PACKS) {
    const file = join(ROOT, 'samples/metrics', pack, 'kustomization.yaml');
    const { resources } = parse(readFileSync(file, 'utf8')) as { resources: string[] };
    assert.equal(resources, ['metrics.yaml']);
    assert.ok(metricsOf(pack).every(({ metadata }) => metadata.name.startsWith(`${pack}-`)));
  }
});

objects.run();

/** With requests before the start; new since then; never asked; and one with a similar name. */
const OLD: Version = { revision: 'iris', isKnative: true, failEvery: 10 };
const NEW: Version = { revision: 'iris-new', isKnative: false, failEvery: 5 };
const IDLE: Version = { revision: 'idle', isKnative: true, failEvery: 10 };
const NEIGHBOUR: Version = { revision: 'iris-v2', isKnative: false, failEvery: 2 };
const UNKNOWN = 'unknown';

const BEFORE = 400;
const BATCHES = 4;
const BATCH = 80;

const packs = suite('packs for other sources against a real Prometheus');
const isThere = isInPath('prometheus');
const POLICY = { allowedHosts: [], allowsLoopback: true };
const ask = prometheus(POLICY);
const askSeries = prometheusSeries(POLICY);
let models: ModelMetrics;
let server: Prometheus;
let seconds: number;
let measured: Measurements;
let counted: Tallies;

packs.before(async () => {
  if (!isThere) return;
  models = await startModelMetrics();
  for (const version of [OLD, IDLE, NEIGHBOUR]) models.bringUp(version);
  await models.ask(OLD, BEFORE);
  server = await startPrometheus([new URL(models.url).host]);
  await untilScraped(OLD, 0);
  const from = new Date();
  models.bringUp(NEW);
  // Else increase() misses what came between the start and the first scrape after it.
  await untilScraped(OLD, 1);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await Promise.all([OLD, NEW, NEIGHBOUR].map((version) => models.ask(version, BATCH)));
    await untilScraped(OLD, 1);
  }
  seconds = Math.ceil((Date.now() - from.getTime()) / 1000);
  const until = new Date(from.getTime() + seconds * 1000);
  // As iterations do, it looks one scrape interval back, when all that belongs there is known.
  await sleep(until.getTime() + 1000 - Date.now());
  await readAll(from, until);
});

/** Until Prometheus knows all that a version was asked, and has scraped so many times more. */
async function untilScraped(version: Version, more: number): Promise<void> {
  const enough = models.scrapes() + more;
  const requests = models.asked(version).length;
  const selector = `destination_workload='${version.revision}-deployment',reporter='source'`;
  for (;;) {
    const found = await ask({
      endpoint: server.url,
      query: `sum(istio_requests_total{${selector}})`,
      evaluationTime: new Date(),
      signal: AbortSignal.timeout(5000),
    });
    const isKnown = found.kind === 'Value' && found.value === requests;
    if (isKnown && models.scrapes() >= enough) return;
    await sleep(50);
  }
}

/** Reads and counts all Metrics for all versions, as an iteration does. */
async function readAll(from: Date, until: Date): Promise<void> {
  const versions = [OLD.revision, NEW.revision, IDLE.revision, UNKNOWN].map((revision) => ({
    name: revision,
    variables: Object.entries({ revision, namespace: 'models', class: 'spam' }).map(
      ([name, value]) => ({ name, value }),
    ),
  }));
  const [baseline, ...candidates] = versions;
  const urlTemplate = `${server.url}/api/v1/query`;
  const metrics = all.map(({ metadata, spec }) => ({
    name: metadata.name,
    metricObj: { spec: { ...spec, urlTemplate } },
  }));
  const startTime = from.toISOString();
  const experiment = experimentObject({
    status: { metrics, startTime, versionInfo: { baseline: baseline!, candidates } },
  });
  const limits = { deadlineMs: 20_000, concurrency: 8 };
  const instruments = instrumentsOf({ ...UNUSED, ask, askSeries, ...limits });
  measured = await measureAll(experiment, until, instruments);
  const names = metrics.map(({ name }) => name);
  counted = await countAll(experiment, names, { from, until }, instruments);
}

packs.after(async () => {
  if (!isThere) return;
  await server.stop();
  await models.stop();
});

function truthOf(name: string, version: Version): Truth {
  const before = version === OLD ? BEFORE : 0;
  return TRUTHS[name]!(models.asked(version).slice(before), seconds);
}

function isClose(found: number, expected: number, share: number, what: string): void {
  const isNear = Math.abs(found - expected) <= Math.abs(expected) * share;
  assert.ok(isNear, `${what}: found ${found}, expected ${expected} ± ${share * 100} %`);
}

/** The edges of the bucket that has a percentile of the values. */
function bucketOf({ values, percent, edges }: Truth & { kind: 'Percentile' }): [number, number] {
  const sorted = values.toSorted((one, other) => one - other);
  const value = sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
  const upper = edges.findIndex((edge) => value <= edge);
  return [edges[upper - 1] ?? 0, edges[upper]!];
}

/** Extrapolation to the window's ends adds to what grows up to one interval, of a second. */
function toleranceOf(truth: Truth, version: Version): number {
  const isExtrapolated = version === OLD && (truth.kind === 'Count' || truth.kind === 'Speed');
  return isExtrapolated ? 1.2 / (seconds - 1) : 0.02;
}

function agrees(found: Measurement, truth: Truth, tolerance: number, what: string): void {
  assert.is(found.kind, 'Value', `${what}: ${JSON.stringify(found)}`);
  const { value } = found as { value: number };
  if (truth.kind === 'Percentile') {
    const [lower, upper] = bucketOf(truth);
    assert.ok(value > lower && value <= upper, `${what}: ${value} in ${lower} to ${upper}`);
    return;
  }
  isClose(value, valueOf(truth), tolerance, what);
}

function valueOf(truth: Exclude<Truth, { kind: 'Percentile' }>): number {
  if (truth.kind === 'Share') return truth.events / truth.trials;
  return truth.kind === 'Mean' ? sum(truth.values) / truth.count : truth.value;
}

const SUM_ERROR = 1e-9;

function agreesExactly(tally: Tally, truth: Truth, what: string): void {
  if (truth.kind === 'Share') {
    const { events, trials } = truth;
    assert.equal(tally, { kind: 'Rate', events, trials }, what);
  } else if (truth.kind === 'Percentile') {
    const { edges, counts } = tally as Tally & { kind: 'Quantile' };
    assert.equal(edges, truth.edges, what);
    const bounds = [-Infinity, ...truth.edges, Infinity];
    const inBucket = (index: number) => (value: number) =>
      value > bounds[index]! && value <= bounds[index + 1]!;
    assert.equal(
      counts,
      bounds.slice(1).map((_bound, index) => truth.values.filter(inBucket(index)).length),
      what,
    );
  } else if (truth.kind === 'Mean') {
    const found = tally as Tally & { kind: 'Mean' };
    assert.is(found.count, truth.count, what);
    isClose(found.sum, sum(truth.values), SUM_ERROR, what);
    const squares = sum(truth.values.map((value) => value ** 2));
    if (found.sumOfSquares !== undefined) isClose(found.sumOfSquares, squares, SUM_ERROR, what);
  } else assert.unreachable(`${what} has evidence, but no truth of events`);
}

for (const { metadata, spec } of isThere ? all : []) {
  const { name } = metadata;
  for (const version of [OLD, NEW]) {
    const who = version === OLD ? 'a version with requests before the start' : 'a new version';

    packs(`${name}: the query finds what ${who} was asked since`, () => {
      const truth = truthOf(name, version);
      const tolerance = toleranceOf(truth, version);
      agrees(measured[name]![version.revision]!, truth, tolerance, name);
    });

    if (!spec.evidence) continue;
    packs(`${name}: counted exactly for ${who}`, () => {
      agreesExactly(counted[name]![version.revision]!, truthOf(name, version), name);
    });
  }
}

/** What says of a version without requests that it has none, or does not ask for requests. */
const TELLS_OF_IDLENESS = /^(vllm-request-count|vllm-kv-cache-usage|vllm-requests-waiting)$/;
const NEEDS_NO_REQUESTS = /^system-(?!cpu-throttling$)/;

if (isThere) {
  packs('a version without requests has no data, not 0', () => {
    for (const { name } of all.map(({ metadata }) => metadata)) {
      if (TELLS_OF_IDLENESS.test(name) || NEEDS_NO_REQUESTS.test(name)) continue;
      assert.is(measured[name]![IDLE.revision]!.kind, 'NoData', name);
    }
    assert.equal(measured['vllm-request-count']![IDLE.revision], { kind: 'Value', value: 0 });
  });

  packs('nothing is counted of a version without requests', () => {
    for (const { metadata } of all.filter(({ spec }) => spec.evidence)) {
      const tally = counted[metadata.name]![IDLE.revision]!;
      const { trials, count, counts } = tally as Record<string, unknown>;
      const found = trials ?? count ?? sum((counts as number[] | undefined) ?? []);
      assert.ok(tally.kind === 'NoData' || found === 0, JSON.stringify(tally));
    }
  });

  packs('a version that nobody knows has no data', () => {
    for (const { metadata, spec } of all) {
      const { name } = metadata;
      assert.is(measured[name]![UNKNOWN]!.kind, 'NoData', name);
      if (spec.evidence) assert.is(counted[name]![UNKNOWN]!.kind, 'NoData', name);
    }
  });
}

packs.run();
