// Everything below samples/ that is applied: each object on its own, and what one says of another.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { requestsToProve } from '../../functions/lib/analysis/eProcess.ts';
import { alphaOf, makingOf } from '../../functions/lib/experiment/strength.ts';
import { weightRefs } from '../../functions/lib/experiment/target.ts';
import { validate } from '../../functions/lib/experiment/validation.ts';
import { usingFirst } from '../../functions/lib/metrics/alternatives.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { parseBehaviour } from '../../sandbox/behaviour.ts';
import type { KubeObject } from '../../sandbox/kube.ts';
import { REQUESTS_PER_SECOND } from '../../sandbox/quickstart.ts';
import { checkBy } from '../definitions.ts';
import { reference } from '../shared.ts';

const ROOT = join(import.meta.dirname, '../..');
const SAMPLES = join(ROOT, 'samples');
/** Packs that have the metrics of the sample experiments. */
const PACKS = readdirSync(join(SAMPLES, 'metrics'), { withFileTypes: true })
  .filter(({ name }) => name.startsWith('knative'))
  .map(({ name }) => `metrics/${name}/metrics.yaml`);

const VIRTUAL_SERVICES = reference('crds/istio-virtualservices.yaml');

const check = checkBy([
  ...['experiment', 'metric'].map((name) => join(ROOT, 'eventing/crd', `${name}.yaml`)),
  // The sandbox's own definition knows little more than that there is a predictor.
  reference('crds/kserve-inferenceservices.yaml') ??
    join(ROOT, 'sandbox/crd/inferenceservice.yaml'),
  ...(VIRTUAL_SERVICES ? [VIRTUAL_SERVICES] : []),
]);

/** Kinds that every API server knows, and Istio's where there is no definition of them. */
const BUILT_IN = VIRTUAL_SERVICES
  ? /^(v1|apps\/v1|rbac\.authorization\.k8s\.io\/v1)$/
  : /^(v1|apps\/v1|rbac\.authorization\.k8s\.io\/v1|networking\.istio\.io\/v1)$/;

/** Edges that Knative's histograms have before and since 1.19, in milliseconds. */
const COMMON_EDGES_MS = [5, 10, 100, 250, 500, 1000, 5000, 10_000];

const TAIL = '95th-percentile-tail-latency';

/** The sum of a version's shares over so many looks: of a candidate on its way up, or of all traffic. */
function shareSum(looks: number, isAll: boolean): number {
  const share = (look: number): number => (isAll ? 1 : Math.min(0.95, 0.01 + look / 10));
  return Array.from({ length: looks }, (_one, look) => share(look)).reduce((sum, one) => sum + one);
}

/** What step 5 of the quickstart on a cluster sends, in requests a second, at the least. */
const CLUSTER_REQUESTS = 10;

type Service = { spec: { predictor: { canaryTrafficPercent?: number; model: Model } } };
type Model = { storageUri: string };

function read(file: string): KubeObject[] {
  const documents = parseAllDocuments(readFileSync(join(SAMPLES, file), 'utf8'));
  return documents.map((document) => document.toJS() as KubeObject);
}

