import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import type { Api } from '../../sandbox/api.ts';
import { kubectl } from '../../sandbox/kubectl.ts';
import { isForeignCluster, startTestApi } from '../kubernetes-api.ts';
import { isInPath } from '../shared.ts';
import {
  crdFolder,
  experimentsPath,
  metricsPath,
  type Send,
  serveSchema,
  until,
} from './requests.ts';
import { wrongExperiments } from './wrong-experiments.ts';
import { wrongMetrics } from './wrong-metrics.ts';
import {
  goodExperiment,
  goodMetric,
  largestExperiment,
  mergePatch,
  type WrongObject,
} from './wrong-objects.ts';

interface Schema {
  title?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
}

interface Column {
  name: string;
  priority?: number;
}

interface Version {
  additionalPrinterColumns: Column[];
  schema: { openAPIV3Schema: Schema };
}

interface Stored {
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

function version(file: string): Version {
  const crd = parse(readFileSync(join(crdFolder, file), 'utf8')) as {
    spec: { versions: [Version] };
  };
  return crd.spec.versions[0];
}

/** Every schema inside a schema, with its path. */
function walk(schema: Schema, path: string): [string, Schema][] {
  const inside = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    walk(inner, `${path}.${key}`),
  );
  const items = schema.items ? walk(schema.items, `${path}[]`) : [];
  const values = schema.additionalProperties ? walk(schema.additionalProperties, `${path}.*`) : [];
  return [[path, schema], ...inside, ...items, ...values];
}

const schemas = ['experiment.yaml', 'metric.yaml'].flatMap((file) =>
  walk(version(file).schema.openAPIV3Schema, file),
);

const experimentCrd =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/experiments.iter8.tools';
const specRules =
  '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations';
const mime = (type: string) => `application/${type}+json`;

const brokenOld = mergePatch(goodExperiment, {
  metadata: { name: 'old', finalizers: ['iter8.tools/traffic'] },
  spec: { criteria: { rewards: [{ metric: 'sales', preferredDirection: 'High' }] } },
});

const crds = suite('CRDs');

crds('describe every field', () => {
  const silent = schemas.filter(
    ([path, schema]) => !schema.description && !path.endsWith('.metadata'),
  );
  assert.equal(
    silent.map(([path]) => path),
    [],
  );
  assert.ok(schemas.length > 150);
});

crds('say in every rule what was expected', () => {
  const rules = schemas.flatMap(([, schema]) => schema['x-kubernetes-validations'] ?? []);
  assert.ok(rules.length >= 15);
  assert.ok(rules.every(({ message }) => message !== undefined && message.length > 20));
});

crds('give schemas with the same title the same fields', () => {
  const byTitle = new Map<string, string>();
  const differing = schemas.filter(([, schema]) => {
    const fields = JSON.stringify(schema.properties, (key, value: unknown) =>
      key === 'description' || key === 'x-kubernetes-validations' ? undefined : value,
    );
    const known = byTitle.get(schema.title ?? '');
    byTitle.set(schema.title ?? '', fields);
    const isReference = schema.title === 'MetricSpec';
    return schema.title !== undefined && !isReference && known !== undefined && known !== fields;
  });
  assert.equal(
    differing.map(([path]) => path),
    [],
  );
});

crds('print the columns of the original first, and everything else only when wide', () => {
  const columns = version('experiment.yaml').additionalPrinterColumns;
  const shown = columns.filter(({ priority }) => !priority).map(({ name }) => name);
  assert.equal(shown, ['type', 'target', 'stage', 'completed iterations', 'message']);
  assert.equal(
    columns.slice(5).map(({ name }) => name),
    // prettier-ignore
    ['weights', 'winner', 'next iteration', 'paused', 'next opening', 'deadline', 'verdict',
     'suspended', 'age', 'uid', 'namespace', 'created', 'deleted', 'label', 'acquired', 'lock',
     'run', 'interval', 'retry'],
  );
  assert.equal(
    version('metric.yaml').additionalPrinterColumns.map(({ name }) => name),
    ['type', 'description'],
  );
});

crds.run();

testOnServer();

