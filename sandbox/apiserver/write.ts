// Creating and changing objects. Everything here is done at once, so that no other request can come
// between what is read and what is written.
import { isDeepStrictEqual } from 'node:util';
import { afterUpdate, applyConfiguration, typing, unlessIdle } from './apply.ts';
import { isHeld } from './deletion.ts';
import { alreadyExists, ApiError, badRequest, forbidden, invalid, notFound } from './errors.ts';
import { isObject, without } from './json.ts';
import { apiVersionOf, bucketOf, NAMESPACES } from './kinds.ts';
import {
  divideMetadata,
  keptMetadata,
  metadataCauses,
  newMetadata,
  readObject,
  refuse,
  timestamp,
  type Place,
} from './metadata.ts';
import { invalidOptions } from './options.ts';
import { applyPatch, type PatchType } from './patch.ts';
import type { User } from './rbac.ts';
import type { Registry } from './registry.ts';
import { fieldError } from './schema/errors.ts';
import type { Store } from './store.ts';
import { strategyOf } from './strategies.ts';
import type { ApiObject, ManagedFields } from './types.ts';

/** A write: by whom, of what, and how. */
export interface Write extends Place {
  store: Store;
  registry: Registry;
  user: User;
  subresource?: string;
  isDryRun: boolean;
  /** Whether an apply takes fields over from others. */
  isForced: boolean;
  fieldValidation: string;
  fieldManager: string;
  /** What a patch makes of the object, before it is completed. */
  patched?: ApiObject;
  /** Has the client told something that is no error. */
  warn: (text: string) => void;
}

/** A write of a named object. */
export type NamedWrite = Write & { name: string };

/** An object after a write. */
export interface Written {
  object: ApiObject;
  isCreated: boolean;
}

/** Creates an object. Throws ApiError where that is refused. */
export function create(write: Write, body: unknown): ApiObject {
  return createObject(write, readObject(body, write));
}

/** Replaces an object, or its status. Throws ApiError where that is refused. */
export function update(write: NamedWrite, body: unknown): ApiObject {
  const before = findObject(write);
  const given = readObject(body, write);
  requireVersion(write, given);
  return replace(write, before, given);
}

/** Patches an object, or its status; an apply may create it. Throws ApiError where that is refused. */
export function patch(write: NamedWrite, type: PatchType | 'apply', body: unknown): Written {
  if (type === 'apply') return apply(write, body);
  const { resource } = write;
  const before = { ...findObject(write), apiVersion: apiVersionOf(resource) };
  const patched = applyPatch(before, { type, body, kind: resource.kind });
  const given = readObject(patched, write);
  requireVersion(write, given);
  return { object: replace({ ...write, patched }, before, given), isCreated: false };
}

/** Custom kinds are not written without a word on what was there before. */
function requireVersion({ resource, name }: NamedWrite, { metadata }: ApiObject): void {
  if (resource.schema === undefined || metadata.resourceVersion) return;
  const { group, plural } = resource;
  const field = 'metadata.resourceVersion';
  const error = fieldError('Invalid', field, '0', 'must be specified for an update');
  throw invalid({ group, kind: plural }, name, [error]);
}

function apply(write: NamedWrite, body: unknown): Written {
  const { resource, store, subresource, fieldManager } = write;
  if (fieldManager === '') {
    const error = fieldError('Required', 'fieldManager', 'is required for apply patch');
    throw invalidOptions('PatchOptions', [error]);
  }
  const given = readConfiguration(write, body);
  const live = store.get(bucketOf(resource), write.namespace, write.name);
  if (live === undefined && subresource !== undefined) throw notFound(resource, write.name);
  const applied = resource.hasStatus && subresource === undefined ? withoutStatus(given) : given;
  const merged = applyConfiguration(live, applied, {
    manager: fieldManager,
    force: write.isForced,
    schema: resource.schema,
    subresource,
    now: timestamp(),
  });
  const { managedFields } = merged.metadata;
  return live === undefined
    ? { object: createObject(write, merged, managedFields), isCreated: true }
    : { object: replace(write, live, merged, managedFields), isCreated: false };
}

/** An applied configuration; as on the real server, all its fields must be known. */
function readConfiguration(write: NamedWrite, body: unknown): ApiObject {
  const { apiVersion = '', kind = '', metadata } = isObject(body) ? body : {};
  const { resource, registry, name } = write;
  const [wantedVersion, wantedKind] = [apiVersionOf(resource), resource.kind];
  if (apiVersion !== wantedVersion || kind !== wantedKind) {
    throw badRequest(`invalid object type: ${String(apiVersion)}, Kind=${String(kind)}`);
  }
  const named = { ...(body as object), metadata: { name, ...(metadata as object) } };
  const given = readObject(named, write);
  const unknown = registry.schemaOf(resource)?.admit(given).unknownFields ?? [];
  const told = unknown.map((field) => `.${field}: field not declared in schema`);
  if (told.length === 0) return given;
  const all = told.length === 1 ? told[0]! : ['errors:', ...told].join('\n  ');
  throw new ApiError(500, '', `${typing(given)}${all}`);
}

