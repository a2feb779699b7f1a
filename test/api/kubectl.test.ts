import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Api } from '../../sandbox/api.ts';
import { kubectl } from '../../sandbox/kubectl.ts';
import { startTestApi } from '../kubernetes-api.ts';
import { isInPath } from '../shared.ts';
import { type Send, serveSchema, until } from './requests.ts';
import { goodExperiment, goodMetric } from './wrong-objects.ts';

interface Table {
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[]; object: unknown }[];
}

const namespace = `kubectl-test-${process.pid}`;
const experiments = `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments`;

const runningStatus = {
  run: 2,
  stage: 'Running',
  completedIterations: 3,
  message: 'IterationUpdate: Completed Iteration 3',
  nextIterationTime: '2031-05-06T07:08:09Z',
  conditions: [
    { type: 'Completed', status: 'False', reason: 'IterationUpdate' },
    { type: 'TargetAcquired', status: 'True', reason: 'TargetAcquired' },
  ],
  target: { type: 'InferenceService', lock: 'InferenceService/default/iris,text/iris' },
  currentWeightDistribution: [
    { name: 'v1', value: 70 },
    { name: 'v2', value: 30 },
  ],
  analysis: {
    aggregatedMetrics: {
      provenance: 'test',
      timestamp: '2031-05-06T07:07:49Z',
      data: { latency: { data: { v1: { value: '148.0405378277749' }, v2: { value: '1e+22' } } } },
    },
    winnerAssessment: {
      provenance: 'test',
      timestamp: '2031-05-06T07:07:49Z',
      data: { winnerFound: true, winner: 'v2' },
    },
  },
};

const promotedCondition = {
  type: 'Promoted',
  status: 'True',
  reason: 'WinnerFound',
  message: 'v2 satisfied all objectives',
};

if (isInPath('kubectl')) testOnServer();

