import { isDeepStrictEqual } from 'node:util';
import { ApiError, badRequest } from './errors.ts';
import * as fields from './fields.ts';
import type { Change, FieldSet } from './fields.ts';
import { withoutEmpty } from './metadata.ts';
import type { ApiObject, ManagedFields, Schema } from './types.ts';

/** How a configuration is applied, and by whom; `now` is RFC 3339. */
export interface ApplyOptions {
  manager: string;
  force: boolean;
  schema?: Schema;
  subresource?: string;
  now: string;
}

const LABELS: Schema = { additionalProperties: { type: 'string' } };

/** What may be owned in metadata. */
const METADATA: Record<string, Schema> = {
  annotations: LABELS,
  finalizers: { 'x-kubernetes-list-type': 'set' },
  labels: LABELS,
  ownerReferences: {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['uid'],
    items: { 'x-kubernetes-map-type': 'atomic' },
  },
};

/**
 * What an applied configuration makes of the live object (undefined: it is created). Fields that
 * the manager applied before, names no more and nobody else owns are removed. Where nothing
 * changes, neither value nor owner, the result equals the live object. Only managers that apply are
 * tracked: plain writers own nothing, so that they are never in conflict and a field that only
 * they wrote stays until it is applied and dropped. With subresource 'status', only the status
 * counts. Throws 409, with a cause for each field, where another manager owns it
 * with another value, unless `force`, which takes it over.
 */
export function applyConfiguration(
  live: ApiObject | undefined,
  applied: ApiObject,
  options: ApplyOptions,
): ApiObject {
  if (applied.metadata.managedFields) throw badRequest('metadata.managedFields must be nil');
  const { manager, subresource, now } = options;
  const schema = rootSchema(options.schema);
  const configuration = configured(applied, subresource);
  const fieldsV1 = fields.fieldSetOf(ownable(configuration), schema, typing(applied));
  const managers = appliers(live?.metadata.managedFields);
  const isMine = (entry: ManagedFields) =>
    entry.manager === manager && entry.subresource === subresource;
  const mine = managers.find(isMine);
  const others = managers.filter((entry) => entry !== mine);

  const before = live && withManagers(live, []);
  const kept = [fieldsV1, ...others.map(setOf)];
  const merged = merge(before, configuration, schema);
  const after = pruned(merged, schema, { dropped: mine ? setOf(mine) : {}, kept }) as ApiObject;

  const losses = others.map((entry) => lossOf(entry, [before, after], schema));
  if (!options.force) refuseConflicts(losses);
  const time = isDeepStrictEqual(before, after) ? mine?.time : now;
  const entry: ManagedFields = {
    manager,
    operation: 'Apply',
    apiVersion: applied.apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource !== undefined && { subresource }),
  };
  return withManagers(after, [...losses.map(remaining), entry]);
}

/**
 * What those who apply still own after a plain update or patch of the live object: not what it
 * changed or removed. Undefined: nothing. As on the real server, a single empty entry in the
 * updated object's managedFields makes all of them forgotten.
 */
export function afterUpdate(
  live: ApiObject,
  updated: ApiObject,
  schema?: Schema,
): ManagedFields[] | undefined {
  const given = updated.metadata.managedFields ?? [];
  if (given.length === 1 && given[0] && fields.isEmpty(given[0])) return undefined;
  const managers = appliers(given.length > 0 ? given : live.metadata.managedFields);
  const losses = managers.map((entry) => lossOf(entry, [live, updated], rootSchema(schema)));
  return withManagers(updated, losses.map(remaining)).metadata.managedFields;
}

/** The updated object, or the live one where only times in managedFields differ: nothing to write. */
export function unlessIdle(live: ApiObject, updated: ApiObject): ApiObject {
  const timeless = (object: ApiObject) =>
    withManagers(
      object,
      object.metadata.managedFields?.map((entry) => ({ ...entry, time: '' })),
    );
  return isDeepStrictEqual(timeless(live), timeless(updated)) ? live : updated;
}

function appliers(entries: ManagedFields[] = []): ManagedFields[] {
  return entries.filter(({ operation }) => operation === 'Apply');
}

function setOf({ fieldsV1 }: ManagedFields): FieldSet {
  return fieldsV1 as FieldSet;
}

/** The object with the entries that own something, in the real server's order. */
function withManagers(object: ApiObject, entries: ManagedFields[] = []): ApiObject {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  const order = ({ time = '', manager, subresource = '' }: ManagedFields) =>
    JSON.stringify([time, manager, subresource]);
  const managedFields = entries
    .filter(({ fieldsV1 }) => !fields.isEmpty(fieldsV1))
    .sort((one, other) => (order(one) < order(other) ? -1 : 1));
  return {
    ...object,
    metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata,
  };
}

/** How the real server begins where an applied object does not fit its kind's schema. */
export function typing({
  apiVersion,
  kind,
  metadata: { namespace = '', name },
}: ApiObject): string {
  return `failed to create typed patch object (${namespace}/${name}; ${apiVersion}, Kind=${kind}): `;
}

/** What of an applied object is merged into the live one. */
function configured(applied: ApiObject, subresource: string | undefined): ApiObject {
  const { apiVersion, kind, metadata, status } = applied;
  if (subresource !== 'status') return { ...applied, metadata: withoutEmpty(metadata) };
  const { name, resourceVersion } = metadata;
  const identity = { name, ...(resourceVersion && { resourceVersion }) };
  return { apiVersion, kind, metadata: identity, ...(status !== undefined && { status }) };
}

