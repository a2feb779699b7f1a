import { randomBytes, randomUUID } from 'node:crypto';
import { badRequest, conflict, invalid, MODIFIED, type Cause } from './errors.ts';
import { apiVersionOf, ROLES } from './kinds.ts';
import type { ApiObject, ObjectMeta, Resource } from './types.ts';

const LABEL = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^[^/%]+$/;
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

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

/** A body as an object of the place it is sent to. Throws 400 where it is meant for another. */
export function readObject(body: unknown, { resource, namespace, name }: Place): ApiObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('the body of the request is not an object');
  }
  const object = body as Partial<ApiObject>;
  const apiVersion = apiVersionOf(resource);
  const { kind } = resource;
  if ((object.apiVersion ?? apiVersion) !== apiVersion || (object.kind ?? kind) !== kind) {
    const given = `${object.apiVersion}, Kind=${object.kind}`;
    throw badRequest(
      `the object provided (${given}) is not the expected ${apiVersion}, Kind=${kind}`,
    );
  }
  const metadata = readMetadata(object.metadata, { resource, namespace, name });
  return { ...object, apiVersion, kind, metadata };
}

function readMetadata(given: ObjectMeta | undefined, place: Place): ObjectMeta {
  const { namespace, name } = place;
  const metadata = { ...given, name: given?.name ?? name ?? '' };
  requireName(metadata.name, name);
  if (namespace !== undefined && (metadata.namespace ?? namespace) !== namespace) {
    const message =
      'the namespace of the provided object does not match the namespace sent on the request';
    throw badRequest(message);
  }
  if (namespace === undefined) delete metadata.namespace;
  return { ...metadata, ...(namespace !== undefined && { namespace }) };
}

function requireName(given: string, name = given): void {
  if (given === name) return;
  const message = `the name of the object (${given}) does not match the name on the URL (${name})`;
  throw badRequest(message);
}

/** The metadata of a new object. Throws 400 where it claims to be an old one. */
export function newMetadata(given: ObjectMeta, hasGeneration: boolean, now: string): ObjectMeta {
  if (given.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
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
  delete (metadata as unknown as Record<string, unknown>)['selfLink'];
  return withoutEmpty(metadata);
}

/** The metadata of an update: what the server keeps is as it was. Throws 409 on a stale version. */
export function keptMetadata(given: ObjectMeta, before: ApiObject, resource: Resource): ObjectMeta {
  const { metadata } = before;
  const { uid, creationTimestamp, generation, resourceVersion, managedFields } = metadata;
  if (given.resourceVersion && given.resourceVersion !== resourceVersion) {
    throw conflict(resource, metadata.name, MODIFIED);
  }
  if (given.uid && given.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${uid}`;
    throw conflict(resource, metadata.name, why);
  }
  const kept = { ...given, uid, creationTimestamp, generation, resourceVersion, managedFields };
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  return withoutEmpty({ ...kept, deletionTimestamp, deletionGracePeriodSeconds });
}

function withoutEmpty(metadata: ObjectMeta): ObjectMeta {
  const entries = Object.entries(metadata).filter(([, value]) => {
    const isEmpty = (one: object): boolean => Object.keys(one).length === 0;
    return (
      value !== undefined &&
      value !== null &&
      !(typeof value === 'object' && isEmpty(value as object))
    );
  });
  return Object.fromEntries(entries) as unknown as ObjectMeta;
}

/** What is wrong with an object's metadata. */
export function metadataCauses({ group }: Resource, after: ApiObject, before?: ApiObject): Cause[] {
  const { name, labels = {} } = after.metadata;
  const wrongLabels = Object.values(labels).filter(
    (value) => !LABEL.test(value) || value.length > MAX_LABEL_LENGTH,
  );
  return [
    ...nameCauses(name, group === ROLES.group ? PATH_SEGMENT : SUBDOMAIN),
    ...wrongLabels.map((value) =>
      cause('labels', `Invalid value: ${JSON.stringify(value)}: ${LABEL_HELP}`),
    ),
    ...finalizerCauses(after, before),
  ];
}

function nameCauses(name: string, pattern: RegExp): Cause[] {
  const quoted = JSON.stringify(name);
  if (name === '') return [cause('name', 'Required value: name or generateName is required')];
  if (!pattern.test(name)) return [cause('name', `Invalid value: ${quoted}: ${SUBDOMAIN_HELP}`)];
  if (name.length <= MAX_NAME_LENGTH) return [];
  const message = `must be no more than ${MAX_NAME_LENGTH} characters`;
  return [cause('name', `Invalid value: ${quoted}: ${message}`)];
}

function finalizerCauses({ metadata }: ApiObject, before?: ApiObject): Cause[] {
  const { finalizers = [], deletionTimestamp } = metadata;
  const added = finalizers.filter((one) => !before?.metadata.finalizers?.includes(one));
  if (deletionTimestamp === undefined || added.length === 0) return [];
  const found = added.map((one) => JSON.stringify(one)).join(', ');
  return [cause('finalizers', `${NO_NEW_FINALIZERS}, found new finalizers []string{${found}}`)];
}

function cause(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: `metadata.${field}`, message };
}

const SUBDOMAIN_HELP =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_HELP =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NO_NEW_FINALIZERS =
  'Forbidden: no new finalizers can be added if the object is being deleted';

/** Throws 422 where there is anything wrong. */
export function refuse(resource: Resource, name: string, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid(resource, name, causes);
}
