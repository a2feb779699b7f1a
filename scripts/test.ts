// Checks the code, runs the tests and ends with one line: "N passed, N failed".
//   node scripts/test.ts             checks, and every test below test/ except e2e, with coverage
//   node scripts/test.ts FOLDER ...  the tests of these folders below test/, nothing else
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

type Tally = { passed: number; failed: number };

const root = join(import.meta.dirname, '..');
const SILENCE_MINUTES = 5;

const folders = process.argv.slice(2);
const tally = folders.length > 0 ? await testFolders(folders) : await everything();
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);

async function everything(): Promise<Tally> {
  const checks = await checked(['format:check', 'lint', 'types']);
  const all = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'e2e')
    .map(({ name }) => name);
  const report = ['--reporter', 'text', '--include', 'functions/**', '--exclude', '**/*.gen.ts'];
  const tests = await testFolders(all, ['c8', ...report]);
  return sum(checks, tests);
}

async function checked(scripts: readonly string[]): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const script of scripts) {
    const { code } = await run('npm', ['run', '--silent', script]);
    console.log(`${script}: ${code === 0 ? 'ok' : 'failed'}`);
    tallies.push({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 });
  }
  return sum(...tallies);
}

async function testFolders(names: readonly string[], through: string[] = []): Promise<Tally> {
  const pattern = `^(${names.join('|')})/.*\\.test\\.ts$`;
  const { code, output } = await run('npx', ['--no-install', ...through, 'uvu', 'test', pattern]);
  const total = countIn(output, 'Total');
  const passed = countIn(output, 'Passed');
  // A process that died, or a suite that could not be loaded, is a failure of its own.
  const failed = total - passed;
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
}

/** A number in uvu's summary, which has colours around it. */
function countIn(output: string, label: string): number {
  return Number(new RegExp(`${label}:\\s+(\\d+)`).exec(output)?.[1] ?? 0);
}

function sum(...tallies: Tally[]): Tally {
  return tallies.reduce((one, other) => ({
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
  }));
}

/** Runs a program, shows what it prints, and ends it when it has been silent for too long. */
function run(command: string, args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let alarm = setTimeout(giveUp, SILENCE_MINUTES * 60_000);
  function giveUp(): void {
    console.error(`${command} has printed nothing for ${SILENCE_MINUTES} minutes and is ended`);
    child.kill('SIGTERM');
  }
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    process.stdout.write(chunk);
    clearTimeout(alarm);
    alarm = setTimeout(giveUp, SILENCE_MINUTES * 60_000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(alarm);
      resolve({ code, output });
    });
  });
}
