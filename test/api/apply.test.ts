// Server-side apply: who owns which fields, and what becomes of those that nobody names any more.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, refused, startCluster, type Answer, type Cluster } from './cluster.ts';

const applies = suite('a server-side apply');
let cluster: Cluster;

applies.before(async () => {
  cluster = await startCluster('apply');
});
applies.after(() => cluster.stop());

interface Manner {
  by?: string;
  force?: boolean;
  query?: string;
  metadata?: object;
}

function apply(name: string, spec: object | undefined, manner: Manner = {}): Promise<Answer> {
  const { by = 'one', force = false, query = '', metadata = {} } = manner;
  const { group, namespace, widgets } = cluster;
  const body = {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name, namespace, ...metadata },
    spec,
  };
  return cluster.apply(`${widgets}/${name}`, body, `fieldManager=${by}&force=${force}${query}`);
}

interface Owner {
  manager: string;
  operation: string;
  fieldsV1: unknown;
}

function ownersOf({ body }: Answer): Owner[] {
  return body.metadata['managedFields'] as Owner[];
}

applies('creates what is not there, with its defaults', async () => {
  const body = ok(await apply('created', { color: 'red' }), 201);
  assert.equal(body.spec, { color: 'red', minSize: 1, maxSize: 10 });
  assert.is(body.metadata.generation, 1);
});

applies('says what its manager owns', async () => {
  const created = await apply('owned', { color: 'red', parts: [{ name: 'a', count: 1 }] });
  const { manager, operation, fieldsV1 } = ownersOf(created)[0]!;
  assert.equal([manager, operation], ['one', 'Apply']);
  const part = { '.': {}, 'f:count': {}, 'f:name': {} };
  const parts = { 'k:{"name":"a"}': part };
  assert.equal(fieldsV1, { 'f:spec': { 'f:color': {}, 'f:parts': parts } });
});

applies('of the same changes nothing, not even the version', async () => {
  const before = ok(await apply('same', { color: 'red' }), 201);
  assert.equal(ok(await apply('same', { color: 'red' })), before);
});

applies('merges lists by their key', async () => {
  ok(await apply('lists', { color: 'red', parts: [{ name: 'a', count: 1 }] }), 201);
  const { spec } = ok(await apply('lists', { parts: [{ name: 'b', count: 2 }] }, { by: 'two' }));
  assert.equal(spec['parts'], [
    { name: 'a', count: 1 },
    { name: 'b', count: 2 },
  ]);
  const { spec: less } = ok(await apply('lists', { parts: [] }, { by: 'two' }));
  assert.equal(less['parts'], [{ name: 'a', count: 1 }]);
});

applies('conflicts where another manager owns the field with another value', async () => {
  ok(await apply('conflict', { color: 'red', parts: [{ name: 'a', count: 1 }] }), 201);
  const one = refused(
    await apply('conflict', { color: 'blue' }, { by: 'two' }),
    409,
    'Apply failed with 1 conflict: conflict with "one": .spec.color',
  );
  assert.is(one.reason, 'Conflict');
  assert.is(one.details.causes?.[0]?.reason, 'FieldManagerConflict');
  const two = await apply(
    'conflict',
    { color: 'blue', parts: [{ name: 'a', count: 2 }] },
    { by: 'two' },
  );
  refused(
    two,
    409,
    'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.color\n- .spec.parts[name="a"].count',
  );
});

applies('shares a field with the manager who owns it with the same value', async () => {
  ok(await apply('shared', { color: 'red' }), 201);
  ok(await apply('shared', { color: 'red' }, { by: 'two' }));
  const both = await apply('shared', { color: 'red' });
  const owners = ownersOf(both).map(({ manager }) => manager);
  assert.equal(owners.sort(), ['one', 'two']);
});

applies('takes the field over by force', async () => {
  ok(await apply('forced', { color: 'red', minSize: 2 }), 201);
  const forced = await apply('forced', { color: 'blue' }, { by: 'two', force: true });
  assert.is(ok(forced).spec['color'], 'blue');
  const first = ownersOf(forced).find(({ manager }) => manager === 'one');
  assert.equal(first?.fieldsV1, { 'f:spec': { 'f:minSize': {} } });
});

