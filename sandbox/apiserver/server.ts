import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalServer } from '../http.ts';
import { ADMINISTRATOR, createTokens } from './access.ts';
import { createCertificate } from './certificate.ts';
import { startControllers } from './controllers.ts';
import { toStatus } from './errors.ts';
import { answer, type Answer, type Machinery } from './handle.ts';
import { createLister } from './list.ts';
import { BUILT_IN_KINDS, bucketOf } from './kinds.ts';
import { newMetadata, timestamp } from './metadata.ts';
import { DEFAULT_ROLES } from './rbac.ts';
import { createRegistry } from './registry.ts';
import { readRequest } from './request.ts';
import { createStore, type Store } from './store.ts';
import { strategyOf } from './strategies.ts';
import type { ApiObject } from './types.ts';

/** A running API server; all it knows is in memory and gone when it stops. */
export interface SandboxApiServer extends LocalServer {
  /** PEM of the certificate that clients must trust. */
  readonly certificate: string;
  /** A token that may do everything. */
  readonly administratorToken: string;
}

const NAMESPACE_NAMES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Starts a server on a free loopback port, with nothing but namespaces and roles in it. */
export async function startSandboxApiServer(): Promise<SandboxApiServer> {
  const certificate = await createCertificate();
  const store = createStore();
  const stopControllers = startControllers(store);
  seed(store);
  const tokens = createTokens();
  const machinery = { store, tokens, registry: createRegistry(store), lister: createLister(store) };
  const server = createServer(certificate, (request, response) => {
    void serve(machinery, request, response);
  });
  // Else an idle connection may be closed in the moment in which a client uses it again.
  server.keepAliveTimeout = 0;
  const port = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    certificate: certificate.cert,
    administratorToken: tokens.issue(ADMINISTRATOR),
    stop: () =>
      new Promise((resolve) => {
        stopControllers();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function seed(store: Store): void {
  for (const name of NAMESPACE_NAMES) {
    put(store, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const role of DEFAULT_ROLES) put(store, role);
}

function put(store: Store, given: ApiObject): void {
  const resource = BUILT_IN_KINDS.find(({ kind }) => kind === given.kind)!;
  const now = timestamp();
  const object = { ...given, metadata: newMetadata(given.metadata, false, now) };
  store.put(bucketOf(resource), strategyOf(resource).complete?.(object, now) ?? object);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function serve(
  machinery: Machinery,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const result = await answer(machinery, readRequest(message), response);
    if (result !== undefined) send(response, result);
  } catch (error) {
    send(response, toStatus(error));
  }
  message.resume();
}

function send(response: ServerResponse, { status, body, warnings = [] }: Answer): void {
  const isText = typeof body === 'string';
  const text = isText ? body : `${JSON.stringify(body)}\n`;
  if (warnings.length > 0) response.setHeader('warning', warnings.map(toWarning));
  const type = isText ? 'text/plain' : 'application/json';
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': type, 'content-length': length });
  response.end(text);
}

/** The text of a Warning header, where only ASCII may stand. */
function toWarning(text: string): string {
  const quoted = JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `299 - ${quoted}`;
}
