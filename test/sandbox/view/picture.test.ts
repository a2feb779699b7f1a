import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Frame } from '../../../sandbox/view/frames.ts';
import { renderScreen } from '../../../sandbox/view/live.ts';
import { drawPicture } from '../../../sandbox/view/picture.ts';
import { EXPERIMENTS, snapshotOf } from './snapshots.ts';

const SCREEN = { columns: 96, rows: 28, hasColours: true, isUnicode: true };
const OPTIONS = { title: 'npm start <here>', isStill: false, mostBytes: 300_000 };
const recording: Frame[] = ['begun', 'in the middle', 'promoting', 'promoted'].map(
  (name, index) => ({
    atMs: index * 1000,
    lines: renderScreen(snapshotOf(EXPERIMENTS[name]), SCREEN),
  }),
);
const svg = drawPicture(recording, OPTIONS);

const picture = suite('the picture of a run');

picture('shows one frame after the other without a script', () => {
  assert.is(svg.match(/%\{transform:translateX/g)?.length, recording.length);
  assert.match(svg, /@keyframes film\{0\.00%\{transform:translateX\(0px\)\}/);
  assert.match(svg, /animation:film 24000ms step-end infinite/);
  assert.not.match(svg, /<script|@import|url\(|\x1b|undefined|NaN/);
});

picture('rests at the last frame where nothing may move', () => {
  const [, width] = /<svg x="18"[^>]* width="(\d+)"/.exec(svg)!;
  assert.match(svg, `.film{transform:translateX(-${3 * Number(width)}px)}`);
  assert.match(svg, /@media \(prefers-reduced-motion:no-preference\)\{\.film\{animation/);
});

picture('has text in its colours and bars as shapes', () => {
  assert.match(svg, /<text x="\d[\d.]*" y="14"[^>]* class="s1 s32">PROMOTED<\/text>/);
  assert.match(svg, /<rect x="[\d.]+" y="3" width="[\d.]+" height="13" class="s36"\/>/);
  assert.match(svg, '<title>npm start &lt;here&gt;</title>');
  assert.not.match(svg, /[█▌░]/);
});

picture('draws a row once in whatever frames it is', () => {
  assert.is(svg.match(/>Requests</g)?.length, 1);
});

picture('is the last frame alone where it is to be still', () => {
  const still = drawPicture(recording, { ...OPTIONS, isStill: true });
  assert.match(still, 'PROMOTED');
  assert.not.match(still, 'infinite');
  assert.not.match(still, /not measured/);
});

picture(
  'leaves frames out where it would be too large, and gives up where that is not enough',
  () => {
    const many = Array.from({ length: 200 }, (_, index) => ({
      atMs: index * 100,
      lines: ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(index + 1)),
    }));
    const whole = drawPicture(many, OPTIONS);
    const mostBytes = Math.round(Buffer.byteLength(whole) / 2);
    assert.ok(Buffer.byteLength(drawPicture(many, { ...OPTIONS, mostBytes })) <= mostBytes);
    assert.throws(() => drawPicture(many, { ...OPTIONS, mostBytes: 1000 }), /does not fit/);
  },
);

picture.run();
