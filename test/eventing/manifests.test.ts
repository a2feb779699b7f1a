import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import AjvDraft04 from 'ajv-draft-04';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { isMatch, readTriggers } from '../../sandbox/triggers.ts';
import type { KubeObject } from '../../sandbox/kube.ts';
import { checkBy } from '../definitions.ts';
import { isInPath, reference, referenceJson } from '../shared.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FUNCTIONS = ['start', 'iterate', 'finish'];
const manifests = suite('resources of the product');

function read(text: string): KubeObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

const objects = isInPath('kubectl')
  ? read(execFileSync('kubectl', ['kustomize', join(ROOT, 'eventing')], { encoding: 'utf8' }))
  : [];

/** The definitions of the neighbours' kinds. */
const definitions = ['broker', 'trigger', 'pingsource', 'apiserversource', 'sinkbindings']
  .map((name) => reference(`crds/knative-eventing-${name}.yaml`))
  .filter((file) => file !== undefined);
const check = checkBy(definitions);

for (const object of objects) {
  const checked = check(object);
  if (!checked) continue;
  manifests(`${object.kind} ${object.metadata.name} is valid by its own definition`, () => {
    assert.equal(checked.mistakes, []);
  });
}

if (definitions.length > 0 && objects.length > 0) {
  manifests('every Knative resource was held against a definition', () => {
    const knative = objects.filter(({ apiVersion }) => apiVersion.includes('knative.dev'));
    assert.is(knative.length, 13);
    assert.ok(knative.every((object) => check(object)));
  });
}

type Ref = { kind: string; name: string; namespace: string };

function refsIn(value: unknown): Ref[] {
  if (typeof value !== 'object' || value === null) return [];
  const { ref, subject } = value as { ref?: Ref; subject?: Ref };
  const own = [ref, subject].filter((one) => one !== undefined);
  return [...own, ...Object.values(value).flatMap(refsIn)];
}

manifests('every sink and subscriber is something that is deployed', () => {
  const services = FUNCTIONS.map((name) => `Service/iter8-system/iter8-${name}`);
  const brokers = objects
    .filter(({ kind }) => kind === 'Broker')
    .map(({ metadata }) => `Broker/${metadata.namespace ?? ''}/${metadata.name}`);
  const known = [...services, ...brokers];
  const knative = objects.filter(({ apiVersion }) => apiVersion.includes('knative.dev'));
  for (const { kind, name, namespace } of knative.flatMap(refsIn)) {
    assert.ok(known.includes(`${kind}/${namespace}/${name}`), `${kind} ${namespace}/${name}`);
  }
});

manifests(
  'every Trigger retries twice and then lets a function that did not fail tell of it',
  () => {
    const triggers = objects.filter(({ kind }) => kind === 'Trigger');
    assert.is(triggers.length, objects.length > 0 ? 7 : 0);
    for (const { spec } of triggers as unknown as { spec: TriggerSpec }[]) {
      assert.is(spec.delivery.retry, 2);
      assert.ok(spec.delivery.timeout);
      assert.is.not(spec.delivery.deadLetterSink.ref.name, spec.subscriber.ref.name);
    }
  },
);

type TriggerSpec = {
  subscriber: { ref: Ref };
  delivery: { retry: number; timeout: string; deadLetterSink: { ref: Ref } };
};

/** Which function gets a captured event, once a source has added what its manifest says. */
function receivers(event: string, added: Record<string, string> = {}): string[] {
  const captured = referenceJson<{ request: { headers: Record<string, string> } }>(
    `events/${event}`,
  );
  if (!captured) return [];
  const headers = Object.fromEntries(
    Object.entries(captured.request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const broker = objects.find(({ kind }) => kind === 'Broker')!;
  return readTriggers(objects, broker)
    .filter(({ filter }) => isMatch(filter, { ...headers, ...added }))
    .map(({ subscriber }) => subscriber.name!);
}

const ROUTES: [event: string, stage: string | undefined, to: string[]][] = [
  ['pingsource-tick-data.json', undefined, ['iter8-iterate']],
  ['via-broker-ping.json', undefined, ['iter8-iterate']],
  ['apiserversource-resource-add.json', 'new', ['iter8-start']],
  ['apiserversource-resource-add.json', 'finishing', ['iter8-finish']],
  ['apiserversource-resource-update-spec.json', 'new', []],
  ['apiserversource-resource-update-status.json', 'finishing', []],
  ['apiserversource-resource-delete.json', 'new', []],
];

if (objects.length > 0 && reference('events/via-broker-ping.json')) {
  for (const [event, stage, to] of ROUTES) {
    const from = stage ? `${event} of the source "${stage}"` : event;
    manifests(`${from} reaches ${to.join() || 'nobody'}`, () => {
      assert.equal(receivers(event, stage ? { 'ce-iter8stage': stage } : {}), to);
    });
  }
}

manifests('what the sweep hands over reaches the function that it is for', () => {
  const broker = objects.find(({ kind }) => kind === 'Broker');
  if (!broker) return;
  for (const name of FUNCTIONS) {
    const event = { 'ce-type': `tools.iter8.experiment.${name}` };
    const found = readTriggers(objects, broker).filter(({ filter }) => isMatch(filter, event));
    assert.equal(
      found.map(({ subscriber }) => subscriber.name),
      [`iter8-${name}`],
    );
  }
});

manifests('func.yaml of each function is valid and names an account that is applied first', () => {
  const schema = referenceJson<object>('func/func_yaml-schema.json');
  if (!schema) return;
  const validate = new AjvDraft04.default({ strict: false, validateFormats: false }).compile(
    schema,
  );
  for (const name of FUNCTIONS) {
    const file = join(ROOT, 'functions', name, 'func.yaml');
    const func = parse(readFileSync(file, 'utf8')) as {
      name: string;
      deploy: {
        serviceAccountName: string;
        labels: { key: string; value: string }[];
        options: { resources: { limits: object } };
      };
    };
    assert.ok(validate(func), JSON.stringify(validate.errors));
    assert.is(func.name, `iter8-${name}`);
    assert.is(func.deploy.serviceAccountName, `iter8-${name}`);
    assert.not('concurrency' in func.deploy.options.resources.limits, 'no containerConcurrency');
    const isPrivate = { key: 'networking.knative.dev/visibility', value: 'cluster-local' };
    assert.equal(func.deploy.labels, [isPrivate], 'no address outside of the cluster');
  }
});

manifests('each function folder builds from one file and one dependency', () => {
  for (const name of FUNCTIONS) {
    const folder = join(ROOT, 'functions', name);
    const { dependencies, main } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as { dependencies: object; main: string };
    assert.equal(Object.keys(dependencies), ['faas-js-runtime']);
    assert.is(main, 'index.mjs');
    assert.match(readFileSync(join(folder, '.funcignore'), 'utf8'), 'node_modules');
  }
});

manifests('every sample folder builds', () => {
  if (objects.length === 0) return;
  const samples = join(ROOT, 'samples');
  const folders = readdirSync(samples, { withFileTypes: true, recursive: true })
    .filter(({ name }) => name === 'kustomization.yaml')
    .map(({ parentPath }) => parentPath);
  assert.ok(folders.length > 8);
  for (const folder of folders) {
    const text = execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
    assert.ok(read(text).length > 0, folder);
  }
});

manifests.run();
