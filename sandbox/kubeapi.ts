// A Kubernetes API server for tests: the cluster of KUBECONFIG, or one started for the occasion.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Kubernetes API server kept beside the checkout, for tests. */
const besideCheckout = join(import.meta.dirname, '..', '..', 'shared', 'kubeapi', 'up.sh');

/** What to start. */
export interface ApiServerOptions {
  /** Service accounts that need credentials, each as "namespace:name". */
  serviceAccounts?: string[];
}

/** A running API server. */
export interface ApiServer {
  /** Path of a kubeconfig with all rights. */
  kubeconfig: string;
  /**
   * Path of a kubeconfig that acts as a service account. On an existing cluster the service account
   * must exist by then; elsewhere it must have been named in the options.
   */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Ends what was started and removes its folder; an existing cluster is left alone. */
  stop(): Promise<void>;
}

/** What a kubectl command answered. */
export interface KubectlResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Gives an API server: the one of KUBECONFIG where that is set, else a fresh one started by the
 * script KUBEAPI_UP (default, the one beside the checkout). Undefined where there is neither.
 * Throws where the script fails.
 */
export async function startApiServer(
  options: ApiServerOptions = {},
): Promise<ApiServer | undefined> {
  if (process.env.KUBECONFIG) {
    return existingCluster(process.env.KUBECONFIG);
  }
  return existsSync(upScript())
    ? freshServer(upScript(), options.serviceAccounts ?? [])
    : undefined;
}

/** Whether startApiServer has an API server to give. */
export function isApiServerAvailable(): boolean {
  return Boolean(process.env.KUBECONFIG) || existsSync(upScript());
}

function upScript(): string {
  return process.env.KUBEAPI_UP ?? besideCheckout;
}

/** Runs kubectl with a kubeconfig, feeding it stdin; a failure is an answer, not an exception. */
export function kubectl(kubeconfig: string, args: string[], stdin = ''): Promise<KubectlResult> {
  // Ports are used again, so what kubectl remembers of a server must not outlive that server.
  const cacheDir = join(dirname(kubeconfig), 'cache');
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn('kubectl', ['--cache-dir', cacheDir, ...args], { env });
  const result = { code: -1, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (result.stderr += text));
  child.stdin.on('error', () => undefined); // kubectl may end before it has read everything
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ ...result, code: code ?? -1 });
    });
  });
}

async function freshServer(up: string, serviceAccounts: string[]): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeapi-'));
  const stopNow = () => {
    spawnSync(join(dirname(up), 'down.sh'), ['-r', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stopNow);
  const stop = async () => {
    process.removeListener('exit', stopNow);
    if (existsSync(folder)) {
      await run(join(dirname(up), 'down.sh'), ['-r', folder]);
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const env = { ...process.env, KUBEAPI_SERVICEACCOUNTS: serviceAccounts.join(' ') };
  try {
    await run(up, [folder], { env });
  } catch (error) {
    await stop();
    throw new Error('the API server did not start', { cause: error });
  }
  return {
    kubeconfig: join(folder, 'admin.kubeconfig'),
    serviceAccountKubeconfig: (namespace, name) =>
      Promise.resolve(join(folder, `sa-${namespace}-${name}.kubeconfig`)),
    stop,
  };
}

function existingCluster(kubeconfig: string): ApiServer {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfigs-'));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return {
    kubeconfig,
    serviceAccountKubeconfig: (namespace, name) =>
      tokenKubeconfig(kubeconfig, folder, { namespace, name }),
    stop: () => {
      process.removeListener('exit', remove);
      remove();
      return Promise.resolve();
    },
  };
}

async function tokenKubeconfig(
  kubeconfig: string,
  folder: string,
  account: { namespace: string; name: string },
): Promise<string> {
  const { namespace, name } = account;
  const token = await succeed(kubeconfig, ['create', 'token', name, '--namespace', namespace]);
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--output', 'json'];
  const config = JSON.parse(await succeed(kubeconfig, view)) as {
    contexts: { context: { user: string } }[];
    users: { name: string; user: object }[];
  };
  config.users = [{ name, user: { token: token.trim() } }];
  for (const { context } of config.contexts) {
    context.user = name;
  }
  const path = join(folder, `sa-${namespace}-${name}.kubeconfig`);
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function succeed(kubeconfig: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(kubeconfig, args);
  if (code !== 0) {
    throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  }
  return stdout;
}
