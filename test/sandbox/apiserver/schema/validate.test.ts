import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { rootPlace } from '../../../../sandbox/apiserver/schema/places.ts';
import { schemaErrors } from '../../../../sandbox/apiserver/schema/validate.ts';
import type { Schema } from '../../../../sandbox/apiserver/types.ts';

/** What is said against a value of the field `x`. */
function refusals(schema: Schema, value: unknown): string[] {
  const root = rootPlace({ type: 'object', properties: { x: schema } }, { x: value }, undefined);
  return schemaErrors(root).map(({ field, message }) => `${field}: ${message}`);
}

/** A test for each schema, value and what the API server says of them. */
function table(name: string, rows: [Schema, unknown, ...string[]][]): void {
  const tests = suite(name);
  for (const [schema, value, ...expected] of rows) {
    tests(`${JSON.stringify(value)} as ${JSON.stringify(schema)}`, () => {
      assert.equal(refusals(schema, value), expected);
    });
  }
  tests.run();
}

const integer: Schema = { type: 'integer' };
const text: Schema = { type: 'string' };
const ofType = (type: string, given: string) =>
  `x: Invalid value: "${given}": x in body must be of type ${type}: "${given}"`;

table('types', [
  [integer, 5],
  [integer, 3e10],
  [integer, 'a', ofType('integer', 'string')],
  [integer, null, ofType('integer', 'null')],
  [integer, [], ofType('integer', 'array')],
  [
    integer,
    0.5,
    ofType('integer', 'number'),
    '<nil>: Invalid value: "": Checked value must be of type integer (default format) in x',
  ],
  [{ type: 'number' }, 5],
  [{ type: 'number' }, 'x', ofType('number', 'string')],
  [{ type: 'boolean' }, 'yes', ofType('boolean', 'string')],
  [{ type: 'object' }, [], ofType('object', 'array')],
  [text, { a: 1 }, ofType('string', 'object')],
  [{ ...text, nullable: true }, null],
  [{ 'x-kubernetes-int-or-string': true }, '5%'],
  [{ 'x-kubernetes-int-or-string': true }, 5],
  [{ 'x-kubernetes-int-or-string': true }, true, ofType('integer,string', 'boolean')],
  [{ 'x-kubernetes-preserve-unknown-fields': true }, { any: ['thing'] }],
]);

table('formats', [
  [{ ...integer, format: 'int32' }, true, ofType('int32', '')],
  [{ ...integer, format: 'int32' }, 'a', ofType('integer', 'string')],
  [
    { ...integer, format: 'int32' },
    2 ** 31,
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in x',
  ],
  [
    { type: 'number', format: 'float' },
    1e39,
    '<nil>: Invalid value: "": Checked value must be of type number with format float in x',
  ],
  [{ ...text, format: 'date-time' }, '2020-01-01T00:00:00Z'],
  [{ ...text, format: 'date-time' }, '2020-01-01', ofType('date-time', '2020-01-01')],
  [{ ...text, format: 'date-time' }, 5, ofType('date-time', 'int64')],
  [{ ...text, format: 'of our own' }, 'anything'],
]);

const limits = { minimum: 1, maximum: 10 };
const inside = { minimum: 0, exclusiveMinimum: true, maximum: 1.5, exclusiveMaximum: true };
const should = (value: string, what: string) =>
  `x: Invalid value: ${value}: x in body should ${what}`;

