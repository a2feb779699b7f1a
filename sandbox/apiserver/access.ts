import { randomBytes } from 'node:crypto';
import { ApiError, forbidden } from './errors.ts';
import { bucketOf, CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES, ROLE_BINDINGS, ROLES } from './kinds.ts';
import {
  isAllowed,
  type Attributes,
  type NonResource,
  type RoleObjects,
  type User,
} from './rbac.ts';
import type { ApiRequest } from './request.ts';
import type { Store } from './store.ts';

/** Who may call, by opaque tokens that live as long as the server. */
export interface Tokens {
  /** A new token for a user. */
  issue(user: User): string;
  find(token: string): User | undefined;
}

/** Creates an empty set of tokens. */
export function createTokens(): Tokens {
  const users = new Map<string, User>();
  return {
    issue: (user) => {
      const token = randomBytes(24).toString('base64url');
      users.set(token, user);
      return token;
    },
    find: (token) => users.get(token),
  };
}

/** The user who may do everything. */
export const ADMINISTRATOR: User = {
  name: 'sandbox-admin',
  groups: ['system:masters', 'system:authenticated'],
};

const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** The user that a service account is. */
export function serviceAccountUser(namespace: string, name: string, uid?: string): User {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: [...groups, 'system:authenticated'],
    uid,
  };
}

/** Who sends a request, impersonation included. Throws 401 on an unknown token. */
export function authenticate(request: ApiRequest, tokens: Tokens, store: Store): User {
  const { authorization } = request.headers;
  const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  const user = token === undefined ? ANONYMOUS : tokens.find(token);
  if (user === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const as = request.headers['impersonate-user'];
  if (typeof as !== 'string') return user;
  const group = request.headers['impersonate-group'] ?? [];
  const groups = [group].flat().flatMap((text) => text.split(', '));
  const wanted = [
    { resource: 'users', name: as },
    ...groups.map((name) => ({ resource: 'groups', name })),
  ];
  for (const one of wanted) authorize(user, { verb: 'impersonate', group: '', ...one }, store);
  return impersonated(as, groups);
}

function impersonated(name: string, groups: string[]): User {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  if (namespace && account && groups.length === 0) return serviceAccountUser(namespace, account);
  return { name, groups: [...groups, 'system:authenticated'] };
}

/** Throws 403, with the words of RBAC, where a user may not do something. */
export function authorize(user: User, attributes: Attributes, store: Store): void {
  if (isAllowed(user, attributes, roleObjects(store))) return;
  const { verb, group, resource, subresource, namespace, name = '' } = attributes;
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const scope =
    namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${scope}`;
  throw forbidden({ group, plural: resource }, name, why);
}

/** Throws 403 where a user may not ask for a path that names no objects. */
export function authorizePath(user: User, asked: NonResource, store: Store): void {
  if (isAllowed(user, asked, roleObjects(store))) return;
  const message = `forbidden: User "${user.name}" cannot ${asked.verb} path "${asked.path}"`;
  throw new ApiError(403, 'Forbidden', message, {});
}

/** The roles and bindings of a store. */
export function roleObjects(store: Store): RoleObjects {
  return {
    roles: store.list(bucketOf(ROLES)),
    clusterRoles: store.list(bucketOf(CLUSTER_ROLES)),
    roleBindings: store.list(bucketOf(ROLE_BINDINGS)),
    clusterRoleBindings: store.list(bucketOf(CLUSTER_ROLE_BINDINGS)),
  };
}
