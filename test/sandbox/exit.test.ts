import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startProcess } from '../../sandbox/process.ts';

const module = JSON.stringify(new URL('../../sandbox/exit.ts', import.meta.url).href);

async function linesOf(script: string): Promise<string[]> {
  const text = `const { onExit } = await import(${module}); const say = (x) => () => console.log(String(x)); ${script}`;
  const child = await startProcess(process.execPath, ['--input-type=module', '-e', text]);
  await child.ended;
  return child.stdout;
}

const exit = suite('what is done on exit');

for (const [how, script] of [
  ['at the end', ''],
  ['by process.exit', 'process.exit(3)'],
  ['by an error', 'throw new Error("expected")'],
] as const) {
  exit(`is done ${how}, the last first`, async () => {
    assert.equal(await linesOf(`onExit(say(1)); onExit(say(2)); ${script}`), ['2', '1']);
  });
}

exit('can be cancelled', async () => {
  const script = 'const cancel = onExit(say(1)); onExit(say(2)); cancel(); cancel();';
  assert.equal(await linesOf(script), ['2']);
  assert.equal(await linesOf('onExit(say(1))(); onExit(say(2));'), ['2']);
});

exit.run();
