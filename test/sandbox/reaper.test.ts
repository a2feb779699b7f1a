import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startProcess, type Child } from '../../sandbox/process.ts';
import { isAlive } from './isAlive.ts';
import { until } from './until.ts';

const url = (name: string): string =>
  JSON.stringify(new URL(`../../sandbox/${name}.ts`, import.meta.url).href);

/** Starts a process that starts another and owns a folder, and tells which. */
async function startOwner(then: string): Promise<{ owner: Child; pid: number; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'a folder '));
  const script = `
    const { startProcess } = await import(${url('process')});
    const { removeAfterwards } = await import(${url('reaper')});
    removeAfterwards(${JSON.stringify(folder)});
    const ended = await startProcess('true', []);
    await ended.ended;
    const child = await startProcess('sleep', ['1000']);
    console.log(String(child.pid));
    ${then}`;
  const owner = await startProcess(process.execPath, ['--input-type=module', '-e', script]);
  await until(() => owner.stdout.length > 0);
  const pid = Number(owner.stdout[0]);
  assert.ok(pid > 0, owner.stdout[0]);
  return { owner, pid, folder };
}

const reaper = suite('what a process started is gone when the process is');

for (const [how, then] of [
  ['ends by itself', 'process.exit(3)'],
  ['fails', 'throw new Error("expected")'],
  ['is killed', 'setInterval(() => 0, 1e6)'],
] as const) {
  reaper(how, async () => {
    const { owner, pid, folder } = await startOwner(then);
    if (how === 'is killed') {
      assert.ok(isAlive(pid));
      await owner.kill();
    }
    await until(() => !isAlive(pid) && !existsSync(folder));
  });
}

reaper('and it does not keep the process from ending', async () => {
  const { owner } = await startOwner('await child.stop()');
  await owner.ended;
});

reaper.run();