/** The object that is there. Throws 404 where there is none. */
export function findObject({ store, resource, namespace, name }: NamedWrite): ApiObject {
  const object = store.get(bucketOf(resource), namespace, name);
  if (object === undefined) throw notFound(resource, name);
  return object;
}

function createObject(write: Write, given: ApiObject, managedFields?: ManagedFields[]): ApiObject {
  const { resource, store, namespace, isDryRun } = write;
  const metadata = newMetadata(given.metadata, resource.hasGeneration, timestamp());
  requireNamespace(write, metadata.name);
  const fields = resource.hasStatus ? withoutStatus(given) : given;
  const managed = { ...metadata, ...(managedFields && { managedFields }) };
  const object = admit(write, { ...fields, metadata: managed });
  const same = store.get(bucketOf(resource), namespace, metadata.name);
  if (same !== undefined) {
    throw alreadyExists(resource, metadata.name, same.metadata.deletionTimestamp !== undefined);
  }
  return isDryRun ? object : store.put(bucketOf(resource), object);
}

/** Where an object may be created: in a namespace that is there to stay. */
function requireNamespace({ store, resource, namespace }: Write, name: string): void {
  if (namespace === undefined) return;
  const found = store.get(bucketOf(NAMESPACES), undefined, namespace);
  if (found === undefined) throw notFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden(resource, name, why);
  const message = `namespace ${namespace} is being terminated`;
  const causes = [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }];
  throw new ApiError(error.status, error.reason, error.message, { ...error.details, causes });
}

function withoutStatus(object: ApiObject): ApiObject {
  return without(object, 'status');
}

function withStatus(object: ApiObject, status: unknown): ApiObject {
  return { ...withoutStatus(object), ...(status !== undefined && { status }) };
}

/** Puts what is given in the place of what was there, as far as this endpoint may change it. */
function replace(
  write: NamedWrite,
  before: ApiObject,
  given: ApiObject,
  applied?: ManagedFields[],
): ApiObject {
  const metadata = keptMetadata(given.metadata, before, write.resource);
  const object = admit(write, combine(write, before, { ...given, metadata }), before);
  const managedFields = applied ?? afterUpdate(before, object, write.resource.schema);
  const managed = { ...object.metadata, managedFields };
  if (managedFields === undefined) delete managed.managedFields;
  return persist(write, before, { ...object, metadata: managed });
}

function combine({ resource, subresource }: Write, before: ApiObject, given: ApiObject): ApiObject {
  if (subresource === 'status') return withStatus(before, given['status']);
  return resource.hasStatus ? withStatus(given, before['status']) : given;
}

function persist(write: NamedWrite, before: ApiObject, after: ApiObject): ApiObject {
  const { resource, store, isDryRun } = write;
  if (unlessIdle(before, after) === before) return before;
  const { generation = 0, deletionTimestamp } = after.metadata;
  const isNewGeneration = resource.hasGeneration && isSpecChanged(write, before, after);
  const metadata = { ...after.metadata, ...(isNewGeneration && { generation: generation + 1 }) };
  const object = { ...after, metadata };
  if (isDryRun) return object;
  const bucket = bucketOf(resource);
  const isGone = deletionTimestamp !== undefined && !isHeld(bucket, object);
  return isGone ? store.remove(bucket, object) : store.put(bucket, object);
}

function isSpecChanged({ resource }: Write, before: ApiObject, after: ApiObject): boolean {
  const spec = (object: ApiObject): object => ({
    ...object,
    metadata: undefined,
    ...(resource.hasStatus && { status: undefined }),
  });
  return !isDeepStrictEqual(spec(before), spec(after));
}

/** Completes an object and checks it. Throws 400 or 422 with everything that is wrong. */
function admit(write: Write, given: ApiObject, before?: ApiObject): ApiObject {
  const { resource, registry } = write;
  const strategy = strategyOf(resource);
  const { metadata, unknown } = divideMetadata(given.metadata);
  const known = { ...given, metadata };
  const completed = strategy.complete?.(known, timestamp()) ?? known;
  const schema = registry.schemaOf(resource);
  const { object, unknownFields } = schema?.admit(completed) ?? {
    object: completed,
    unknownFields: [],
  };
  tellUnknownFields(write, [...unknown.map((name) => `metadata.${name}`), ...unknownFields]);
  refuse(resource, object.metadata.name, [
    ...metadataCauses(resource, object, before),
    ...(strategy.validate?.(object, before) ?? []),
    ...(schema?.validate(object, before) ?? []),
  ]);
  strategy.authorize?.(object, write);
  return object;
}

function tellUnknownFields(write: Write, fields: string[]): void {
  const { resource, fieldValidation, patched, warn } = write;
  if (fields.length === 0 || fieldValidation === 'Ignore') return;
  const words = fields.map((field) => `unknown field "${field}"`);
  if (fieldValidation !== 'Strict') {
    words.forEach(warn);
    return;
  }
  const why = `strict decoding error: ${words.join(', ')}`;
  if (patched !== undefined) {
    const text = JSON.stringify(JSON.stringify(patched));
    throw invalid({ group: '', kind: '' }, '', [fieldError('Invalid', 'patch', text, why)]);
  }
  const { version, kind } = resource;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}
