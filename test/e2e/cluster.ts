// The sandbox as the scenarios use it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from '../../sandbox/kubeapi.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';

export type Cluster = Sandbox;

/** What goes wrong with events, for instance. */
export type Options = SandboxOptions;

const VIRTUAL_SERVICES = join(
  import.meta.dirname,
  '../../../shared/crds/istio-virtualservices.yaml',
);
const KSERVE = 'control-plane=kserve-controller-manager';

/** Deadlines that a test can wait for. */
const ENVIRONMENT = {
  HANDLER_DEADLINE_SECONDS: '4',
  INITIALIZING_DEADLINE_SECONDS: '15',
  FINISHING_DEADLINE_SECONDS: '30',
};

/** Whether Istio's VirtualServices can be defined in the cluster. */
export const hasVirtualServices = existsSync(VIRTUAL_SERVICES);

/** Starts a cluster, or gives undefined and says so where there is no API server to be had. */
export async function startCluster(options: Options = {}): Promise<Cluster | undefined> {
  const existing = process.env['KUBECONFIG'];
  if (existing) await refuseRealKServe(existing);
  const files = hasVirtualServices ? [VIRTUAL_SERVICES] : [];
  const cluster = await startSandbox({
    ...options,
    files,
    environment: { ...ENVIRONMENT, ...options.environment },
  });
  if (!cluster) {
    console.log('skipped: there is no API server (set KUBECONFIG to that of a test cluster)');
  } else if (existing) {
    cluster.keep({ stop: () => removeNamespaces(existing) });
  }
  return cluster;
}

/** These tests play KServe themselves: beside a real one, both would suffer. */
async function refuseRealKServe(kubeconfig: string): Promise<void> {
  const pods = ['get', 'pods', '--all-namespaces', '-l', KSERVE, '-o', 'name'];
  const { stdout } = await kubectl(kubeconfig, pods);
  if (stdout)
    throw new Error('the cluster of KUBECONFIG runs KServe; these tests need one without');
}

/** What the scenarios made in a cluster that outlives them. */
async function removeNamespaces(kubeconfig: string): Promise<void> {
  const names = await succeed(kubeconfig, ['get', 'namespaces', '-o', 'name']);
  const ours = names.split('\n').filter((name) => name.startsWith('namespace/e2e-'));
  if (ours.length > 0) await succeed(kubeconfig, ['delete', '--wait=false', ...ours]);
}

/** Runs kubectl and gives what it printed. Throws with its own words where it fails. */
export async function succeed(kubeconfig: string, args: string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await kubectl(kubeconfig, args, stdin);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}
