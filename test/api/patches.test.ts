// Changes of objects: which are made, which conflict, and which make no difference.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, refused, startCluster, type Answer, type Body, type Cluster } from './cluster.ts';

let cluster: Cluster;
const start = async (): Promise<void> => {
  cluster = await startCluster('patches');
};
const pathOf = (name: string): string => `${cluster.widgets}/${name}`;
const read = async (path: string): Promise<Body> => ok(await cluster.get(path));

const updates = suite('an update');
updates.before(start);

updates('replaces the object and raises its generation', async () => {
  const before = await cluster.create('put', { metadata: { labels: { a: 'b' } } });
  const { resourceVersion } = before.metadata;
  const body = cluster.widget('put', { spec: { minSize: 3 }, metadata: { resourceVersion } });
  const after = ok(await cluster.put(pathOf('put'), body));
  assert.equal(after.spec, { color: 'red', minSize: 3, maxSize: 10 });
  assert.is(after.metadata.labels, undefined);
  assert.is(after.metadata.generation, 2);
  assert.is(after.metadata.uid, before.metadata.uid);
});

updates('of a stale object conflicts', async () => {
  const before = await cluster.create('stale');
  ok(await cluster.patch(pathOf('stale'), { metadata: { labels: { step: '1' } } }));
  const answer = await cluster.put(pathOf('stale'), { ...before, spec: { color: 'blue' } });
  const words = 'the object has been modified; please apply your changes to the latest version';
  const { reason, details } = refused(answer, 409, words);
  assert.is(reason, 'Conflict');
  assert.is(details.name, 'stale');
});

updates('of a custom object names the version that it is based on', async () => {
  await cluster.create('versionless');
  const words = 'metadata.resourceVersion: Invalid value: 0: must be specified for an update';
  refused(await cluster.put(pathOf('versionless'), cluster.widget('versionless')), 422, words);
});

updates('of a built-in object need not name it', async () => {
  const path = `${cluster.core}/configmaps`;
  ok(await cluster.post(path, { metadata: { name: 'plain' }, data: { a: 'b' } }), 201);
  const body = { metadata: { name: 'plain' }, data: { a: 'c' } };
  assert.equal(ok(await cluster.put(`${path}/plain`, body))['data'], { a: 'c' });
  const stale = { ...body, metadata: { name: 'plain', resourceVersion: '1' } };
  refused(await cluster.put(`${path}/plain`, stale), 409, 'the object has been modified');
});

updates('of an object that was made anew conflicts', async () => {
  const { metadata } = await cluster.create('anew');
  const body = cluster.widget('anew', { metadata: { ...metadata, uid: 'another' } });
  refused(await cluster.put(pathOf('anew'), body), 409, 'UID in precondition: another');
});

updates('is of the object that the path names', async () => {
  const { metadata } = await cluster.create('here');
  const other = await cluster.put(pathOf('here'), cluster.widget('there'));
  refused(other, 400, 'the name of the object (there) does not match the name on the URL (here)');
  const { resourceVersion } = metadata;
  const nameless = cluster.widget(undefined, { metadata: { resourceVersion } });
  refused(await cluster.put(pathOf('here'), nameless), 400, 'name must be provided');
  refused(await cluster.put(pathOf('none'), cluster.widget('none')), 404, '"none" not found');
});

updates('is refused where it breaks a rule about changes', async () => {
  await cluster.create('frozen', { spec: { frozen: 'a' } });
  const answer = await cluster.patch(pathOf('frozen'), { spec: { frozen: 'b' } });
  refused(answer, 422, 'spec.frozen: Invalid value: "b": frozen is immutable');
});

updates.run();

const patches = suite('a patch');

patches('merges, and removes what is null', async () => {
  await cluster.create('merge', { spec: { frozen: 'a', parts: [{ name: 'a' }] } });
  const change = {
    spec: { frozen: null, minSize: 2, parts: [{ name: 'b' }] },
    metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
  };
  const { spec, metadata } = ok(await cluster.patch(pathOf('merge'), change));
  assert.equal(spec, { color: 'red', minSize: 2, maxSize: 10, parts: [{ name: 'b' }] });
  assert.equal(metadata.labels, { a: 'b' });
  assert.equal(metadata['annotations'], { c: 'd' });
});

patches('of labels alone leaves the generation', async () => {
  await cluster.create('labelled');
  const change = { metadata: { labels: { a: 'b' } } };
  assert.is(ok(await cluster.patch(pathOf('labelled'), change)).metadata.generation, 1);
});

patches('of operations is made as a whole or not at all', async () => {
  await cluster.create('operations');
  const change = [{ op: 'replace', path: '/spec/minSize', value: 2 }];
  const wrong = [...change, { op: 'remove', path: '/spec/none' }];
  const words = 'the server rejected our request due to an error in our request';
  refused(await cluster.patch(pathOf('operations'), wrong, 'json'), 422, words);
  assert.is((await read(pathOf('operations'))).spec['minSize'], 1);
  assert.is(ok(await cluster.patch(pathOf('operations'), change, 'json')).spec['minSize'], 2);
});

