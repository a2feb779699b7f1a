import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { admit } from '../../../../sandbox/apiserver/schema/structural.ts';
import type { Schema } from '../../../../sandbox/apiserver/types.ts';

const text: Schema = { type: 'string' };
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
});

/** What becomes of a spec under its schema. */
function admitSpec(schema: Schema, spec: unknown): { spec: unknown; unknownFields: string[] } {
  const given = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec };
  const { object: admitted, unknownFields } = admit(given, object({ spec: schema }));
  return { spec: admitted['spec'], unknownFields };
}

const pruning = suite('pruning');

pruning('drops unknown fields and names them in order', () => {
  const schema = object({ list: { type: 'array', items: object({ a: text }) }, a: text });
  const { spec, unknownFields } = admitSpec(schema, {
    z: 1,
    list: [{ a: 'x', b: 1 }],
    b: { c: 1 },
  });
  assert.equal(spec, { list: [{ a: 'x' }] });
  assert.equal(unknownFields, ['spec.b', 'spec.list[0].b', 'spec.z']);
});

pruning('leaves apiVersion, kind and metadata alone', () => {
  const given = {
    apiVersion: 'a/v1',
    kind: 'A',
    metadata: { name: 'a', labels: { a: 'b' } },
    x: 1,
  };
  const { object: admitted, unknownFields } = admit(given, object({}));
  assert.equal(admitted, { apiVersion: 'a/v1', kind: 'A', metadata: given.metadata });
  assert.equal(unknownFields, ['x']);
});

pruning('leaves those of an embedded resource alone, but not those of other objects', () => {
  const embedded = object({ a: text }, { 'x-kubernetes-embedded-resource': true });
  const resource = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, a: 'x', b: 1 };
  const { spec, unknownFields } = admitSpec(object({ embedded }), {
    embedded: resource,
    kind: 'x',
  });
  assert.equal(spec, {
    embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, a: 'x' },
  });
  assert.equal(unknownFields, ['spec.embedded.b', 'spec.kind']);
});

pruning('keeps unknown fields where the schema says so, and prunes the known ones in them', () => {
  const schema = { ...open, properties: { known: object({ x: text }) } };
  const { spec, unknownFields } = admitSpec(schema, {
    foo: { n: null },
    known: { x: 'a', y: 'b' },
  });
  assert.equal(spec, { foo: { n: null }, known: { x: 'a' } });
  assert.equal(unknownFields, ['spec.known.y']);
});

pruning('keeps unknown fields of the items of a list that keeps them', () => {
  const items = object({ k: object({ x: text }) });
  const list: Schema = { type: 'array', items, 'x-kubernetes-preserve-unknown-fields': true };
  const { spec, unknownFields } = admitSpec(object({ list }), { list: [{ foo: 1, k: { y: 1 } }] });
  assert.equal(spec, { list: [{ foo: 1, k: {} }] });
  assert.equal(unknownFields, ['spec.list[0].k.y']);
});

pruning('takes any name under additionalProperties; without a schema, nothing inside', () => {
  const named = object({}, { additionalProperties: object({ a: text }) });
  assert.equal(admitSpec(named, { x: { a: 'b', c: 1 } }).unknownFields, ['spec.x.c']);
  const anything = object({}, { additionalProperties: true });
  const { spec, unknownFields } = admitSpec(anything, { x: { a: 'b' }, y: 1 });
  assert.equal(spec, { x: {}, y: 1 });
  assert.equal(unknownFields, ['spec.x.a']);
});

pruning('knows fields that are named like those of every JavaScript object', () => {
  const { spec, unknownFields } = admitSpec(object({ a: text }), { constructor: 1, a: 'x' });
  assert.equal(spec, { a: 'x' });
  assert.equal(unknownFields, ['spec.constructor']);
});

pruning('never changes its argument, and shares nothing with it', () => {
  const given = { apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, spec: { a: { b: [1] } } };
  const before = structuredClone(given);
  const admitted = admit(given, object({ spec: open })).object as typeof given;
  admitted.spec.a.b.push(2);
  admitted.metadata.name = 'b';
  assert.equal(given, before);
});

pruning.run();

const defaulting = suite('defaulting');

defaulting('fills what is absent, also inside of what it filled', () => {
  const inner = object({ b: { type: 'integer', default: 3 } });
  const schema = object({ a: { ...object({ inner }), default: { inner: {} } } });
  assert.equal(admitSpec(schema, {}).spec, { a: { inner: { b: 3 } } });
  assert.equal(admitSpec(schema, { a: {} }).spec, { a: {} });
  assert.equal(admitSpec(schema, { a: { inner: { b: 4 } } }).spec, { a: { inner: { b: 4 } } });
});

defaulting('fills inside lists and maps', () => {
  const entry = object({ z: { type: 'string', default: 'zz' } });
  const schema = object({
    list: { type: 'array', items: entry },
    map: { type: 'object', additionalProperties: entry },
  });
  const { spec } = admitSpec(schema, { list: [{}], map: { a: {} } });
  assert.equal(spec, { list: [{ z: 'zz' }], map: { a: { z: 'zz' } } });
});

defaulting('shares no default between objects', () => {
  const schema = object({ list: { type: 'array', default: [] } });
  (admitSpec(schema, {}).spec as { list: number[] }).list.push(1);
  assert.equal(admitSpec(schema, {}).spec, { list: [] });
});

defaulting.run();

const nulls = suite('nulls');

nulls('give way to the default, or are dropped, where the schema does not allow them', () => {
  const schema = object({ a: { ...text, default: 'd' }, b: text }, { additionalProperties: text });
  assert.equal(admitSpec(schema, { a: null, b: null, c: null }).spec, { a: 'd' });
});

nulls('stay where the schema allows them, or where there is none', () => {
  const schema = object({
    a: { ...text, nullable: true },
    b: { ...text, nullable: true, default: 'd' },
    c: open,
  });
  const spec = { a: null, b: null, c: { d: null } };
  assert.equal(admitSpec(schema, spec).spec, spec);
});

nulls('stay in lists, where nothing can be left out, unless there is a default', () => {
  const list = (items: Schema) => object({ list: { type: 'array', items } });
  assert.equal(admitSpec(list(text), { list: [null] }).spec, { list: [null] });
  const { spec } = admitSpec(list({ ...text, default: 'd' }), { list: [null, 'a'] });
  assert.equal(spec, { list: ['d', 'a'] });
});

nulls('leave an object without its spec', () => {
  assert.is(admitSpec(object({}), null).spec, undefined);
});

nulls.run();
