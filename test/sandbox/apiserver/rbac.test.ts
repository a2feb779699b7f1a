import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  aggregatedRules,
  exceeds,
  isAllowed,
  rulesFor,
  ruleText,
  type Attributes,
  type PolicyRule,
  type RoleObjects,
  type User,
} from '../../../sandbox/apiserver/rbac.ts';
import type { ApiObject } from '../../../sandbox/apiserver/types.ts';

const RBAC = 'rbac.authorization.k8s.io';

function rule(verbs: string, resources: string, more: Partial<PolicyRule> = {}): PolicyRule {
  const apiGroups = ['example.org'];
  return { verbs: verbs.split(' '), resources: resources.split(' '), apiGroups, ...more };
}

function role(name: string, rules: PolicyRule[], namespace?: string): ApiObject {
  const kind = namespace ? 'Role' : 'ClusterRole';
  return {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: { name, ...(namespace && { namespace }) },
    rules,
  };
}

function binding(target: ApiObject, subjects: object[], namespace?: string): ApiObject {
  const roleRef = { apiGroup: RBAC, kind: target.kind, name: target.metadata.name };
  const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  const metadata = { name: 'binding', ...(namespace && { namespace }) };
  return { apiVersion: `${RBAC}/v1`, kind, metadata, roleRef, subjects };
}

function rights(...objects: ApiObject[]): RoleObjects {
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind);
  return {
    roles: ofKind('Role'),
    clusterRoles: ofKind('ClusterRole'),
    roleBindings: ofKind('RoleBinding'),
    clusterRoleBindings: ofKind('ClusterRoleBinding'),
  };
}

const robot: User = {
  name: 'system:serviceaccount:team-a:robot',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:team-a', 'system:authenticated'],
};
const alice: User = { name: 'alice', groups: ['system:authenticated', 'makers'] };
const ROBOT = { kind: 'ServiceAccount', name: 'robot', namespace: 'team-a' };

function attributes(asked: string, more: Partial<Attributes> = {}): Attributes {
  const [verb = '', path = ''] = asked.split(' ');
  const [resource = '', subresource] = path.split('/');
  return { verb, group: 'example.org', resource, subresource, namespace: 'team-a', ...more };
}

const bindings = suite('roles and their bindings');

bindings('give a service account nothing at first', () => {
  assert.not(isAllowed(robot, attributes('list widgets'), rights()));
});

bindings('hold in the namespace of a RoleBinding', () => {
  const reader = role('reader', [rule('get list watch', 'widgets')], 'team-a');
  const objects = rights(reader, binding(reader, [ROBOT], 'team-a'));
  assert.ok(isAllowed(robot, attributes('list widgets'), objects));
  assert.not(isAllowed(robot, attributes('delete widgets'), objects));
  assert.not(isAllowed(robot, attributes('list widgets', { namespace: 'default' }), objects));
  assert.not(isAllowed(robot, attributes('list widgets', { namespace: undefined }), objects));
  assert.not(isAllowed(robot, attributes('list widgets', { group: 'other.org' }), objects));
  const stranger = { ...robot, name: 'system:serviceaccount:team-a:stranger' };
  assert.not(isAllowed(stranger, attributes('list widgets'), objects));
});

bindings('hold everywhere with a ClusterRoleBinding', () => {
  const reader = role('reader', [rule('list', 'widgets')]);
  const objects = rights(reader, binding(reader, [{ kind: 'User', name: 'alice' }]));
  assert.ok(isAllowed(alice, attributes('list widgets'), objects));
  assert.ok(isAllowed(alice, attributes('list widgets', { namespace: undefined }), objects));
  assert.not(isAllowed(robot, attributes('list widgets'), objects));
});

bindings('give a ClusterRole in one namespace only with a RoleBinding', () => {
  const reader = role('reader', [rule('list', 'widgets')]);
  const objects = rights(reader, binding(reader, [{ kind: 'Group', name: 'makers' }], 'team-a'));
  assert.ok(isAllowed(alice, attributes('list widgets'), objects));
  assert.not(isAllowed(alice, attributes('list widgets', { namespace: 'default' }), objects));
});

