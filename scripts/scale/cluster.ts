// The sandbox as measurements use it: the functions as they are deployed, each call of theirs
// through the stand-ins, and no model servers, since nobody sends requests.
import { join } from 'node:path';
import { install } from '../../sandbox/install.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import type { Serving } from '../../sandbox/serving.ts';
import { bundle, FUNCTIONS } from '../bundle.ts';
import { startMeasuredApi, type MeasuredApi } from './api-server.ts';
import { metricObjects } from './queries.ts';
import { startStandIns, type StandIns } from './stand-ins.ts';

/** A running sandbox with what is measured of it; `sandbox.stop` ends all of it. */
export type MeasuredCluster = {
  sandbox: Sandbox;
  api: MeasuredApi;
  standIns: StandIns;
};

const NO_SERVERS: Serving = {
  metricsUrl: 'http://127.0.0.1',
  open: () => Promise.resolve('http://model'),
  addRevision: () => Promise.resolve(),
  route: () => undefined,
  setReady: () => undefined,
  counts: () => ({ requests: 0, errors: 0, latencySumMs: 0 }),
  close: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

/** Bundles the functions as for deployment. */
export async function bundleFunctions(): Promise<void> {
  const root = join(import.meta.dirname, '../..');
  for (const name of FUNCTIONS) await bundle(name, join(root, 'functions', name, 'index.mjs'));
}

/** Starts one, with the Metrics of its experiments; the functions must be bundled. */
export async function startMeasuredCluster(
  options: SandboxOptions,
  faults: { faultRate?: number; seed?: number } = {},
): Promise<MeasuredCluster> {
  const api = await startMeasuredApi();
  const standIns = await startStandIns(api.kubeconfig, faults);
  const { prometheus: url, functionsApi } = standIns;
  const prometheus = {
    url,
    setTargets: () => Promise.resolve(),
    stop: () => standIns.stop(),
  };
  const parts = { serving: NO_SERVERS, prometheus };
  const sandbox = await startSandbox({
    ...options,
    api,
    functionsApi,
    parts,
    isBundled: true,
  });
  await install(sandbox.kube, metricObjects(url));
  return { sandbox, api, standIns };
}

/** The processes of the functions by name. */
export function functionProcesses({ functions }: Sandbox): Record<string, number> {
  return Object.fromEntries(FUNCTIONS.map((name) => [name, functions.pid(name)]));
}