function testOnServer(): void {
  const commands = suite('kubectl');
  let server: Api;
  let send: Send;

  const run = (...args: string[]) =>
    kubectl(server.kubeconfig, ['--namespace', namespace, ...args]);
  const stdout = async (...args: string[]) => {
    const { code, stdout: text, stderr } = await run(...args);
    assert.is(code, 0, stderr);
    return text;
  };
  const patch = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const answer = await send({ method: 'PATCH', path: experiments + path, headers, body });
    assert.is(answer.status, 200, JSON.stringify(answer.body));
  };
  const create = async (name: string, metadata = {}) => {
    const body = { ...goodExperiment, metadata: { name, namespace, ...metadata } };
    const answer = await send({ method: 'POST', path: experiments, body });
    assert.is(answer.status, 201, JSON.stringify(answer.body));
  };

  commands.before(async () => {
    server = await startTestApi();
    send = await serveSchema(server.kubeconfig);
    await stdout('create', 'namespace', namespace);
    await create('fresh');
    await create('going', {
      labels: { 'iter8.tools/stage': 'Running' },
      finalizers: ['iter8.tools/traffic'],
    });
    await patch('/going/status', { status: runningStatus });
    const metric = { ...goodMetric, metadata: { name: 'latency', namespace } };
    const path = `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/metrics`;
    await send({ method: 'POST', path, body: metric });
  });
  commands.after(async () => {
    try {
      await patch('/going', { metadata: { finalizers: null } });
      await run('delete', 'namespace', namespace, '--wait=false');
    } finally {
      await server.stop();
    }
  });

  commands('get shows the columns of the original', async () => {
    const [header = '', row = ''] = (await stdout('get', 'experiments.iter8.tools', 'going')).split(
      '\n',
    );
    assert.equal(header.trim().split(/\s{2,}/), [
      ...['NAME', 'TYPE', 'TARGET', 'STAGE', 'COMPLETED ITERATIONS', 'MESSAGE'],
    ]);
    assert.equal(row.trim().split(/\s{2,}/), [
      ...['going', 'Canary', 'default/iris', 'Running', '3', runningStatus.message],
    ]);
  });

  commands('get -o wide also shows weights, winner, next iteration and age', async () => {
    const text = await stdout('get', 'experiments.iter8.tools', 'going', '-o', 'wide');
    const [header = '', row = ''] = text.split('\n').map((line) => line.trim());
    assert.match(
      header,
      /MESSAGE\s+WEIGHTS\s+WINNER\s+NEXT ITERATION\s+PAUSED\s.*\sSUSPENDED\s+AGE\s+UID/,
    );
    assert.match(row, /{"name":"v1","value":70},{"name":"v2","value":30}\]\s+v2\s+2031-05-06T07/);
  });

  commands('get knows the short names and the category', async () => {
    assert.match(await stdout('get', 'iexp'), /going/);
    assert.match(await stdout('get', 'imet'), /latency\s+Gauge/);
    const both = await stdout('get', 'iter8');
    assert.match(both, /experiment.iter8.tools\/going/);
    assert.match(both, /metric.iter8.tools\/latency/);
  });

  commands('get selects by stage and by target', async () => {
    const names = async (selector: string) =>
      (await stdout('get', 'iexp', '-o', 'name', '--field-selector', selector)).trim().split('\n');
    assert.equal(await names('status.stage=Running'), ['experiment.iter8.tools/going']);
    assert.equal(await names('status.stage!=Running'), ['experiment.iter8.tools/fresh']);
    assert.is((await names('spec.target=default/iris')).length, 2);
  });

  commands('describe shows conditions with their reasons', async () => {
    const text = await stdout('describe', 'iexp', 'going');
    assert.match(text, /Reason:\s+TargetAcquired\s+Status:\s+True\s+Type:\s+TargetAcquired/);
  });

  commands('wait --for=condition=Promoted returns when the status says so', async () => {
    const waiting = run('wait', '--for=condition=Promoted', 'iexp/going', '--timeout=20s');
    const conditions = [...runningStatus.conditions, promotedCondition];
    await patch('/going/status', { status: { conditions } });
    const { code, stdout: text } = await waiting;
    assert.is(code, 0);
    assert.match(text, /condition met/);
  });

  commands('explain shows the descriptions', async () => {
    const explain = (path: string) => run('explain', path, '--api-version=iter8.tools/v2alpha2');
    await until(async () => (await explain('experiments.spec')).code === 0);
    const weights = (await explain('experiments.spec.strategy.weights')).stdout;
    assert.match(weights, /maxCandidateWeightIncrement\s+<integer>\s+The most that a candidate/);
    const limit = (await explain('experiments.spec.criteria.objectives.upperLimit')).stdout;
    assert.match(limit, /highest value that is still good/);
    assert.match((await explain('experiments.status.evidence.verdict')).stdout, /Undecided/);
    assert.match((await explain('metrics.spec.jqExpression')).stdout, /jq expression/);
  });

  commands('a Table without objects holds what a sweep needs', async () => {
    await stdout('delete', 'iexp', 'going', '--wait=false');
    const { body } = await send({
      path: `${experiments}?includeObject=None`,
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    });
    const { columnDefinitions, rows } = body as Table;
    const [fresh, going] = rows.map(({ cells }) =>
      Object.fromEntries(columnDefinitions.map(({ name }, index) => [name, cells[index]])),
    );
    assert.ok(rows.every(({ object }) => object === null));
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
    assert.match(String(going?.uid), /^[0-9a-f-]{36}$/);
    assert.match(String(going?.created), time);
    assert.match(String(going?.deleted), time);
    const fixed = { ...going, uid: '', created: '', deleted: '', age: '', message: '' };
    assert.equal(fixed, {
      ...{ Name: 'going', type: 'Canary', target: 'default/iris', stage: 'Running', message: '' },
      ...{ 'completed iterations': 3, winner: 'v2', 'next iteration': '2031-05-06T07:08:09Z' },
      ...{ weights: JSON.stringify(runningStatus.currentWeightDistribution), age: '', uid: '' },
      ...{ namespace, created: '', deleted: '', label: 'Running', acquired: 'True', run: '2' },
      ...{ lock: runningStatus.target.lock, interval: '20', retry: null, suspended: null },
      ...{ paused: null, 'next opening': null, deadline: null, verdict: null },
    });
    const { label, deleted, stage, acquired, lock, run: runNumber, interval } = fresh ?? {};
    assert.equal([label, deleted, stage, acquired, lock, runNumber], Array(6).fill(null));
    assert.is(interval, '20');
  });

  commands.run();
}
