import type { Resource } from './types.ts';

/** The verbs of a kind that is stored. */
export const WRITABLE = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];
const ONE_BY_ONE = WRITABLE.filter((verb) => verb !== 'deletecollection');
const RBAC = 'rbac.authorization.k8s.io';

type BuiltIn = [kind: string, plural: string, options?: Partial<Resource>];

const CLUSTER: Partial<Resource> = { isNamespaced: false };
const STATUS: Partial<Resource> = { hasStatus: true };
const SPEC_AND_STATUS: Partial<Resource> = { hasStatus: true, hasGeneration: true };
const REVIEW: Partial<Resource> = { isNamespaced: false, verbs: ['create'] };
const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const EVENT_FIELDS = [
  ...INVOLVED.map((field) => `involvedObject.${field}`),
  'reason',
  'reportingComponent',
  'type',
];

const BUILT_IN: Record<string, BuiltIn[]> = {
  '/v1': [
    ['ConfigMap', 'configmaps', { shortNames: ['cm'] }],
    ['Event', 'events', { shortNames: ['ev'], selectableFields: EVENT_FIELDS }],
    [
      'Namespace',
      'namespaces',
      {
        ...CLUSTER,
        ...STATUS,
        shortNames: ['ns'],
        verbs: ONE_BY_ONE,
        selectableFields: ['status.phase'],
      },
    ],
    ['Pod', 'pods', { ...STATUS, shortNames: ['po'], categories: ['all'] }],
    ['Secret', 'secrets', { selectableFields: ['type'] }],
    ['ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }],
    ['Service', 'services', { ...STATUS, shortNames: ['svc'], categories: ['all'] }],
  ],
  'batch/v1': [['Job', 'jobs', { ...SPEC_AND_STATUS, categories: ['all'] }]],
  'coordination.k8s.io/v1': [['Lease', 'leases']],
  [`${RBAC}/v1`]: [
    ['ClusterRoleBinding', 'clusterrolebindings', CLUSTER],
    ['ClusterRole', 'clusterroles', CLUSTER],
    ['RoleBinding', 'rolebindings'],
    ['Role', 'roles'],
  ],
  'apiextensions.k8s.io/v1': [
    [
      'CustomResourceDefinition',
      'customresourcedefinitions',
      {
        ...CLUSTER,
        ...SPEC_AND_STATUS,
        shortNames: ['crd', 'crds'],
        categories: ['api-extensions'],
      },
    ],
  ],
  'authentication.k8s.io/v1': [
    ['SelfSubjectReview', 'selfsubjectreviews', REVIEW],
    ['TokenReview', 'tokenreviews', REVIEW],
  ],
  'authorization.k8s.io/v1': [
    ['SelfSubjectAccessReview', 'selfsubjectaccessreviews', REVIEW],
    ['SelfSubjectRulesReview', 'selfsubjectrulesreviews', REVIEW],
    ['SubjectAccessReview', 'subjectaccessreviews', REVIEW],
    ['LocalSubjectAccessReview', 'localsubjectaccessreviews', { ...REVIEW, isNamespaced: true }],
  ],
};

/** The kinds that every server has. */
export const BUILT_IN_KINDS: readonly Resource[] = Object.entries(BUILT_IN).flatMap(
  ([groupVersion, kinds]) => {
    const [group, version] = groupVersion.split('/') as [string, string];
    return kinds.map(([kind, plural, options]) => ({
      group,
      version,
      plural,
      kind,
      singular: kind.toLowerCase(),
      listKind: `${kind}List`,
      shortNames: [],
      categories: [],
      isNamespaced: true,
      hasStatus: false,
      hasGeneration: false,
      verbs: WRITABLE,
      columns: [],
      selectableFields: [],
      ...options,
    }));
  },
);

/** The definition of custom kinds: one of the built-in kinds. */
export const DEFINITIONS = builtIn('apiextensions.k8s.io', 'customresourcedefinitions');
/** Namespaces, which other objects live in. */
export const NAMESPACES = builtIn('', 'namespaces');
export const SERVICE_ACCOUNTS = builtIn('', 'serviceaccounts');
export const ROLES = builtIn(RBAC, 'roles');
export const ROLE_BINDINGS = builtIn(RBAC, 'rolebindings');
export const CLUSTER_ROLES = builtIn(RBAC, 'clusterroles');
export const CLUSTER_ROLE_BINDINGS = builtIn(RBAC, 'clusterrolebindings');

function builtIn(group: string, plural: string): Resource {
  return BUILT_IN_KINDS.find((kind) => kind.group === group && kind.plural === plural)!;
}

/** Where the objects of a kind are kept. */
export function bucketOf({ group, plural }: Pick<Resource, 'group' | 'plural'>): string {
  return `${group}/${plural}`;
}

/** "v1" or "group/v1". */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
