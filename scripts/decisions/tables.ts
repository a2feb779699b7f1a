// What was found, as tables for people.
import { CONTESTS } from './contest.ts';
import type { CanaryFinding, ContestFinding, Findings } from './findings.ts';
import { HORIZON, POLICIES, RULES, TRAFFICS } from './jobs.ts';
import { CANDIDATES } from './traffic.ts';

type Row = readonly string[];

/** A table in Markdown, its columns in line. */
export function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, ...[title, ...rows.map((row) => row[column]!)].map((cell) => cell.length)),
  );
  const line = (cells: Row): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** All tables, with their headings; those without a number are left out. */
export function tablesOf(findings: Findings): string {
  const { canaries, contests } = findings;
  const horizons = [...new Set(canaries.map(({ horizon }) => horizon))];
  const parts = [
    ...TRAFFICS.flatMap((traffic) =>
      MEASURES.map(({ title, of }) => ({
        title: `${title}, ${traffic} requests/s, ${HORIZON} looks`,
        body: byCandidate(
          canaries.filter((one) => one.traffic === traffic && one.horizon === HORIZON),
          of,
        ),
      })),
    ),
    ...horizons
      .filter((horizon) => horizon !== HORIZON)
      .flatMap((horizon) =>
        TRAFFICS.map((traffic) => ({
          title: `Promoted, %, ${traffic} requests/s, ${horizon} looks`,
          body: byCandidate(
            canaries.filter((one) => one.traffic === traffic && one.horizon === horizon),
            ({ promoted }) => percent(promoted),
          ),
        })),
      ),
    ...CONTEST_MEASURES.map(({ title, of }) => ({ title, body: byContest(contests, of) })),
  ];
  return parts
    .filter(({ body }) => body !== undefined)
    .map(({ title, body }) => `${title}\n\n${body!}`)
    .join('\n\n');
}

const MEASURES: { title: string; of: (finding: CanaryFinding) => string }[] = [
  { title: 'Promoted, %', of: ({ promoted }) => percent(promoted) },
  { title: 'Rolled back as bad, %', of: ({ rolledBack }) => percent(rolledBack) },
  { title: 'Given up as hopeless, %', of: ({ futile }) => percent(futile) },
  { title: 'Undecided at the end, %', of: ({ undecided }) => percent(undecided) },
  { title: 'Requests to the candidate, mean', of: ({ exposed }) => thousands(exposed) },
  { title: 'Looks until the end, mean', of: ({ looks }) => looks.toFixed(1) },
];

const CONTEST_MEASURES: { title: string; of: (finding: ContestFinding) => string }[] = [
  { title: 'False winners, %', of: ({ falseWinner }) => percent(falseWinner) },
  { title: 'Best version claimed to be the winner, %', of: ({ found }) => percent(found) },
  {
    title: 'Best version would have been chosen, %',
    of: ({ chosen }) => (chosen === undefined ? '' : percent(chosen)),
  },
  { title: 'Conversions lost per 1000 requests', of: ({ regret }) => regret.toFixed(2) },
  { title: 'Looks until a winner was claimed, mean', of: ({ looks }) => looks.toFixed(1) },
];

function byCandidate(
  findings: readonly CanaryFinding[],
  of: (finding: CanaryFinding) => string,
): string | undefined {
  const names = CANDIDATES.map(({ name }) => name).filter((name) =>
    findings.some(({ candidate }) => candidate === name),
  );
  const rows = RULES.filter(({ name }) => findings.some(({ rule }) => rule === name)).map(
    ({ name: rule, title }) => [
      title,
      ...names.map((name) => {
        const found = findings.find((one) => one.rule === rule && one.candidate === name);
        return found ? of(found) : '';
      }),
    ],
  );
  return rows.length > 0 ? table(['rule', ...names], rows) : undefined;
}

function byContest(
  findings: readonly ContestFinding[],
  of: (finding: ContestFinding) => string,
): string | undefined {
  const names = CONTESTS.map(({ name }) => name).filter((name) =>
    findings.some(({ contest }) => contest === name),
  );
  const rows = POLICIES.filter(({ name }) => findings.some(({ policy }) => policy === name)).map(
    ({ name: policy, title }) => [
      title,
      ...names.map((name) => {
        const found = findings.find((one) => one.policy === policy && one.contest === name);
        return found ? of(found) : '';
      }),
    ],
  );
  return rows.length > 0 ? table(['policy', ...names], rows) : undefined;
}

/** A share as a percentage: 0.0213 → 2.1. */
export function percent(share: number): string {
  const value = 100 * share;
  return value === 0 || value === 100 ? String(value) : value.toFixed(value < 10 ? 1 : 0);
}

/** A number of requests in at most four characters: 44183 → 44k. */
export function thousands(count: number): string {
  if (count < 9950) return count < 995 ? count.toFixed(0) : `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1000).toFixed(0)}k`;
}
