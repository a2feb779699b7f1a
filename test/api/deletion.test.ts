// Deletions: what holds an object, and what goes with it.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, refused, startCluster, type Body, type Cluster } from './cluster.ts';
import { until } from './requests.ts';

let cluster: Cluster;
const pathOf = (name: string): string => `${cluster.widgets}/${name}`;
const mapOf = (name: string): string => `${cluster.core}/configmaps/${name}`;
const isGone = async (path: string): Promise<boolean> => (await cluster.get(path)).status === 404;

const deletions = suite('a deletion');
deletions.before(async () => {
  cluster = await startCluster('deletion');
});

deletions('says what it deleted', async () => {
  const { metadata } = await cluster.create('free');
  const body = ok(await cluster.remove(pathOf('free')));
  assert.is(body.kind, 'Status');
  assert.is(body.status, 'Success');
  const { group } = cluster;
  assert.equal(body.details, { name: 'free', group, kind: 'widgets', uid: metadata.uid });
  refused(await cluster.remove(pathOf('free')), 404, '"free" not found');
});

deletions('is of the very object that it names', async () => {
  const { metadata } = await cluster.create('exact');
  const remove = (preconditions: object) => cluster.remove(pathOf('exact'), { preconditions });
  refused(
    await remove({ uid: 'other' }),
    409,
    'the UID in the precondition (other) does not match',
  );
  refused(await remove({ resourceVersion: '1' }), 409, 'The object might have been modified');
  ok(await remove({ uid: metadata.uid, resourceVersion: metadata.resourceVersion }));
});

deletions('is not made by a dry run', async () => {
  await cluster.create('dry');
  ok(await cluster.remove(`${pathOf('dry')}?dryRun=All`));
  ok(await cluster.remove(pathOf('dry'), { dryRun: ['All'] }));
  ok(await cluster.get(pathOf('dry')));
});

deletions('has a policy that there is', async () => {
  await cluster.create('policy');
  const words = 'propagationPolicy: Unsupported value: "Sideways"';
  refused(await cluster.remove(`${pathOf('policy')}?propagationPolicy=Sideways`), 422, words);
});

deletions.run();

const finalizers = suite('a finalizer');
const HOLD = 'example.org/hold';
const held = (name: string) => cluster.create(name, { metadata: { finalizers: [HOLD] } });
const setFinalizers = (name: string, list: string[] | null) =>
  cluster.patch(pathOf(name), { metadata: { finalizers: list } });

finalizers('holds a deleted object, which is marked', async () => {
  await held('marked');
  const body = ok(await cluster.remove(pathOf('marked')));
  assert.is(body.kind, 'Widget');
  assert.match(String(body.metadata['deletionTimestamp']), /^20\d\d-/);
  assert.is(body.metadata['deletionGracePeriodSeconds'], 0);
  assert.is(body.metadata.generation, 2);
  assert.equal(ok(await cluster.get(pathOf('marked'))), body);
  assert.equal(ok(await cluster.remove(pathOf('marked'))), body, 'twice');
});

finalizers('is shown by a dry run', async () => {
  const before = await held('shown');
  const body = ok(await cluster.remove(`${pathOf('shown')}?dryRun=All`));
  assert.ok(body.metadata['deletionTimestamp']);
  assert.equal(ok(await cluster.get(pathOf('shown'))), before);
});

finalizers('lets the object go when it is removed', async () => {
  await held('released');
  ok(await cluster.remove(pathOf('released')));
  ok(await cluster.patch(`${pathOf('released')}/status`, { status: { phase: 'Going' } }));
  assert.equal(ok(await setFinalizers('released', [])).status, { phase: 'Going' });
  refused(await cluster.get(pathOf('released')), 404, '"released" not found');
});

