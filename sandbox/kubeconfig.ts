import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { parse } from 'yaml';

/** Where an API server is, and what requests to it carry. */
export interface Access {
  server: string;
  /** The certificate that is trusted, as PEM; absent where the system's are. */
  certificate?: string;
  options: RequestOptions;
}

/** The parts of a kubeconfig that are enough where a token is the login. */
interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: {
    name: string;
    cluster: { server: string; 'certificate-authority-data'?: string };
  }[];
  users: { name: string; user: Record<string, unknown> }[];
}

/** Reads the current context of a kubeconfig file. Throws where it has none. */
export async function readAccess(path: string): Promise<Access> {
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig;
  const current = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const address = config.clusters.find(({ name }) => name === current?.cluster)?.cluster;
  if (address === undefined) throw new Error(`${path} has no current cluster`);
  const login = config.users.find(({ name }) => name === current?.user)?.user ?? {};
  const { 'certificate-authority-data': data } = address;
  if (typeof login['token'] !== 'string' || data === undefined) return readAnyAccess(path);
  const certificate = Buffer.from(data, 'base64').toString('utf8');
  const headers = { authorization: `Bearer ${login['token']}` };
  return { server: address.server, certificate, options: { ca: certificate, headers } };
}

/** Other ways to log in are left to the library, which takes half a second and 80 MB to load. */
async function readAnyAccess(path: string): Promise<Access> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  config.loadFromFile(path);
  const { server } = config.getCurrentCluster()!;
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return { server, certificate: options.ca?.toString(), options };
}

/** Writes a kubeconfig file that logs in with a token; only this user may read it. */
export function writeKubeconfig(
  path: string,
  { server, certificate }: Omit<Access, 'options'>,
  token: string,
): void {
  const data = certificate && Buffer.from(certificate).toString('base64');
  const cluster = { server, ...(data && { 'certificate-authority-data': data }) };
  const name = 'sandbox';
  const config: Kubeconfig & { apiVersion: string; kind: string } = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
}