function ownable({ metadata, ...object }: ApiObject): object {
  const owned = Object.entries(metadata).filter(([name]) => name in METADATA);
  const rest = Object.entries(object).filter(([name]) => name !== 'apiVersion' && name !== 'kind');
  const whole =
    owned.length > 0 ? [['metadata', Object.fromEntries(owned)] as const, ...rest] : rest;
  return Object.fromEntries(whole);
}

function rootSchema(schema: Schema | undefined): Schema {
  return { ...schema, properties: { ...schema?.properties, metadata: { properties: METADATA } } };
}

function merge(live: unknown, applied: unknown, schema: Schema | undefined): unknown {
  const areLists = Array.isArray(applied) && Array.isArray(live);
  const areMaps = !Array.isArray(applied) && !Array.isArray(live);
  const areGranular = fields.isGranular(applied, schema) && fields.isGranular(live, schema);
  if (!areGranular || !(areLists || areMaps)) return applied;
  const [old, given] = [fields.entriesOf(live, schema), fields.entriesOf(applied, schema)];
  const mergedEntry = (element: string): unknown => {
    const [before, wanted] = [old.get(element), given.get(element)];
    return wanted ? merge(before?.value, wanted.value, wanted.schema) : before?.value;
  };
  if (areLists) return mergedOrder([...old.keys()], [...given.keys()]).map(mergedEntry);
  const elements = new Set([...old.keys(), ...given.keys()]);
  return Object.fromEntries([...elements].map((name) => [name.slice(2), mergedEntry(name)]));
}

/** The applied order, in which what is only in the live list stays before what it stood before. */
function mergedOrder(live: string[], applied: string[]): string[] {
  const [isLive, isApplied] = [new Set(live), new Set(applied)];
  const order: string[] = [];
  while (live.length + applied.length > 0) {
    const [next] = live;
    const nextShared = applied.find((element) => isLive.has(element));
    if (next !== undefined && !isApplied.has(next)) order.push(...live.splice(0, 1));
    else if (next !== undefined && next !== nextShared) live.shift();
    else order.push(...applied.splice(0, 1));
  }
  return order;
}

/** A granular value without what is dropped and in none of the kept sets. */
function pruned(
  value: unknown,
  schema: Schema | undefined,
  { dropped, kept }: { dropped: FieldSet; kept: FieldSet[] },
): unknown {
  const left = [...fields.entriesOf(value, schema).values()].flatMap((entry) => {
    const mine = dropped[entry.element];
    if (mine === undefined) return [entry];
    const owned = kept.flatMap((set) => set[entry.element] ?? []);
    const isGranular = fields.isGranular(entry.value, entry.schema);
    const isOwnItem = Array.isArray(value) && (fields.isEmpty(mine) || '.' in mine);
    if (owned.length === 0 && (isOwnItem || !isGranular)) return [];
    if (!isGranular) return [entry];
    const rest = pruned(entry.value, entry.schema, { dropped: mine, kept: owned });
    const isUseless = owned.length === 0 && isDefault(rest, entry.schema);
    return isUseless ? [] : [{ ...entry, value: rest }];
  });
  if (Array.isArray(value)) return left.map((entry) => entry.value);
  return Object.fromEntries(left.map((entry) => [entry.element.slice(2), entry.value]));
}

/** Whether a value holds nothing but what the schema puts there by itself. */
function isDefault(value: unknown, schema: Schema | undefined): boolean {
  if (value !== undefined && isDeepStrictEqual(value, schema?.default)) return true;
  const below = [...fields.entriesOf(value, schema).values()];
  const isAllDefault = below.every((entry) => isDefault(entry.value, entry.schema));
  return fields.isGranular(value, schema) && isAllDefault;
}

interface Loss {
  entry: ManagedFields;
  changes: Change[];
}

function lossOf(
  entry: ManagedFields,
  [before, after]: [before: unknown, after: unknown],
  schema: Schema,
): Loss {
  return { entry, changes: fields.changesIn(setOf(entry), before, after, schema) };
}

function remaining({ entry, changes }: Loss): ManagedFields {
  const fieldsV1 = changes.reduce((set, { path }) => fields.without(set, path), setOf(entry));
  return { ...entry, fieldsV1 };
}

function refuseConflicts(losses: readonly Loss[]): void {
  const conflicts = losses
    .map(({ entry, changes }) => {
      const of = entry.subresource === undefined ? '' : ` with subresource "${entry.subresource}"`;
      const taken = changes.filter(({ isRemoved }) => !isRemoved);
      const paths = taken.map(({ path }) => fields.pathText(path));
      return { owner: `${JSON.stringify(entry.manager)}${of}`, paths };
    })
    .filter(({ paths }) => paths.length > 0)
    .sort((one, other) => (one.owner < other.owner ? -1 : 1));
  const causes = conflicts.flatMap(({ owner, paths }) =>
    paths.map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${owner}`,
      field,
    })),
  );
  const [first] = causes;
  if (first === undefined) return;
  const listed = conflicts.map(({ owner, paths }) =>
    [`conflicts with ${owner}:`, ...paths.map((path) => `- ${path}`)].join('\n'),
  );
  const what =
    causes.length === 1
      ? `1 conflict: ${first.message}: ${first.field}`
      : `${causes.length} conflicts: ${listed.join('\n')}`;
  throw new ApiError(409, 'Conflict', `Apply failed with ${what}`, { causes });
}
