// What so many running experiments cost, and whether their iterations come in time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryReport } from '../../sandbox/broker.ts';
import { functionProcesses, startMeasuredCluster, type MeasuredCluster } from './cluster.ts';
import { readLog, type LogLine, type LogReader } from './logs.ts';
import { createNamespaces, createRunning, type Population } from './population.ts';
import {
  busyShare,
  cpuMs,
  machineTime,
  percentile,
  residentMiB,
  type MachineTime,
} from './processes.ts';
import type { CallCount } from './proxy.ts';
import type { StandInCounts } from './stand-ins.ts';
import type { Template } from './template.ts';
import { NO_TICKS, startTicks } from './ticks.ts';

/** What was measured with one number of experiments, over `minutes`. */
export type Figures = {
  size: number;
  minutes: number;
  due: number;
  done: number;
  /** From when an iteration was due until its status was written, in seconds. */
  lateSeconds: { p50: number; p95: number; max: number };
  /** The share (0..1) of iterations done within a tick and 2 s. */
  onTime: number;
  /** Of the functions, per iteration: the sweeps are included. */
  cpuMs: Record<string, number>;
  calls: Record<string, CallCount>;
  queries: number;
  /** Of the API server's processes, per iteration. */
  apiCpuMs: Record<string, number>;
  /** The median of each function's resident memory. */
  residentMiB: Record<string, number>;
  /** From a tick until everything that it found due was done, in seconds. */
  tickSeconds: { p50: number; max: number };
  /** How busy the process of the Broker was, and the whole machine, 0..1. */
  brokerBusy: number;
  machineBusy: number;
  /** Hand-overs that the Broker did not take in time, and deliveries that failed or came again. */
  handOversRefused: number;
  deliveriesFailed: number;
  deliveriesRepeated: number;
};

const TICK_SECONDS = 10;
const TICK_MS = TICK_SECONDS * 1000;
const SLACK_SECONDS = 2;
const WARM_UP_MS = 60_000;
const LEAD_MS = 5_000;
/** How long before a tick it is begun and ended. */
const BEFORE_TICK_MS = 500;
/** About what it takes to create one experiment with its InferenceService. */
const CREATION_MS = 15;

/** As a cluster has them, instead of the sandbox's. */
const ENVIRONMENT = {
  TICK_SECONDS: String(TICK_SECONDS),
  HANDLER_DEADLINE_SECONDS: '15',
  SCRAPE_INTERVAL_SECONDS: '15',
};

/** How many experiments, how often each is due, and how long to look. */
export type Extent = { size: number; intervalSeconds: number; minutes: number };

/** Starts a cluster with so many experiments, warms it up for an interval, at least a minute, and measures. */
export async function measureSize(
  template: Template,
  { size, intervalSeconds, minutes }: Extent,
): Promise<Figures> {
  const deliveries: DeliveryReport[] = [];
  const cluster = await startMeasuredCluster({
    ...NO_TICKS,
    environment: ENVIRONMENT,
    onDelivery: (report) => deliveries.push(report),
  });
  const { sandbox, standIns } = cluster;
  try {
    // From here on it would put the statuses right that are written here.
    await sandbox.kserve.stop();
    await createNamespaces(sandbox.kube);
    const from = Date.now() + LEAD_MS + size * CREATION_MS;
    const extent = { size, from, intervalSeconds };
    const dues = await createRunning(sandbox.kube, template, standIns.prometheus, extent);
    if (Date.now() > from) console.log('creating took longer than thought; warming up anyway');
    return await watch(cluster, { dues, deliveries, from, minutes, intervalSeconds });
  } finally {
    await sandbox.stop();
  }
}

type Watched = {
  dues: Population;
  deliveries: DeliveryReport[];
  from: number;
  minutes: number;
  intervalSeconds: number;
};

async function watch(cluster: MeasuredCluster, watched: Watched): Promise<Figures> {
  const { sandbox } = cluster;
  const { deliveries, from, minutes, intervalSeconds } = watched;
  const log = readLog(sandbox.functions, 'iterate');
  const ticks: number[] = [];
  const started = Date.now();
  const source = sandbox.keep(
    startTicks(sandbox.broker.url, TICK_MS, ({ durationMs }) => {
      ticks.push(durationMs / 1000);
    }),
  );
  // The first iteration of each is not like the others.
  const warmUpMs = Math.max(WARM_UP_MS, intervalSeconds * 1000);
  // Just before a tick, so that what belongs together is counted together.
  const ticksToWait = Math.ceil((Math.max(from - started, 0) + warmUpMs) / TICK_MS);
  const begin = started + ticksToWait * TICK_MS - BEFORE_TICK_MS;
  while (Date.now() < begin) {
    await sleep(Math.min(1000, begin - Date.now()));
    lateness(log.read(), watched);
  }
  const before = await account(cluster);
  deliveries.length = ticks.length = 0;
  const seen = await observe(cluster, { ...watched, log, end: begin + minutes * 60_000 });
  const after = await account(cluster);
  await source.stop();
  return figuresOf({ ...watched, ...seen, before, after, ticks });
}

