import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { http } from '../../functions/lib/metrics/http.ts';
import { redacted } from '../../functions/lib/metrics/refusals.ts';
import {
  questionOf,
  shownQuery,
  type SecretQuestion,
} from '../../functions/lib/metrics/request.ts';
import type { Credentials } from '../../functions/lib/metrics/secrets.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { deadUrl, startStub, type Answer, type Asked } from '../stub-server.ts';

const urls = suite('the URL of a question');
const parts = suite('the rest of a question');
const shown = suite('what is shown of a question');
const secrecy = suite('secrets in what is told');

const VALUES = {
  name: 'canary',
  host: 'b.example',
  path: 'a/b c?d#e',
  up: '..',
  elapsedTime: '60',
};
const SECRET = { token: 'private/token', host: 'own.example:8443', empty: '' };

const NONE: Credentials = { values: {} };

function specOf(different: Partial<MetricSpec> = {}): MetricSpec {
  return { type: 'Gauge', method: 'GET', urlTemplate: 'https://backend/q', ...different };
}

function question(different: Partial<MetricSpec>, credentials = NONE): SecretQuestion {
  const given = questionOf(specOf(different), VALUES, credentials);
  if ('kind' in given) throw new Error(given.message);
  return given;
}

/** The message of a question that is a mistake in the Metric. */
function mistake(different: Partial<MetricSpec>, credentials = NONE): string {
  const given = questionOf(specOf(different), VALUES, credentials);
  if (!('kind' in given)) throw new Error('expected a refusal');
  assert.is(given.reason, 'BadQuery');
  return given.message;
}

const URLS: [template: string, url: string, why: string][] = [
  ['http://a', 'http://a/', 'as it is'],
  ['http://a:1/b?c=d%20e#f', 'http://a:1/b?c=d%20e', 'without a fragment'],
  ['http://$host/x', 'http://b.example/x', 'a host that a version names'],
  ['http://x.${name}.svc:9090/', 'http://x.canary.svc:9090/', 'a part of a host'],
  ['http://a/$path/x', 'http://a/a%2Fb%20c%3Fd%23e/x', 'a value stays within its part of the path'],
  ['http://a/?b=$path&c', 'http://a/?b=a%2Fb%20c%3Fd%23e&c', 'and of the parameters'],
  ['http://a/?$filter=$$x', 'http://a/?$filter=$x', 'what has no value stays as it is'],
];

for (const [urlTemplate, url, why] of URLS) {
  urls(`${urlTemplate}: ${why}`, () => {
    assert.is(question({ urlTemplate }).url, url);
  });
}

const NO_URLS: [template: string | undefined, message: RegExp][] = [
  [undefined, /found none; expected a URL/],
  ['', /found none/],
  ['backend/q', /found "backend\/q"; expected a URL/],
  ['file:///etc/passwd', /expected a URL/],
  ['$host/x', /expected a URL/],
  ['http://', /expected a URL/],
  ['http://me:private@a/', /name or password/],
  ['http://private@a/', /name or password/],
  ['http://me:private@a b/', /found "http:\/\/\*\*\*@a b\/"/],
  ['http://$path/', /the value of path cannot be in a host/],
  ['http://a/$up/b', /the value of up would lead to another path/],
  ['http://$unknown/', /placeholder in the host/],
  ['http://${unknown}.svc/', /placeholder in the host/],
];

for (const [urlTemplate, message] of NO_URLS) {
  urls(`${urlTemplate ?? 'none'} is refused`, () => {
    const told = mistake({ urlTemplate });
    assert.match(told, /^spec\.urlTemplate: /);
    assert.match(told, message);
    assert.not.match(told, 'private');
  });
}

urls('where a Secret is named, its values go in as they are', () => {
  const { url } = question(
    { urlTemplate: 'https://${host}/x/${token}', secret: 's' },
    { values: SECRET },
  );
  assert.is(url, 'https://own.example:8443/x/private/token');
});

urls('where a Secret is named, a version does not say where it is sent', () => {
  const credentials = { values: { token: 'private' } };
  for (const urlTemplate of ['https://${host}/?k=${token}', 'https://x.$name/?k=${token}']) {
    assert.match(mistake({ urlTemplate, secret: 's' }, credentials), 'placeholder in the host');
  }
  const { url } = question(
    { urlTemplate: 'https://a/?x=$name&k=$token', secret: 's' },
    credentials,
  );
  assert.is(url, 'https://a/?x=$name&k=private');
});

