import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import {
  getExperiment,
  holdsTraffic,
  patchMarks,
  putStatus,
  STAGE_LABEL,
  TRAFFIC_FINALIZER,
} from '../../functions/lib/kubernetes/experiments.ts';
import { isFailure } from '../../functions/lib/kubernetes/failure.ts';
import { experimentObject, runningStatus } from './experiment-object.ts';
import { failure, fakeApi, thrownBy, type FakeApi } from './fake-api.ts';

const PATH = '/apis/iter8.tools/v2alpha2/namespaces/team/experiments/exp';

const reading = suite('reading an experiment');
const writing = suite('writing a status');
const marking = suite('marking an experiment');

reading('gives the object', async () => {
  const object = experimentObject();
  const { api, asked } = fakeApi(() => object);
  assert.equal(await getExperiment(api, 'team', 'exp'), object);
  assert.equal(asked, [{ method: 'GET', path: PATH }]);
});

reading('gives nothing where there is none of this name', async () => {
  const { api } = fakeApi(() => failure('NotFound'));
  assert.is(await getExperiment(api, 'team', 'exp'), undefined);
});

reading('throws where the API server may not be asked now', async () => {
  const { api } = fakeApi(() => failure('Unavailable'));
  const error = await thrownBy(() => getExperiment(api, 'team', 'exp'));
  assert.ok(isFailure(error, 'Unavailable'));
});

reading('asks for names with odd characters by one path segment each', async () => {
  const { api, asked } = fakeApi(() => experimentObject());
  await getExperiment(api, 'a/b?c', 'd#e');
  assert.match(asked[0]!.path, '/namespaces/a%2Fb%3Fc/experiments/d%23e');
});

writing('replaces the status and keeps the resourceVersion that was read', async () => {
  const { api, asked } = fakeApi(() => experimentObject());
  const status = runningStatus(10);
  await putStatus(api, experimentObject({ status: runningStatus(1) }), status);
  const [{ method, path, body }] = asked as [ApiRequest];
  assert.is(`${method} ${path}`, `PUT ${PATH}/status`);
  assert.equal(body, experimentObject({ status }));
});

writing('gives the object as it is after the write', async () => {
  const written = experimentObject({ metadata: { resourceVersion: '101' } });
  const { api } = fakeApi(() => written);
  assert.is(await putStatus(api, experimentObject(), {}), written);
});

writing('throws Conflict where somebody was first', async () => {
  const { api, asked } = fakeApi(() => failure('Conflict'));
  const error = await thrownBy(() => putStatus(api, experimentObject(), {}));
  assert.ok(isFailure(error, 'Conflict'));
  assert.is(asked.length, 1, 'a stale write is never tried again');
});

writing('gives nothing where the experiment is gone', async () => {
  const { api } = fakeApi(() => failure('NotFound'));
  assert.is(await putStatus(api, experimentObject(), {}), undefined);
});

function marked(finalizers: string[] | undefined, more: object = {}): FakeApi & { patch: Patch } {
  const fake = fakeApi(() => experimentObject());
  const metadata = { labels: { [STAGE_LABEL]: 'Running', app: 'x' }, finalizers, ...more };
  const experiment = experimentObject({ metadata });
  const patch: Patch = async (stage, holds) => {
    await patchMarks(fake.api, experiment, { stage, holdsTraffic: holds });
    return (fake.asked[0]?.body as { metadata: object } | undefined)?.metadata;
  };
  return { ...fake, patch };
}

type Patch = (stage: 'Running' | 'Completed', holds: boolean) => Promise<object | undefined>;

marking('adds the finalizer and keeps those of others', async () => {
  const { patch, asked } = marked(['other.example/guard']);
  assert.equal(await patch('Running', true), {
    resourceVersion: '100',
    labels: { [STAGE_LABEL]: 'Running' },
    finalizers: ['other.example/guard', TRAFFIC_FINALIZER],
  });
  assert.is(asked[0]?.contentType, 'application/merge-patch+json');
  assert.is(`${asked[0]?.method} ${asked[0]?.path}`, `PATCH ${PATH}`);
});

marking('removes only the own finalizer', async () => {
  const { patch } = marked(['a.example/x', TRAFFIC_FINALIZER, 'b.example/y']);
  assert.equal(await patch('Completed', false), {
    resourceVersion: '100',
    labels: { [STAGE_LABEL]: 'Completed' },
    finalizers: ['a.example/x', 'b.example/y'],
  });
});

marking(
  'a new label leaves the finalizers out, so that those of others cannot be lost',
  async () => {
    const { patch } = marked(['a.example/x', TRAFFIC_FINALIZER]);
    assert.equal(await patch('Completed', true), {
      resourceVersion: '100',
      labels: { [STAGE_LABEL]: 'Completed' },
    });
  },
);

marking('sends nothing where all is as it should be', async () => {
  const held = marked([TRAFFIC_FINALIZER]);
  await held.patch('Running', true);
  const free = marked(undefined);
  await free.patch('Running', false);
  assert.is(held.asked.length + free.asked.length, 0);
});

marking('does not add a finalizer to an object that is being deleted', async () => {
  const { patch, asked } = marked(['a.example/x'], { deletionTimestamp: '2026-01-01T00:00:00Z' });
  await patch('Running', true);
  assert.is(asked.length, 0);
});

marking('keeps the finalizer on an object that is being deleted until told otherwise', async () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const kept = marked([TRAFFIC_FINALIZER], { deletionTimestamp });
  await kept.patch('Running', true);
  assert.is(kept.asked.length, 0);
  const released = marked([TRAFFIC_FINALIZER], { deletionTimestamp });
  assert.equal(await released.patch('Running', false), {
    resourceVersion: '100',
    labels: { [STAGE_LABEL]: 'Running' },
    finalizers: [],
  });
});

marking(
  'throws Conflict where somebody was first, and gives nothing where it is gone',
  async () => {
    const marks = { stage: 'Running', holdsTraffic: true } as const;
    const refused = fakeApi(() => failure('Conflict'));
    const error = await thrownBy(() => patchMarks(refused.api, experimentObject(), marks));
    assert.ok(isFailure(error, 'Conflict'));
    const gone = fakeApi(() => failure('NotFound'));
    assert.is(await patchMarks(gone.api, experimentObject(), marks), undefined);
  },
);

marking('knows whether the finalizer is there', () => {
  assert.is(holdsTraffic(experimentObject()), false);
  assert.is(holdsTraffic(experimentObject({ metadata: { finalizers: ['other/x'] } })), false);
  const finalizers = ['other/x', TRAFFIC_FINALIZER];
  assert.is(holdsTraffic(experimentObject({ metadata: { finalizers } })), true);
});

reading.run();
writing.run();
marking.run();
