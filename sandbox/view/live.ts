import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  goalLines,
  headerLines,
  progressLines,
  requestLines,
  sayingLines,
  stageLines,
  trafficLines,
} from './blocks.ts';
import { versionsOf } from './facts.ts';
import { clock } from './format.ts';
import { fill, fit, render, span, type Line } from './text.ts';
import { sayingOf, type Saying } from './words.ts';

/** Everything shown; `now` and all times in ms since the epoch. */
export interface Snapshot {
  experiment?: Experiment;
  /** What happened, the oldest first. */
  log: readonly { atMs: number; text: string }[];
  /** Answers so far by HTTP status; requests without an answer under another name. */
  answers: Record<string, number>;
  requestsPerSecond: number;
  startedAtMs: number;
  nowMs: number;
  /** What the caller has to say: what it prepares, or what to do next. */
  note?: string;
}

/** The size of a screen in cells, and what it can show. */
export interface Screen {
  columns: number;
  rows: number;
  hasColours: boolean;
  isUnicode: boolean;
}

/** Lines that belong together. Where room is short, those that matter least give way. */
interface Block {
  matters: number;
  lines: readonly Line[];
}

const MOST_COLUMNS = 160;
const SIDE_BY_SIDE_FROM = 120;
const BETWEEN_SIDES = 4;
const LEAST_LOG_ROWS = 3;
/** A block of which less than this would be seen is not shown at all. */
const LEAST_BLOCK_ROWS = 3;
/** Where the log stands; it takes the rows that are left. */
const LOG: Block = { matters: 0, lines: [] };

/** The screen as lines, none wider than `columns`, at most `rows` of them; colours only where asked for. */
export function renderScreen(snapshot: Snapshot, screen: Screen): string[] {
  const columns = Math.min(screen.columns, MOST_COLUMNS);
  const blocks = blocksOf(snapshot, columns).filter((one) => one === LOG || one.lines.length > 0);
  const room = screen.rows - blocks.reduce((sum, { lines }) => sum + lines.length, 0);
  const gaps = Math.min(blocks.length - 1, Math.max(0, room - LEAST_LOG_ROWS));
  const log = { matters: 0, lines: logLines(snapshot, room - gaps) };
  const filled = blocks.map((block) => (block === LOG ? log : block));
  return stack(filled, screen.rows, gaps).map((line) => render(fit(line, columns), screen));
}

function blocksOf(snapshot: Snapshot, columns: number): Block[] {
  const { experiment, nowMs, startedAtMs, answers, requestsPerSecond, note } = snapshot;
  const saying: Saying = experiment
    ? sayingOf(experiment)
    : { tone: 'neutral', text: note ?? 'The sandbox is starting' };
  const statement = { matters: 9, lines: sayingLines(saying, columns) };
  // The last word stands last, just above the next prompt.
  const [now, last] = saying.title ? [[], [statement]] : [[statement], []];
  return [
    { matters: 10, lines: headerLines(experiment, nowMs - startedAtMs, columns) },
    ...(experiment ? factsOf(experiment, nowMs, columns) : []),
    ...now,
    { matters: 3, lines: requestLines(answers, requestsPerSecond) },
    LOG,
    ...last,
    { matters: 2, lines: experiment && note ? [[span(note, 'gray')]] : [] },
  ];
}

function factsOf(experiment: Experiment, nowMs: number, columns: number): Block[] {
  return [
    { matters: 4, lines: stageLines(experiment, columns) },
    { matters: 7, lines: progressLines(experiment, nowMs, columns) },
    ...comparison(experiment, columns),
  ];
}

function comparison(experiment: Experiment, columns: number): Block[] {
  const isWide = columns >= SIDE_BY_SIDE_FROM;
  const each = isWide ? Math.floor((columns - BETWEEN_SIDES) / 2) : columns;
  const left = trafficLines(versionsOf(experiment), each);
  const right = goalLines(experiment, each);
  const sideBySide = Array.from({ length: Math.max(left.length, right.length) }, (_, row) => [
    ...fill(left[row] ?? [], each + BETWEEN_SIDES),
    ...(right[row] ?? []),
  ]);
  if (isWide) return [{ matters: 6, lines: sideBySide }];
  return [
    { matters: 6, lines: left },
    { matters: 5, lines: right },
  ];
}

/** The latest happenings that fit, under a heading where there is room for one. */
function logLines({ log, startedAtMs }: Snapshot, room: number): Line[] {
  const hasHeading = room >= LEAST_LOG_ROWS;
  const most = Math.min(log.length, hasHeading ? room - 1 : Math.max(0, room));
  const latest = log
    .slice(log.length - most)
    .map(({ atMs, text }) => [
      span(clock(atMs - startedAtMs).padStart(5), 'gray'),
      span(`  ${text}`),
    ]);
  return hasHeading && most > 0 ? [[span('Recent', 'bold')], ...latest] : latest;
}

/** The blocks one below the other, with a line between them from the last one up while they last. */
function stack(blocks: readonly Block[], rows: number, gaps: number): Line[] {
  let rest = rows;
  const granted = new Map<Block, readonly Line[]>();
  for (const block of blocks.toSorted((one, other) => other.matters - one.matters)) {
    const lines = cut(block.lines, rest);
    granted.set(block, lines);
    rest -= lines.length;
  }
  const shown = blocks.map((block) => granted.get(block)!).filter(({ length }) => length > 0);
  const firstGap = Math.max(1, shown.length - gaps);
  return shown.flatMap((lines, index) => (index < firstGap ? lines : [[], ...lines]));
}

function cut(lines: readonly Line[], room: number): readonly Line[] {
  if (lines.length <= room) return lines;
  const more = span(`… ${lines.length - room + 1} more lines`, 'gray');
  return room < LEAST_BLOCK_ROWS ? [] : [...lines.slice(0, room - 1), [more]];
}
