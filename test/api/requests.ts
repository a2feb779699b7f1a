// Requests to the API server, with the schema in place: what kubectl cannot be asked to send.
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { connectKube } from '../../sandbox/kube.ts';
import { install } from '../../sandbox/install.ts';
import { readManifests } from '../../sandbox/manifests.ts';

export const crdFolder = join(import.meta.dirname, '../../eventing/crd');
export const experimentsPath = '/apis/iter8.tools/v2alpha2/namespaces/default/experiments';
export const metricsPath = '/apis/iter8.tools/v2alpha2/namespaces/default/metrics';

export interface ApiRequest {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface ApiAnswer {
  status: number;
  body: unknown;
  warnings: string;
}

export type Send = (request: ApiRequest) => Promise<ApiAnswer>;

/** A watch under way: what it has told, and whether it is over. */
export interface Watched {
  status: number;
  events: WatchEvent[];
  isOver: boolean;
  stop(): void;
}

export interface WatchEvent {
  type: string;
  object: { kind: string; metadata: Record<string, unknown>; [field: string]: unknown };
}

/** Applies both CRDs, waits until the API server serves them, and gives a way to send requests. */
export async function serveSchema(kubeconfig: string): Promise<Send> {
  const files = ['experiment.yaml', 'metric.yaml'].map((file) => join(crdFolder, file));
  await install(await connectKube(kubeconfig), files.flatMap(readManifests));
  const { send } = await connect(kubeconfig);
  await until(async () => (await send({ path: experimentsPath })).status === 200);
  await until(async () => (await send({ path: metricsPath })).status === 200);
  return send;
}

/** Waits until the condition holds; throws after 20 seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error('waited 20 seconds in vain');
    }
    await delay(25);
  }
}

/** Two ways to talk to the API server of a kubeconfig. */
export interface Connection {
  send: Send;
  /** Resolves once the server has begun to answer. */
  watch: (request: ApiRequest) => Promise<Watched>;
}

/** Connects with the rights of a kubeconfig; a request's own `authorization` comes before them. */
export async function connect(kubeconfig: string): Promise<Connection> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const access: Access = {};
  await config.applyToHTTPSOptions(access);
  return {
    send: async (request) => readAnswer(await exchange(server, access, request)),
    watch: async (request) => readEvents(await exchange(server, access, request)),
  };
}

interface Access extends RequestOptions {
  headers?: Record<string, string>;
}

function exchange(server: URL, access: Access, request: ApiRequest): Promise<IncomingMessage> {
  const { method = 'GET', path, headers, body } = request;
  const text = body === undefined ? '' : JSON.stringify(body);
  const options = {
    ...access,
    ...(headers?.['authorization'] !== undefined && { cert: undefined, key: undefined }),
    method,
    headers: {
      ...access.headers,
      'content-type': 'application/json',
      ...headers,
      'content-length': Buffer.byteLength(text), // Node leaves it out of a DELETE
    },
  };
  const open = server.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = open(new URL(path, server), options, resolve);
    outgoing.on('error', reject).setTimeout(20_000, () => outgoing.destroy(new Error('timeout')));
    outgoing.end(text);
  });
}

async function readAnswer(incoming: IncomingMessage): Promise<ApiAnswer> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk as string;
  return {
    status: incoming.statusCode ?? 0,
    body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
    warnings: incoming.headers.warning ?? '',
  };
}

function readEvents(incoming: IncomingMessage): Watched {
  const stop = (): void => {
    incoming.destroy();
  };
  const watched: Watched = { status: incoming.statusCode ?? 0, events: [], isOver: false, stop };
  incoming.on('error', () => undefined); // it is stopped
  createInterface({ input: incoming })
    .on('line', (line) => watched.events.push(JSON.parse(line) as WatchEvent))
    .on('close', () => (watched.isOver = true));
  return watched;
}
