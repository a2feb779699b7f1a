import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAccountKubeconfig } from './account.ts';
import { startApi, type Api } from './api.ts';
import { startBroker, type Broker, type DeliveryReport } from './broker.ts';
import type { FaultSource } from './faults.ts';
import { FUNCTION_NAMES, startFunctions, type FunctionName, type Functions } from './functions.ts';
import type { Stoppable } from './http.ts';
import { install } from './install.ts';
import type { Access } from './kubeconfig.ts';
import { connectKube, type Kube, type KubeObject } from './kube.ts';
import { startKServe, type KServe } from './kserve.ts';
import { isPlayed, readManifests } from './manifests.ts';
import { startPrometheus, type Prometheus } from './prometheus.ts';
import { removeAfterwards } from './reaper.ts';
import { startServing, type Serving } from './serving.ts';
import { startApiServerSource, startPingSource } from './sources.ts';
import { readTriggers } from './triggers.ts';

/** How a sandbox differs from the usual one. */
export interface SandboxOptions {
  /** The API server; the sandbox's own where this is absent. It is stopped with the sandbox. */
  api?: Api;
  /** Where the functions find the API server; where everybody does if this is absent. */
  functionsApi?: Omit<Access, 'options'>;
  /** What plays the data plane or Prometheus instead of the sandbox's own. Stopped with the sandbox. */
  parts?: Partial<Pick<Sandbox, 'serving' | 'prometheus'>>;
  tickMs?: number;
  /** Settings of the functions, over the sandbox's own. */
  environment?: Record<string, string>;
  /** Manifest files or folders that are applied too. */
  files?: string[];
  /** What goes wrong between the ApiServerSources and the Broker; ticks arrive. */
  sourceFaults?: FaultSource;
  /** What goes wrong between the Broker and the functions. */
  brokerFaults?: FaultSource;
  /** true: the functions as bundled for deployment. */
  isBundled?: boolean;
  /** Decides errors, latencies, the splitting of traffic and the faults. */
  seed?: number;
  onDelivery?: (report: DeliveryReport) => void;
}

/** A running sandbox; `stop` leaves no process, port or folder behind. */
export interface Sandbox extends Stoppable {
  api: Api;
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

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NAMESPACE = 'iter8-system';
const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Starts everything a cluster would give, and the three functions in it, each with its own service
 * account. Throws where a part does not start, after stopping the others. SIGINT, SIGTERM and
 * SIGHUP stop the sandbox and end this process.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { keep, stop } = startLifetime();
  if (options.api) keep(options.api);
  try {
    const serving = keep(options.parts?.serving ?? (await startServing(options.seed)));
    const [prometheus, parts] = await all([
      prometheusOf(serving, options).then(keep),
      startParts({ serving, options, keep }),
    ]);
    return { ...parts, serving, prometheus, keep, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prometheusOf(
  { metricsUrl }: Serving,
  { parts }: SandboxOptions,
): Promise<Prometheus> {
  return parts?.prometheus ?? startPrometheus([new URL(metricsUrl).host]);
}

/** What both come to. Waits for both before it throws, so that nothing is started after that. */
async function all<A, B>(work: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Stops what it keeps, the last first; also when this process is told to end. */
function startLifetime(): { keep: Keep; stop: () => Promise<void> } {
  const parts: Stoppable[] = [];
  let isStopping = false;
  const onSignal = (): void => {
    if (isStopping) process.exit(INTERRUPTED);
    void stop().finally(() => process.exit(process.exitCode ?? INTERRUPTED));
  };
  const stop = async (): Promise<void> => {
    isStopping = true;
    const stops: PromiseSettledResult<void>[] = [];
    for (const part of parts.splice(0).reverse()) {
      stops.push(...(await Promise.allSettled([part.stop()])));
    }
    for (const signal of SIGNALS) process.off(signal, onSignal);
    const failed = stops.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const keep: Keep = (part) => {
    if (isStopping) void part.stop();
    else parts.push(part);
    return part;
  };
  return { keep, stop };
}

type Parts = Pick<Sandbox, 'api' | 'kube' | 'kserve' | 'broker' | 'functions'>;

/** Starts what needs an API server. */
async function startParts(given: {
  serving: Serving;
  options: SandboxOptions;
  keep: Keep;
}): Promise<Parts> {
  const { serving, options, keep } = given;
  const api = options.api ?? keep(await startApi());
  const kube = await connectKube(api.kubeconfig);
  const manifests = readManifests(`${ROOT}eventing`);
  const files = [`${ROOT}sandbox/crd/inferenceservice.yaml`, ...(options.files ?? [])];
  const others = files.flatMap(readManifests);
  await install(kube, [...manifests.filter((object) => !isPlayed(object)), ...others]);
  const kserve = keep(await startKServe({ kube, serving }));
  return { api, kube, kserve, ...(await startEventing({ api, manifests, options, keep })) };
}

interface Eventing {
  api: Api;
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
  const kubeconfigs = await writeKubeconfigs(api, keep, options.functionsApi);
  const functions = keep(await launchFunctions(eventing, kubeconfigs, broker.url));
  started.functions = functions;
  const kube = await connectKube(kubeconfigs('sources'));
  for (const source of of('ApiServerSource')) {
    const to = { sink: broker.url, faults: options.sourceFaults, seed };
    keep(await startApiServerSource(kube, source, to));
  }
  for (const source of of('PingSource')) {
    keep(startPingSource(source, tickMs, { sink: broker.url }));
  }
  return { broker, functions };
}

/** Kubeconfigs by the account's name without "iter8-", in a folder that goes with the sandbox. */
type Kubeconfigs = (name: FunctionName | 'sources') => string;

async function writeKubeconfigs(
  api: Api,
  keep: Keep,
  functionsApi: SandboxOptions['functionsApi'],
): Promise<Kubeconfigs> {
  const folder = await mkdtemp(join(tmpdir(), 'iter8-accounts-'));
  removeAfterwards(folder);
  keep({ stop: () => rm(folder, { recursive: true, force: true }) });
  const path: Kubeconfigs = (name) => join(folder, name);
  for (const name of [...FUNCTION_NAMES, 'sources'] as const) {
    const account = { namespace: NAMESPACE, name: `iter8-${name}` };
    const at = name === 'sources' ? undefined : functionsApi;
    await writeAccountKubeconfig(path(name), account, api.kubeconfig, at);
  }
  return path;
}

/** The URL of the function that a Knative Service of this name would run. */
function urlOf(service: string, functions: Functions | undefined): string | undefined {
  const name = FUNCTION_NAMES.find((candidate) => service === `iter8-${candidate}`);
  if (name === undefined) return undefined;
  return functions?.url(name) ?? 'http://127.0.0.1';
}

function launchFunctions(
  { manifests, options }: Eventing,
  kubeconfigs: Kubeconfigs,
  sink: string,
): Promise<Functions> {
  const environment = (name: FunctionName): Record<string, string> => ({
    KUBECONFIG: kubeconfigs(name),
    ITER8_NAMESPACE: NAMESPACE,
    TICK_SECONDS: String((options.tickMs ?? 1000) / 1000),
    SCRAPE_INTERVAL_SECONDS: '1',
    ALLOW_LOOPBACK: 'true',
    // As func.yaml has it.
    NODE_OPTIONS: '--max-semi-space-size=8',
    HANDLER_DEADLINE_SECONDS: '5',
    CLOCK_TOLERANCE_SECONDS: '0.1',
    INITIALIZING_DEADLINE_SECONDS: '30',
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
