import type { IncomingMessage, ServerResponse } from 'node:http';
import { drawAnswer, type Behaviour } from './behaviour.ts';
import { startServer, type LocalServer } from './http.ts';
import type { Random } from './random.ts';
import type { RequestMetrics, RevisionLabels } from './request-metrics.ts';

/** What a model server has answered so far; `errors` are its 5xx answers. */
export interface Counts {
  requests: number;
  errors: number;
  latencySumMs: number;
}

/** One revision's model server. While it is not ready it answers 503, which is not counted. */
export interface ModelServer extends LocalServer {
  counts(): Counts;
  setReady(isReady: boolean): void;
}

/** What a model server is made from; `random` decides its errors and latencies. */
export interface ModelServerOptions {
  labels: RevisionLabels;
  behaviour: Behaviour;
  random: Random;
  metrics: RequestMetrics;
  /** A free one by default. */
  port?: number;
}

const PREDICT = /^\/v1\/models\/[^/:]+:predict$/;

/**
 * Serves `POST /v1/models/NAME:predict` (JSON) as `behaviour` says, and `GET /metrics`. Latencies
 * are measured, not the drawn ones, and counted before the answer is sent.
 */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const counts: Counts = { requests: 0, errors: 0, latencySumMs: 0 };
  const state = { isReady: options.behaviour.ready, firstAt: 0, started: 0 };

  const predict = async (response: ServerResponse): Promise<void> => {
    const begin = performance.now();
    state.firstAt ||= begin;
    const age = { ms: begin - state.firstAt, requests: state.started++ };
    const { status, delayMs } = drawAnswer(options.behaviour, age, options.random);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const latencyMs = performance.now() - begin;
    counts.requests += 1;
    counts.errors += status >= 500 ? 1 : 0;
    counts.latencySumMs += latencyMs;
    options.metrics.observe(options.labels, status, latencyMs);
    const body = status === 200 ? { predictions: [1] } : { error: 'the model failed' };
    send(response, status, body, options.labels.revision);
  };

  const server = await startServer((request, response) => {
    request.resume();
    if (request.url === '/metrics') void sendMetrics(response, options.metrics);
    else if (!state.isReady) send(response, 503, { error: 'the model is not ready' });
    else if (isPrediction(request)) void predict(response);
    else send(response, 404, { error: 'not found' });
  }, options.port);
  const setReady = (isReady: boolean): void => {
    state.isReady = isReady;
  };
  return { ...server, counts: () => ({ ...counts }), setReady };
}

function isPrediction(request: IncomingMessage): boolean {
  return request.method === 'POST' && PREDICT.test(request.url ?? '');
}

function send(response: ServerResponse, status: number, body: object, revision?: string): void {
  const headers = { 'content-type': 'application/json', ...(revision && { revision }) };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

async function sendMetrics(response: ServerResponse, metrics: RequestMetrics): Promise<void> {
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text);
}
