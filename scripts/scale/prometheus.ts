// Speaks as much of Prometheus as the functions ask of it, and makes the values up.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readText, startServer, type LocalServer } from '../../sandbox/http.ts';
import type { Random } from '../../sandbox/random.ts';
import { readQuery, valueOf, type Question } from './queries.ts';
import { drawDelayMs, type Draw, type Trouble } from './trouble.ts';

/** What the stand-in draws from, and whom it tells. */
export type PrometheusOptions = {
  draw: Draw;
  random: Random;
  isMended: (question: Question) => boolean;
  onQuery: () => void;
  /** `evaluatedAt` is the time that was asked about, in milliseconds. */
  onTrouble: (trouble: Trouble, question: Question, evaluatedAt: number) => void;
};

/** Starts the stand-in; `url` is the base URL for Metrics. */
export function startPrometheusStandIn(options: PrometheusOptions): Promise<LocalServer> {
  return startServer((request, response) => {
    answer(options, request, response).catch(() => request.socket.destroy());
  });
}

async function answer(
  { draw, random, isMended, onQuery, onTrouble }: PrometheusOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { searchParams } = new URL(`http://prometheus${request.url ?? '/'}`);
  const body = new URLSearchParams(await readText(request));
  const parameter = (name: string): string => searchParams.get(name) ?? body.get(name) ?? '';
  const question = readQuery(parameter('query'));
  if (question === undefined) {
    end(response, 400, FAILURE);
    return;
  }
  onQuery();
  const seconds = Number(parameter('time'));
  const trouble = draw();
  if (trouble) onTrouble(trouble, question, Math.round(seconds * 1000));
  if (trouble === 'refused') {
    end(response, 503, FAILURE);
    return;
  }
  if (trouble?.startsWith('cut')) {
    request.socket.destroy();
    return;
  }
  if (trouble === 'delayed') await sleep(drawDelayMs(random));
  const value = String(valueOf(question, isMended(question)));
  const result = [{ metric: {}, value: [seconds, value] }];
  end(response, 200, {
    status: 'success',
    data: { resultType: 'vector', result },
  });
}

const FAILURE = {
  status: 'error',
  errorType: 'internal',
  error: 'made to fail',
};

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
