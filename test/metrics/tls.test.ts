import { createServer, type Server, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import type { Answer, Identity, Refusal } from '../../functions/lib/metrics/answer.ts';
import { http } from '../../functions/lib/metrics/http.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { startStub } from '../stub-server.ts';

const oneSided = suite('a backend by https');
const mutual = suite('a backend that wants to know who asks');

const POLICY = { allowedHosts: [], allowsLoopback: true };
const send = http(POLICY, () => 0);
const query = prometheus(POLICY, () => 0);

/** A certificate for 127.0.0.1, and one of a client that it vouches for. */
const server = await generate([{ name: 'commonName', value: 'backend' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ],
  clientCertificate: { cn: 'iter8', keyType: 'ec', algorithm: 'sha256' },
});
const stranger = await generate([{ name: 'commonName', value: 'stranger' }], {
  keyType: 'ec',
  algorithm: 'sha256',
});

const CLIENT: Identity = {
  ca: server.cert,
  cert: server.clientcert!,
  key: server.clientprivate!,
};

const servers: Server[] = [];
let plainUrl = '';
let mutualUrl = '';
/** By whom each request came, and over which connection. */
const asked: { from: unknown; socket: TLSSocket }[] = [];

async function start(options: ServerOptions): Promise<string> {
  const listening = createServer(
    { key: server.private, cert: server.cert, ...options },
    ({ socket }, answer) => {
      const connection = socket as TLSSocket;
      // Without a certificate it is an empty object.
      const { subject } = connection.getPeerCertificate() as Partial<PeerCertificate>;
      asked.push({ from: subject?.CN, socket: connection });
      const data = { resultType: 'scalar', result: [1, '7'] };
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ status: 'success', data }));
    },
  );
  servers.push(listening);
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

oneSided.before(async () => {
  plainUrl = await start({});
  mutualUrl = await start({ requestCert: true, ca: server.cert });
});

oneSided.before.each(() => {
  asked.length = 0;
});
mutual.before.each(() => {
  asked.length = 0;
});

mutual.after(() => {
  for (const listening of servers) {
    listening.close();
    listening.closeAllConnections();
  }
});

function askHttp(url: string, tls?: Identity): Promise<Answer | Refusal> {
  return send({ url, method: 'GET', headers: {}, tls }, { signal: AbortSignal.timeout(5000) });
}

function askPrometheus(endpoint: string, tls?: Identity): Promise<Measurement> {
  const signal = AbortSignal.timeout(5000);
  return query({ endpoint, query: 'up', evaluationTime: new Date(), signal, tls });
}

for (const [name, ask] of [
  ['any API', askHttp],
  ['Prometheus', askPrometheus],
] as const) {
  const unreachable = async (url: string, tls?: Identity): Promise<string> => {
    const given = await ask(url, tls);
    if (given.kind !== 'Error') throw new Error('expected a refusal');
    assert.is(given.reason, 'Unreachable', given.message);
    assert.is(asked.length, 0);
    return given.message;
  };

  oneSided(
    `${name}: a certificate that nobody vouches for is refused before anything is asked`,
    async () => {
      const told = await unreachable(plainUrl);
      assert.match(told, /self-signed certificate; .* ca\.crt into the Secret/);
    },
  );

  oneSided(`${name}: so is one that the authority of the Secret does not vouch for`, async () => {
    assert.match(await unreachable(plainUrl, { ca: stranger.cert }), 'self-signed certificate');
  });

  oneSided(`${name}: a certificate for another host is refused`, async () => {
    const told = await unreachable(plainUrl.replace('127.0.0.1', 'localhost'), { ca: server.cert });
    assert.match(told, "does not match certificate's altnames");
  });

  oneSided(`${name}: with the authority of the Secret it is known`, async () => {
    const given = await ask(plainUrl, { ca: server.cert });
    assert.is.not(given.kind, 'Error');
  });

  oneSided(`${name}: a server that speaks plain HTTP is Unreachable`, async () => {
    const stub = await startStub(() => ({ json: {} }));
    try {
      await unreachable(stub.url.replace('http:', 'https:'));
    } finally {
      await stub.stop();
    }
  });

  mutual(
    `${name}: the Secret’s certificate lets it in, over a connection that is kept`,
    async () => {
      assert.is.not((await ask(mutualUrl, CLIENT)).kind, 'Error');
      assert.is.not((await ask(mutualUrl, { ...CLIENT })).kind, 'Error');
      assert.equal(
        asked.map(({ from }) => from),
        ['iter8', 'iter8'],
      );
      assert.is(asked[0]?.socket, asked[1]?.socket);
    },
  );

  mutual(
    `${name}: who has none is not let in over another’s connection, and told what to do`,
    async () => {
      await ask(mutualUrl, CLIENT);
      asked.length = 0;
      const told = await unreachable(mutualUrl, { ca: server.cert });
      assert.match(told, /tls\.crt and tls\.key into the Secret/);
    },
  );

  mutual(`${name}: a stranger is not let in`, async () => {
    const { cert, private: key } = stranger;
    await unreachable(mutualUrl, { ca: server.cert, cert, key });
  });

  mutual(`${name}: what is no certificate is told by its key in the Secret`, async () => {
    const given = await ask(mutualUrl, { ...CLIENT, key: 'private' });
    assert.is(given.kind === 'Error' && given.reason, 'Unauthorized');
    assert.match(given.kind === 'Error' ? given.message : '', 'tls.crt and tls.key of the Secret');
    assert.not.match(JSON.stringify(given), 'private');
  });
}

oneSided.run();
mutual.run();
