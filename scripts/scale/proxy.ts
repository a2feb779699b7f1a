// Stands between the functions and the API server: counts their calls, and lets some of them fail.
import { Agent, createServer, request, type RequestOptions } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../sandbox/apiserver/certificate.ts';
import type { LocalServer } from '../../sandbox/http.ts';
import type { Random } from '../../sandbox/random.ts';
import { drawDelayMs, type Draw, type Trouble } from './trouble.ts';

/** How often a kind of call was made, and the bytes of the bodies of requests and answers. */
export type CallCount = { calls: number; sent: number; received: number };

/** What the proxy passes on to, draws from, and tells. */
export type ProxyOptions = {
  target: { server: string; certificate?: string };
  certificate: Certificate;
  draw: Draw;
  random: Random;
  count: (kind: string, change: Partial<CallCount>) => void;
  onTrouble: (trouble: Trouble, kind: string) => void;
};

type Call = {
  kind: string;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
};

type Passing = ProxyOptions & { options: RequestOptions };

const UNAVAILABLE = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'made to fail',
  reason: 'ServiceUnavailable',
  code: 503,
};

/** Starts the proxy; its `url` stands for the API server's. */
export async function startProxy(proxy: ProxyOptions): Promise<LocalServer> {
  const { target, certificate } = proxy;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 256,
    ca: target.certificate,
  });
  const { hostname, port: targetPort } = new URL(target.server);
  const passing = { ...proxy, options: { agent, hostname, port: targetPort } };
  const server = createServer(certificate, (incoming, outgoing) => {
    const kind = kindOf(incoming);
    proxy.count(kind, { calls: 1 });
    incoming.on('error', () => undefined);
    outgoing.on('error', () => undefined);
    void handle(passing, { kind, incoming, outgoing });
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> => {
    server.closeAllConnections();
    agent.destroy();
    return new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  };
  return { url: `https://127.0.0.1:${port}`, stop };
}

/** What a call does. Worked: PUT …/namespaces/a/experiments/b/status → "PUT experiments/status". */
export function kindOf({ method = '', url = '' }: { method?: string; url?: string }): string {
  const path = url.split('?')[0]!.replace(/^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/?/, '');
  const [resource, name, part] = path.replace(/^namespaces\/[^/]+\/(?=.)/, '').split('/');
  const verb = method === 'GET' && name === undefined ? 'LIST' : method;
  return `${verb} ${resource || 'resources'}${part ? `/${part}` : ''}`;
}

async function handle(passing: Passing, call: Call): Promise<void> {
  const { kind, incoming, outgoing } = call;
  const trouble = passing.draw();
  if (trouble) passing.onTrouble(trouble, kind);
  switch (trouble) {
    case 'refused':
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(UNAVAILABLE));
      return;
    case 'cut before':
      incoming.socket.destroy();
      return;
    case 'delayed':
      await sleep(drawDelayMs(passing.random));
      // Who hangs up in the meantime was never heard.
      if (!incoming.socket.destroyed) passOn(passing, call, false);
      return;
    default:
      passOn(passing, call, trouble === 'cut after');
  }
}

function passOn(passing: Passing, call: Call, isCut: boolean): void {
  const { kind, incoming, outgoing } = call;
  const { options, count } = passing;
  const { method, url: path, headers } = incoming;
  const host = `${options.hostname!}:${options.port!}`;
  const onward = request({ ...options, method, path, headers: { ...headers, host } }, (answer) => {
    answer.on('data', (chunk: Buffer) => {
      count(kind, { received: chunk.length });
    });
    answer.on('error', () => incoming.socket.destroy());
    if (isCut) {
      answer.once('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => incoming.socket.destroy());
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) onward.destroy();
  });
  incoming.on('data', (chunk: Buffer) => {
    count(kind, { sent: chunk.length });
  });
  incoming.pipe(onward);
}
