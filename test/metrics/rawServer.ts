// A server that sends any bytes: what no HTTP library would let a test answer.
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A running server: its origin, without a trailing slash. */
export type RawServer = { url: string; stop: () => Promise<void> };

/** What to send for a path, and whether the connection is then left open. */
export type Wire = { bytes: Buffer; isLeftOpen: boolean };

/** Starts a server that answers GET requests for paths by the bytes for their first part. */
export async function startRaw(wireOf: (part: string) => Wire | undefined): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let head = '';
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const wire = wireOf(/^GET \/([^/? ]*)/.exec(head)?.[1] ?? '');
      head = '';
      socket.write(wire?.bytes ?? 'HTTP/1.1 404 Not Found\r\n\r\n');
      if (!wire?.isLeftOpen) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}