table('limits', [
  [{ ...integer, ...limits }, 1],
  [{ ...integer, ...limits }, 0, should('0', 'be greater than or equal to 1')],
  [{ ...integer, ...limits }, 11, should('11', 'be less than or equal to 10')],
  [{ type: 'number', ...inside }, 0, should('0', 'be greater than 0')],
  [{ type: 'number', ...inside }, 1.5, should('1.5', 'be less than 1.5')],
  [
    { type: 'number', maximum: 5 },
    12345678.9,
    should('1.23456789e+07', 'be less than or equal to 5'),
  ],
  [{ ...integer, multipleOf: 3 }, 4, should('4', 'be a multiple of 3')],
  [{ type: 'number', multipleOf: 0.1 }, 0.3],
  [{ ...text, minLength: 2, pattern: '^a+$' }, '', should('""', 'be at least 2 chars long')],
  [{ ...text, maxLength: 2 }, '😀😀'],
  [{ ...text, maxLength: 2 }, 'aaa', 'x: Too long: may not be more than 2 bytes'],
  [{ ...text, pattern: '^a+$' }, 'bb', should('"bb"', `match '^a+$'`)],
  [{ ...text, enum: ['red', 'green'] }, 'red'],
  [
    { ...text, enum: ['red', 'green'] },
    'pink',
    'x: Unsupported value: "pink": supported values: "red", "green"',
  ],
  [{ ...integer, enum: [1, 2] }, 3, 'x: Unsupported value: 3: supported values: "1", "2"'],
  [
    { ...text, nullable: true, enum: ['a', null] },
    null,
    'x: Unsupported value: null: supported values: "a", "null"',
  ],
  [
    { ...text, enum: ['red'] },
    5,
    ofType('string', 'integer'),
    'x: Unsupported value: 5: supported values: "red"',
  ],
]);

const list = { type: 'array', minItems: 2, maxItems: 3, items: integer };
const dictionary = {
  type: 'object',
  minProperties: 1,
  maxProperties: 2,
  additionalProperties: integer,
};
const entry = { type: 'object', required: ['a'], properties: { a: text, 'b.c': text } };

table('lists and objects', [
  [list, [1, 2]],
  [list, [1], should('1', 'have at least 2 items')],
  [list, [1, 2, 3, 4], 'x: Too many: 4: must have at most 3 items'],
  [list, ['a', 2], 'x[0]: Invalid value: "string": x[0] in body must be of type integer: "string"'],
  [dictionary, {}, should('0', 'have at least 1 properties')],
  [dictionary, { a: 1, b: 2, c: 3 }, 'x: Too many: 3: must have at most 2 items'],
  [
    dictionary,
    { 'a/b': 'c' },
    'x.a/b: Invalid value: "string": x.a/b in body must be of type integer: "string"',
  ],
  [entry, {}, 'x.a: Required value'],
  [
    entry,
    { a: 'a', 'b.c': 5 },
    'x.b.c: Invalid value: "integer": x.b.c in body must be of type string: "integer"',
  ],
]);

const fields = { type: 'object', properties: { a: text, b: text, c: text } };
const oneOf = [{ required: ['a'] }, { required: ['b'], properties: { b: { pattern: '^b' } } }];
const allOf = [{ required: ['a'] }, { required: ['b'] }];
const anyOf = [{ required: ['a'] }, { required: ['b', 'c'] }];
const must = (what: string) => `<nil>: Invalid value: "": "x" must ${what}`;
const notOne = 'validate one and only one schema (oneOf). Found';

table('combined schemas', [
  [{ ...fields, oneOf }, { a: 'a' }],
  [{ ...fields, oneOf }, {}, must(`${notOne} none valid`), 'x.a: Required value'],
  [{ ...fields, oneOf }, { a: 'a', b: 'b' }, must(`${notOne} 2 valid alternatives`)],
  [
    { ...fields, oneOf },
    { b: 'x' },
    must(`${notOne} none valid`),
    `x.b: Invalid value: "x": x.b in body should match '^b'`,
  ],
  [
    { ...fields, anyOf },
    { b: 'b', c: 'c' },
  ],
  [
    { ...fields, anyOf },
    { c: 'c' },
    must('validate at least one schema (anyOf)'),
    'x.a: Required value',
  ],
  [
    { ...fields, allOf },
    { a: 'a', b: 'b' },
  ],
  [
    { ...fields, allOf },
    { a: 'a' },
    'x.b: Required value',
    must('validate all the schemas (allOf)'),
  ],
  [
    { ...fields, allOf },
    {},
    'x.a: Required value',
    'x.b: Required value',
    must('validate all the schemas (allOf). None validated'),
  ],
  [{ ...fields, not: { required: ['a'] } }, {}],
  [{ ...fields, not: { required: ['a'] } }, { a: 'a' }, must('not validate the schema (not)')],
  [
    { 'x-kubernetes-int-or-string': true, anyOf: [integer, text] },
    true,
    ofType('integer,string', 'boolean'),
    must('validate at least one schema (anyOf)'),
    ofType('integer', 'boolean'),
  ],
]);
