// What processes cost, from their accounts in /proc.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const TICKS_PER_SECOND = 100;

/** User and system time of a process in milliseconds, 0 where there is none. */
export function cpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`)?.split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 1000) / TICKS_PER_SECOND;
}

/** Resident memory of a process in MiB, undefined where there is none. */
export function residentMiB(pid: number): number | undefined {
  const kibibytes = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

/** The time that all processors together have spent, in milliseconds since the machine started. */
export type MachineTime = { busy: number; idle: number };

/** The machine's time so far, whoever used it. */
export function machineTime(): MachineTime {
  const times = cpus().map((one) => one.times);
  const sum = (of: (one: (typeof times)[number]) => number): number =>
    times.reduce((total, one) => total + of(one), 0);
  return {
    busy: sum(({ user, nice, sys, irq }) => user + nice + sys + irq),
    idle: sum((one) => one.idle),
  };
}

/** The share (0..1) of the time between two looks that was spent with work. */
export function busyShare(before: MachineTime, after: MachineTime): number {
  const busy = after.busy - before.busy;
  return busy / (busy + after.idle - before.idle);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The value below which this share (0..1) of the values lie; NaN where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
