import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { afterUpdate, applyConfiguration, unlessIdle } from '../../../sandbox/apiserver/apply.ts';
import { ApiError } from '../../../sandbox/apiserver/errors.ts';
import type { ApiObject, ObjectMeta } from '../../../sandbox/apiserver/types.ts';
import { apply, BEFORE, live, NOW, owned, schema, widget } from './widgets.ts';

const creating = suite('applying what is not there yet');

creating('creates it as it is, owned by who applied it', () => {
  assert.equal(apply(undefined, 'm1', widget({ color: 'red' })), {
    ...widget({ color: 'red' }),
    metadata: {
      name: 'one',
      namespace: 'test',
      managedFields: [
        {
          manager: 'm1',
          operation: 'Apply',
          apiVersion: 'example.org/v1',
          time: NOW,
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:color': {} } },
        },
      ],
    },
  });
});

creating('writes down fields as the real server does', () => {
  const spec = {
    box: { a: '1' },
    free: { q: { w: 1, e: [1] }, none: {} },
    nested: { deep: { a: '1' } },
    parts: [{ name: 'a', count: 1 }],
    plain: ['p'],
    ports: [{ port: 80 }],
    tags: ['x'],
    texts: { 'a.b/c': '1' },
  };
  assert.equal(owned(live(spec)), {
    'f:spec': {
      'f:box': {},
      'f:free': { 'f:none': {}, 'f:q': { '.': {}, 'f:e': {}, 'f:w': {} } },
      'f:nested': { 'f:deep': { 'f:a': {} } },
      'f:parts': { 'k:{"name":"a"}': { '.': {}, 'f:count': {}, 'f:name': {} } },
      'f:plain': {},
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
      'f:tags': { 'v:"x"': {} },
      'f:texts': { 'f:a.b/c': {} },
    },
  });
});

