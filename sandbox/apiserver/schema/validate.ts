import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../json.ts';
import type { Schema } from '../types.ts';
import { type FieldError, fieldError, toText } from './errors.ts';
import { isInteger, NUMBER_FORMATS, TEXT_FORMATS } from './formats.ts';
import { type Place, placesIn } from './places.ts';
import { numberErrors, textErrors } from './scalars.ts';
import { joined } from './structural.ts';

interface Sizes {
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
}

interface Outcome {
  errors: FieldError[];
  /** How many checks held: of alternatives that all fail, the one with the most is reported. */
  matches: number;
}

/**
 * What the keywords of a schema have against a value, in the API server's words. Errors of parts
 * that a change left as they were are forgiven. The schema is interpreted, not compiled: objects
 * meet only a small part of a large schema.
 */
export function schemaErrors(place: Place): FieldError[] {
  const { errors } = check(place);
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  return errors.filter((_error, index) => texts.indexOf(texts[index]!) === index);
}

function check(place: Place): Outcome {
  const parts = [checkType(place)];
  if (place.value !== null) parts.push(...checkCombinators(place), checkContent(place));
  const { errors, matches } = sum([...parts, outcome(enumErrors(place))]);
  const isForgiven = errors.length > 0 && place.old !== undefined && place.isUnchanged();
  return outcome(isForgiven ? [] : errors, matches);
}

function outcome(errors: FieldError[], matches = 0): Outcome {
  return { errors, matches };
}

function sum(outcomes: Outcome[]): Outcome {
  const errors = outcomes.flatMap((one) => one.errors);
  return outcome(
    errors,
    outcomes.reduce((total, { matches }) => total + matches, 0),
  );
}

function checkType({ schema, value, path }: Place): Outcome {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : [schema.type];
  if (types[0] === undefined) return outcome([], 1);
  const given = typeOf(value);
  if (types.includes(given) || isAlsoFine(schema, given)) return outcome([], 3);
  const [wanted, got] = formatsOf(schema, given) ?? [types.join(','), given];
  const detail = `${path} in body must be of type ${wanted}: "${got}"`;
  return outcome([fieldError('TypeInvalid', path, `"${got}"`, detail)], 2);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function isAlsoFine({ type, nullable }: Schema, given: string): boolean {
  if (given === 'integer') return type === 'number';
  return given === 'null' && nullable === true;
}

/** The format that is wanted and the one given, where the API server names these and not the types. */
function formatsOf({ format = '' }: Schema, given: string): [string, string] | undefined {
  const isKnown = format in TEXT_FORMATS || format in NUMBER_FORMATS;
  if (!isKnown || ['string', 'array', 'null'].includes(given)) return undefined;
  return [format, { integer: 'int64', number: 'float64' }[given] ?? ''];
}

function enumErrors({ schema, value, path }: Place): FieldError[] {
  const { enum: supported } = schema;
  if (supported === undefined) return [];
  if (value !== null && supported.some((one) => isDeepStrictEqual(one, value))) return [];
  const texts = supported.map((one) => toText(typeof one === 'string' ? one : toText(one)));
  return [fieldError('NotSupported', path, toText(value), `supported values: ${texts.join(', ')}`)];
}

function checkCombinators(place: Place): Outcome[] {
  return Object.entries(COMBINATORS).flatMap(([keyword, judge]) => {
    const branches = place.schema[keyword];
    if (branches === undefined) return [];
    const results = [branches as Schema | Schema[]]
      .flat()
      .map((schema) => check({ ...place, schema, old: undefined }));
    return judge(results, (detail) => {
      return outcome([fieldError('Invalid', '', '""', `${toText(place.path)} must ${detail}`)]);
    });
  });
}

type Judge = (results: Outcome[], refusal: (detail: string) => Outcome) => Outcome[];

const COMBINATORS: Record<string, Judge> = {
  anyOf: (results, refusal) => {
    const best = bestOf(results);
    return isValid(best) ? [best] : [refusal('validate at least one schema (anyOf)'), best];
  },
  oneOf: (results, refusal) => {
    const count = results.filter(isValid).length;
    if (count === 1) return [bestOf(results)];
    const detail = 'validate one and only one schema (oneOf).';
    if (count > 1) return [refusal(`${detail} Found ${count} valid alternatives`)];
    return [refusal(`${detail} Found none valid`), bestOf(results)];
  },
  allOf: (results, refusal) => {
    if (results.every(isValid)) return results;
    const none = results.some(isValid) ? '' : '. None validated';
    return [...results, refusal(`validate all the schemas (allOf)${none}`)];
  },
  not: (results, refusal) =>
    results.some(isValid) ? [refusal('not validate the schema (not)')] : [],
};

function isValid({ errors }: Outcome): boolean {
  return errors.length === 0;
}

function bestOf(outcomes: Outcome[]): Outcome {
  const most = (best: Outcome, one: Outcome) => (one.matches > best.matches ? one : best);
  return outcomes.find(isValid) ?? outcomes.reduce(most);
}

function checkContent(place: Place): Outcome {
  const { schema, value, path } = place;
  if (typeof value === 'string') return outcome(textErrors(schema, value, path), 1);
  if (typeof value === 'number') return outcome(numberErrors(schema, value, path), 2);
  const inside = placesIn(place).map(check);
  if (Array.isArray(value)) {
    const { minItems, maxItems } = schema as Sizes;
    const errors = sizeErrors(path, [value.length, minItems, maxItems], 'items');
    return sum([...inside, outcome(errors, 2)]);
  }
  if (!isObject(value)) return outcome([]);
  const { minProperties, maxProperties } = schema as Sizes;
  const size = [Object.keys(value).length, minProperties, maxProperties] as const;
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const errors = missing.map((name) => fieldError('Required', joined(path, name)));
  return sum([outcome(sizeErrors(path, size, 'properties')), ...inside, outcome(errors, 1)]);
}

function sizeErrors(
  path: string,
  [count, least = 0, most = Infinity]: readonly [number, number?, number?],
  noun: string,
): FieldError[] {
  const tooFew = `${path} in body should have at least ${least} ${noun}`;
  if (count < least) return [fieldError('Invalid', path, `${count}`, tooFew)];
  const tooMany = `must have at most ${most} items`;
  return count > most ? [fieldError('TooMany', path, `${count}`, tooMany)] : [];
}
