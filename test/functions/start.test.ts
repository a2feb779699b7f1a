import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { STAGE_LABEL, TRAFFIC_FINALIZER } from '../../functions/lib/kubernetes/experiments.ts';
import type { AnyObject } from '../../functions/lib/kubernetes/objects.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject, type Different } from '../kubernetes/experiment-object.ts';
import {
  logsWhen,
  post,
  postEvent,
  startFunction,
  type FunctionProcess,
  type LogEntry,
  type Reply,
} from '../process.ts';
import { TOKEN } from '../stub-server.ts';
import { BASELINE, CANDIDATE, inferenceService } from '../targets/fake-objects.ts';
import { refusal, startApiServer, type ApiServer } from './api-server.ts';

const starting = suite('start brings an experiment to Running');
const repeating = suite('start, told again');
const answering = suite('start answers');

let api: ApiServer;
let start: FunctionProcess;

/** The first suite starts what all use, the last one stops it. */
starting.before(async () => {
  api = await startApiServer();
  start = await startFunction('start', { KUBECONFIG: api.kubeconfig });
});
answering.after(async () => {
  await start.stop();
  await api.stop();
});
for (const one of [starting, repeating, answering]) {
  one.before.each(() => {
    api.reset();
    start.child.stdout.length = 0;
  });
}

const OBJECTIVES = { objectives: [{ metric: 'latency', upperLimit: 100 }] };

const METRIC = {
  apiVersion: 'iter8.tools/v2alpha2',
  kind: 'Metric',
  metadata: { name: 'latency', namespace: 'team', resourceVersion: '1' },
  spec: {
    provider: 'prometheus',
    urlTemplate: 'http://prometheus:9090/api/v1/query',
    params: [{ name: 'query', value: 'latency{r="$revision"}' }],
  },
} as unknown as Metric & AnyObject;

/** A model with a candidate that has no traffic yet, its metric, and an experiment. */
function prepare(different: Different = {}, percent = 0): void {
  api.put({ ...inferenceService({ percent }), kind: 'InferenceService' });
  api.put(METRIC);
  api.put(experimentObject({ ...different, spec: { criteria: OBJECTIVES, ...different.spec } }));
}

const ADDED = {
  type: 'dev.knative.apiserver.resource.add',
  subject: '/apis/iter8.tools/v2alpha2/namespaces/team/experiments/exp',
};

const tell = (attributes: Record<string, unknown> = {}): Promise<Reply> =>
  postEvent(start.url, { ...ADDED, ...attributes });

type Found = Experiment & { status: NonNullable<Experiment['status']> };
const experiment = (name = 'exp'): Found => api.get('Experiment', name) as Found;

/** Not one that the runtime itself has logged. */
const isOurs = (entry: LogEntry): boolean => entry.function === 'start';

type Service = { spec: { predictor: { canaryTrafficPercent?: number } }; metadata: object };
const service = (): Service => api.get('InferenceService', 'model') as Service;
const percent = (): number | undefined => service().spec.predictor.canaryTrafficPercent;

starting('at once, where everything is there', async () => {
  prepare();
  const before = service();
  assert.equal(await tell(), { status: 204, text: '' });
  const { status, metadata } = experiment();
  assert.is(status.stage, 'Running');
  assert.is(status.run, 1);
  assert.is(status.completedIterations, 0);
  assert.is(status.target?.baselineRevision, BASELINE);
  assert.is(status.target?.candidateRevision, CANDIDATE);
  assert.equal(
    status.metrics?.map(({ name }) => name),
    ['team/latency'],
  );
  assert.equal(status.currentWeightDistribution, [
    { name: 'default', value: 99 },
    { name: 'canary', value: 1 },
  ]);
  assert.ok(new Date(status.nextIterationTime!) > new Date(status.startTime!));
  assert.is(metadata.labels?.[STAGE_LABEL], 'Running');
  assert.equal(metadata.finalizers, [TRAFFIC_FINALIZER]);
  assert.is(percent(), 1);
  const after = service();
  assert.equal(
    { ...after.metadata, resourceVersion: '' },
    { ...before.metadata, resourceVersion: '' },
    'labels and annotations there would make a new revision',
  );
});

starting('and holds the traffic before it moves any', async () => {
  prepare();
  await tell();
  const writes = api.asked.filter(({ method }) => method === 'PATCH');
  const finalizer = writes.findIndex(({ text }) => text.includes(TRAFFIC_FINALIZER));
  const traffic = writes.findIndex(({ path }) => path.includes('/inferenceservices/'));
  assert.ok(finalizer >= 0 && finalizer < traffic);
  assert.is(writes.filter(({ path }) => path.includes('/inferenceservices/')).length, 1);
});

starting(
  'not before its candidate is ready, which has no more than its first share till then',
  async () => {
    prepare();
    api.put({ ...inferenceService({ percent: 0, ready: BASELINE }), kind: 'InferenceService' });
    assert.is((await tell()).status, 204);
    const { status } = experiment();
    assert.is(status.stage, 'Initializing');
    assert.match(status.message ?? '', 'CandidateNotReady');
    assert.ok((percent() ?? 100) <= 1);
  },
);

starting('not by a promotion (BlueGreen) of a candidate that is not ready', async () => {
  const { strategy } = experimentObject().spec;
  prepare({ spec: { strategy: { ...strategy, deploymentPattern: 'BlueGreen' } } });
  api.put({ ...inferenceService({ percent: 0, ready: BASELINE }), kind: 'InferenceService' });
  assert.is((await tell()).status, 204);
  assert.is(experiment().status.stage, 'Initializing');
  assert.is(percent(), 0);
  api.put({ ...inferenceService({ percent: 0 }), kind: 'InferenceService' });
  await tell();
  assert.is(experiment().status.stage, 'Running');
  assert.is(percent(), 100);
});

