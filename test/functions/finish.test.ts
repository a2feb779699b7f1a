import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STAGE_LABEL, TRAFFIC_FINALIZER } from '../../functions/lib/kubernetes/experiments.ts';
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import { postEvent, startFunction, type FunctionProcess, type Reply } from '../process.ts';
import {
  BASELINE,
  CANDIDATE,
  inferenceService,
  STRANGER,
  type ServiceState,
} from '../targets/fake-objects.ts';
import { refusal, startApiServer, type ApiServer } from './api-server.ts';

const DEADLINE_SECONDS = 1;
const TIMEOUT_MS = 10_000;

const promoting = suite('finish promotes');
const restoring = suite('finish restores');
const deleting = suite('finish, when the experiment is deleted');
const failing = suite('finish in trouble');

let api: ApiServer;
let finish: FunctionProcess;

/** The first suite starts what all use, the last one stops it. */
promoting.before(async () => {
  api = await startApiServer();
  finish = await startFunction('finish', {
    KUBECONFIG: api.kubeconfig,
    HANDLER_DEADLINE_SECONDS: String(DEADLINE_SECONDS),
    FINISHING_DEADLINE_SECONDS: '2',
  });
});
failing.after(async () => {
  await finish.stop();
  await api.stop();
});
for (const one of [promoting, restoring, deleting, failing]) {
  one.before.each(() => {
    api.reset();
  });
}

const PROMOTE: ExperimentStatus = {
  outcome: { decision: 'Promote', version: 'canary', reason: 'CandidateWon', message: 'it won' },
  ...weights(100),
};
const ROLLBACK: ExperimentStatus = {
  outcome: { decision: 'Rollback', version: 'default', reason: 'ObjectiveViolated', message: '' },
  ...weights(0),
};

function weights(candidate: number): ExperimentStatus {
  return { currentWeightDistribution: runningStatus(candidate).currentWeightDistribution };
}

/** An experiment that has just entered Finishing (or another stage), and its target. */
function prepare(status: ExperimentStatus, service: ServiceState = { percent: 40 }): void {
  api.put({ ...inferenceService(service), kind: 'InferenceService' });
  api.put(
    experimentObject({
      metadata: { labels: { [STAGE_LABEL]: 'Finishing' }, finalizers: [TRAFFIC_FINALIZER] },
      status: runningStatus(40, {
        stage: 'Finishing',
        stageStartTime: new Date().toISOString(),
        ...status,
      }),
    }),
  );
}

const EVENT = { type: 'tools.iter8.experiment.finish', subject: 'namespaces/team/experiments/exp' };
const tell = (): Promise<Reply> => postEvent(finish.url, EVENT);

type Found = (Experiment & { status: ExperimentStatus }) | undefined;
const experiment = (): Found => api.get('Experiment', 'exp') as Found;
type Service = {
  spec: { predictor: { canaryTrafficPercent?: number } };
  status: { components: { predictor: { latestRolledoutRevision: string } } };
};
const service = (): Service => api.get('InferenceService', 'model') as Service;
const percent = (): number | undefined => service().spec.predictor.canaryTrafficPercent;
const isTrue = (type: string): boolean =>
  experiment()?.status.conditions?.find((one) => one.type === type)?.status === 'True';

/** Tells it again and again, as the tick does, until the experiment is as it should be. */
async function tellUntil(isDone: (found: Found) => boolean): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!isDone(experiment())) {
    assert.ok(Date.now() < deadline, `in vain: ${JSON.stringify(experiment()?.status)}`);
    assert.ok([204, 503].includes((await tell()).status));
    await sleep(50);
  }
}

const isCompleted = (found: Found): boolean => found?.status.stage === 'Completed';
const splits = (): number => api.writes().filter((write) => write.includes('/model')).length;

promoting('once, and completes only after the deadline of a late writer', async () => {
  prepare(PROMOTE);
  const began = new Date(experiment()!.status.stageStartTime!).getTime();
  assert.equal(await tell(), { status: 204, text: '' });
  assert.is(percent(), 100);
  assert.is(experiment()?.status.stage, 'Finishing');
  assert.is((await tell()).status, 204);
  assert.is(experiment()?.status.stage, 'Finishing');
  await tellUntil(isCompleted);
  assert.ok(Date.now() - began >= DEADLINE_SECONDS * 1000);
  assert.is(splits(), 1);
  assert.is(service().status.components.predictor.latestRolledoutRevision, CANDIDATE);
  assert.is(isTrue('Promoted'), true);
  assert.is(isTrue('Failed'), false);
  assert.is(experiment()?.metadata.labels?.[STAGE_LABEL], 'Completed');
  assert.equal(experiment()?.metadata.finalizers, []);
});

promoting('and writes nothing more once it has completed', async () => {
  prepare({ ...PROMOTE, stage: 'Completed' });
  const before = experiment();
  assert.is((await tell()).status, 204);
  assert.equal(experiment(), before);
  assert.equal(api.writes(), []);
});

