import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyConfiguration } from '../../../sandbox/apiserver/apply.ts';
import type { ApiObject } from '../../../sandbox/apiserver/types.ts';
import { apply, conflict, keyed, live, map, NOW, number, owned, widget } from './widgets.ts';

const lists = suite('applying lists');

function names(...given: string[]): object {
  return { parts: given.map((name) => ({ name })) };
}

lists('merges those of maps by their keys', () => {
  const object = live({ parts: [{ name: 'a', count: 1 }] }, { parts: [{ name: 'b', count: 2 }] });
  const merged = apply(object, 'm2', widget({ parts: [{ name: 'a', color: 'red' }] }));
  assert.equal(merged.spec, { parts: [{ name: 'a', count: 1, color: 'red' }] });
});

lists('keeps the order that is applied, and others where they were', () => {
  const order = (object: ApiObject) =>
    (object.spec as { parts: { name: string }[] }).parts.map(({ name }) => name).join('');
  const object = live(names('a', 'b', 'c'), names('x', 'c', 'y', 'a'));
  assert.is(order(object), 'bxcya');
  assert.is(order(apply(object, 'm1', widget(names('c', 'b', 'a')))), 'xcyba');
});

lists('merges sets', () => {
  assert.equal(live({ tags: ['1', '2'] }, { tags: ['3', '1'] }).spec, { tags: ['3', '1', '2'] });
});

lists('takes others, and atomic maps, as a whole', () => {
  const object = live({ plain: ['a'], box: { a: '1' } });
  const merged = apply(object, 'm1', widget({ plain: ['b'], box: { b: '1' } }));
  assert.equal(merged.spec, { plain: ['b'], box: { b: '1' } });
});

lists('tells items apart by all keys, defaults included', () => {
  const object = live({ ports: [{ port: 80, protocol: 'TCP' }] });
  const udp = { port: 80, protocol: 'UDP' };
  const merged = apply(object, 'm2', widget({ ports: [{ port: 80 }, udp] }));
  assert.equal(merged.spec, { ports: [{ port: 80, protocol: 'TCP' }, udp] });
});

lists.run();

const conflicts = suite('conflicts of those who apply');

conflicts('arise where another owns another value', () => {
  const { status, reason, message, details } = conflict(
    live({ color: 'red' }),
    'm2',
    widget({ color: 'blue' }),
  );
  assert.equal([status, reason], [409, 'Conflict']);
  assert.is(message, 'Apply failed with 1 conflict: conflict with "m1": .spec.color');
  const cause = { reason: 'FieldManagerConflict', message: 'conflict with "m1"' };
  assert.equal(details, { causes: [{ ...cause, field: '.spec.color' }] });
});

conflicts('are all told at once', () => {
  const spec = { color: 'red', plain: ['a'], parts: [{ name: 'a', count: 1 }], texts: { l: '1' } };
  const object = live(spec, { color: 'red' });
  const other = {
    color: 'blue',
    plain: ['b'],
    parts: [{ name: 'a', count: 2 }],
    texts: { l: '2' },
  };
  const { message, details } = conflict(object, 'm3', widget(other));
  const lines = [
    'Apply failed with 5 conflicts: conflicts with "m1":',
    '- .spec.color',
    '- .spec.plain',
    '- .spec.parts[name="a"].count',
    '- .spec.texts.l',
    'conflicts with "m2":',
    '- .spec.color',
  ];
  assert.is(message, lines.join('\n'));
  assert.is(details?.causes?.length, 5);
});

conflicts('do not arise where values agree: then both own them', () => {
  const object = apply(live({ color: 'red' }), 'm2', widget({ color: 'red' }));
  assert.equal(owned(object), owned(object, 'm2'));
  assert.match(conflict(object, 'm1', widget({ color: 'blue' })).message, 'with "m2"');
});

