import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Stoppable } from '../../sandbox/http.ts';
import { startKServe } from '../../sandbox/kserve.ts';
import type {
  InferenceService,
  PredictorStatus,
  ServiceStatus,
} from '../../sandbox/kserve-status.ts';
import type { Kube, WatchHandlers } from '../../sandbox/kube.ts';
import { startServing } from '../../sandbox/serving.ts';
import { until } from './until.ts';

type Object = InferenceService & { status?: ServiceStatus };

/** An API server for one InferenceService: keeps it and tells of each change. */
function startObjectStore(): {
  kube: Kube;
  apply: (storageUri: string, canaryTrafficPercent?: number) => Promise<void>;
  remove: () => Promise<void>;
  predictor: () => PredictorStatus;
  ready: () => string | undefined;
} {
  const told: WatchHandlers<Object>[] = [];
  let stored: Object | undefined;
  const tell = async (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Object): Promise<void> => {
    for (const handlers of told) await handlers.changed(type, object);
  };
  const kube = {
    watch: async (_path: string, _query: object, handlers: WatchHandlers<Object>) => {
      await handlers.listed?.([]);
      told.push(handlers);
      return { stop: () => Promise.resolve() };
    },
    patch: async (_path: string, change: { status: ServiceStatus }) => {
      stored = { ...stored!, ...change };
      void tell('MODIFIED', stored);
      return Promise.resolve(stored);
    },
  };
  const metadata = { name: 'iris', namespace: 'test', uid: '1' };
  return {
    kube: kube as unknown as Kube,
    apply: (storageUri, canaryTrafficPercent) => {
      const type = stored === undefined ? 'ADDED' : 'MODIFIED';
      const share = canaryTrafficPercent === undefined ? {} : { canaryTrafficPercent };
      const spec = { predictor: { ...share, model: { storageUri } } };
      stored = { ...stored, metadata, spec };
      return tell(type, stored);
    },
    remove: () => tell('DELETED', stored!),
    predictor: () => stored?.status?.components.predictor ?? {},
    ready: () => stored?.status?.conditions.find(({ type }) => type === 'Ready')?.status,
  };
}

const R1 = 'iris-predictor-00001';
const R2 = 'iris-predictor-00002';

const standIn = suite('the KServe stand-in');
const running: Stoppable[] = [];

async function start(readyDelayMs = 20) {
  const store = startObjectStore();
  const serving = await startServing();
  const kserve = await startKServe({
    kube: store.kube,
    serving,
    reconcileDelayMs: 1,
    readyDelayMs,
  });
  running.push(serving, kserve);
  const url = `${await serving.open('test', 'iris-predictor')}/v1/models/iris:predict`;
  const predict = async (): Promise<number> => {
    const answer = await fetch(url, { method: 'POST', body: '{}' });
    await answer.text();
    return answer.status;
  };
  return { store, serving, kserve, predict };
}

standIn.after.each(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

standIn('brings a service up and serves it at its address', async () => {
  const { store, predict } = await start();
  assert.is(await predict(), 503, 'nothing is served yet');
  await store.apply('sandbox://good?ms=1');
  await until(() => store.ready() === 'True');
  assert.is(store.predictor().latestRolledoutRevision, R1);
  assert.is(await predict(), 200);
});

standIn('sends each revision the share it was given', async () => {
  const { store, serving, predict } = await start();
  await store.apply('sandbox://good?ms=0');
  await until(() => store.ready() === 'True');
  await store.apply('sandbox://good?ms=1', 50);
  await until(() => store.predictor().latestReadyRevision === R2);
  for (let request = 0; request < 60; request += 1) await predict();
  const shares = [R1, R2].map((revision) => serving.counts('test', revision).requests);
  assert.is(shares[0]! + shares[1]!, 60);
  assert.ok(shares[0]! > 15 && shares[1]! > 15, String(shares));
});

standIn('takes a promotion back after it was settled', async () => {
  const { store } = await start();
  await store.apply('sandbox://good');
  await until(() => store.ready() === 'True');
  await store.apply('sandbox://good?ms=1', 100);
  await until(() => store.predictor().latestRolledoutRevision === R2);
  await store.apply('sandbox://good?ms=1', 0);
  await until(() => store.predictor().latestRolledoutRevision === R1);
  await until(() => store.predictor().traffic?.[1]?.revisionName === R1);
  assert.equal(
    store.predictor().traffic?.map(({ percent }) => percent),
    [0, 100],
  );
});

standIn('never lets an unready model get traffic', async () => {
  const { store, serving, predict } = await start();
  await store.apply('sandbox://good?ms=0');
  await until(() => store.ready() === 'True');
  await store.apply('sandbox://unready', 100);
  await until(() => store.ready() === 'False');
  assert.is(store.predictor().latestCreatedRevision, R2);
  assert.is(store.predictor().latestReadyRevision, R1);
  assert.is(await predict(), 200);
  assert.is(serving.counts('test', R1).requests, 1);
});

standIn('fails a revision whose behaviour it does not understand', async () => {
  const { store } = await start();
  await store.apply('sandbox://brilliant');
  await until(() => store.ready() === 'False');
});

standIn('can make a revision fail and mend it', async () => {
  const { store, kserve, predict } = await start();
  await store.apply('sandbox://good?ms=0');
  await until(() => store.ready() === 'True');
  kserve.setReady('test', R1, false);
  assert.is(await predict(), 503);
  await until(() => store.ready() === 'False');
  kserve.setReady('test', R1, true);
  assert.is(await predict(), 200);
  await until(() => store.ready() === 'True');
});

standIn('stops serving what is deleted', async () => {
  const { store, predict, serving } = await start();
  await store.apply('sandbox://good?ms=0');
  await until(() => store.ready() === 'True');
  await predict();
  await store.remove();
  assert.throws(() => serving.counts('test', R1), /no revision/);
  assert.not.match(await (await fetch(`${serving.metricsUrl}/metrics`)).text(), R1);
});

standIn.run();
