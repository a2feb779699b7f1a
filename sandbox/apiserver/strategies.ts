// What the built-in kinds need beyond what holds for all kinds.
import { validateDefinition, withDefinitionStatus } from './definitions.ts';
import { forbidden, type Cause } from './errors.ts';
import { authorizeBinding, authorizeRules, validateBinding, validateRules } from './grants.ts';
import {
  bucketOf,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  DEFINITIONS,
  NAMESPACES,
  ROLE_BINDINGS,
  ROLES,
} from './kinds.ts';
import type { Writer } from './grants.ts';
import { fieldError } from './schema/errors.ts';
import type { ApiObject, Resource } from './types.ts';

/** What a kind does with its objects before they are stored. */
export interface Strategy {
  /** Fills in what is left out. */
  complete?(object: ApiObject, now: string): ApiObject;
  validate?(object: ApiObject, before?: ApiObject): Cause[];
  /** What holds a deleted object until a controller has seen to the rest. Throws 403 where it stays. */
  finalizersOnDeletion?(object: ApiObject): string[];
  /** Throws 403 where the writer would grant what he does not have. */
  authorize?(object: ApiObject, writer: Writer): void;
}

const ROLE: Strategy = { validate: validateRules, authorize: authorizeRules };
const BINDING: Strategy = { validate: validateBinding, authorize: authorizeBinding };

const STRATEGIES: Record<string, Strategy> = {
  [bucketOf(NAMESPACES)]: {
    complete: completeNamespace,
    validate: validateNamespace,
    finalizersOnDeletion: keepNamespace,
  },
  [bucketOf(DEFINITIONS)]: {
    complete: withDefinitionStatus,
    validate: validateDefinition,
    finalizersOnDeletion: () => [CLEANUP],
  },
  [bucketOf(ROLES)]: ROLE,
  [bucketOf(CLUSTER_ROLES)]: ROLE,
  [bucketOf(ROLE_BINDINGS)]: BINDING,
  [bucketOf(CLUSTER_ROLE_BINDINGS)]: BINDING,
  '/configmaps': { validate: validateKeys },
  '/secrets': { complete: completeSecret, validate: validateKeys },
  '/services': { complete: completeService },
  '/events': { validate: validateEvent },
};

/** Holds a deleted definition until the objects of its kind are gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';
const KEPT_NAMESPACES = ['default', 'kube-public', 'kube-system'];

/** The strategy of a kind; empty for custom kinds. */
export function strategyOf(resource: Resource): Strategy {
  return STRATEGIES[bucketOf(resource)] ?? {};
}

function keepNamespace({ metadata: { name } }: ApiObject): string[] {
  if (!KEPT_NAMESPACES.includes(name)) return [];
  throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
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
  const spec = (object['spec'] ?? {}) as { type?: string; ports?: ServicePort[] };
  const ports = (spec.ports ?? []).map((port) => ({
    protocol: 'TCP',
    targetPort: port.port,
    ...port,
  }));
  const isInside = spec.type !== 'ExternalName' && { internalTrafficPolicy: 'Cluster' };
  const defaults = { type: 'ClusterIP', sessionAffinity: 'None', ...isInside };
  const status = object['status'] ?? { loadBalancer: {} };
  return { ...object, spec: { ...defaults, ...spec, ...(spec.ports && { ports }) }, status };
}

function validateNamespace({ metadata: { name } }: ApiObject): Cause[] {
  if (!name.includes('.')) return [];
  return [fieldError('Invalid', 'metadata.name', JSON.stringify(name), 'must not contain dots')];
}

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;
const CONFIG_KEY_HELP =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function validateKeys(object: ApiObject): Cause[] {
  return ['data', 'binaryData'].flatMap((field) =>
    Object.keys(object[field] ?? {})
      .filter((key) => !CONFIG_KEY.test(key))
      .map((key) =>
        fieldError('Invalid', `${field}[${key}]`, JSON.stringify(key), CONFIG_KEY_HELP),
      ),
  );
}

function validateEvent({ metadata, involvedObject }: ApiObject): Cause[] {
  const { namespace = '' } = (involvedObject ?? {}) as { namespace?: string };
  if (namespace === metadata.namespace) return [];
  const given = JSON.stringify(namespace);
  return [
    fieldError('Invalid', 'involvedObject.namespace', given, 'does not match event.namespace'),
  ];
}
