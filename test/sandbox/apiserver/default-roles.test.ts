import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_ROLES, isAllowed } from '../../../sandbox/apiserver/rbac.ts';

const RBAC = 'rbac.authorization.k8s.io';
const standing = {
  roles: [],
  clusterRoles: DEFAULT_ROLES.filter(({ kind }) => kind === 'ClusterRole'),
  roleBindings: [],
  clusterRoleBindings: DEFAULT_ROLES.filter(({ kind }) => kind === 'ClusterRoleBinding'),
};

/** Whether someone with a default role in a namespace may do something there. */
function may(role: string, verb: string, resource: string, group = ''): boolean {
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'bob', namespace: 'test' },
    roleRef: { kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', name: 'bob' }],
  };
  const objects = { ...standing, roleBindings: [binding] };
  const asked = { verb, group, resource, namespace: 'test' };
  return isAllowed({ name: 'bob', groups: [] }, asked, objects);
}

const defaults = suite('the default roles');

defaults('let those who are known see what is served and ask what they may do', () => {
  const alice = { name: 'alice', groups: ['system:authenticated'] };
  assert.ok(isAllowed(alice, { verb: 'get', path: '/apis/example.org' }, standing));
  assert.ok(isAllowed(alice, { verb: 'get', path: '/version' }, standing));
  const [group, resource] = ['authorization.k8s.io', 'selfsubjectaccessreviews'];
  assert.ok(isAllowed(alice, { verb: 'create', group, resource }, standing));
  assert.not(isAllowed(alice, { verb: 'list', group: '', resource: 'configmaps' }, standing));
});

defaults('let anyone see the version, and no more', () => {
  const anonymous = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  assert.ok(isAllowed(anonymous, { verb: 'get', path: '/version' }, standing));
  assert.not(isAllowed(anonymous, { verb: 'get', path: '/apis' }, standing));
});

defaults('are view, edit and admin, each with the rights of the one before', () => {
  const those = (...asked: [verb: string, resource: string, group?: string]) =>
    ['view', 'edit', 'admin'].filter((role) => may(role, ...asked)).join(' ');
  assert.is(those('list', 'configmaps'), 'view edit admin');
  assert.is(those('create', 'configmaps'), 'edit admin');
  assert.is(those('get', 'secrets'), 'edit admin');
  assert.is(those('create', 'rolebindings', RBAC), 'admin');
  assert.is(those('list', 'widgets', 'example.org'), '');
});

defaults('give everything to those who have cluster-admin, as system:masters do', () => {
  assert.ok(may('cluster-admin', 'paint', 'anything', 'anywhere'));
  const binding = standing.clusterRoleBindings.find(
    ({ metadata }) => metadata.name === 'cluster-admin',
  );
  assert.equal(binding?.subjects, [{ apiGroup: RBAC, kind: 'Group', name: 'system:masters' }]);
});

defaults('show what they gather', () => {
  const rules = (name: string) =>
    JSON.stringify(standing.clusterRoles.find(({ metadata }) => metadata.name === name)?.rules);
  assert.match(rules('view'), 'configmaps');
  assert.match(rules('admin'), 'rolebindings');
});

defaults.run();
