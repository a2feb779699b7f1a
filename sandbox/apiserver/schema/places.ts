import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../types.ts';
import { isObject } from '../json.ts';
import { fieldSchema, joined } from './structural.ts';

/** A value inside an object, with the schema that it stands under. */
export interface Place {
  schema: Schema;
  value: unknown;
  /** The value before the change, undefined where there is none that corresponds. */
  old: unknown;
  /** As errors of keywords give it: "spec.routes[0].labels.app". */
  path: string;
  /** As all other errors give it: "spec.routes[0].labels[app]". */
  keyedPath: string;
  /** Whether it is the object itself. */
  isRoot: boolean;
  /** Whether a change left the value as it was; where nothing corresponds to it, what it stands in. */
  isUnchanged: () => boolean;
}

/** The place of a whole object. */
export function rootPlace(schema: Schema, value: unknown, old: unknown): Place {
  const isUnchanged = () => old !== undefined && isDeepStrictEqual(old, value);
  return { schema, value, old, path: '', keyedPath: '', isRoot: true, isUnchanged };
}

/** The place and all places inside it, outer ones first; nulls are left out. */
export function placesFrom(place: Place): Place[] {
  return place.value === null ? [] : [place, ...placesIn(place).flatMap(placesFrom)];
}

/** The places directly in a list or an object that have a schema. */
export function placesIn(outer: Place): Place[] {
  const { schema, value, old, path, keyedPath } = outer;
  const inside = (inner: Schema, entry: unknown, before: unknown) => ({
    ...{ schema: inner, value: entry, old: before, isRoot: false },
    isUnchanged: () =>
      before === undefined ? outer.isUnchanged() : isDeepStrictEqual(before, entry),
  });
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      if (schema.items === undefined) return [];
      const place = inside(schema.items, item, oldItem(schema, old, item));
      return { ...place, path: `${path}[${index}]`, keyedPath: `${keyedPath}[${index}]` };
    });
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const inner = fieldSchema(schema, key);
    if (!inner) return [];
    const isNamed = Object.hasOwn(schema.properties ?? {}, key);
    const place = inside(inner, entry, isObject(old) ? old[key] : undefined);
    const keyed = isNamed ? joined(keyedPath, key) : `${keyedPath}[${key}]`;
    return { ...place, path: joined(path, key), keyedPath: keyed };
  });
}

/** What an item of a list that is a map is known by. */
export function mapKey(schema: Schema, item: unknown): Record<string, unknown> {
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const fields = isObject(item) ? item : {};
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

function oldItem(schema: Schema, old: unknown, item: unknown): unknown {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return undefined;
  const key = mapKey(schema, item);
  return old.find((one) => isDeepStrictEqual(mapKey(schema, one), key)) as unknown;
}
