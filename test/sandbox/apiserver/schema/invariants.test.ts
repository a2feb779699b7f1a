import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileSchema } from '../../../../sandbox/apiserver/schema/schema.ts';
import type { Schema } from '../../../../sandbox/apiserver/types.ts';

/** What is said against a value of the field `x`. */
function refusals(x: Schema, value: unknown): string[] {
  const { validate } = compileSchema({ type: 'object', properties: { x } });
  const errors = validate({ apiVersion: 'a/v1', kind: 'A', metadata: { name: 'a' }, x: value });
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const set: Schema = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } };
const mapBy = (...keys: string[]): Schema => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  items: { type: 'object' },
});

const lists = suite('lists');

lists('that are sets have every item once; the second of its kind is told of', () => {
  assert.equal(refusals(set, ['a', 'b', 'a', 'a']), ['x[2]: Duplicate value: "a"']);
});

lists('that are maps have every key once', () => {
  assert.equal(refusals(mapBy('k'), [{ k: 'a' }, { k: 'a', v: 'x' }, { k: 'b' }]), [
    'x[1]: Duplicate value: {"k":"a"}',
  ]);
  assert.equal(
    refusals(mapBy('p', 'k'), [
      { k: 'a', p: 1 },
      { p: 1, k: 'a' },
      { k: 'a', p: 2 },
    ]),
    ['x[1]: Duplicate value: {"k":"a","p":1}'],
  );
  assert.equal(refusals(mapBy('k'), [{}, {}]), ['x[1]: Duplicate value: {}']);
});

lists('that are maps have objects only', () => {
  assert.ok(
    refusals(mapBy('k'), [5]).includes(
      'x[0]: Invalid value: 5: must be an object for an array of list-type map',
    ),
  );
});

lists('may repeat items otherwise', () => {
  assert.equal(refusals({ type: 'array', items: { type: 'string' } }, ['a', 'a']), []);
});

lists('in maps are named by their keys', () => {
  const map = { type: 'object', additionalProperties: set };
  assert.equal(refusals(map, { 'a.b': ['x', 'x'] }), ['x[a.b][1]: Duplicate value: "x"']);
});

lists.run();

const embedded = suite('embedded resources');

embedded('need apiVersion and kind', () => {
  const schema = { type: 'object', 'x-kubernetes-embedded-resource': true };
  assert.equal(refusals(schema, { kind: '' }), [
    'x.apiVersion: Required value',
    'x.kind: Required value',
  ]);
  assert.equal(refusals(schema, { apiVersion: 'v1', kind: 'Pod' }), []);
});

embedded.run();
