import * as assert from 'uvu/assert';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { KubeObject } from '../../sandbox/kube.ts';
import type { Cluster } from './cluster.ts';
import {
  apply,
  completed,
  condition,
  experimentObject,
  experimentPath,
  getExperiment,
  startScenario,
  until,
  type Scenario,
} from './scenario.ts';
import { storiesOn, type Story } from './stories.ts';

/** Long enough not to end while a person does something. */
const LONG = { intervalSeconds: 2, iterationsPerLoop: 100 };
/** Enough for a good candidate to be seen, with as many requests. */
const SHORT = { intervalSeconds: 2, iterationsPerLoop: 7 };
const BUSY = { requestsPerSecond: 40, duration: SHORT };

/** What a person does to an experiment. */
async function edit({ kube }: Cluster, namespace: string, change: object): Promise<void> {
  await kube.patch(experimentPath(namespace), change);
}

/** Waits until an experiment is as wanted, and gives it. */
async function seen(
  scenario: Scenario,
  what: string,
  isSo: (experiment: Experiment) => boolean,
): Promise<Experiment> {
  let last: Experiment | undefined;
  const tell = (): string => JSON.stringify(last?.status, null, 1);
  const look = async (): Promise<boolean> => {
    last = await scenario.experiment();
    return last !== undefined && isSo(last);
  };
  await until(`${scenario.namespace}: ${what}`, look, 60, tell);
  return last!;
}

function iterations({ status }: Experiment): number {
  return status?.completedIterations ?? 0;
}

function pauseOf({ status }: Experiment): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Paused')?.reason;
}

async function reasonsTold({ kube }: Cluster, namespace: string): Promise<string[]> {
  const events = await kube.list<KubeObject & { reason: string }>(
    `/api/v1/namespaces/${namespace}/events`,
  );
  return events.map(({ reason }) => reason);
}

async function share(scenario: Scenario): Promise<number | undefined> {
  return (await scenario.service()).spec.predictor.canaryTrafficPercent;
}

/** A local time in UTC, as freeze windows have it. */
function localTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19);
}