promoting('again where a late writer came in between', async () => {
  prepare(PROMOTE);
  await tell();
  const late = { percent: 50, rolledOut: CANDIDATE };
  api.put({ ...inferenceService(late), kind: 'InferenceService' });
  await tellUntil(isCompleted);
  assert.is(percent(), 100);
  assert.is(isTrue('Promoted'), true);
});

promoting('never a revision that was not assessed', async () => {
  prepare(PROMOTE, { percent: 40, created: STRANGER, ready: STRANGER });
  await tell();
  assert.match(JSON.stringify(experiment()?.status.conditions), `revision ${STRANGER} replaced`);
  await tellUntil(isCompleted);
  assert.is(percent(), 0);
  assert.is(isTrue('Promoted'), false);
  assert.is(isTrue('RolledBack'), true);
  assert.is(isTrue('Failed'), true);
});

restoring('the baseline’s traffic', async () => {
  prepare(ROLLBACK);
  await tell();
  assert.is(percent(), 0);
  await tellUntil(isCompleted);
  assert.is(isTrue('RolledBack'), true);
  assert.is(isTrue('Failed'), false);
  assert.is(service().status.components.predictor.latestRolledoutRevision, BASELINE);
});

restoring('also over a revision that came in between', async () => {
  prepare(ROLLBACK, { percent: 40, created: STRANGER, ready: STRANGER });
  await tell();
  assert.is(percent(), 0);
  await tellUntil(isCompleted);
});

restoring('nothing where the traffic is to be left as it is', async () => {
  prepare({ outcome: { decision: 'Keep', reason: 'TargetSuperseded', message: 'by hand' } });
  await tell();
  assert.is(experiment()?.status.stage, 'Completed');
  assert.is(percent(), 40);
});

deleting('gives the baseline its traffic back before the object goes', async () => {
  prepare({ stage: 'Running' });
  api.remove('Experiment', 'exp');
  await tell();
  assert.is(percent(), 0);
  assert.ok(experiment(), 'it is still held');
  await tellUntil((found) => !found);
  assert.is(percent(), 0);
});

deleting('does not hang where the target went first', async () => {
  prepare({ stage: 'Running' });
  api.remove('InferenceService', 'model');
  api.remove('Experiment', 'exp');
  await tellUntil((found) => !found);
});

deleting('does not hang where its namespace goes too, and takes no Events', async () => {
  prepare({ stage: 'Running' });
  api.remove('Experiment', 'exp');
  api.intercept(({ path }) =>
    path.endsWith('/events') ? refusal(403, 'namespace team is being terminated') : undefined,
  );
  await tellUntil((found) => !found);
  assert.is(percent(), 0);
});

failing('is nothing for an experiment that still runs', async () => {
  prepare({ stage: 'Running' });
  assert.is((await tell()).status, 204);
  assert.equal(api.writes(), []);
});

failing('with a race lost is a success', async () => {
  prepare(PROMOTE, { percent: 100, rolledOut: CANDIDATE });
  await sleep(DEADLINE_SECONDS * 1000);
  api.intercept(({ method }) => (method === 'GET' ? undefined : refusal(409, 'modified')));
  assert.equal(await tell(), { status: 204, text: '' });
  assert.is(experiment()?.status.stage, 'Finishing');
});

failing('with the API server comes again, and holds the finalizer till then', async () => {
  prepare(ROLLBACK);
  api.intercept(({ path }) => (path.endsWith('/model') ? refusal(503, 'private') : undefined));
  const { status, text } = await tell();
  assert.is(status, 503);
  assert.not.match(text, 'private');
  assert.equal(experiment()?.metadata.finalizers, [TRAFFIC_FINALIZER]);
});

failing('with an API server that says nothing ends with the handler’s deadline', async () => {
  prepare(ROLLBACK);
  api.intercept(() => 'hang');
  const began = performance.now();
  assert.is((await tell()).status, 503);
  assert.ok(performance.now() - began < 3000 * DEADLINE_SECONDS);
});

failing(
  'with the right to write ends as failed after its deadline, and says what to do',
  async () => {
    prepare(ROLLBACK);
    api.intercept(({ method, path }) =>
      method === 'PATCH' && path.endsWith('/model') ? refusal(403, 'may not patch') : undefined,
    );
    await tell();
    const first = experiment()!.metadata.resourceVersion;
    assert.is((await tell()).status, 204);
    assert.is(experiment()?.metadata.resourceVersion, first, 'a repetition writes nothing');
    await tellUntil(isCompleted);
    assert.is(isTrue('Failed'), true);
    assert.is(isTrue('RolledBack'), false);
    assert.match(experiment()?.status.message ?? '', 'by hand');
  },
);

promoting.run();
restoring.run();
deleting.run();
failing.run();
