// The client library that most Node programs use.
import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  makeInformer,
  setHeaderOptions,
  Watch,
  type KubernetesListObject,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startCluster, type Cluster } from './cluster.ts';
import { until } from './requests.ts';

interface Widget extends KubernetesObject {
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}

let cluster: Cluster;
let config: KubeConfig;
let widgets: CustomObjectsApi;
let core: CoreV1Api;
let where: { group: string; version: string; namespace: string; plural: string };

const client = suite('@kubernetes/client-node');

client.before(async () => {
  cluster = await startCluster('client');
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  widgets = config.makeApiClient(CustomObjectsApi);
  core = config.makeApiClient(CoreV1Api);
  const { group, namespace } = cluster;
  where = { group, namespace, version: 'v1', plural: 'widgets' };
});
client.after(() => cluster.stop());

async function create(name: string, more: object = {}): Promise<Widget> {
  const body = cluster.widget(name, more);
  return (await widgets.createNamespacedCustomObject({ ...where, body })) as Widget;
}

async function list(more: object = {}): Promise<KubernetesListObject<Widget>> {
  const found: unknown = await widgets.listNamespacedCustomObject({ ...where, ...more });
  return found as KubernetesListObject<Widget>;
}

const typed = (kind: string) => setHeaderOptions('Content-Type', `application/${kind}`);

/** The HTTP status of a refusal, and the reason in its body. */
async function refusal(call: Promise<unknown>): Promise<[code: number, reason: string]> {
  try {
    await call;
  } catch (error) {
    assert.instance(error, ApiException);
    const { code, body } = error as ApiException<string>;
    return [code, (JSON.parse(body) as { reason: string }).reason];
  }
  throw new Error('it was let through');
}

client('creates, reads and deletes', async () => {
  const created = await create('simple');
  assert.equal(created.spec, { color: 'red', minSize: 1, maxSize: 10 });
  const target = { ...where, name: 'simple' };
  assert.equal(await widgets.getNamespacedCustomObject(target), created);
  const { status } = (await widgets.deleteNamespacedCustomObject(target)) as { status: string };
  assert.is(status, 'Success');
});

client('reads built-in kinds', async () => {
  const { items } = await core.listNamespace();
  assert.ok(items.some(({ metadata }) => metadata?.name === cluster.namespace));
  const name = 'settings';
  const body = { metadata: { name }, data: { a: 'b' } };
  await core.createNamespacedConfigMap({ namespace: cluster.namespace, body });
  const read = await core.readNamespacedConfigMap({ namespace: cluster.namespace, name });
  assert.equal(read.data, { a: 'b' });
  assert.instance(read.metadata?.creationTimestamp, Date);
});

client('gets refusals with their code and reason', async () => {
  const missing = widgets.getNamespacedCustomObject({ ...where, name: 'none' });
  assert.equal(await refusal(missing), [404, 'NotFound']);
  assert.equal(await refusal(create('wrong', { spec: { color: 'pink' } })), [422, 'Invalid']);
  await create('twice');
  assert.equal(await refusal(create('twice')), [409, 'AlreadyExists']);
});

client('replaces, and conflicts with a stale object', async () => {
  const before = await create('replaced');
  const replace = (minSize: number) => {
    const body = { ...before, spec: { color: 'red', minSize } };
    return widgets.replaceNamespacedCustomObject({ ...where, name: 'replaced', body });
  };
  assert.is(((await replace(2)) as Widget).spec['minSize'], 2);
  assert.equal(await refusal(replace(3)), [409, 'Conflict']);
});

client('patches a status in three ways', async () => {
  await create('patched');
  const patch = async (kind: string, body: object, more: object = {}): Promise<Widget> => {
    const target = { ...where, name: 'patched', body, ...more };
    return (await widgets.patchNamespacedCustomObjectStatus(target, typed(kind))) as Widget;
  };
  const merged = await patch('merge-patch+json', { status: { phase: 'Merged' } });
  assert.equal(merged.status, { phase: 'Merged' });
  const operation = { op: 'replace', path: '/status/phase', value: 'Replaced' };
  const replaced = await patch('json-patch+json', [operation]);
  assert.equal(replaced.status, { phase: 'Replaced' });
  const body = { ...cluster.widget('patched'), spec: undefined, status: { phase: 'Applied' } };
  const manner = { fieldManager: 'tests', force: true };
  const applied = await patch('apply-patch+yaml', body, manner);
  assert.equal(applied.status, { phase: 'Applied' });
  const owners = (applied.metadata?.managedFields ?? []).map((one) => one.manager);
  assert.ok(owners.includes('tests'));
  assert.is(applied.metadata?.generation, 1);
});

