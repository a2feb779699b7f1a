// Everything that a cluster would give, started for one test file and stopped after it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { startBroker, type Broker, type DeliveryReport } from '../../sandbox/broker.ts';
import type { Faults } from '../../sandbox/faults.ts';
import {
  FUNCTION_NAMES,
  startFunctions,
  type FunctionName,
  type Functions,
} from '../../sandbox/functions.ts';
import { connectKube, type Kube, type KubeObject } from '../../sandbox/kube.ts';
import { kubectl, startApiServer, type ApiServer } from '../../sandbox/kubeapi.ts';
import { startKServe, type KServe } from '../../sandbox/kserve.ts';
import { startPrometheus, type Prometheus } from '../../sandbox/prometheus.ts';
import { startServing, type Serving } from '../../sandbox/serving.ts';
import { startApiServerSource, startPingSource } from '../../sandbox/sources.ts';
import { readTriggers } from '../../sandbox/triggers.ts';

export type Options = {
  /** What goes wrong with events on their way from the sources to the Broker, ticks apart. */
  sourceFaults?: Faults;
  /** What goes wrong with deliveries from the Broker to the functions, ticks apart. */
  brokerFaults?: Faults;
  /** Settings of the functions that differ from the usual ones of a test. */
  environment?: Record<string, string>;
};

type Ending = { stop: () => Promise<unknown> };

export type Cluster = {
  api: ApiServer;
  kube: Kube;
  serving: Serving;
  kserve: KServe;
  prometheus: Prometheus;
  functions: Functions;
  broker: Broker;
  deliveries: DeliveryReport[];
  /** Something else that ends with the cluster. */
  keep: <T extends Ending>(part: T) => T;
  stop: () => Promise<void>;
};

const ROOT = join(import.meta.dirname, '..', '..');
const TICK_MS = 1000;
const KSERVE = 'control-plane=kserve-controller-manager';
const ACCOUNTS = FUNCTION_NAMES.map((name) => `iter8-system:iter8-${name}`);

const ENVIRONMENT = {
  TICK_SECONDS: '1',
  SCRAPE_INTERVAL_SECONDS: '1',
  HANDLER_DEADLINE_SECONDS: '4',
  INITIALIZING_DEADLINE_SECONDS: '15',
  FINISHING_DEADLINE_SECONDS: '30',
  ALLOW_LOOPBACK: 'true',
};

/** Starts a cluster, or gives undefined and says so where there is no API server to be had. */
export async function startCluster(options: Options = {}): Promise<Cluster | undefined> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  const keep = <T extends Ending>(part: T): T => {
    stops.push(() => part.stop());
    return part;
  };
  try {
    const api = await startApiServer({ serviceAccounts: ACCOUNTS });
    if (!api) {
      console.log('skipped: there is no API server (set KUBECONFIG to that of a test cluster)');
      return undefined;
    }
    keep(api);
    await refuseRealKServe(api);
    if (process.env['KUBECONFIG']) keep({ stop: () => removeNamespaces(api) });
    const kube = await connectKube(api.kubeconfig);
    await install(api);
    const serving = keep(await startServing());
    const prometheus = keep(await startPrometheus([new URL(serving.metricsUrl).host]));
    const kserve = keep(await startKServe({ kube, serving }));
    const events = await startEvents(kube, api, options, keep);
    return { api, kube, serving, prometheus, kserve, ...events, keep, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** These tests play KServe themselves: beside a real one, both would suffer. */
async function refuseRealKServe({ kubeconfig }: ApiServer): Promise<void> {
  const crd = 'inferenceservices.serving.kserve.io';
  const { stdout } = await kubectl(kubeconfig, ['get', 'crd', crd, '-o', 'name']);
  const pods = await kubectl(kubeconfig, ['get', 'pods', '-A', '-l', KSERVE, '-o', 'name']);
  if (stdout && pods.stdout) {
    throw new Error('the cluster of KUBECONFIG runs KServe; these tests need one without');
  }
}

/** What the scenarios made in a cluster that outlives them. */
async function removeNamespaces({ kubeconfig }: ApiServer): Promise<void> {
  const names = await succeed(kubeconfig, ['get', 'namespaces', '-o', 'name']);
  const ours = names.split('\n').filter((name) => name.startsWith('namespace/e2e-'));
  if (ours.length > 0) await succeed(kubeconfig, ['delete', '--wait=false', ...ours]);
}

/** The product's definitions, namespace and rights as they are shipped, and the stand-ins' definitions. */
async function install({ kubeconfig }: ApiServer): Promise<void> {
  const shipped = ['eventing/namespace.yaml', 'eventing/crd', 'eventing/rbac'];
  const others = ['sandbox/crd', '../shared/crds/istio-virtualservices.yaml'];
  const files = [...shipped, ...others].map((path) => join(ROOT, path)).filter(existsSync);
  const apply = files.flatMap((file) => ['-f', file]);
  await succeed(kubeconfig, ['apply', '--server-side', ...apply]);
  const established = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'];
  await succeed(kubeconfig, established);
  await served(kubeconfig, 'experiments.iter8.tools,metrics.iter8.tools,inferenceservices');
}

/** A resource may be refused for a moment after its definition is established. */
async function served(kubeconfig: string, resources: string): Promise<void> {
  for (;;) {
    const { code } = await kubectl(kubeconfig, ['get', resources, '--all-namespaces']);
    if (code === 0) return;
    await sleep(100);
  }
}

async function startEvents(
  kube: Kube,
  api: ApiServer,
  options: Options,
  keep: Cluster['keep'],
): Promise<Pick<Cluster, 'functions' | 'broker' | 'deliveries'>> {
  const manifests = readManifests();
  const of = (kind: string): KubeObject[] => manifests.filter((one) => one.kind === kind);
  const deliveries: DeliveryReport[] = [];
  const started: { functions?: Functions } = {};
  const broker = keep(
    await startBroker({
      triggers: readTriggers(manifests, of('Broker')[0]!),
      resolve: (service) =>
        started.functions?.url(service.replace('iter8-', '') as 'start') ?? 'http://0',
      onDelivery: (report) => deliveries.push(report),
      ...(options.brokerFaults && { faults: options.brokerFaults }),
    }),
  );
  const kubeconfigs = await accountsOf(api);
  const environment = (name: FunctionName): Record<string, string> => ({
    ...ENVIRONMENT,
    ...options.environment,
    KUBECONFIG: kubeconfigs[name],
    K_SINK: broker.url,
  });
  const functions = keep(await startFunctions({ environment }));
  started.functions = functions;
  for (const source of of('ApiServerSource')) {
    const faults = options.sourceFaults;
    keep(await startApiServerSource(kube, source, { sink: broker.url, ...(faults && { faults }) }));
  }
  keep(startPingSource(of('PingSource')[0]!, TICK_MS, { sink: broker.url }));
  return { functions, broker, deliveries };
}

/** Each function acts with its own rights, as in a cluster. */
async function accountsOf(api: ApiServer): Promise<Record<FunctionName, string>> {
  const account = (name: FunctionName): Promise<string> =>
    api.serviceAccountKubeconfig('iter8-system', `iter8-${name}`);
  return {
    start: await account('start'),
    iterate: await account('iterate'),
    finish: await account('finish'),
  };
}

/** The resources as they are shipped. */
function readManifests(): KubeObject[] {
  const folder = join(ROOT, 'eventing');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject);
}

/** Runs kubectl and gives what it printed. Throws with its own words where it fails. */
export async function succeed(kubeconfig: string, args: string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await kubectl(kubeconfig, args, stdin);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}
