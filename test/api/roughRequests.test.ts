// Requests that no client should send, after which the server has to be as it was.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startCluster, type Cluster } from './cluster.ts';

const rough = suite('a rough request');
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
let cluster: Cluster;

rough.before(async () => {
  cluster = await startCluster('rough');
});
rough.after(() => cluster.stop());
rough.after.each(async () => {
  assert.is((await cluster.get('/api/v1/namespaces/default')).status, 200);
});

rough('with a path that cannot be decoded is refused', async () => {
  assert.is((await cluster.get('/api/v1/namespaces/%ZZ')).status, 400);
});

rough('may have fields of any script, which are told of as unknown', async () => {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'script', 名: 'x' } };
  assert.is((await cluster.post(`${cluster.core}/configmaps`, body)).status, 201);
});

rough('to delete a status deletes nothing', async () => {
  await cluster.create('kept');
  const path = `${cluster.widgets}/kept`;
  assert.is((await cluster.remove(`${path}/status`)).status, 405);
  assert.is((await cluster.get(path)).status, 200);
});

const BINDING = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
};
const ROLE = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };

for (const [what, plural, body] of [
  ['subjects', 'clusterrolebindings', { ...BINDING, subjects: { kind: 'User', name: 'x' } }],
  ['rules', 'clusterroles', { ...ROLE, rules: { verbs: ['get'] } }],
  ['verbs', 'clusterroles', { ...ROLE, rules: [{ verbs: 'get' }] }],
  [
    'selectors',
    'clusterroles',
    { ...ROLE, rules: [], aggregationRule: { clusterRoleSelectors: { matchLabels: {} } } },
  ],
] as const) {
  rough(`that grants rights with ${what} of a wrong shape is refused`, async () => {
    const metadata = { name: `rough-${what}-${cluster.namespace}` };
    assert.is((await cluster.post(`${RBAC}/${plural}`, { ...body, metadata })).status, 400);
  });
}

rough.run();