creating('gives labels, annotations, finalizers and owners an owner, but not the name', () => {
  const metadata = {
    labels: { a: '1' },
    annotations: { b: '2' },
    finalizers: ['example.org/hold'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' }],
    uid: 'abc',
  };
  assert.equal(owned(apply(undefined, 'm1', widget(undefined, metadata))), {
    'f:metadata': {
      'f:annotations': { 'f:b': {} },
      'f:finalizers': { 'v:"example.org/hold"': {} },
      'f:labels': { 'f:a': {} },
      'f:ownerReferences': { 'k:{"uid":"u"}': {} },
    },
  });
});

creating('lists nobody where nothing is owned', () => {
  assert.equal(apply(undefined, 'm1', widget()), widget());
  const bare = JSON.parse('{"name":"one","creationTimestamp":null,"labels":{}}') as ObjectMeta;
  assert.equal(apply(undefined, 'm1', { ...widget(), metadata: bare }).metadata, { name: 'one' });
});

creating('is refused with managedFields, or with items that cannot be told apart', () => {
  const refusal = (applied: ApiObject) => {
    try {
      apply(undefined, 'm1', applied);
    } catch (error) {
      return [(error as ApiError).status, (error as ApiError).message];
    }
    throw new Error('it was let through');
  };
  const where =
    'failed to create typed patch object (test/one; example.org/v1, Kind=Widget): .spec.';
  assert.equal(refusal(widget({}, { managedFields: [] })), [
    400,
    'metadata.managedFields must be nil',
  ]);
  assert.equal(refusal(widget({ parts: [{ name: 'a' }, { name: 'a' }] })), [
    500,
    `${where}parts: duplicate entries for key [name="a"]`,
  ]);
  assert.equal(refusal(widget({ tags: ['x', 'x'] })), [
    500,
    `${where}tags: duplicate entries for key [="x"]`,
  ]);
  assert.equal(refusal(widget({ parts: [{ count: 1 }] })), [
    500,
    `${where}parts: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
  ]);
});

creating.run();

const again = suite('applying again');

again('changes nothing where nothing changed', () => {
  const spec = { color: 'red', parts: [{ name: 'a' }], tags: ['x', 'y'], free: { a: { b: 1 } } };
  const object = live(spec);
  assert.equal(apply(object, 'm1', widget(spec)), object);
});

again('minds neither defaults nor what others own', () => {
  const filled = { ...live({ color: 'red' }, { tags: ['x'] }) };
  const object = { ...filled, spec: { ...(filled.spec as object), minSize: 1 } };
  assert.equal(apply(object, 'm1', widget({ color: 'red' })), object);
});

again('removes what is named no more, with the maps and lists that are then empty', () => {
  const object = live({
    color: 'red',
    nested: { deep: { a: '1' } },
    parts: [{ name: 'a', count: 1 }],
    tags: ['x'],
    texts: { a: '1' },
    free: { q: { w: 1 } },
    plain: ['p'],
  });
  assert.equal(apply(object, 'm1', widget({ color: 'blue' })).spec, { color: 'blue' });
  assert.equal(apply(object, 'm1', widget()), widget());
});

again('removes a whole item, with what defaults put into it', () => {
  const object = live({ ports: [{ port: 80 }, { port: 81 }] });
  const spec = {
    ports: [
      { port: 80, protocol: 'TCP' },
      { port: 81, protocol: 'TCP' },
    ],
    minSize: 1,
  };
  const filled = { ...object, spec };
  const left = apply(filled, 'm1', widget({ ports: [{ port: 81 }] }));
  assert.equal(left.spec, { ports: [{ port: 81, protocol: 'TCP' }], minSize: 1 });
  assert.equal(apply(filled, 'm1', widget()), widget());
});

again('keeps what it never owned', () => {
  const object = live({ nested: { deep: { a: '1' } }, free: { q: { w: 1 } } });
  const spec = { nested: { deep: { a: '1', b: '2' } }, free: { q: { w: 1, e: 2 } } };
  const left = apply({ ...object, spec }, 'm1', widget());
  assert.equal(left.spec, { nested: { deep: { b: '2' } }, free: { q: { e: 2 } } });
});

again('keeps what others own, too', () => {
  const part = { name: 'a', count: 1 };
  const object = live(
    { color: 'red', parts: [part, { name: 'b' }] },
    { color: 'red', parts: [part] },
  );
  const left = apply(object, 'm1', widget());
  assert.equal(left.spec, { color: 'red', parts: [part] });
  assert.is(owned(left), undefined);
  assert.equal(apply(left, 'm2', widget()), widget());
});

again('tells the time of changes of values only', () => {
  const object = live({ color: 'red' });
  const times = (changed: ApiObject) =>
    changed.metadata.managedFields?.map(({ manager, time }) => [manager, time]);
  assert.equal(times(apply(object, 'm2', widget({ color: 'red' }))), [
    ['m2', undefined],
    ['m1', BEFORE],
  ]);
  assert.equal(times(apply(object, 'm2', widget({ tags: [] }))), [['m1', BEFORE]]);
  assert.equal(times(apply(object, 'm2', widget({ minSize: 2 }))), [
    ['m1', BEFORE],
    ['m2', NOW],
  ]);
});

again('does not count time alone as a change once defaults are filled in', () => {
  const object = live({ color: 'red' });
  const later = structuredClone(object);
  later.metadata.managedFields![0]!.time = NOW;
  assert.is(unlessIdle(object, later), object);
  const other = { ...later, spec: { color: 'blue' } };
  assert.is(unlessIdle(object, other), other);
  const unowned = { ...object, metadata: { ...object.metadata, managedFields: undefined } };
  assert.is(unlessIdle(object, unowned), unowned);
});

again.run();

const kinds = suite('applying kinds without a schema');

function configMap(data: object, metadata: Partial<ObjectMeta> = {}): ApiObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', ...metadata }, data };
}

function applyPlain(before: ApiObject | undefined, manager: string, applied: ApiObject): ApiObject {
  return applyConfiguration(before, applied, { manager, force: false, now: NOW });
}

kinds('shares their maps and takes lists as a whole', () => {
  const first = applyPlain(undefined, 'm1', configMap({ a: '1', b: { c: '2', d: [1] } }));
  assert.equal(owned(first), { 'f:data': { 'f:a': {}, 'f:b': { 'f:c': {}, 'f:d': {} } } });
  const both = applyPlain(first, 'm2', configMap({ e: '3' }));
  assert.equal(both.data, { a: '1', b: { c: '2', d: [1] }, e: '3' });
  assert.throws(() => applyPlain(both, 'm2', configMap({ b: { d: [2] } })), '"m1": .data.b.d');
  assert.equal(applyPlain(both, 'm1', configMap({})).data, { e: '3' });
});

kinds('shares their finalizers and owners', () => {
  const owner = (uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid });
  const of = (name: string) => ({ finalizers: [name], ownerReferences: [owner(name)] });
  const first = applyPlain(undefined, 'm1', configMap({}, of('a')));
  const { metadata } = applyPlain(first, 'm2', configMap({}, of('b')));
  assert.equal(metadata.finalizers, ['a', 'b']);
  assert.equal(metadata.ownerReferences, [owner('a'), owner('b')]);
});

kinds.run();

const updates = suite('plain updates');

function ownedAfter(object: ApiObject, updated: ApiObject): unknown {
  return afterUpdate(object, updated, schema)?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]);
}

updates('take from those who apply what they change', () => {
  const object = live({ color: 'red', texts: { a: '1', b: '2' } });
  const updated = { ...object, spec: { color: 'blue', texts: { a: '1', b: '2', c: '3' } } };
  const left = { 'f:spec': { 'f:texts': { 'f:a': {}, 'f:b': {} } } };
  assert.equal(ownedAfter(object, updated), [['m1', left]]);
});

updates('take what they remove', () => {
  const object = live({
    color: 'red',
    tags: ['x', 'y'],
    parts: [{ name: 'a' }, { name: 'b', count: 1 }],
  });
  const updated = { ...object, spec: { tags: ['y', 'z'], parts: [{ name: 'b', count: 2 }] } };
  const left = {
    'f:parts': { 'k:{"name":"b"}': { '.': {}, 'f:name': {} } },
    'f:tags': { 'v:"y"': {} },
  };
  assert.equal(ownedAfter(object, updated), [['m1', { 'f:spec': left }]]);
});

updates('leave times and the rest alone', () => {
  const object = live({ color: 'red' }, { minSize: 2 });
  assert.equal(afterUpdate(object, object, schema), object.metadata.managedFields);
  const stripped = { ...object, metadata: { name: 'one' } };
  assert.equal(afterUpdate(object, stripped, schema), object.metadata.managedFields);
});

updates('leave nobody who owns nothing', () => {
  const object = live({ color: 'red' });
  assert.is(afterUpdate(object, widget({ color: 'blue' }), schema), undefined);
  assert.is(afterUpdate(widget(), widget(), schema), undefined);
});

updates('make applying again put back what they took', () => {
  const object = live({ color: 'red' });
  const changed = widget({ color: 'blue' });
  assert.equal(apply(changed, 'm1', widget({ color: 'red' })).spec, { color: 'red' });
  assert.equal(apply(object, 'm1', widget()), widget());
  assert.equal(apply(changed, 'm1', widget()), changed, 'what it owns no more stays');
});

updates('can have the managers forgotten', () => {
  const object = live({ color: 'red' });
  const managedFields = JSON.parse('[{}]') as ObjectMeta['managedFields'];
  const updated = { ...object, metadata: { ...object.metadata, managedFields } };
  assert.is(afterUpdate(object, updated, schema), undefined);
});

updates.run();
