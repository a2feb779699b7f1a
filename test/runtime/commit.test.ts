import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import type { ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { STAGE_LABEL, TRAFFIC_FINALIZER } from '../../functions/lib/kubernetes/experiments.ts';
import { isFailure } from '../../functions/lib/kubernetes/failure.ts';
import { commit, holdTraffic } from '../../functions/lib/runtime/commit.ts';
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import { failure, thrownBy } from '../kubernetes/fake-api.ts';
import { calls, fakeWorld, type FakeWorld } from './fake-world.ts';

const writing = suite('a plan that becomes the status');
const timing = suite('the deadline of a stage');
const racing = suite('a plan that comes second');
const ending = suite('the last plan of an experiment');
const holding = suite('holding the traffic');

const TOLD = { type: 'Normal', reason: 'WeightsChanged', message: 'canary 20 %' } as const;
const LABELLED = { labels: { [STAGE_LABEL]: 'Running' } };

/** Three iterations of 20 s, planned twice, and an hour after the start. */
const DEADLINE = '2026-01-01T01:02:10.000Z';

const statusOf = (candidateWeight: number, different: ExperimentStatus = {}): ExperimentStatus =>
  runningStatus(candidateWeight, { deadline: DEADLINE, ...different });

const running = (metadata: Partial<Experiment['metadata']> = LABELLED): Experiment =>
  experimentObject({ metadata, status: statusOf(10) });

const plan = (status: ExperimentStatus = statusOf(20)): Plan => ({
  status,
  announcements: [TOLD],
});

/** An API server that takes every write, counting resourceVersions, but for what a test refuses. */
function serverOf(
  experiment: Experiment,
  refuse: (request: ApiRequest) => unknown = () => undefined,
): FakeWorld {
  let stored = experiment;
  const touch = (change: object): Experiment => {
    const resourceVersion = String(Number(stored.metadata.resourceVersion) + 1);
    stored = { ...stored, ...change };
    stored = { ...stored, metadata: { ...stored.metadata, resourceVersion } };
    return stored;
  };
  return fakeWorld((request) => {
    const { method, path, body } = request;
    const refused = refuse(request);
    if (refused) return refused;
    if (path.endsWith('/events')) return {};
    const { status, metadata } = body as Experiment;
    return method === 'PUT'
      ? touch({ status })
      : touch({ metadata: { ...stored.metadata, ...metadata } });
  });
}

const versionOf = (request: ApiRequest | undefined): string =>
  (request?.body as Experiment).metadata.resourceVersion;

writing('is written once, guarded by the version that was read, and then told', async () => {
  const world = serverOf(running());
  const written = await commit(world, running(), plan());
  assert.equal(calls(world), ['PUT exp/status', 'POST team/events']);
  assert.is(versionOf(world.asked[0]), '100');
  assert.equal(written?.status, statusOf(20));
  assert.is(written?.metadata.resourceVersion, '101');
});

writing('is not written where nothing is new, but told again', async () => {
  const world = serverOf(running());
  const written = await commit(world, running(), plan(statusOf(10)));
  assert.equal(calls(world), ['POST team/events']);
  assert.equal(written, running());
});

writing('mends the label of its stage, after the status', async () => {
  const world = serverOf(running({}));
  const written = await commit(world, running({}), plan());
  assert.equal(calls(world), ['PUT exp/status', 'POST team/events', 'PATCH experiments/exp']);
  assert.is(versionOf(world.asked[2]), '101', 'guarded by the version of its own write');
  assert.is(written?.metadata.labels?.[STAGE_LABEL], 'Running');
});

writing('counts although its label could not be mended in between', async () => {
  const world = serverOf(running({}), ({ method }) => method === 'PATCH' && failure('Conflict'));
  const written = await commit(world, running({}), plan());
  assert.equal(written?.status, statusOf(20));
});

writing('counts although it could not be told, which is logged', async () => {
  const world = serverOf(running(), ({ path }) => path.endsWith('/events') && failure('Forbidden'));
  const written = await commit(world, running(), plan());
  assert.equal(written?.status, statusOf(20));
  assert.ok(world.logged.some(({ message }) => message === 'an Event could not be written'));
});

writing('is logged with what was decided', async () => {
  const world = serverOf(running());
  await commit(world, running(), plan());
  const [{ message, facts }] = world.logged as [(typeof world.logged)[0]];
  assert.is(message, 'decided');
  assert.is(facts.experiment, 'team/exp');
  assert.is(facts.uid, 'b6bd5d4d-0001');
  assert.equal(facts.weights, { default: 80, canary: 20 });
});

/** The deadline that a plan is written with. */
async function deadlineIn(status: ExperimentStatus): Promise<string | undefined> {
  const world = serverOf(running());
  return (await commit(world, running(), plan(status)))?.status?.deadline;
}

timing('is written with every status, by the clock of its stage', async () => {
  assert.is(await deadlineIn(runningStatus(20)), DEADLINE);
  const wrong = { deadline: '2020-01-01T00:00:00.000Z' };
  assert.is(await deadlineIn(runningStatus(20, wrong)), DEADLINE);
  assert.is(await deadlineIn(runningStatus(20, { pausedSeconds: 60 })), '2026-01-01T01:03:10.000Z');
  const finishing = runningStatus(20, { stage: 'Finishing' });
  assert.is(await deadlineIn(finishing), '2026-01-01T00:15:10.000Z');
});

timing('is not there while the clock stands still, at a gate, or at the end', async () => {
  const since = { pausedSince: '2026-01-01T00:01:00.000Z' };
  assert.is(await deadlineIn(statusOf(20, since)), undefined);
  assert.is(await deadlineIn(statusOf(20, { completedIterations: 3 })), undefined);
  assert.is(await deadlineIn(statusOf(20, { stage: 'Completed' })), undefined);
});

timing('is news by itself where somebody has edited the duration', async () => {
  const world = serverOf(running());
  const edited = running();
  edited.spec.duration = { ...edited.spec.duration, iterationsPerLoop: 30 };
  const written = await commit(world, edited, { status: statusOf(10), announcements: [] });
  assert.equal(calls(world), ['PUT exp/status']);
  assert.is(written?.status?.deadline, '2026-01-01T01:20:10.000Z');
});

racing('gives nothing, writes nothing more and tells nothing', async () => {
  const world = serverOf(running({}), ({ method }) => method === 'PUT' && failure('Conflict'));
  assert.is(await commit(world, running({}), plan()), undefined);
  assert.equal(calls(world), ['PUT exp/status']);
  assert.equal(
    world.logged.map(({ message }) => message),
    ['somebody else was first'],
  );
});

racing('gives nothing where the experiment is gone', async () => {
  const world = serverOf(running(), () => failure('NotFound'));
  assert.is(await commit(world, running(), plan()), undefined);
  assert.equal(calls(world), ['PUT exp/status']);
});

racing('throws where the API server cannot be reached', async () => {
  const world = serverOf(running(), () => failure('Unavailable'));
  assert.ok(isFailure(await thrownBy(() => commit(world, running(), plan())), 'Unavailable'));
});

const completed = runningStatus(0, { stage: 'Completed' });
const held = { ...LABELLED, finalizers: ['other/x', TRAFFIC_FINALIZER] };

ending('gives the finalizer back before the status says that all is done', async () => {
  const world = serverOf(running(held));
  const written = await commit(world, running(held), plan(completed));
  assert.equal(calls(world), ['PATCH experiments/exp', 'PUT exp/status', 'POST team/events']);
  assert.is(versionOf(world.asked[1]), '101');
  assert.is(written?.status?.stage, 'Completed');
  assert.equal(written?.metadata.finalizers, ['other/x']);
});

ending('leaves the status unfinished where the finalizer could not be given back', async () => {
  for (const kind of ['Conflict', 'NotFound'] as const) {
    const world = serverOf(running(held), ({ method }) => method === 'PATCH' && failure(kind));
    assert.is(await commit(world, running(held), plan(completed)), undefined);
    assert.equal(calls(world), ['PATCH experiments/exp']);
  }
});

ending('is all there is to do where the object went with its finalizer', async () => {
  const world = serverOf(running(held), ({ method }) => method === 'PUT' && failure('NotFound'));
  assert.is(await commit(world, running(held), plan(completed)), undefined);
  assert.equal(calls(world), ['PATCH experiments/exp', 'PUT exp/status']);
});

holding('puts the finalizer on', async () => {
  const world = serverOf(running());
  const marked = await holdTraffic(world, running());
  assert.equal(marked?.metadata.finalizers, [TRAFFIC_FINALIZER]);
});

holding('needs no request where it is held', async () => {
  const world = serverOf(running(held));
  assert.ok(await holdTraffic(world, running(held)));
  assert.is(world.asked.length, 0);
});

holding(
  'gives nothing where somebody else wrote first, or it is gone: then nothing may move',
  async () => {
    for (const kind of ['Conflict', 'NotFound'] as const) {
      const world = serverOf(running(), () => failure(kind));
      assert.is(await holdTraffic(world, running()), undefined);
    }
  },
);

writing.run();
timing.run();
racing.run();
ending.run();
holding.run();