starting('not without its metric, and says which one is missing', async () => {
  prepare({ spec: { criteria: { objectives: [{ metric: 'errors' }] } } });
  assert.is((await tell()).status, 204);
  assert.is(experiment().status.stage, 'Initializing');
  assert.match(experiment().status.message ?? '', 'team/errors and iter8-system/errors');
  assert.is(percent(), 0);
});

starting('not where it cannot be run: it ends with the reason, and touches nothing', async () => {
  const { strategy } = experimentObject().spec;
  prepare({ spec: { strategy: { ...strategy, testingPattern: 'A/B' } } });
  assert.is((await tell()).status, 204);
  assert.is(experiment().status.stage, 'Completed');
  assert.match(experiment().status.message ?? '', 'spec.criteria.rewards');
  assert.is(percent(), 0);
  assert.equal(experiment().metadata.finalizers ?? [], []);
});

starting('one after the other, where two want the same target', async () => {
  prepare();
  const metadata = { name: 'second', uid: 'uid-2', creationTimestamp: '2026-01-02T00:00:00Z' };
  api.put(experimentObject({ metadata, spec: { criteria: OBJECTIVES } }));
  const second = { subject: 'namespaces/team/experiments/second' };
  await Promise.all([tell(), tell(second)]);
  await tell();
  await tell(second);
  assert.is(experiment().status.stage, 'Running');
  assert.is(experiment('second').status.stage, 'Waiting');
  assert.match(experiment('second').status.message ?? '', 'team/exp');
});

repeating('changes nothing once it runs', async () => {
  prepare();
  await tell();
  const before = experiment();
  api.asked.length = 0;
  assert.is((await tell()).status, 204);
  assert.equal(experiment(), before);
  assert.equal(api.writes(), []);
});

repeating('many times at once comes to the same', async () => {
  prepare();
  const answers = await Promise.all(Array.from({ length: 8 }, () => tell()));
  for (const { status } of answers) assert.ok([204, 503].includes(status), `${status}`);
  while (experiment().status.stage !== 'Running') await tell();
  assert.is(percent(), 1);
});

repeating('after a lost race is a success, and moves no traffic', async () => {
  prepare();
  api.intercept(({ method }) => (method === 'PUT' ? refusal(409, 'modified') : undefined));
  assert.equal(await tell(), { status: 204, text: '' });
  assert.equal(api.writes(), ['PUT experiments/exp/status']);
  assert.is(percent(), 0);
});

repeating('after it died in the middle goes on where it stopped', async () => {
  prepare();
  let writes = 0;
  api.intercept(({ method, path }) =>
    method !== 'GET' && !path.endsWith('/events') && ++writes > 5 ? 'reset' : undefined,
  );
  assert.is((await tell()).status, 503);
  api.intercept(() => undefined);
  assert.is((await tell()).status, 204);
  assert.is(experiment().status.stage, 'Running');
});

for (const [what, answer] of [
  ['breaks off', 'reset'],
  ['is overloaded', refusal(503, 'private: overloaded')],
  ['has too much to do', refusal(429, 'private: slow down')],
  ['does not know our token', refusal(401, 'private: Unauthorized')],
] as const) {
  answering(`503 in neutral words while the API server ${what}`, async () => {
    prepare();
    api.intercept(() => answer);
    const { status, text } = await tell();
    assert.is(status, 503);
    assert.match(text, 'come again');
    assert.not.match(text, /private|127\.0\.0\.1|experiments/);
  });
}

answering('204 for an experiment that is not there, or is another one by now', async () => {
  assert.is((await tell()).status, 204);
  prepare();
  assert.is((await tell({ experimentuid: 'older' })).status, 204);
  assert.equal(api.writes(), []);
});

answering('400 for what is no CloudEvent, in whatever form it comes', async () => {
  const json = { 'content-type': 'application/json' };
  const noId = { 'ce-type': 't', 'ce-source': '/s', 'ce-specversion': '1.0' };
  const structured = { 'content-type': 'application/cloudevents+json' };
  for (const [headers, body] of [
    [json, '{"hello":"world"}'],
    [json, '{broken'],
    [json, ''],
    [{ ...json, ...noId }, '{}'],
    [{ 'content-type': 'text/plain' }, 'hello'],
    [structured, '{broken'],
  ] as const) {
    const { status, text } = await post(start.url, headers, body);
    assert.is(status, 400, `${body} ${JSON.stringify(headers)}: ${text}`);
  }
  assert.is(api.asked.length, 0);
});

answering('422 for an event that leads nowhere, and says what was expected', async () => {
  const { status, text } = await tell({ subject: 'somewhere' });
  assert.is(status, 422);
  assert.match(text, 'namespaces/NAMESPACE/experiments/NAME');
});

answering('nothing that is secret, in its log either, which has one entry per line', async () => {
  prepare();
  await tell();
  api.intercept(() => refusal(401, 'Unauthorized'));
  await tell();
  const isLast = ({ message }: LogEntry): boolean => message === 'come again';
  const ours = (await logsWhen(start, (all) => all.some(isLast))).filter(isOurs);
  assert.ok(ours.length >= 3);
  for (const { time, message } of ours) assert.ok(message && !Number.isNaN(Date.parse(time)));
  const everything = [...start.child.stdout, ...start.child.stderr].join('\n');
  assert.not.match(everything, TOKEN);
  assert.not.match(everything, 'Bearer');
});

starting.run();
repeating.run();
answering.run();
