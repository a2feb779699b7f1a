import { appendFileSync, writeFileSync } from 'node:fs';
import { onExit } from '../exit.ts';
import type { Frame } from './frames.ts';
import { renderScreen, type Screen, type Snapshot } from './live.ts';
import { describeChanges } from './plain.ts';

/** Shows snapshots; after `stop` the last one stands where it is. */
export interface Display {
  show: (snapshot: Snapshot) => void;
  stop: () => void;
}

/** How a display differs from the usual one. */
export interface DisplayOptions {
  /** A file for a recording of the run, a frame as JSON in each line; see scripts/record.ts. */
  recordTo?: string;
  /** The variables that tell what the terminal can do: NO_COLOR, TERM and the locale. */
  environment?: NodeJS.ProcessEnv;
}

const REDRAW_MS = 100;
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const RECORDING: Screen = { columns: 96, rows: 28, hasColours: true, isUnicode: true };

/**
 * Shows snapshots on a terminal, redrawn in place at most ten times a second, with the cursor
 * hidden until `stop` or the end of the process; on anything else prints what is new, line by line.
 */
export function openDisplay(output: NodeJS.WriteStream, options: DisplayOptions = {}): Display {
  const { recordTo, environment = process.env } = options;
  const isLive = output.isTTY && environment.TERM !== 'dumb';
  const display = isLive ? openLive(output, environment) : openPlain(output);
  return recordTo === undefined ? display : recorded(display, recordTo);
}

function openPlain(output: NodeJS.WriteStream): Display {
  let before: Snapshot | undefined;
  return {
    show(snapshot) {
      for (const line of describeChanges(before, snapshot)) output.write(`${line}\n`);
      before = snapshot;
    },
    stop: () => undefined,
  };
}

function openLive(output: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Display {
  let latest: Snapshot | undefined;
  let drawn: string[] = [];
  let drawnAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;

  const draw = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!latest) return;
    const lines = renderScreen(latest, screenOf(output, environment));
    if (lines.join('\n') !== drawn.join('\n')) output.write(inPlaceOf(drawn, lines));
    drawn = lines;
    drawnAtMs = performance.now();
  };
  // Where a terminal of another width has broken the lines nobody knows.
  const drawAnew = (): void => {
    output.write('\x1b[H\x1b[J');
    drawn = [];
    draw();
  };
  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    draw();
    output.off('resize', drawAnew).write(SHOW_CURSOR);
    cancelExit();
    cancelSignals();
  };
  const cancelExit = onExit(stop);
  const cancelSignals = onLethalSignal(stop);
  output.on('resize', drawAnew).write(HIDE_CURSOR);
  return {
    show(snapshot) {
      if (!isOpen) return;
      latest = snapshot;
      const dueMs = drawnAtMs + REDRAW_MS - performance.now();
      timer ??= setTimeout(draw, Math.max(0, dueMs)).unref();
    },
    stop,
  };
}

/** What draws lines over those drawn before, the cursor being below them. */
function inPlaceOf(before: readonly string[], lines: readonly string[]): string {
  const up = before.length > 0 ? `\x1b[${before.length}A` : '';
  // Erased first: after a line that fills the last column, an erasure would take its last character.
  return `${up}${lines.map((line) => `\x1b[K${line}\n`).join('')}\x1b[J`;
}

/** The cursor's own line is below the screen, so one row is kept free for it. */
function screenOf(output: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG;
  return {
    columns: output.columns || 80,
    rows: (output.rows || 24) - 1,
    hasColours: !environment.NO_COLOR,
    isUnicode: environment.TERM !== 'linux' && (!locale || /utf-?8/i.test(locale)),
  };
}

/** Has something done before a signal ends this process that nobody else listens to. */
function onLethalSignal(cleanup: () => void): () => void {
  const end = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    cleanup();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

function recorded(display: Display, path: string): Display {
  let before = '';
  writeFileSync(path, '');
  return {
    show(snapshot) {
      const frame: Frame = {
        atMs: snapshot.nowMs - snapshot.startedAtMs,
        lines: renderScreen(snapshot, RECORDING),
      };
      const picture = frame.lines.join('\n');
      if (picture !== before) appendFileSync(path, `${JSON.stringify(frame)}\n`);
      before = picture;
      display.show(snapshot);
    },
    stop: () => {
      display.stop();
    },
  };
}
