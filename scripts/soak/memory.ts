import { percentile, residentMiB } from '../scale/processes.ts';

/** The resident memory of a process at some times, in MiB. */
export type Samples = Map<string, { at: number; mebibytes: number }[]>;

/** Looks at these processes now; one that is not there is left out. */
export function sample(samples: Samples, processes: Readonly<Record<string, number>>): void {
  for (const [name, pid] of Object.entries(processes)) {
    const mebibytes = residentMiB(pid);
    const known = samples.get(name) ?? [];
    samples.set(name, known);
    if (mebibytes !== undefined) known.push({ at: Date.now(), mebibytes });
  }
}

/** Lines of a table: least, median and most in the first and in the last quarter of the time. */
export function memoryRows(samples: Samples): string[][] {
  return [...samples].map(([name, list]) => {
    const first = list[0]?.at ?? 0;
    const quarter = ((list.at(-1)?.at ?? 0) - first) / 4;
    const early = list.filter(({ at }) => at <= first + quarter);
    const late = list.filter(({ at }) => at >= first + 3 * quarter);
    return [name, spread(early), spread(late)];
  });
}

function spread(samples: readonly { mebibytes: number }[]): string {
  const values = samples.map(({ mebibytes }) => mebibytes);
  return [0, 0.5, 1].map((share) => percentile(values, share).toFixed(0)).join(' / ');
}
