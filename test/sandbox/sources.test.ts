import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Message } from '../../sandbox/delivery.ts';
import type { Stoppable } from '../../sandbox/http.ts';
import type { Kube, KubeObject, Query, WatchHandlers } from '../../sandbox/kube.ts';
import {
  formatSelector,
  pingMessage,
  resourceMessage,
  startApiServerSource,
  startPingSource,
} from '../../sandbox/sources.ts';
import { referenceJson } from '../shared.ts';
import { startStub, type Answer, type Stub } from '../stub-server.ts';
import { until } from './until.ts';

type Captured = {
  request: { headers: Record<string, string>; bodyJson?: unknown; bodyText?: string };
};

/** Attributes that differ from event to event. */
const VARYING = ['ce-id', 'ce-time'];
const OF_TRANSPORT = ['host', 'user-agent', 'content-length', 'accept-encoding'];

function comparable(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]): [string, string] => [name.toLowerCase(), value])
      .filter(([name]) => !OF_TRANSPORT.includes(name))
      .map(([name, value]) => [name, VARYING.includes(name) ? typeof value : value]),
  );
}

function assertSame(message: Message, { request }: Captured): void {
  assert.equal(comparable(message.headers), comparable(request.headers));
  const body: unknown = message.body === '' ? undefined : JSON.parse(message.body);
  assert.equal(body, request.bodyJson);
}

const events = suite('events of the sources');

for (const [verb, file] of [
  ['add', 'add'],
  ['delete', 'delete'],
  ['update', 'update-annotation'],
  ['update', 'update-deletiontimestamp'],
  ['update', 'update-finalizer'],
  ['update', 'update-spec'],
  ['update', 'update-status'],
] as const) {
  events(`are those of a real ApiServerSource: ${file}`, () => {
    const captured = referenceJson<Captured>(`events/apiserversource-resource-${file}.json`);
    if (captured === undefined) return;
    const change = { server: 'https://127.0.0.1:26443', verb, plural: 'experiments' };
    assertSame(resourceMessage(change, captured.request.bodyJson as KubeObject), captured);
  });
}

for (const [file, name, spec] of [
  ['data', 'tick', { contentType: 'application/json', data: '{"reason":"tick"}' }],
  ['nodata-ceoverrides', 'tick-nodata', { ceOverrides: { extensions: { tickname: 'nodata' } } }],
] as const) {
  events(`are those of a real PingSource: ${file}`, () => {
    const captured = referenceJson<Captured>(`events/pingsource-tick-${file}.json`);
    if (captured === undefined) return;
    const metadata = { name, namespace: 'exp' };
    const kind = { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource' };
    assertSame(pingMessage({ ...kind, metadata, spec }), captured);
  });
}

events('have an id of their own each', () => {
  const manifest = { apiVersion: 'v1', kind: 'PingSource', metadata: { name: 'tick' }, spec: {} };
  const ids = [pingMessage(manifest), pingMessage(manifest)].map(({ headers }) => headers['ce-id']);
  assert.is.not(ids[0], ids[1]);
});

const selectors = suite('a label selector');

selectors('is written as the API server reads it', () => {
  const matchExpressions = [
    { key: 'a', operator: 'DoesNotExist' },
    { key: 'b', operator: 'Exists' },
    { key: 'c', operator: 'In', values: ['1', '2'] },
    { key: 'd', operator: 'NotIn', values: ['3'] },
  ];
  const text = formatSelector({ matchLabels: { stage: 'Finishing' }, matchExpressions });
  assert.is(text, 'stage=Finishing,!a,b,c in (1,2),d notin (3)');
  const unknown = { key: 'a', operator: 'Near' };
  assert.throws(() => formatSelector({ matchExpressions: [unknown] }), 'Near');
});

const running: Stoppable[] = [];

async function stopAll(): Promise<void> {
  for (const part of running.splice(0).reverse()) await part.stop();
}

async function keep<T extends Stoppable>(part: T | Promise<T>): Promise<T> {
  running.push(await part);
  return part;
}

type Watched = { path: string; query: Query; handlers: WatchHandlers<KubeObject> };

/** An API server that only tells what is watched. */
function fakeKube(): { kube: Kube; watched: Watched[] } {
  const watched: Watched[] = [];
  const kube = {
    server: 'https://api',
    get: () => Promise.resolve({ resources: [{ name: 'experiments', kind: 'Experiment' }] }),
    watch: async (path: string, query: Query, handlers: WatchHandlers<KubeObject>) => {
      watched.push({ path, query, handlers });
      await handlers.listed?.([experiment('old')]);
      return { stop: () => Promise.resolve() };
    },
  };
  return { kube: kube as unknown as Kube, watched };
}

function experiment(name: string): KubeObject {
  const metadata = { name, namespace: 'test', uid: '1' };
  return { apiVersion: 'iter8.tools/v2alpha2', kind: 'Experiment', metadata };
}

function sourceManifest(spec: object = {}): KubeObject {
  const resource = {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    selector: { matchExpressions: [{ key: 'stage', operator: 'DoesNotExist' }] },
  };
  const ceOverrides = { extensions: { iter8stage: 'new' } };
  return {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'ApiServerSource',
    metadata: { name: 'new', namespace: 'iter8-system' },
    spec: { mode: 'Resource', namespaceSelector: {}, resources: [resource], ceOverrides, ...spec },
  };
}

function startSink(answer: () => Answer | Promise<Answer>): Promise<Stub> {
  return keep(startStub(answer));
}

const taken = (): Answer => ({ status: 202, text: '' });

const apiServerSource = suite('an ApiServerSource');
apiServerSource.after.each(stopAll);

apiServerSource('tells of changes, but not of what was there before', async () => {
  const sink = await startSink(taken);
  const { kube, watched } = fakeKube();
  await keep(startApiServerSource(kube, sourceManifest(), { sink: sink.url }));
  assert.is(watched[0]!.path, '/apis/iter8.tools/v2alpha2/experiments');
  assert.equal(watched[0]!.query, { labelSelector: '!stage' });
  await watched[0]!.handlers.changed('ADDED', experiment('a'));
  await watched[0]!.handlers.changed('DELETED', experiment('a'));
  const seen = sink.asked.map(({ headers }) => [headers['ce-type'], headers['ce-iter8stage']]);
  assert.equal(seen, [
    ['dev.knative.apiserver.resource.add', 'new'],
    ['dev.knative.apiserver.resource.delete', 'new'],
  ]);
});

apiServerSource('sees its own namespace where it selects none', async () => {
  const { kube, watched } = fakeKube();
  const manifest = sourceManifest({ namespaceSelector: undefined });
  await keep(startApiServerSource(kube, manifest, { sink: 'http://127.0.0.1' }));
  assert.is(watched[0]!.path, '/apis/iter8.tools/v2alpha2/namespaces/iter8-system/experiments');
});

apiServerSource('is refused in a mode that is not played', async () => {
  try {
    await startApiServerSource(fakeKube().kube, sourceManifest({ mode: 'Reference' }), {
      sink: 'http://127.0.0.1',
    });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'mode must be Resource');
  }
});