const stories: Record<string, Story> = {
  'what is suspended keeps its weights and its iteration, and goes on when it is let': async (
    cluster,
  ) => {
    const namespace = 'e2e-suspended';
    const scenario = await startScenario(cluster, namespace, { duration: LONG });
    await seen(scenario, 'two iterations', (one) => iterations(one) >= 2);
    await edit(cluster, namespace, { spec: { suspend: true } });
    const held = await seen(scenario, 'to stand still', (one) => pauseOf(one) === 'Suspended');
    const weight = await share(scenario);
    const end = Date.now() + 7000;
    await until('three intervals and more to pass', () => Promise.resolve(Date.now() > end));
    assert.is(iterations((await scenario.experiment())!), iterations(held));
    assert.is(await share(scenario), weight);
    await edit(cluster, namespace, { spec: { suspend: false } });
    const resumed = await seen(scenario, 'to go on', (one) => iterations(one) > iterations(held));
    assert.is(condition(resumed, 'Paused'), 'False');
    assert.ok(resumed.status!.pausedSeconds! >= 7);
    const told = await reasonsTold(cluster, namespace);
    assert.ok(told.includes('Suspended') && told.includes('Resumed'), told.join());
  },

  'what is suspended before it starts leaves the target to others': async (cluster) => {
    const namespace = 'e2e-not-started';
    const scenario = await startScenario(cluster, namespace, { spec: { suspend: true } });
    await seen(scenario, 'to stand still', (one) => pauseOf(one) === 'Suspended');
    const other = experimentObject(namespace, { duration: LONG });
    other.metadata.name = 'other';
    await apply(cluster, [other]);
    await until('the other to run', async () => {
      return (await getExperiment(cluster, namespace, 'other'))?.status?.stage === 'Running';
    });
    assert.is((await scenario.experiment())?.status?.stage, 'Waiting');
  },

  'who asks for a promotion gets it at once': async (cluster) => {
    const namespace = 'e2e-verdict-promote';
    const scenario = await startScenario(cluster, namespace, { duration: LONG });
    await seen(scenario, 'an iteration', (one) => iterations(one) >= 1);
    await edit(cluster, namespace, { spec: { verdict: 'Promote' } });
    const end = await completed(scenario);
    assert.is(end.status?.outcome?.reason, 'VerdictPromote');
    assert.is(condition(end, 'Promoted'), 'True');
    assert.is(await share(scenario), 100);
  },

  'who asks for a rollback gets it at once, also while it is suspended': async (cluster) => {
    const namespace = 'e2e-verdict-rollback';
    const scenario = await startScenario(cluster, namespace, { duration: LONG });
    await seen(scenario, 'an iteration', (one) => iterations(one) >= 1);
    await edit(cluster, namespace, { spec: { suspend: true } });
    await seen(scenario, 'to stand still', (one) => pauseOf(one) === 'Suspended');
    await edit(cluster, namespace, { spec: { verdict: 'Rollback' } });
    const end = await completed(scenario);
    assert.is(end.status?.outcome?.reason, 'VerdictRollback');
    assert.is(condition(end, 'RolledBack'), 'True');
    assert.is(condition(end, 'Paused'), 'False');
    assert.is(await share(scenario), 0);
  },

  'a promotion waits for its approval': async (cluster) => {
    const namespace = 'e2e-approval';
    const strategy = { testingPattern: 'Canary', approval: {} };
    const scenario = await startScenario(cluster, namespace, { ...BUSY, spec: { strategy } });
    const waiting = await seen(scenario, 'to ask', (one) => pauseOf(one) === 'AwaitingApproval');
    assert.match(waiting.status!.message!, 'set spec.verdict to Promote or Rollback before');
    await seen(scenario, 'more iterations', (one) => iterations(one) >= 9);
    assert.ok((await share(scenario))! <= 95);
    await edit(cluster, namespace, { spec: { verdict: 'Promote' } });
    const end = await completed(scenario);
    assert.is(condition(end, 'Promoted'), 'True');
    assert.ok((await reasonsTold(cluster, namespace)).includes('AwaitingApproval'));
  },

  'what nobody approves in time is rolled back': async (cluster) => {
    const strategy = { testingPattern: 'Canary', approval: { deadlineSeconds: 3 } };
    const setup = { ...BUSY, spec: { strategy } };
    const scenario = await startScenario(cluster, 'e2e-not-approved', setup);
    const end = await completed(scenario);
    assert.is(end.status?.outcome?.reason, 'NotApproved');
    assert.is(condition(end, 'RolledBack'), 'True');
    assert.is(await share(scenario), 0);
  },

  'a promotion waits for the end of a freeze window': async (cluster) => {
    const start = localTime(Date.now() - 60_000);
    const rule = 'FREQ=DAILY;COUNT=1';
    const freeze = { windows: [{ rule, start, durationSeconds: 100 }] };
    const strategy = { testingPattern: 'Canary', freeze };
    const setup = { ...BUSY, spec: { strategy } };
    const scenario = await startScenario(cluster, 'e2e-frozen', setup);
    const frozen = await seen(scenario, 'to wait', (one) => pauseOf(one) === 'Frozen');
    const { nextOpening } = frozen.status!;
    assert.is(localTime(Date.parse(nextOpening!)), localTime(Date.parse(`${start}Z`) + 100_000));
    const end = await completed(scenario);
    assert.is(condition(end, 'Promoted'), 'True', JSON.stringify(end.status));
    assert.ok(end.status!.stageStartTime! >= nextOpening!);
  },

  'what is edited on the way is told; what must not be edited is held until it is changed back':
    async (cluster) => {
      const namespace = 'e2e-edited';
      const setup = { ...BUSY, duration: LONG };
      const scenario = await startScenario(cluster, namespace, setup);
      await seen(scenario, 'an iteration', (one) => iterations(one) >= 1);
      await edit(cluster, namespace, {
        spec: { target: 'another', duration: { intervalSeconds: 1 } },
      });
      const held = await seen(scenario, 'to be held', ({ status }) =>
        Boolean(status?.conditions?.some(({ reason }) => reason === 'InvalidExperiment')),
      );
      assert.match(JSON.stringify(held.status), 'spec.target: it cannot be changed');
      const duration = { iterationsPerLoop: iterations(held) + 6 };
      await edit(cluster, namespace, { spec: { target: `${namespace}/iris`, duration } });
      const end = await completed(scenario);
      assert.is(condition(end, 'Promoted'), 'True');
      assert.is(iterations(end), iterations(held) + 6);
      assert.ok((await reasonsTold(cluster, namespace)).includes('SpecChanged'));
    },

  'another run is had for the asking': async (cluster) => {
    const namespace = 'e2e-retried';
    const scenario = await startScenario(cluster, namespace, {
      ...BUSY,
      objectives: [{ metric: 'mean-latency', upperLimit: 1, rollback_on_failure: true }],
    });
    const first = await completed(scenario);
    assert.is(condition(first, 'RolledBack'), 'True');
    await edit(cluster, namespace, {
      metadata: { annotations: { 'iter8.tools/retry': '2' } },
      spec: { criteria: { objectives: [{ metric: 'mean-latency', upperLimit: 200 }] } },
    });
    await seen(scenario, 'the second run', ({ status }) => status?.run === 2);
    const second = await completed(scenario);
    assert.is(condition(second, 'Promoted'), 'True', JSON.stringify(second.status));
    assert.is(condition(second, 'RolledBack'), 'False');
    assert.is(await share(scenario), 100);
  },
};

const hand = await storiesOn("a person's hand", stories);
hand.run();
