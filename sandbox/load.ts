import { Agent, request } from 'node:http';

/** Answers so far by HTTP status; requests that got no answer are under `error`. */
export type Answers = Record<string, number>;

/** A running load; `stop` sends nothing more, awaits the answers under way and returns the counts. */
export interface Load {
  answers(): Answers;
  stop(): Promise<Answers>;
}

/** A load of `requestsPerSecond`, sent whether or not earlier requests are answered. */
export interface LoadOptions {
  url: string;
  requestsPerSecond: number;
  body?: unknown;
}

const TICK_MS = 10;
const PATIENCE_MS = 10_000;

/** Sends a steady load of JSON POSTs over kept-alive connections. */
export function startLoad({ url, requestsPerSecond, body = { instances: [] } }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true });
  const answers: Answers = {};
  const pending = new Set<Promise<void>>();
  const text = JSON.stringify(body);
  const begin = performance.now();
  let sent = 0;

  const sendOne = (): void => {
    sent += 1;
    const answered = post(new URL(url), text, agent).then((status) => {
      answers[status] = (answers[status] ?? 0) + 1;
      pending.delete(answered);
    });
    pending.add(answered);
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - begin) / 1000) * requestsPerSecond;
    while (sent < due) sendOne();
  }, TICK_MS);

  return {
    answers: () => ({ ...answers }),
    stop: async () => {
      clearInterval(timer);
      await Promise.all(pending);
      agent.destroy();
      return { ...answers };
    },
  };
}

function post(url: URL, text: string, agent: Agent): Promise<string> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  return new Promise((resolve) => {
    const sending = request(url, { method: 'POST', agent, headers, timeout: PATIENCE_MS });
    sending.once('response', (response) => {
      response.resume().once('close', () => {
        resolve(String(response.statusCode));
      });
    });
    sending.once('timeout', () => sending.destroy());
    sending.once('error', () => {
      resolve('error');
    });
    sending.end(text);
  });
}