for (const [status, tries] of [
  [503, 2],
  [429, 2],
  [404, 2],
  [500, 1],
  [409, 1],
  [400, 1],
] as const) {
  const what = tries === 1 ? 'loses an event' : 'tries again';
  apiServerSource(`${what} when the sink answers ${status}`, async () => {
    const answers: Answer[] = [{ status, text: '' }];
    const sink = await startSink(() => answers.pop() ?? taken());
    const { kube, watched } = fakeKube();
    await keep(startApiServerSource(kube, sourceManifest(), { sink: sink.url }));
    await watched[0]!.handlers.changed('ADDED', experiment('a'));
    assert.is(sink.asked.length, tries);
    assert.is(new Set(sink.asked.map(({ headers }) => headers['ce-id'])).size, 1);
  });
}

apiServerSource('with faults loses events or sends them several times', async () => {
  const sink = await startSink(taken);
  const { kube, watched } = fakeKube();
  for (const faults of [{ lose: true }, { copies: 3 }]) {
    await keep(startApiServerSource(kube, sourceManifest(), { sink: sink.url, faults }));
  }
  await watched[0]!.handlers.changed('ADDED', experiment('lost'));
  await watched[1]!.handlers.changed('ADDED', experiment('copied'));
  assert.equal(
    sink.asked.map(({ headers }) => headers['ce-name']),
    ['copied', 'copied', 'copied'],
  );
});

const pingSource = suite('a PingSource');
pingSource.after.each(stopAll);

pingSource('ticks without waiting for the tick before', async () => {
  let open = 0;
  let most = 0;
  const sink = await startSink(async () => {
    most = Math.max(most, ++open);
    await until(() => sink.asked.length >= 3);
    open -= 1;
    return taken();
  });
  const manifest = { apiVersion: 'v1', kind: 'PingSource', metadata: { name: 'tick' }, spec: {} };
  await keep(startPingSource(manifest, 10, { sink: sink.url }));
  await until(() => sink.asked.length >= 3);
  assert.ok(most > 1, 'they overlap');
  const ids = sink.asked.map(({ headers }) => headers['ce-id']);
  assert.is(new Set(ids).size, ids.length);
});

events.run();
selectors.run();
apiServerSource.run();
pingSource.run();
