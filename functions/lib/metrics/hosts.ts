import { lookup as systemLookup } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

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

/** Agents that keep connections and look at each address that a name has turned into before they connect. */
export function guardedAgents(policy: HostPolicy): {
  httpAgent: http.Agent;
  httpsAgent: https.Agent;
} {
  const options = { keepAlive: true, maxSockets: 8, lookup: guardedLookup(policy) };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
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
