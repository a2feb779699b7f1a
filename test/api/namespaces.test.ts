// Namespaces and definitions: what holds other objects, and what becomes of these.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFINITIONS, ok, refused, startCluster, type Body, type Cluster } from './cluster.ts';
import { until } from './requests.ts';
import { widgetDefinition } from './widgets.ts';

let cluster: Cluster;
const NAMESPACES = '/api/v1/namespaces';
const HELD = { metadata: { finalizers: ['example.org/hold'] } };
const RELEASE = { metadata: { finalizers: null } };

const isGone = async (path: string): Promise<boolean> => (await cluster.get(path)).status === 404;

const namespaces = suite('a namespace');
namespaces.before(async () => {
  cluster = await startCluster('namespaces');
});

namespaces('is there from the start where the server needs it', async () => {
  for (const name of ['default', 'kube-system', 'kube-public']) {
    assert.equal(ok(await cluster.get(`${NAMESPACES}/${name}`)).status, { phase: 'Active' });
  }
});

namespaces('is active, labelled with its name, and has a service account', async () => {
  const body = ok(await cluster.get(`${NAMESPACES}/${cluster.namespace}`));
  assert.equal(body.status, { phase: 'Active' });
  assert.equal(body.spec, { finalizers: ['kubernetes'] });
  assert.equal(body.metadata.labels, { 'kubernetes.io/metadata.name': cluster.namespace });
  ok(await cluster.get(`${cluster.core}/serviceaccounts/default`));
});

namespaces('gets its service account back', async () => {
  const path = `${cluster.core}/serviceaccounts/default`;
  const { metadata } = ok(await cluster.get(path));
  ok(await cluster.remove(path));
  await until(async () => {
    const { status, body } = await cluster.get(path);
    return status === 200 && body.metadata.uid !== metadata.uid;
  });
});

namespaces('has a name without dots and capitals', async () => {
  const create = (name: string) => cluster.post(NAMESPACES, { metadata: { name } });
  refused(await create('a.b'), 422, 'metadata.name: Invalid value: "a.b"');
  refused(await create('A'), 422, 'metadata.name: Invalid value: "A"');
  refused(await create(cluster.namespace), 409, 'already exists');
});

namespaces('must be there for what is created in it', async () => {
  const words = 'namespaces "nowhere" not found';
  const map = { metadata: { name: 'a' } };
  refused(await cluster.post(`${NAMESPACES}/nowhere/configmaps`, map), 404, words);
  const widgets = `/apis/${cluster.group}/v1/namespaces/nowhere/widgets`;
  refused(await cluster.post(widgets, cluster.widget('a')), 404, words);
  const applied = cluster.widget('a', { metadata: { namespace: 'nowhere' } });
  refused(await cluster.apply(`${widgets}/a`, applied, 'fieldManager=one'), 404, words);
});

namespaces('cannot be deleted where the server needs it', async () => {
  for (const name of ['default', 'kube-system']) {
    const answer = await cluster.remove(`${NAMESPACES}/${name}`);
    refused(answer, 403, `namespaces "${name}" is forbidden: this namespace may not be deleted`);
  }
  const { status } = await cluster.remove(NAMESPACES);
  assert.is(status, 405, 'nor all at once');
});

namespaces('goes when it is empty, and lets nothing in until then', async () => {
  const name = `going-${process.pid}`;
  const path = `${NAMESPACES}/${name}`;
  const widgets = `/apis/${cluster.group}/v1/namespaces/${name}/widgets`;
  ok(await cluster.post(NAMESPACES, { metadata: { name } }), 201);
  ok(await cluster.post(`${path}/configmaps`, { metadata: { name: 'map' } }), 201);
  ok(await cluster.post(widgets, cluster.widget('held', HELD)), 201);
  ok(await cluster.post(widgets, cluster.widget('free')), 201);

  const body = ok(await cluster.remove(path));
  assert.is(body.status['phase'], 'Terminating');
  assert.ok(body.metadata['deletionTimestamp']);
  await until(() => isGone(`${path}/configmaps/map`));
  await until(() => isGone(`${widgets}/free`));
  assert.ok(ok(await cluster.get(`${widgets}/held`)).metadata['deletionTimestamp']);
  assert.is(ok(await cluster.get(path)).status['phase'], 'Terminating');

  const words = `unable to create new content in namespace ${name} because it is being terminated`;
  const late = await cluster.post(widgets, cluster.widget('late'));
  const { reason, details } = refused(late, 403, words);
  assert.is(reason, 'Forbidden');
  assert.is(details.causes?.[0]?.reason, 'NamespaceTerminating');

  ok(await cluster.patch(`${widgets}/held`, RELEASE));
  await until(() => isGone(path));
});

