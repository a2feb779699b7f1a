import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gzipSync } from 'node:zlib';
import type { Answer as Given, Question, Refusal } from '../../functions/lib/metrics/answer.ts';
import { http } from '../../functions/lib/metrics/http.ts';
import { deadUrl, startStub, type Answer, type Asked, type Stub } from '../stub-server.ts';

const LOOSE = { allowedHosts: [], allowsLoopback: true };
const send = http(LOOSE, () => 0);

let stub: Stub;
let answer: (asked: Asked) => Answer | Promise<Answer>;

const answers = suite('a backend answers');
const refusals = suite('a backend refuses');
const silences = suite('a backend does not answer as it should');
const redirects = suite('a backend redirects');

for (const one of [answers, refusals, silences, redirects]) {
  one.before(async () => {
    stub = await startStub((asked) => answer(asked));
  });
  one.before.each(() => {
    stub.asked.length = 0;
    answer = () => ({ text: 'ok' });
  });
  one.after(() => stub.stop());
}

type Asking = Partial<Question & { signal: AbortSignal }>;

function ask({ signal, ...different }: Asking = {}): Promise<Given | Refusal> {
  const question: Question = { url: `${stub.url}/q?a=1`, method: 'GET', headers: {}, ...different };
  return send(question, { signal: signal ?? AbortSignal.timeout(10_000) });
}

/** The reason and the message of a refusal, which begins with the backend's host. */
async function refused(asking: Asking = {}): Promise<{ reason: string; message: string }> {
  const { hostname, port } = new URL(asking.url ?? stub.url);
  const given = await ask(asking);
  if (given.kind !== 'Error') throw new Error('expected a refusal');
  assert.ok(given.message.startsWith(`${hostname}:${port || 80}: `), given.message);
  return given;
}

/** Runs with a server of its own, for what no stub can do. */
async function withServer(
  handle: RequestListener,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

answers('with a text, which is given as it is, JSON too', async () => {
  answer = () => ({ text: ' {"a": 1.00} ', headers: { 'content-type': 'application/json' } });
  const given = { kind: 'Answer', contentType: 'application/json', text: ' {"a": 1.00} ' };
  assert.equal(await ask(), given);
});

answers('with nothing at all', async () => {
  answer = () => ({ status: 204, text: '' });
  assert.is((await ask()).kind, 'Answer');
});

answers('to method, headers, name and password, and body as they are, also of a GET', async () => {
  const body = '{"q": 1.00 }';
  for (const method of ['GET', 'POST'] as const) {
    const headers = { 'content-type': 'application/json', 'X-Key': 'k', Accept: '*/*' };
    await ask({ method, headers, body, auth: { username: 'me', password: 'pä' } });
    const asked = stub.asked.at(-1)!;
    assert.equal([asked.method, asked.path, asked.text], [method, '/q', body]);
    assert.is(asked.query.get('a'), '1');
    assert.is(asked.headers['x-key'], 'k');
    assert.is(asked.headers.accept, '*/*');
    const basic = asked.headers.authorization?.replace('Basic ', '') ?? '';
    assert.is(Buffer.from(basic, 'base64').toString(), 'me:pä');
  }
});

answers('over a connection that is kept', async () => {
  for (let count = 0; count < 3; count++) await ask();
  assert.is(new Set(stub.asked.map(({ connection }) => connection)).size, 1);
});

answers('in a packed form', async () => {
  const pack: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
  };
  await withServer(pack, async (url) => {
    const given = await ask({ url });
    assert.is(given.kind === 'Answer' && given.text, '{"a":1}');
  });
});

answers('without a proxy that the environment names', async () => {
  process.env['http_proxy'] = await deadUrl();
  try {
    assert.is((await ask()).kind, 'Answer');
  } finally {
    delete process.env['http_proxy'];
  }
});

const STATUSES: [status: number, reason: string, headers?: Record<string, string>][] = [
  [304, 'Redirected'],
  [400, 'BadQuery'],
  [401, 'Unauthorized'],
  [403, 'Unauthorized'],
  [403, 'RateLimited', { 'retry-after': '60' }],
  [403, 'RateLimited', { 'x-ratelimit-remaining': '0' }],
  [403, 'Unauthorized', { 'x-ratelimit-remaining': '7' }],
  [404, 'NotFound'],
  [405, 'BadQuery'],
  [408, 'Timeout'],
  [410, 'NotFound'],
  [422, 'BadQuery'],
  [429, 'RateLimited'],
  [500, 'ServerError'],
  [502, 'ServerError'],
  [503, 'ServerError'],
  [504, 'ServerError'],
];

for (const [status, reason, headers] of STATUSES) {
  refusals(`${status} ${JSON.stringify(headers ?? {})} is ${reason}`, async () => {
    answer = () => ({ status, text: '<b>a page</b>', ...(headers && { headers }) });
    const told = await refused();
    assert.is(told.reason, reason);
    assert.match(told.message, `it answered with HTTP status ${status}`);
    assert.not.match(told.message, 'page');
  });
}

const SAID: [json: unknown, told: string][] = [
  [{ error: 'no such field' }, ': no such field'],
  [{ message: 'no such bucket' }, ': no such bucket'],
  [{ error: { type: 'parsing' } }, ': {"error":{"type":"parsing"}}'],
  ['line\u0000 one\r\nline two\u001b[31m', ': line one line two [31m'],
  [null, ': null'],
];

for (const [json, told] of SAID) {
  refusals(`what it says about a bad query is told: ${JSON.stringify(json)}`, async () => {
    answer = () => ({ status: 400, json });
    assert.ok((await refused()).message.endsWith(told));
  });
}

