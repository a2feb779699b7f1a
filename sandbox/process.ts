import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stoppable } from './http.ts';
import { killAfterwards } from './reaper.ts';

/** A process of ours and the lines it has written; it ends with this process at the latest. */
export interface Child extends Stoppable {
  readonly pid: number;
  readonly stdout: string[];
  readonly stderr: string[];
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<void>;
  isRunning(): boolean;
  /** null while it runs, and where a signal ended it. */
  exitCode(): number | null;
  /** Ends it at once, without a chance to clean up. */
  kill(): Promise<void>;
}

const TERMINATION_GRACE_MS = 10_000;
const KEPT_LINES = 10_000;

/** Starts a program; `environment` is added to our own. Throws where it cannot be started. */
export async function startProcess(
  command: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<Child> {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const { forget } = killAfterwards(child.pid!);
  void closed.then(forget);
  return {
    pid: child.pid!,
    stdout: collectLines(child.stdout),
    stderr: collectLines(child.stderr),
    ended: closed,
    isRunning: () => isRunning(child),
    exitCode: () => child.exitCode,
    kill: () => end(child, closed, 'SIGKILL'),
    stop: () => end(child, closed, 'SIGTERM'),
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(
  child: ChildProcess,
  closed: Promise<void>,
  signal: NodeJS.Signals,
): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), TERMINATION_GRACE_MS);
  await closed;
  clearTimeout(timer);
}

function collectLines(stream: NodeJS.ReadableStream): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on('line', (line) => {
    if (lines.push(line) > KEPT_LINES) lines.shift();
  });
  return lines;
}

/** A loopback port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits until a URL answers 200. Throws with the process's last words where it ends or is late. */
export async function waitUntilServing(
  url: string,
  child: Child,
  timeoutSeconds = 30,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < deadline && child.isRunning()) {
    const isReady = await fetch(url).then(
      async (response) => (await response.text(), response.ok),
      () => false,
    );
    if (isReady) return;
    await sleep(30);
  }
  const words = [...child.stdout, ...child.stderr].slice(-10).join('\n');
  await child.kill();
  throw new Error(`${url} did not become ready: ${words}`);
}
