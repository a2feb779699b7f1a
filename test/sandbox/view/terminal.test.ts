import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFrames } from '../../../sandbox/view/frames.ts';
import { renderScreen } from '../../../sandbox/view/live.ts';
import { describeChanges } from '../../../sandbox/view/plain.ts';
import { openDisplay } from '../../../sandbox/view/terminal.ts';
import { startProcess } from '../../../sandbox/process.ts';
import { EXPERIMENTS, snapshotOf } from './snapshots.ts';

const BARE = { NO_COLOR: '1', TERM: 'xterm', LANG: 'C.UTF-8' };

/** A terminal that understands what the display uses of its language. */
class Terminal extends EventEmitter {
  isTTY = true;
  columns = 80;
  rows = 24;
  written: string[] = [];
  lines: string[] = ['$ npm start', ''];
  row = 1;
  hasCursor = true;

  write(text: string): boolean {
    this.written.push(text);
    for (const [part] of text.matchAll(/\x1b\[\??\d*[a-zA-Z]|\n|[^\x1b\n]+/g)) this.take(part);
    return true;
  }

  private take(part: string): void {
    if (part === '\n') this.row += 1;
    else if (part.endsWith('A')) this.row -= Number.parseInt(part.slice(2), 10);
    else if (part === '\x1b[H') this.row = 0;
    else if (part === '\x1b[J') this.lines.splice(this.row);
    else if (part === '\x1b[K') this.lines[this.row] = '';
    else if (part.startsWith('\x1b[?25')) this.hasCursor = part.endsWith('h');
    else this.lines[this.row] = `${this.lines[this.row] ?? ''}${part}`;
    if (this.row < 0 || part.startsWith('\x1b[m')) throw new Error(`not understood: ${part}`);
  }

  get asStream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

function screenOf(name: string, size = { columns: 80, rows: 23 }): string[] {
  return renderScreen(snapshotOf(EXPERIMENTS[name]), {
    ...size,
    hasColours: false,
    isUnicode: true,
  });
}

const display = suite('the display');

display('redraws in place and leaves the last screen where it is', async () => {
  const terminal = new Terminal();
  const { show, stop } = openDisplay(terminal.asStream, { environment: BARE });
  assert.not(terminal.hasCursor);
  for (const name of ['failed at the end', 'begun', 'violated', 'promoted']) {
    const drawn = terminal.written.length;
    show(snapshotOf(EXPERIMENTS[name]));
    while (terminal.written.length === drawn) await sleep(5);
    assert.equal(terminal.lines, ['$ npm start', ...screenOf(name)]);
  }
  show(snapshotOf(EXPERIMENTS['rolled back']));
  stop();
  assert.equal(terminal.lines, ['$ npm start', ...screenOf('rolled back')]);
  assert.ok(terminal.hasCursor);
  assert.is(terminal.listenerCount('resize'), 0);
});

display('draws the latest of what comes too fast, and nothing twice', async () => {
  const terminal = new Terminal();
  const { show, stop } = openDisplay(terminal.asStream, { environment: BARE });
  const begin = performance.now();
  const count = { shown: 0 };
  while (performance.now() - begin < 450) {
    show(snapshotOf(EXPERIMENTS.begun, { answers: { 200: count.shown++ } }));
    await sleep(2);
  }
  stop();
  const draws = terminal.written.filter((text) => text.includes('Requests')).length;
  assert.ok(draws > 1 && draws <= 6, `${draws} draws of ${count.shown}`);
  const before = terminal.written.length;
  show(snapshotOf(EXPERIMENTS.promoted));
  stop();
  await sleep(0);
  assert.is(terminal.written.length, before, 'what comes after the end is not shown');
});

display('follows the size of the terminal', () => {
  const terminal = new Terminal();
  const { show, stop } = openDisplay(terminal.asStream, { environment: BARE });
  show(snapshotOf(EXPERIMENTS.violated));
  terminal.emit('resize');
  Object.assign(terminal, { columns: 50, rows: 16 });
  terminal.emit('resize');
  assert.equal(terminal.lines, screenOf('violated', { columns: 50, rows: 15 }));
  stop();
});

display('has the colours and characters that the environment allows', () => {
  const written = (environment: NodeJS.ProcessEnv): string => {
    const terminal = new Terminal();
    const { show, stop } = openDisplay(terminal.asStream, { environment });
    show(snapshotOf(EXPERIMENTS.promoted));
    stop();
    return terminal.written.join('');
  };
  assert.match(written({ TERM: 'xterm' }), '\x1b[32m✓ PROMOTED');
  assert.not.match(written({ TERM: 'xterm', NO_COLOR: '1' }), '\x1b[32m');
  assert.match(written({ TERM: 'xterm', LC_ALL: 'C' }), '+ PROMOTED');
  assert.match(written({ TERM: 'linux', LANG: 'en_US.UTF-8' }), '+ PROMOTED');
});

for (const [what, isTTY, TERM] of [
  ['a pipe', false, 'xterm'],
  ['a dumb terminal', true, 'dumb'],
] as const) {
  display(`prints what is new on ${what}`, () => {
    const terminal = Object.assign(new Terminal(), { isTTY });
    const { show, stop } = openDisplay(terminal.asStream, { environment: { TERM } });
    const [begun, violated] = [snapshotOf(EXPERIMENTS.begun), snapshotOf(EXPERIMENTS.violated)];
    show(begun);
    show(begun);
    show(violated);
    stop();
    const lines = [...describeChanges(undefined, begun), ...describeChanges(begun, violated)];
    assert.equal(
      terminal.written,
      lines.map((line) => `${line}\n`),
    );
  });
}

display('records what it shows where it is told to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'view-'));
  const recordTo = join(folder, 'run.jsonl');
  const { show, stop } = openDisplay(Object.assign(new Terminal(), { isTTY: false }).asStream, {
    recordTo,
  });
  for (const name of ['begun', 'begun', 'promoted']) show(snapshotOf(EXPERIMENTS[name]));
  stop();
  const frames = readFrames(readFileSync(recordTo, 'utf8'));
  rmSync(folder, { recursive: true });
  assert.equal(
    frames.map(({ atMs }) => atMs),
    [19_000, 319_000],
  );
  assert.match(frames[1]!.lines.join('\n'), '\x1b[32m✓ PROMOTED');
});

/** What a process writes whose display is open when it comes to its end. */
async function writtenAtTheEnd(ending: string): Promise<string> {
  const [terminal, snapshots] = ['sandbox/view/terminal.ts', 'test/sandbox/view/snapshots.ts'].map(
    (path) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href),
  );
  const script = `const { openDisplay } = await import(${terminal!});
    const { snapshotOf, EXPERIMENTS } = await import(${snapshots!});
    process.stdout.isTTY = true;
    const { show } = openDisplay(process.stdout, { environment: {} });
    show(snapshotOf(EXPERIMENTS.violated)); ${ending}`;
  const child = await startProcess(process.execPath, ['--input-type=module', '-e', script]);
  await child.ended;
  return child.stdout.join('\n');
}

for (const [how, ending] of [
  ['by itself', ''],
  ['by process.exit', 'process.exit(3)'],
  ['by an error', 'throw new Error("expected")'],
  [
    'by Ctrl-C',
    'process.kill(process.pid, "SIGINT"); await new Promise((end) => setTimeout(end, 9999))',
  ],
] as const) {
  display(`gives the cursor back when the process ends ${how}`, async () => {
    const written = await writtenAtTheEnd(ending);
    assert.match(written, /canary violates[^]*\x1b\[\?25h$/);
  });
}

display.run();
