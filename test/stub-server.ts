// A server that plays the other side: it answers as a test says and remembers what it was asked.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A request as it arrived. `connection` counts the connections, so that reuse can be seen. */
export type Asked = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  text: string;
  connection: number;
};

/** An answer: JSON or a text; nothing at all (`hang`); a broken connection (`reset`). */
export type Answer =
  | { status?: number; json?: unknown; headers?: Record<string, string> }
  | { status?: number; text: string; headers?: Record<string, string> }
  /** Headers and a first part of the body, and then nothing, or a broken connection. */
  | { begin: string; isCut?: boolean }
  | 'hang'
  | 'reset';

export type Stub = {
  /** Origin without a trailing slash. */
  url: string;
  /** What was asked, oldest first. */
  asked: Asked[];
  stop: () => Promise<void>;
};

/** Starts a server on a free loopback port. */
export async function startStub(answer: (asked: Asked) => Answer | Promise<Answer>): Promise<Stub> {
  const asked: Asked[] = [];
  const connections = new Map<Socket, number>();
  const server = createServer((request, response) => {
    const connection = connections.get(request.socket) ?? connections.size;
    connections.set(request.socket, connection);
    void read(request, connection).then(async (one) => {
      asked.push(one);
      give(await answer(one), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, asked, stop };
}

async function read(request: IncomingMessage, connection: number): Promise<Asked> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk as string;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stub');
  const { method = '', headers } = request;
  return { method, path: pathname, query: searchParams, headers, text, connection };
}

function give(answer: Answer, response: ServerResponse): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
  } else if ('begin' in answer) {
    response.writeHead(200, { 'content-type': 'application/json' }).write(answer.begin, () => {
      if (answer.isCut) response.socket?.destroy();
    });
  } else {
    const isText = 'text' in answer;
    const type = isText ? 'text/html' : 'application/json';
    response
      .writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers })
      .end(isText ? answer.text : JSON.stringify(answer.json));
  }
}

/** The address of a port on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const { url, stop } = await startStub(() => 'hang');
  await stop();
  return url;
}

/** A kubeconfig file that leads to a server. */
export type Kubeconfig = { path: string; remove: () => void };

/** Writes a kubeconfig for a server and a user (a token, if nothing else is said). */
export function writeKubeconfig(server: string, user: object = { token: TOKEN }): Kubeconfig {
  const folder = mkdtempSync(join(tmpdir(), 'iter8-test-'));
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user }],
  };
  writeFileSync(path, JSON.stringify(config));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  return { path, remove };
}

/** The token in a kubeconfig: nothing that is told may contain it. */
export const TOKEN = 'top-secret-token-4711';
