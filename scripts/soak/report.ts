import { table } from '../scale/report.ts';
import type { Counts } from './chaos.ts';
import type { Lives, Tally } from './lives.ts';
import { memoryRows, type Samples } from './memory.ts';

/** How it stands, in one line. */
export function formatProgress(state: {
  lives: Lives;
  counts: Counts;
  problems: readonly string[];
  seconds: number;
}): string {
  const { lives, counts, problems, seconds } = state;
  const ended = totalOf(lives.tallies);
  const killed = sumOf(counts, 'killed');
  return [
    `${(seconds / 60).toFixed(1)} min`,
    `${lives.underWay} under way`,
    `${ended.right + ended.excused} ended rightly (${ended.excused} excused), ${ended.wrong} wrongly`,
    `${killed} killed`,
    `${problems.length} problems`,
  ].join('; ');
}

/** Everything that was counted, as tables. */
export function formatReport(state: {
  lives: Lives;
  counts: Counts;
  lines: Counts;
  samples: Samples;
  problems: readonly string[];
  called: number;
  queries: number;
  seconds: number;
  deadLetters: number;
  seed: number;
}): string {
  const { lives, counts, lines, samples, problems, called, queries, deadLetters } = state;
  const ends = [...lives.tallies, ['all', totalOf(lives.tallies)] as const];
  return [
    `after ${(state.seconds / 60).toFixed(1)} minutes, with seed ${state.seed}:`,
    table([
      ['how they should end', 'right', 'excused', 'wrong', 'moves to the outcome'],
      ...ends.map(([kind, tally]) => [kind, ...cells(tally)]),
    ]),
    'excused: a value of the last iteration was kept from the functions, so that none could win',
    table([
      ['what went wrong on purpose', 'times'],
      ...rowsOf(counts),
      ['of calls to the API server', String(called)],
      ['of queries', String(queries)],
      ['dead letters of it', String(deadLetters)],
    ]),
    table([['warnings and errors that the functions logged', 'times'], ...rowsOf(lines)]),
    table([
      ['memory, MiB: least / median / most', 'first quarter', 'last quarter'],
      ...memoryRows(samples),
    ]),
    problems.length === 0 ? 'nothing was wrong' : `${problems.length} problems`,
  ].join('\n\n');
}

function cells({ right, excused, wrong, moves }: Tally): string[] {
  return [right, excused, wrong, moves].map(String);
}

function rowsOf(counts: Counts): string[][] {
  return [...counts].sort().map(([what, count]) => [what, String(count)]);
}

function sumOf(counts: Counts, prefix: string): number {
  return [...counts]
    .filter(([what]) => what.startsWith(prefix))
    .reduce((sum, [, count]) => sum + count, 0);
}

function totalOf(tallies: ReadonlyMap<string, Tally>): Tally {
  const total: Tally = { right: 0, excused: 0, wrong: 0, moves: 0 };
  for (const tally of tallies.values()) {
    total.right += tally.right;
    total.excused += tally.excused;
    total.wrong += tally.wrong;
    total.moves += tally.moves;
  }
  return total;
}
