// What one iteration costs: requests and bytes to the API server and to Prometheus, and our CPU and
// wall time. The function is a real process; the API server and Prometheus are stand-ins in this
// one that answer at once, so that what is measured is ours.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { experiment, inferenceService } from './bench-objects.ts';

const WARM_UP = 100;
const ITERATIONS = 500;
const TICKS_PER_SECOND = 100;

const counts = new Map<string, { requests: number; bytes: number }>();
const folder = mkdtempSync(join(tmpdir(), 'iter8-bench-'));
const server = http.createServer(answer).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const port = await freePort();
const child = spawn(process.execPath, runtime(port), {
  env: environment(),
  stdio: ['ignore', 'ignore', 'inherit'],
});

try {
  await untilReady(`http://127.0.0.1:${port}/health/readiness`);
  await iterations(WARM_UP);
  counts.clear();
  const cpuBefore = cpuSeconds(child.pid!);
  const begin = performance.now();
  await iterations(ITERATIONS);
  const wallMs = (performance.now() - begin) / ITERATIONS;
  const cpuMs = ((cpuSeconds(child.pid!) - cpuBefore) * 1000) / ITERATIONS;
  report(wallMs, cpuMs);
} finally {
  child.kill();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
}

function report(wallMs: number, cpuMs: number): void {
  console.log(`per iteration, over ${ITERATIONS} after ${WARM_UP} to warm up:`);
  for (const [what, { requests, bytes }] of [...counts].sort()) {
    const each = requests / ITERATIONS;
    console.log(
      `  ${what.padEnd(28)} ${each.toFixed(2)} requests ${(bytes / ITERATIONS / 1024).toFixed(1)} KiB`,
    );
  }
  console.log(`  wall ${wallMs.toFixed(2)} ms, our CPU ${cpuMs.toFixed(2)} ms (goal: at most 5)`);
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const { what, text } = reply(request, body.toString());
    const known = counts.get(what) ?? { requests: 0, bytes: 0 };
    known.requests += 1;
    known.bytes += body.length + text.length;
    counts.set(what, known);
    response.setHeader('content-type', 'application/json').end(text);
  });
}

function reply(
  { method, url: path = '' }: http.IncomingMessage,
  body: string,
): { what: string; text: string } {
  if (path.startsWith('/api/v1/query')) {
    const result = [{ metric: {}, value: [Date.now() / 1000, '12.5'] }];
    const text = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
    return { what: 'query Prometheus', text };
  }
  if (method === 'PUT') return { what: 'PUT experiment/status', text: body };
  if (method === 'PATCH')
    return { what: `PATCH ${kind(path)}`, text: JSON.stringify(inferenceService()) };
  if (method === 'POST') return { what: 'POST event', text: '{}' };
  const object = kind(path) === 'experiment' ? experiment(url, new Date()) : inferenceService();
  return { what: `GET ${kind(path)}`, text: JSON.stringify(object) };
}

function kind(path: string): string {
  return path.includes('/experiments/') ? 'experiment' : 'inferenceservice';
}

async function iterations(count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    const headers = {
      'ce-id': String(done),
      'ce-source': '/bench',
      'ce-specversion': '1.0',
      'ce-type': 'tools.iter8.experiment.iterate',
      'ce-subject': 'namespaces/bench/experiments/bench',
    };
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers });
    if (status !== 204) throw new Error(`the function answered ${status}`);
  }
}

/** User and system time of a process, from its accounts in /proc, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function runtime(onPort: number): string[] {
  const root = join(import.meta.dirname, '..');
  const cli = join(root, 'node_modules/faas-js-runtime/bin/cli.js');
  return [cli, join(root, 'functions/iterate/index.ts'), '--port', String(onPort)];
}

function environment(): NodeJS.ProcessEnv {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = { name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } };
  const context = { name: 'c', context: { cluster: 'c', user: 'u' } };
  const user = { name: 'u', user: { token: 'bench' } };
  const config = {
    clusters: [cluster],
    contexts: [context],
    users: [user],
    'current-context': 'c',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  return { ...process.env, KUBECONFIG: kubeconfig, ALLOW_LOOPBACK: 'true', TICK_SECONDS: '1' };
}

async function freePort(): Promise<number> {
  const probe = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port: free } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return free;
}

async function untilReady(readiness: string): Promise<void> {
  for (;;) {
    const isReady = await fetch(readiness).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
