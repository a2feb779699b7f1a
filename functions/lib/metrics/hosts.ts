import { createHash, X509Certificate } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Identity } from './answer.ts';

/** Which hosts metrics may be read from. An empty list allows all but this machine and its links. */
export type HostPolicy = { allowedHosts: readonly string[]; allowsLoopback: boolean };

/** A host that the policy refuses. The message tells the administrator what to set. */
export class HostRefused extends Error {}

const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('0.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addAddress('::', 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');
// Metadata services of clouds that are not on a link-local address.
LOCAL.addAddress('fd00:ec2::254', 'ipv6');
LOCAL.addAddress('100.100.100.200', 'ipv4');

/** Throws {@link HostRefused} where the policy forbids a URL by its host's name or address. */
export function checkHost(url: string, policy: HostPolicy): void {
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (policy.allowedHosts.length > 0 && !policy.allowedHosts.includes(host)) {
    throw new HostRefused(
      `host ${host} is not among those that METRICS_ALLOWED_HOSTS of iter8-iterate allows`,
    );
  }
  if (isIP(host)) checkAddress(host, policy);
}

function checkAddress(address: string, { allowsLoopback }: HostPolicy): void {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (!allowsLoopback && LOCAL.check(address, family)) {
    throw new HostRefused(
      `${address} is a loopback or link-local address, which metrics may not use`,
    );
  }
}

/** A certificate or key that cannot be read. The message tells which key of the Secret to mend. */
export class BadIdentity extends Error {}

/** Agents for both schemes. */
export type Agents = { httpAgent: http.Agent; httpsAgent: https.Agent };

const MOST_IDENTITIES = 32;

/**
 * Agents that keep connections, look at each address that a name has turned into before they
 * connect, and prove an identity where one is given. Throws {@link BadIdentity}.
 */
export function guardedAgents(policy: HostPolicy, identity?: Identity): Agents {
  const options = { keepAlive: true, maxSockets: 32, lookup: guardedLookup(policy) };
  const secure = { ...options, rejectUnauthorized: true, ...contextOf(identity) };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(secure) };
}

/**
 * Guarded agents by identity: a connection that proves one is used for no other. Those that were
 * not asked for lately are forgotten.
 */
export function agentsByIdentity(policy: HostPolicy): (identity?: Identity) => Agents {
  const known = new Map<string, Agents>();
  return (identity) => {
    const name = fingerprint(identity);
    const agents = known.get(name) ?? guardedAgents(policy, identity);
    // Put at the end: the first is the one that was not used for the longest time.
    known.delete(name);
    known.set(name, agents);
    const [oldest] = known;
    if (oldest && known.size > MOST_IDENTITIES) {
      known.delete(oldest[0]);
      retire(oldest[1]);
    }
    return agents;
  };
}

function fingerprint({ ca, cert, key }: Identity = {}): string {
  return createHash('sha256')
    .update(JSON.stringify([ca, cert, key]))
    .digest('hex');
}

function contextOf(identity?: Identity): { secureContext?: SecureContext } {
  if (!identity) return {};
  const read = <T>(keys: string, reading: () => T): T => {
    try {
      return reading();
    } catch (error) {
      // No cause: it might quote what it could not read.
      const { reason = 'no PEM text' } = error as { reason?: string };
      throw new BadIdentity(
        `${keys} of the Secret that spec.secret names cannot be read: ${reason}`,
      );
    }
  };
  const { ca, ...own } = identity;
  // A context takes what is no certificate for an empty list of them.
  if (ca !== undefined) read('ca.crt', () => new X509Certificate(ca));
  return { secureContext: read('tls.crt and tls.key', () => createSecureContext({ ...own, ca })) };
}

/** Requests under way go on; their connections are not kept. */
function retire(agents: Agents): void {
  for (const agent of [agents.httpAgent, agents.httpsAgent]) {
    agent.maxFreeSockets = 0;
    for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
  }
}

function guardedLookup(policy: HostPolicy): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      try {
        for (const { address } of addresses) checkAddress(address, policy);
      } catch (refused) {
        callback(refused as Error, '', 0);
        return;
      }
      const [first] = addresses;
      if (options.all) callback(null, addresses);
      else callback(null, first!.address, first!.family);
    });
  };
}
