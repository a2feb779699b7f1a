// What the built-in kinds need beyond what holds for all kinds.
import { isDeepStrictEqual } from 'node:util';
import { forbidden, type Cause } from './errors.ts';
import {
  bucketOf,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  definitionSpec,
  DEFINITIONS,
  NAMESPACES,
  ROLE_BINDINGS,
  ROLES,
  resourcesOf,
  withDefinitionStatus,
} from './kinds.ts';
import { roleObjects } from './access.ts';
import { exceeds, isAllowed, rulesFor, ruleText, type PolicyRule, type User } from './rbac.ts';
import { compileSchema } from './schema/schema.ts';
import type { Store } from './store.ts';
import type { ApiObject, Resource } from './types.ts';

/** Who writes, and into what. */
export interface Writer {
  user: User;
  store: Store;
}

/** What a kind does with its objects before they are stored. */
export interface Strategy {
  /** Fills in what is left out. */
  complete?(object: ApiObject, now: string): ApiObject;
  validate?(object: ApiObject, before?: ApiObject): Cause[];
  /** What holds a deleted object until a controller has seen to the rest. */
  finalizersOnDeletion?(object: ApiObject): string[];
  /** Throws 403 where the writer would grant what he does not have. */
  authorize?(object: ApiObject, writer: Writer): void;
}

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;
const CONFIG_KEY_HELP =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const STRATEGIES: Record<string, Strategy> = {
  [bucketOf(NAMESPACES)]: { complete: completeNamespace, finalizersOnDeletion: holdNamespace },
  [bucketOf(DEFINITIONS)]: {
    complete: withDefinitionStatus,
    validate: validateDefinition,
    finalizersOnDeletion: () => [CLEANUP],
  },
  [bucketOf(ROLES)]: { authorize: authorizeRules },
  [bucketOf(CLUSTER_ROLES)]: { authorize: authorizeRules },
  [bucketOf(ROLE_BINDINGS)]: { validate: validateBinding, authorize: authorizeBinding },
  [bucketOf(CLUSTER_ROLE_BINDINGS)]: { validate: validateBinding, authorize: authorizeBinding },
  '/configmaps': { validate: validateKeys },
  '/secrets': { complete: completeSecret, validate: validateKeys },
  '/services': { complete: completeService },
  '/events': { validate: validateEvent },
};

/** Holds a deleted namespace, or a deleted definition, until what is in it is gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const KEPT_NAMESPACES = ['default', 'kube-public', 'kube-system'];

function holdNamespace({ metadata: { name } }: ApiObject): string[] {
  if (KEPT_NAMESPACES.includes(name)) {
    throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
  }
  return [CLEANUP];
}

/** The strategy of a kind; empty for custom kinds. */
export function strategyOf(resource: Resource): Strategy {
  return STRATEGIES[bucketOf(resource)] ?? {};
}

function completeNamespace(object: ApiObject): ApiObject {
  const { name, labels } = object.metadata;
  const metadata = {
    ...object.metadata,
    labels: { ...labels, 'kubernetes.io/metadata.name': name },
  };
  const { deletionTimestamp } = metadata;
  const phase = deletionTimestamp === undefined ? 'Active' : 'Terminating';
  const spec = { finalizers: ['kubernetes'], ...(object['spec'] as object) };
  return { ...object, metadata, spec, status: { ...(object['status'] as object), phase } };
}

function completeSecret(object: ApiObject): ApiObject {
  const { stringData = {}, ...rest } = object as ApiObject & {
    stringData?: Record<string, string>;
  };
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  const data = { ...(object['data'] as object), ...(Object.fromEntries(encoded) as object) };
  const type = object['type'] ?? 'Opaque';
  return { ...rest, ...(Object.keys(data).length > 0 && { data }), type };
}

interface ServicePort {
  port: number;
  protocol?: string;
  targetPort?: number | string;
}

function completeService(object: ApiObject): ApiObject {
  const spec = (object['spec'] ?? {}) as { ports?: ServicePort[] };
  const ports = (spec.ports ?? []).map((port) => ({
    protocol: 'TCP',
    targetPort: port.port,
    ...port,
  }));
  const defaults = { type: 'ClusterIP', sessionAffinity: 'None' };
  return { ...object, spec: { ...defaults, ...spec, ...(spec.ports && { ports }) } };
}

function cause(field: string, message: string, reason = 'FieldValueInvalid'): Cause {
  return { reason, field, message };
}

function validateKeys({ data = {} }: ApiObject): Cause[] {
  return Object.keys(data as object)
    .filter((key) => !CONFIG_KEY.test(key))
    .map((key) => cause(`data[${key}]`, `Invalid value: "${key}": ${CONFIG_KEY_HELP}`));
}

function validateEvent({ metadata, involvedObject }: ApiObject): Cause[] {
  const { namespace = 'default' } = (involvedObject ?? {}) as { namespace?: string };
  if (namespace === metadata.namespace) return [];
  const message = `Invalid value: "${namespace}": does not match event.namespace`;
  return [cause('involvedObject.namespace', message)];
}

function validateDefinition(object: ApiObject): Cause[] {
  const { group, names } = definitionSpec(object);
  const expected = `${names.plural}.${group}`;
  if (object.metadata.name !== expected) {
    const message = `must be spec.names.plural+"."+spec.group`;
    return [cause('metadata.name', `Invalid value: "${object.metadata.name}": ${message}`)];
  }
  return resourcesOf(object).flatMap(({ schema }) => {
    try {
      if (schema !== undefined) compileSchema(schema);
      return [];
    } catch (error) {
      return [cause('spec.versions', `Invalid value: ${(error as Error).message}`)];
    }
  });
}

interface RoleRef {
  kind: string;
  name: string;
}

function validateBinding(object: ApiObject, before?: ApiObject): Cause[] {
  const isKept = before === undefined || isDeepStrictEqual(before['roleRef'], object['roleRef']);
  return isKept ? [] : [cause('roleRef', 'Invalid value: cannot change roleRef')];
}

function authorizeRules(object: ApiObject, writer: Writer): void {
  const { metadata, kind } = object;
  const verb = { verb: 'escalate', group: ROLES.group, resource: `${kind.toLowerCase()}s` };
  if (isAllowed(writer.user, { ...verb, namespace: metadata.namespace }, roleObjects(writer.store)))
    return;
  refuseExcess(object, (object['rules'] ?? []) as PolicyRule[], writer);
}

function authorizeBinding(object: ApiObject, writer: Writer): void {
  const { kind, name } = object['roleRef'] as RoleRef;
  const { namespace } = object.metadata;
  const roles = roleObjects(writer.store);
  const resource = `${kind.toLowerCase()}s`;
  const bind = { verb: 'bind', group: ROLES.group, resource, name, namespace };
  if (isAllowed(writer.user, bind, roles)) return;
  const bucket = kind === 'Role' ? bucketOf(ROLES) : bucketOf(CLUSTER_ROLES);
  const role = writer.store.get(bucket, kind === 'Role' ? namespace : undefined, name);
  refuseExcess(object, (role?.['rules'] ?? []) as PolicyRule[], writer);
}

function refuseExcess(object: ApiObject, wanted: PolicyRule[], { user, store }: Writer): void {
  const { name, namespace } = object.metadata;
  const excess = exceeds(wanted, rulesFor(user, roleObjects(store), namespace));
  if (excess.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const who = `user ${JSON.stringify(user.name)} (groups=[${groups}])`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${excess.map(ruleText).sort().join('\n')}`;
  const plural = `${object.kind.toLowerCase()}s`;
  throw forbidden({ group: ROLES.group, plural }, name, why);
}
