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

const RETRIES: [string | undefined, string | undefined][] = [
  [undefined, undefined],
  ['2', 'start'],
  ['02', 'start'],
  ['1', undefined],
  ['-1', undefined],
  ['abc', undefined],
  ['99999999999', undefined],
];

for (const [retry, expected] of RETRIES) {
  step(
    `is ${expected ?? 'nothing'} for a completed one that asks for run ${retry ?? '(none)'}`,
    () => {
      assert.is(nextStep(row({ stage: 'Completed', retry }), at(0), TICK), expected);
      const deleted = row({ stage: 'Completed', retry, isDeleted: true });
      assert.is(nextStep(deleted, at(0), TICK), undefined);
    },
  );
}

step('is nothing for a completed one for which run 2 was run, and start for one after it', () => {
  const run = (retry: string): unknown =>
    nextStep(row({ stage: 'Completed', run: 2, retry }), at(0), TICK);
  assert.equal([run('2'), run('3')], [undefined, 'start']);
});

const LATER = { nextIterationTime: at(90).toISOString(), intervalSeconds: 100 };

step('is iterate at once where somebody asks for an outcome, or suspends or resumes it', () => {
  const steps = (more: Partial<Row>): unknown => nextStep(row({ ...LATER, ...more }), at(50), TICK);
  assert.is(steps({}), undefined);
  assert.is(steps({ hasVerdict: true }), 'iterate');
  assert.is(steps({ isSuspended: true, paused: 'NotPaused' }), 'iterate');
  assert.is(steps({ isSuspended: true }), 'iterate');
  assert.is(steps({ isSuspended: false, paused: 'Suspended' }), 'iterate');
  assert.is(steps({ isSuspended: true, paused: 'Frozen' }), 'iterate');
  assert.is(steps({ isSuspended: true, paused: 'AwaitingApproval' }), 'iterate');
});

step('is nothing more for one that is frozen or awaits approval than for any other', () => {
  for (const paused of ['Frozen', 'AwaitingApproval', 'NotPaused']) {
    assert.is(nextStep(row({ ...LATER, paused }), at(50), TICK), undefined);
    assert.is(nextStep(row({ ...LATER, paused }), at(90), TICK), 'iterate');
  }
});

step('is iterate for a suspended one for which somebody asks for an outcome', () => {
  const held = { isSuspended: true, paused: 'Suspended', hasVerdict: true };
  assert.is(nextStep(row({ ...LATER, ...held }), at(50), TICK), 'iterate');
});

step('is finish for a deleted one, whatever else is asked for', () => {
  const asked = { isSuspended: true, hasVerdict: true, retry: '2', isDeleted: true };
  assert.is(nextStep(row(asked), at(0), TICK), 'finish');
});

step('is start for one that waits, suspended or not: a person may resume it', () => {
  for (const stage of ['Waiting', 'Initializing'] as const) {
    const held = { stage, isSuspended: true, paused: 'Suspended' };
    assert.is(nextStep(row(held), at(0), TICK), 'start');
  }
});

step('is iterate for one whose interval was shortened, at once', () => {
  const far = { nextIterationTime: at(3600).toISOString() };
  assert.is(nextStep(row({ ...far, intervalSeconds: 20 }), at(31), TICK), 'iterate');
  const soon = { nextIterationTime: at(62).toISOString(), intervalSeconds: 20 };
  assert.is(nextStep(row(soon), at(31), TICK), 'iterate');
  assert.is(nextStep(row(soon), at(33), TICK), undefined);
  assert.is(nextStep(row({ ...soon, intervalSeconds: 1 }), at(33), TICK), 'iterate');
});

for (const intervalSeconds of [10, 20, 3600]) {
  step(
    `looks at a suspended one about once a minute, with an interval of ${intervalSeconds} s`,
    () => {
      const held = { isSuspended: true, paused: 'Suspended', intervalSeconds };
      const due = { nextIterationTime: at(7).toISOString() };
      let looks = 0;
      let last = 0;
      for (let second = 3; second < 6003; second += TICK) {
        if (!nextStep(row({ ...held, ...due }), at(second), TICK)) continue;
        looks++;
        assert.ok(second - last <= 60 + TICK, `not looked at from ${last} to ${second}`);
        last = second;
      }
      assert.ok(looks >= 100 && looks <= 220, `${looks} looks in 100 minutes`);
    },
  );
}

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
function stepsEachMinute(intervalSeconds: number, seed: string): number[] {
  const random = randomFrom(seed);
  const phase = TICK * random();
  const running = row({ intervalSeconds, nextIterationTime: at(intervalSeconds).toISOString() });
  const counts = Array.from({ length: Math.floor(intervalSeconds / 60) }, () => 0);
  for (let tick = 0; ; tick++) {
    const now = at(phase + tick * TICK + random() / 2);
    const left = secondsBetween(now, running.nextIterationTime!);
    if (left <= 0) return counts;
    const minute = Math.floor(left / 60);
    if (nextStep(running, now, TICK)) counts[minute] = (counts[minute] ?? 0) + 1;
  }
}

step('looks at one with a long interval in every minute, and seldom twice', () => {
  let steps = 0;
  let minutes = 0;
  for (let run = 0; run < 300; run++) {
    const counts = stepsEachMinute(600, `checks-${run}`);
    assert.ok(Math.min(...counts) >= 1, `run ${run}: ${counts.join(' ')}`);
    steps += counts.reduce((sum, count) => sum + count, 0);
    minutes += counts.length;
  }
  assert.ok(steps < 1.3 * minutes, `${steps} looks in ${minutes} minutes`);
});

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
