import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something that was started and can be stopped; stopping twice is harmless. */
export interface Stoppable {
  stop(): Promise<void>;
}

/** A running HTTP server; `url` is its origin without a trailing slash. */
export interface LocalServer extends Stoppable {
  readonly url: string;
}

/** Serves HTTP on a loopback port, a free one by default. `stop` also ends open connections. */
export async function startServer(listener: RequestListener, wanted = 0): Promise<LocalServer> {
  const server = createServer(listener);
  // Else an idle connection may be closed in the moment in which a client uses it again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** The whole body of a request or a response, as UTF-8 text. */
export async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
