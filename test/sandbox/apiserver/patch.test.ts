import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../sandbox/apiserver/errors.ts';
import { applyPatch, type PatchType } from '../../../sandbox/apiserver/patch.ts';
import type { ApiObject } from '../../../sandbox/apiserver/types.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const UNPROCESSABLE = 'the server rejected our request due to an error in our request';

function widget(spec: object = { color: 'red', sizes: ['s', 'm'] }, status?: object): ApiObject {
  const metadata = { name: 'one', namespace: 'test', labels: { color: 'red' } };
  return {
    apiVersion: 'example.org/v1',
    kind: 'Widget',
    metadata,
    spec,
    ...(status && { status }),
  };
}

function patch(object: ApiObject, type: PatchType, body: unknown): ApiObject {
  const before = structuredClone(object);
  try {
    return applyPatch(object, { type, body, kind: object.kind });
  } finally {
    assert.equal(object, before, 'the object is left as it was');
  }
}

function refusal(object: ApiObject, type: PatchType, body: unknown): [number, string, string] {
  try {
    patch(object, type, body);
  } catch (error) {
    assert.instance(error, ApiError);
    assert.instance(error, ApiError);
    const { status, reason, message } = error as ApiError;
    return [status, reason, message];
  }
  throw new Error('the patch was let through');
}

const operations = suite('JSON patch');

operations('adds, replaces, removes, moves and copies, in that order', () => {
  const patched = patch(widget(), JSON_PATCH, [
    { op: 'test', path: '/spec/color', value: 'red' },
    { op: 'replace', path: '/spec/color', value: 'blue' },
    { op: 'add', path: '/spec/sizes/-', value: 'l' },
    { op: 'add', path: '/spec/sizes/0', value: 'xs' },
    { op: 'remove', path: '/spec/sizes/1' },
    { op: 'copy', from: '/spec/color', path: '/spec/shade' },
    { op: 'move', from: '/spec/shade', path: '/metadata/labels/example.org~1shade' },
  ]);
  assert.equal(patched.spec, { color: 'blue', sizes: ['xs', 'm', 'l'] });
  assert.equal(patched.metadata.labels, { color: 'red', 'example.org/shade': 'blue' });
});

operations('adds an item at the end of a list of rules', () => {
  const rule = { apiGroups: ['example.org'], resources: ['widgets/status'], verbs: ['get'] };
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader' },
    rules: [{ verbs: ['list'] }],
  };
  const patched = patch(role, JSON_PATCH, [{ op: 'add', path: '/rules/-', value: rule }]);
  assert.equal(patched.rules, [{ verbs: ['list'] }, rule]);
});

operations('is refused where a test fails, with nothing done', () => {
  const body = [
    { op: 'replace', path: '/status/phase', value: 'Broken' },
    { op: 'test', path: '/status/phase', value: 'Other' },
  ];
  const refused = refusal(widget({}, { phase: 'Done' }), JSON_PATCH, body);
  assert.equal(refused, [422, 'Invalid', UNPROCESSABLE]);
});

operations('is refused where a path leads nowhere', () => {
  for (const operation of [
    { op: 'remove', path: '/spec/nothing' },
    { op: 'replace', path: '/spec/nothing', value: 1 },
    { op: 'replace', path: '/spec/sizes/x', value: 1 },
    { op: 'add', path: '/spec/sizes/7', value: 1 },
    { op: 'add', path: '/spec/a/b', value: 1 },
    { op: 'add', path: '/spec/color/b', value: 1 },
    { op: 'add', path: 'spec', value: 1 },
    { op: 'move', from: '/spec/nothing', path: '/spec/b' },
    { op: 'test', path: '/spec/nothing', value: 1 },
  ]) {
    const refused = refusal(widget(), JSON_PATCH, [operation]);
    assert.equal(refused, [422, 'Invalid', UNPROCESSABLE], JSON.stringify(operation));
  }
});

operations('takes a test for null to hold where there is nothing', () => {
  const body = [{ op: 'test', path: '/spec/nothing', value: null }];
  assert.equal(patch(widget(), JSON_PATCH, body), widget());
});

