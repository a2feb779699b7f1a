import type { ApiObject, Schema } from '../types.ts';
import { isObject } from '../json.ts';

/** An object as it is stored, and the paths of what its schema does not know, in order. */
export interface Admission {
  object: ApiObject;
  unknownFields: string[];
}

interface Place {
  /** Absent where none is given, as under `additionalProperties: true`. */
  schema: Schema | undefined;
  path: string;
  unknownFields: string[];
  isRoot?: boolean;
  /** Whether unknown fields are kept. A list hands it on to its items, an object to nothing. */
  isOpen?: boolean;
}

const RESOURCE_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * The object without the fields that its schema does not know and without the nulls that it does
 * not allow, and with the defaults filled in. apiVersion, kind and metadata of the object, and of
 * resources embedded in it, are kept as they are.
 */
export function admit(object: ApiObject, schema: Schema): Admission {
  const unknownFields: string[] = [];
  const admitted = admitValue(object, { schema, path: '', unknownFields, isRoot: true });
  return { object: admitted as ApiObject, unknownFields: unknownFields.sort() };
}

/** The schema of a field: undefined where it has none, false where the field is unknown. */
export function fieldSchema(schema: Schema | undefined, key: string): Schema | undefined | false {
  const { properties = {}, additionalProperties } = schema ?? {};
  if (Object.hasOwn(properties, key)) return properties[key];
  if (additionalProperties === undefined) return false;
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

// A resource is the object itself, or one embedded in it.
function isResource(schema: Schema | undefined, isRoot: boolean): boolean {
  return isRoot || schema?.['x-kubernetes-embedded-resource'] === true;
}

/** The path of a field inside the value at a path. */
export function joined(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

function admitValue(value: unknown, given: Place): unknown {
  const { schema } = given;
  const isOpen = given.isOpen || schema?.['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema === undefined && isOpen) return structuredClone(value);
  const place = { ...given, isOpen };
  if (Array.isArray(value)) return value.map((item, index) => admitItem(item, index, place));
  return isObject(value) ? admitObject(value, place) : value;
}

function admitItem(item: unknown, index: number, list: Place): unknown {
  const schema = list.schema?.items;
  const place = { ...list, schema, path: `${list.path}[${index}]` };
  // An item cannot be left out: it stays null where there is no default.
  return admitValue(isUnwantedNull(item, schema) ? (schema?.default ?? null) : item, place);
}

function admitObject(value: Record<string, unknown>, place: Place): Record<string, unknown> {
  const { schema, isRoot = false } = place;
  const defaults = Object.entries(schema?.properties ?? {}).flatMap(([key, inner]) =>
    inner.default === undefined || Object.hasOwn(value, key) ? [] : [[key, inner.default] as const],
  );
  const entries = [...Object.entries(value), ...defaults].flatMap(([key, entry]) => {
    const isKept = isResource(schema, isRoot) && RESOURCE_FIELDS.has(key);
    const admitted = isKept ? structuredClone(entry) : admitField(key, entry, place);
    return admitted === undefined ? [] : [[key, admitted]];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function admitField(key: string, entry: unknown, { schema, ...object }: Place): unknown {
  const { isOpen, unknownFields } = object;
  const inner = fieldSchema(schema, key);
  const path = joined(object.path, key);
  if (inner === false) {
    if (!isOpen) unknownFields.push(path);
    return isOpen ? structuredClone(entry) : undefined;
  }
  const given = isUnwantedNull(entry, inner) ? inner?.default : entry;
  return given === undefined
    ? undefined
    : admitValue(given, { schema: inner, path, unknownFields });
}

function isUnwantedNull(value: unknown, schema: Schema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}
