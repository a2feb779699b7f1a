import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mock } from 'node:test';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type Api, type ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { Failure, type FailureKind } from '../../functions/lib/kubernetes/failure.ts';
import {
  deadUrl,
  startStub,
  TOKEN,
  writeKubeconfig,
  type Answer,
  type Asked,
  type Stub,
} from '../stub-server.ts';
import { thrownBy } from './fake-api.ts';

const GET: ApiRequest = { method: 'GET', path: '/apis/group/v1/things/one' };

let stub: Stub;
let answer: (asked: Asked) => Answer;

const answers = suite('the API server answers');
const silences = suite('the API server does not answer as it should');
const requests = suite('a request to the API server');

for (const one of [answers, silences, requests]) {
  one.before(async () => {
    stub = await startStub((asked) => answer(asked));
  });
  one.before.each(() => {
    stub.asked.length = 0;
    answer = () => ({ json: {} });
  });
  one.after(() => stub.stop());
}

/** A client of a server, through a kubeconfig file that is there while it is read. */
function clientOf(server: string, timeoutMs?: number, user?: object): Api {
  const kubeconfig = writeKubeconfig(server, user);
  try {
    return connectBy(kubeconfig.path, timeoutMs);
  } finally {
    kubeconfig.remove();
  }
}

function connectBy(path: string, timeoutMs?: number): Api {
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = path;
  try {
    return connect(timeoutMs);
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
}

async function failureOf(attempt: () => Promise<unknown>): Promise<Failure> {
  const error = await thrownBy(attempt);
  assert.instance(error, Failure, `expected a Failure, found: ${error.stack ?? ''}`);
  return error as Failure;
}

const KINDS: [number, FailureKind][] = [
  [400, 'Invalid'],
  [401, 'Unavailable'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [410, 'Unavailable'],
  [413, 'Invalid'],
  [422, 'Invalid'],
  [429, 'Unavailable'],
  [500, 'Unavailable'],
  [503, 'Unavailable'],
  [302, 'Unavailable'],
];

for (const [status, kind] of KINDS) {
  answers(
    `${status} is the failure ${kind}, with verb, path, status and the server's words`,
    async () => {
      const message = `the server's own words about ${status}`;
      answer = () => ({
        status,
        json: { kind: 'Status', status: 'Failure', message, code: status },
        headers: { location: 'http://elsewhere.invalid/', 'set-cookie': 'session=very-private' },
      });
      const error = await failureOf(() =>
        clientOf(stub.url)({ ...GET, method: 'PUT', body: { password: 'in-the-body' } }),
      );
      assert.is(error.kind, kind);
      assert.is(error.message, `PUT /apis/group/v1/things/one: ${status}: ${message}`);
      assert.is(stub.asked.length, 1, 'a refusal is not tried again by the client');
    },
  );
}

answers('a refusal tells nothing that was sent and no header of the answer', async () => {
  answer = () => ({ status: 500, text: '<html>oops</html>', headers: { 'x-internal': 'private' } });
  const error = await failureOf(() =>
    clientOf(stub.url)({ ...GET, method: 'PATCH', body: { password: 'in-the-body' } }),
  );
  assert.is(error.message, 'PATCH /apis/group/v1/things/one: 500: no message');
  const everything = `${inspect(error, { depth: 10 })} ${JSON.stringify(error)}`;
  for (const secret of [TOKEN, 'in-the-body', 'private', 'oops', 'Bearer']) {
    assert.not.match(everything, secret);
  }
});

answers('an endless message of the server is cut', async () => {
  answer = () => ({ status: 422, json: { message: 'x'.repeat(100_000) } });
  const error = await failureOf(() => clientOf(stub.url)(GET));
  assert.ok(error.message.length < 1100);
});

answers('an object comes back with every field it had', async () => {
  const object = { apiVersion: 'g/v1', spec: { unknownToAll: { deep: [1, null, 'ä'] } } };
  answer = () => ({ json: object });
  assert.equal(await clientOf(stub.url)(GET), object);
});

silences('no answer in time is the failure Unavailable', async () => {
  answer = () => 'hang';
  const error = await failureOf(() => clientOf(stub.url, 50)(GET));
  assert.is(error.kind, 'Unavailable');
  assert.match(error.message, /^GET \/apis\/group\/v1\/things\/one: .*no answer in time/);
});

silences('half an answer and then nothing is the failure Unavailable', async () => {
  answer = () => ({ begin: '{"kind":' });
  const error = await failureOf(() => clientOf(stub.url, 100)(GET));
  assert.is(error.kind, 'Unavailable');
  assert.match(error.message, 'no answer in time');
});

silences('a request ends, as unavailable, when the caller’s deadline passes', async () => {
  answer = () => 'hang';
  const signal = AbortSignal.timeout(50);
  const error = await failureOf(() => clientOf(stub.url)({ ...GET, signal }));
  assert.is(error.kind, 'Unavailable');
  assert.match(error.message, 'no answer in time');
});

silences('nothing is sent after the caller’s deadline', async () => {
  const error = await failureOf(() =>
    clientOf(stub.url)({ ...GET, signal: AbortSignal.abort(new Error('late')) }),
  );
  assert.is(error.kind, 'Unavailable');
  assert.is(stub.asked.length, 0);
});

silences('a connection that breaks is the failure Unavailable', async () => {
  answer = () => 'reset';
  const error = await failureOf(() => clientOf(stub.url)(GET));
  assert.is(error.kind, 'Unavailable');
  assert.match(error.message, 'ECONNRESET');
});

silences('a refused connection is the failure Unavailable', async () => {
  const error = await failureOf(() => clientOf('http://127.0.0.1:1')(GET));
  assert.is(error.kind, 'Unavailable');
  const dead = await deadUrl();
  const refused = await failureOf(() => clientOf(dead)(GET));
  assert.match(refused.message, 'ECONNREFUSED');
});

silences('a success that is no JSON is the failure Unavailable', async () => {
  answer = () => ({ text: '<html>please log in</html>' });
  const error = await failureOf(() => clientOf(stub.url)(GET));
  assert.is(error.kind, 'Unavailable');
  assert.not.match(error.message, 'log in');
});

silences('an answer larger than 64 MiB is given up', async () => {
  const part = 'x'.repeat(1024 * 1024);
  answer = () => ({ text: part.repeat(65) });
  const error = await failureOf(() => clientOf(stub.url)(GET));
  assert.is(error.kind, 'Unavailable');
  assert.match(error.message, 'larger than');
});

silences('credentials that cannot be read are the failure Unavailable', async () => {
  const authProvider = { name: 'tokenFile', config: { tokenFile: '/nowhere/token' } };
  const api = clientOf(stub.url, undefined, { 'auth-provider': authProvider });
  const error = await failureOf(() => api(GET));
  assert.is(error.kind, 'Unavailable');
  assert.match(error.message, 'ENOENT');
  assert.is(stub.asked.length, 0);
});

silences('a kubeconfig without a current cluster gives no client', () => {
  const kubeconfig = writeKubeconfig('http://unused.invalid');
  writeFileSync(kubeconfig.path, '{"apiVersion":"v1","kind":"Config","clusters":[]}');
  try {
    assert.throws(() => connectBy(kubeconfig.path), /no cluster in KUBECONFIG/);
  } finally {
    kubeconfig.remove();
  }
});

requests('carries the token, the verb, the query and a JSON body', async () => {
  const body = { spec: { text: 'größer' } };
  await clientOf(stub.url)({
    method: 'PATCH',
    path: '/api/v1/namespaces/a%2Fb/things',
    query: { fieldSelector: 'status.stage!=Completed' },
    body,
    contentType: 'application/merge-patch+json',
  });
  const [asked] = stub.asked;
  assert.is(asked?.method, 'PATCH');
  assert.is(asked?.path, '/api/v1/namespaces/a%2Fb/things');
  assert.is(asked?.query.get('fieldSelector'), 'status.stage!=Completed');
  assert.equal(JSON.parse(asked?.text ?? ''), body);
  assert.is(asked?.headers['content-type'], 'application/merge-patch+json');
  assert.is(asked?.headers.authorization, `Bearer ${TOKEN}`);
});

requests('keeps a path of the server in front of its own', async () => {
  await clientOf(`${stub.url}/clusters/c1/`)(GET);
  assert.is(stub.asked[0]?.path, '/clusters/c1/apis/group/v1/things/one');
});

for (const path of ['/api/../secrets', '/api/v1/./x', '/api/v1/a/..', '/api/v1/a/', '/api//b']) {
  requests(`is never sent for a path that leads elsewhere: ${path}`, async () => {
    const error = await failureOf(() => clientOf(stub.url)({ ...GET, path }));
    assert.is(error.kind, 'Invalid');
    assert.is(stub.asked.length, 0);
  });
}

requests('goes over a connection that is kept', async () => {
  const api = clientOf(stub.url);
  for (let count = 0; count < 3; count++) await api(GET);
  const [first, ...others] = stub.asked.map(({ connection }) => connection);
  assert.equal(others, [first, first]);
});

requests('carries a rotated token once the file is a minute old', async () => {
  const kubeconfig = writeKubeconfig('unused');
  const tokenFile = join(dirname(kubeconfig.path), 'token');
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  try {
    writeFileSync(tokenFile, 'first');
    const authProvider = { name: 'tokenFile', config: { tokenFile } };
    const api = clientOf(stub.url, undefined, { 'auth-provider': authProvider });
    await api(GET);
    writeFileSync(tokenFile, 'second');
    mock.timers.tick(61_000);
    await api(GET);
  } finally {
    mock.timers.reset();
    kubeconfig.remove();
  }
  const tokens = stub.asked.map(({ headers }) => headers.authorization);
  assert.equal(tokens, ['Bearer first', 'Bearer second']);
});

answers.run();
silences.run();
requests.run();
