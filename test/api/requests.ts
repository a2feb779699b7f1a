// Requests to the API server, with the schema in place: what kubectl cannot be asked to send.
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
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

/** Applies both CRDs, waits until the API server serves them, and gives a way to send requests. */
export async function serveSchema(kubeconfig: string): Promise<Send> {
  const files = ['experiment.yaml', 'metric.yaml'].map((file) => join(crdFolder, file));
  await install(await connectKube(kubeconfig), files.flatMap(readManifests));
  const send = await connect(kubeconfig);
  await until(async () => (await send({ path: experimentsPath })).status === 200);
  await until(async () => (await send({ path: metricsPath })).status === 200);
  return send;
}

/** Waits until the condition holds; throws after 20 seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error('waited 20 seconds in vain');
    }
    await delay(50);
  }
}

interface Access extends RequestOptions {
  headers?: Record<string, string>;
}

async function connect(kubeconfig: string): Promise<Send> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const server = new URL(config.getCurrentCluster()?.server ?? '');
  const access: Access = {};
  await config.applyToHTTPSOptions(access);
  return (request) => exchange(server, access, request);
}

function exchange(server: URL, access: Access, request: ApiRequest): Promise<ApiAnswer> {
  const { method = 'GET', path, headers, body } = request;
  const options = {
    ...access,
    method,
    headers: { ...access.headers, 'content-type': 'application/json', ...headers },
  };
  const open = server.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = open(new URL(path, server), options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.on('error', reject).on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text,
          warnings: incoming.headers.warning ?? '',
        });
      });
    });
    outgoing.on('error', reject).setTimeout(20_000, () => outgoing.destroy(new Error('timeout')));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
