import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import {
  prometheus,
  prometheusSeries,
  type InstantQuery,
} from '../../functions/lib/metrics/prometheus.ts';
import { deadUrl, startStub, type Answer, type Asked, type Stub } from '../stub-server.ts';

const POLICY = { allowedHosts: [], allowsLoopback: true };
const ask = prometheus(POLICY, () => 0);
const askSeries = prometheusSeries(POLICY, () => 0);
const NOW = new Date('2026-01-01T00:00:15.250Z');

let stub: Stub;
let answer: (asked: Asked) => Answer;

const values = suite('Prometheus answers with data');
const refusals = suite('Prometheus refuses');
const silences = suite('Prometheus does not answer as it should');
const requests = suite('a query to Prometheus');

for (const one of [values, refusals, silences, requests]) {
  one.before(async () => {
    stub = await startStub((asked) => answer(asked));
  });
  one.before.each(() => {
    stub.asked.length = 0;
    answer = () => vector('1');
  });
  one.after(() => stub.stop());
}

function measure(different: Partial<InstantQuery> = {}): Promise<Measurement> {
  const signal = AbortSignal.timeout(10_000);
  return ask({ endpoint: stub.url, query: 'up', evaluationTime: NOW, signal, ...different });
}

function data(resultType: string, result: unknown): Answer {
  return { json: { status: 'success', data: { resultType, result } } };
}

/** A vector with one series per value. */
function vector(...samples: string[]): Answer {
  const series = samples.map((value, index) => ({
    metric: { __name__: 'm', pod: `p${index}` },
    value: [1767225615.25, value],
  }));
  return data('vector', series);
}

const NUMBERS: [string, number][] = [
  ['0', 0],
  ['-0.5', -0.5],
  ['148.0405378277749', 148.0405378277749],
  ['1e-7', 1e-7],
  ['1.5e+300', 1.5e300],
];

for (const [text, value] of NUMBERS) {
  values(`the number ${text} is a value`, async () => {
    answer = () => vector(text);
    assert.equal(await measure(), { kind: 'Value', value });
  });
}

values('a scalar is a value', async () => {
  answer = () => data('scalar', [1767225615.25, '0.25']);
  assert.equal(await measure(), { kind: 'Value', value: 0.25 });
});

for (const text of ['NaN', '+Inf', '-Inf']) {
  values(`${text} is no data, and no number`, async () => {
    answer = () => vector(text);
    const measured = await measure();
    assert.is(measured.kind, 'NoData');
    assert.is(reasonOf(measured), 'NaN');
    answer = () => data('scalar', [1767225615.25, text]);
    assert.is((await measure()).kind, 'NoData');
  });
}

values('an empty vector is no data of another kind', async () => {
  answer = () => vector();
  const measured = await measure();
  assert.is(measured.kind, 'NoData');
  assert.is(reasonOf(measured), 'NoData');
});

