import type { Figures } from './measure.ts';
import type { SweepFigures } from './sweep.ts';

type Row = {
  title: string;
  values: number[];
  digits: number;
  isCompared: boolean;
};

/** A table: a column for each size, with what each figure is times that of the first size. */
export function formatFigures(all: readonly Figures[]): string {
  const header = ['', ...all.map(({ size }) => `${size}`)];
  const lines = [header, ...rowsOf(all).map(cellsOf)];
  return table(lines);
}

function cellsOf({ title, values, digits, isCompared }: Row): string[] {
  const [first = NaN] = values;
  return [
    title,
    ...values.map((value, index) => {
      const text = value.toFixed(digits);
      const isRatio = isCompared && index > 0 && first > 0;
      return isRatio ? `${text} (×${(value / first).toFixed(2)})` : text;
    }),
  ];
}

function rowsOf(all: readonly Figures[]): Row[] {
  const row = (title: string, digits: number, of: (one: Figures) => number): Row => ({
    ...{ title, digits, isCompared: false },
    values: all.map(of),
  });
  const each = (title: string, digits: number, of: (one: Figures) => number): Row => ({
    ...row(title, digits, of),
    isCompared: true,
  });
  const names = (of: (one: Figures) => object): string[] => [
    ...new Set(all.flatMap((one) => Object.keys(of(one)))),
  ];
  const sum = (record: Record<string, number>): number =>
    Object.values(record).reduce((total, value) => total + value, 0);
  return [
    row('minutes measured', 1, ({ minutes }) => minutes),
    row('iterations due', 0, ({ due }) => due),
    row('iterations done', 0, ({ done }) => done),
    row('iterations a minute', 0, ({ done, minutes }) => done / minutes),
    row('on time (12 s), %', 2, ({ onTime }) => onTime * 100),
    row('late, s: p50', 2, ({ lateSeconds }) => lateSeconds.p50),
    row('late, s: p95', 2, ({ lateSeconds }) => lateSeconds.p95),
    row('late, s: max', 2, ({ lateSeconds }) => lateSeconds.max),
    row('tick with its hand-overs, s: p50', 2, ({ tickSeconds }) => tickSeconds.p50),
    row('tick with its hand-overs, s: max', 2, ({ tickSeconds }) => tickSeconds.max),
    row("the Broker's process busy, %", 0, ({ brokerBusy }) => brokerBusy * 100),
    row('the whole machine busy, %', 0, ({ machineBusy }) => machineBusy * 100),
    row('hand-overs not taken', 0, ({ handOversRefused }) => handOversRefused),
    row('deliveries failed', 0, ({ deliveriesFailed }) => deliveriesFailed),
    row('deliveries repeated', 0, ({ deliveriesRepeated }) => deliveriesRepeated),
    each('per iteration: our CPU, ms', 2, ({ cpuMs }) => sum(cpuMs)),
    ...names(({ cpuMs }) => cpuMs).map((name) =>
      each(`    of ${name}, ms`, 2, ({ cpuMs }) => cpuMs[name] ?? NaN),
    ),
    each('    of iterate beyond that of an idle function, ms', 2, beyondIdle),
    each('  queries', 2, ({ queries }) => queries),
    ...names(({ calls }) => calls).flatMap((kind) => [
      each(`  ${kind}`, 3, ({ calls }) => calls[kind]?.calls ?? 0),
      each('    KiB sent', 2, ({ calls }) => (calls[kind]?.sent ?? 0) / 1024),
      each('    KiB received', 2, ({ calls }) => (calls[kind]?.received ?? 0) / 1024),
    ]),
    ...names(({ apiCpuMs }) => apiCpuMs).map((name) =>
      each(`  CPU of ${name}, ms`, 2, ({ apiCpuMs }) => apiCpuMs[name] ?? NaN),
    ),
    ...names(({ residentMiB }) => residentMiB).map((name) =>
      row(`memory of ${name}, MiB`, 1, ({ residentMiB }) => residentMiB[name] ?? NaN),
    ),
  ];
}

/** A runtime that waits has a cost of its own, which is not that of iterations: start and finish wait. */
function beyondIdle({ cpuMs }: Figures): number {
  const { start = NaN, finish = NaN, iterate = NaN } = cpuMs;
  return iterate - (start + finish) / 2;
}

/** How much memory of the functions one more experiment takes, from the smallest to the largest size. */
export function kibibytesPerExperiment(all: readonly Figures[]): number | undefined {
  const [first] = all;
  const last = all.at(-1);
  if (!first || !last || last.size === first.size) return undefined;
  const total = ({ residentMiB }: Figures): number =>
    Object.values(residentMiB).reduce((sum, value) => sum + value, 0);
  return ((total(last) - total(first)) * 1024) / (last.size - first.size);
}

/** What one tick over idle experiments costs, a line each. */
export function formatSweep(figures: SweepFigures): string {
  const { size, seconds, requests, bytes, cpuMs, residentMiB, apiCpuMs } = figures;
  return [
    `one tick over ${size} experiments that are not due:`,
    `  ${seconds.toFixed(2)} s (goal: under 2)`,
    `  ${requests} requests, ${(bytes / 1e6).toFixed(2)} MB (goal: under 5), ${(bytes / size).toFixed(0)} bytes each`,
    `  our CPU ${cpuMs.toFixed(0)} ms; memory of iterate ${residentMiB.toFixed(0)} MiB`,
    ...Object.entries(apiCpuMs).map(([name, value]) => `  CPU of ${name} ${value.toFixed(0)} ms`),
  ].join('\n');
}

/** Rows of cells in columns: the first to the left, the others to the right. */
export function table(lines: readonly string[][]): string {
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
        )
        .join('  '),
    )
    .join('\n');
}
