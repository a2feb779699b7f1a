import type { PolicyRule } from './rbac.ts';
import type { ApiObject } from './types.ts';

const RBAC = 'rbac.authorization.k8s.io';
const CREATE = ['create'];
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const INFORMATION = '/healthz /livez /readyz /version /version/'.split(' ');
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...INFORMATION];

/** The resources in namespaces that hold no secrets, by group. */
const ORDINARY: Record<string, string[]> = {
  '': 'configmaps endpoints events persistentvolumeclaims pods serviceaccounts services'.split(' '),
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  batch: ['cronjobs', 'jobs'],
  'coordination.k8s.io': ['leases'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
};
const VIEW = [...ordinary(READ), allow('', ['namespaces'], READ)];
const EDIT = [
  ...ordinary(WRITE),
  allow('', ['secrets'], [...READ, ...WRITE]),
  allow('', ['serviceaccounts'], ['impersonate']),
  allow('', ['serviceaccounts/token'], CREATE),
];
const ADMIN = [
  allow(RBAC, ['roles', 'rolebindings'], [...READ, ...WRITE]),
  allow('authorization.k8s.io', ['localsubjectaccessreviews'], CREATE),
];

/** The cluster roles that there are from the start; what gathers others has no rules yet. */
export const CLUSTER_ROLES: ApiObject[] = [
  clusterRole('cluster-admin', [
    allow('*', ['*'], ['*']),
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  { ...clusterRole('admin', []), ...gathering('admin') },
  { ...clusterRole('edit', [], 'admin'), ...gathering('edit') },
  { ...clusterRole('view', [], 'edit'), ...gathering('view') },
  clusterRole('system:aggregate-to-admin', ADMIN, 'admin'),
  clusterRole('system:aggregate-to-edit', EDIT, 'edit'),
  clusterRole('system:aggregate-to-view', VIEW, 'view'),
  clusterRole('system:public-info-viewer', [{ verbs: ['get'], nonResourceURLs: INFORMATION }]),
  clusterRole('system:discovery', [{ verbs: ['get'], nonResourceURLs: DISCOVERY }]),
  clusterRole('system:basic-user', [
    allow('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], CREATE),
    allow('authentication.k8s.io', ['selfsubjectreviews'], CREATE),
  ]),
];

/** Who has which of the cluster roles from the start. */
export const CLUSTER_ROLE_BINDINGS: ApiObject[] = [
  clusterRoleBinding('cluster-admin', 'system:masters'),
  clusterRoleBinding('system:discovery', 'system:authenticated'),
  clusterRoleBinding('system:basic-user', 'system:authenticated'),
  clusterRoleBinding('system:public-info-viewer', 'system:authenticated', 'system:unauthenticated'),
];

function allow(group: string, resources: string[], verbs: string[]): PolicyRule {
  return { verbs, apiGroups: [group], resources };
}

function ordinary(verbs: string[]): PolicyRule[] {
  return Object.entries(ORDINARY).map(([group, resources]) => allow(group, resources, verbs));
}

function byDefault(kind: string, name: string, labels?: Record<string, string>): ApiObject {
  const all = { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels };
  return { apiVersion: `${RBAC}/v1`, kind, metadata: { name, labels: all } };
}

function clusterRole(name: string, rules: PolicyRule[], target?: string): ApiObject {
  return { ...byDefault('ClusterRole', name, target ? aggregateTo(target) : {}), rules };
}

function gathering(name: string): object {
  return { aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] } };
}

function aggregateTo(name: string): Record<string, string> {
  return { [`${RBAC}/aggregate-to-${name}`]: 'true' };
}

function clusterRoleBinding(name: string, ...groups: string[]): ApiObject {
  const subjects = groups.map((group) => ({ apiGroup: RBAC, kind: 'Group', name: group }));
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name };
  return { ...byDefault('ClusterRoleBinding', name), roleRef, subjects };
}
