// Contests of three versions from their creation to their end: the functions on a real API, with
// routes that have a weight for each version, and a backend that counts what each has sold.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import type { Experiment, ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { EXPERIMENTS, startCluster, type Cluster } from '../badInput/cluster.ts';
import { weightIn } from '../badInput/targets.ts';
import { at } from '../fixtures.ts';

const VERSIONS = ['old', 'red', 'blue'];
const ROUTES = '/apis/routes.example.org/v1/namespaces/team/routes';
const SCRAPE_MS = 5000;
const VISITS_PER_SECOND = 40;

/** Of how many visits each version sells something, and of how many it fails. */
type Truth = { sold: Record<string, number>; failed?: Record<string, number> };

/** Counters that have grown evenly since long ago, by their names and versions. */
function backendOf({ sold, failed = {} }: Truth): (query: InstantQuery) => SeriesAnswer {
  return ({ query, evaluationTime }) => {
    const [, counter = '', version = ''] = /(\w+)_total\{version="(\w+)"\}/.exec(query) ?? [];
    const share = { sold: sold[version], failed: failed[version] ?? 0, visits: 1 }[counter] ?? 0;
    const seconds = /\[(\d+)s\]$/.exec(query)?.[1];
    const until = evaluationTime.getTime();
    const from = until - (seconds === undefined ? SCRAPE_MS : 1000 * Number(seconds));
    const samples: { at: number; value: number }[] = [];
    for (let time = from - (from % SCRAPE_MS) + SCRAPE_MS; time <= until; time += SCRAPE_MS) {
      const visits = (VISITS_PER_SECOND * (time - at(0).getTime())) / 1000;
      samples.push({ at: time, value: Math.round(visits * share) });
    }
    const labels = { __name__: `${counter}_total`, version };
    return { kind: 'Series', isRange: seconds !== undefined, series: [{ labels, samples }] };
  };
}

function rate(name: string, events: string): ApiObject {
  const selector = (counter: string): string => `${counter}_total{version="$name"}`;
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Metric',
    metadata: { name, namespace: 'team' },
    spec: {
      provider: 'prometheus',
      urlTemplate: 'http://prometheus:9090/api/v1/query',
      params: [{ name: 'query', value: `${events}{version="$name"}` }],
      evidence: { kind: 'Rate', events: selector(events), trials: selector('visits') },
    },
  };
}

/** Three routes of one object, and a contest on them. */
async function begin(truth: Truth, strategy: object = {}): Promise<Cluster> {
  const cluster = startCluster(backendOf(truth));
  for (const metric of [rate('sales', 'sold'), rate('failures', 'failed')]) cluster.keep(metric);
  const route = VERSIONS.map((_name, index) => ({ weight: index === 0 ? 100 : 0 }));
  const [baseline, ...candidates] = VERSIONS.map((name, index) => ({
    name,
    weightObjRef: weightIn('shop', index),
  }));
  await cluster.send('POST', ROUTES, {
    apiVersion: 'routes.example.org/v1',
    kind: 'Route',
    metadata: { name: 'shop', namespace: 'team' },
    spec: { http: [{ route }] },
  });
  const { status } = await cluster.send('POST', EXPERIMENTS, {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name: 'shop', namespace: 'team' },
    spec: {
      target: 'shop',
      versionInfo: { baseline, candidates },
      strategy: {
        testingPattern: 'A/B/N',
        weights: { maxCandidateWeightIncrement: 100 },
        ...strategy,
      },
      criteria: {
        objectives: [{ metric: 'failures', upperLimit: '0.05' }],
        rewards: [{ metric: 'sales', preferredDirection: 'High' }],
        strength: { method: 'Proven' },
      },
      duration: { intervalSeconds: 20, iterationsPerLoop: 5 },
    },
  });
  assert.is(status, 201);
  return cluster;
}

const found = (cluster: Cluster): Experiment => cluster.experiment('shop')!;

/** Lets time pass until the experiment is so. */
async function until(cluster: Cluster, isSo: (experiment: Experiment) => boolean): Promise<void> {
  for (let ticks = 0; ticks < 60 && !isSo(found(cluster)); ticks++) {
    cluster.pass(10);
    for (const [name, { error }] of await cluster.tick()) assert.is(error, undefined, name);
  }
  assert.ok(isSo(found(cluster)), found(cluster).status?.message);
}

async function weightsOf(cluster: Cluster): Promise<number[]> {
  const { body } = await cluster.send('GET', `${ROUTES}/shop`);
  const { spec } = body as { spec: { http: { route: { weight: number }[] }[] } };
  return spec.http[0]!.route.map(({ weight }) => weight);
}

const isOver = ({ status }: Experiment): boolean => status?.stage === 'Completed';

function isTrue({ status }: Experiment, type: string): boolean {
  return status?.conditions?.find((one) => one.type === type)?.status === 'True';
}

const contests = suite('a contest of three versions');

contests('gives all traffic to the best one, though it is not the first', async () => {
  const cluster = await begin({ sold: { old: 0.05, red: 0.05, blue: 0.15 } });
  await until(cluster, isOver);
  const { status } = found(cluster);
  assert.is(status?.outcome?.version, 'blue', status?.message);
  assert.ok(isTrue(found(cluster), 'Promoted'));
  assert.equal(await weightsOf(cluster), [0, 0, 100]);
});

contests('gives the baseline its traffic back where that is the best one', async () => {
  const cluster = await begin({ sold: { old: 0.15, red: 0.05, blue: 0.05 } });
  await until(cluster, ({ status }) => (status?.currentWeightDistribution?.[0]?.value ?? 0) < 100);
  await until(cluster, isOver);
  assert.is(found(cluster).status?.outcome?.reason, 'BaselineWon');
  assert.ok(isTrue(found(cluster), 'RolledBack'));
  assert.equal(await weightsOf(cluster), [100, 0, 0]);
});

contests(
  'takes the traffic from one that breaks a limit, and goes on with the others',
  async () => {
    const sold = { old: 0.05, red: 0.15, blue: 0.3 };
    const cluster = await begin({ sold, failed: { blue: 0.5 } });
    const isBlueOut = ({ status }: Experiment): boolean =>
      (status?.completedIterations ?? 0) > 1 && status?.currentWeightDistribution?.[2]?.value === 0;
    await until(cluster, isBlueOut);
    assert.is(found(cluster).status?.stage, 'Running');
    await until(cluster, isOver);
    assert.is(found(cluster).status?.outcome?.version, 'red', found(cluster).status?.message);
    assert.equal(await weightsOf(cluster), [0, 100, 0]);
  },
);

contests('waits for a person’s word, and does what is said', async () => {
  const approval: ExperimentSpec['strategy']['approval'] = {
    deadlineSeconds: 3600,
    outcome: 'Rollback',
  };
  const cluster = await begin({ sold: { old: 0.05, red: 0.15, blue: 0.05 } }, { approval });
  await until(cluster, (experiment) => isTrue(experiment, 'Paused'));
  assert.is(found(cluster).status?.versionRecommendedForPromotion, 'red');
  assert.ok((await weightsOf(cluster))[1]! < 100);
  const body = { spec: { verdict: 'Promote' } };
  const headers = { 'content-type': 'application/merge-patch+json' };
  await cluster.send('PATCH', `${EXPERIMENTS}/shop`, body, headers);
  await until(cluster, isOver);
  assert.is(found(cluster).status?.outcome?.version, 'red');
  assert.equal(await weightsOf(cluster), [0, 100, 0]);
});

contests.run();
