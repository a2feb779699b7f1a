import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findFreePort, startProcess, waitUntilServing } from '../../sandbox/process.ts';
import { isAlive } from './isAlive.ts';
import { until } from './until.ts';

const processes = suite('a process');
const NODE = process.execPath;

processes('gives its lines and its environment, and ends when it is stopped', async () => {
  const script =
    'console.log(process.env.GREETING); console.error("bad"); setInterval(() => 0, 1e6)';
  const child = await startProcess(NODE, ['-e', script], { GREETING: 'hello' });
  await until(() => child.stdout.length === 1 && child.stderr.length === 1);
  assert.equal([child.stdout, child.stderr], [['hello'], ['bad']]);
  assert.ok(child.isRunning() && isAlive(child.pid));
  await child.stop();
  assert.not.ok(child.isRunning() || isAlive(child.pid));
  await child.stop();
});

processes('may clean up when it is stopped, but not when it is killed', async () => {
  const script =
    'process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); console.log("up"); setInterval(() => 0, 1e6)';
  for (const [end, last] of [
    ['stop', 'bye'],
    ['kill', 'up'],
  ] as const) {
    const child = await startProcess(NODE, ['-e', script]);
    await until(() => child.stdout.length === 1);
    await child[end]();
    assert.is(child.stdout.at(-1), last);
  }
});

processes('that does not exist is an error', async () => {
  try {
    await startProcess('no-such-program', []);
    assert.unreachable();
  } catch (error) {
    assert.is((error as NodeJS.ErrnoException).code, 'ENOENT');
  }
});

processes('that ends before it serves is an error with its last words', async () => {
  const url = `http://127.0.0.1:${await findFreePort()}/`;
  const child = await startProcess(NODE, ['-e', 'console.error("no settings"); process.exit(3)']);
  try {
    await waitUntilServing(url, child);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'did not become ready: no settings');
  }
});

processes('is waited for until it serves', async () => {
  const port = await findFreePort();
  const script = `setTimeout(() => require('http').createServer((q, s) => s.end()).listen(${port}, '127.0.0.1'), 100)`;
  const child = await startProcess(NODE, ['-e', script]);
  await waitUntilServing(`http://127.0.0.1:${port}/`, child);
  await child.stop();
});

processes.run();
