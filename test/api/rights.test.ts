// Rights: who may do what, who may grant it, and how one asks.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { namesOf, ok, refused, startCluster, type Answer, type Cluster } from './cluster.ts';
import { until } from './requests.ts';

let cluster: Cluster;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const inNamespace = (plural: string): string => `${RBAC}/namespaces/${cluster.namespace}/${plural}`;

/** Somebody, by impersonation. */
const as = (user: string, group?: string): Record<string, string> => ({
  'impersonate-user': user,
  ...(group !== undefined && { 'impersonate-group': group }),
});
const accountName = (name: string): string => `system:serviceaccount:${cluster.namespace}:${name}`;
const asAccount = (name: string): Record<string, string> => as(accountName(name));

interface Rule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

const ofWidgets = (verbs: string[], more: Rule = {}): Rule => ({
  apiGroups: [cluster.group],
  resources: ['widgets'],
  verbs,
  ...more,
});

function createRole(name: string, rules: Rule[], headers = {}): Promise<Answer> {
  return cluster.post(inNamespace('roles'), { metadata: { name }, rules }, headers);
}

type Subject = { kind: 'ServiceAccount' | 'User' | 'Group'; name: string };

function bind(name: string, subject: Subject, roleRef: object = {}, headers = {}) {
  const isAccount = subject.kind === 'ServiceAccount';
  const place = isAccount
    ? { namespace: cluster.namespace }
    : { apiGroup: 'rbac.authorization.k8s.io' };
  const reference = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name, ...roleRef };
  const body = { metadata: { name }, roleRef: reference, subjects: [{ ...subject, ...place }] };
  return cluster.post(inNamespace('rolebindings'), body, headers);
}

/** Lets somebody do something, and waits until the server knows it. */
async function grant(name: string, rules: Rule[], subject: Subject): Promise<void> {
  ok(await createRole(name, rules), 201);
  ok(await bind(name, subject), 201);
}

const reads = async (headers: Record<string, string>, path = cluster.widgets): Promise<boolean> =>
  (await cluster.get(path, headers)).status === 200;

const rights = suite('rights');
rights.before(async () => {
  cluster = await startCluster('rights');
  await cluster.create('one');
  await cluster.create('two');
  const robot = { kind: 'ServiceAccount', name: 'robot' } as const;
  const readAndReport = [
    ofWidgets(['get', 'list', 'watch']),
    ofWidgets(['get', 'patch'], { resources: ['widgets/status'] }),
  ];
  await grant('reader', readAndReport, robot);
  const granter = { apiGroups: ['rbac.authorization.k8s.io'], verbs: ['create', 'patch'] };
  await grant('granter', [{ ...granter, resources: ['roles', 'rolebindings'] }], robot);
  await until(() => reads(asAccount('robot')));
});

rights('are none for a service account at first', async () => {
  const { group, namespace, widgets } = cluster;
  const user = `User "${accountName('stranger')}"`;
  const where = `in API group "${group}" in the namespace "${namespace}"`;
  const stranger = asAccount('stranger');
  const list = await cluster.get(widgets, stranger);
  const listWords = `widgets.${group} is forbidden: ${user} cannot list resource "widgets" ${where}`;
  assert.is(refused(list, 403, listWords).reason, 'Forbidden');
  const one = await cluster.get(`${widgets}/one`, stranger);
  refused(one, 403, `widgets.${group} "one" is forbidden: ${user} cannot get resource "widgets"`);
  const all = await cluster.get('/api/v1/namespaces', stranger);
  refused(all, 403, 'cannot list resource "namespaces" in API group "" at the cluster scope');
  const path = await cluster.get('/metrics', stranger);
  refused(path, 403, `forbidden: ${user} cannot get path "/metrics"`);
});

rights('to find out what is served are everybody’s who has a name', async () => {
  for (const path of ['/version', '/api', '/apis', '/openapi/v3']) {
    assert.ok(await reads(asAccount('stranger'), path), path);
  }
});

rights('are those of a role, in its namespace and for its verbs', async () => {
  const robot = asAccount('robot');
  assert.equal(namesOf(await cluster.get(cluster.widgets, robot)), ['one', 'two']);
  const path = `${cluster.widgets}/one`;
  refused(await cluster.remove(path, {}, robot), 403, 'cannot delete resource "widgets"');
  const elsewhere = cluster.widgets.replace(/namespaces\/[^/]+/, 'namespaces/default');
  refused(await cluster.get(elsewhere, robot), 403, 'in the namespace "default"');
  const everywhere = `/apis/${cluster.group}/v1/widgets`;
  refused(await cluster.get(everywhere, robot), 403, 'at the cluster scope');
});