client('lists in pages and by selectors', async () => {
  for (const name of ['page-1', 'page-2', 'page-3']) {
    await create(name, { spec: { color: 'blue' }, metadata: { labels: { of: 'pages' } } });
  }
  const names: unknown[] = [];
  let token: string | undefined;
  do {
    const page = await list({ labelSelector: 'of=pages', limit: 2, _continue: token });
    names.push(...page.items.map(({ metadata }) => metadata?.name));
    token = page.metadata?._continue ?? (page.metadata as { continue?: string }).continue;
  } while (token);
  assert.equal(names, ['page-1', 'page-2', 'page-3']);
  const chosen = await list({ fieldSelector: 'spec.color=blue,metadata.name=page-2' });
  assert.is(chosen.items.length, 1);
});

client('watches', async () => {
  const { metadata } = await list();
  const seen: string[] = [];
  const request = await new Watch(config).watch(
    cluster.widgets,
    { resourceVersion: metadata?.resourceVersion, labelSelector: 'of=watch' },
    (type, { metadata: { name } }: { metadata: { name: string } }) => seen.push(`${type} ${name}`),
    () => undefined,
  );
  await create('watched', { metadata: { labels: { of: 'watch' } } });
  const target = { ...where, name: 'watched' };
  const body = { status: { phase: 'x' } };
  await widgets.patchNamespacedCustomObjectStatus({ ...target, body }, typed('merge-patch+json'));
  await widgets.deleteNamespacedCustomObject(target);
  await until(() => seen.length === 3);
  assert.equal(seen, ['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  request.abort();
});

client('keeps an informer up to date', async () => {
  const labelSelector = 'of=informer';
  await create('before', { metadata: { labels: { of: 'informer' } } });
  const seen: string[] = [];
  const informer = makeInformer(
    config,
    cluster.widgets,
    () => list({ labelSelector }),
    labelSelector,
  );
  for (const verb of ['add', 'update', 'delete'] as const) {
    informer.on(verb, ({ metadata }) => seen.push(`${verb} ${metadata?.name}`));
  }
  await informer.start();
  await until(() => seen.includes('add before'));
  await create('during', { metadata: { labels: { of: 'informer' } } });
  const target = { ...where, name: 'before' };
  const body = { spec: { minSize: 2 } };
  await widgets.patchNamespacedCustomObject({ ...target, body }, typed('merge-patch+json'));
  await until(() => seen.includes('update before'));
  assert.is(informer.get('before', cluster.namespace)?.spec['minSize'], 2);
  await widgets.deleteNamespacedCustomObject(target);
  await until(() => seen.includes('delete before'));
  assert.equal(
    informer.list(cluster.namespace).map(({ metadata }) => metadata?.name),
    ['during'],
  );
  await informer.stop();
});

client('writes events', async () => {
  const { apiVersion, kind, metadata } = await create('eventful');
  const { namespace } = cluster;
  const { name, uid } = metadata!;
  const now = new Date();
  const body = {
    metadata: { generateName: 'eventful-' },
    involvedObject: { apiVersion, kind, name, namespace, uid },
    ...{ reason: 'Tested', message: 'hello', type: 'Normal', count: 1 },
    ...{ firstTimestamp: now, lastTimestamp: now },
  };
  const event = await core.createNamespacedEvent({ namespace, body });
  assert.match(event.metadata.name ?? '', /^eventful-[a-z0-9]{5}$/);
  const fieldSelector = `involvedObject.uid=${uid}`;
  const found = await core.listNamespacedEvent({ namespace, fieldSelector });
  assert.is(found.items[0]?.message, 'hello');
});

client('is refused where it has no right', async () => {
  const token = await core.createNamespacedServiceAccountToken({
    name: 'default',
    namespace: cluster.namespace,
    body: { spec: { audiences: [] } },
  });
  const account = new KubeConfig();
  account.loadFromClusterAndUser(config.getCurrentCluster()!, {
    name: 'default',
    token: token.status?.token,
  });
  const call = account.makeApiClient(CustomObjectsApi).listNamespacedCustomObject(where);
  assert.equal(await refusal(call), [403, 'Forbidden']);
});

client.run();