function testOnServer(): void {
  const served = suite('CRDs on an API server');
  let server: Api;
  let send: Send;

  served.before(async () => {
    server = await startTestApi();
    send = await serveSchema(server.kubeconfig);
  });
  served.after(async () => {
    await server.stop();
  });

  const create = (object: unknown, fieldValidation: string) => {
    const path = (object as { kind?: string }).kind === 'Metric' ? metricsPath : experimentsPath;
    const query = `?dryRun=All&fieldValidation=${fieldValidation}`;
    return send({ method: 'POST', path: path + query, body: object });
  };

  if (isInPath('kubectl')) {
    served('are applied again by kubectl without a warning', async () => {
      const apply = ['apply', '--server-side', '--force-conflicts', '-f', crdFolder];
      const applied = await kubectl(server.kubeconfig, apply);
      assert.is(applied.stderr, '');
      assert.is(applied.code, 0);
    });
  }

  served('fill the defaults', async () => {
    const { body } = await create(goodExperiment, 'Strict');
    const { spec } = body as Stored;
    assert.equal(spec.duration, { intervalSeconds: 20, iterationsPerLoop: 15, maxLoops: 1 });
    assert.equal(spec.strategy, {
      ...goodExperiment.spec.strategy,
      deploymentPattern: 'Progressive',
      weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 },
    });
    const metric = (await create(goodMetric, 'Strict')).body as Stored;
    assert.equal(metric.spec, { ...goodMetric.spec, type: 'Gauge', method: 'GET' });
  });

  served('accept the good objects without a warning', async () => {
    for (const good of [goodExperiment, goodMetric]) {
      const { status, warnings } = await create(good, 'Strict');
      assert.is(status, 201);
      assert.is(warnings, '');
    }
  });

  served('accept the largest Experiment that the bounds admit', async () => {
    const { status, body } = await create(largestExperiment(), 'Strict');
    assert.is(status, 201, (body as { message?: string }).message);
  });

  // A shared cluster keeps its schema: there the rules are not taken away, not even for a moment.
  if (!isForeignCluster) {
    served('let an object that breaks a newer rule be written to and deleted', async () => {
      const path = `${experimentsPath}/old`;
      const patch = (body: unknown, at = path, type = 'merge-patch') =>
        send({ method: 'PATCH', path: at, headers: { 'content-type': mime(type) }, body });
      const isAccepted = async () => (await create(brokenOld, 'Ignore')).status === 201;
      await patch([{ op: 'remove', path: specRules }], experimentCrd, 'json-patch');
      await until(isAccepted);
      await send({ method: 'POST', path: experimentsPath, body: brokenOld });
      await serveSchema(server.kubeconfig);
      await until(async () => !(await isAccepted()));

      const written = await patch({ status: { stage: 'Running' } }, `${path}/status`);
      assert.is(written.status, 200, JSON.stringify(written.body));
      assert.is((await send({ method: 'DELETE', path })).status, 200);
      assert.is((await patch({ metadata: { finalizers: null } })).status, 200);
      assert.is((await send({ path })).status, 404);
    });
  }

  for (const wrong of wrongExperiments) {
    served(`refuse an Experiment: ${wrong.name}`, () => refuses(goodExperiment, wrong));
  }
  for (const wrong of wrongMetrics) {
    served(`refuse a Metric: ${wrong.name}`, () => refuses(goodMetric, wrong));
  }

  async function refuses(good: object, { merge, field, text }: WrongObject): Promise<void> {
    const { status, body } = await create(mergePatch(good, merge), 'Strict');
    const { message = '' } = body as { message?: string };
    assert.ok(status === 422 || status === 400, `${status} ${message}`);
    const named = message.split(/[\s"]+/).map((word) => word.replace(/^\[+|[:,]+$/g, ''));
    assert.ok(named.includes(field), `names ${field}: ${message}`);
    assert.ok(message.includes(text), `says "${text}": ${message}`);
  }

  const samples = join(crdFolder, '../../../shared/iter8-samples');
  if (existsSync(samples)) {
    served('accept every Experiment and Metric published for iter8', async () => {
      const refused: string[] = [];
      const files = readdirSync(samples).filter((file) => file.endsWith('.yaml'));
      assert.ok(files.length > 100);
      for (const file of files) {
        const sample = parse(readFileSync(join(samples, file), 'utf8')) as Stored;
        sample.metadata.namespace = 'default';
        const { status, body } = await create(sample, 'Ignore');
        if (status !== 201) {
          refused.push(`${file}: ${(body as { message: string }).message}`);
        }
      }
      assert.equal(refused, []);
    });
  } else {
    console.log('crd.test.ts: no published samples here, their test is skipped');
  }

  served.run();
}
