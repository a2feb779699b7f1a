// npm start, as a person runs it: real processes, and what they print.
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectKube } from '../../sandbox/kube.ts';
import { readAccess } from '../../sandbox/kubeconfig.ts';
import { startProcess, type Child } from '../../sandbox/process.ts';
import { bundle, FUNCTIONS } from '../../scripts/bundle.ts';
import { isSandboxApi } from '../kubernetes-api.ts';
import { isAlive } from '../sandbox/isAlive.ts';
import { until } from '../sandbox/until.ts';
import { experimentPath } from './scenario.ts';

const ROOT = join(import.meta.dirname, '../..');
const START = join(ROOT, 'sandbox/start.ts');

/** How each kind of candidate must end, in the words of the last line. */
const ROLLED_BACK =
  'rolled back, versionRecommendedForPromotion default. The InferenceService: canaryTrafficPercent 0.';
const ENDS: Record<string, { words: string; reason: RegExp }> = {
  good: {
    words:
      'promoted, versionRecommendedForPromotion canary. The InferenceService: canaryTrafficPercent 100.',
    reason: /PROMOTED.*satisfies all objectives/,
  },
  faulty: { words: ROLLED_BACK, reason: /ROLLED BACK.*error-rate/ },
  slow: { words: ROLLED_BACK, reason: /ROLLED BACK.*95th-percentile-tail-latency/ },
  late: { words: ROLLED_BACK, reason: /ROLLED BACK.*error-rate/ },
  unready: { words: ROLLED_BACK, reason: /ROLLED BACK.*CandidateNotReady/ },
};

const temporary = mkdtempSync(join(tmpdir(), 'start-test-'));

/** Runs npm start's program, with temporary files where they can be looked for. */
function start(...args: string[]): Promise<Child> {
  return startProcess(process.execPath, [START, ...args], { TMPDIR: temporary, NO_COLOR: '1' });
}

async function exitCode(child: Child): Promise<number | null> {
  await child.ended;
  return child.exitCode();
}

/** The address of something in the sandbox that answers as long as the sandbox is there. */
async function serverOf(child: Child): Promise<string> {
  const line = (): string | undefined => child.stdout.find((text) => text.includes('KUBECONFIG='));
  await until(() => line() !== undefined || !child.isRunning(), 60);
  const kubeconfig = line()!.split('KUBECONFIG=')[1]!;
  return new URL((await readAccess(kubeconfig)).server).port;
}

async function isListening(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

const starts = suite('npm start');
const running = new Map<string, Promise<Child>>();

starts.before(async () => {
  for (const name of FUNCTIONS) await bundle(name, join(ROOT, 'functions', name, 'index.mjs'));
  for (const candidate of Object.keys(ENDS)) {
    running.set(candidate, start('--candidate', candidate));
  }
});

for (const [candidate, { words, reason }] of Object.entries(ENDS)) {
  starts(`ends as it should with a ${candidate} candidate, and says why`, async () => {
    const child = await running.get(candidate)!;
    const code = await exitCode(child);
    const text = [...child.stdout, ...child.stderr].join('\n');
    assert.match(text, reason);
    assert.match(child.stdout.at(-1) ?? '', words, text);
    assert.is(code, 0, text);
  });
}

starts('leaves no file behind', () => {
  assert.equal(readdirSync(temporary), []);
});

starts('with --keep goes on until it is told to end, and then leaves nothing', async () => {
  const child = await start('--keep', '--candidate', 'faulty');
  const port = await serverOf(child);
  assert.ok(await isListening(port));
  await until(() => child.stdout.some((line) => line.includes('keeps running')), 60);
  assert.ok(await isListening(port));
  await child.stop();
  assert.is(child.exitCode(), 0);
  assert.not(await isListening(port));
  assert.equal(readdirSync(temporary), []);
});

starts('leaves nothing when it is killed half-way', async () => {
  const child = await start('--keep');
  const port = await serverOf(child);
  await child.kill();
  await until(() => readdirSync(temporary).length === 0);
  assert.not(await isListening(port));
});

for (const when of ['at once', 'later'] as const) {
  starts(`ends with the process that started it, when that is killed ${when}`, async () => {
    const script = `
      const env = { ...process.env, STARTED_BY: String(process.pid) };
      const args = [${JSON.stringify(START)}, '--keep'];
      const child = require('node:child_process').spawn(process.execPath, args, { stdio: 'inherit', env });
      console.log(String(child.pid));`;
    const parent = await startProcess(process.execPath, ['-e', script], { TMPDIR: temporary });
    await until(() => parent.stdout.length > 0);
    const pid = Number(parent.stdout[0]);
    if (when === 'later') await serverOf(parent);
    await parent.kill();
    await until(() => !isAlive(pid));
    await until(() => readdirSync(temporary).length === 0);
  });
}

starts('with --keep goes on where somebody deletes the experiment', async () => {
  const child = await start('--keep');
  await serverOf(child);
  const line = child.stdout.find((text) => text.includes('KUBECONFIG='))!;
  const kube = await connectKube(line.split('KUBECONFIG=')[1]!);
  await kube.remove(experimentPath('kfserving-test', 'quickstart'));
  await until(() => child.stdout.some((text) => text.includes('keeps running')), 60);
  await child.stop();
  assert.match(child.stdout.join('\n'), 'The experiment: deleted');
});

starts('runs an experiment of one’s own, and ends with 1 where it fails', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'own-')), 'experiment.yaml');
  writeFileSync(
    file,
    `apiVersion: iter8.tools/v2alpha2
kind: Experiment
metadata: { name: own, namespace: kfserving-test }
spec: { target: sklearn-iris, strategy: { testingPattern: Canary, actions: { finish: [{ run: 'true' }] } } }
`,
  );
  const child = await start('--experiment', file);
  const code = await exitCode(child);
  const text = child.stdout.join('\n');
  assert.match(text, 'Experiment kfserving-test/own');
  assert.match(text, 'running actions is not supported');
  assert.is(code, 1);
});

for (const [title, args, words] of [
  ['a kind of candidate that there is not', ['--candidate', 'odd'], 'there is no such kind'],
  ['an option that there is not', ['--odd'], "Unknown option '--odd'"],
  ['a file that there is not', ['--experiment', '/nowhere.yaml'], '/nowhere.yaml'],
  [
    'a file without an experiment',
    ['--experiment', join(ROOT, 'samples/quickstart/baseline.yaml')],
    '0 Experiments',
  ],
] as const) {
  starts(`refuses ${title}, and leaves nothing running`, async () => {
    const child = await start(...args);
    assert.is(await exitCode(child), 1);
    assert.match(child.stderr.join('\n'), words);
    assert.equal(readdirSync(temporary), []);
  });
}

if (isSandboxApi) starts.run();
else console.log('skipped: npm start has an API server of its own, which other tests use now');
