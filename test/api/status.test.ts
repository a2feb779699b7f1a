// The status of custom objects: a part that is written on its own.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, refused, startCluster, type Body, type Cluster } from './cluster.ts';

const status = suite('the status of a custom object');
let cluster: Cluster;

status.before(async () => {
  cluster = await startCluster('status');
});
status.after(() => cluster.stop());

/** A Widget that is Working, and its paths. */
async function working(name: string): Promise<{ path: string; statusPath: string; before: Body }> {
  await cluster.create(name);
  const path = `${cluster.widgets}/${name}`;
  const statusPath = `${path}/status`;
  const before = ok(await cluster.patch(statusPath, { status: { phase: 'Working' } }));
  return { path, statusPath, before };
}

status('is written by a merge patch, which leaves the generation', async () => {
  const { before } = await working('merged');
  assert.equal(before.status, { phase: 'Working' });
  assert.is(before.metadata.generation, 1);
});

status('is written by a JSON patch', async () => {
  const { statusPath } = await working('json');
  const change = [{ op: 'replace', path: '/status/phase', value: 'Done' }];
  assert.equal(ok(await cluster.patch(statusPath, change, 'json')).status, { phase: 'Done' });
});

status('is left by a JSON patch whose test fails', async () => {
  const { path, statusPath } = await working('tested');
  const change = [
    { op: 'test', path: '/status/phase', value: 'Done' },
    { op: 'remove', path: '/status' },
  ];
  const { reason } = refused(await cluster.patch(statusPath, change, 'json'), 422, 'rejected');
  assert.is(reason, 'Invalid');
  assert.equal(ok(await cluster.get(path)).status, { phase: 'Working' });
});

status('is replaced by PUT, together with nothing else', async () => {
  const { statusPath, before } = await working('put');
  const body = {
    ...before,
    metadata: { ...before.metadata, labels: { a: 'b' } },
    spec: { color: 'blue' },
    status: { phase: 'Put' },
  };
  const after = ok(await cluster.put(statusPath, body));
  assert.equal(after.status, { phase: 'Put' });
  assert.equal(after.spec, before.spec);
  assert.is(after.metadata.labels, undefined);
  refused(await cluster.put(statusPath, body), 409, 'the object has been modified');
});

status('is read on its own path too', async () => {
  const { statusPath, before } = await working('read');
  assert.equal(ok(await cluster.get(statusPath)), before);
});

status('is taken away by a null', async () => {
  const { statusPath } = await working('nothing');
  assert.is(ok(await cluster.patch(statusPath, { status: null })).status, undefined);
});

status('is left alone by what is written to the object', async () => {
  const { path, before } = await working('apart');
  const change = { status: { phase: 'Sneaky' }, spec: { minSize: 2 } };
  const patched = ok(await cluster.patch(path, change));
  assert.equal(patched.status, { phase: 'Working' });
  assert.is(patched.spec['minSize'], 2);
  assert.is(patched.metadata.generation, 2);
  const body = { ...before, metadata: patched.metadata, status: { phase: 'Sneaky' } };
  assert.equal(ok(await cluster.put(path, body)).status, { phase: 'Working' });
});

status('leaves spec and labels alone, and without a change itself everything', async () => {
  const { statusPath, before } = await working('alone');
  const change = { spec: { minSize: 7 }, metadata: { labels: { a: 'b' } } };
  assert.equal(ok(await cluster.patch(statusPath, change)), before);
});

status('is refused where it breaks the schema', async () => {
  const { statusPath } = await working('wrong');
  refused(await cluster.patch(statusPath, { status: { phase: 1 } }), 422, 'must be of type string');
});

status('loses unknown fields', async () => {
  const { statusPath } = await working('unknown');
  const { body, warnings } = await cluster.patch(statusPath, { status: { oops: 1 } });
  assert.equal(body.status, { phase: 'Working' });
  assert.match(warnings, 'status.oops');
});

status('is not there where the object is not', async () => {
  const path = `${cluster.widgets}/none/status`;
  refused(await cluster.patch(path, { status: { phase: 'x' } }), 404, '"none" not found');
});

const condition = (type: string, value: string) => ({ type, status: value, reason: 'Because' });

status('is shared by managers who each apply a condition', async () => {
  const { statusPath } = await working('conditions');
  const apply = (manager: string, conditions: object[], force = false) => {
    const body = { ...cluster.widget('conditions'), spec: undefined, status: { conditions } };
    return cluster.apply(statusPath, body, `fieldManager=${manager}&force=${force}`);
  };
  ok(await apply('a', [condition('Ready', 'False')]));
  const both = ok(await apply('b', [condition('Synced', 'True')]));
  assert.equal(both.status, {
    phase: 'Working',
    conditions: [condition('Ready', 'False'), condition('Synced', 'True')],
  });
  const words = 'conflict with "a" with subresource "status"';
  refused(await apply('b', [condition('Ready', 'Unknown')]), 409, words);
  const less = ok(await apply('b', []));
  assert.equal(less.status['conditions'], [condition('Ready', 'False')]);
});

status.run();
