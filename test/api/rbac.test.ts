import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectKube, type KubeObject } from '../../sandbox/kube.ts';
import { install } from '../../sandbox/install.ts';
import { readManifests } from '../../sandbox/manifests.ts';
import { startTestApi } from '../kubernetes-api.ts';
import { until } from './requests.ts';

const EVENTING = join(import.meta.dirname, '../../eventing');
const FUNCTIONS = ['start', 'iterate', 'finish'];
const rights = suite('rights of the service accounts');

const server = await startTestApi();
const kube = await connectKube(server.kubeconfig);

/** What is asked for: a verb, resource[.group][/subresource], and the namespace, if only one. */
type Right = [verb: string, resource: string, namespace?: string];

const NEEDED: Right[] = [
  ['get', 'experiments.iter8.tools', 'team'],
  ['patch', 'experiments.iter8.tools', 'team'],
  ['update', 'experiments.iter8.tools/status', 'team'],
  ['get', 'inferenceservices.serving.kserve.io', 'team'],
  ['patch', 'inferenceservices.serving.kserve.io', 'team'],
  ['patch', 'virtualservices.networking.istio.io', 'team'],
  ['patch', 'httproutes.gateway.networking.k8s.io', 'team'],
  ['patch', 'services.serving.knative.dev', 'team'],
  ['patch', 'trafficsplits.split.smi-spec.io', 'team'],
  ['create', 'events', 'team'],
];

const LIST: Right = ['list', 'experiments.iter8.tools'];
const METRICS: Right = ['get', 'metrics.iter8.tools', 'team'];
const CONSENT: Right = ['get', 'namespaces'];

/** What some functions have to do and the others must not. */
const NEEDED_BY: Record<string, Right[]> = {
  start: [LIST, METRICS, CONSENT],
  iterate: [LIST, CONSENT],
  finish: [],
};

const FORBIDDEN: Right[] = [
  ['get', 'secrets', 'team'],
  ['get', 'secrets', 'iter8-system'],
  ['list', 'secrets', 'iter8-system'],
  ['list', 'secrets'],
  ['create', 'jobs.batch', 'iter8-system'],
  ['create', 'pods', 'team'],
  ['create', 'pods/exec', 'team'],
  ['create', 'experiments.iter8.tools', 'team'],
  ['update', 'experiments.iter8.tools', 'team'],
  ['delete', 'experiments.iter8.tools', 'team'],
  ['patch', 'metrics.iter8.tools', 'team'],
  ['update', 'inferenceservices.serving.kserve.io', 'team'],
  ['patch', 'inferenceservices.serving.kserve.io/status', 'team'],
  ['delete', 'inferenceservices.serving.kserve.io', 'team'],
  ['patch', 'services', 'team'],
  ['patch', 'configmaps', 'team'],
  ['patch', 'deployments.apps', 'team'],
  ['create', 'rolebindings.rbac.authorization.k8s.io', 'team'],
  ['patch', 'clusterroles.rbac.authorization.k8s.io'],
  ['patch', 'namespaces'],
  ['impersonate', 'users'],
];

const SOURCES_FORBIDDEN: Right[] = [
  ['update', 'experiments.iter8.tools/status', 'team'],
  ['patch', 'experiments.iter8.tools', 'team'],
  ['get', 'secrets', 'iter8-system'],
  ['get', 'inferenceservices.serving.kserve.io', 'team'],
];

async function can(account: string, [verb, what, namespace]: Right): Promise<boolean> {
  const [path = '', subresource] = what.split('/');
  const [resource, ...group] = path.split('.');
  const resourceAttributes = { verb, resource, group: group.join('.'), subresource, namespace };
  const user = `system:serviceaccount:iter8-system:${account}`;
  const { status } = await kube.create<{ status: { allowed: boolean } }>(
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user,
        groups: ['system:serviceaccounts', 'system:authenticated'],
        resourceAttributes,
      },
    },
  );
  return status.allowed;
}

async function each(account: string, list: readonly Right[], expected: boolean): Promise<void> {
  const answers = await Promise.all(list.map((right) => can(account, right)));
  const wrong = list.filter((_, index) => answers[index] !== expected);
  assert.equal(wrong, [], `${account} ${expected ? 'lacks' : 'has'} these`);
}

function apply(...objects: KubeObject[]): Promise<void> {
  return install(kube, objects);
}

rights.before(async () => {
  const rbac = readdirSync(join(EVENTING, 'rbac')).map((file) => join('rbac', file));
  const files = ['namespace.yaml', ...rbac].map((file) => join(EVENTING, file));
  await apply(...files.flatMap(readManifests));
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  // A controller of the API server gathers the aggregated rules in its own time.
  await until(() => can('iter8-iterate', ['patch', 'virtualservices.networking.istio.io', 'team']));
});

rights.after(async () => {
  await server.stop();
});

for (const name of FUNCTIONS) {
  const own = NEEDED_BY[name]!;
  const others = [LIST, METRICS, CONSENT].filter((right) => !own.includes(right));
  rights(`iter8-${name} may do what it has to`, async () => {
    await each(`iter8-${name}`, [...NEEDED, ...own], true);
  });
  rights(`iter8-${name} may do nothing that it could be made to misuse`, async () => {
    await each(`iter8-${name}`, [...FORBIDDEN, ...others], false);
  });
}

rights('the sources may watch experiments and nothing else', async () => {
  await each('iter8-sources', [['watch', 'experiments.iter8.tools']], true);
  await each('iter8-sources', SOURCES_FORBIDDEN, false);
});

rights('a Secret can be read once its namespace says so, by iterate alone', async () => {
  const secret: Right = ['get', 'secrets', 'team'];
  await apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'iter8-read-secrets', namespace: 'team' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'iter8-read-secrets',
    },
    subjects: [{ kind: 'ServiceAccount', name: 'iter8-iterate', namespace: 'iter8-system' }],
  });
  await until(() => can('iter8-iterate', secret));
  assert.not(await can('iter8-iterate', ['list', 'secrets', 'team']));
  assert.not(await can('iter8-start', secret));
  assert.not(await can('iter8-finish', secret));
});

rights('a further kind of weight object needs one labelled ClusterRole', async () => {
  const thing: Right = ['patch', 'things.example.com', 'team'];
  assert.not(await can('iter8-iterate', thing));
  await apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: 'iter8-weight-object-thing',
      labels: { 'iter8.tools/aggregate-to-weight-objects': 'true' },
    },
    rules: [{ apiGroups: ['example.com'], resources: ['things'], verbs: ['get', 'patch'] }],
  });
  await until(() => can('iter8-iterate', thing));
});

rights.run();