refusals('no more than 200 characters of it', async () => {
  answer = () => ({ status: 422, text: 'x'.repeat(10_000) });
  assert.match((await refused()).message, /status 422: x{199}…$/);
  answer = () => ({ status: 422, text: 'x'.repeat(100_000) });
  assert.match((await refused()).message, /status 422$/);
});

silences('no answer, or half of one, until the end of all is a Timeout', async () => {
  for (const one of ['hang', { begin: '{' }] as const) {
    answer = () => one;
    assert.is((await refused({ signal: AbortSignal.timeout(100) })).reason, 'Timeout');
  }
  assert.is((await refused({ signal: AbortSignal.abort() })).reason, 'Timeout');
  assert.is(stub.asked.length, 2);
});

silences('an answer that trickles has five seconds, and no more', async () => {
  const trickle: RequestListener = (_, response) => {
    const timer = setInterval(() => response.write('x'), 50);
    response.on('close', () => {
      clearInterval(timer);
    });
  };
  await withServer(trickle, async (url) => {
    const began = performance.now();
    assert.is((await refused({ url })).reason, 'Timeout');
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds > 4.9 && seconds < 8, `${seconds} s`);
  });
});

silences('an answer that breaks off is a BadAnswer', async () => {
  answer = () => ({ begin: '{"a":', isCut: true });
  const { reason, message } = await refused();
  assert.is(reason, 'BadAnswer');
  assert.match(message, 'breaks off');
});

silences('what is not packed as its header says is a BadAnswer', async () => {
  answer = () => ({ text: 'plain', headers: { 'content-encoding': 'gzip' } });
  assert.match((await refused()).message, 'cannot be unpacked');
});

silences('a connection that is refused, or a name that means nothing, is Unreachable', async () => {
  const dead = await refused({ url: await deadUrl() });
  assert.is(dead.reason, 'Unreachable');
  assert.match(dead.message, 'ECONNREFUSED');
  const nobody = await refused({ url: 'http://backend.invalid/x' });
  assert.is(nobody.reason, 'Unreachable');
  assert.match(nobody.message, 'ENOTFOUND backend.invalid');
});

silences('an answer above 1 MiB is TooLarge, and one of 1 MiB is not', async () => {
  answer = () => ({ text: 'x'.repeat(1024 * 1024 + 1) });
  assert.is((await refused()).reason, 'TooLarge');
  answer = () => ({ text: 'x'.repeat(1024 * 1024) });
  assert.is((await ask()).kind, 'Answer');
});

silences('a small answer that unpacks to 50 MB is TooLarge, and soon', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  const explode: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  };
  await withServer(explode, async (url) => {
    const began = performance.now();
    const { reason, message } = await refused({ url });
    assert.is(reason, 'TooLarge');
    assert.match(message, '1048576 bytes');
    assert.ok(performance.now() - began < 1500);
  });
});

silences('a host that the policy forbids is not asked, by address or by name', async () => {
  const strict = http({ ...LOOSE, allowsLoopback: false }, () => 0);
  for (const url of [stub.url, stub.url.replace('127.0.0.1', 'localhost')]) {
    const question = { url, method: 'GET', headers: {} } as const;
    const given = await strict(question, { signal: AbortSignal.timeout(5000) });
    assert.is(given.kind === 'Error' && given.reason, 'HostRefused');
  }
  assert.is(stub.asked.length, 0);
});

function redirect(location: string, status = 302): Answer {
  return { status, text: '', headers: { location } };
}

for (const status of [301, 302, 303, 307, 308]) {
  redirects(`${status} to the same host is followed, with what lets the question in`, async () => {
    answer = ({ path }) => (path === '/q' ? redirect('/there?b=2', status) : { text: 'ok' });
    assert.is((await ask({ headers: { Authorization: 'Bearer t' } })).kind, 'Answer');
    const [first, second] = stub.asked;
    assert.equal([second?.path, second?.query.get('b')], ['/there', '2']);
    assert.is(second?.headers.authorization, first?.headers.authorization);
    assert.is(second?.headers.authorization, 'Bearer t');
  });
}

redirects('at most three times', async () => {
  answer = () => redirect('/q');
  const { reason, message } = await refused();
  assert.is(reason, 'Redirected');
  assert.match(message, 'again and again');
  assert.is(stub.asked.length, 4);
});

const ELSEWHERE = ['http://other.example/private', 'https://127.0.0.1/private', 'ftp://a/private'];

redirects('another host, port or scheme is not asked, and told without its path', async () => {
  const other = await startStub(() => ({ text: 'stolen' }));
  for (const location of [...ELSEWHERE, `${other.url}/private?private`]) {
    answer = () => redirect(location);
    const { reason, message } = await refused({ headers: { Authorization: 'Bearer t0ken' } });
    assert.is(reason, 'Redirected', location);
    assert.match(message, `it redirects to ${location.split('/', 3).join('/')}`);
    assert.not.match(message, 'private');
  }
  assert.is(other.asked.length, 0);
  await other.stop();
});

redirects('a body is not lost on the way: 302 of a POST is refused, 307 followed', async () => {
  answer = ({ path }) => (path === '/q' ? redirect('/there') : { text: 'ok' });
  const asking = { method: 'POST', body: '{}' } as const;
  assert.match((await refused(asking)).message, 'would lose the body');
  answer = ({ path }) => (path === '/q' ? redirect('/there', 307) : { text: 'ok' });
  assert.is((await ask(asking)).kind, 'Answer');
  assert.is(stub.asked.at(-1)?.text, '{}');
});

redirects('to what is no URL is refused', async () => {
  answer = () => redirect('http://[private');
  const { reason, message } = await refused();
  assert.is(reason, 'Redirected');
  assert.not.match(message, 'private');
});

answers.run();
refusals.run();
silences.run();
redirects.run();