urls('a Secret’s value that makes no URL is not told', () => {
  for (const values of [{ host: 'private host' }, { host: 'me:private@host' }]) {
    const told = mistake({ urlTemplate: 'https://${host}/', secret: 's' }, { values });
    assert.not.match(told, 'private');
  }
});

urls('the params follow the URL’s own, as a form; the last of one name counts', () => {
  const params = [
    { name: 'query', value: 'first' },
    { name: 'a b', value: '$$$name & ${elapsedTime}s + $token' },
    { name: 'query', value: 'up{v="$name"}' },
  ];
  const { url } = question({ urlTemplate: 'https://a/?own=%20', params });
  assert.is(
    url,
    'https://a/?own=%20&query=up%7Bv%3D%22canary%22%7D&a+b=%24canary+%26+60s+%2B+%24token',
  );
});

parts('method, name and password, certificates, and what no message may tell', () => {
  const auth = { username: 'u', password: 'p' };
  const tls = { ca: 'x' };
  const asked = question({ method: 'POST' }, { auth, tls, values: SECRET });
  const { method, secrets } = asked;
  assert.equal([method, asked.auth, asked.tls], ['POST', auth, tls]);
  assert.equal(secrets, Object.values(SECRET));
  assert.is(asked.body, undefined);
});

parts('headers of the Metric, and usual ones where it has none', () => {
  assert.equal(question({}).headers, { accept: '*/*' });
  const headers = { Accept: 'text/csv', 'Content-Type': 'application/vnd.x+json' };
  assert.equal(question({ body: '{}' }, { headers, values: {} }).headers, headers);
  assert.equal(question({ body: '{}' }).headers, {
    accept: '*/*',
    'content-type': 'application/json',
  });
});

for (const name of ['Host', 'host', 'Content-Length', 'Transfer-Encoding', 'Connection']) {
  parts(`the header ${name} is refused`, () => {
    const told = mistake({}, { headers: { [name]: 'private' }, values: {} });
    assert.match(told, `spec.headerTemplates: found ${name}`);
    assert.not.match(told, 'private');
  });
}

parts('a body with the version’s values, and never the Secret’s', () => {
  const body = '{"q": "$name $token", "n": 1.00, "t": $elapsedTime}';
  const asked = question({ body, secret: 's' }, { values: SECRET });
  assert.is(asked.body, '{"q": "canary $token", "n": 1.00, "t": 60}');
});

parts('a body that is no JSON with its values is refused, and the place told', () => {
  assert.match(mistake({ body: '{"a": 1,}' }), /^spec\.body: .*position 8/);
  assert.match(mistake({ body: '{"a": $name}' }), /^spec\.body: .*Unexpected token 'c'/);
  assert.match(mistake({ body: '{"a": private x}' }, { values: { k: 'private' } }), /\*\*\*/);
});

const PROMETHEUS = 'http://p/api/v1/query';

shown('of a Prometheus: the query in the version’s words', () => {
  const params = [{ name: 'query', value: 'up{v="$name"}' }];
  assert.is(shownQuery(specOf({ urlTemplate: PROMETHEUS, params }), VALUES), 'up{v="canary"}');
});

shown('of others: method, URL, params and body', () => {
  const params = [{ name: 'q', value: 'sum($name)' }];
  const spec = specOf({ method: 'POST', params, body: '{"v":"$name"}' });
  assert.is(shownQuery(spec, VALUES), 'POST https://backend/q?q=sum(canary) {"v":"canary"}');
  const own = specOf({ urlTemplate: 'https://$host/?a=b', params });
  assert.is(shownQuery(own, VALUES), 'GET https://b.example/?a=b&q=sum(canary)');
});

shown('with the Secret’s placeholders as they are written, and without a password', () => {
  const spec = specOf({ urlTemplate: 'https://$host/?k=${token}', secret: 's' });
  assert.is(shownQuery(spec, VALUES), 'GET https://$host/?k=${token}');
  const login = specOf({ urlTemplate: 'https://me:private@a/' });
  assert.is(shownQuery(login, VALUES), 'GET https://***@a/');
});

shown('1024 characters of it at most', () => {
  const long = shownQuery(specOf({ body: `"${'x'.repeat(5000)}"` }), VALUES);
  assert.is(long.length, 1024);
  assert.ok(long.endsWith('x…'));
});

