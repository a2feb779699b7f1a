// Requests as somebody may send them who goes by no library: byte by byte.
import { connect } from 'node:net';

/** What is sent. Header names are not looked at: one may be there twice, or be none. */
export type Sending = {
  method?: string;
  target?: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Buffer | string;
  /** Sent as it is, in the place of everything else. */
  raw?: string;
  /** Whether the sender hangs up right after it: there would be more to come. */
  isCut?: boolean;
};

/** What came back: status 0 where nothing did before the connection ended. */
export type Reply = { status: number; text: string };

const PATIENCE_MS = 10_000;

/** Sends a request over a connection of its own. Throws where nothing happens for ten seconds. */
export function send(url: string, sending: Sending): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const chunks: Buffer[] = [];
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.setTimeout(PATIENCE_MS, () => {
    socket.destroy();
    reject(new Error('no answer in time'));
  });
  socket.on('data', (chunk) => chunks.push(chunk));
  // A server may answer, and close, before it has read a large body.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    resolve(replyOf(Buffer.concat(chunks).toString('utf8')));
  });
  if (sending.raw === undefined) socket.write(headOf(sending));
  socket.write(sending.raw ?? sending.body);
  if (sending.isCut) socket.end();
  return promise;
}

function headOf({ method = 'POST', target = '/', headers, body }: Sending): string {
  const hasLength = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const all: Sending['headers'] = [
    ['host', 'function'],
    ['connection', 'close'],
    ...(hasLength ? [] : [['content-length', String(Buffer.byteLength(body))] as const]),
    ...headers,
  ];
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n`;
}

function replyOf(text: string): Reply {
  const [, status = '0'] = /^HTTP\/1\.[01] (\d{3})/.exec(text) ?? [];
  const end = text.indexOf('\r\n\r\n');
  if (status.startsWith('1')) return replyOf(text.slice(end + 4));
  return { status: Number(status), text: end < 0 ? '' : text.slice(end + 4) };
}