namespaces.run();

const definitions = suite('a definition');
definitions.after(() => cluster.stop());

/** A definition of its own, whose objects live in the tests' namespace. */
function other(change: (definition: Body) => void = () => undefined): object {
  const definition = widgetDefinition(`other-${cluster.group}`) as Body;
  change(definition);
  return definition;
}

interface Version {
  name: string;
  storage: boolean;
  schema?: { openAPIV3Schema: object };
  selectableFields?: object;
}

function firstVersion({ spec }: Body): Version {
  return (spec['versions'] as [Version])[0];
}

definitions('has its names filled in, and is established', async () => {
  const body = ok(await cluster.get(`${DEFINITIONS}/widgets.${cluster.group}`));
  const { names, conversion } = body.spec as { names: Record<string, unknown>; conversion: object };
  assert.equal([names['singular'], names['listKind']], ['widget', 'WidgetList']);
  assert.equal(conversion, { strategy: 'None' });
  assert.equal(body.status['storedVersions'], ['v1']);
  const conditions = body.status['conditions'] as { type: string; status: string }[];
  const established = conditions.find(({ type }) => type === 'Established');
  assert.is(established?.status, 'True');
});

definitions('is refused without a schema, or with one that says of a value no type', async () => {
  const refusal = async (words: string, change: (definition: Body) => void): Promise<void> => {
    refused(await cluster.post(DEFINITIONS, other(change)), 422, words);
  };
  await refusal('spec.versions[0].schema.openAPIV3Schema: Required value', (definition) => {
    delete firstVersion(definition).schema;
  });
  await refusal('openAPIV3Schema.type: Required value: must not be empty at the root', (one) => {
    firstVersion(one).schema = { openAPIV3Schema: { properties: {} } };
  });
  const untyped = 'properties[a].type: Required value: must not be empty for specified object';
  await refusal(untyped, (one) => {
    const properties = { spec: { properties: { a: {} } } };
    firstVersion(one).schema = { openAPIV3Schema: { type: 'object', properties } };
  });
  await refusal('metadata.name: Invalid value: "gadgets.example.org"', ({ metadata }) => {
    metadata.name = 'gadgets.example.org';
  });
});

definitions('serves its objects in every version', async () => {
  await cluster.create('versions');
  const path = `${DEFINITIONS}/widgets.${cluster.group}`;
  const definition = ok(await cluster.get(path));
  const second = { ...firstVersion(definition), name: 'v2', storage: false };
  (definition.spec['versions'] as Version[]).push(second);
  ok(await cluster.put(path, definition));
  const object = `${cluster.widgets.replace('/v1/', '/v2/')}/versions`;
  await until(async () => (await cluster.get(object)).status === 200);
  assert.is(ok(await cluster.get(object)).apiVersion, `${cluster.group}/v2`);
});

definitions('takes its objects along, and waits for those that are held', async () => {
  const group = `other-${cluster.group}`;
  const path = `${DEFINITIONS}/widgets.${group}`;
  const gadgets = `/apis/${group}/v1/namespaces/${cluster.namespace}/widgets`;
  ok(await cluster.post(DEFINITIONS, other()), 201);
  await until(async () => (await cluster.get(gadgets)).status === 200);
  const object = { ...cluster.widget('held', HELD), apiVersion: `${group}/v1` };
  await until(async () => (await cluster.post(gadgets, object)).status === 201);
  ok(await cluster.remove(path));
  await until(async () => {
    const { body } = await cluster.get(`${gadgets}/held`);
    return body.metadata['deletionTimestamp'] !== undefined;
  });
  ok(await cluster.get(path));
  ok(await cluster.patch(`${gadgets}/held`, RELEASE));
  await until(() => isGone(path));
  await until(() => isGone(gadgets));
});

definitions.run();
