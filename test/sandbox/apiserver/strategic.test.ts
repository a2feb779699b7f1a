import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../sandbox/apiserver/errors.ts';
import type { JsonObject } from '../../../sandbox/apiserver/json.ts';
import { strategicMerge } from '../../../sandbox/apiserver/strategic.ts';

const port = (number: number, name = `p${number}`) => ({ port: number, name });

function mergeConfigMap(object: JsonObject, patch: JsonObject): JsonObject {
  const before = structuredClone([object, patch]);
  const merged = strategicMerge(object, patch, 'ConfigMap');
  assert.equal([object, patch], before, 'neither argument is changed');
  return merged;
}

function ports(live: object[], spec: JsonObject): string[] {
  const merged = strategicMerge({ spec: { ports: live } }, { spec }, 'Service');
  return (merged.spec as { ports: { name: string }[] }).ports.map(({ name }) => name);
}

function finalizers(live: string[], metadata: JsonObject): unknown {
  const merged = mergeConfigMap({ metadata: { finalizers: live } }, { metadata });
  return (merged.metadata as JsonObject).finalizers;
}

function refusal(object: JsonObject, patch: JsonObject, kind = 'ConfigMap'): [number, string] {
  try {
    strategicMerge(object, patch, kind);
  } catch (error) {
    assert.instance(error, ApiError);
    return [(error as ApiError).status, (error as ApiError).message];
  }
  throw new Error('the patch was let through');
}

const maps = suite('strategic merge of maps');

maps('merges them and removes what is null', () => {
  const live = { data: { a: '1', b: '2' }, metadata: { labels: { x: '1' } } };
  const merged = mergeConfigMap(live, { data: { a: null, c: '3', d: null }, metadata: {} });
  assert.equal(merged, { data: { b: '2', c: '3' }, metadata: { labels: { x: '1' } } });
  assert.equal(mergeConfigMap(live, { data: null }), { metadata: { labels: { x: '1' } } });
});

maps('replaces or empties one where that is directed', () => {
  const live = { data: { a: '1' } };
  assert.equal(mergeConfigMap(live, { data: { $patch: 'replace', b: '2' } }), { data: { b: '2' } });
  assert.equal(mergeConfigMap(live, { data: { $patch: 'delete' } }), { data: {} });
  assert.equal(mergeConfigMap({}, { data: { $patch: 'delete' } }), {});
});

maps('keeps only the fields that are to be retained', () => {
  const live = { data: { a: '1', b: '2' } };
  const data = { $retainKeys: ['b', 'c'], c: '3' };
  assert.equal(mergeConfigMap(live, { data }), { data: { b: '2', c: '3' } });
  const refused = [400, 'invalid patch format of retainKeys'];
  assert.equal(refusal(live, { data: { $retainKeys: ['b'], c: '3' } }), refused);
  assert.equal(refusal(live, { data: { $retainKeys: 'b' } }), refused);
});

maps('leaves no directive behind in what is new', () => {
  const patch = {
    data: { a: '1', b: null, $retainKeys: ['a', 'b'] },
    spec: [{ $patch: 'delete' }],
  };
  assert.equal(mergeConfigMap({}, patch), { data: { a: '1' }, spec: [] });
});

maps('knows no other directives', () => {
  const message = 'unknown patch type: paint in map: map[$patch:paint a:1]';
  assert.equal(refusal({ data: {} }, { data: { a: 1, $patch: 'paint' } }), [500, message]);
});

maps.run();

const lists = suite('strategic merge of lists');

lists('replaces those without a merge key', () => {
  const live = { rules: [{ verbs: ['get'] }, { verbs: ['list'] }] };
  const patch = { rules: [{ verbs: ['watch'] }] };
  assert.equal(strategicMerge(live, patch, 'Role'), patch);
});

lists('merges the ports of a Service by their number', () => {
  const live = [port(80), port(81), port(82)];
  assert.equal(ports(live, { ports: [port(81, 'new')] }), ['p80', 'new', 'p82']);
  assert.equal(ports(live, { ports: [port(90), port(80, 'new')] }), ['p90', 'new', 'p81', 'p82']);
  assert.equal(ports(live, { ports: [{ port: 80, $patch: 'delete' }] }), ['p81', 'p82']);
  assert.equal(ports(live, { ports: [port(90), { $patch: 'replace' }] }), ['p90']);
});

lists('merges what is in an item', () => {
  const live = { spec: { ports: [{ port: 80, name: 'http', targetPort: 8080 }] } };
  const merged = strategicMerge(live, { spec: { ports: [{ port: 80, name: null }] } }, 'Service');
  assert.equal(merged, { spec: { ports: [{ port: 80, targetPort: 8080 }] } });
});

lists('puts items in the order that is set', () => {
  const live = [port(80), port(81), port(82)];
  const order = (...numbers: number[]) => ({
    '$setElementOrder/ports': numbers.map((number) => ({ port: number })),
  });
  assert.equal(ports(live, order(82, 80)), ['p81', 'p82', 'p80']);
  assert.equal(ports(live, { ports: [port(90)], ...order(90, 82, 81, 80) }), [
    'p90',
    'p82',
    'p81',
    'p80',
  ]);
});

lists('needs the merge key in each item', () => {
  const live = { spec: { ports: [port(80)] } };
  const message = 'map: map[name:x] does not contain declared merge key: port';
  assert.equal(refusal(live, { spec: { ports: [{ name: 'x' }] } }, 'Service'), [500, message]);
});

lists('takes finalizers for a set', () => {
  assert.equal(finalizers(['a', 'b'], { finalizers: ['c'] }), ['c', 'a', 'b']);
  assert.equal(finalizers(['a', 'b'], { finalizers: ['b', 'c'] }), ['a', 'b', 'c']);
  assert.equal(finalizers(['a', 'b', 'c'], { '$deleteFromPrimitiveList/finalizers': ['b', 'x'] }), [
    'a',
    'c',
  ]);
  assert.equal(finalizers(['a', 'b', 'c'], { '$setElementOrder/finalizers': ['c', 'a'] }), [
    'b',
    'c',
    'a',
  ]);
  assert.equal(finalizers(['a'], { finalizers: null }), undefined);
  assert.equal(finalizers(['a'], { finalizers: [] }), ['a']);
});

lists('tells owners apart by their uid and secrets by their name', () => {
  const owners = { metadata: { ownerReferences: [{ uid: '1', name: 'a' }] } };
  const patch = { metadata: { ownerReferences: [{ uid: '1', controller: true }] } };
  const merged = mergeConfigMap(owners, patch);
  assert.equal(merged, {
    metadata: { ownerReferences: [{ uid: '1', name: 'a', controller: true }] },
  });
  const account = { secrets: [{ name: 'a' }], imagePullSecrets: [{ name: 'i' }] };
  const added = { secrets: [{ name: 'b' }], imagePullSecrets: [{ name: 'j' }] };
  assert.equal(strategicMerge(account, added, 'ServiceAccount'), {
    secrets: [{ name: 'b' }, { name: 'a' }],
    imagePullSecrets: [{ name: 'j' }],
  });
});

lists.run();
