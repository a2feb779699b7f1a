// A function of ours as it runs in production: a process of the runtime, spoken to over HTTP.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePort, startProcess, waitUntilServing, type Child } from '../sandbox/process.ts';

const LOG_TIMEOUT_MS = 5000;
const RUNTIME = fileURLToPath(import.meta.resolve('faas-js-runtime/bin/cli.js'));

export type FunctionName = 'start' | 'iterate' | 'finish';

export type FunctionProcess = {
  url: string;
  child: Child;
  /** What it has logged, entry by entry. Throws where a line is no JSON. */
  logs: () => LogEntry[];
  stop: () => Promise<void>;
};

export type LogEntry = { time: string; function: string; message: string; [fact: string]: unknown };

/** Where the usual settings would make a test slow. Nothing is left of the environment of the tests. */
const ENVIRONMENT: Record<string, string> = {
  K_SINK: '',
  ITER8_NAMESPACE: '',
  METRICS_ALLOWED_HOSTS: '',
  TICK_SECONDS: '1',
  SCRAPE_INTERVAL_SECONDS: '15',
  HANDLER_DEADLINE_SECONDS: '5',
  CLOCK_TOLERANCE_SECONDS: '0.1',
  ALLOW_LOOPBACK: 'true',
};

/** Starts a function and waits until it says that it is ready. */
export async function startFunction(
  name: FunctionName,
  environment: Record<string, string>,
): Promise<FunctionProcess> {
  const port = await findFreePort();
  const child = await launchFunction(name, port, environment);
  const url = `http://127.0.0.1:${port}`;
  await waitUntilServing(`${url}/health/readiness`, child);
  const logs = (): LogEntry[] => child.stdout.map((line) => JSON.parse(line) as LogEntry);
  return { url, child, logs, stop: () => child.stop() };
}

/** What a function has logged, once that is as expected: lines arrive a moment after the answer. */
export async function logsWhen(
  { logs }: FunctionProcess,
  isComplete: (entries: LogEntry[]) => boolean,
): Promise<LogEntry[]> {
  const deadline = Date.now() + LOG_TIMEOUT_MS;
  while (!isComplete(logs())) {
    if (Date.now() > deadline) throw new Error(`logged only: ${JSON.stringify(logs())}`);
    await sleep(10);
  }
  return logs();
}

/** Starts a function without waiting for it. */
export function launchFunction(
  name: FunctionName,
  port: number,
  environment: Record<string, string>,
): Promise<Child> {
  const entry = fileURLToPath(new URL(`../functions/${name}/index.ts`, import.meta.url));
  const args = [RUNTIME, entry, '--port', String(port)];
  return startProcess(process.execPath, args, { ...ENVIRONMENT, ...environment });
}

/** What was answered to a request. */
export type Reply = { status: number; text: string };

/** Sends a request as it is, with no header but those given. */
export function post(url: string, headers: Record<string, string>, body = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/`, { method: 'POST', headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, text });
      });
      answer.on('error', reject);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Attributes and data of an event; the others have usual values. */
export type EventToPost = { type: string; data?: unknown; [attribute: string]: unknown };

/** Sends a CloudEvent in binary mode. */
export function postEvent(url: string, { data = {}, ...attributes }: EventToPost): Promise<Reply> {
  const all: Record<string, unknown> = {
    ...{ specversion: '1.0', id: 'id-1', source: '/test' },
    ...attributes,
  };
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(all)) headers[`ce-${name}`] = String(value);
  return post(url, headers, JSON.stringify(data));
}
