import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { startStub } from '../stub-server.ts';

const tls = suite('Prometheus by https');

const folder = mkdtempSync(join(tmpdir(), 'iter8-tls-'));
const key = join(folder, 'key.pem');
const cert = join(folder, 'cert.pem');
const subject = ['-subj', '/CN=prometheus', '-addext', 'subjectAltName=IP:127.0.0.1'];
const made = spawnSync('openssl', [
  ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
  ...['-days', '2', '-keyout', key, '-out', cert, ...subject],
]);

function ask(endpoint: string): Promise<Measurement> {
  const by = prometheus({ allowedHosts: [], allowsLoopback: true });
  const signal = AbortSignal.timeout(5000);
  return by({ endpoint, query: 'up', evaluationTime: new Date(), signal });
}

let server: Server | undefined;
let requests = 0;

tls.before(async () => {
  if (made.status !== 0) return;
  const listening = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    (_, answer) => {
      requests++;
      answer.end('{}');
    },
  );
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  server = listening;
});

tls.after(() => {
  server?.close();
  server?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

tls('a certificate that nobody vouches for is refused before anything is asked', async () => {
  if (!server) {
    console.log('skipped: openssl is not in PATH');
    return;
  }
  const { port } = server.address() as AddressInfo;
  const measured = await ask(`https://127.0.0.1:${port}`);
  assert.is(measured.kind === 'Error' && measured.reason, 'Unreachable');
  assert.match(measured.kind === 'Error' ? measured.message : '', 'self-signed certificate');
  assert.is(requests, 0);
});

tls('a server that speaks plain HTTP is Unreachable', async () => {
  const stub = await startStub(() => ({ json: {} }));
  try {
    const measured = await ask(stub.url.replace('http:', 'https:'));
    assert.is(measured.kind === 'Error' && measured.reason, 'Unreachable');
  } finally {
    await stub.stop();
  }
});

tls.run();
