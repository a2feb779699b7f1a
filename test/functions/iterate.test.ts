import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STAGE_LABEL, TRAFFIC_FINALIZER } from '../../functions/lib/kubernetes/experiments.ts';
import type { ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { refusal } from './api-server.ts';
import { ago, forCandidate, SPLIT, startRunning, STATUS, value, type Running } from './running.ts';

const due = suite('iterate, when an iteration is due');
const early = suite('iterate, between two iterations');

let at: Running;

due.before(async () => {
  at = await startRunning();
});
early.after(() => at.stop());
for (const one of [due, early]) {
  one.before.each(() => {
    at.reset();
  });
}

/** Within an interval, which is 20 s. */
const notDue = (): ExperimentStatus => ({ nextIterationTime: ago(-20) });

due('writes the status once, and then the target once', async () => {
  at.prepare();
  assert.equal(await at.tell(), { status: 204, text: '' });
  assert.equal(at.api.writes(), [STATUS, SPLIT]);
  const { status } = at.experiment();
  assert.is(status.completedIterations, 1);
  assert.is(status.currentWeightDistribution?.[1]?.value, 20);
  assert.is(at.percent(), 20);
  assert.ok(new Date(status.nextIterationTime!).getTime() > Date.now());
  assert.is(
    status.evidence?.every(({ verdict }) => verdict === 'Satisfied'),
    true,
  );
});

due('measures every version at one time, one scrape interval in the past', async () => {
  at.prepare();
  const before = Date.now();
  await at.tell();
  const evaluated = new Date(at.experiment().status.evaluationTime!).getTime();
  assert.ok(Math.abs(before - 15_000 - evaluated) < 3000);
  assert.equal(
    at.backend.asked.map(({ query }) => Number(query.get('time'))),
    [evaluated / 1000, evaluated / 1000],
  );
});

due('reads the experiment and the target once each before it decides', async () => {
  at.prepare();
  await at.tell();
  const status = at.api.asked.findIndex(({ method }) => method === 'PUT');
  const paths = at.api.asked
    .slice(0, status)
    .map(({ path }) => path.split('/').slice(-2).join('/'));
  assert.equal(paths, ['experiments/exp', 'inferenceservices/model']);
});

due('decides to roll back where the candidate alone violates its objective', async () => {
  at.prepare();
  at.measure(forCandidate(value('101')));
  await at.tell();
  const { status, metadata } = at.experiment();
  assert.is(status.stage, 'Finishing');
  assert.is(status.outcome?.decision, 'Rollback');
  assert.is(status.currentWeightDistribution?.[1]?.value, 0);
  assert.is(metadata.labels?.[STAGE_LABEL], 'Finishing', 'which wakes finish');
  assert.equal(metadata.finalizers, [TRAFFIC_FINALIZER]);
});

due('told many times at once counts one iteration', async () => {
  at.prepare();
  const answers = await Promise.all(Array.from({ length: 6 }, at.tell));
  for (const { status } of answers) assert.is(status, 204);
  assert.is(at.experiment().status.completedIterations, 1);
  assert.is(at.percent(), 20);
});

due('does nothing to the target where another was first', async () => {
  at.prepare();
  at.api.intercept(({ method }) => (method === 'PUT' ? refusal(409, 'modified') : undefined));
  assert.equal(await at.tell(), { status: 204, text: '' });
  assert.equal(at.api.writes(), [STATUS]);
  assert.is(at.percent(), 10);
});

early('changes nothing, and measures nothing', async () => {
  at.prepare(notDue());
  const before = at.experiment();
  assert.is((await at.tell()).status, 204);
  assert.equal(at.experiment(), before);
  assert.equal(at.api.writes(), []);
  assert.is(at.backend.asked.length, 0);
});

early('only brings weights into force that an earlier iteration could not write', async () => {
  at.prepare(notDue(), 3);
  assert.is((await at.tell()).status, 204);
  assert.equal(at.api.writes(), [SPLIT]);
  assert.is(at.percent(), 10);
  assert.is(at.experiment().status.completedIterations, 0);
});

early('does nothing for an experiment that has moved on', async () => {
  for (const stage of ['Waiting', 'Initializing', 'Finishing', 'Completed'] as const) {
    at.prepare({ stage, outcome: { decision: 'Keep', reason: 'Test', message: '' } }, 3);
    await at.tell();
    assert.equal(at.api.writes(), []);
  }
  assert.is(at.percent(), 3);
});

early('does nothing for an experiment that is being deleted: finish does', async () => {
  at.prepare({}, 3);
  at.api.remove('Experiment', 'exp');
  assert.is((await at.tell()).status, 204);
  assert.equal(at.api.writes(), []);
});

due.run();
early.run();