const PRIVATE = ['pr/iv=a te+1', '>>>???~~~', 'p"w\\d√', 'trailing-line\n'];

const FORMS: [form: string, write: (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['in a URL', encodeURIComponent],
  ['in a form', (secret) => new URLSearchParams([['', secret]]).toString().slice(1)],
  ['in JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['in base64 for URLs', (secret) => Buffer.from(secret).toString('base64url')],
  ['in capitals', (secret) => secret.toUpperCase()],
];

for (const [form, write] of FORMS) {
  secrecy(`a secret ${form} is not told`, () => {
    for (const secret of PRIVATE) {
      const told = redacted(`a ${write(secret)}= b`, [...PRIVATE, 'a', '']);
      assert.match(told, /^a \*\*\*\s*=* b$/);
    }
  });
}

/** All that arrived, as a backend may give it back. */
function echoOf({ headers, path, query, text }: Asked): string {
  const url = `${path}?${query.toString()} ${[...query.values()].join(' ')} ${decodeURIComponent(path)}`;
  return `${'-'.repeat(20)} ${JSON.stringify(headers)} ${url} ${text}`;
}

const FAILURES: ((echo: string) => Answer)[] = [
  ...[300, 400, 401, 403, 404, 405, 422, 429, 500, 503].flatMap((status) => [
    (echo: string): Answer => ({ status, text: echo }),
    (echo: string): Answer => ({ status, json: { error: echo } }),
  ]),
  (echo) => ({ status: 400, json: { message: { deep: echo } } }),
  (echo) => ({ status: 302, text: '', headers: { location: `http://${encodeURI(echo)}/` } }),
  (echo) => ({ status: 302, text: '', headers: { location: `http://a/${encodeURI(echo)}` } }),
  () => ({ status: 302, text: '', headers: { location: 'http://private-token.example/' } }),
  (echo) => ({ begin: echo, isCut: true }),
  (echo) => ({ text: echo, headers: { 'content-encoding': 'gzip' } }),
  (echo) => ({ text: echo.padEnd(2 ** 20 + 1) }),
  () => 'reset',
];

secrecy('a secret is not told in half where a message is cut', async () => {
  const secret = '0123456789';
  let before = 180;
  const stub = await startStub(() => ({ status: 400, text: `${'-'.repeat(before)}${secret}` }));
  const send = http({ allowedHosts: [], allowsLoopback: true }, () => 0);
  const asked = question({ urlTemplate: stub.url, secret: 's' }, { values: { secret } });
  for (; before < 210; before++) {
    const given = await send(asked, { signal: AbortSignal.timeout(10_000) });
    assert.match(given.kind === 'Error' ? given.message : '', /status 400: -{180,}(\*{0,3}|\**…)$/);
  }
  await stub.stop();
});

secrecy('whatever a backend gives back, no message tells a secret', async () => {
  let failure = FAILURES[0]!;
  const stub = await startStub((asked) => failure(echoOf(asked)));
  const send = http({ allowedHosts: [], allowsLoopback: true }, () => 0);
  const values = {
    token: 'private-token',
    username: 'private-user',
    password: 'private pass/+word',
  };
  const headers = { Authorization: `Bearer ${values.token}`, 'X-Key': 'private-literal' };
  const { username, password } = values;
  const login = Buffer.from(`${username}:${password}`).toString('base64');
  const ways: Credentials[] = [
    { values, headers },
    { values, auth: { username, password } },
  ];
  const path = '/${token}?k=${password}';
  const tell = async (
    url: string,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<void> => {
    const asked = question({ urlTemplate: url + path, secret: 's' }, credentials);
    const given = await send(asked, { signal });
    if (given.kind !== 'Error') throw new Error('expected a refusal');
    for (const secret of ['private', login, login.slice(0, 12)]) {
      assert.not.ok(given.message.includes(secret), given.message);
    }
  };
  for (const credentials of ways) {
    for (failure of FAILURES) await tell(stub.url, credentials, AbortSignal.timeout(10_000));
    await tell(await deadUrl(), credentials, AbortSignal.timeout(10_000));
    await tell(stub.url, credentials, AbortSignal.abort());
    await tell('http://${token}.invalid', credentials, AbortSignal.timeout(10_000));
    await tell('http://169.254.0.1', credentials, AbortSignal.timeout(100));
  }
  await stub.stop();
});

urls.run();
parts.run();
shown.run();
secrecy.run();
