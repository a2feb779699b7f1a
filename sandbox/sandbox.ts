import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker, type Broker, type DeliveryReport } from './broker.ts';
import type { Faults } from './faults.ts';
import { FUNCTION_NAMES, startFunctions, type FunctionName, type Functions } from './functions.ts';
import type { Stoppable } from './http.ts';
import { connectKube, KubeError, type Kube, type KubeObject } from './kube.ts';
import { startApiServer, type ApiServer } from './kubeapi.ts';
import { startKServe, type KServe } from './kserve.ts';
import { install, renderEventing } from './manifests.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { startServing, type Serving } from './serving.ts';
import { startApiServerSource, startPingSource } from './sources.ts';
import { readTriggers } from './triggers.ts';

/** How a sandbox differs from the usual one. */
export interface SandboxOptions {
  tickMs?: number;
  /** Settings of the functions, over the sandbox's own. */
  environment?: Record<string, string>;
  /** Manifest files or folders that are applied too. */
  files?: string[];
  /** What goes wrong between the ApiServerSources and the Broker; ticks arrive. */
  sourceFaults?: Faults;
  /** What goes wrong between the Broker and the functions. */
  brokerFaults?: Faults;
  /** true: the functions as bundled for deployment. */
  isBundled?: boolean;
  /** Decides errors, latencies, the splitting of traffic and the faults. */
  seed?: number;
  onDelivery?: (report: DeliveryReport) => void;
}

/** A running sandbox; `stop` leaves no process, port or folder behind. */
export interface Sandbox extends Stoppable {
  api: ApiServer;
  kube: Kube;
  serving: Serving;
  kserve: KServe;
  prometheus: Prometheus;
  functions: Functions;
  broker: Broker;
  /** Makes something else end with the sandbox, before the sandbox's own parts. */
  keep: <T extends Stoppable>(part: T) => T;
}

type Keep = Sandbox['keep'];

const NAMESPACE = 'iter8-system';
const INTERRUPTED = 130;
const SERVED_WITHIN_SECONDS = 30;
const PATHS = [
  '/apis/iter8.tools/v2alpha2/experiments',
  '/apis/iter8.tools/v2alpha2/metrics',
  '/apis/serving.kserve.io/v1beta1/inferenceservices',
];

/**
 * Starts everything a cluster would give, and the three functions in it, each with its own service
 * account. Gives undefined where there is no API server to be had; throws where a part does not
 * start, after stopping the others. SIGINT and SIGTERM stop the sandbox and end this process.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox | undefined> {
  const { keep, stop } = startLifetime();
  try {
    const accounts = [...FUNCTION_NAMES, 'sources'].map((name) => `${NAMESPACE}:iter8-${name}`);
    const api = await startApiServer({ serviceAccounts: accounts });
    if (api === undefined) {
      await stop();
      return undefined;
    }
    keep(api);
    const kube = await connectKube(api.kubeconfig);
    const manifests = await renderEventing(api.kubeconfig);
    await install(api.kubeconfig, manifests, options.files);
    await waitUntilServed(kube);
    const serving = keep(await startServing(options.seed));
    const prometheus = keep(await startPrometheus([new URL(serving.metricsUrl).host]));
    const kserve = keep(await startKServe({ kube, serving }));
    const eventing = await startEventing({ api, manifests, options, keep });
    return { api, kube, serving, prometheus, kserve, ...eventing, keep, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Stops what it keeps, the last first; also when this process is told to end. */
function startLifetime(): { keep: Keep; stop: () => Promise<void> } {
  const parts: Stoppable[] = [];
  let isStopping = false;
  const onSignal = (): void => {
    if (isStopping) process.exit(INTERRUPTED);
    void stop().finally(() => process.exit(INTERRUPTED));
  };
  const stop = async (): Promise<void> => {
    isStopping = true;
    const stops: PromiseSettledResult<void>[] = [];
    for (const part of parts.splice(0).reverse()) {
      stops.push(...(await Promise.allSettled([part.stop()])));
    }
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    const failed = stops.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const keep: Keep = (part) => {
    parts.push(part);
    return part;
  };
  return { keep, stop };
}

/** A kind may be refused for a moment after its definition is established. */
async function waitUntilServed(kube: Kube): Promise<void> {
  const deadline = Date.now() + SERVED_WITHIN_SECONDS * 1000;
  for (const path of PATHS) {
    while (!(await isServed(kube, path))) {
      if (Date.now() > deadline) throw new Error(`the API server does not serve ${path}`);
      await sleep(50);
    }
  }
}

async function isServed(kube: Kube, path: string): Promise<boolean> {
  try {
    await kube.list(path, { limit: '1' });
    return true;
  } catch (error) {
    if (error instanceof KubeError) return false;
    throw error;
  }
}

interface Eventing {
  api: ApiServer;
  manifests: KubeObject[];
  options: SandboxOptions;
  keep: Keep;
}

async function startEventing(eventing: Eventing): Promise<Pick<Sandbox, 'broker' | 'functions'>> {
  const { api, manifests, options, keep } = eventing;
  const { tickMs = 1000, seed } = options;
  const of = (kind: string): KubeObject[] => manifests.filter((object) => object.kind === kind);
  const started: { functions?: Functions } = {};
  const broker = keep(
    await startBroker({
      triggers: readTriggers(manifests, of('Broker')[0]!),
      resolve: (service) => urlOf(service, started.functions),
      faults: options.brokerFaults,
      seed,
      onDelivery: options.onDelivery,
    }),
  );
  const functions = keep(await launchFunctions(eventing, broker.url));
  started.functions = functions;
  const kube = await connectKube(await api.serviceAccountKubeconfig(NAMESPACE, 'iter8-sources'));
  for (const source of of('ApiServerSource')) {
    const to = { sink: broker.url, faults: options.sourceFaults, seed };
    keep(await startApiServerSource(kube, source, to));
  }
  for (const source of of('PingSource')) {
    keep(startPingSource(source, tickMs, { sink: broker.url }));
  }
  return { broker, functions };
}

/** The URL of the function that a Knative Service of this name would run. */
function urlOf(service: string, functions: Functions | undefined): string | undefined {
  const name = FUNCTION_NAMES.find((candidate) => service === `iter8-${candidate}`);
  if (name === undefined) return undefined;
  return functions?.url(name) ?? 'http://127.0.0.1';
}

async function launchFunctions(eventing: Eventing, sink: string): Promise<Functions> {
  const { api, manifests, options } = eventing;
  const kubeconfigs = new Map<FunctionName, string>();
  for (const name of FUNCTION_NAMES) {
    kubeconfigs.set(name, await api.serviceAccountKubeconfig(NAMESPACE, `iter8-${name}`));
  }
  const environment = (name: FunctionName): Record<string, string> => ({
    KUBECONFIG: kubeconfigs.get(name)!,
    ITER8_NAMESPACE: NAMESPACE,
    TICK_SECONDS: String((options.tickMs ?? 1000) / 1000),
    SCRAPE_INTERVAL_SECONDS: '1',
    ALLOW_LOOPBACK: 'true',
    K_SINK: isBound(manifests, `iter8-${name}`) ? sink : '',
    ...options.environment,
  });
  return startFunctions({ environment, isBundled: options.isBundled });
}

/** Whether a SinkBinding gives this Knative Service the Broker's address. */
function isBound(manifests: readonly KubeObject[], service: string): boolean {
  return manifests.some(({ kind, spec }) => {
    const { subject } = (spec ?? {}) as { subject?: { name?: string } };
    return kind === 'SinkBinding' && subject?.name === service;
  });
}
