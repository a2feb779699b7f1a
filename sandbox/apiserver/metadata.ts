import { randomBytes, randomUUID } from 'node:crypto';
import { ApiError, badRequest, conflict, invalid, MODIFIED, type Cause } from './errors.ts';
import { isObject, jsonType, without } from './json.ts';
import { apiVersionOf, ROLES } from './kinds.ts';
import { labelKeyFaults, labelValueFaults, nameFaults } from './names.ts';
import { objectMeta } from './objectMeta.ts';
import { fieldError } from './schema/errors.ts';
import type { ApiObject, ObjectMeta, Resource } from './types.ts';

/** What is wanted of an object that is written: where it lives and what it is. */
export interface Place {
  resource: Resource;
  namespace?: string;
  name?: string;
}

/** The time as objects carry it: whole seconds. */
export function timestamp(now: Date = new Date()): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A body as an object of the place it is sent to. Throws 400 or 422 where it is meant for another. */
export function readObject(body: unknown, place: Place): ApiObject {
  if (!isObject(body)) throw badRequest('the body of the request is not an object');
  const { resource } = place;
  const metadata = readMetadata(body['metadata'] ?? {}, place);
  const expected = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  // The built-in kinds are typed: there the path says enough.
  const { apiVersion = '', kind = '' } = {
    ...(resource.schema === undefined && expected),
    ...body,
  };
  if (kind === '') throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  if (apiVersion !== expected.apiVersion) {
    const given = `the API version in the data (${apiVersion})`;
    throw badRequest(`${given} does not match the expected API version (${expected.apiVersion})`);
  }
  if (kind !== expected.kind) {
    const error = fieldError('Invalid', 'kind', JSON.stringify(kind), `must be ${expected.kind}`);
    throw invalid({ group: resource.group, kind }, metadata.name, [error]);
  }
  return { ...body, ...expected, metadata };
}

function readMetadata(given: unknown, { resource, namespace, name }: Place): ObjectMeta {
  if (!isObject(given)) throw unreadable(resource, given, '.metadata of type v1.ObjectMeta');
  for (const field of ['labels', 'annotations']) {
    const values: unknown[] = Object.values(given[field] ?? {});
    const wrong = values.find((value) => typeof value !== 'string');
    if (wrong === undefined) continue;
    throw unreadable(resource, wrong, `ObjectMeta.${field} of type string`);
  }
  const metadata = { ...given, name: given['name'] ?? '' } as ObjectMeta;
  requireName(metadata.name, name);
  if (namespace === undefined) return without(metadata, 'namespace');
  if ((metadata.namespace ?? namespace) === namespace) return { ...metadata, namespace };
  throw badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}

function unreadable({ kind, version }: Resource, value: unknown, field: string): ApiError {
  const what = `${kind} in version "${version}" cannot be handled as a ${kind}`;
  const why = `json: cannot unmarshal ${jsonType(value)} into Go struct field ${field}`;
  return badRequest(`${what}: ${why}`);
}

function requireName(given: string, name = given): void {
  if (given === name) return;
  throw badRequest(
    given === ''
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${given}) does not match the name on the URL (${name})`,
  );
}

/** The metadata of a new object. Throws where it claims to be an old one. */
export function newMetadata(given: ObjectMeta, hasGeneration: boolean, now: string): ObjectMeta {
  if (given.resourceVersion) {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  const { generateName = '' } = given;
  const suffix = (): string => randomBytes(4).toString('hex').slice(0, 5);
  const name = given.name || (generateName === '' ? '' : generateName + suffix());
  const metadata: ObjectMeta = {
    ...given,
    name,
    uid: randomUUID(),
    creationTimestamp: now,
    ...(hasGeneration && { generation: 1 }),
  };
  if (!hasGeneration) delete metadata.generation;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.managedFields;
  return withoutEmpty(metadata);
}

/** The metadata of an update: what the server keeps is as it was. Throws 409 on a stale version. */
export function keptMetadata(given: ObjectMeta, before: ApiObject, resource: Resource): ObjectMeta {
  const { metadata } = before;
  const { uid, creationTimestamp, generation, resourceVersion } = metadata;
  if (given.resourceVersion && given.resourceVersion !== resourceVersion) {
    throw conflict(resource, metadata.name, MODIFIED);
  }
  if (given.uid && given.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`;
    throw conflict(resource, metadata.name, why);
  }
  const kept = { ...given, uid, creationTimestamp, generation, resourceVersion };
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return withoutEmpty({ ...kept, deletionTimestamp, deletionGracePeriodSeconds });
}

/** Metadata without fields that say nothing: null, and empty maps and lists. */
export function withoutEmpty(metadata: ObjectMeta): ObjectMeta {
  const isEmpty = (value: unknown): boolean =>
    typeof value === 'object' ? Object.keys(value ?? {}).length === 0 : value === undefined;
  const entries = Object.entries(metadata).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as unknown as ObjectMeta;
}

/** Metadata without what is no field of it, and the names of that. */
export function divideMetadata(given: ObjectMeta): { metadata: ObjectMeta; unknown: string[] } {
  const unknown = Object.keys(given).filter((name) => !(name in objectMeta.properties));
  return { metadata: without(given, ...unknown, 'selfLink'), unknown };
}

/** What is wrong with an object's metadata. */
export function metadataCauses({ group }: Resource, after: ApiObject, before?: ApiObject): Cause[] {
  const { name, labels = {}, annotations = {}, finalizers = [] } = after.metadata;
  const faults = (field: string, value: string, texts: readonly string[]): Cause[] =>
    texts.map((text) => fieldError('Invalid', `metadata.${field}`, JSON.stringify(value), text));
  const ofName = group === ROLES.group ? segmentFaults(name) : nameFaults(name);
  return [
    ...(name === ''
      ? [fieldError('Required', 'metadata.name', 'name or generateName is required')]
      : faults('name', name, ofName)),
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...faults('labels', key, labelKeyFaults(key)),
      ...faults('labels', value, labelValueFaults(value)),
    ]),
    ...Object.keys(annotations).flatMap((key) =>
      faults('annotations', key, labelKeyFaults(key.toLowerCase())),
    ),
    ...ownerCauses(after),
    ...finalizers.flatMap((one) => faults('finalizers', one, labelKeyFaults(one))),
    ...finalizerCauses(after, before),
  ];
}

function segmentFaults(name: string): string[] {
  return ['/', '%']
    .filter((part) => name.includes(part))
    .map((part) => `may not contain '${part}'`);
}

function ownerCauses({ metadata }: ApiObject): Cause[] {
  const needed = { apiVersion: 'version must not be empty', kind: '', name: '', uid: '' };
  return (metadata.ownerReferences ?? []).flatMap((reference) =>
    Object.entries(needed)
      .filter(([field]) => !reference[field as keyof typeof needed])
      .map(([field, text]) => {
        const path = `metadata.ownerReferences.${field}`;
        return fieldError('Invalid', path, '""', text || 'must not be empty');
      }),
  );
}

function finalizerCauses({ metadata }: ApiObject, before?: ApiObject): Cause[] {
  const { finalizers = [], deletionTimestamp } = metadata;
  const added = finalizers.filter((one) => !before?.metadata.finalizers?.includes(one));
  if (deletionTimestamp === undefined || added.length === 0) return [];
  const found = added.map((one) => JSON.stringify(one)).join(', ');
  return [
    fieldError(
      'Forbidden',
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${found}}`,
    ),
  ];
}

/** Throws 422 where there is anything wrong. */
export function refuse(resource: Resource, name: string, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid(resource, name, causes);
}
