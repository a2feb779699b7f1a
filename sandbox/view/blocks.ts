// The parts of the screen, each as lines for a width.
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { goalsOf, progressOf, versionsOf, type Goal, type State, type Version } from './facts.ts';
import { clock, count, measured } from './format.ts';
import { bar, fill, shorten, span, widthOf, wrap, type Line, type Style } from './text.ts';
import type { Saying } from './words.ts';

const STAGES = ['Waiting', 'Initializing', 'Running', 'Finishing', 'Completed'];
const GAP = span('  ');
const ENDED_EARLY = '  ended early';
const PERCENT_COLUMNS = 7;
const LEAST_COLUMNS = 10;
/** Columns from which on roles, and then revisions, stand beside the names of versions. */
const ROLES_FROM = 56;
const REVISIONS_FROM = 70;

const MARKS: Record<State | Saying['tone'], { mark: string; style: Style }> = {
  met: { mark: '✓', style: 'green' },
  'met so far': { mark: '✓', style: 'green' },
  violated: { mark: '✗', style: 'red' },
  undecided: { mark: '?', style: 'yellow' },
  'no data': { mark: '?', style: 'yellow' },
  'no answer': { mark: '!', style: 'yellow' },
  'not measured': { mark: '·', style: 'gray' },
  good: { mark: '✓', style: 'green' },
  bad: { mark: '✗', style: 'red' },
  warning: { mark: '!', style: 'yellow' },
  neutral: { mark: '→', style: 'cyan' },
};
const COLOURS = { baseline: 'magenta', candidate: 'cyan' } as const;

/** Which experiment this is, and for how long it has been watched. */
export function headerLines(
  experiment: Experiment | undefined,
  ms: number,
  columns: number,
): Line[] {
  const elapsed = clock(ms);
  const room = columns - elapsed.length - 2;
  const ending = [GAP, span(elapsed, 'gray')];
  if (!experiment) return [[...fill([span('Getting ready', 'bold')], room), ...ending]];
  const { metadata, spec } = experiment;
  const { testingPattern, deploymentPattern } = spec.strategy;
  const name = shorten(`${metadata.namespace}/${metadata.name}`, Math.ceil(room / 2));
  const about = `  ${testingPattern}, ${deploymentPattern}`;
  const title = [span(name, 'bold'), span(` on ${spec.target}`), span(about, 'gray')];
  return [[...fill(title, room), ...ending]];
}

/** The way through the stages, or where it is too long, the stage. */
export function stageLines({ status }: Experiment, columns: number): Line[] {
  const current = STAGES.indexOf(status?.stage ?? '');
  const way = STAGES.flatMap((stage, index): Line => {
    const arrow = index === 0 ? [] : [span(' → ', 'gray')];
    if (index === current) return [...arrow, span(`● ${stage}`, 'bold', 'cyan')];
    return [...arrow, index < current ? span(stage) : span(stage, 'gray')];
  });
  if (widthOf(way) <= columns) return [way];
  const position = span(`  stage ${current + 1} of ${STAGES.length}`, 'gray');
  return [[span(`● ${status?.stage ?? 'New'}`, 'bold', 'cyan'), position]];
}

/** The iterations with a bar and the time left. */
export function progressLines(experiment: Experiment, nowMs: number, columns: number): Line[] {
  const { done, planned, share, leftMs } = progressOf(experiment, nowMs);
  const label = `Iteration ${done} of ${planned}  `;
  const left = leftMs === undefined ? '' : `  ${clock(leftMs)} left`;
  const isCut = experiment.status?.outcome && done < planned;
  const room = columns - label.length - ENDED_EARLY.length;
  return [[span(label), ...bar(share, room, 'cyan'), span(isCut ? ENDED_EARLY : left, 'gray')]];
}

