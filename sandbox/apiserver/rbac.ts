import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from './default-roles.ts';
import { matchesSelector, type LabelSelector } from './selectors.ts';
import type { ApiObject } from './types.ts';

/** Who asks. */
export interface User {
  name: string;
  groups: string[];
  uid?: string;
}

/** A request for a resource; without a name, for all of them or for one that has none yet. */
export interface Attributes {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

/** A request for any other path. */
export interface NonResource {
  verb: string;
  path: string;
}

/** What a role allows. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** All roles and bindings. */
export interface RoleObjects {
  roles: readonly ApiObject[];
  clusterRoles: readonly ApiObject[];
  roleBindings: readonly ApiObject[];
  clusterRoleBindings: readonly ApiObject[];
}

/** One verb for one path, or for one resource; the resource is named with its subresource. */
type Single = Attributes | NonResource;

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

const MASTERS = 'system:masters';
const ALL: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** The cluster roles that there are from the start, with what they gather, and their bindings. */
export const DEFAULT_ROLES: ApiObject[] = [
  ...CLUSTER_ROLES.map((role) => ({
    ...role,
    rules: aggregatedRules(role, CLUSTER_ROLES) ?? role.rules,
  })),
  ...CLUSTER_ROLE_BINDINGS,
];

/** The rules that hold for a user of exactly these groups: cluster-wide, and in the namespace. */
export function rulesFor(user: User, objects: RoleObjects, namespace?: string): PolicyRule[] {
  const { clusterRoleBindings, roleBindings } = objects;
  const local = roleBindings.filter((binding) => binding.metadata.namespace === namespace);
  const bindings = [...clusterRoleBindings, ...(namespace ? local : [])];
  const rules = bindings
    .filter((binding) => subjectsOf(binding).some((subject) => isMeant(user, subject, binding)))
    .flatMap((binding) => rulesOf(boundRole(binding, objects)));
  return user.groups.includes(MASTERS) ? [...ALL, ...rules] : rules;
}

/** Whether a user may do something. */
export function isAllowed(
  user: User,
  attributes: Attributes | NonResource,
  objects: RoleObjects,
): boolean {
  if ('path' in attributes) return rulesFor(user, objects).some((rule) => covers(rule, attributes));
  const { resource, subresource, namespace } = attributes;
  const whole = { ...attributes, resource: subresource ? `${resource}/${subresource}` : resource };
  return rulesFor(user, objects, namespace).some((rule) => covers(rule, whole));
}

/** The rules of the cluster roles that a cluster role gathers; undefined where it gathers none. */
export function aggregatedRules(
  role: ApiObject,
  clusterRoles: readonly ApiObject[],
): PolicyRule[] | undefined {
  const rule = role.aggregationRule as { clusterRoleSelectors?: LabelSelector[] } | undefined;
  if (!rule) return undefined;
  const others = clusterRoles
    .filter((other) => other.metadata.name !== role.metadata.name)
    .sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  const rules = (rule.clusterRoleSelectors ?? [])
    .flatMap((selector) =>
      others.filter((other) => matchesSelector(selector, other.metadata.labels)),
    )
    .flatMap((other) => aggregatedRules(other, others) ?? rulesOf(other));
  return [...new Map(rules.map((each) => [JSON.stringify(each), each])).values()];
}

/** What of the wanted rules the held ones do not cover, a rule for each kind of resource or path. */
export function exceeds(wanted: readonly PolicyRule[], held: readonly PolicyRule[]): PolicyRule[] {
  const missing = new Map<string, PolicyRule>();
  for (const single of wanted.flatMap(singlesOf)) {
    if (held.some((rule) => covers(rule, single))) continue;
    const { verb, ...about } = single;
    const verbs = [...(missing.get(JSON.stringify(about))?.verbs ?? []), verb];
    missing.set(JSON.stringify(about), { ...ruleAbout(single), verbs: [...new Set(verbs)] });
  }
  return [...missing.values()];
}

/** A rule as refusals show it, `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText(rule: PolicyRule): string {
  const parts: [string, string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const texts = parts.flatMap(([name, values = []]) =>
    values.length > 0 ? [`${name}:[${values.map((each) => JSON.stringify(each)).join(' ')}]`] : [],
  );
  return `{${texts.join(', ')}}`;
}

function boundRole(binding: ApiObject, objects: RoleObjects): ApiObject | undefined {
  const { kind, name } = binding.roleRef as { kind: string; name: string };
  if (kind === 'ClusterRole')
    return objects.clusterRoles.find((role) => role.metadata.name === name);
  const { namespace } = binding.metadata;
  return objects.roles.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  );
}

function rulesOf(role: ApiObject | undefined): PolicyRule[] {
  return (role?.rules ?? []) as PolicyRule[];
}

function subjectsOf(binding: ApiObject): Subject[] {
  return (binding.subjects ?? []) as Subject[];
}

function isMeant(user: User, subject: Subject, binding: ApiObject): boolean {
  if (subject.kind === 'User') return subject.name === user.name;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  const namespace = subject.namespace ?? binding.metadata.namespace ?? '';
  return user.name === `system:serviceaccount:${namespace}:${subject.name}`;
}

function covers(rule: PolicyRule, single: Single): boolean {
  if (!hasOrAll(rule.verbs, single.verb)) return false;
  if (!('path' in single)) return coversResource(rule, single);
  const { nonResourceURLs = [] } = rule;
  const isBelow = (url: string) => url.endsWith('*') && single.path.startsWith(url.slice(0, -1));
  return nonResourceURLs.some((url) => url === single.path || isBelow(url));
}

function coversResource(rule: PolicyRule, { group, resource, name = '' }: Attributes): boolean {
  const { resources = [], resourceNames = [] } = rule;
  const ofAll = resource.replace(/^[^/]*/, '*');
  return (
    hasOrAll(rule.apiGroups, group) &&
    (hasOrAll(resources, resource) || resources.includes(ofAll)) &&
    (resourceNames.length === 0 || resourceNames.includes(name))
  );
}

function hasOrAll(values: readonly string[] = [], value: string): boolean {
  return values.includes(value) || values.includes('*');
}

function singlesOf(rule: PolicyRule): Single[] {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length > 0 ? resourceNames.map((name) => ({ name })) : [{}];
  const ofGroup = (group: string) =>
    resources.flatMap((resource) => names.map((name) => ({ group, resource, ...name })));
  const all = [...apiGroups.flatMap(ofGroup), ...nonResourceURLs.map((path) => ({ path }))];
  return all.flatMap((about) => rule.verbs.map((verb) => ({ ...about, verb })));
}

function ruleAbout(single: Single): Omit<PolicyRule, 'verbs'> {
  if ('path' in single) return { nonResourceURLs: [single.path] };
  const { group, resource, name } = single;
  const named = name === undefined ? {} : { resourceNames: [name] };
  return { apiGroups: [group], resources: [resource], ...named };
}
