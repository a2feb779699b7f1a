import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFrames, shotsOf, type Frame } from '../../../sandbox/view/frames.ts';

const frame = (atMs: number, ...lines: string[]): Frame => ({ atMs, lines });
const frames = suite('the frames of a recording');

frames('are one as JSON in each line', () => {
  const recorded = [frame(0, 'a'), frame(9, 'b')];
  assert.equal(readFrames(recorded.map((one) => `${JSON.stringify(one)}\n`).join('')), recorded);
  assert.throws(() => readFrames('\n'), /no frame/);
});

frames('take 20 s together, and the last one stands for 4 s', () => {
  const shots = shotsOf([frame(0, 'a'), frame(500, 'b'), frame(2000, 'c')], 90);
  assert.equal(shots, [
    { lines: ['a'], forMs: 5000 },
    { lines: ['b'], forMs: 15_000 },
    { lines: ['c'], forMs: 4000 },
  ]);
});

frames('are left out where only clocks, counts and bars have moved a little', () => {
  const shots = shotsOf(
    [frame(0, 'a 0:01 █▎'), frame(9, 'a 0:02 █▌'), frame(10, 'b'), frame(20, 'c')],
    90,
  );
  assert.equal(
    shots.map(({ lines }) => lines[0]),
    ['a 0:01 █▎', 'b', 'c'],
  );
});

frames('do not make one wait for what takes long', () => {
  const [first, second] = shotsOf([frame(0, 'a'), frame(60_000, 'b'), frame(63_000, 'c')], 90);
  assert.is(first!.forMs, second!.forMs);
});

frames('are no more than asked for, those that stand long among them', () => {
  const many = Array.from({ length: 1000 }, (_, index) => frame(index * 100, 'x'.repeat(index)));
  for (const most of [2, 10, 90]) {
    const shots = shotsOf(many, most);
    assert.ok(shots.length <= most, `${shots.length} of ${most}`);
    const wholeMs = shots.reduce((sum, { forMs }) => sum + forMs, 0);
    assert.ok(Math.abs(wholeMs - 24_000) < 1);
    assert.equal(shots.at(-1)!.lines, many.at(-1)!.lines);
  }
});

frames('are one where there is one', () => {
  assert.equal(shotsOf([frame(5, 'a')], 90), [{ lines: ['a'], forMs: 4000 }]);
});

frames.run();
