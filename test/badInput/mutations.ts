// What can be wrong with a value of which the schema says something.
import * as fc from 'fast-check';
import type { Schema } from '../../sandbox/apiserver/types.ts';
import type { Place } from './schema.ts';

/** Makes another value of one, or `undefined`: then it is not there at all. */
export type Change = (before: unknown) => unknown;

/** A kind of mistake, and all the ways to make it. */
export type Mutation = { what: string; changes: fc.Arbitrary<Change> };

/** Names that a program in JavaScript may trip over. */
export const TRAPS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

const PATHS = ['..', '.', '/', 'a//b', '../../x', '%2e%2e/x', 'a/b/c', '?a=b', '#', '-a'];
const TEMPLATES = ['${name}', '$name', '{{ .name }}', '$(date)', "'; DROP", '%s%n', '\\u0000'];
const NUMBERS = ['NaN', 'Infinity', '-0', '1e999', '0x10', '1_000', '１２', '1,5', 'null', 'true'];

const HUGE = [2 ** 31, -(2 ** 31) - 1, 2 ** 53 + 2, 2 ** 63, 1e308, -1e308, 5e-324];

/** The mutations of a place, each of which suits what its schema allows there. */
export function mutationsOf(place: Place): Mutation[] {
  const { schema, value } = place;
  const type = schema['x-kubernetes-int-or-string'] ? 'int or string' : schema.type!;
  return [
    constant('removed', undefined),
    constant('null', null),
    ...wrongTypes(type),
    ...(OF_TYPE[type]?.(schema, value) ?? []),
  ];
}

function constant(what: string, value: unknown): Mutation {
  return { what, changes: fc.constant(() => value) };
}

function oneOf(what: string, values: readonly unknown[]): Mutation {
  return among(what, fc.constantFrom(...values));
}

function among(what: string, values: fc.Arbitrary<unknown>): Mutation {
  return { what, changes: values.map((value) => () => value) };
}

const OF_OTHER_TYPES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.string({ maxLength: 20 }),
  integer: fc.integer({ min: 1, max: 100 }),
  number: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  boolean: fc.boolean(),
  array: fc.array(fc.string(), { maxLength: 3 }),
  object: fc.dictionary(fc.string({ maxLength: 9 }), fc.integer(), { maxKeys: 3 }),
};

function wrongTypes(type: string): Mutation[] {
  return Object.entries(OF_OTHER_TYPES)
    .filter(
      ([other]) => !type.includes(other) && !(type === 'int or string' && other === 'integer'),
    )
    .map(([other, values]) => among(`${other} for ${type}`, values));
}

type MutationsOf = (schema: Schema, value: unknown) => Mutation[];

const ofText: MutationsOf = ({ maxLength }) => {
  const most = (maxLength as number | undefined) ?? 100_000;
  return [
    constant('empty', ''),
    constant('of the longest kind', 'x'.repeat(most)),
    constant('too long by one', 'x'.repeat(most + 1)),
    constant('very long', 'ü'.repeat(most * 2 + 1000)),
    among('of any characters', fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })),
    among('of any code units', fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })),
    oneOf('with control characters', [
      'a\u0000b',
      'a\nb',
      '\r\n',
      '\u001b[31m',
      '\u202e',
      '\ud800',
    ]),
    oneOf('white', [' ', '\t', ' a', 'a ', '\u00a0']),
    oneOf('a trap of JavaScript', TRAPS),
    oneOf('like a number', NUMBERS),
    oneOf('like a path', PATHS),
    oneOf('like a template', TEMPLATES),
    oneOf('a name in capitals', ['Latency', 'LATENCY', 'A.B', 'a_b']),
  ];
};

const ofNumber: MutationsOf = ({ minimum, maximum }) => [
  constant('zero', 0),
  among('negative', fc.integer({ min: -(2 ** 31), max: -1 })),
  among('a fraction', fc.double({ min: 0.001, max: 99, noInteger: true, noNaN: true })),
  oneOf('huge', HUGE),
  constant('the least', minimum ?? -(2 ** 31)),
  constant('below the least', ((minimum as number | undefined) ?? -(2 ** 31)) - 1),
  constant('the most', maximum ?? 2 ** 31 - 1),
  constant('above the most', ((maximum as number | undefined) ?? 2 ** 31 - 1) + 1),
];

const OF_TYPE: Readonly<Record<string, MutationsOf>> = {
  string: (schema, value) =>
    schema.enum
      ? [
          ...ofText(schema, value).slice(0, 4),
          among('outside of the enumeration', fc.string({ minLength: 1, maxLength: 9 })),
          oneOf('in another case', [String(value).toLowerCase(), String(value).toUpperCase()]),
          oneOf('a trap of JavaScript', TRAPS),
          ...schema.enum
            .filter((other) => other !== value)
            .map((other) => constant(`another of the enumeration, ${String(other)}`, other)),
        ]
      : ofText(schema, value),
  integer: ofNumber,
  'int or string': (schema, value) => [
    ...ofNumber(schema, value),
    ...ofText(schema, value),
    oneOf('a quantity out of range', ['1E', '9E99', '1e99', '-1e99', '1e-99', '999999999E']),
    oneOf('a malformed quantity', ['1.2.3', '1KiB', '10 m', '--1', '1e', 'e1', '.']),
  ],
  boolean: (_schema, value) => [
    constant('the contrary', value !== true),
    oneOf('a word for it', ['true', 'false', 'yes', 0, 1]),
  ],
  array: ({ maxItems }) => [
    constant('empty', []),
    { what: 'with its items twice', changes: onList((items) => [...items, ...items]) },
    { what: 'with a null in it', changes: onList((items) => [...items, null]) },
    { what: 'with an item of another type', changes: onList((items) => [...items, [[]]]) },
    {
      what: 'too long by one',
      changes: onList((items) =>
        Array.from({ length: ((maxItems as number | undefined) ?? 200) + 1 }, () => items[0]),
      ),
    },
  ],
  object: () => [
    constant('empty', {}),
    { what: 'with an unknown field', changes: withField(fc.string({ minLength: 1 })) },
    { what: 'with a trap of JavaScript', changes: withField(fc.constantFrom(...TRAPS)) },
    { what: 'with an empty name', changes: withField(fc.constant('')) },
  ],
};

function onList(change: (items: unknown[]) => unknown[]): fc.Arbitrary<Change> {
  return fc.constant((before) => (Array.isArray(before) ? change(before) : before));
}

function withField(names: fc.Arbitrary<string>): fc.Arbitrary<Change> {
  return names.map(
    (name) => (before) =>
      Object.fromEntries([...Object.entries(before ?? {}), [name, { polluted: true }]]),
  );
}