rights('to a status are not those to its object', async () => {
  const robot = asAccount('robot');
  const path = `${cluster.widgets}/one`;
  const status = { status: { phase: 'ByRobot' } };
  const patched = ok(await cluster.patch(`${path}/status`, status, 'merge', robot));
  assert.equal(patched.status, { phase: 'ByRobot' });
  const spec = await cluster.patch(path, { spec: { minSize: 3 } }, 'merge', robot);
  refused(spec, 403, 'cannot patch resource "widgets" in');
  const put = await cluster.put(`${path}/status`, patched, robot);
  refused(put, 403, 'cannot update resource "widgets/status"');
});

rights('can be a group’s, and to objects of certain names', async () => {
  const named = ofWidgets(['get', 'list', 'watch', 'create'], { resourceNames: ['one'] });
  await grant('watchers', [named], { kind: 'Group', name: 'watchers' });
  const eve = as('eve', 'watchers');
  await until(() => reads(eve, `${cluster.widgets}/one`));
  refused(await cluster.get(`${cluster.widgets}/one`, as('eve')), 403, 'User "eve" cannot get');
  refused(await cluster.get(`${cluster.widgets}/two`, eve), 403, '"two" is forbidden');
  refused(await cluster.get(cluster.widgets, eve), 403, 'cannot list');
  const selected = `${cluster.widgets}?fieldSelector=metadata.name%3Done`;
  assert.equal(namesOf(await cluster.get(selected, eve)), ['one']);
  const create = await cluster.post(cluster.widgets, cluster.widget('one'), eve);
  refused(create, 403, 'cannot create');
});

rights('cannot be granted by who does not have them', async () => {
  const robot = asAccount('robot');
  const words = 'is attempting to grant RBAC permissions not currently held:';
  const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['delete'] };
  refused(await createRole('greedy', [secrets], robot), 403, words);
  const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
  const raise = await cluster.patch(
    `${inNamespace('roles')}/granter`,
    { rules: everything },
    'merge',
    robot,
  );
  refused(raise, 403, words);
  const self = { kind: 'ServiceAccount', name: 'robot' } as const;
  const admin = { kind: 'ClusterRole', name: 'cluster-admin' };
  refused(await bind('greedy', self, admin, robot), 403, words);
  refused(await bind('missing', self, {}, robot), 404, '"missing" not found');
});

rights('can be granted by who has them', async () => {
  const robot = asAccount('robot');
  ok(await createRole('modest', [ofWidgets(['get', 'list'])], robot), 201);
  ok(await bind('modest', { kind: 'User', name: 'friend' }, {}, robot), 201);
  await until(() => reads(as('friend')));
});

rights('stay bound to the role that they were bound to', async () => {
  const path = `${inNamespace('rolebindings')}/reader`;
  const answer = await cluster.patch(path, { roleRef: { name: 'granter' } });
  const { message } = refused(answer, 422, 'roleRef: Invalid value: ');
  assert.match(message, /cannot change roleRef|field is immutable/);
});

rights('are written down in whole rules', async () => {
  const verbless = await createRole('wrong', [{ ...ofWidgets([]) }]);
  refused(verbless, 422, 'rules[0].verbs: Required value: verbs must contain at least one value');
  const nothing = await createRole('wrong', [{ verbs: ['get'] }]);
  refused(nothing, 422, 'rules[0].resources: Required value: resource rules must supply at least');
  const kind = await bind('wrong', { kind: 'User', name: 'x' }, { kind: 'Rule' });
  refused(kind, 422, 'roleRef.kind: Unsupported value: "Rule"');
});

rights('may have names that other objects may not have', async () => {
  ok(await createRole('system:Some_role', []), 201);
  refused(
    await createRole('a/b', []),
    422,
    `metadata.name: Invalid value: "a/b": may not contain '/'`,
  );
});

rights('are gathered from the roles that a cluster role selects', async () => {
  const label = { [`gather-${cluster.namespace}`]: 'yes' };
  const roles = `${RBAC}/clusterroles`;
  const [whole, part] = [`whole-${cluster.namespace}`, `part-${cluster.namespace}`];
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: label }] };
  ok(await cluster.post(roles, { metadata: { name: whole }, aggregationRule, rules: [] }), 201);
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
  ok(await cluster.post(roles, { metadata: { name: part, labels: label }, rules }), 201);
  await until(async () => {
    const gathered = ok(await cluster.get(`${roles}/${whole}`))['rules'];
    return JSON.stringify(gathered ?? []).includes('secrets');
  });
  for (const name of [whole, part]) ok(await cluster.remove(`${roles}/${name}`));
});

