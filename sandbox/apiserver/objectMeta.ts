// The schema of metadata, and of what else every object has.

const text = { type: 'string' };
const flag = { type: 'boolean' };
const count = { type: 'integer', format: 'int64' };
const time = { type: 'string', format: 'date-time' };
const textByKey = { type: 'object', additionalProperties: text };
const docs = 'More info: https://kubernetes.io/docs/concepts/overview/working-with-objects';
const conventions =
  'More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';

const PACKAGE = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const FIELDS_V1 = `${PACKAGE}.FieldsV1`;
const MANAGED_FIELDS_ENTRY = `${PACKAGE}.ManagedFieldsEntry`;
const OBJECT_META = `${PACKAGE}.ObjectMeta`;
const OWNER_REFERENCE = `${PACKAGE}.OwnerReference`;

/** A reference to a schema by the name of its component. */
export function refTo(component: string): object {
  return { $ref: `#/components/schemas/${component}` };
}

/** The OpenAPI schema of ObjectMeta. */
export const objectMeta = {
  description: `ObjectMeta is metadata that all persisted resources must have, which includes all objects users must create.`,
  type: 'object',
  properties: {
    annotations: {
      description: `Annotations is an unstructured key value map stored with a resource that may be set by external tools to store and retrieve arbitrary metadata. They are not queryable and should be preserved when modifying objects. ${docs}/annotations`,
      ...textByKey,
    },
    creationTimestamp: {
      description: `CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. ${conventions}#metadata`,
      ...time,
    },
    deletionGracePeriodSeconds: count,
    deletionTimestamp: time,
    finalizers: { type: 'array', items: text },
    generateName: text,
    generation: count,
    labels: {
      description: `Map of string keys and values that can be used to organize and categorize (scope and select) objects. May match selectors of replication controllers and services. ${docs}/labels`,
      ...textByKey,
    },
    managedFields: { type: 'array', items: refTo(MANAGED_FIELDS_ENTRY) },
    name: {
      description: `Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. ${docs}/names#names`,
      ...text,
    },
    namespace: {
      description: `Namespace defines the space within which each name must be unique. An empty namespace is equivalent to the "default" namespace, but "default" is the canonical representation. Not all objects are required to be scoped to a namespace - the value of this field for those objects will be empty.\n\nMust be a DNS_LABEL. Cannot be updated. ${docs}/namespaces`,
      ...text,
    },
    ownerReferences: { type: 'array', items: refTo(OWNER_REFERENCE) },
    ...{ resourceVersion: text, selfLink: text, uid: text },
  },
};

/** The OpenAPI schemas of metadata and its parts, by the names of their components. */
export const metaComponents = {
  [FIELDS_V1]: { type: 'object' },
  [MANAGED_FIELDS_ENTRY]: {
    type: 'object',
    properties: {
      ...{ apiVersion: text, fieldsType: text, fieldsV1: refTo(FIELDS_V1), manager: text },
      ...{ operation: text, subresource: text, time },
    },
  },
  [OBJECT_META]: objectMeta,
  [OWNER_REFERENCE]: {
    type: 'object',
    required: ['apiVersion', 'kind', 'name', 'uid'],
    properties: {
      ...{ apiVersion: text, blockOwnerDeletion: flag, controller: flag },
      ...{ kind: text, name: text, uid: text },
    },
  },
};

/** The OpenAPI schemas of the fields that every object has. */
export const objectFields = {
  apiVersion: {
    description: `APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. ${conventions}#resources`,
    ...text,
  },
  kind: {
    description: `Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. ${conventions}#types-kinds`,
    ...text,
  },
  metadata: {
    description: `Standard object's metadata. ${conventions}#metadata`,
    allOf: [refTo(OBJECT_META)],
  },
};
