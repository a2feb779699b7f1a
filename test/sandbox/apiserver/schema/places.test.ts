import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileSchema } from '../../../../sandbox/apiserver/schema/schema.ts';
import type { ApiObject, Schema } from '../../../../sandbox/apiserver/types.ts';

const message = 'm';
const never = [{ rule: 'false', message }];
const start = (letter: string) => ({ type: 'string', pattern: `^${letter}` });
const resource = (spec: unknown): ApiObject => ({
  apiVersion: 'a/v1',
  kind: 'A',
  metadata: { name: 'a' },
  spec,
});

const ratcheting = suite('errors that were there before a change');

const listOf = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });
const strict: Schema = {
  type: 'object',
  required: ['must'],
  properties: {
    must: { type: 'string' },
    s: { ...start('a'), maxLength: 3 },
    n: { type: 'integer', minimum: 5 },
    nest: { type: 'object', required: ['q'], properties: { q: { type: 'string' }, r: start('a') } },
    list: listOf(start('a')),
    set: listOf(start('a'), { 'x-kubernetes-list-type': 'set' }),
    map: listOf(
      {
        type: 'object',
        properties: { k: { type: 'string' }, v: start('a'), w: { type: 'string' } },
      },
      { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    ),
    dict: { type: 'object', additionalProperties: start('a') },
    all: {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'string' } },
      allOf: [{ properties: { a: { pattern: '^a' } } }],
    },
    cel: {
      type: 'object',
      properties: {
        x: { type: 'string', 'x-kubernetes-validations': never },
        y: { type: 'string' },
      },
      'x-kubernetes-validations': [{ rule: "!has(self.y) || self.y == 'ok'", message }],
    },
    items: listOf({ type: 'string', 'x-kubernetes-validations': never }),
    broken: {
      type: 'object',
      properties: { a: { type: 'string' } },
      'x-kubernetes-validations': [{ rule: "self.a == 'x'", message }],
    },
    before: {
      type: 'string',
      'x-kubernetes-validations': [{ rule: "oldSelf == 'x' && self == oldSelf", message }],
    },
  },
};
const { validate } = compileSchema({ type: 'object', properties: { spec: strict } });

const kept: [string, object, object][] = [
  ['of a text', { s: 'bbbb' }, { s: 'bbbb', n: 6 }],
  ['of a missing field', { nest: {} }, { nest: {}, n: 6 }],
  ['beside what is changed', { nest: { r: 'b' } }, { nest: { r: 'b', q: 'x' } }],
  ['of a list', { list: ['b'] }, { list: ['b'], n: 6 }],
  [
    'of items by their key',
    { map: [{ k: '1', v: 'b' }] },
    { map: [{ k: '2' }, { k: '1', v: 'b' }] },
  ],
  ['of duplicates', { set: ['a', 'a'] }, { set: ['a', 'a', 'ab', 'ab'] }],
  ['of entries', { dict: { p: 'b' } }, { dict: { p: 'b', q: 'a' } }],
  ['of rules', { cel: { x: 'no' } }, { cel: { x: 'no', y: 'ok' } }],
  ['of rules about items', { items: ['a'] }, { items: ['a'], n: 6 }],
];
for (const [name, before, after] of kept) {
  ratcheting(`are forgiven: ${name}`, () => {
    const rest = { must: 'x' };
    const old = resource({ ...rest, ...before });
    assert.ok(validate(old).length > 0 || 'set' in before);
    assert.equal(validate(resource({ ...rest, ...after }), old), []);
  });
}

const told: [string, object, object, string[]][] = [
  ['of another text', { s: 'bbbb' }, { s: 'bbbc' }, ['spec.s', '<nil>']],
  ['of what lacks the same field', { nest: {} }, { nest: { r: 'a' } }, ['spec.nest.q', '<nil>']],
  [
    'of all of a changed list',
    { list: ['b', 'a'] },
    { list: ['b', 'c'] },
    ['spec.list[0]', 'spec.list[1]'],
  ],
  ['of all of a changed set', { set: ['b'] }, { set: ['b', 'a'] }, ['spec.set[0]']],
  [
    'of a changed item',
    { map: [{ k: '1', v: 'b' }] },
    { map: [{ k: '1', v: 'c' }] },
    ['spec.map[0].v'],
  ],
  ['of another entry', { dict: { p: 'b' } }, { dict: { p: 'b', q: 'c' } }, ['spec.dict.q']],
  [
    'in combined schemas',
    { all: { a: 'b' } },
    { all: { a: 'b', b: 'c' } },
    ['spec.all.a', '<nil>'],
  ],
  ['of rules about what is changed', { cel: { y: 'no' } }, { cel: { y: 'no2' } }, ['spec.cel']],
  [
    'of rules about all of a changed list',
    { items: ['a'] },
    { items: ['a', 'b'] },
    ['spec.items[0]', 'spec.items[1]'],
  ],
  ['of rules that cannot be evaluated', { broken: {} }, { broken: {}, n: 6 }, ['spec.broken']],
  ['of rules about changes', { before: 'y' }, { before: 'y', n: 6 }, ['spec.before']],
];
for (const [name, before, after, fields] of told) {
  ratcheting(`are told again: ${name}`, () => {
    const old = resource({ must: 'x', ...before });
    const errors = validate(resource({ must: 'x', ...after }), old);
    assert.equal(
      errors.map(({ field }) => field),
      fields,
    );
  });
}

ratcheting.run();
