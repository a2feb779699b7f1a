import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../functions/lib/kubernetes/failure.ts';
import { objectsOf } from '../../functions/lib/kubernetes/objects.ts';
import { failure, fakeApi, thrownBy, type FakeApi } from './fake-api.ts';

const objects = suite('objects of any kind');

/** Kinds are remembered for as long as the process lives: each test has a group of its own. */
let groups = 0;
const newGroup = (): string => `g${++groups}.test/v1`;

const ROUTE = { kind: 'Route', namespace: 'team', name: 'main' };

function server(apiVersion: string, root = `/apis/${apiVersion}`): FakeApi {
  const resources = [
    { name: 'routes/status', kind: 'Route', namespaced: true },
    { name: 'routes', kind: 'Route', namespaced: true },
    { name: 'gates', kind: 'Gate', namespaced: false },
  ];
  return fakeApi(({ path }) => (path === root ? { resources } : { path }));
}

objects('are found by asking once which resource a kind has', async () => {
  const apiVersion = newGroup();
  const { api, asked } = server(apiVersion);
  const ref = { ...ROUTE, apiVersion };
  await objectsOf(api).get(ref);
  await objectsOf(api).get({ ...ref, name: 'second' });
  await objectsOf(api).patch(ref, {}, 'application/merge-patch+json');
  assert.equal(
    asked.map(({ method, path }) => `${method} ${path}`),
    [
      `GET /apis/${apiVersion}`,
      `GET /apis/${apiVersion}/namespaces/team/routes/main`,
      `GET /apis/${apiVersion}/namespaces/team/routes/second`,
      `PATCH /apis/${apiVersion}/namespaces/team/routes/main`,
    ],
  );
});

objects('of KServe need no question about their resource', async () => {
  const { api, asked } = fakeApi(() => ({}));
  const apiVersion = 'serving.kserve.io/v1beta1';
  await objectsOf(api).get({ ...ROUTE, apiVersion, kind: 'InferenceService' });
  assert.is(asked.length, 1);
  assert.match(asked[0]!.path, /\/v1beta1\/namespaces\/team\/inferenceservices\/main$/);
});

objects('of the core group are found below /api', async () => {
  const { api, asked } = fakeApi(({ path }) =>
    path === '/api/v1'
      ? { resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }] }
      : {},
  );
  await objectsOf(api).get({ ...ROUTE, apiVersion: 'v1', kind: 'ConfigMap' });
  // What is known of the core group may be known from before.
  assert.is(asked.at(-1)?.path, '/api/v1/namespaces/team/configmaps/main');
});

objects('that do not exist, or whose kind or group does not, give nothing', async () => {
  const apiVersion = newGroup();
  const { api } = server(apiVersion);
  assert.is(await objectsOf(api).get({ ...ROUTE, apiVersion, kind: 'Unheard' }), undefined);
  const gone = fakeApi(() => failure('NotFound'));
  assert.is(await objectsOf(gone.api).get({ ...ROUTE, apiVersion: newGroup() }), undefined);
});

objects('of a kind that does not exist cannot be patched, and the message names it', async () => {
  const apiVersion = newGroup();
  const { api } = server(apiVersion);
  const ref = { ...ROUTE, apiVersion, kind: 'Unheard' };
  const error = await thrownBy(() => objectsOf(api).patch(ref, {}, 'application/json'));
  assert.ok(isFailure(error, 'NotFound'));
  assert.match(error.message, `${apiVersion} has no kind Unheard`);
});

objects('of a kind without namespaces are no targets', async () => {
  const apiVersion = newGroup();
  const { api, asked } = server(apiVersion);
  const ref = { ...ROUTE, apiVersion, kind: 'Gate' };
  const error = await thrownBy(() => objectsOf(api).patch(ref, {}, 'application/json'));
  assert.ok(isFailure(error, 'NotFound'));
  assert.match(error.message, 'not namespaced');
  assert.is(asked.length, 1, 'nothing is patched');
});

objects('are asked for again where the first question failed', async () => {
  const apiVersion = newGroup();
  let isUp = false;
  const up = server(apiVersion);
  const { api } = fakeApi((request) => (isUp ? up.api(request) : failure('Unavailable')));
  const ref = { ...ROUTE, apiVersion };
  const error = await thrownBy(() => objectsOf(api).get(ref));
  assert.ok(isFailure(error, 'Unavailable'));
  isUp = true;
  assert.ok(await objectsOf(api).get(ref));
});

objects('have names that stay one segment of the path', async () => {
  const apiVersion = newGroup();
  const { api, asked } = server(apiVersion);
  await objectsOf(api).get({ apiVersion, kind: 'Route', namespace: 'a/../b', name: 'x?y=1' });
  assert.is(asked[1]?.path, `/apis/${apiVersion}/namespaces/a%2F..%2Fb/routes/x%3Fy%3D1`);
});

objects('are patched with the body and type given, and what is refused is thrown', async () => {
  const apiVersion = newGroup();
  const { api, asked } = server(apiVersion);
  const ref = { ...ROUTE, apiVersion };
  const body = [{ op: 'replace', path: '/spec/weight', value: 1 }];
  await objectsOf(api).patch(ref, body, 'application/json-patch+json');
  assert.equal(asked[1]?.body, body);
  assert.is(asked[1]?.contentType, 'application/json-patch+json');
  for (const kind of ['Conflict', 'NotFound', 'Forbidden'] as const) {
    const refusing = fakeApi(({ method }) => (method === 'PATCH' ? failure(kind) : {}));
    const error = await thrownBy(() =>
      objectsOf(refusing.api).patch(ref, body, 'application/json'),
    );
    assert.ok(isFailure(error, kind));
  }
});

objects.run();
