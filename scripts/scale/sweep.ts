// What one tick costs where many experiments are not due.
import { setTimeout as sleep } from 'node:timers/promises';
import { functionProcesses, startMeasuredCluster, type MeasuredCluster } from './cluster.ts';
import { createIdle, createNamespaces } from './population.ts';
import { cpuMs, percentile, residentMiB } from './processes.ts';
import type { CallCount } from './proxy.ts';
import type { Template } from './template.ts';
import { NO_TICKS, tickOnce } from './ticks.ts';

/** The cost of one tick: medians of several, one after the other. */
export type SweepFigures = {
  size: number;
  seconds: number;
  requests: number;
  bytes: number;
  /** Of the function. */
  cpuMs: number;
  residentMiB: number;
  /** Of the API server's processes, while the tick lasted. */
  apiCpuMs: Record<string, number>;
};

const WARM_UP = 3;
const TICKS = 9;
/** Long after the last tick. */
const DUE_MS = 50 * 60_000;
/** Where intervals are long, each experiment is looked at for some seconds before these are over. */
const LOOK_MS = 60_000;
const AFTER_LOOK_MS = 1_000;
const ENVIRONMENT = { TICK_SECONDS: '10', HANDLER_DEADLINE_SECONDS: '15' };

/**
 * Creates so many experiments that are not due and measures ticks. Throws where a tick is refused,
 * or where one finds something to do.
 */
export async function measureSweep(template: Template, size: number): Promise<SweepFigures> {
  const cluster = await startMeasuredCluster({
    ...NO_TICKS,
    environment: ENVIRONMENT,
  });
  try {
    await createNamespaces(cluster.sandbox.kube);
    const due = Date.now() + DUE_MS;
    await createIdle(cluster.sandbox.kube, template, { size, due });
    await sleep(((due - Date.now()) % LOOK_MS) + AFTER_LOOK_MS);
    for (let done = 0; done < WARM_UP; done++) await measureTick(cluster);
    const ticks: TickCost[] = [];
    for (let done = 0; done < TICKS; done++) ticks.push(await measureTick(cluster));
    const median = (of: (tick: TickCost) => number): number => percentile(ticks.map(of), 0.5);
    const { iterate } = functionProcesses(cluster.sandbox);
    return {
      size,
      seconds: median((tick) => tick.seconds),
      requests: median((tick) => tick.requests),
      bytes: median((tick) => tick.bytes),
      cpuMs: median((tick) => tick.cpuMs),
      residentMiB: residentMiB(iterate!) ?? NaN,
      apiCpuMs: Object.fromEntries(
        Object.keys(cluster.api.processes).map((name) => [
          name,
          median((tick) => tick.apiCpuMs[name]!),
        ]),
      ),
    };
  } finally {
    await cluster.sandbox.stop();
  }
}

type TickCost = Omit<SweepFigures, 'size' | 'residentMiB'>;

type Account = {
  lists: number;
  calls: number;
  bytes: number;
  cpu: number;
  api: Record<string, number>;
};

async function measureTick(cluster: MeasuredCluster): Promise<TickCost> {
  const before = await account(cluster);
  const { durationMs, status } = await tickOnce(cluster.sandbox.functions.url('iterate'));
  if (status !== 204) throw new Error(`the function answered a tick with ${status}`);
  const after = await account(cluster);
  const isIdle = after.calls - before.calls === after.lists - before.lists;
  if (!isIdle) throw new Error('the tick found something to do');
  // So that what is left of one tick is not counted for the next.
  await sleep(500);
  return {
    seconds: durationMs / 1000,
    requests: after.calls - before.calls,
    bytes: after.bytes - before.bytes,
    cpuMs: after.cpu - before.cpu,
    apiCpuMs: Object.fromEntries(
      Object.entries(after.api).map(([name, value]) => [name, value - before.api[name]!]),
    ),
  };
}

async function account({ sandbox, standIns, api }: MeasuredCluster): Promise<Account> {
  const counts = (await standIns.counts()).calls;
  const sum = (of: (one: CallCount) => number): number =>
    Object.values(counts).reduce((total, one) => total + of(one), 0);
  return {
    lists: counts['LIST experiments']?.calls ?? 0,
    calls: sum(({ calls }) => calls),
    bytes: sum(({ sent, received }) => sent + received),
    cpu: cpuMs(functionProcesses(sandbox)['iterate']!),
    api: Object.fromEntries(Object.entries(api.processes).map(([name, pid]) => [name, cpuMs(pid)])),
  };
}