values(
  'several series are a mistake in the query, which the message says how to mend',
  async () => {
    answer = () => vector('1', '2', '3');
    const measured = await measure();
    assert.is(reasonOf(measured), 'SeveralSeries');
    assert.match(messageOf(measured), /3 series.*sum\(/);
  },
);

values('a range or a text is a mistake in the query', async () => {
  const range = { metric: {}, values: [[1767225615, '1']] };
  for (const other of [data('matrix', [range]), data('matrix', []), data('string', [0, 'a'])]) {
    answer = () => other;
    const measured = await measure();
    assert.is(measured.kind, 'Error');
    assert.is(reasonOf(measured), 'BadQuery');
    assert.match(messageOf(measured), /expected one number/);
  }
});

function reasonOf(measured: Measurement): string | undefined {
  return measured.kind === 'Value' ? undefined : measured.reason;
}

function messageOf(measured: Measurement): string {
  return measured.kind === 'Value' ? '' : measured.message;
}

const STATUSES: [number, string][] = [
  [302, 'Redirected'],
  [400, 'BadQuery'],
  [401, 'Unauthorized'],
  [403, 'Unauthorized'],
  [404, 'NotFound'],
  [422, 'BadQuery'],
  [429, 'RateLimited'],
  [500, 'ServerError'],
  [503, 'ServerError'],
];

/** What is tried again, or followed to the same host. */
const ATTEMPTS: Record<number, number> = { 302: 4, 429: 3, 503: 3 };
const TOLD: Record<number, string> = { 302: 'redirects again and again' };

function hostOf({ url }: Stub): string {
  return new URL(url).host;
}

for (const [status, reason] of STATUSES) {
  refusals(`${status} is the error ${reason}, in JSON and in HTML`, async () => {
    const error = { status: 'error', errorType: 'bad_data', error: 'parse error: of the query' };
    for (const body of [{ json: error }, { text: '<html><b>secret page</b></html>' }]) {
      answer = () => ({ ...body, status, headers: { location: `${stub.url}/elsewhere` } });
      const measured = await measure();
      assert.is(measured.kind, 'Error');
      assert.is(reasonOf(measured), reason);
      assert.match(
        messageOf(measured),
        `${hostOf(stub)}: it ${TOLD[status] ?? `answered with HTTP status ${status}`}`,
      );
      assert.not.match(messageOf(measured), 'secret page');
    }
    assert.is(stub.asked.length, 2 * (ATTEMPTS[status] ?? 1));
  });
}

refusals('what Prometheus says about a bad query is told, in short', async () => {
  const error = `parse error: unexpected "}" ${'x'.repeat(10_000)}`;
  answer = () => ({ status: 400, json: { status: 'error', errorType: 'bad_data', error } });
  const message = messageOf(await measure());
  assert.match(message, 'parse error: unexpected "}"');
  assert.ok(message.length < 400);
});

refusals('an error in an answer with status 200 is an error', async () => {
  answer = () => ({ json: { status: 'error', errorType: 'execution', error: 'no' } });
  assert.is((await measure()).kind, 'Error');
});

silences('no answer, or half of one, until the deadline is a Timeout', async () => {
  for (const one of ['hang', { begin: '{"status":' }] as const) {
    answer = () => one;
    assert.is(reasonOf(await measure({ signal: AbortSignal.timeout(100) })), 'Timeout');
  }
  assert.is(reasonOf(await measure({ signal: AbortSignal.abort() })), 'Timeout');
  assert.is(stub.asked.length, 2, 'after the deadline nothing is asked');
});

silences('a connection that breaks or is refused, and a host unknown, is Unreachable', async () => {
  answer = () => 'reset';
  assert.is(reasonOf(await measure()), 'Unreachable');
  const refused = await measure({ endpoint: await deadUrl() });
  assert.is(reasonOf(refused), 'Unreachable');
  assert.match(messageOf(refused), 'ECONNREFUSED');
  const unknown = await measure({ endpoint: 'http://prometheus.invalid:9090' });
  assert.is(reasonOf(unknown), 'Unreachable');
  assert.match(messageOf(unknown), 'ENOTFOUND prometheus.invalid');
});

silences('an answer that breaks off in the middle is an error, and no value', async () => {
  answer = () => ({ begin: '{"status":"success","data":{"resultType":"vector","re', isCut: true });
  const measured = await measure();
  assert.is(measured.kind, 'Error');
  assert.is(reasonOf(measured), 'BadAnswer');
});

silences('an answer above 1 MiB is TooLarge', async () => {
  const padding = 'x'.repeat(1024 * 1024);
  answer = () => ({ json: { status: 'success', padding } });
  assert.is(reasonOf(await measure()), 'TooLarge');
});

const NONSENSE: Record<string, Answer> = {
  HTML: { text: '<html>please log in</html>' },
  'JSON null': { json: null },
  'an empty text': { text: '' },
  'other JSON': { json: { hello: 'world' } },
  'success without data': { json: { status: 'success' } },
  'an unknown result type': data('heatmap', []),
  'a vector without values': data('vector', [{ metric: {} }]),
  'a vector that is no list': data('vector', 'x'),
};

for (const [what, nonsense] of Object.entries(NONSENSE)) {
  silences(`${what} is a BadAnswer`, async () => {
    answer = () => nonsense;
    const measured = await measure();
    assert.is(measured.kind, 'Error');
    assert.is(reasonOf(measured), 'BadAnswer');
    assert.not.match(messageOf(measured), 'log in');
  });
}

silences('a host that the policy refuses is not asked, by address or by name', async () => {
  const strict = prometheus({ allowedHosts: [], allowsLoopback: false });
  const byName = stub.url.replace('127.0.0.1', 'localhost');
  for (const endpoint of [stub.url, byName]) {
    const signal = AbortSignal.timeout(5000);
    const measured = await strict({ endpoint, query: 'up', evaluationTime: NOW, signal });
    assert.is(reasonOf(measured), 'HostRefused', messageOf(measured));
    assert.match(messageOf(measured), 'loopback');
  }
  assert.is(stub.asked.length, 0);
});

requests('asks for the query at the evaluation time, below the path of the server', async () => {
  const query = 'sum(rate(x{a="b c",d=~\'e+f\'}[5m])) & g % √';
  await measure({ endpoint: `${stub.url}/tenant/a`, query });
  const [asked] = stub.asked;
  assert.is(`${asked?.method} ${asked?.path}`, 'GET /tenant/a/api/v1/query');
  assert.is(asked?.query.get('query'), query);
  assert.is(Number(asked?.query.get('time')), NOW.getTime() / 1000);
  assert.is(asked?.headers.authorization, undefined);
});

requests('carries a name and a password, or headers', async () => {
  await measure({ auth: { username: 'me', password: 'pässword:1' } });
  const basic = stub.asked[0]?.headers.authorization?.replace('Basic ', '') ?? '';
  assert.is(Buffer.from(basic, 'base64').toString('utf8'), 'me:pässword:1');
  await measure({ headers: { Authorization: 'Bearer t0ken', 'X-Scope-OrgID': 'a' } });
  assert.is(stub.asked[1]?.headers.authorization, 'Bearer t0ken');
  assert.is(stub.asked[1]?.headers['x-scope-orgid'], 'a');
});

requests('goes over a connection that is kept', async () => {
  await measure();
  await measure();
  assert.is(stub.asked[0]?.connection, stub.asked[1]?.connection);
});

requests('no error tells a credential, though the server gives them back', async () => {
  const login = Buffer.from('private-user:private-password').toString('base64');
  const echo = (): string => JSON.stringify(stub.asked.at(-1)?.headers);
  const answers: (() => Answer)[] = [
    () => ({ status: 400, json: { status: 'error', error: echo() } }),
    () => ({ status: 400, text: echo() }),
    () => ({ status: 401, text: echo() }),
    () => ({ status: 500, json: { status: 'error', error: echo() } }),
    () => ({ json: { status: 'success', warnings: [echo()], data: { result: [] } } }),
    () => ({ text: echo() }),
    () => 'reset',
  ];
  const signal = AbortSignal.timeout(10_000);
  const ways: Partial<InstantQuery>[] = [
    { auth: { username: 'private-user', password: 'private-password' } },
    { headers: { 'X-Key': 'private-key' } },
    { headers: { K: 'x private-token' }, values: { token: 'private-token' } },
  ];
  for (const credentials of ways) {
    for (answer of answers) {
      const query = { endpoint: stub.url, query: 'up', evaluationTime: NOW, signal };
      const told = [
        await ask({ ...query, ...credentials }),
        await askSeries({ ...query, ...credentials }),
      ];
      assert.ok(told.every(({ kind }) => kind === 'Error'));
      assert.not.match(JSON.stringify(told), 'private');
      assert.not.ok(JSON.stringify(told).includes(login));
    }
  }
  const broken = await measure({ headers: { 'X-Key': 'private\nkey\u0000' } });
  assert.not.match(JSON.stringify(broken), 'private');
});

values.run();
refusals.run();
silences.run();
requests.run();
