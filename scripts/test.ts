// Checks the code, runs the tests and ends with one line: "N passed, N failed".
//   node scripts/test.ts             all of it
//   node scripts/test.ts unit        without the tests that start an API server
//   node scripts/test.ts FOLDER ...  the tests of these folders below test/, nothing else
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from '../test/shared.ts';

type Tally = { passed: number; failed: number };

const root = join(import.meta.dirname, '..');
const SILENCE_MINUTES = 5;
/** Folders of tests that start an API server: the sandbox's, or the one that the environment names. */
const API_TESTS = ['api', 'e2e'];

/** Folders of long tests that only compute; they run beside those that mostly wait. */
const COMPUTING = ['analysis', 'badInput', 'simulation'];

const failures: string[] = [];
const [first, ...others] = process.argv.slice(2);
const tally =
  first === undefined
    ? sum(await checksAndUnits(), ...(await testOnServers()))
    : first === 'unit'
      ? await checksAndUnits()
      : await testFolders([first, ...others]);
for (const failure of failures) console.log(failure);
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exit(tally.failed === 0 ? 0 : 1);

async function checksAndUnits(): Promise<Tally> {
  const checks = await checked(['format:check', 'lint', 'types']);
  const all = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !API_TESTS.includes(entry.name))
    .map(({ name }) => name);
  const waiting = all.filter((name) => !COMPUTING.includes(name));
  return sum(checks, ...(await Promise.all([testFolders(waiting), testFolders(COMPUTING)])));
}

/** The same tests on every API server there is: KUBECONFIG's alone, or the sandbox's and a real one. */
async function testOnServers(): Promise<Tally[]> {
  const KUBEAPI_UP = process.env['KUBECONFIG'] ? undefined : reference('kubeapi/up.sh');
  const tallies = [await testFolders(API_TESTS)];
  if (KUBEAPI_UP === undefined) return tallies;
  console.log('once more, on a real API server');
  return [...tallies, await testFolders(API_TESTS, { KUBEAPI_UP })];
}

async function checked(scripts: readonly string[]): Promise<Tally> {
  const tallies: Tally[] = [];
  for (const script of scripts) {
    const { code } = await run('npm', ['run', '--silent', script]);
    console.log(`${script}: ${code === 0 ? 'ok' : 'failed'}`);
    if (code !== 0) failures.push(`failed: npm run ${script}`);
    tallies.push({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 });
  }
  return sum(...tallies);
}

async function testFolders(
  names: readonly string[],
  environment: Record<string, string> = {},
): Promise<Tally> {
  const pattern = `^(${names.join('|')})/.*\\.test\\.ts$`;
  const args = ['--no-install', 'uvu', 'test', pattern];
  const { code, output } = await run('npx', args, environment);
  const total = countIn(output, 'Total');
  const passed = countIn(output, 'Passed');
  failures.push(...(output.match(/^.*\bFAIL\b.*$/gm) ?? []));
  // A process that died, or a suite that could not be loaded, is a failure of its own.
  if (total === passed && code !== 0)
    failures.push(`failed: ${names.join(', ')}: exit code ${code}`);
  return { passed, failed: total === passed && code !== 0 ? 1 : total - passed };
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
function run(
  command: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
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
