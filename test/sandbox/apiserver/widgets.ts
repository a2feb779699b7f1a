import * as assert from 'uvu/assert';
import { applyConfiguration } from '../../../sandbox/apiserver/apply.ts';
import { ApiError } from '../../../sandbox/apiserver/errors.ts';
import type { ApiObject, ObjectMeta, Schema } from '../../../sandbox/apiserver/types.ts';

/** When everything in a live object was applied. */
export const BEFORE = '2026-01-01T00:00:00Z';
/** When everything else is applied. */
export const NOW = '2026-01-02T00:00:00Z';

const text: Schema = { type: 'string' };
/** The schema of a number. */
export const number: Schema = { type: 'integer' };

/** The schema of a map with these fields. */
export function map(properties: Record<string, Schema>, more: Partial<Schema> = {}): Schema {
  return { type: 'object', properties, ...more };
}

/** The schema of a list of maps that these keys tell apart. */
export function keyed(keys: string[], properties: Record<string, Schema>): Schema {
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
    items: map(properties),
  };
}

/** A schema with all kinds of lists and maps. */
export const schema = map({
  spec: map({
    color: text,
    minSize: { type: 'integer', default: 1 },
    nested: map({ deep: map({ a: text, b: text }) }),
    box: map({ a: text, b: text }, { 'x-kubernetes-map-type': 'atomic' }),
    plain: { type: 'array', items: text },
    tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    texts: { type: 'object', additionalProperties: text },
    parts: keyed(['name'], { name: text, count: number, color: text }),
    ports: keyed(['port', 'protocol'], { port: number, protocol: { ...text, default: 'TCP' } }),
  }),
  status: map({ phase: text, conditions: keyed(['type'], { type: text, status: text }) }),
});

/** A Widget that is applied. */
export function widget(spec?: object, more: Partial<ObjectMeta> = {}): ApiObject {
  const metadata = { name: 'one', namespace: 'test', ...more };
  return { apiVersion: 'example.org/v1', kind: 'Widget', metadata, ...(spec && { spec }) };
}

/** How something is applied; NOW and without force where nothing is said. */
export interface Manner {
  force?: boolean;
  subresource?: string;
  now?: string;
}

/** Applies a Widget, and sees to it that nothing given is changed. */
export function apply(
  live: ApiObject | undefined,
  manager: string,
  applied: ApiObject,
  how: Manner = {},
): ApiObject {
  const before = structuredClone([live, applied]);
  try {
    return applyConfiguration(live, applied, { manager, force: false, schema, now: NOW, ...how });
  } finally {
    assert.equal([live, applied], before, 'neither argument is changed');
  }
}

/** The conflict that applying a Widget leads to; fails where there is none. */
export function conflict(
  live: ApiObject,
  manager: string,
  applied: ApiObject,
  how: Manner = {},
): ApiError {
  try {
    apply(live, manager, applied, how);
  } catch (error) {
    assert.instance(error, ApiError);
    return error as ApiError;
  }
  throw new Error('there was no conflict');
}

/** A live object to which each of the specs was applied by m1, m2 and so on. */
export function live(...specs: object[]): ApiObject {
  const applied = specs.reduce<ApiObject | undefined>(
    (before, spec, index) => apply(before, `m${index + 1}`, widget(spec), { now: BEFORE }),
    undefined,
  );
  return applied!;
}

/** The fields that a manager owns. */
export function owned(object: ApiObject, manager = 'm1', subresource?: string): unknown {
  const isWanted = (entry: { manager: string; subresource?: string }) =>
    entry.manager === manager && entry.subresource === subresource;
  return object.metadata.managedFields?.find(isWanted)?.fieldsV1;
}
