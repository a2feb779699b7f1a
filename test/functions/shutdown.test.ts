import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findFreePort, type Child } from '../../sandbox/process.ts';
import {
  launchFunction,
  post,
  postEvent,
  startFunction,
  type FunctionName,
  type FunctionProcess,
} from '../process.ts';
import { startStub, writeKubeconfig, type Kubeconfig, type Stub } from '../stub-server.ts';

const ending = suite('a function that is told to end');
const living = suite('a function that lives');
const refusing = suite('a function that does not start');

const NAMES: FunctionName[] = ['start', 'iterate', 'finish'];
const EVENT = { type: 't', subject: 'namespaces/team/experiments/exp' };

let stub: Stub;
let kubeconfig: Kubeconfig;
/** Settled when the API server may answer. */
let gate: Promise<unknown> = Promise.resolve();
let asked = new EventTarget();
const started: Child[] = [];

for (const one of [ending, living, refusing]) {
  one.before(async () => {
    stub = await startStub(async () => {
      asked.dispatchEvent(new Event('asked'));
      await gate;
      return { status: 404, json: { message: 'not found' } };
    });
    kubeconfig = writeKubeconfig(stub.url);
  });
  one.before.each(() => {
    gate = Promise.resolve();
    asked = new EventTarget();
  });
  one.after(async () => {
    for (const child of started.splice(0)) await child.stop();
    kubeconfig.remove();
    await stub.stop();
  });
}

async function start(name: FunctionName): Promise<FunctionProcess> {
  const running = await startFunction(name, { KUBECONFIG: kubeconfig.path });
  started.push(running.child);
  return running;
}

async function health(url: string, what: string): Promise<number> {
  const answer = await fetch(`${url}/health/${what}`);
  await answer.text();
  return answer.status;
}

for (const name of NAMES) {
  ending(`${name} answers what it has begun, and takes nothing new`, async () => {
    const { url, child } = await start(name);
    assert.is(await health(url, 'liveness'), 200);
    assert.is(await health(url, 'readiness'), 200);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    const reached = once(asked, 'asked');
    const first = postEvent(url, EVENT);
    await reached;
    process.kill(child.pid, 'SIGTERM');
    while ((await health(url, 'readiness')) !== 503) assert.is(child.isRunning(), true);
    const late = await postEvent(url, EVENT);
    assert.is(late.status, 503);
    assert.match(late.text, 'come again');
    assert.is(await health(url, 'liveness'), 200);
    assert.is(child.isRunning(), true);
    resolve(undefined);
    assert.equal(await first, { status: 204, text: '' });
    await child.stop();
  });
}

ending('answers many at once', async () => {
  const { url, child } = await start('start');
  const { promise, resolve } = Promise.withResolvers<undefined>();
  gate = promise;
  const all = Array.from({ length: 20 }, () => postEvent(url, EVENT));
  while (stub.asked.length === 0 && child.isRunning()) await once(asked, 'asked');
  await new Promise((done) => setTimeout(done, 200));
  process.kill(child.pid, 'SIGTERM');
  setTimeout(resolve, 200, undefined);
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  assert.ok(
    statuses.every((status) => status === 204 || status === 503),
    statuses.join(),
  );
  assert.ok(statuses.includes(204));
});

ending('ends at once where it has nothing to do', async () => {
  const { child } = await start('finish');
  const began = performance.now();
  await child.stop();
  assert.ok(performance.now() - began < 2000);
});

living('has no pages, and takes no event from the address of a request', async () => {
  const { url } = await start('start');
  stub.asked.length = 0;
  const json = { 'content-type': 'application/json' };
  assert.is((await post(`${url}/elsewhere`, json, '{}')).status, 404);
  const query = new URLSearchParams({ cloudevent: JSON.stringify(EVENT) }).toString();
  for (const answer of [await fetch(url), await fetch(`${url}/?${query}`, { method: 'POST' })]) {
    assert.is(answer.status, 400);
    assert.not.match(await answer.text(), /at .*\.ts/);
  }
  assert.is(stub.asked.length, 0);
});

const MISTAKES: [variable: string, value: string][] = [
  ['TICK_SECONDS', 'often'],
  ['K_SINK', 'broker'],
  ['KUBECONFIG', '/nowhere/kubeconfig'],
];

for (const [variable, value] of MISTAKES) {
  refusing(`with ${variable}=${value} says so`, async () => {
    const environment = { KUBECONFIG: kubeconfig.path, [variable]: value };
    const child = await launchFunction('iterate', await findFreePort(), environment);
    started.push(child);
    const deadline = Date.now() + 10_000;
    while (child.isRunning() && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 20));
    }
    assert.is(child.isRunning(), false);
    const words = [...child.stdout, ...child.stderr].join('\n');
    assert.ok(words.includes(variable) || words.includes(value), words);
  });
}

ending.run();
living.run();
refusing.run();
