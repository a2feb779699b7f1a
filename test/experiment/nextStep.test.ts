import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isDue, nextStep, type Row } from '../../functions/lib/experiment/nextStep.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { at, deepFreeze } from '../fixtures.ts';

const TICK = 10;

function row(more: Partial<Row> = {}): Row {
  const stage = more.stage ?? 'Running';
  return deepFreeze({
    namespace: 'team',
    name: 'exp',
    uid: 'uid-1',
    stage,
    run: 1,
    completedIterations: 0,
    intervalSeconds: 20,
    isDeleted: false,
    isSuspended: false,
    hasVerdict: false,
    label: stage === 'New' ? undefined : stage,
    ...more,
  });
}

const step = suite('nextStep');

const BY_STAGE = [
  { stage: 'New', alive: 'start', deleted: undefined },
  { stage: 'Waiting', alive: 'start', deleted: undefined },
  { stage: 'Initializing', alive: 'start', deleted: 'finish' },
  { stage: 'Running', alive: 'iterate', deleted: 'finish' },
  { stage: 'Finishing', alive: 'finish', deleted: 'finish' },
] as const;

for (const { stage, alive, deleted } of BY_STAGE) {
  step(`is ${alive} for one that is ${stage}`, () => {
    assert.is(nextStep(row({ stage }), at(0), TICK), alive);
  });
  step(`is ${deleted ?? 'nothing'} for one that is ${stage} and deleted`, () => {
    assert.is(nextStep(row({ stage, isDeleted: true }), at(0), TICK), deleted);
  });
}

step('is nothing for one that is Completed', () => {
  assert.is(nextStep(row({ stage: 'Completed' }), at(0), TICK), undefined);
});

step('is iterate from the moment that an iteration is due, and nothing before', () => {
  const running = row({ nextIterationTime: at(100).toISOString() });
  assert.is(nextStep(running, at(99.9), TICK), undefined);
  assert.is(nextStep(running, at(100), TICK), 'iterate');
  assert.is(nextStep(running, at(500), TICK), 'iterate');
});

step('is finish for a deleted one, also where an iteration is due', () => {
  const due = row({ nextIterationTime: at(0).toISOString(), isDeleted: true });
  assert.is(nextStep(due, at(1), TICK), 'finish');
});

for (const label of [undefined, 'Waiting', 'Initializing']) {
  step(`mends the label ${label ?? '(none)'} of a running one that is not due`, () => {
    const nextIterationTime = at(100).toISOString();
    assert.is(nextStep(row({ label, nextIterationTime }), at(50), TICK), 'iterate');
    const long = row({ label, nextIterationTime, intervalSeconds: 600 });
    assert.is(nextStep(long, at(50), TICK), 'iterate');
  });
}

/** How often each minute before the next iteration has a step, with ticks up to half a second late. */
function stepsEachMinute(intervalSeconds: number, seed: string, clocks = [0]): number[] {
  const random = randomFrom(seed);
  const phase = TICK * random();
  const running = row({ intervalSeconds, nextIterationTime: at(intervalSeconds).toISOString() });
  const counts = Array.from({ length: Math.floor(intervalSeconds / 60) }, () => 0);
  for (let tick = 0; ; tick++) {
    const now = at(phase + tick * TICK + random() / 2 + clocks[tick % clocks.length]!);
    const left = secondsBetween(now, running.nextIterationTime!);
    if (left <= 0) return counts;
    const minute = Math.floor(left / 60);
    if (nextStep(running, now, TICK)) counts[minute] = (counts[minute] ?? 0) + 1;
  }
}

step('looks at one with a long interval in every minute, and hardly more than twice', () => {
  let steps = 0;
  let minutes = 0;
  for (let run = 0; run < 300; run++) {
    const counts = stepsEachMinute(600, `checks-${run}`);
    assert.ok(Math.min(...counts) >= 1, `run ${run}: ${counts.join(' ')}`);
    steps += counts.reduce((sum, count) => sum + count, 0);
    minutes += counts.length;
  }
  assert.ok(steps < 2.2 * minutes, `${steps} looks in ${minutes} minutes`);
});

step(
  'looks at it in every other minute at least where ticks go to pods whose clocks differ',
  () => {
    for (let run = 0; run < 300; run++) {
      const counts = stepsEachMinute(600, `clocks-${run}`, [-5, 5]);
      const gaps = counts.map((count, index) => count + (counts[index + 1] ?? 1));
      assert.ok(Math.min(...gaps) >= 1, `run ${run}: ${counts.join(' ')}`);
    }
  },
);

step('does not look between the iterations of intervals of a minute or less', () => {
  for (const intervalSeconds of [10, 20, 30, 60]) {
    for (let left = 0.1; left <= intervalSeconds; left += 0.7) {
      const running = row({ intervalSeconds, nextIterationTime: at(left).toISOString() });
      assert.is(nextStep(running, at(0), TICK), undefined, `${left} of ${intervalSeconds} s left`);
    }
  }
});

const due = suite('isDue');

due('is so where no time is set: nothing else would set it', () => {
  assert.ok(isDue({}, at(0)));
});

step.run();
due.run();
