// Creating, changing and removing objects. Everything here is done at once, so that no other
// request can come between what is read and what is written.
import { isDeepStrictEqual } from 'node:util';
import { afterUpdate, applyConfiguration, unlessIdle } from './apply.ts';
import { alreadyExists, ApiError, badRequest, conflict, forbidden, notFound } from './errors.ts';
import { apiVersionOf, bucketOf, NAMESPACES } from './kinds.ts';
import {
  keptMetadata,
  metadataCauses,
  newMetadata,
  readObject,
  refuse,
  timestamp,
  type Place,
} from './metadata.ts';
import { applyPatch, type PatchType } from './patch.ts';
import type { User } from './rbac.ts';
import type { Registry } from './registry.ts';
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
  const before = find(write);
  const given = readObject(body, write);
  if (write.resource.schema !== undefined && !given.metadata.resourceVersion) {
    const message = 'Invalid value: 0: must be specified for an update';
    const field = 'metadata.resourceVersion';
    refuse(write.resource, write.name, [{ reason: 'FieldValueInvalid', field, message }]);
  }
  return replace(write, before, given);
}

/** Patches an object, or its status; an apply may create it. Throws ApiError where that is refused. */
export function patch(write: NamedWrite, type: PatchType | 'apply', body: unknown): Written {
  if (type === 'apply') return apply(write, body);
  const { resource } = write;
  const before = { ...find(write), apiVersion: apiVersionOf(resource) };
  const patched = applyPatch(before, { type, body, kind: resource.kind });
  return { object: replace(write, before, readObject(patched, write)), isCreated: false };
}

function apply(write: NamedWrite, body: unknown): Written {
  const { resource, store, subresource, fieldManager } = write;
  if (fieldManager === '') {
    const why = 'fieldManager: Required value: is required for apply patch';
    throw badRequest(`PatchOptions.meta.k8s.io "" is invalid: ${why}`);
  }
  const given = readObject(body, write);
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

/** Removes an object, or marks it where finalizers hold it. */
export function remove(write: NamedWrite, options: DeleteOptions): ApiObject {
  const { resource, store } = write;
  const before = find(write);
  const { metadata } = before;
  requirePreconditions(write, before, options);
  if (write.isDryRun || metadata.deletionTimestamp !== undefined) return before;
  const strategy = strategyOf(resource);
  const finalizers = [
    ...(metadata.finalizers ?? []),
    ...(strategy.finalizersOnDeletion?.(before) ?? []),
    ...finalizersOf(options),
  ];
  if (finalizers.length === 0) return store.remove(bucketOf(resource), before);
  const marked = markedForDeletion(before, finalizers);
  return store.put(bucketOf(resource), strategy.complete?.(marked, timestamp()) ?? marked);
}

function markedForDeletion(object: ApiObject, finalizers: readonly string[]): ApiObject {
  const { generation } = object.metadata;
  const metadata = {
    ...object.metadata,
    finalizers: [...new Set(finalizers)],
    deletionTimestamp: timestamp(),
    deletionGracePeriodSeconds: 0,
    ...(generation !== undefined && { generation: generation + 1 }),
  };
  return { ...object, metadata };
}

function requirePreconditions(
  { resource }: NamedWrite,
  { metadata }: ApiObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const require = (what: string, wanted: string | undefined, found: string | undefined): void => {
    if (wanted === undefined || wanted === found) return;
    const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
    throw conflict(resource, metadata.name, why);
  };
  require('UID', preconditions.uid, metadata.uid);
  require('ResourceVersion', preconditions.resourceVersion, metadata.resourceVersion);
}

/** What a deletion may ask for. */
export interface DeleteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: string;
}

/** Finalizers that have the collector of garbage see to an object's dependents first. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';
const POLICY_FINALIZERS: Record<string, string[]> = { Foreground: [FOREGROUND], Orphan: [ORPHAN] };

function finalizersOf({ propagationPolicy = '' }: DeleteOptions): string[] {
  return POLICY_FINALIZERS[propagationPolicy] ?? [];
}

function find({ store, resource, namespace, name }: NamedWrite): ApiObject {
  const object = store.get(bucketOf(resource), namespace, name);
  if (object === undefined) throw notFound(resource, name);
  return object;
}

function createObject(write: Write, given: ApiObject, managedFields?: ManagedFields[]): ApiObject {
  const { resource, store, namespace, isDryRun } = write;
  const metadata = newMetadata(given.metadata, resource.hasGeneration, timestamp());
  requireNamespace(write, metadata.name);
  if (store.get(bucketOf(resource), namespace, metadata.name) !== undefined) {
    throw alreadyExists(resource, metadata.name);
  }
  const fields = resource.hasStatus ? withoutStatus(given) : given;
  const managed = { ...metadata, ...(managedFields && { managedFields }) };
  const object = admit(write, { ...fields, metadata: managed });
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
  const { status, ...rest } = object;
  return status === undefined ? object : rest;
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
  const { status } = given;
  const { status: oldStatus } = before;
  if (subresource === 'status') return status === undefined ? before : { ...before, status };
  if (!resource.hasStatus) return given;
  return { ...withoutStatus(given), ...(oldStatus !== undefined && { status: oldStatus }) };
}

function persist(write: NamedWrite, before: ApiObject, after: ApiObject): ApiObject {
  const { resource, store, isDryRun } = write;
  if (unlessIdle(before, after) === before) return before;
  const { generation = 0, deletionTimestamp, finalizers = [] } = after.metadata;
  const isNewGeneration = resource.hasGeneration && isSpecChanged(write, before, after);
  const metadata = { ...after.metadata, ...(isNewGeneration && { generation: generation + 1 }) };
  const object = { ...after, metadata };
  if (isDryRun) return object;
  if (deletionTimestamp !== undefined && finalizers.length === 0) {
    return store.remove(bucketOf(resource), object);
  }
  return store.put(bucketOf(resource), object);
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
  const completed = strategy.complete?.(given, timestamp()) ?? given;
  const schema = registry.schemaOf(resource);
  const { object, unknownFields } = schema?.admit(completed) ?? {
    object: completed,
    unknownFields: [],
  };
  tellUnknownFields(write, unknownFields);
  refuse(resource, object.metadata.name, [
    ...metadataCauses(resource, object, before),
    ...(strategy.validate?.(object, before) ?? []),
    ...(schema?.validate(object, before) ?? []),
  ]);
  strategy.authorize?.(object, write);
  return object;
}

function tellUnknownFields({ resource, fieldValidation, warn }: Write, fields: string[]): void {
  if (fields.length === 0 || fieldValidation === 'Ignore') return;
  const words = fields.map((field) => `unknown field "${field}"`);
  if (fieldValidation !== 'Strict') {
    words.forEach(warn);
    return;
  }
  const { version, kind } = resource;
  const what = `${kind} in version "${version}" cannot be handled as a ${kind}`;
  throw badRequest(`${what}: strict decoding error: ${words.join(', ')}`);
}
