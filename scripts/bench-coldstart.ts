// How long a function takes from nothing to its first answered event, and the memory it has then:
// each bundled function beside a bare one on the same runtime, taken in turns in one run.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type Sample = { ms: number; mebibytes: number };

const ROUNDS = Number(process.argv[2] ?? 15);
const POLL_MS = 2;

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'iter8-coldstart-'));
// An API server that knows nothing, so that each event is answered after one request to it.
const server = http.createServer((_request, response) => {
  response.statusCode = 404;
  response.end('{"message": "not found"}');
});
server.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

const kubeconfig = writeKubeconfig();
const functions = new Map([['hello', writeHello()]]);
for (const name of ['start', 'iterate', 'finish']) {
  functions.set(name, join(root, 'functions', name, 'index.mjs'));
}
const samples = new Map([...functions.keys()].map((name) => [name, [] as Sample[]]));
try {
  await inTurns();
  report();
} finally {
  server.close();
  rmSync(folder, { recursive: true });
}

/** The first round is not counted: it fills the disk's cache. */
async function inTurns(): Promise<void> {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, file] of functions) {
      const sample = await coldStart(file);
      if (round > 0) samples.get(name)!.push(sample);
    }
  }
}

function report(): void {
  const bare = medians('hello');
  console.log(`medians of ${ROUNDS} cold starts each, in turns, on Node ${process.version}:`);
  for (const name of samples.keys()) {
    const { ms, mebibytes } = medians(name);
    const ratio = `${(ms / bare.ms).toFixed(2)} times bare`;
    const more = `${(mebibytes - bare.mebibytes).toFixed(1)} MiB more`;
    console.log(
      `  ${name.padEnd(8)} ${ms.toFixed(0)} ms (${ratio})  ${mebibytes.toFixed(1)} MiB (${more})`,
    );
  }
  console.log('goal: at most 1.3 times the bare time, at most 25 MiB more');
}

function medians(name: string): Sample {
  const taken = samples.get(name)!;
  const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
  return {
    ms: median(taken.map(({ ms }) => ms)),
    mebibytes: median(taken.map(({ mebibytes }) => mebibytes)),
  };
}

async function coldStart(file: string): Promise<Sample> {
  const port = await freePort();
  const cli = join(root, 'node_modules/faas-js-runtime/bin/cli.js');
  const env = { ...process.env, KUBECONFIG: kubeconfig, NODE_ENV: 'production' };
  const begin = performance.now();
  const child = spawn(process.execPath, [cli, file, '--port', String(port)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await firstAnswer(port);
  const ms = performance.now() - begin;
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid!}/status`, 'utf8'))!;
  child.kill('SIGKILL');
  await ended;
  return { ms, mebibytes: Number(kibibytes) / 1024 };
}

/** Sends the same event until it is answered: with 204, or this throws. */
async function firstAnswer(port: number): Promise<void> {
  const headers = {
    'ce-id': '1',
    'ce-source': '/bench',
    'ce-specversion': '1.0',
    'ce-type': 'tools.iter8.experiment.start',
    'ce-subject': 'namespaces/bench/experiments/none',
  };
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers }).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 204) return;
    if (status !== undefined) throw new Error(`the function answered ${status}`);
    await sleep(POLL_MS);
  }
}

function writeHello(): string {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'hello.mjs');
  writeFileSync(file, 'export const handle = () => undefined;\n');
  return file;
}

function writeKubeconfig(): string {
  const { port } = server.address() as AddressInfo;
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const config = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 'bench' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  };
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function freePort(): Promise<number> {
  const probe = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
