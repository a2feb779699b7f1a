// How often decisions are wrong, and what they cost: thousands of invented experiments under the
// product's own rules and under those of others.
//   node scripts/bench-decisions.ts [--runs 2000] [--seed 1] [--workers 2] [--only PATTERN]
//                                   [--out docs]
// PATTERN is a regular expression for cells such as canary/at-end/100/30/B1 (rule, requests per
// second, looks, candidate) or contest/pbr-early/+10@100. With it, nothing is written unless --out says
// where; without it, the numbers go to decisions.json in docs, and charts beside them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { chartsOf } from './decisions/charts.ts';
import { contestNamed } from './decisions/contest.ts';
import { findingOf, toJson, type Findings } from './decisions/findings.ts';
import { allCells, done, keyOf, type Cell, type Job } from './decisions/jobs.ts';
import { allDone } from './decisions/pool.ts';
import { tablesOf } from './decisions/tables.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});
const runs = Number(values.runs);
const RUNS_PER_JOB = 100;

const pattern = new RegExp(values.only ?? '');
const cells = allCells().filter((cell) => pattern.test(keyOf(cell)));
const jobs = cells.flatMap(inPieces);
const started = performance.now();
const results = await allDone(jobs, Number(values.workers), tell);

const all = cells.map((cell) => {
  const pieces = results.filter((_one, index) => jobs[index]!.cell === cell);
  return findingOf(cell, pieces);
});
const findings: Findings = {
  seed: values.seed,
  node: process.version,
  canaries: all.filter((one) => one.kind === 'Canary'),
  contests: all.filter((one) => one.kind === 'Contest'),
};
console.log(tablesOf(findings));
console.log(`\none look of the product takes ${microsecondsPerLook()} µs`);
const folder =
  values.out ?? (values.only === undefined ? join(import.meta.dirname, '../docs') : undefined);
if (folder !== undefined) await write(folder);

/** Contests take longer, most of all between many versions: fewer will do. */
function runsOf(cell: Cell): number {
  if (cell.kind === 'Canary') return runs;
  return Math.ceil(contestNamed(cell.contest).factors.length > 2 ? runs / 4 : runs / 2);
}

function inPieces(cell: Cell): Job[] {
  const wanted = runsOf(cell);
  const pieces = Math.ceil(wanted / RUNS_PER_JOB);
  return Array.from({ length: pieces }, (_, index) => ({
    cell,
    seed: values.seed,
    from: index * RUNS_PER_JOB,
    to: Math.min(wanted, (index + 1) * RUNS_PER_JOB),
  }));
}

function tell(count: number): void {
  const tenth = Math.ceil(jobs.length / 10);
  if (count % tenth !== 0 && count !== jobs.length) return;
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`${count} of ${jobs.length} jobs after ${seconds} s\n`);
}

/** The time of plan() with what the simulation needs around it, where one worker has a processor. */
function microsecondsPerLook(): number {
  const cell = { rule: 'at-end', traffic: 100, horizon: 30, candidate: 'G2' } as const;
  const job = { cell: { kind: 'Canary' as const, ...cell }, seed: values.seed, from: 0, to: 100 };
  done(job);
  const begin = performance.now();
  const result = done(job);
  const looks = result.kind === 'Canary' ? result.trials.map((trial) => trial.looks) : [];
  const all = looks.reduce((sum, one) => sum + one, 0);
  return Math.round((1000 * (performance.now() - begin)) / all);
}

async function write(to: string): Promise<void> {
  const file = join(to, 'decisions.json');
  const style = await resolveConfig(file);
  writeFileSync(file, await format(toJson(findings), { ...style, parser: 'json' }));
  for (const [name, svg] of Object.entries(chartsOf(findings))) {
    writeFileSync(join(to, `decisions-${name}.svg`), svg);
  }
}