applies('removes what its manager applied before and names no more', async () => {
  const spec = { color: 'red', minSize: 2, frozen: 'a' };
  const metadata = { labels: { a: 'b', c: 'd' } };
  ok(await apply('removed', spec, { metadata }), 201);
  const after = ok(await apply('removed', { color: 'red' }, { metadata: { labels: { a: 'b' } } }));
  assert.equal(after.spec, { color: 'red', minSize: 1, maxSize: 10 });
  assert.equal(after.metadata.labels, { a: 'b' });
});

applies('leaves what another manager still names', async () => {
  ok(await apply('kept', { color: 'red', frozen: 'a' }), 201);
  ok(await apply('kept', { frozen: 'a' }, { by: 'two' }));
  assert.is(ok(await apply('kept', { color: 'red' })).spec['frozen'], 'a');
});

applies('is forgotten by an update with a single empty owner', async () => {
  const applied = ok(await apply('forgotten', { color: 'red' }), 201);
  const body = { ...applied, metadata: { ...applied.metadata, managedFields: [{}] } };
  const after = await cluster.put(`${cluster.widgets}/forgotten`, body);
  ok(after);
  const left = (ownersOf(after) as Owner[] | undefined) ?? [];
  assert.equal(
    left.filter(({ operation }) => operation === 'Apply'),
    [],
  );
});

applies('is not made by a dry run', async () => {
  ok(await apply('dry', { color: 'red' }, { query: '&dryRun=All' }), 201);
  refused(await cluster.get(`${cluster.widgets}/dry`), 404, '"dry" not found');
});

applies('needs a manager', async () => {
  const words =
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch';
  refused(await apply('nobody', { color: 'red' }, { by: '' }), 422, words);
});

applies('is refused for fields that the schema does not know', async () => {
  const answer = await apply('unknown', { color: 'red', oops: 1 });
  const { group, namespace } = cluster;
  const object = `${namespace}/unknown; ${group}/v1, Kind=Widget`;
  const words = `failed to create typed patch object (${object}): .spec.oops: field not declared in schema`;
  refused(answer, 500, words);
});

applies('is refused where a key is twice in a list', async () => {
  const answer = await apply('twice', { color: 'red', parts: [{ name: 'x' }, { name: 'x' }] });
  refused(answer, 500, '.spec.parts: duplicate entries for key [name="x"]');
});

applies('is refused where the merged object is invalid', async () => {
  refused(await apply('invalid', { color: 'pink' }), 422, 'spec.color: Unsupported value: "pink"');
  ok(await apply('invalid', { color: 'red' }), 201);
  const answer = await apply('invalid', { minSize: 11 }, { by: 'two' });
  refused(answer, 422, 'minSize must not exceed maxSize');
});

applies('is refused with a stale version, and with owners of its own', async () => {
  ok(await apply('stale', { color: 'red' }), 201);
  const stale = await apply('stale', { color: 'blue' }, { metadata: { resourceVersion: '1' } });
  refused(stale, 409, 'the object has been modified');
  const managedFields = [{ manager: 'x', operation: 'Apply' }];
  const owned = await apply('stale', { color: 'blue' }, { metadata: { managedFields } });
  refused(owned, 400, 'metadata.managedFields must be nil');
});

applies('says of what kind its object is', async () => {
  const path = `${cluster.widgets}/kind`;
  const body = { ...cluster.widget('kind'), kind: 'Gadget' };
  refused(await cluster.apply(path, body, 'fieldManager=one'), 400, 'invalid object type');
});

applies('reaches built-in kinds as well', async () => {
  const path = `${cluster.core}/configmaps/settings`;
  const settings = (data?: object) => {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data };
  };
  ok(await cluster.apply(path, settings({ a: 'b' }), 'fieldManager=one'), 201);
  const conflict = await cluster.apply(path, settings({ a: 'c' }), 'fieldManager=two');
  refused(conflict, 409, 'conflict with "one": .data.a');
  ok(await cluster.apply(path, settings({ x: 'y' }), 'fieldManager=two'));
  const after = ok(await cluster.apply(path, settings(), 'fieldManager=one'));
  assert.equal(after['data'], { x: 'y' });
});

applies.run();