type Seen = {
  lateSeconds: number[];
  handOversRefused: number;
  resident: Record<string, number[]>;
};

/** Reads the log each second, so that no line of it is lost, and looks at the memory. */
async function observe(
  { sandbox }: MeasuredCluster,
  watched: Watched & { log: LogReader; end: number },
): Promise<Seen> {
  const { end, log } = watched;
  const seen: Seen = { lateSeconds: [], handOversRefused: 0, resident: {} };
  while (Date.now() < end) {
    await sleep(Math.min(1000, Math.max(0, end - Date.now())));
    const lines = log.read();
    seen.lateSeconds.push(...lateness(lines, watched));
    seen.handOversRefused += lines.filter(({ message }) => message.includes('could not be')).length;
    for (const [name, pid] of Object.entries(functionProcesses(sandbox))) {
      (seen.resident[name] ??= []).push(residentMiB(pid) ?? NaN);
    }
  }
  return seen;
}

/** How late each iteration in these lines came, in seconds; notes when the next one is due. */
function lateness(
  lines: readonly LogLine[],
  { dues, intervalSeconds }: Pick<Watched, 'dues' | 'intervalSeconds'>,
): number[] {
  return lines.flatMap(({ message, experiment = '', time, stage }) => {
    const due = dues.get(experiment);
    const isIteration = message === 'decided' && stage === 'Running';
    const at = new Date(time).getTime();
    // What is written between iterations is no iteration.
    if (!isIteration || due === undefined || at < due) return [];
    const next = due + intervalSeconds * 1000;
    dues.set(experiment, next > at ? next : at + intervalSeconds * 1000);
    return [(at - due) / 1000];
  });
}

type Account = {
  counts: StandInCounts;
  cpu: Record<string, number>;
  apiCpu: Record<string, number>;
  utilization: ReturnType<typeof performance.eventLoopUtilization>;
  machine: MachineTime;
};

async function account({ sandbox, standIns, api }: MeasuredCluster): Promise<Account> {
  const cpuOf = (processes: Record<string, number>): Record<string, number> =>
    mapValues(processes, cpuMs);
  return {
    counts: structuredClone(await standIns.counts()),
    cpu: cpuOf(functionProcesses(sandbox)),
    apiCpu: cpuOf(api.processes),
    utilization: performance.eventLoopUtilization(),
    machine: machineTime(),
  };
}

type Window = Watched & Seen & { before: Account; after: Account; ticks: number[] };

function figuresOf(window: Window): Figures {
  const { dues, minutes, before, after, lateSeconds, ticks, deliveries } = window;
  const done = lateSeconds.length;
  const each = (one: Record<string, number>, other: Record<string, number>) =>
    mapValues(one, (value, name) => (value - (other[name] ?? 0)) / done);
  const isOnTime = (seconds: number): boolean => seconds <= TICK_SECONDS + SLACK_SECONDS;
  const isFailed = ({ status }: DeliveryReport): boolean => status < 200 || status >= 300;
  return {
    size: dues.size,
    minutes,
    due: Math.round((dues.size * minutes * 60) / window.intervalSeconds),
    done,
    lateSeconds: {
      p50: percentile(lateSeconds, 0.5),
      p95: percentile(lateSeconds, 0.95),
      max: Math.max(...lateSeconds),
    },
    onTime: lateSeconds.filter(isOnTime).length / done,
    cpuMs: each(after.cpu, before.cpu),
    calls: callsPer(done, before.counts.calls, after.counts.calls),
    queries: (after.counts.queries - before.counts.queries) / done,
    apiCpuMs: each(after.apiCpu, before.apiCpu),
    residentMiB: mapValues(window.resident, (values) => percentile(values, 0.5)),
    tickSeconds: { p50: percentile(ticks, 0.5), max: Math.max(...ticks) },
    brokerBusy: performance.eventLoopUtilization(after.utilization, before.utilization).utilization,
    machineBusy: busyShare(before.machine, after.machine),
    handOversRefused: window.handOversRefused,
    deliveriesFailed: deliveries.filter(isFailed).length,
    deliveriesRepeated: deliveries.filter(({ attempts }) => attempts > 1).length,
  };
}

function callsPer(
  iterations: number,
  before: Record<string, CallCount>,
  after: Record<string, CallCount>,
): Record<string, CallCount> {
  return mapValues(after, ({ calls, sent, received }, kind) => ({
    calls: (calls - (before[kind]?.calls ?? 0)) / iterations,
    sent: (sent - (before[kind]?.sent ?? 0)) / iterations,
    received: (received - (before[kind]?.received ?? 0)) / iterations,
  }));
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