rights.run();

const questions = suite('a question about rights');
questions.after(() => cluster.stop());

interface Attributes {
  verb: string;
  name?: string;
}

function ask(kind: string, { verb, name }: Attributes, spec = {}, headers = {}): Promise<Answer> {
  const { group, namespace } = cluster;
  const resourceAttributes = { verb, name, group, namespace, resource: 'widgets' };
  const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind,
    spec: { resourceAttributes, ...spec },
  };
  return cluster.post(path, body, headers);
}

const isAllowed = async (answer: Promise<Answer>): Promise<unknown> =>
  ok(await answer, 201).status['allowed'];

questions('is answered about oneself', async () => {
  const robot = asAccount('robot');
  const may = (verb: string) => isAllowed(ask('SelfSubjectAccessReview', { verb }, {}, robot));
  assert.is(await may('list'), true);
  assert.is(await may('delete'), false);
});

questions('is answered about others, to who may ask', async () => {
  const eve = { user: 'eve', groups: ['watchers'] };
  const may = (name: string) => isAllowed(ask('SubjectAccessReview', { verb: 'get', name }, eve));
  assert.is(await may('one'), true);
  assert.is(await may('two'), false);
  const answer = await ask('SubjectAccessReview', { verb: 'get' }, eve, asAccount('robot'));
  refused(answer, 403, 'cannot create resource "subjectaccessreviews"');
});

questions('is answered about paths', async () => {
  const may = (path: string) => {
    const spec = { resourceAttributes: undefined, nonResourceAttributes: { verb: 'get', path } };
    return isAllowed(ask('SelfSubjectAccessReview', { verb: '' }, spec, asAccount('robot')));
  };
  assert.is(await may('/version'), true);
  assert.is(await may('/metrics'), false);
});

questions('is answered with all that one may', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const { namespace, group } = cluster;
  const answer = await cluster.post(path, { spec: { namespace } }, asAccount('robot'));
  const rules = ok(answer, 201).status['resourceRules'] as Rule[];
  const own = rules.find(({ apiGroups }) => apiGroups?.includes(group));
  assert.equal(own?.verbs, ['get', 'list', 'watch']);
});

questions('may be who one is', async () => {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { userInfo } = ok(await cluster.post(path, {}, asAccount('robot')), 201).status as {
    userInfo: { username: string; groups: string[] };
  };
  assert.is(userInfo.username, accountName('robot'));
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${cluster.namespace}`];
  assert.equal(userInfo.groups, [...groups, 'system:authenticated']);
});

questions('is not asked in the name of others without the right to', async () => {
  const token = await tokenOf('minted');
  const headers = { authorization: `Bearer ${token}`, ...as('somebody') };
  const answer = await cluster.get(cluster.widgets, headers);
  refused(answer, 403, 'cannot impersonate');
});

/** A token of a service account, which may list Widgets. */
async function tokenOf(name: string): Promise<string> {
  const path = `${cluster.core}/serviceaccounts`;
  ok(await cluster.post(path, { metadata: { name } }), 201);
  await grant(name, [ofWidgets(['list'])], { kind: 'ServiceAccount', name });
  const { status } = ok(await cluster.post(`${path}/${name}/token`, { spec: {} }), 201);
  assert.match(String(status['expirationTimestamp']), /^20\d\d-.+Z$/);
  return status['token'] as string;
}

questions('is answered for a token that one asked for', async () => {
  const authorization = `Bearer ${await tokenOf('bearer')}`;
  await until(() => reads({ authorization }));
  refused(await cluster.get(`${cluster.widgets}/one`, { authorization }), 403, 'cannot get');
  const path = `${cluster.core}/serviceaccounts`;
  refused(await cluster.post(`${path}/nobody/token`, { spec: {} }), 404, '"nobody" not found');
  const short = await cluster.post(`${path}/bearer/token`, { spec: { expirationSeconds: 60 } });
  assert.match(short.body.message, 'may not specify a duration less than 10 minutes');
});

questions('is not answered for an unknown token', async () => {
  const answer = await cluster.get(cluster.widgets, { authorization: 'Bearer wrong' });
  assert.is(refused(answer, 401, 'Unauthorized').reason, 'Unauthorized');
});

questions.run();
