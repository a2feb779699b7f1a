// The kinds that every server has, as far as something is filled in or refused.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { namesOf, ok, refused, startCluster, type Answer, type Cluster } from './cluster.ts';

const builtIn = suite('built-in kinds');
let cluster: Cluster;

builtIn.before(async () => {
  cluster = await startCluster('built-in');
});
builtIn.after(() => cluster.stop());

const post = (plural: string, body: object): Promise<Answer> =>
  cluster.post(`${cluster.core}/${plural}`, body);

builtIn('need not say of which kind their objects are', async () => {
  const body = ok(await post('configmaps', { metadata: { name: 'untold' } }), 201);
  assert.equal([body.apiVersion, body.kind], ['v1', 'ConfigMap']);
  assert.is(body.metadata.generation, undefined);
});

builtIn('store texts of a Secret as data', async () => {
  const metadata = { name: 'secret' };
  const given = { metadata, stringData: { a: 'hello' }, data: { a: 'Yg==', c: 'ZA==' } };
  const secret = ok(await post('secrets', given), 201);
  assert.equal(secret['data'], { a: 'aGVsbG8=', c: 'ZA==' });
  assert.is(secret['stringData'], undefined);
  assert.is(secret['type'], 'Opaque');
  const path = `${cluster.core}/secrets/secret`;
  const patched = ok(await cluster.patch(path, { stringData: { x: 'y' } }));
  assert.equal(patched['data'], { a: 'aGVsbG8=', c: 'ZA==', x: 'eQ==' });
});

builtIn('refuse keys of a ConfigMap or a Secret that could not be file names', async () => {
  const help = 'a valid config key must consist of alphanumeric characters';
  const metadata = { name: 'wrong' };
  const fields: [plural: string, field: string][] = [
    ['configmaps', 'data'],
    ['configmaps', 'binaryData'],
    ['secrets', 'data'],
  ];
  for (const [plural, field] of fields) {
    const answer = await post(plural, { metadata, [field]: { 'a/b': 'Yg==' } });
    refused(answer, 422, `${field}[a/b]: Invalid value: "a/b": ${help}`);
  }
});

builtIn('fill in a Service', async () => {
  const ports = [{ port: 80, targetPort: 8080 }];
  const { spec, status } = ok(
    await post('services', { metadata: { name: 'web' }, spec: { ports } }),
    201,
  );
  assert.equal([spec['type'], spec['sessionAffinity']], ['ClusterIP', 'None']);
  assert.is(spec['internalTrafficPolicy'], 'Cluster');
  assert.equal(spec['ports'], [{ protocol: 'TCP', port: 80, targetPort: 8080 }]);
  assert.equal(status, { loadBalancer: {} });
  const plain = { metadata: { name: 'plain' }, spec: { ports: [{ port: 81 }] } };
  const same = ok(await post('services', plain), 201);
  assert.equal(same.spec['ports'], [{ protocol: 'TCP', port: 81, targetPort: 81 }]);
});

builtIn('keep a Lease, which one renews against others', async () => {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${cluster.namespace}/leases`;
  const spec = { holderIdentity: 'me', leaseDurationSeconds: 15 };
  const lease = ok(await cluster.post(leases, { metadata: { name: 'lease' }, spec }), 201);
  const mine = { ...lease, spec: { ...spec, renewTime: '2026-01-01T00:00:00.000000Z' } };
  assert.equal(ok(await cluster.put(`${leases}/lease`, mine)).spec, mine.spec);
  const yours = { ...lease, spec: { ...spec, holderIdentity: 'you' } };
  refused(await cluster.put(`${leases}/lease`, yours), 409, 'the object has been modified');
});

builtIn.run();

const events = suite('events');

const event = (name: string, about: string, more: object = {}) => {
  const { group, namespace } = cluster;
  const time = '2026-01-01T00:00:00Z';
  return {
    metadata: { name },
    involvedObject: { apiVersion: `${group}/v1`, kind: 'Widget', name: about, namespace, uid: '1' },
    ...{ reason: 'Tested', message: 'it happened', type: 'Normal', count: 1 },
    ...{ firstTimestamp: time, lastTimestamp: time, source: { component: 'tester' } },
    ...more,
  };
};

const about = async (selector: string): Promise<string[]> => {
  const query = `fieldSelector=${encodeURIComponent(selector)}`;
  return namesOf(await cluster.get(`${cluster.core}/events?${query}`));
};

events.before(async () => {
  cluster = await startCluster('events');
  ok(await post('events', event('one.1', 'one')), 201);
  ok(await post('events', event('one.2', 'one', { type: 'Warning', reason: 'Failed' })), 201);
  ok(await post('events', event('two.1', 'two')), 201);
});
events.after(() => cluster.stop());

events('are found by the object that they are about', async () => {
  assert.equal(await about('involvedObject.name=one'), ['one.1', 'one.2']);
  assert.equal(await about('involvedObject.name=other'), []);
  assert.equal(await about('involvedObject.kind=Widget,involvedObject.uid=1,type=Normal'), [
    ...['one.1', 'two.1'],
  ]);
  assert.equal(await about('involvedObject.name=one,reason=Failed'), ['one.2']);
});

events('are shown as kubectl shows them', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const { rows } = ok(await cluster.get(`${cluster.core}/events/one.2`, { accept })) as unknown as {
    rows: { cells: unknown[] }[];
  };
  const [, type, reason, object, , source, message] = rows[0]!.cells;
  assert.equal([type, reason, object], ['Warning', 'Failed', 'widget/one']);
  assert.equal([source, message], ['tester', 'it happened']);
});

events('are counted up', async () => {
  const path = `${cluster.core}/events/two.1`;
  assert.is(ok(await cluster.patch(path, { count: 2 }, 'strategic-merge'))['count'], 2);
});

events('are in the namespace of what they are about', async () => {
  const elsewhere = { kind: 'Widget', name: 'one', namespace: 'other' };
  const answer = await post('events', event('wrong', 'one', { involvedObject: elsewhere }));
  const words = 'involvedObject.namespace: Invalid value: "other": does not match event.namespace';
  refused(answer, 422, words);
});

events.run();
