import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Failure, isFailure, unless } from '../../functions/lib/kubernetes/failure.ts';
import {
  getMetric,
  getNamespaceAnnotations,
  getSecret,
} from '../../functions/lib/kubernetes/lookups.ts';
import { failure, fakeApi, thrownBy } from './fake-api.ts';

const metrics = suite('looking up a Metric');
const secrets = suite('looking up a Secret');
const namespaces = suite('looking up a Namespace');
const failures = suite('a failure');

metrics('goes by its full name', async () => {
  const metric = { metadata: { name: 'latency', namespace: 'team' } };
  const { api, asked } = fakeApi(() => metric);
  assert.equal(await getMetric(api, 'team/latency'), metric);
  assert.is(asked[0]?.path, '/apis/iter8.tools/v2alpha2/namespaces/team/metrics/latency');
});

metrics('gives nothing where there is none', async () => {
  const { api } = fakeApi(() => failure('NotFound'));
  assert.is(await getMetric(api, 'team/latency'), undefined);
});

secrets('gives its values decoded', async () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const data = { token: encode('abc+/='), umlaut: encode('größer'), empty: '' };
  const { api, asked } = fakeApi(() => ({ data }));
  const values = await getSecret(api, 'team', 'prometheus');
  assert.equal(values, { token: 'abc+/=', umlaut: 'größer', empty: '' });
  assert.is(asked[0]?.path, '/api/v1/namespaces/team/secrets/prometheus');
});

secrets('may have no values at all', async () => {
  const { api } = fakeApi(() => ({}));
  assert.equal(await getSecret(api, 'team', 'empty'), {});
});

secrets(
  'gives nothing where there is none, and throws Forbidden where no right is granted',
  async () => {
    const missing = fakeApi(() => failure('NotFound'));
    assert.is(await getSecret(missing.api, 'team', 'x'), undefined);
    const forbidden = fakeApi(() => failure('Forbidden'));
    const error = await thrownBy(() => getSecret(forbidden.api, 'team', 'x'));
    assert.ok(isFailure(error, 'Forbidden'));
  },
);

namespaces('gives its annotations, also where there are none', async () => {
  const annotations = { 'iter8.tools/experiments-from': 'team' };
  const { api, asked } = fakeApi(() => ({ metadata: { annotations } }));
  assert.equal(await getNamespaceAnnotations(api, 'prod'), annotations);
  assert.is(asked[0]?.path, '/api/v1/namespaces/prod');
  const bare = fakeApi(() => ({ metadata: {} }));
  assert.equal(await getNamespaceAnnotations(bare.api, 'prod'), {});
});

namespaces('gives nothing where there is none', async () => {
  const { api } = fakeApi(() => failure('NotFound'));
  assert.is(await getNamespaceAnnotations(api, 'prod'), undefined);
});

failures('is told apart by its kind', () => {
  const error = new Failure('Conflict', 'read again');
  assert.ok(isFailure(error, 'NotFound', 'Conflict'));
  assert.not.ok(isFailure(error, 'NotFound', 'Forbidden'));
  assert.not.ok(isFailure(new Error('Conflict'), 'Conflict'));
});

failures('of a kind that is expected gives nothing; every other error is thrown', async () => {
  const fail = (error: Error) => (): Promise<string> => Promise.reject(error);
  assert.is(await unless(['NotFound'], fail(failure('NotFound'))), undefined);
  const conflict = failure('Conflict');
  assert.is(await thrownBy(() => unless(['NotFound'], fail(conflict))), conflict);
  const bug = new TypeError('a bug');
  assert.is(await thrownBy(() => unless(['NotFound'], fail(bug))), bug);
});

metrics.run();
secrets.run();
namespaces.run();
failures.run();
