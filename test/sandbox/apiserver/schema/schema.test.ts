import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { type CompiledSchema, compileSchema } from '../../../../sandbox/apiserver/schema/schema.ts';
import type { ApiObject, Schema } from '../../../../sandbox/apiserver/types.ts';
import { wrongExperiments } from '../../../api/wrong-experiments.ts';
import { wrongMetrics } from '../../../api/wrong-metrics.ts';
import {
  goodExperiment,
  goodMetric,
  largestExperiment,
  mergePatch,
  type WrongObject,
} from '../../../api/wrong-objects.ts';
import { reference } from '../../../shared.ts';
import { typical } from './typical.ts';

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

const root = join(import.meta.dirname, '../../../..');

/** The schemas that files define, by apiVersion and kind. */
function schemasOf(files: string[]): Map<string, CompiledSchema> {
  const definitions = files.map((file) => parse(readFileSync(file, 'utf8')) as Definition);
  return new Map(
    definitions.flatMap(({ spec: { group, names, versions } }) =>
      versions.map(({ name, schema }) => [
        `${group}/${name} ${names.kind}`,
        compileSchema(schema.openAPIV3Schema),
      ]),
    ),
  );
}

const filesIn = (folder: string) => readdirSync(folder).map((file) => join(folder, file));
const own = schemasOf(filesIn(join(root, 'eventing/crd')));
const schemaOf = (kind: string) => own.get(`iter8.tools/v2alpha2 ${kind}`)!;

/** What the API server says to an object, as in the message of its answer. */
function refusalOf({ admit, validate }: CompiledSchema, given: unknown): string {
  const { object, unknownFields } = admit(given as ApiObject);
  const errors = validate(object).map(({ field, message }) => `${field}: ${message}`);
  return [...unknownFields.map((field) => `unknown field "${field}"`), ...errors].join(', ');
}

const project = suite("the project's own kinds");

project('take the good objects, and the largest one', () => {
  for (const good of [goodExperiment, largestExperiment()]) {
    assert.is(refusalOf(schemaOf('Experiment'), good), '');
  }
  assert.is(refusalOf(schemaOf('Metric'), goodMetric), '');
});

project('have their defaults filled', () => {
  const { object } = schemaOf('Experiment').admit(goodExperiment);
  const { duration, strategy } = object['spec'] as Record<string, unknown>;
  assert.equal(duration, { intervalSeconds: 20, iterationsPerLoop: 15, maxLoops: 1 });
  assert.equal(strategy, {
    ...goodExperiment.spec.strategy,
    deploymentPattern: 'Progressive',
    weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 },
  });
  const metric = schemaOf('Metric').admit(goodMetric).object;
  assert.equal(metric['spec'], { ...goodMetric.spec, type: 'Gauge', method: 'GET' });
});

const refuses = (kind: string, good: object, { merge, field, text }: WrongObject) => {
  const message = refusalOf(schemaOf(kind), mergePatch(good, merge));
  const named = message.split(/[\s"]+/).map((word) => word.replace(/[:,]+$/, ''));
  assert.ok(named.includes(field), `names ${field}: ${message}`);
  assert.ok(message.includes(text), `says "${text}": ${message}`);
};

for (const wrong of wrongExperiments) {
  project(`refuse an Experiment: ${wrong.name}`, () => {
    refuses('Experiment', goodExperiment, wrong);
  });
}
for (const wrong of wrongMetrics) {
  project(`refuse a Metric: ${wrong.name}`, () => {
    refuses('Metric', goodMetric, wrong);
  });
}

const samples = reference('iter8-samples/');
if (samples !== undefined) {
  project('take every Experiment and Metric published for iter8', () => {
    const files = filesIn(samples).filter((file) => file.endsWith('.yaml'));
    assert.ok(files.length > 100);
    for (const file of files) {
      const sample = parse(readFileSync(file, 'utf8')) as ApiObject;
      const { admit, validate } = schemaOf(sample.kind);
      assert.equal(validate(admit(sample).object), [], file);
    }
  });
}

project.run();

const others = suite("other projects' kinds");

const crds = reference('crds/');
if (crds !== undefined) {
  others('take their typical objects as they are, but for defaults', () => {
    const schemas = schemasOf(filesIn(crds));
    const left = new Set(schemas.keys());
    for (const object of typical) {
      const name = `${object.apiVersion} ${object.kind}`;
      assert.is(refusalOf(schemas.get(name)!, object), '', name);
      left.delete(name);
    }
    assert.equal([...left], [], 'every kind has a typical object');
  });

  others('say what is wrong with a route of several rules', () => {
    const route = typical.find(({ kind }) => kind === 'HTTPRoute');
    const filters = [{ type: 'RequestRedirect', requestRedirect: {} }];
    const rules = [{ filters, backendRefs: [{ name: 'a', group: '', kind: 'Service' }] }];
    const schema = schemasOf([join(crds, 'gateway-api-httproutes.yaml')]).get(
      'gateway.networking.k8s.io/v1 HTTPRoute',
    );
    assert.is(
      refusalOf(schema!, mergePatch(route, { spec: { rules } })),
      'spec.rules[0]: Invalid value: RequestRedirect filter must not be used together with backendRefs, ' +
        'spec.rules[0].backendRefs[0]: Invalid value: Must have port for Service reference',
    );
  });
}

others("take an InferenceService under the sandbox's own definition", () => {
  const schemas = schemasOf(filesIn(join(root, 'sandbox/crd')));
  const service = typical.find(({ kind }) => kind === 'InferenceService')!;
  const { admit, validate } = schemas.get('serving.kserve.io/v1beta1 InferenceService')!;
  assert.equal(admit(service), { object: service, unknownFields: [] });
  assert.equal(validate(service), []);
});

others.run();

const blocking = suite('rules after errors of the schema');

const spec: Schema = {
  type: 'object',
  properties: { a: { type: 'string', pattern: '^y', maxLength: 2 } },
  'x-kubernetes-validations': [{ rule: 'false' }],
};
const { validate } = compileSchema({ type: 'object', properties: { spec } });
const resource = (given: unknown): ApiObject => ({
  apiVersion: 'a/v1',
  kind: 'A',
  metadata: { name: 'a' },
  spec: given,
});

blocking('are not evaluated where these mean that values are of other types', () => {
  const [, unchecked, ...more] = validate(resource({ a: 'yyy' }));
  assert.is(unchecked?.field, '<nil>');
  assert.match(
    unchecked?.message ?? '',
    /^Invalid value: null: some validation rules were not checked/,
  );
  assert.equal(more, []);
});

blocking('are evaluated after all others', () => {
  const fields = validate(resource({ a: 'x' })).map(({ field }) => field);
  assert.equal(fields, ['spec.a', 'spec']);
});

blocking('are not mentioned where there are none', () => {
  const { validate: validateAll } = compileSchema({ type: 'object', required: ['status'] });
  assert.equal(validateAll(resource({})), [
    { field: 'status', reason: 'FieldValueRequired', message: 'Required value' },
  ]);
});

blocking.run();
