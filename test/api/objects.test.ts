// Custom objects: what is filled in, what is refused, and what a name may be.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, refused, startCluster, type Answer, type Cluster } from './cluster.ts';

const objects = suite('custom objects');
let cluster: Cluster;

objects.before(async () => {
  cluster = await startCluster('objects');
});
objects.after(() => cluster.stop());

function send(name: string | undefined, spec: object = {}, query = ''): Promise<Answer> {
  return cluster.post(cluster.widgets + query, cluster.widget(name, { spec }));
}

function sendWith(metadata: object): Promise<Answer> {
  return cluster.post(`${cluster.widgets}?dryRun=All`, cluster.widget('with', { metadata }));
}

objects('are given their defaults, an identity and generation 1', async () => {
  const { spec, metadata } = await cluster.create('defaults');
  assert.equal(spec, { color: 'red', minSize: 1, maxSize: 10 });
  assert.is(metadata.generation, 1);
  assert.is(metadata['namespace'], cluster.namespace);
  assert.match(metadata.uid, /^[0-9a-f-]{36}$/);
  assert.match(String(metadata['creationTimestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

objects('are given defaults in the place of nulls', async () => {
  const { spec } = ok(await send('nulls', { minSize: null, frozen: null }), 201);
  assert.equal(spec, { color: 'red', minSize: 1, maxSize: 10 });
});

objects('do not choose what the server decides', async () => {
  const metadata = {
    ...{ uid: 'mine', generation: 7, selfLink: '/mine' },
    ...{ creationTimestamp: '2020-01-01T00:00:00Z', deletionTimestamp: '2020-01-01T00:00:00Z' },
  };
  const created = await cluster.create('modest', { metadata });
  assert.is.not(created.metadata.uid, 'mine');
  assert.is(created.metadata.generation, 1);
  assert.is.not(created.metadata['creationTimestamp'], '2020-01-01T00:00:00Z');
  assert.is(created.metadata['deletionTimestamp'], undefined);
  assert.is(created.metadata['selfLink'], undefined);
});

objects('have no status at first', async () => {
  const body = { ...cluster.widget('stateless'), status: { phase: 'Done' } };
  assert.is(ok(await cluster.post(cluster.widgets, body), 201).status, undefined);
});

objects('are refused with every wrong value named', async () => {
  const message = 'spec.color: Unsupported value: "pink": supported values: "red", "green", "blue"';
  const { reason, details } = refused(await send('wrong', { color: 'pink' }), 422, message);
  assert.is(reason, 'Invalid');
  assert.is(details.name, 'wrong');
  assert.is(details.kind, 'Widget');
  const { field, reason: why } = details.causes![0]!;
  assert.equal([field, why], ['spec.color', 'FieldValueNotSupported']);
  const two = refused(await send('wrong', { color: 'pink', minSize: 'x' }), 422, message);
  const type = 'spec.minSize in body must be of type integer: "string"';
  assert.ok(two.message.includes(type), two.message);
});

objects('are refused where a field that is needed is missing', async () => {
  refused(await send('wrong', { color: null }), 422, 'spec.color: Required value');
  const body = { ...cluster.widget('wrong'), spec: undefined };
  refused(await cluster.post(cluster.widgets, body), 422, 'spec: Required value');
});

objects('are refused where a rule does not hold', async () => {
  const broken = await send('wrong', { minSize: 11 });
  refused(broken, 422, 'spec: Invalid value: minSize must not exceed maxSize');
});

objects('are refused where a list has two items of one key', async () => {
  const parts = [{ name: 'a' }, { name: 'a' }];
  refused(await send('wrong', { parts }), 422, 'spec.parts[1]: Duplicate value: {"name":"a"}');
});

objects('lose unknown fields, with a warning', async () => {
  const { status, body, warnings } = await send('unknown', { oops: 1 });
  assert.is(status, 201);
  assert.is(body.spec['oops'], undefined);
  assert.is(warnings, '299 - "unknown field \\"spec.oops\\""');
});

objects('lose them without a word on request', async () => {
  const { status, body, warnings } = await send('quiet', { oops: 1 }, '?fieldValidation=Ignore');
  assert.is(status, 201);
  assert.is(body.spec['oops'], undefined);
  assert.is(warnings, '');
});

objects('are refused for unknown fields under strict validation, metadata included', async () => {
  const words = 'strict decoding error: unknown field "spec.oops"';
  refused(await send('wrong', { oops: 1 }, '?fieldValidation=Strict'), 400, words);
  const body = cluster.widget('wrong', { metadata: { oops: 1 } });
  const answer = await cluster.post(`${cluster.widgets}?fieldValidation=Strict`, body);
  refused(answer, 400, 'unknown field "metadata.oops"');
});

objects('are refused under a name that there is', async () => {
  await cluster.create('twice');
  const { reason } = refused(await send('twice'), 409, `"twice" already exists`);
  assert.is(reason, 'AlreadyExists');
});

objects('are refused for their faults before their name', async () => {
  await cluster.create('taken');
  refused(await send('taken', { color: 'pink' }), 422, 'Unsupported value');
});

objects('are named in lower case', async () => {
  for (const name of ['UPPER', 'under_score', '-dash', 'a'.repeat(254)]) {
    refused(await send(name), 422, `metadata.name: Invalid value: "${name}"`);
  }
  refused(await send(undefined), 422, 'metadata.name: Required value: name or generateName');
});

objects('are named by the server on request', async () => {
  const { metadata } = ok(await sendWith({ name: undefined, generateName: 'some-' }), 201);
  assert.match(metadata.name, /^some-[a-z0-9]{5}$/);
});

objects('say of which kind they are', async () => {
  const path = `${cluster.widgets}?dryRun=All`;
  const body = cluster.widget('kind');
  const other = await cluster.post(path, { ...body, kind: 'Gadget' });
  refused(other, 422, 'kind: Invalid value: "Gadget": must be Widget');
  refused(await cluster.post(path, { ...body, kind: undefined }), 400, "Object 'Kind' is missing");
  const foreign = await cluster.post(path, { ...body, apiVersion: 'other/v1' });
  refused(foreign, 400, `does not match the expected API version (${cluster.group}/v1)`);
});

objects('are sent to the namespace that they are for', async () => {
  const words = 'does not match the namespace sent on the request';
  refused(await sendWith({ namespace: 'other' }), 400, words);
  const nowhere = cluster.widgets.replace(`/namespaces/${cluster.namespace}`, '');
  const { status } = await cluster.post(nowhere, cluster.widget('homeless'));
  assert.ok([404, 405].includes(status), String(status));
});

objects('have labels and annotations with proper keys, and proper labels', async () => {
  const value = 'a valid label must be an empty string or consist of alphanumeric characters';
  refused(await sendWith({ labels: { a: 'b c' } }), 422, value);
  refused(await sendWith({ labels: { 'a/b/c': 'd' } }), 422, 'a valid label key must consist of');
  refused(await sendWith({ labels: { 'a b': 'c' } }), 422, 'name part must consist of');
  refused(await sendWith({ annotations: { 'a b': 'c' } }), 422, 'metadata.annotations');
  const number = 'cannot unmarshal number into Go struct field ObjectMeta.labels of type string';
  refused(await sendWith({ labels: { a: 1 } }), 400, number);
});

objects('have whole owner references', async () => {
  const answer = await sendWith({ ownerReferences: [{ name: 'owner' }] });
  refused(answer, 422, 'metadata.ownerReferences.uid: Invalid value: "": must not be empty');
});

objects('are not created with a resourceVersion', async () => {
  const body = cluster.widget('versioned', { metadata: { resourceVersion: '5' } });
  const answer = await cluster.post(cluster.widgets, body);
  refused(answer, 500, 'resourceVersion should not be set on objects to be created');
});

objects('are not there after a dry run', async () => {
  const { spec, metadata } = ok(await send('dry', {}, '?dryRun=All'), 201);
  assert.is(spec['maxSize'], 10);
  assert.is(metadata.resourceVersion, undefined);
  refused(await cluster.get(`${cluster.widgets}/dry`), 404, '"dry" not found');
  refused(await send('dry', {}, '?dryRun=Some'), 422, 'dryRun: Unsupported value: ["Some"]');
});

objects('that are not there are not found', async () => {
  const { reason, details } = refused(await cluster.get(`${cluster.widgets}/none`), 404, '"none"');
  assert.is(reason, 'NotFound');
  assert.is(details.kind, 'widgets');
});

objects('of an unknown kind are not found', async () => {
  const path = cluster.widgets.replace('widgets', 'gadgets');
  assert.is((await cluster.get(path)).status, 404);
  assert.is((await cluster.get('/apis/nowhere.example.org/v1/things')).status, 404);
});

objects.run();
