import http from 'node:http';
import { generate } from 'selfsigned';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  agentsByIdentity,
  BadIdentity,
  checkHost,
  guardedAgents,
  HostRefused,
  type HostPolicy,
} from '../../functions/lib/metrics/hosts.ts';
import { startStub, type Stub } from '../stub-server.ts';

const STRICT: HostPolicy = { allowedHosts: [], allowsLoopback: false };
const LOOSE: HostPolicy = { allowedHosts: [], allowsLoopback: true };

const addresses = suite('hosts by address');
const lists = suite('hosts by an allow list');
const names = suite('hosts by name');
const identities = suite('agents by identity');

const LOCAL = [
  'http://127.0.0.1:9090',
  'http://127.1.2.3',
  'http://2130706433',
  'http://0x7f.1',
  'http://017700000001',
  'http://0.0.0.0',
  'http://0/',
  'http://[::1]:9090',
  'http://[::]',
  'http://[0:0:0:0:0:0:0:1]',
  'http://[::ffff:127.0.0.1]',
  'http://[::ffff:169.254.169.254]',
  'http://[fe80::1]',
  'http://169.254.169.254/latest/meta-data',
  'https://169.254.0.1',
  'http://[fd00:ec2::254]/latest/meta-data',
  'http://100.100.100.200/latest/meta-data',
];

for (const url of LOCAL) {
  addresses(`${url} is this machine or its link, and refused`, () => {
    assert.throws(
      () => {
        checkHost(url, STRICT);
      },
      (error: Error) =>
        error instanceof HostRefused && /loopback or link-local/.test(error.message),
    );
  });

  addresses(`${url} is allowed where loopback is`, () => {
    checkHost(url, LOOSE);
  });
}

const REMOTE = [
  'http://10.0.0.1:9090',
  'http://192.168.1.1',
  'http://[fd00::1]:9090',
  'http://170.254.169.254',
  'http://prometheus.monitoring:9090',
];

for (const url of REMOTE) {
  addresses(`${url} may be asked`, () => {
    checkHost(url, STRICT);
  });
}

const LISTED: HostPolicy = {
  allowedHosts: ['prometheus.monitoring', '::1'],
  allowsLoopback: false,
};

lists('a host on the list may be asked, on any port and in any case', () => {
  checkHost('http://prometheus.monitoring:9090/x', LISTED);
  checkHost('https://PROMETHEUS.monitoring', LISTED);
});

for (const host of ['evil.example', 'prometheus.monitoring.evil.example', '10.0.0.1']) {
  lists(
    `a host that is not on the list is refused, and the message names the setting: ${host}`,
    () => {
      assert.throws(
        () => {
          checkHost(`http://${host}:9090`, LISTED);
        },
        (error: Error) =>
          error.message.includes(host) && /METRICS_ALLOWED_HOSTS/.test(error.message),
      );
    },
  );
}

lists('the list does not open loopback', () => {
  assert.throws(() => {
    checkHost('http://[::1]', LISTED);
  }, /loopback/);
});

let stub: Stub;
names.before(async () => {
  stub = await startStub(() => ({ json: 'reached' }));
});
names.after(() => stub.stop());

/** What a request through the guarded agents gives: a status, or the error. */
function ask(host: string, policy: HostPolicy): Promise<number | Error> {
  const { httpAgent } = guardedAgents(policy);
  const { port } = new URL(stub.url);
  return new Promise((resolve) => {
    const request = http.get({ host, port, agent: httpAgent, family: 4 }, (response) => {
      response.resume();
      response.on('end', () => {
        httpAgent.destroy();
        resolve(response.statusCode ?? 0);
      });
    });
    request.on('error', (error) => {
      resolve(error.cause instanceof Error ? error.cause : error);
    });
  });
}

names('a name that turns into loopback is refused when the connection is made', async () => {
  const outcome = await ask('localhost', STRICT);
  assert.instance(outcome, HostRefused);
  assert.is(stub.asked.length, 0);
});

names('such a name is allowed where loopback is', async () => {
  assert.is(await ask('localhost', LOOSE), 200);
});

names('a name that means nothing is an error, and no refusal', async () => {
  const outcome = await ask('does-not-exist.invalid', STRICT);
  assert.instance(outcome, Error);
  assert.not.instance(outcome, HostRefused);
});

const pem = await generate([{ name: 'commonName', value: 'client' }], { keyType: 'ec' });
const OWN = { cert: pem.cert, key: pem.private };

identities('the same identity has the same agents, another has others', () => {
  const agentsFor = agentsByIdentity(STRICT);
  assert.is(agentsFor(OWN), agentsFor({ ...OWN }));
  assert.is(agentsFor(), agentsFor(undefined));
  assert.is.not(agentsFor(), agentsFor(OWN));
  assert.is.not(agentsFor({ ca: pem.cert }), agentsFor(OWN));
});

identities('certificates are checked, and 32 connections go to one host', () => {
  const { httpAgent, httpsAgent } = guardedAgents(STRICT, OWN);
  assert.is(httpsAgent.options.rejectUnauthorized, true);
  assert.equal([httpAgent.maxSockets, httpsAgent.maxSockets], [32, 32]);
});

identities('what was not used for long is forgotten, and keeps no connection', () => {
  const agentsFor = agentsByIdentity(STRICT);
  const first = agentsFor(OWN);
  const kept = agentsFor();
  for (let count = 0; count < 31; count++) {
    agentsFor({ ca: `${pem.cert}${' '.repeat(count)}` });
    agentsFor();
  }
  assert.is(agentsFor(), kept);
  assert.is.not(agentsFor(OWN), first);
  assert.is(first.httpsAgent.maxFreeSockets, 0);
});

const broken = 'private';
const BROKEN: [what: string, identity: object, key: RegExp][] = [
  ['an authority that is no PEM text', { ca: broken }, /^ca\.crt /],
  ['a certificate that is no PEM text', { ...OWN, cert: broken }, /^tls\.crt and tls\.key /],
  ['a key that is no PEM text', { ...OWN, key: broken }, /^tls\.crt and tls\.key /],
  ['an empty authority', { ca: '' }, /^ca\.crt /],
];

for (const [what, identity, message] of BROKEN) {
  identities(`${what} is told by its key in the Secret, and not quoted`, () => {
    assert.throws(
      () => guardedAgents(STRICT, identity),
      (error: Error) =>
        error instanceof BadIdentity &&
        message.test(error.message) &&
        !error.message.includes(broken),
    );
  });
}

addresses.run();
lists.run();
names.run();
identities.run();
