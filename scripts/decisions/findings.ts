// What was found, cell by cell.
import { contestNamed, standingsOf, type Standings } from './contest.ts';
import type { Cell, Results } from './jobs.ts';
import { summarised, type Summary } from './trial.ts';

/** A rule in a situation, and how its experiments ended. */
export type CanaryFinding = Extract<Cell, { kind: 'Canary' }> & Summary;
/** A policy in a contest, and what came of it. */
export type ContestFinding = Extract<Cell, { kind: 'Contest' }> & Standings;

/** All that was found, and how it can be found again. */
export type Findings = {
  seed: string;
  node: string;
  canaries: CanaryFinding[];
  contests: ContestFinding[];
};

/** One cell's results, which may come in pieces, in numbers rounded to what they are worth. */
export function findingOf(cell: Cell, pieces: readonly Results[]): CanaryFinding | ContestFinding {
  if (cell.kind === 'Canary') {
    const trials = pieces.flatMap((piece) => (piece.kind === 'Canary' ? piece.trials : []));
    return { ...cell, ...rounded(summarised(trials)) };
  }
  const games = pieces.flatMap((piece) => (piece.kind === 'Contest' ? piece.games : []));
  return { ...cell, ...rounded(standingsOf(contestNamed(cell.contest), games)) };
}

function rounded<Numbers extends Record<string, number | undefined>>(numbers: Numbers): Numbers {
  const entries = Object.entries(numbers).map(([key, value]) => [
    key,
    value === undefined ? undefined : Number(value.toPrecision(5)),
  ]);
  return Object.fromEntries(entries) as Numbers;
}

/** The findings as JSON, in tables whose rows are lists, since there are more than a thousand. */
export function toJson({ canaries, contests, ...about }: Findings): string {
  return JSON.stringify({ ...about, canaries: inRows(canaries), contests: inRows(contests) });
}

function inRows(findings: readonly (CanaryFinding | ContestFinding)[]): {
  columns: string[];
  rows: unknown[][];
} {
  const names = findings.flatMap((finding) => Object.keys(finding));
  const columns = [...new Set(names)].filter((name) => name !== 'kind');
  const rows = findings.map((finding) => {
    const values = new Map<string, unknown>(Object.entries(finding));
    return columns.map((name) => values.get(name) ?? null);
  });
  return { columns, rows };
}