bindings('reach all service accounts, or those of a namespace, as groups', () => {
  const maker = role('maker', [rule('create', 'widgets')]);
  const allowed = (name: string) =>
    isAllowed(
      robot,
      attributes('create widgets'),
      rights(maker, binding(maker, [{ kind: 'Group', name }])),
    );
  assert.ok(allowed('system:serviceaccounts'));
  assert.ok(allowed('system:serviceaccounts:team-a'));
  assert.ok(allowed('system:authenticated'));
  assert.not(allowed('system:serviceaccounts:team-b'));
});

bindings('take a service account without a namespace to be in that of the binding', () => {
  const reader = role('reader', [rule('list', 'widgets')], 'team-a');
  const subject = { kind: 'ServiceAccount', name: 'robot' };
  const objects = rights(reader, binding(reader, [subject], 'team-a'));
  assert.ok(isAllowed(robot, attributes('list widgets'), objects));
});

bindings('give nothing where the role is missing or in another namespace', () => {
  const reader = role('reader', [rule('list', 'widgets')], 'team-b');
  assert.not(
    isAllowed(
      robot,
      attributes('list widgets'),
      rights(reader, binding(reader, [ROBOT], 'team-a')),
    ),
  );
});

bindings('are all gathered, where there are several', () => {
  const [one, other] = [
    role('one', [rule('get', 'a')]),
    role('other', [rule('get', 'b')], 'team-a'),
  ];
  const objects = rights(one, other, binding(one, [ROBOT]), binding(other, [ROBOT], 'team-a'));
  assert.equal(rulesFor(robot, objects, 'team-a'), [rule('get', 'a'), rule('get', 'b')]);
  assert.equal(rulesFor(robot, objects), [rule('get', 'a')]);
});

bindings('do not limit system:masters', () => {
  const master = { name: 'root', groups: ['system:masters'] };
  assert.ok(isAllowed(master, attributes('delete widgets/status'), rights()));
  assert.ok(isAllowed(master, { verb: 'get', path: '/metrics' }, rights()));
});

bindings.run();

const rules = suite('rules');

function ruleAllows(given: PolicyRule, asked: string, more: Partial<Attributes> = {}): boolean {
  const all = role('all', [given]);
  return isAllowed(
    alice,
    attributes(asked, more),
    rights(all, binding(all, [{ kind: 'User', name: 'alice' }])),
  );
}

rules('name subresources beside their resource', () => {
  assert.ok(ruleAllows(rule('patch', 'widgets/status'), 'patch widgets/status'));
  assert.not(ruleAllows(rule('patch', 'widgets/status'), 'patch widgets'));
  assert.not(ruleAllows(rule('patch', 'widgets'), 'patch widgets/status'));
  assert.ok(ruleAllows(rule('patch', '*/scale'), 'patch widgets/scale'));
  assert.not(ruleAllows(rule('patch', '*/scale'), 'patch widgets/status'));
  assert.not(ruleAllows(rule('patch', '*/scale'), 'patch widgets'));
});

rules('may allow everything', () => {
  assert.ok(ruleAllows(rule('*', 'widgets'), 'paint widgets'));
  assert.ok(ruleAllows(rule('get', '*'), 'get widgets/status'));
  assert.ok(
    ruleAllows(rule('get', 'widgets', { apiGroups: ['*'] }), 'get widgets', { group: 'a' }),
  );
  assert.not(ruleAllows(rule('*', '*'), 'get widgets', { group: '' }));
});

rules('may name the objects', () => {
  const named = rule('get list', 'widgets', { resourceNames: ['one'] });
  assert.ok(ruleAllows(named, 'get widgets', { name: 'one' }));
  assert.not(ruleAllows(named, 'get widgets', { name: 'two' }));
  assert.not(ruleAllows(named, 'list widgets'));
});

rules('may be about other paths', () => {
  const paths = (...nonResourceURLs: string[]) => role('p', [{ verbs: ['get'], nonResourceURLs }]);
  const allowed = (given: ApiObject, path: string, verb = 'get') =>
    isAllowed(
      alice,
      { verb, path },
      rights(given, binding(given, [{ kind: 'User', name: 'alice' }])),
    );
  assert.ok(allowed(paths('/version'), '/version'));
  assert.not(allowed(paths('/version'), '/version/x'));
  assert.not(allowed(paths('/version'), '/version', 'post'));
  assert.ok(allowed(paths('/apis/*'), '/apis/apps/v1'));
  assert.not(allowed(paths('/apis/*'), '/apis'));
  assert.ok(allowed(paths('*'), '/anything'));
  assert.not(allowed(role('r', [rule('*', '*')]), '/version'));
});