finalizers('can be removed by PUT as well, the last one at the end', async () => {
  await cluster.create('two', { metadata: { finalizers: [HOLD, 'example.org/other'] } });
  ok(await cluster.remove(pathOf('two')));
  const first = [{ op: 'remove', path: '/metadata/finalizers/0' }];
  const { finalizers: _gone, ...metadata } = ok(await cluster.patch(pathOf('two'), first, 'json'))
    .metadata as Body['metadata'] & { finalizers: string[] };
  assert.equal(_gone, ['example.org/other']);
  ok(await cluster.put(pathOf('two'), cluster.widget('two', { metadata })));
  assert.ok(await isGone(pathOf('two')));
});

finalizers('cannot be added to what is going, nor removed with the status', async () => {
  await held('going');
  ok(await cluster.remove(pathOf('going')));
  const more = await setFinalizers('going', [HOLD, 'example.org/late']);
  refused(more, 422, 'no new finalizers can be added if the object is being deleted');
  ok(await cluster.patch(`${pathOf('going')}/status`, { metadata: { finalizers: [] } }));
  ok(await cluster.get(pathOf('going')));
});

finalizers('keeps the name taken', async () => {
  await held('taken');
  ok(await cluster.remove(pathOf('taken')));
  const again = await cluster.post(cluster.widgets, cluster.widget('taken'));
  refused(again, 409, 'object is being deleted: ');
});

finalizers.run();

const owners = suite('an owner');
owners.after(() => cluster.stop());

/** A Widget with a ConfigMap that belongs to it. */
async function family(name: string, more: object = {}): Promise<{ owner: string; child: string }> {
  const owner = await cluster.create(name);
  await adopt(owner, `${name}-child`, more);
  return { owner: pathOf(name), child: mapOf(`${name}-child`) };
}

async function adopt(owner: Body, name: string, more: object = {}): Promise<Body> {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid };
  const ownerReferences = [{ ...reference, controller: true, blockOwnerDeletion: true }];
  const body = { metadata: { name, ownerReferences, ...more } };
  return ok(await cluster.post(`${cluster.core}/configmaps`, body), 201);
}

owners('takes along what belongs to it, and what belongs to that', async () => {
  const owner = await cluster.create('chain');
  const child = await adopt(owner, 'chain-child');
  await adopt(child, 'chain-grandchild');
  const { status } = ok(await cluster.remove(pathOf('chain')));
  assert.is(status, 'Success');
  await until(() => isGone(mapOf('chain-child')));
  await until(() => isGone(mapOf('chain-grandchild')));
});

owners('waits for what belongs to it when deleted in the foreground', async () => {
  const { owner, child } = await family('foreground', { finalizers: [HOLD] });
  const body = ok(await cluster.remove(owner, { propagationPolicy: 'Foreground' }));
  assert.equal(body.metadata['finalizers'], ['foregroundDeletion']);
  await until(async () => {
    return ok(await cluster.get(child)).metadata['deletionTimestamp'] !== undefined;
  });
  ok(await cluster.get(owner));
  ok(await cluster.patch(child, { metadata: { finalizers: null } }));
  await until(() => isGone(owner));
  assert.ok(await isGone(child));
});

owners('leaves what belongs to it when it is told so', async () => {
  const { owner, child } = await family('orphan');
  ok(await cluster.remove(`${owner}?propagationPolicy=Orphan`));
  await until(() => isGone(owner));
  assert.is(ok(await cluster.get(child)).metadata['ownerReferences'], undefined);
});

owners('keeps what belongs to another as well', async () => {
  const [one, two] = [await cluster.create('first'), await cluster.create('second')];
  const child = await adopt(one, 'shared-child');
  const reference = { apiVersion: two.apiVersion, kind: two.kind, name: 'second' };
  const second = { ...reference, uid: two.metadata.uid };
  const ownerReferences = [...(child.metadata['ownerReferences'] as object[]), second];
  ok(await cluster.patch(mapOf('shared-child'), { metadata: { ownerReferences } }));
  ok(await cluster.remove(pathOf('first')));
  const { owner, child: witness } = await family('witness');
  ok(await cluster.remove(owner));
  await until(() => isGone(witness));
  ok(await cluster.get(mapOf('shared-child')));
  ok(await cluster.remove(pathOf('second')));
  await until(() => isGone(mapOf('shared-child')));
});

owners.run();
