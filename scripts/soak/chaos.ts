// What goes wrong in a soak besides the calls: events, and the functions' processes.
import { setInterval } from 'node:timers/promises';
import type { FaultSource, Faults } from '../../sandbox/faults.ts';
import { FUNCTION_NAMES, type FunctionName, type Functions } from '../../sandbox/functions.ts';
import type { Stoppable } from '../../sandbox/http.ts';
import type { Random } from '../../sandbox/random.ts';
import { readLog, type LogLine, type LogReader } from '../scale/logs.ts';
import { residentMiB } from '../scale/processes.ts';

/** What was done so far, by what it is. */
export type Counts = Map<string, number>;

/** Adds one to a count. */
export function countOne(counts: Counts, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

const EVENT_FAULTS: Record<string, Faults> = {
  lost: { lose: true },
  doubled: { copies: 2, concurrent: true },
  delayed: { maxDelayMs: 5000 },
  overtaken: { maxDelayMs: 5000, concurrent: true },
};

/** Loses, doubles or delays this share (0..1) of deliveries; `where` is told in the counts. */
export function eventFaults(where: string, rate: number, counts: Counts): FaultSource {
  const kinds = Object.entries(EVENT_FAULTS);
  return (random) => {
    if (random() >= rate) return {};
    const [name, faults] = kinds[Math.floor(random() * kinds.length)]!;
    countOne(counts, `${where}: ${name}`);
    return faults;
  };
}

const TURN_MS = 500;

/** What happens to the functions is told here. */
export type ChaosOptions = {
  functions: Functions;
  killMs: number;
  random: Random;
  counts: Counts;
  onLine: (name: FunctionName, line: LogLine) => void;
  onProblem: (text: string) => void;
};

/**
 * Kills one of the functions from time to time and starts it again; one that ends by itself is
 * started again, too, and is a problem. Reads what they log.
 */
export function startChaos(options: ChaosOptions): Stoppable {
  const { killMs, random } = options;
  const stopper = new AbortController();
  const { signal } = stopper;
  const readers = new Map(FUNCTION_NAMES.map((name) => [name, readLog(options.functions, name)]));
  let next = Date.now() + killMs;
  const turn = async (): Promise<void> => {
    const victim = FUNCTION_NAMES[Math.floor(random() * FUNCTION_NAMES.length)]!;
    const isTime = killMs > 0 && Date.now() >= next;
    if (isTime) next = Date.now() + killMs;
    if (isTime) await killAndRestart(options, victim, readers.get(victim)!);
    await lookAfter(options, readers);
  };
  const run = async (): Promise<void> => {
    for await (const work of setInterval(TURN_MS, turn, { signal })) await work();
  };
  const running = run().catch(onStopped);
  return {
    stop: async () => {
      stopper.abort();
      await running;
      for (const name of FUNCTION_NAMES) tell(options, name, readers.get(name)!);
    },
  };
}

function onStopped(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}

async function killAndRestart(
  options: ChaosOptions,
  name: FunctionName,
  reader: LogReader,
): Promise<void> {
  countOne(options.counts, `killed: ${name}`);
  await options.functions.kill(name);
  await restart(options, name, reader);
}

/** What it has logged goes with its process: it is read before. */
async function restart(
  options: ChaosOptions,
  name: FunctionName,
  reader: LogReader,
): Promise<void> {
  tell(options, name, reader);
  try {
    await options.functions.restart(name);
    reader.forget();
  } catch (error) {
    options.onProblem(`${name} could not be started again: ${String(error)}`);
  }
}

async function lookAfter(
  options: ChaosOptions,
  readers: ReadonlyMap<FunctionName, LogReader>,
): Promise<void> {
  for (const [name, reader] of readers) {
    tell(options, name, reader);
    if (residentMiB(options.functions.pid(name)) !== undefined) continue;
    options.onProblem(`${name} ended by itself`);
    await restart(options, name, reader);
  }
}

function tell({ onLine }: ChaosOptions, name: FunctionName, reader: LogReader): void {
  for (const line of reader.read()) onLine(name, line);
}
