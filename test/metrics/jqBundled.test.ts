import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle } from '../../scripts/bundle.ts';

const FUNCTIONS = join(import.meta.dirname, '../../functions');
const JQ = JSON.stringify(join(FUNCTIONS, 'lib/metrics/jq.ts'));

const bundled = suite('a bundled function');
const folder = mkdtempSync(join(tmpdir(), 'iter8-jq-'));

bundled.after(() => {
  rmSync(folder, { recursive: true });
});

/** Bundles a function into a new folder. Gives the folder, and the size of the function's own file. */
async function bundleOf(source: string): Promise<{ folder: string; bytes: number }> {
  const own = mkdtempSync(join(folder, 'function-'));
  writeFileSync(join(own, 'index.ts'), source);
  const output = join(own, 'output');
  const bytes = await bundle(relative(FUNCTIONS, own), join(output, 'index.mjs'));
  return { folder: output, bytes };
}

bundled('has jq in a file of its own, and uses it from there', async () => {
  const used = await bundleOf(`import { jq } from ${JQ};
    const ask = jq();
    console.log(JSON.stringify(await Promise.all([ask('.a', '{"a":1}'), ask('.a |', '1')])));`);
  assert.equal(readdirSync(used.folder).sort(), ['index.mjs', 'jq.mjs']);
  assert.ok(used.bytes < 10 * 1024, `${used.bytes} bytes`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(used.folder, 'index.mjs')],
    // Nothing is found beside the two files, and nothing of this process's environment is needed.
    { timeout: 30_000, cwd: used.folder, env: {} },
  );
  const message = 'syntax error, unexpected end of file at <top-level>, line 1, column 4';
  assert.equal(JSON.parse(stdout), [
    { kind: 'Value', value: 1 },
    { kind: 'Error', reason: 'BadQuery', message: `spec.jqExpression: ${message}` },
  ]);
});

bundled('has no jq beside it where it does not use it', async () => {
  const { folder } = await bundleOf('console.log(1);');
  assert.equal(readdirSync(folder), ['index.mjs']);
});

bundled('ends jq where its memory is used up, as from its sources', async () => {
  const { folder } = await bundleOf(`import { jq } from ${JQ};
    const ask = jq({ milliseconds: 10_000 });
    console.log(JSON.stringify([await ask('[range(1e9)]', '1'), await ask('.', '1')]));`);
  const run = promisify(execFile)(process.execPath, [join(folder, 'index.mjs')], {
    timeout: 30_000,
  });
  const message = 'spec.jqExpression: ran out of memory (64 MiB)';
  assert.equal(JSON.parse((await run).stdout), [
    { kind: 'Error', reason: 'BadQuery', message },
    { kind: 'Value', value: 1 },
  ]);
});

bundled.run();
