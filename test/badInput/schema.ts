// The schema of Experiment, and the places that it has in an object.
import { join } from 'node:path';
import type { Schema } from '../../sandbox/apiserver/types.ts';
import { readManifests } from '../../sandbox/manifests.ts';

type Definition = { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };

const [definition] = readManifests(
  join(import.meta.dirname, '../../eventing/crd/experiment.yaml'),
) as unknown as Definition[];

/** The schema of a whole Experiment. */
export const experimentSchema = definition!.spec.versions[0]!.schema.openAPIV3Schema;

/** The way to a value inside an object: names of fields and positions in lists. */
export type Path = readonly (string | number)[];

/** A value in an object, with its schema and whether the schema requires it. */
export type Place = { path: Path; schema: Schema; value: unknown; isRequired: boolean };

/**
 * All places of an object that its schema knows, below a path; of a list the first item alone.
 */
export function placesIn(schema: Schema, value: unknown, path: Path = []): Place[] {
  const inside = (name: string | number, one: Schema, isRequired: boolean): Place[] => {
    if (!Object.hasOwn(value as object, name)) return [];
    const found = (value as Record<string | number, unknown>)[name];
    const at = [...path, name];
    return [{ path: at, schema: one, value: found, isRequired }, ...placesIn(one, found, at)];
  };
  if (typeof value !== 'object' || value === null) return [];
  const { properties = {}, items, additionalProperties: values, required = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, one]) =>
      inside(name, one, required.includes(name)),
    ),
    ...(items ? inside(0, items, false) : []),
    ...(typeof values === 'object'
      ? Object.keys(value).flatMap((name) => inside(name, values, false))
      : []),
  ];
}

/** All fields of a schema, as texts such as ".spec.criteria.objectives[].metric". */
export function fieldsOf(schema: Schema, at = ''): string[] {
  const { properties = {}, items, additionalProperties: values } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, one]) => [
      `${at}.${name}`,
      ...fieldsOf(one, `${at}.${name}`),
    ]),
    ...(items ? fieldsOf(items, `${at}[]`) : []),
    ...(typeof values === 'object' ? fieldsOf(values, `${at}.*`) : []),
  ];
}

/** A path as the API server writes it. Worked: ["spec", "windows", 0] → "spec.windows[0]". */
export function textOf(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

/** An object with another value at a path; `undefined` removes it. */
export function replaced<T>(object: T, [step, ...rest]: Path, to: (before: unknown) => unknown): T {
  if (step === undefined) return to(object) as T;
  if (Array.isArray(object)) {
    return object.flatMap((item: unknown, index) => {
      if (index !== step) return [item];
      const next = replaced(item, rest, to);
      return next === undefined ? [] : [next];
    }) as T;
  }
  const before = (object as Record<string, unknown>)[step];
  const next = replaced(before, rest, to);
  const others = Object.entries(object as object).filter(([name]) => name !== step);
  // Not by assignment: a field may be called __proto__.
  return Object.fromEntries(next === undefined ? others : [...others, [step, next]]) as T;
}
