import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Announcement } from '../../functions/lib/experiment/plan.ts';
import { announce } from '../../functions/lib/kubernetes/events.ts';
import type { Failure } from '../../functions/lib/kubernetes/failure.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus } from './experiment-object.ts';
import { failure, fakeApi } from './fake-api.ts';

const NOW = new Date('2026-01-01T00:10:00Z');
const TOLD: Announcement = { type: 'Warning', reason: 'NoData', message: 'nothing was measured' };

const telling = suite('an Event about an experiment');
const losing = suite('an Event that cannot be written');

type Told = { metadata: { name: string; namespace: string }; message: string };

async function tell(experiment: Experiment, ...told: Announcement[]): Promise<Told[]> {
  const { api, asked } = fakeApi(() => ({}));
  const onLost = (message: string): void => {
    throw new Error(message);
  };
  await announce(api, experiment, told, { now: NOW, onLost });
  return asked.map(({ body }) => body as Told);
}

const running = (completedIterations = 3): Experiment =>
  experimentObject({ status: runningStatus(10, { completedIterations }) });

telling('is written in the experiment’s namespace and says what it is about', async () => {
  const { api, asked } = fakeApi(() => ({}));
  await announce(api, running(), [TOLD], { now: NOW, onLost: assert.unreachable });
  const [request] = asked;
  assert.is(`${request?.method} ${request?.path}`, 'POST /api/v1/namespaces/team/events');
  const { metadata, ...event } = request?.body as Told;
  assert.is(metadata.namespace, 'team');
  assert.equal(event, {
    involvedObject: {
      apiVersion: 'iter8.tools/v2alpha2',
      kind: 'Experiment',
      name: 'exp',
      namespace: 'team',
      uid: 'b6bd5d4d-0001',
      resourceVersion: '100',
    },
    type: 'Warning',
    reason: 'NoData',
    message: 'nothing was measured',
    source: { component: 'iter8-kserve' },
    firstTimestamp: '2026-01-01T00:10:00.000Z',
    lastTimestamp: '2026-01-01T00:10:00.000Z',
    count: 1,
  });
});

telling('has the same name when the same step is repeated, whenever that is', async () => {
  const [first] = await tell(running(), TOLD);
  const later = running();
  later.metadata.resourceVersion = '999';
  const [second] = await tell(later, TOLD);
  assert.is(first?.metadata.name, second?.metadata.name);
});

telling('has another name for another iteration, text or experiment', async () => {
  const other = running();
  other.metadata.uid = 'another-uid';
  const told = [
    ...(await tell(running(), TOLD, { ...TOLD, message: 'else' }, { ...TOLD, type: 'Normal' })),
    ...(await tell(running(4), TOLD)),
    ...(await tell(other, TOLD)),
  ];
  assert.is(new Set(told.map(({ metadata }) => metadata.name)).size, 5);
});

telling('has a name that the API server takes, however long the experiment’s is', async () => {
  for (const name of [
    'e',
    'e'.repeat(253),
    `${'e'.repeat(229)}-${'x'.repeat(20)}`,
    `${'e'.repeat(229)}.x`,
  ]) {
    const [told] = await tell(experimentObject({ metadata: { name } }), TOLD);
    assert.ok(told!.metadata.name.length <= 253);
    assert.match(
      told!.metadata.name,
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    );
  }
});

telling('has a message of at most 1024 characters', async () => {
  const [told] = await tell(running(), { ...TOLD, message: 'x'.repeat(5000) });
  assert.is(told?.message, 'x'.repeat(1024));
});

async function lost(
  ...failures: (Failure | undefined)[]
): Promise<{ lost: string[]; sent: number }> {
  const messages: string[] = [];
  const { api, asked } = fakeApi(() => failures.shift() ?? {});
  const onLost = (message: string): void => void messages.push(message);
  await announce(api, running(), [TOLD, { ...TOLD, reason: 'Other' }], { now: NOW, onLost });
  return { lost: messages, sent: asked.length };
}

losing('is no loss where it exists already', async () => {
  assert.equal(await lost(failure('Conflict')), { lost: [], sent: 2 });
});

for (const kind of ['Forbidden', 'Invalid', 'NotFound', 'Unavailable'] as const) {
  losing(`never fails the step (${kind}), and the next one is still told`, async () => {
    const error = failure(kind);
    assert.equal(await lost(error), { lost: [error.message], sent: 2 });
  });
}

telling.run();
losing.run();
