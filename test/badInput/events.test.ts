// Bad events, and requests that are none, sent to real processes of the functions.
import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startFunction, type FunctionName, type FunctionProcess } from '../process.ts';
import { startStub, writeKubeconfig, type Answer, type Asked, type Stub } from '../stub-server.ts';
import { ADDED, binary, EVENT_KINDS, type EventKind } from './eventKinds.ts';
import { send, type Reply, type Sending } from './http.ts';
import { REQUEST_KINDS } from './requestKinds.ts';
import { count, isAll, seed } from './tally.ts';

const bad = suite('a bad event');

const FUNCTIONS: readonly FunctionName[] = ['start', 'iterate', 'finish'];
const TICK = { specversion: '1.0', id: 'tick', source: '/t', type: 'dev.knative.sources.ping' };
const WAYS = isAll ? 20 : 1;
const MOST_MIB = isAll ? 500 : 200;
/** What the runtime takes; forms it takes of any size. */
const MOST_BYTES = 1024 * 1024;
const TOO_LARGE = 413;
const NONE = 0;

const stops: (() => unknown)[] = [];
const processes: FunctionProcess[] = [];
let stub: Stub;

/** A cluster without experiments. */
function answer({ path }: Asked): Answer {
  const isList = path === '/apis/iter8.tools/v2alpha2/experiments';
  return isList
    ? { json: { kind: 'Table', metadata: {}, columnDefinitions: [], rows: [] } }
    : { status: 404, json: { kind: 'Status', code: 404, message: 'not found' } };
}

bad.before(async () => {
  stub = await startStub(answer);
  stops.push(() => stub.stop());
  const kubeconfig = writeKubeconfig(stub.url);
  stops.push(kubeconfig.remove);
  const starting = FUNCTIONS.map((name) => startFunction(name, { KUBECONFIG: kubeconfig.path }));
  processes.push(...(await Promise.all(starting)));
  stops.push(...processes.map(({ stop }) => stop));
});
bad.after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Resident memory in MiB; 0 where there is no telling. */
function memoryOf({ child }: FunctionProcess): number {
  const file = `/proc/${child.pid}/status`;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024;
}

/** Answers of ours, and those that the runtime gives before it calls us. */
const OURS = [204, 400, 422, 503];
const THE_RUNTIMES = [200, 400, 404, 406, 413, 415, 431];
const STACK = /\n\s+at |node_modules|\.[jt]s:\d+/;

function complaintOf({ status, text }: Reply, sending: Sending): string | undefined {
  if (STACK.test(text)) return `tells a stack: ${text}`;
  // The runtime itself refuses so what lacks an attribute, or has one of another type.
  const isRefused = status === 500 && /invalid (payload|attribute|spec)/.test(text);
  const isRight = isLarge(sending)
    ? [NONE, TOO_LARGE].includes(status)
    : isRefused || [...OURS, ...THE_RUNTIMES, ...(sending.isCut ? [NONE] : [])].includes(status);
  return isRight ? undefined : `${status} ${text.slice(0, 300)}`;
}

/** It is answered before it is read, and the connection may break before the answer is. */
function isLarge({ body, headers }: Sending): boolean {
  const isForm = headers.some(([, value]) => value === 'application/x-www-form-urlencoded');
  return body.length > MOST_BYTES && !isForm;
}

async function faultsOf(kind: EventKind, running: FunctionProcess): Promise<string[]> {
  const faults: string[] = [];
  for (const sending of fc.sample(kind.sendings, { numRuns: WAYS, seed })) {
    const complaint = complaintOf(await send(running.url, sending), sending);
    if (complaint) faults.push(`${kind.name}: ${complaint}`);
    const good = await send(running.url, binary(running === processes[1] ? TICK : ADDED));
    if (good.status !== 204) faults.push(`after ${kind.name}: ${good.status} ${good.text}`);
  }
  return faults;
}

bad('is refused, or handled, and the next good one is handled all the same', async () => {
  const before = processes.map(memoryOf);
  const faults: string[] = [];
  for (const kind of [...EVENT_KINDS, ...REQUEST_KINDS]) {
    for (const running of processes) faults.push(...(await faultsOf(kind, running)));
  }
  assert.equal(faults, []);
  const growth = processes.map((running, index) => memoryOf(running) - before[index]!);
  console.log(`grown by ${growth.map((one) => `${Math.round(one)} MiB`).join(', ')}`);
  assert.ok(growth.every((one) => one < MOST_MIB));
  count('events', EVENT_KINDS.length + REQUEST_KINDS.length);
});

bad('is no surprise to any function', () => {
  for (const { child, logs } of processes) {
    assert.ok(child.isRunning());
    assert.equal(child.stderr, []);
    const surprises = logs().filter(({ message }) => message === 'unexpected error');
    assert.equal(surprises, []);
  }
});

bad('has no function ask for anything but experiments', () => {
  const allowed =
    /^\/apis\/iter8\.tools\/v2alpha2\/(namespaces\/[a-z0-9][a-z0-9.-]*\/)?experiments(\/[a-z0-9][a-z0-9.-]*)?$/;
  const others = stub.asked.filter(({ path }) => !allowed.test(path));
  assert.equal(
    others.map(({ method, path }) => `${method} ${path}`),
    [],
  );
  assert.ok(stub.asked.length > 100);
});

bad.run();