const files = readdirSync(SAMPLES, { withFileTypes: true, recursive: true })
  .filter(({ name }) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
  .map(({ parentPath, name }) => relative(SAMPLES, join(parentPath, name)))
  .sort();
const all = files.flatMap((file) => read(file).map((object) => ({ file, object })));

function ofKind(kind: string): { file: string; object: KubeObject }[] {
  return all.filter(({ object }) => object.kind === kind);
}

const samples = suite('objects of the samples');

samples('are of kinds that can be checked, or built in', () => {
  assert.ok(all.length > 20);
  const unknown = all.filter(({ object }) => !check(object) && !BUILT_IN.test(object.apiVersion));
  assert.equal(unknown, []);
});

for (const { file, object } of all) {
  const checked = check(object);
  if (!checked) continue;
  samples(`${file}: ${object.kind} ${object.metadata.name} is valid`, () => {
    assert.equal(checked.mistakes, []);
  });
}

samples('would be found with a mistake', () => {
  const { object } = ofKind('Experiment')[0]!;
  const spec = { ...(object['spec'] as object), targt: 'x', duration: { intervalSeconds: 'x' } };
  assert.is(check({ ...object, spec })?.mistakes.length, 1);
});

for (const { file, object } of ofKind('Experiment')) {
  const experiment = check(object)!.stored as unknown as Experiment;

  samples(`${file}: the experiment is one that this version runs`, () => {
    assert.equal(validate(experiment), []);
  });

  samples(`${file}: the experiment's target, or what has its weights, is a sample too`, () => {
    const names = all.map(
      ({ object: { kind, metadata } }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    );
    const { target, versionInfo } = experiment.spec;
    const refs = versionInfo ? weightRefs(versionInfo, experiment.metadata.namespace) : [];
    const meant = refs.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
    const needed = refs.length > 0 ? meant : [`InferenceService ${target}`];
    assert.equal(
      needed.filter((name) => !names.includes(name)),
      [],
    );
  });

  const { duration, strategy } = experiment.spec;
  const criteria = experiment.spec.criteria!;

  samples(`${file}: the experiment decides by proof, of metrics that have evidence`, () => {
    assert.is(criteria.strength?.method, 'Proven');
    const proved = [...(criteria.objectives ?? []), ...(criteria.rewards ?? [])];
    for (const pack of PACKS) {
      const metrics = [...read(pack), ...read(file)].map((one) => one as unknown as Metric);
      const found = proved.map(({ metric }) => metrics.find((one) => one.metadata.name === metric));
      assert.ok(
        found.every((metric) => metric && makingOf(usingFirst(metric.spec))),
        pack,
      );
    }
  });

  samples(`${file}: the experiment's limits are edges of Knative's buckets, of any version`, () => {
    const tails = (criteria.objectives ?? []).filter(({ metric }) => metric === TAIL);
    for (const { upperLimit } of tails) assert.ok(COMMON_EDGES_MS.includes(Number(upperLimit)));
  });

  samples(`${file}: the experiment's limits can be proved with the requests that come`, () => {
    const perSecond = file.startsWith('quickstart') ? REQUESTS_PER_SECOND : CLUSTER_REQUESTS;
    const looks = duration.iterationsPerLoop;
    const shares = shareSum(looks, strategy.testingPattern === 'Conformance');
    const requests = perSecond * duration.intervalSeconds * shares;
    const alpha = alphaOf(criteria) / (criteria.strength!.decide === 'Early' ? 2 : 1);
    for (const { metric, upperLimit } of criteria.objectives ?? []) {
      const limit = metric === TAIL ? 0.05 : Number(upperLimit);
      const needed = requestsToProve(limit / 2, limit, alpha);
      assert.ok(needed < requests, `${metric}: ${needed} of ${requests}`);
    }
  });

  samples(`${file}: every pack has the metrics of the experiment`, () => {
    const { requestCount = '', indicators = [], objectives = [] } = experiment.spec.criteria!;
    const used = [requestCount, ...indicators, ...objectives.map(({ metric }) => metric)];
    assert.ok(used.every(Boolean));
    for (const pack of PACKS) {
      const names = read(pack).map(({ metadata }) => metadata.name);
      assert.equal(
        used.filter((name) => !names.includes(name)),
        [],
        pack,
      );
    }
  });
}

for (const [before, after] of [
  ['common/sklearn-iris.yaml', 'common/sklearn-iris-canary.yaml'],
  ['quickstart/baseline.yaml', 'quickstart/candidate.yaml'],
] as const) {
  samples(
    `${after} has another model than ${before}, without traffic, and is the same else`,
    () => {
      const baseline = read(before)[0] as unknown as Service;
      const candidate = structuredClone(read(after)[0]) as unknown as Service;
      const { predictor } = candidate.spec;
      assert.is(predictor.canaryTrafficPercent, 0);
      assert.is.not(predictor.model.storageUri, baseline.spec.predictor.model.storageUri);
      delete predictor.canaryTrafficPercent;
      predictor.model.storageUri = baseline.spec.predictor.model.storageUri;
      assert.equal(candidate, baseline);
    },
  );
}

samples('have models that the sandbox can play', () => {
  for (const { object } of ofKind('InferenceService')) {
    const { storageUri } = (object as unknown as Service).spec.predictor.model;
    assert.ok(parseBehaviour(storageUri).ready, storageUri);
  }
});

samples('send the model two flowers', () => {
  const { instances } = JSON.parse(readFileSync(join(SAMPLES, 'common/input.json'), 'utf8')) as {
    instances: number[][];
  };
  assert.equal(
    instances.map(({ length }) => length),
    [4, 4],
  );
});

const quickstart = suite('samples/quickstart');

quickstart('applies together only what KServe takes together', () => {
  const file = readFileSync(join(SAMPLES, 'quickstart/kustomization.yaml'), 'utf8');
  const { resources } = parse(file) as { resources: string[] };
  assert.equal(resources, ['namespace.yaml', 'baseline.yaml']);
});

quickstart('has a Prometheus where the metrics look for it', () => {
  const service = read('quickstart/prometheus.yaml').find(({ kind }) => kind === 'Service')!;
  const { ports } = service['spec'] as { ports: { port: number }[] };
  const { name, namespace } = service.metadata;
  for (const pack of PACKS) {
    for (const metric of read(pack)) {
      const { urlTemplate } = metric['spec'] as { urlTemplate: string };
      assert.is(new URL(urlTemplate).host, `${name}.${namespace}:${ports[0]!.port}`, pack);
    }
  }
});

quickstart('has a Prometheus that scrapes as often as iterate expects, and names the pods', () => {
  const map = read('quickstart/prometheus.yaml').find(({ kind }) => kind === 'ConfigMap')!;
  const { global, scrape_configs: jobs } = parse(
    (map['data'] as Record<string, string>)['prometheus.yml']!,
  ) as {
    global: { scrape_interval: string };
    scrape_configs: { relabel_configs: { target_label?: string }[] }[];
  };
  const func = parse(readFileSync(join(ROOT, 'functions/iterate/func.yaml'), 'utf8')) as {
    run: { envs: { name: string; value: string }[] };
  };
  const expected = func.run.envs.find(({ name }) => name === 'SCRAPE_INTERVAL_SECONDS')!;
  assert.is(global.scrape_interval, `${expected.value}s`);
  // The pack for scraping joins by it.
  assert.ok(jobs[0]!.relabel_configs.some((one) => one.target_label === 'pod'));
});

for (const each of [samples, quickstart]) each.run();