rules.run();

const escalation = suite('granting');

escalation('takes only what one holds', () => {
  const held = [rule('get list', 'widgets'), rule('*', 'parts')];
  assert.equal(exceeds([rule('get', 'widgets'), rule('get delete', 'parts')], held), []);
  assert.equal(exceeds([rule('get delete patch', 'widgets secrets')], held), [
    { apiGroups: ['example.org'], resources: ['widgets'], verbs: ['delete', 'patch'] },
    { apiGroups: ['example.org'], resources: ['secrets'], verbs: ['get', 'delete', 'patch'] },
  ]);
});

escalation('takes everything to grant everything', () => {
  assert.is(exceeds([rule('*', 'widgets')], [rule('get list', 'widgets')]).length, 1);
  assert.is(exceeds([rule('get', '*')], [rule('get', 'widgets')]).length, 1);
  assert.equal(exceeds([rule('get', 'widgets/scale')], [rule('get', '*/scale')]), []);
  const cluster = rulesFor({ name: 'root', groups: ['system:masters'] }, rights());
  assert.equal(exceeds([rule('*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }], cluster), []);
});

escalation('minds names and paths', () => {
  const named = (...resourceNames: string[]) => rule('get', 'widgets', { resourceNames });
  assert.equal(exceeds([named('a')], [rule('get', 'widgets')]), []);
  assert.equal(exceeds([named('a', 'b')], [named('a')]), [named('b')]);
  assert.equal(exceeds([rule('get', 'widgets')], [named('a')]), [rule('get', 'widgets')]);
  const visit = (url: string) => ({ verbs: ['get'], nonResourceURLs: [url] });
  assert.equal(exceeds([visit('/apis/x')], [visit('/apis/*')]), []);
  assert.equal(exceeds([visit('/apis/*')], [visit('/apis/x')]), [visit('/apis/*')]);
});

escalation('is refused with the rules that are missing', () => {
  const missing = rule('get list', 'widgets', { resourceNames: ['a'] });
  assert.is(
    ruleText(missing),
    '{APIGroups:["example.org"], Resources:["widgets"], ResourceNames:["a"], Verbs:["get" "list"]}',
  );
  assert.is(
    ruleText({ verbs: ['get'], nonResourceURLs: ['/x'] }),
    '{NonResourceURLs:["/x"], Verbs:["get"]}',
  );
});

escalation.run();

const aggregation = suite('cluster roles that gather others');

function labelled(name: string, labels: Record<string, string>, rules: PolicyRule[]): ApiObject {
  const plain = role(name, rules);
  return { ...plain, metadata: { name, labels } };
}

function gathering(name: string, labels: Record<string, string>): ApiObject {
  const clusterRoleSelectors = [{ matchLabels: labels }];
  return { ...role(name, []), aggregationRule: { clusterRoleSelectors } };
}

aggregation('have the rules of those that their labels select, once each', () => {
  const roles = [
    labelled('b', { to: 'x' }, [rule('get', 'b'), rule('get', 'a')]),
    labelled('a', { to: 'x' }, [rule('get', 'a')]),
    labelled('c', { to: 'y' }, [rule('get', 'c')]),
  ];
  const all = gathering('all', { to: 'x' });
  assert.equal(aggregatedRules(all, [...roles, all]), [rule('get', 'a'), rule('get', 'b')]);
});

aggregation('gather from those that gather, even in a circle', () => {
  const inner = {
    ...gathering('inner', { to: 'inner' }),
    metadata: { name: 'inner', labels: { to: 'outer' } },
  };
  const outer = {
    ...gathering('outer', { to: 'outer' }),
    metadata: { name: 'outer', labels: { to: 'inner' } },
  };
  const leaf = labelled('leaf', { to: 'inner' }, [rule('get', 'a')]);
  assert.equal(aggregatedRules(outer, [inner, outer, leaf]), [rule('get', 'a')]);
});

aggregation('are those only that say so', () => {
  assert.is(aggregatedRules(role('plain', [rule('get', 'a')]), []), undefined);
});

aggregation.run();