operations('is told what is wrong with an operation', () => {
  const told = (operation: unknown) => refusal(widget(), JSON_PATCH, [operation]);
  assert.equal(told({ op: 'paint', path: '/spec' }), [
    400,
    'BadRequest',
    'invalid operation {"op":"paint","path":"/spec"}: unsupported operation',
  ]);
  assert.match(told({ op: 'add', path: '/spec' })[2], "failed to decode 'value'");
  assert.match(told({ op: 'move', path: '/spec' })[2], "failed to decode 'from'");
  assert.match(told({ op: 'remove' })[2], "failed to decode 'path'");
  assert.match(told(null)[2], 'invalid operation null: unsupported operation');
  assert.match(told(3)[2], 'cannot unmarshal number into Go value of type handlers.jsonPatchOp');
});

operations('is a list of operations', () => {
  const message =
    'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp';
  assert.equal(refusal(widget(), JSON_PATCH, {}), [400, 'BadRequest', message]);
  assert.equal(patch(widget(), JSON_PATCH, []), widget());
  assert.equal(patch(widget(), JSON_PATCH, null), widget());
});

operations.run();

const merging = suite('JSON merge patch');

merging('merges maps, replaces lists and removes what is null', () => {
  const body = {
    metadata: { labels: { color: null, size: 's', none: null } },
    spec: { sizes: ['l'], deep: { er: { a: 1, b: null } } },
  };
  const patched = patch(widget(), MERGE, body);
  assert.equal(patched.spec, { color: 'red', sizes: ['l'], deep: { er: { a: 1 } } });
  assert.equal(patched.metadata.labels, { size: 's' });
});

merging('puts finalizers and takes them away', () => {
  const held = patch(widget(), MERGE, { metadata: { finalizers: ['example.org/hold'] } });
  assert.equal(held.metadata.finalizers, ['example.org/hold']);
  const free = patch(held, MERGE, { metadata: { finalizers: null } });
  assert.not('finalizers' in free.metadata);
});

merging('replaces a value by a map and a map by a value', () => {
  assert.equal(patch(widget({ a: 1 }), MERGE, { spec: { a: { b: 2 } } }).spec, { a: { b: 2 } });
  assert.equal(patch(widget({ a: { b: 2 } }), MERGE, { spec: { a: 1 } }).spec, { a: 1 });
});

merging('is a map', () => {
  const type = 'Go value of type map[string]interface {}';
  const message = `error decoding patch: json: cannot unmarshal array into ${type}`;
  assert.equal(refusal(widget(), MERGE, []), [400, 'BadRequest', message]);
  assert.match(refusal(widget(), MERGE, true)[2], 'cannot unmarshal bool');
  assert.equal(refusal(widget(), MERGE, null), [400, 'BadRequest', 'Invalid JSON Patch']);
});

merging('leaves the name in place', () => {
  const message =
    'the name of the object (one based on URL) was undeterminable: name must be provided';
  for (const metadata of [null, { name: null }]) {
    assert.equal(refusal(widget(), MERGE, { metadata }), [400, 'BadRequest', message]);
  }
});

merging.run();

const builtIn = suite('strategic merge patch');

builtIn('is for built-in kinds in any group', () => {
  for (const apiVersion of ['v1', 'apps/v1', 'rbac.authorization.k8s.io/v1']) {
    const patched = patch({ ...widget(), apiVersion }, STRATEGIC, { spec: { color: null } });
    assert.equal(patched.spec, { sizes: ['s', 'm'] });
  }
});

builtIn('does not change what kind of object it is', () => {
  const patched = patch({ ...widget(), apiVersion: 'v1' }, STRATEGIC, {
    kind: 'X',
    apiVersion: 'v2',
  });
  assert.equal([patched.apiVersion, patched.kind], ['v1', 'Widget']);
});

builtIn('is a map', () => {
  const message = 'json: cannot unmarshal string into Go value of type map[string]interface {}';
  const object = { ...widget(), apiVersion: 'v1' };
  assert.equal(refusal(object, STRATEGIC, 'x'), [400, 'BadRequest', message]);
  assert.equal(patch(object, STRATEGIC, null), object);
});

builtIn.run();
