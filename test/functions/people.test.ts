// A person's hand on an experiment, through the real functions.
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TRAFFIC_FINALIZER } from '../../functions/lib/kubernetes/experiments.ts';
import type { Experiment, ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';
import { postEvent, startFunction, type FunctionProcess } from '../process.ts';
import { inferenceService } from '../targets/fake-objects.ts';
import { ago, startRunning, type Running } from './running.ts';

const DEADLINE_SECONDS = '0.5';
const TIMEOUT_MS = 10_000;

const before = suite('a person, before an experiment runs');
const during = suite('a person, while an experiment runs');
const after = suite('a person, when an experiment ends');

let at: Running;
let start: FunctionProcess;
let finish: FunctionProcess;

/** The first suite starts what all use, the last one stops it. */
before.before(async () => {
  // A tick of ten minutes looks at the completed ones, too.
  at = await startRunning({ TICK_SECONDS: '600' });
  const environment = { KUBECONFIG: at.api.kubeconfig };
  start = await startFunction('start', environment);
  finish = await startFunction('finish', {
    ...environment,
    HANDLER_DEADLINE_SECONDS: DEADLINE_SECONDS,
  });
});
after.after(async () => {
  await start.stop();
  await finish.stop();
  await at.stop();
});
for (const one of [before, during, after]) {
  one.before.each(() => {
    at.reset();
  });
}

const SUBJECT = { subject: 'namespaces/team/experiments/exp' };
const toStart = (type = 'dev.knative.apiserver.resource.add'): Promise<unknown> =>
  postEvent(start.url, { ...SUBJECT, type });

/** A model with a candidate, and an experiment without metrics that nobody has seen yet. */
function create(spec: Partial<ExperimentSpec> = {}): void {
  at.api.put({ ...inferenceService({ percent: 0 }), kind: 'InferenceService' });
  at.api.put(experimentObject({ spec }));
}

/** What a person writes with kubectl. */
function edit(spec: Partial<ExperimentSpec>): void {
  const { metadata, ...rest } = at.experiment();
  const generation = metadata.generation + 1;
  const experiment: Experiment = {
    ...rest,
    metadata: { ...metadata, generation },
    spec: { ...rest.spec, ...spec },
  };
  at.api.put(experiment);
}

const isTrue = (type: string): boolean => at.condition(type)?.status === 'True';
const paused = (): string | undefined => at.condition('Paused')?.reason;

/** Tells finish again and again, as the tick does, until the experiment is completed. */
async function finished(): Promise<void> {
  const end = Date.now() + TIMEOUT_MS;
  while (at.experiment().status.stage !== 'Completed') {
    assert.ok(Date.now() < end, JSON.stringify(at.experiment().status));
    await postEvent(finish.url, { ...SUBJECT, type: 'tools.iter8.experiment.finish' });
    await sleep(50);
  }
}

before(
  'who suspends it keeps it from its target and its traffic, until he resumes it',
  async () => {
    create({ suspend: true });
    await toStart();
    assert.is(at.experiment().status.stage, 'Waiting');
    assert.is(paused(), 'Suspended');
    assert.is(isTrue('TargetAcquired'), false);
    assert.is(at.percent(), 0);
    edit({ suspend: false });
    await toStart();
    await toStart();
    assert.is(at.experiment().status.stage, 'Running');
    assert.is(paused(), 'NotPaused');
    assert.is(at.percent(), 1);
  },
);

before('whose freeze window is in force has its BlueGreen switch wait', async () => {
  const window = { rule: 'FREQ=DAILY', start: ago(3600).slice(0, 19), timeZone: 'UTC' };
  const { strategy } = experimentObject().spec;
  create({
    strategy: {
      ...strategy,
      deploymentPattern: 'BlueGreen',
      freeze: { effect: 'Promotion', windows: [{ ...window, durationSeconds: 7200 }] },
    },
  });
  await toStart();
  assert.is(at.experiment().status.stage, 'Waiting');
  assert.is(paused(), 'Frozen');
  assert.ok(Date.parse(at.experiment().status.nextOpening!) > Date.now());
  assert.is(at.percent(), 0);
  edit({ strategy: { ...strategy, deploymentPattern: 'BlueGreen' } });
  await toStart();
  await toStart();
  assert.is(at.percent(), 100);
});

before('who calls it off ends it, with nothing moved', async () => {
  create({ verdict: 'Rollback' });
  await toStart();
  assert.is(at.experiment().status.stage, 'Completed');
  assert.is(isTrue('Failed'), false);
  assert.is(at.percent(), 0);
});

during('who suspends it holds its weights; nothing is measured', async () => {
  at.prepare({}, 3);
  edit({ suspend: true });
  await at.tell();
  assert.is(paused(), 'Suspended');
  assert.is(at.experiment().status.completedIterations, 0);
  assert.is(at.backend.asked.length, 0);
  assert.is(at.percent(), 10, 'what an earlier iteration could not write');
  const suspended = at.experiment();
  await at.tell();
  assert.equal(at.experiment(), suspended);
});

during('who resumes it has the next iteration as far away as it was', async () => {
  const nextIterationTime = ago(-5);
  at.prepare({ nextIterationTime });
  edit({ suspend: true });
  await at.tell();
  await sleep(1100);
  edit({ suspend: false });
  await at.tell();
  const { status } = at.experiment();
  assert.is(paused(), 'NotPaused');
  assert.is(status.completedIterations, 0);
  assert.ok(status.pausedSeconds! >= 1);
  const later = Date.parse(status.nextIterationTime!) - Date.parse(nextIterationTime);
  assert.is(later, 1000 * status.pausedSeconds!);
});

during('whose spec cannot be gone by is told so, and changes it back', async () => {
  at.prepare();
  edit({ target: 'another' });
  await at.tell();
  assert.is(at.condition('Ready')?.reason, 'InvalidExperiment');
  assert.is(at.backend.asked.length, 0);
  edit({ target: 'model' });
  await at.tell();
  assert.is(at.experiment().status.completedIterations, 1);
  assert.is(at.percent(), 20);
});

after('who promotes the candidate sees it promoted, without a further measurement', async () => {
  at.prepare();
  edit({ verdict: 'Promote' });
  await at.tell();
  assert.is(at.experiment().status.stage, 'Finishing');
  assert.is(at.backend.asked.length, 0);
  await finished();
  assert.is(at.percent(), 100);
  assert.is(isTrue('Promoted'), true);
  assert.match(at.experiment().status.message!, 'VerdictPromote');
});

after('who calls a promotion back sees the baseline restored', async () => {
  at.prepare();
  edit({ verdict: 'Promote' });
  await at.tell();
  await postEvent(finish.url, { ...SUBJECT, type: 'tools.iter8.experiment.finish' });
  assert.is(at.percent(), 100);
  edit({ verdict: 'Rollback' });
  // This stand-in of KServe cannot take back what it rolled out.
  at.api.put({ ...inferenceService({ percent: 40 }), kind: 'InferenceService' });
  await finished();
  assert.is(at.percent(), 0);
  assert.is(isTrue('RolledBack'), true);
  assert.match(at.experiment().status.message!, 'VerdictRollback');
});

after('who asks for another run gets it: the update of a completed one wakes start', async () => {
  create({ verdict: 'Rollback' });
  await toStart();
  assert.is(at.experiment().status.stage, 'Completed');
  await toStart('dev.knative.apiserver.resource.update');
  assert.is(at.experiment().status.run, 1);
  const { metadata } = at.experiment();
  const annotations = { 'iter8.tools/retry': '2' };
  at.api.put({ ...at.experiment(), metadata: { ...metadata, annotations } });
  await toStart('dev.knative.apiserver.resource.update');
  assert.is(at.experiment().status.run, 1, 'the verdict was for the last run');
  const spec = { ...at.experiment().spec };
  delete spec.verdict;
  at.api.put({ ...at.experiment(), spec });
  await toStart('dev.knative.apiserver.resource.update');
  const { status, metadata: held } = at.experiment();
  assert.is(status.run, 2);
  assert.is(status.stage, 'Running');
  assert.is(status.outcome, undefined);
  assert.equal(held.finalizers, [TRAFFIC_FINALIZER]);
  assert.is(at.percent(), 1);
});

after('whose wish for another run was not heard is heard with a later tick', async () => {
  create();
  at.api.put({
    ...experimentObject({ metadata: { annotations: { 'iter8.tools/retry': '2' } } }),
    status: { stage: 'Completed', run: 1, conditions: [] },
  });
  await postEvent(at.iterate.url, { type: 'dev.knative.sources.ping' });
  assert.is(at.experiment().status.run, 2);
  assert.is(at.experiment().status.stage, 'Running');
});

for (const tests of [before, during, after]) tests.run();
