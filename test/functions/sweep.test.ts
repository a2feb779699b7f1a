import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STAGE_LABEL } from '../../functions/lib/kubernetes/experiments.ts';
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import {
  logsWhen,
  postEvent,
  startFunction,
  type FunctionProcess,
  type LogEntry,
  type Reply,
} from '../process.ts';
import { startStub, type Answer, type Stub } from '../stub-server.ts';
import { refusal } from './api-server.ts';
import { ago, startRunning, type Running } from './running.ts';

const alone = suite('a tick without a Broker');
const handing = suite('a tick with a Broker');

let at: Running;
let broker: Stub;
let answer: () => Answer;
let withBroker: FunctionProcess;

alone.before(async () => {
  at = await startRunning();
});
handing.before(async () => {
  at = await startRunning();
  broker = await startStub(() => answer());
  const environment = { KUBECONFIG: at.api.kubeconfig, K_SINK: `${broker.url}/ns/default` };
  withBroker = await startFunction('iterate', environment);
});
for (const one of [alone, handing]) {
  one.before.each(() => {
    at.reset();
    answer = () => ({ status: 202 });
    if (one === handing) broker.asked.length = 0;
  });
}
alone.after(() => at.stop());
handing.after(async () => {
  await withBroker.stop();
  await broker.stop();
  await at.stop();
});

const TICK = { type: 'dev.knative.sources.ping', data: { reason: 'tick' } };
const tick = ({ url }: FunctionProcess = at.iterate): Promise<Reply> => postEvent(url, TICK);

/** Another experiment, which watches a target of its own, at a stage. */
function another(name: string, status?: ExperimentStatus): void {
  const metadata = {
    ...{ name, uid: `uid-${name}` },
    ...(status?.stage && { labels: { [STAGE_LABEL]: status.stage } }),
  };
  const { strategy } = experimentObject().spec;
  const spec = {
    target: name,
    strategy: { ...strategy, testingPattern: 'Conformance' as const },
    versionInfo: { baseline: { name: 'only' } },
  };
  at.api.put(experimentObject({ metadata, spec, ...(status && { status }) }));
}

const watching = (status: ExperimentStatus): ExperimentStatus =>
  runningStatus(0, {
    versionInfo: { baseline: { name: 'only' } },
    target: { type: 'None', lock: '' },
    currentWeightDistribution: [],
    startTime: ago(60),
    ...status,
  });

const isTrouble = ({ message }: LogEntry): boolean => message.includes('could not be done');

const stageOf = (name: string): string | undefined =>
  (at.api.get('Experiment', name) as Experiment).status?.stage;

alone('does whatever is due, each by its function', async () => {
  at.prepare();
  another('new');
  const outcome = { decision: 'Keep', reason: 'ConformanceMet', message: '' } as const;
  another('finishing', watching({ stage: 'Finishing', stageStartTime: ago(60), outcome }));
  another('not-due', watching({ nextIterationTime: ago(-20) }));
  const notDue = at.api.get('Experiment', 'not-due');
  assert.equal(await tick(), { status: 204, text: '' });
  assert.is(at.experiment().status.completedIterations, 1);
  assert.is(at.percent(), 20);
  assert.is(stageOf('new'), 'Running');
  assert.is(stageOf('finishing'), 'Completed');
  assert.equal(at.api.get('Experiment', 'not-due'), notDue);
});

alone('costs one request where nothing is due', async () => {
  another('not-due', watching({ nextIterationTime: ago(-10) }));
  another('done', watching({ stage: 'Completed' }));
  await tick();
  assert.is(at.api.asked.length, 1);
  assert.match(at.api.asked[0]?.headers.accept ?? '', 'as=Table');
});

alone('goes on where one experiment has trouble, and says which', async () => {
  at.prepare();
  another('new');
  at.api.intercept(({ path }) =>
    path.endsWith('/experiments/new') ? refusal(500, 'broken') : undefined,
  );
  assert.is((await tick()).status, 204);
  assert.is(at.experiment().status.completedIterations, 1);
  const [entry] = (await logsWhen(at.iterate, (all) => all.some(isTrouble))).filter(isTrouble);
  assert.is(entry?.experiment, 'team/new');
});

alone('comes again where the list cannot be had', async () => {
  at.api.intercept(() => refusal(503, 'overloaded'));
  assert.is((await tick()).status, 503);
});

alone('overlapping with others comes to the same', async () => {
  at.prepare();
  another('new');
  for (const { status } of await Promise.all([tick(), tick(), tick()])) assert.is(status, 204);
  assert.is(at.experiment().status.completedIterations, 1);
  assert.is(at.percent(), 20);
});

handing('hands over what is due, and does nothing itself', async () => {
  at.prepare();
  another('new');
  another('not-due', watching({ nextIterationTime: ago(-20) }));
  assert.is((await tick(withBroker)).status, 204);
  const sent = broker.asked.map(({ headers }) =>
    [headers['ce-type'], headers['ce-subject']].join(' '),
  );
  assert.equal(sent.toSorted(), [
    'tools.iter8.experiment.iterate namespaces/team/experiments/exp',
    'tools.iter8.experiment.start namespaces/team/experiments/new',
  ]);
  assert.is(broker.asked[0]?.path, '/ns/default');
  assert.is(at.api.asked.length, 1);
});

handing('sends what a function takes: the event does the step', async () => {
  at.prepare();
  await tick(withBroker);
  const { headers, text } = broker.asked[0]!;
  const event = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice(3), value]);
  const attributes = Object.fromEntries(event) as { type: string };
  const data = JSON.parse(text) as unknown;
  assert.is((await postEvent(at.iterate.url, { ...attributes, data })).status, 204);
  assert.is(at.experiment().status.completedIterations, 1);
});

handing('is done in time where the Broker says nothing', async () => {
  at.prepare();
  answer = () => 'hang';
  const began = performance.now();
  assert.is((await tick(withBroker)).status, 204);
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds > 1.5 && seconds < 4, `${seconds} s`);
});

handing('leaves to the next tick what the Broker does not take', async () => {
  at.prepare();
  answer = () => ({ status: 503 });
  assert.is((await tick(withBroker)).status, 204);
  const isRefusal = (one: LogEntry): boolean => isTrouble(one) && /503/.test(String(one.reason));
  await logsWhen(withBroker, (all) => all.some(isRefusal));
  answer = () => ({ status: 202 });
  await tick(withBroker);
  assert.is(broker.asked.length, 2);
  assert.is(broker.asked[0]?.headers['ce-id'], broker.asked[1]?.headers['ce-id']);
});

alone.run();
handing.run();
