// OpenAPI v3: what `kubectl explain` shows, and what kubectl asks before it validates and applies.
import { createHash } from 'node:crypto';
import { rootOf } from './discovery.ts';
import { metaComponents, objectFields, refTo } from './objectMeta.ts';
import type { Resource } from './types.ts';

const WRITE = ['dryRun', 'fieldManager', 'fieldValidation'];
const JSON_TYPE = ['application/json'];
// Strategic merge patches are not named: kubectl would look for merge keys in the schemas.
const PATCH_TYPES = ['apply-patch+yaml', 'json-patch+json', 'merge-patch+json'].map(
  (type) => `application/${type}`,
);

/** How each verb is asked for. */
const OPERATIONS: Record<string, { method: string; query: string[]; body?: string[] }> = {
  list: { method: 'get', query: ['fieldSelector', 'labelSelector', 'resourceVersion'] },
  create: { method: 'post', query: WRITE, body: JSON_TYPE },
  get: { method: 'get', query: ['resourceVersion'] },
  update: { method: 'put', query: WRITE, body: JSON_TYPE },
  patch: { method: 'patch', query: [...WRITE, 'force'], body: PATCH_TYPES },
  delete: { method: 'delete', query: ['dryRun', 'propagationPolicy'] },
  deletecollection: { method: 'delete', query: ['dryRun', 'fieldSelector', 'labelSelector'] },
};

/** Gives the answer to GET /openapi/v3: the URL of each version, which changes with its content. */
export function openApiIndex(resources: readonly Resource[]): object {
  const versions = Map.groupBy(resources, rootOf);
  const paths = [...versions].map(([root, served]) => {
    const hash = createHash('sha512').update(JSON.stringify(served)).digest('hex').toUpperCase();
    return [root, { serverRelativeURL: `/openapi/v3/${root}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

/**
 * Gives the answer to GET /openapi/v3/apis/GROUP/VERSION, or /openapi/v3/api/VERSION for the group
 * ''. Undefined where nothing is served in that version.
 */
export function openApiDocument(
  resources: readonly Resource[],
  group: string,
  version: string,
): object | undefined {
  const served = resources.filter((one) => one.group === group && one.version === version);
  if (served.length === 0) return undefined;
  const schemas = served.map((resource) => [componentOf(resource), toSchema(resource)] as const);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.33.0' },
    paths: Object.assign({}, ...served.map(toPaths)) as object,
    components: { schemas: { ...metaComponents, ...Object.fromEntries(schemas) } },
  };
}

function componentOf({ group, version, kind, schema }: Resource): string {
  if (schema) return [...group.split('.').reverse(), version, kind].join('.');
  const [name] = group.split('.');
  const folder =
    name === 'apiextensions'
      ? 'apiextensions-apiserver.pkg.apis.apiextensions'
      : `api.${name || 'core'}`;
  return `io.k8s.${folder}.${version}.${kind}`;
}

function gvkOf({ group, version, kind }: Resource): object {
  return { group, version, kind };
}

function toSchema(resource: Resource): object {
  const { schema, selectableFields } = resource;
  const selectable = selectableFields.map((fieldPath) => ({ fieldPath }));
  return {
    ...(schema ?? { type: 'object' }),
    properties: { ...schema?.properties, ...objectFields },
    'x-kubernetes-group-version-kind': [gvkOf(resource)],
    ...(schema && selectable.length > 0 && { 'x-kubernetes-selectable-fields': selectable }),
  };
}

function toPaths(resource: Resource): Record<string, object> {
  const all = `/${rootOf(resource)}/${resource.plural}`;
  const within = `/${rootOf(resource)}/namespaces/{namespace}/${resource.plural}`;
  const collection = resource.isNamespaced ? within : all;
  const verbsByPath = {
    [all]: ['list'],
    [collection]: ['list', 'create', 'deletecollection'],
    [`${collection}/{name}`]: ['get', 'update', 'patch', 'delete'],
    ...(resource.hasStatus && { [`${collection}/{name}/status`]: ['get', 'update', 'patch'] }),
  };
  return Object.fromEntries(
    Object.entries(verbsByPath).map(([path, verbs]) => [path, toPathItem(resource, path, verbs)]),
  );
}

function toPathItem(resource: Resource, path: string, verbs: string[]): object {
  const names = path.match(/(?<=\{)\w+(?=\})/g) ?? [];
  const operations = verbs
    .filter((verb) => resource.verbs.includes(verb))
    .map((verb) => [OPERATIONS[verb]!.method, toOperation(resource, verb)] as const);
  return {
    ...Object.fromEntries(operations),
    parameters: names.map((name) => ({ ...toParameter('path', name), required: true })),
  };
}

function toOperation(resource: Resource, verb: string): object {
  const { method, query, body } = OPERATIONS[verb]!;
  const schema = refTo(componentOf(resource));
  const contentOf = (types: string[]): object =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  return {
    parameters: query.map((name) => toParameter('query', name)),
    ...(body && { requestBody: { content: contentOf(body), required: true } }),
    responses: { 200: { description: 'OK', content: contentOf(JSON_TYPE) } },
    'x-kubernetes-action': ['list', 'deletecollection'].includes(verb) ? verb : method,
    'x-kubernetes-group-version-kind': gvkOf(resource),
  };
}

function toParameter(place: 'path' | 'query', name: string): object {
  return { name, in: place, schema: { type: 'string' } };
}