/** The traffic of each version as a bar as long as its share, with percent. */
export function trafficLines(versions: readonly Version[], columns: number): Line[] {
  const hasRevisions = columns >= REVISIONS_FROM && versions.some(({ revision }) => revision);
  const labels = versions.map(({ name, role, revision }) => [
    [span(shorten(name, columns / 4), COLOURS[role])],
    ...(columns < ROLES_FROM ? [] : [[span(role, 'gray')]]),
    ...(!hasRevisions ? [] : [[span(shorten(revision ?? '', columns / 2.5), 'gray')]]),
  ]);
  const rows = table(labels, columns).map((label, index): Line => {
    const { weight, role } = versions[index]!;
    const percent = span(`${weight ?? '–'} %`.padStart(PERCENT_COLUMNS), 'bold');
    const room = columns - widthOf(label) - GAP.text.length - PERCENT_COLUMNS;
    return [...label, GAP, ...bar((weight ?? 0) / 100, room, COLOURS[role]), percent];
  });
  const unknown = [span('The versions are not known yet', 'gray')];
  return [[span('Traffic', 'bold')], ...(rows.length > 0 ? rows : [unknown])];
}

/** The objectives with their limits, and how each version does by them. */
export function goalLines(experiment: Experiment, columns: number): Line[] {
  const goals = goalsOf(experiment);
  if (goals.length === 0) return [];
  const versions = versionsOf(experiment).map((one) => [span(one.name, COLOURS[one.role])]);
  const head: Line[] = [[span('Objectives', 'bold')], [], ...versions];
  const [long, short] = [true, false].map((isLong) => [head, ...goalRows(goals, isLong, columns)]);
  const lines = table(long!, Infinity);
  return widthOf(lines[0]!) <= columns ? lines : table(short!, columns, ' ');
}

function goalRows(goals: readonly Goal[], isLong: boolean, columns: number): Line[][] {
  return goals.map(({ metric, limit, results }) => [
    [span(shorten(metric, columns / 3))],
    [span(limit, 'gray')],
    ...results.map(({ state, value }, index): Line => {
      const { mark, style } = MARKS[state];
      const widest = Math.max(...goals.map((goal) => goal.results[index]!.value.length));
      const figure = widest > 0 ? [span(`${value.padEnd(widest)} `)] : [];
      return isLong
        ? [...figure, span(`${mark} ${state}`, style)]
        : [span(mark, style), span(` ${value}`)];
    }),
  ]);
}

/** Rows of cells one below the other. Where they are too wide the first column is shortened. */
function table(rows: readonly Line[][], columns: number, gap = '  '): Line[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at]!))));
  const excess = widths.reduce((sum, one) => sum + one + gap.length, -gap.length - columns);
  return rows.map((row) =>
    row.flatMap((cell, at) => {
      if (at > 0) return [span(gap), ...fill(cell, widths[at]!)];
      const most = Math.min(widths[0]!, Math.max(LEAST_COLUMNS, widths[0]! - excess));
      const short = cell.map(({ text, styles }) => span(shorten(text, most), ...styles));
      return fill(short, most);
    }),
  );
}

/** What happens and why; the last word in its colour. */
export function sayingLines({ tone, title = '', text }: Saying, columns: number): Line[] {
  const { mark, style } = MARKS[tone];
  const [first = '', ...others] = wrap(title ? `${title}  ${text}` : text, columns - 2);
  return [
    [span(`${mark} ${title}`, 'bold', style), span(first.slice(title.length))],
    ...others.map((line) => [span(`  ${line}`)]),
  ];
}

/** How many requests were answered, how many were not, and how many there are in a second. */
export function requestLines(answers: Record<string, number>, perSecond: number): Line[] {
  const failures = Object.entries(answers).filter(([status]) => !/^[23]/.test(status));
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
  const failed = sum(failures.map(([, number]) => number));
  const all = sum(Object.values(answers));
  if (all === 0 && perSecond === 0) return [];
  const kinds = failures.map(([status, number]) => `${status}: ${count(number)}`).join(', ');
  const failing = span(`${count(failed)} failed (${kinds})`, 'yellow');
  return [
    [
      span('Requests  ', 'bold'),
      span(`${count(all - failed)} answered, `),
      failed > 0 ? failing : span('none failed'),
      span(`, ${measured(perSecond)} per second`, 'gray'),
    ],
  ];
}
