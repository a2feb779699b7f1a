// Roles and bindings: nobody grants more than he has.
import { isDeepStrictEqual } from 'node:util';
import { roleObjects } from './access.ts';
import { badRequest, forbidden, notFound, type Cause } from './errors.ts';
import { isObject } from './json.ts';
import { bucketOf, CLUSTER_ROLES, ROLES } from './kinds.ts';
import { exceeds, isAllowed, rulesFor, ruleText, type PolicyRule, type User } from './rbac.ts';
import { fieldError } from './schema/errors.ts';
import type { Store } from './store.ts';
import type { ApiObject } from './types.ts';

/** Who writes, and into what. */
export interface Writer {
  user: User;
  store: Store;
}

interface RoleRef {
  kind: string;
  name: string;
}

const REFERENCED = ['ClusterRole', 'Role'];

/** What is wrong with a role's rules. */
export function validateRules(role: ApiObject): Cause[] {
  requireObjects(role, 'rules', role['rules']);
  const { clusterRoleSelectors } = (role['aggregationRule'] ?? {}) as Record<string, unknown>;
  requireObjects(role, 'aggregationRule.clusterRoleSelectors', clusterRoleSelectors);
  return rulesOf(role).flatMap((rule, index) => {
    const {
      verbs = [],
      nonResourceURLs,
      apiGroups = [],
      resources = [],
    } = rule as Partial<PolicyRule>;
    const isOfPaths = nonResourceURLs !== undefined;
    const [supply, least] = ['resource rules must supply', 'at least one'];
    const needed: [field: string, values: string[], why: string][] = [
      ['verbs', verbs, `verbs must contain ${least} value`],
      ['apiGroups', isOfPaths ? ['*'] : apiGroups, `${supply} ${least} api group`],
      ['resources', isOfPaths ? ['*'] : resources, `${supply} ${least} resource`],
    ];
    return needed
      .filter(([, values]) => values.length === 0)
      .map(([field, , why]) => fieldError('Required', `rules[${index}].${field}`, why));
  });
}

/** Throws 400 where a field is there and is no list of objects: every later request would stumble. */
function requireObjects({ kind }: ApiObject, field: string, value: unknown): void {
  const isFit = Array.isArray(value) && value.every((one) => isObject(one) && hasLists(one));
  if (value === undefined || value === null || isFit) return;
  throw badRequest(
    `${kind} in version "v1" cannot be handled as a ${kind}: ${field} must be a list of objects, and what is in a rule must be lists`,
  );
}

const LISTS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'];

function hasLists(rule: object): boolean {
  return Object.entries(rule).every(([key, value]) => !LISTS.includes(key) || Array.isArray(value));
}

/** What is wrong with a binding, or with its change. */
export function validateBinding(binding: ApiObject, before?: ApiObject): Cause[] {
  requireObjects(binding, 'subjects', binding['subjects']);
  const { kind = '' } = (binding['roleRef'] ?? {}) as Partial<RoleRef>;
  if (!REFERENCED.includes(kind)) {
    const known = REFERENCED.map((one) => JSON.stringify(one)).join(', ');
    const texts = [JSON.stringify(kind), `supported values: ${known}`];
    return [fieldError('NotSupported', 'roleRef.kind', ...texts)];
  }
  if (before === undefined || isDeepStrictEqual(before['roleRef'], binding['roleRef'])) return [];
  return [
    fieldError('Invalid', 'roleRef', JSON.stringify(binding['roleRef']), 'cannot change roleRef'),
  ];
}

/** Throws 403 where a role would allow what its writer may not do. */
export function authorizeRules(role: ApiObject, writer: Writer): void {
  const { kind, metadata } = role;
  const { namespace } = metadata;
  if (mayGrant({ verb: 'escalate', kind, namespace }, writer)) return;
  refuseExcess(role, rulesOf(role), writer);
}

/** Throws where a binding would allow what its writer may not do: 403, or 404 for an unknown role. */
export function authorizeBinding(binding: ApiObject, writer: Writer): void {
  const { kind, name } = binding['roleRef'] as RoleRef;
  const { namespace } = binding.metadata;
  if (mayGrant({ verb: 'bind', kind, namespace, name }, writer)) return;
  const role =
    kind === 'Role'
      ? writer.store.get(bucketOf(ROLES), namespace, name)
      : writer.store.get(bucketOf(CLUSTER_ROLES), undefined, name);
  if (role === undefined) throw notFound({ group: ROLES.group, plural: kind.toLowerCase() }, name);
  refuseExcess(binding, rulesOf(role), writer);
}

interface Grant {
  verb: 'bind' | 'escalate';
  kind: string;
  namespace: string | undefined;
  name?: string;
}

function mayGrant({ kind, ...grant }: Grant, { user, store }: Writer): boolean {
  const attributes = { ...grant, group: ROLES.group, resource: pluralOf(kind) };
  return isAllowed(user, attributes, roleObjects(store));
}

function refuseExcess(object: ApiObject, wanted: PolicyRule[], { user, store }: Writer): void {
  const { name, namespace } = object.metadata;
  const excess = exceeds(wanted, rulesFor(user, roleObjects(store), namespace));
  if (excess.length === 0) return;
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ');
  const who = `user ${JSON.stringify(user.name)} (groups=[${groups}])`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${excess.map(ruleText).sort().join('\n')}`;
  throw forbidden({ group: ROLES.group, plural: pluralOf(object.kind) }, name, why);
}

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}

function rulesOf(role: ApiObject): PolicyRule[] {
  return (role['rules'] ?? []) as PolicyRule[];
}
