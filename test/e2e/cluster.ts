// The sandbox as the scenarios use it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { connectKube, type Kube } from '../../sandbox/kube.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { isForeignCluster, startTestApi } from '../kubernetes-api.ts';

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

/** Starts a cluster. */
export async function startCluster(options: Options = {}): Promise<Cluster> {
  const api = await startTestApi();
  if (isForeignCluster) await refuseRealKServe(await connectKube(api.kubeconfig));
  const files = hasVirtualServices ? [VIRTUAL_SERVICES] : [];
  const environment = { ...ENVIRONMENT, ...options.environment };
  const cluster = await startSandbox({ ...options, api, files, environment });
  if (isForeignCluster) cluster.keep({ stop: () => removeNamespaces(cluster.kube) });
  return cluster;
}

/** These tests play KServe themselves: beside a real one, both would suffer. */
async function refuseRealKServe(kube: Kube): Promise<void> {
  const pods = await kube.list('/api/v1/pods', { labelSelector: KSERVE });
  if (pods.length > 0) {
    throw new Error('the cluster of KUBECONFIG runs KServe; these tests need one without');
  }
}

/** What the scenarios made in a cluster that outlives them. */
async function removeNamespaces(kube: Kube): Promise<void> {
  for (const { metadata } of await kube.list('/api/v1/namespaces')) {
    if (metadata.name.startsWith('e2e-')) await kube.remove(`/api/v1/namespaces/${metadata.name}`);
  }
}
