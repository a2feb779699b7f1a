import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../functions/lib/kubernetes/failure.ts';
import {
  credentialsOf,
  secretProblem,
  sharingProblem,
  type CredentialsFound,
} from '../../functions/lib/metrics/secrets.ts';
import type { Metric, MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { failure, fakeApi, thrownBy, type FakeApi } from '../kubernetes/fake-api.ts';

const sharing = suite('who may use a Metric');
const placing = suite('where a Metric’s Secret is');
const reading = suite('the credentials of a Metric');

function metric(spec: Partial<MetricSpec>, labels?: Record<string, string>): Metric {
  const metadata = { name: 'latency', namespace: 'owner', labels } as Metric['metadata'];
  return { apiVersion: '', kind: 'Metric', metadata, spec: { ...BASE, ...spec } };
}

const BASE: MetricSpec = { type: 'Gauge', method: 'GET' };

sharing('a Metric without a Secret may be used by everyone', () => {
  assert.is(sharingProblem(metric({}), 'team', 'iter8-system'), undefined);
});

sharing('a Metric with a Secret may be used in its own namespace', () => {
  assert.is(sharingProblem(metric({ secret: 's' }), 'owner', 'iter8-system'), undefined);
});

sharing('a Metric with a Secret in the product’s namespace may be used by everyone', () => {
  assert.is(sharingProblem(metric({ secret: 's' }), 'team', 'owner'), undefined);
});

sharing('a Metric with a Secret may be used by everyone where its label says so', () => {
  const shared = metric({ secret: 's' }, { 'iter8.tools/shared': 'true' });
  assert.is(sharingProblem(shared, 'team', 'iter8-system'), undefined);
});

sharing('else it may not, and the message says how to share it', () => {
  for (const labels of [undefined, { 'iter8.tools/shared': 'false' }]) {
    const problem = sharingProblem(metric({ secret: 's' }, labels), 'team', 'iter8-system');
    assert.match(problem ?? '', 'kubectl label metric -n owner latency iter8.tools/shared=true');
  }
});

placing('it is in the Metric’s own namespace', () => {
  assert.is(secretProblem('token', 'owner'), undefined);
  assert.is(secretProblem('owner/token', 'owner'), undefined);
});

for (const secret of ['team/token', 'iter8-system/token', 'owner/', '/token', 'owner/a/b', '']) {
  placing(`"${secret}" is refused`, () => {
    assert.match(secretProblem(secret, 'owner') ?? '', /^spec\.secret: .*namespace owner/);
  });
}

const SECRETS = { token: 'private-token', username: 'private-user', password: 'private-password' };

function holding(values: Record<string, string> = SECRETS): FakeApi {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return fakeApi(() => ({ data }));
}

function credentials(spec: Partial<MetricSpec>, { api } = holding()): Promise<CredentialsFound> {
  return credentialsOf(api, 'owner/latency', { ...BASE, ...spec });
}

const HEADERS = [
  { name: 'Authorization', value: 'Bearer ${token}' },
  { name: 'X-Plain', value: 'a $unknown $$' },
];

reading('need no Secret where none is named', async () => {
  const { api, asked } = holding();
  assert.equal(await credentialsOf(api, 'owner/latency', BASE), { credentials: { values: {} } });
  const headers = { Authorization: 'Bearer ${token}', 'X-Plain': 'a $unknown $' };
  assert.equal(await credentials({ headerTemplates: HEADERS }), {
    credentials: { headers, values: {} },
  });
  assert.is(asked.length, 0);
});

for (const authType of ['Bearer', 'APIKey'] as const) {
  reading(`${authType}: the Secret’s values go into the headers`, async () => {
    const { api, asked } = holding();
    const spec = { ...BASE, authType, secret: 'prom', headerTemplates: HEADERS };
    const headers = { Authorization: 'Bearer private-token', 'X-Plain': 'a $unknown $' };
    assert.equal(await credentialsOf(api, 'owner/latency', spec), {
      credentials: { headers, values: SECRETS },
    });
    assert.is(asked[0]?.path, '/api/v1/namespaces/owner/secrets/prom');
  });
}

reading('Basic: name and password of the Secret, and none of it in the headers', async () => {
  const headerTemplates = [
    { name: 'X-Key', value: '${password}' },
    { name: 'X-Scope-OrgID', value: 'tenant' },
  ];
  assert.equal(await credentials({ authType: 'Basic', secret: 'owner/prom', headerTemplates }), {
    credentials: {
      auth: { username: 'private-user', password: 'private-password' },
      headers: { 'X-Key': '${password}', 'X-Scope-OrgID': 'tenant' },
      values: SECRETS,
    },
  });
});

reading('without authType the Secret’s values go nowhere', async () => {
  const found = await credentials({ secret: 'prom', headerTemplates: HEADERS });
  const headers = { Authorization: 'Bearer ${token}', 'X-Plain': 'a $unknown $' };
  assert.equal(found, { credentials: { headers, values: SECRETS } });
});

/** Why there are no credentials. */
async function refusal(found: Promise<CredentialsFound>): Promise<string> {
  const outcome = await found;
  if (!('reason' in outcome)) throw new Error('expected a refusal');
  assert.is(outcome.reason, 'Unauthorized');
  assert.not.match(outcome.message, 'private');
  return outcome.message;
}

const BASIC = { authType: 'Basic', secret: 'prom' } as const;

reading('a Secret that is missing is told', async () => {
  const missing = fakeApi(() => failure('NotFound'));
  assert.match(await refusal(credentials(BASIC, missing)), 'Secret owner/prom does not exist');
});

reading('where the right is missing, the message names the RoleBinding that gives it', async () => {
  const forbidden = fakeApi(() => failure('Forbidden'));
  assert.match(
    await refusal(credentials(BASIC, forbidden)),
    'kubectl create rolebinding iter8-read-secrets -n owner --clusterrole=iter8-read-secrets --serviceaccount=iter8-system:iter8-iterate',
  );
});

const INCOMPLETE: Record<string, string>[] = [
  {},
  { username: 'private-user' },
  { username: 'private-user', password: '' },
];

for (const values of INCOMPLETE) {
  reading(
    `a Secret with ${Object.keys(values).join(' and ') || 'nothing'} lacks a key`,
    async () => {
      const told = await refusal(credentials(BASIC, holding(values)));
      assert.match(told, /owner\/prom has no keys username and password/);
    },
  );
}

const PEM = { 'tls.crt': 'private-cert', 'tls.key': 'private-key', 'ca.crt': 'private-ca' };

reading('the Secret’s certificates prove who asks and who answers', async () => {
  const identity = async (values: Record<string, string>): Promise<unknown> => {
    const found = await credentials({ secret: 'prom' }, holding(values));
    return 'credentials' in found ? found.credentials.tls : found;
  };
  const { 'ca.crt': ca, ...own } = PEM;
  const pair = { cert: 'private-cert', key: 'private-key' };
  assert.equal(await identity(PEM), { ...pair, ca });
  assert.equal(await identity(own), pair);
  assert.equal(await identity({ 'ca.crt': ca }), { ca });
  assert.is(await identity({ 'ca.crt': '', token: 'x' }), undefined);
});

for (const missing of ['tls.crt', 'tls.key'] as const) {
  reading(`a Secret without ${missing} that has its other one is refused`, async () => {
    const values = { ...PEM, [missing]: '' };
    const told = await refusal(credentials({ secret: 'prom' }, holding(values)));
    assert.match(told, `Secret owner/prom has no key ${missing}`);
  });
}

reading('a Secret’s value that no header can carry is told by the header’s name', async () => {
  for (const token of ['private\n', 'a\r\nX: private', 'private\u0000', 'private √']) {
    const spec = { authType: 'Bearer', secret: 'prom', headerTemplates: HEADERS } as const;
    const told = await refusal(credentials(spec, holding({ token })));
    assert.match(told, /^spec\.headerTemplates: .*Authorization.*line break/);
  }
});

const BAD_HEADERS = [
  { name: 'X-Broken', value: 'private\nvalue' },
  { name: 'X Y', value: 'private' },
  { name: '', value: 'private' },
];

for (const header of BAD_HEADERS) {
  reading(`a header that is none is a mistake in the Metric: "${header.name}"`, async () => {
    const found = await credentials({ headerTemplates: [header] });
    if (!('reason' in found)) throw new Error('expected a refusal');
    assert.is(found.reason, 'BadQuery');
    assert.match(found.message, /^spec\.headerTemplates: /);
    assert.not.match(found.message, 'private');
  });
}

reading('a Secret in another namespace is refused and not read', async () => {
  const { api, asked } = holding();
  const spec = { ...BASE, ...BASIC, secret: 'kube-system/admin' };
  await refusal(credentialsOf(api, 'owner/latency', spec));
  assert.is(asked.length, 0);
});

reading('an API server that cannot be reached is no measurement: it is thrown', async () => {
  const down = fakeApi(() => failure('Unavailable'));
  assert.ok(isFailure(await thrownBy(() => credentials(BASIC, down)), 'Unavailable'));
});

sharing.run();
placing.run();
reading.run();
