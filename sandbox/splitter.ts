import { Agent, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { startServer, type LocalServer } from './http.ts';
import type { Random } from './random.ts';

/** Where requests may go, and how much of them: weights are relative to their sum. */
export interface Destination {
  url: string;
  weight: number;
}

/** Draws a destination by weight; undefined where no destination has a weight. */
export function pickDestination(
  destinations: readonly Destination[],
  random: Random,
): Destination | undefined {
  const total = destinations.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  return destinations.find(({ weight }) => {
    left -= weight;
    return weight > 0 && left < 0;
  });
}

/**
 * A reverse proxy that sends each request to one destination, drawn by the weights of that moment.
 * It answers 503 where there is none, and 502 where the destination cannot be reached.
 */
export async function startSplitter(
  destinations: () => readonly Destination[],
  random: Random,
): Promise<LocalServer> {
  const agent = new Agent({ keepAlive: true });
  const server = await startServer((request, response) => {
    const destination = pickDestination(destinations(), random);
    if (destination === undefined) reject(request, response, 503);
    else proxy(request, response, { url: destination.url, agent });
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      agent.destroy();
    },
  };
}

function proxy(
  request: IncomingMessage,
  response: ServerResponse,
  { url, agent }: { url: string; agent: Agent },
): void {
  const { method, headers } = request;
  const target = new URL(request.url ?? '/', url);
  const upstream = forward(target, { method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => undefined);
  });
  upstream.once('error', () => {
    reject(request, response, 502);
  });
  pipeline(request, upstream, () => undefined);
}

function reject(request: IncomingMessage, response: ServerResponse, status: number): void {
  request.resume();
  if (response.headersSent) response.destroy();
  else response.writeHead(status).end();
}