conflicts('do not arise with oneself, nor about what nobody applied', () => {
  const object = live({ color: 'red' });
  assert.equal(apply(object, 'm1', widget({ color: 'blue' })).spec, { color: 'blue' });
  const plain = { ...object, spec: { color: 'red', minSize: 3 } };
  const merged = apply(plain, 'm2', widget({ minSize: 4 }));
  assert.equal(merged.spec, { color: 'red', minSize: 4 });
});

conflicts('end by force, which takes the fields over', () => {
  const object = live({ color: 'red', parts: [{ name: 'a', count: 1 }] });
  const spec = { color: 'blue', parts: [{ name: 'a', count: 2 }] };
  const forced = apply(object, 'm2', widget(spec), { force: true });
  assert.equal(forced.spec, spec);
  assert.equal(owned(forced), {
    'f:spec': { 'f:parts': { 'k:{"name":"a"}': { '.': {}, 'f:name': {} } } },
  });
  assert.match(conflict(forced, 'm1', widget({ color: 'red' })).message, '"m2": .spec.color');
});

conflicts('spell out keys of several fields', () => {
  const named = map({ spec: map({ ports: keyed(['protocol', 'port'], { port: number }) }) });
  const port = { port: 80, protocol: 'TCP' };
  const options = { force: false, schema: named, now: NOW };
  const spec = (name: string) => widget({ ports: [{ ...port, name }] });
  const object = applyConfiguration(undefined, spec('a'), { ...options, manager: 'm1' });
  assert.throws(
    () => applyConfiguration(object, spec('b'), { ...options, manager: 'm2' }),
    '"m1": .spec.ports[port=80,protocol="TCP"].name',
  );
});

conflicts.run();

const statuses = suite('applying the status');

const STATUS = { subresource: 'status' };

function withStatus(status: object): ApiObject {
  return { ...widget({ color: 'green' }, { labels: { a: '1' } }), status };
}

function condition(type: string, status: string): object {
  return { conditions: [{ type, status }] };
}

statuses('touches nothing else', () => {
  const object = apply(live({ color: 'red' }), 'm1', withStatus({ phase: 'Done' }), STATUS);
  assert.equal(object.spec, { color: 'red' });
  assert.equal(object.status, { phase: 'Done' });
  assert.is(object.metadata.labels, undefined);
  assert.equal(owned(object), { 'f:spec': { 'f:color': {} } });
  assert.equal(owned(object, 'm1', 'status'), { 'f:status': { 'f:phase': {} } });
});

statuses('is another role than applying the rest', () => {
  const object = apply(live({ color: 'red' }), 'm1', withStatus({ phase: 'Done' }), STATUS);
  assert.equal(apply(object, 'm1', widget({ color: 'red' })), object);
  assert.equal(apply(object, 'm1', withStatus({ phase: 'Done' }), STATUS), object);
  assert.equal(apply(object, 'm1', widget()).status, { phase: 'Done' });
});

statuses('lets several managers have a condition each', () => {
  const first = apply(live({}), 'm1', withStatus(condition('Ready', 'False')), STATUS);
  const both = apply(first, 'm2', withStatus(condition('Synced', 'True')), STATUS);
  const ready = { type: 'Ready', status: 'False' };
  assert.equal(both.status, { conditions: [ready, { type: 'Synced', status: 'True' }] });
  const { message } = conflict(both, 'm2', withStatus(condition('Ready', 'Unknown')), STATUS);
  assert.is(
    message,
    'Apply failed with 1 conflict: conflict with "m1" with subresource "status": .status.conditions[type="Ready"].status',
  );
  const dropped = apply(both, 'm2', withStatus({}), STATUS);
  assert.equal(dropped.status, { conditions: [ready] });
});

statuses('carries the resourceVersion that the writer saw', () => {
  const applied = {
    ...withStatus({ phase: 'x' }),
    metadata: { name: 'one', resourceVersion: '7' },
  };
  assert.is(apply(live({}), 'm1', applied, STATUS).metadata.resourceVersion, '7');
});

statuses.run();
