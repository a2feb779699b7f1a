import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DeliveryReport } from '../../sandbox/broker.ts';
import { FUNCTION_NAMES } from '../../sandbox/functions.ts';
import { kubectl } from '../../sandbox/kubectl.ts';
import { startLoad } from '../../sandbox/load.ts';
import { startProcess } from '../../sandbox/process.ts';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { isForeignCluster, startTestApi } from '../kubernetes-api.ts';
import { isInPath } from '../shared.ts';
import { isAlive } from '../sandbox/isAlive.ts';
import { until } from '../sandbox/until.ts';

const NAMESPACE = 'sandbox-test';
const isPossible = isInPath('prometheus') && isInPath('kubectl');

const whole = suite('the sandbox');
const deliveries: DeliveryReport[] = [];
let sandbox: Sandbox;

whole.before(async () => {
  const api = await startTestApi();
  sandbox = await startSandbox({ api, onDelivery: (report) => deliveries.push(report) });
});

whole.after(async () => {
  await sandbox.stop();
});

async function run(args: string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await kubectl(sandbox.api.kubeconfig, args, stdin);
  assert.is(code, 0, stderr);
  return stdout;
}

whole('serves a model and measures its traffic exactly', async () => {
  const manifest = `
apiVersion: v1
kind: Namespace
metadata: { name: ${NAMESPACE} }
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: { name: iris, namespace: ${NAMESPACE} }
spec: { predictor: { model: { storageUri: 'sandbox://faulty?errors=0.5&ms=1' } } }
`;
  await run(['apply', '-f', '-'], manifest);
  await run(['wait', '--for=condition=Ready', 'isvc/iris', '-n', NAMESPACE, '--timeout=20s']);
  const url = await run(['get', 'isvc', 'iris', '-n', NAMESPACE, '-o', 'jsonpath={.status.url}']);
  const row = await run(['get', 'isvc', 'iris', '-n', NAMESPACE, '--no-headers']);
  assert.match(row, new RegExp(`iris +${url} +True +100 +iris-predictor-00001`));

  const load = startLoad({ url: `${url}/v1/models/iris:predict`, requestsPerSecond: 100 });
  await until(() => (load.answers()['200'] ?? 0) >= 40);
  const answers = await load.stop();
  const counts = sandbox.serving.counts(NAMESPACE, 'iris-predictor-00001');
  assert.is(counts.requests, answers['200']! + answers['500']!);
  assert.is(counts.errors, answers['500']);
  const query = `sum(revision_app_request_count{namespace_name="${NAMESPACE}"})`;
  await until(async () => (await measure(query)) === counts.requests);
});

async function measure(query: string): Promise<number> {
  const answer = await fetch(
    `${sandbox.prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`,
  );
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}

whole('tells the functions of new experiments and of the time', async () => {
  const manifest = `
apiVersion: iter8.tools/v2alpha2
kind: Experiment
metadata: { name: one, namespace: ${NAMESPACE} }
spec: { target: iris, strategy: { testingPattern: Conformance } }
`;
  await run(['apply', '-f', '-'], manifest);
  const isTaken = (trigger: string): boolean =>
    deliveries.some((report) => report.trigger === trigger && report.status === 204);
  await until(() => isTaken('experiment-new') && isTaken('tick'));
});

whole('can lose a function and get it back', async () => {
  await sandbox.functions.kill('iterate');
  const failed = (): DeliveryReport[] => deliveries.filter(({ status }) => status === 0);
  await until(() => failed().length > 0, 20);
  assert.equal(new Set(failed().map(({ attempts }) => attempts)), new Set([3]));
  assert.ok(sandbox.broker.deadLetters.length > 0);
  await sandbox.functions.restart('iterate');
  const before = deliveries.length;
  await until(() => deliveries.slice(before).some(({ status }) => status === 204));
});

whole('is gone when it is stopped', async () => {
  const pids = FUNCTION_NAMES.map((name) => sandbox.functions.pid(name));
  const { broker, prometheus, serving, functions } = sandbox;
  const urls = [broker.url, prometheus.url, serving.metricsUrl, functions.url('start')];
  await sandbox.stop();
  assert.equal(pids.filter(isAlive), []);
  for (const url of urls) {
    assert.is(await fetch(url).catch(() => 'refused'), 'refused', url);
  }
  if (!isForeignCluster) assert.not.ok(existsSync(dirname(sandbox.api.kubeconfig)));
});

const ending = suite('a process with a sandbox');

ending('leaves nothing when it is told to end', async () => {
  const module = new URL('../../sandbox/sandbox.ts', import.meta.url).href;
  const script = `
    const { startSandbox } = await import(${JSON.stringify(module)});
    const { functions, api, prometheus } = await startSandbox();
    const pids = ['start', 'iterate', 'finish'].map((name) => functions.pid(name));
    console.log(JSON.stringify({ pids, kubeconfig: api.kubeconfig, prometheus: prometheus.url }));
  `;
  const child = await startProcess(process.execPath, ['--input-type=module', '-e', script]);
  await until(() => child.stdout.length > 0 || !child.isRunning(), 60);
  const { pids, kubeconfig, prometheus } = JSON.parse(child.stdout[0] ?? '{}') as {
    pids: number[];
    kubeconfig: string;
    prometheus: string;
  };
  await child.stop();
  assert.equal(pids.filter(isAlive), []);
  assert.is(await fetch(prometheus).catch(() => 'refused'), 'refused');
  await until(() => !existsSync(dirname(kubeconfig)));
});

if (isPossible) {
  whole.run();
  ending.run();
}