patches('that cannot be read is refused', async () => {
  await cluster.create('unreadable');
  const unknown = await cluster.patch(pathOf('unreadable'), [{ op: 'oops', path: '/a' }], 'json');
  refused(unknown, 400, 'unsupported operation');
  const noList = await cluster.patch(pathOf('unreadable'), { a: 1 }, 'json');
  refused(noList, 400, 'cannot unmarshal object into Go value of type []handlers.jsonPatchOp');
});

patches('of a kind that knows no keys for its lists is not strategic', async () => {
  await cluster.create('custom');
  const change = { spec: { minSize: 2 } };
  const types =
    'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
  const answer = await cluster.patch(pathOf('custom'), change, 'strategic-merge');
  const { reason } = refused(answer, 415, `accepted media types include: ${types}`);
  assert.is(reason, 'UnsupportedMediaType');
});

patches('of a built-in kind may be strategic', async () => {
  const path = `${cluster.core}/services`;
  const ports = [{ name: 'a', port: 80 }];
  ok(await cluster.post(path, { metadata: { name: 'web' }, spec: { ports } }), 201);
  const change = { spec: { ports: [{ name: 'b', port: 81 }] } };
  const { spec } = ok(await cluster.patch(`${path}/web`, change, 'strategic-merge'));
  const names = (spec['ports'] as { name: string }[]).map(({ name }) => name);
  assert.equal(names.sort(), ['a', 'b']);
  const less = { spec: { ports: [{ $patch: 'delete', port: 80 }] } };
  const { spec: left } = ok(await cluster.patch(`${path}/web`, less, 'strategic-merge'));
  assert.is((left['ports'] as object[]).length, 1);
});

patches('conflicts where it names another version, and not where it names this one', async () => {
  const { metadata } = await cluster.create('version');
  const change = (resourceVersion: string) =>
    cluster.patch(pathOf('version'), { metadata: { resourceVersion }, spec: { minSize: 2 } });
  refused(await change('1'), 409, 'the object has been modified');
  ok(await change(metadata.resourceVersion));
  refused(await change(''), 422, 'metadata.resourceVersion: Invalid value: 0');
});

patches('does not move or rename an object', async () => {
  await cluster.create('settled');
  const change = (metadata: object) => cluster.patch(pathOf('settled'), { metadata });
  refused(await change({ name: 'other' }), 400, 'does not match the name on the URL');
  refused(await change({ namespace: 'other' }), 400, 'does not match the namespace');
  const kind = await cluster.patch(pathOf('settled'), { kind: 'Gadget' });
  refused(kind, 422, 'kind: Invalid value: "Gadget": must be Widget');
});

patches('is refused for unknown fields under strict validation', async () => {
  await cluster.create('strict');
  const path = `${pathOf('strict')}?fieldValidation=Strict`;
  const answer = await cluster.patch(path, { spec: { oops: 1 } });
  refused(answer, 422, 'strict decoding error: unknown field "spec.oops"');
});

patches('is not made by a dry run', async () => {
  const before = await cluster.create('dry');
  const path = `${pathOf('dry')}?dryRun=All`;
  const { spec, metadata } = ok(await cluster.patch(path, { spec: { minSize: 9 } }));
  assert.is(spec['minSize'], 9);
  assert.is(metadata.generation, 2);
  assert.equal(await read(pathOf('dry')), before);
});

patches('of what is not there is not found', async () => {
  refused(await cluster.patch(pathOf('none'), { spec: {} }), 404, '"none" not found');
});

patches.run();

const idle = suite('a write that changes nothing');
idle.after(() => cluster.stop());

const SAME: Record<string, (path: string, object: Body) => Promise<Answer>> = {
  'an empty patch': (path) => cluster.patch(path, {}),
  'a patch to what is there': (path) => cluster.patch(path, { spec: { minSize: 1 } }),
  'a patch to a default': (path) => cluster.patch(path, { spec: { minSize: null } }),
  'a patch of an unknown field': (path) => cluster.patch(path, { spec: { oops: 1 } }),
  'the removal of a label that is not there': (path) =>
    cluster.patch(path, { metadata: { labels: { a: null } } }),
  'a patch of what the server decides': (path) =>
    cluster.patch(path, { metadata: { generation: 9, selfLink: '/x' } }),
  'the object itself': (path, object) => cluster.put(path, object),
  'a patch of the status on the wrong path': (path) =>
    cluster.patch(path, { status: { phase: 'x' } }),
};

for (const [name, write] of Object.entries(SAME)) {
  idle(`leaves the version: ${name}`, async () => {
    const before = await cluster.create(`idle-${name.replaceAll(' ', '-')}`);
    const after = ok(await write(pathOf(before.metadata.name), before));
    assert.is(after.metadata.resourceVersion, before.metadata.resourceVersion);
  });
}

idle.run();
