import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deadlineOf } from '../../functions/lib/experiment/deadlines.ts';
import { conclude } from '../../functions/lib/experiment/finish.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  conditionOf,
  following,
  having,
  iterated,
  latency,
  observed,
  reasons,
  running,
  settings,
  shares,
  strategyOf,
} from '../fixtures.ts';
import { edited, freezeRules, frozenUntil, isDueAt, lookedAt, seenAt } from './people.ts';

const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };

/** Suspended at a second, as somebody asked for and iterate has noticed. */
function suspendedAt(experiment: Experiment, seconds: number): Experiment {
  return lookedAt(edited(experiment, { suspend: true }), [seconds]);
}

/** Resumed at a second, in the same way. */
function resumedAt(experiment: Experiment, seconds: number): Experiment {
  return lookedAt(edited(experiment, { suspend: false }), [seconds]);
}

function secondsLeft({ status }: Experiment, seconds: number): number {
  return secondsBetween(at(seconds), status!.nextIterationTime!);
}

const held = suite('a running experiment that is suspended');

// Running since second 5, with an iteration due at 25, 45, ...
held('keeps its weights and its count, and asks no metric, however long it lasts', () => {
  const before = iterated(running(), [{}, {}]);
  const suspended = suspendedAt(before, 50);
  for (const seconds of [50, 65, 3600]) {
    assert.not(isDueAt(suspended, seconds));
    const { status } = seenAt(suspended, seconds, { measurements: latency(50, 500) });
    assert.is(status.completedIterations, 2);
    assert.is(candidateWeight({ status }), 21);
    assert.is(status.stage, 'Running');
  }
});

held('says so, and since when', () => {
  const { status } = suspendedAt(running(), 10);
  assert.is(conditionOf({ status }, 'Paused')?.status, 'True');
  assert.is(conditionOf({ status }, 'Paused')?.reason, 'Suspended');
  assert.is(status!.pausedSince, at(10).toISOString());
  assert.match(status!.message!, /^Suspended: spec\.suspend is true/);
});

held('is not written again while nothing changes', () => {
  const suspended = suspendedAt(running(), 10);
  const again = seenAt(suspended, 3600);
  assert.equal(again, { status: suspended.status, announcements: [] });
});

held('has no deadline', () => {
  assert.is(deadlineOf(suspendedAt(running(), 10), settings), undefined);
});

for (const [what, target, reason] of [
  [
    'its target is gone',
    { kind: 'Missing', reason: 'TargetMissing', message: 'gone' },
    'TargetMissing',
  ],
  [
    'its candidate is replaced',
    observed(shares(99, 1), { takenOver: { message: 'm-3', isPromoted: false } }),
    'TargetSuperseded',
  ],
] as const) {
  held(`ends all the same where ${what}`, () => {
    const plan = seenAt(suspendedAt(running(), 10), 20, { target });
    assert.is(plan.status.outcome?.reason, reason);
    assert.is(conditionOf(plan, 'Paused')?.status, 'False');
    assert.is(plan.status.pausedSince, undefined);
  });
}

const resumed = suite('a running experiment that is resumed');

for (const pause of [5, 60, 3600, 1e6]) {
  resumed(`iterates as many seconds later as were left before ${pause} s`, () => {
    for (const left of [20, 12, 1]) {
      const again = resumedAt(suspendedAt(running(), 25 - left), 25 - left + pause);
      assert.is(secondsLeft(again, 25 - left + pause), left);
      assert.is(again.status!.completedIterations, 0);
    }
  });
}

resumed('is not iterated with the look that notices it, also where that would be due', () => {
  const waiting = edited(suspendedAt(running(), 24), { suspend: false });
  assert.not(isDueAt(waiting, 500));
  const again = lookedAt(waiting, [500]);
  assert.not(isDueAt(again, 500.9));
  assert.ok(isDueAt(again, 501));
});

resumed('has its deadline so much later, after a second pause too', () => {
  const before = running();
  const [first, again] = [deadlineOf(before, settings)!, resumedAt(suspendedAt(before, 10), 110)];
  assert.is(secondsBetween(first, deadlineOf(again, settings)!), 100);
  assert.is(again.status!.pausedSeconds, 100);
  const third = resumedAt(suspendedAt(again, 115), 1115);
  assert.is(secondsBetween(first, deadlineOf(third, settings)!), 1100);
  assert.is(secondsLeft(third, 1115), 10);
});

resumed('says so, and waits for nothing more', () => {
  const { status } = resumedAt(suspendedAt(running(), 10), 110);
  assert.is(conditionOf({ status }, 'Paused')?.status, 'False');
  assert.is(conditionOf({ status }, 'Paused')?.reason, 'NotPaused');
  assert.is(status!.pausedSince, undefined);
  assert.match(status!.message!, /^Resumed: /);
});

resumed('starts anew with what it does not know: no metric was asked in between', () => {
  const mute = lookedAt(running(), [25], { measurements: latency(50, 'none') });
  assert.ok(mute.status!.target!.noDataSince);
  const again = resumedAt(suspendedAt(mute, 30), 3600);
  assert.is(again.status!.target!.noDataSince, undefined);
  assert.is(again.status!.target!.lock, mute.status!.target!.lock);
});

const told = suite('the Events of a pause');

/** What is told at these seconds, of which at every other one somebody suspends or resumes. */
function story(seconds: readonly number[]): Plan['announcements'] {
  let current = running();
  return seconds.flatMap((second, index) => {
    if (index % 2 === 0) current = edited(current, { suspend: !current.spec.suspend });
    const plan = seenAt(current, second);
    current = following(current, plan);
    return plan.announcements;
  });
}

told('are Suspended and Resumed, each once for each time', () => {
  const news = story([10, 12, 14, 15, 16, 17, 18, 19]);
  assert.equal(
    news.map(({ type, reason }) => `${type} ${reason}`),
    ['Normal Suspended', 'Normal Resumed', 'Normal Suspended', 'Normal Resumed'],
  );
});

told('differ from one time to the next: else the second would be taken for the first', () => {
  const messages = story([10, 12, 14, 15, 16, 17, 18, 19]).map(({ message }) => message);
  assert.is(new Set(messages).size, 4);
  assert.match(messages[0]!, at(10).toISOString());
  assert.match(messages[1]!, at(10).toISOString());
  assert.match(messages[2]!, at(16).toISOString());
});

const unready = suite('a candidate that is not ready while its experiment is suspended');

const CRASHED = observed(shares(99, 1), { notReady: 'revision m-2 crashed' });
const suspended = suspendedAt(running(), 10);

unready('is told once, and not rolled back, however long it lasts', () => {
  const first = seenAt(suspended, 20, { target: CRASHED });
  assert.equal(reasons(first), ['CandidateNotReady']);
  assert.is(first.announcements[0]!.type, 'Warning');
  assert.is(conditionOf(first, 'Ready')?.status, 'False');
  assert.match(conditionOf(first, 'Ready')!.message!, 'revision m-2 crashed; spec.suspend holds');
  const again = seenAt(following(suspended, first), 3600, { target: CRASHED });
  assert.equal(again, { status: first.status, announcements: [] });
  assert.is(conditionOf(again, 'Paused')?.reason, 'Suspended');
});

unready('is forgotten once it is ready', () => {
  const before = lookedAt(suspended, [20], { target: CRASHED });
  const { status } = seenAt(before, 30);
  assert.is(conditionOf({ status }, 'Ready')?.status, 'True');
  assert.is(status.target?.notReadySince, undefined);
  assert.match(status.message!, /^Suspended: /);
});

unready('is rolled back with the first look after, where it has lasted 30 s', () => {
  const before = lookedAt(suspended, [20], { target: CRASHED });
  const again = edited(before, { suspend: false });
  const { status } = seenAt(again, 50, { target: CRASHED });
  assert.is(status.outcome?.reason, 'CandidateNotReady');
  assert.is(status.stage, 'Finishing');
  assert.is(seenAt(again, 49.9, { target: CRASHED }).status.stage, 'Running');
});

const both = suite('an experiment that is suspended while all of it is frozen');

const frozen = { freeze: frozenUntil(1e6) };
const strategy = strategyOf({ freeze: freezeRules('Experiment') });

both('is iterated no later than an interval after it is resumed', () => {
  const looks = Array.from({ length: 100 }, (_, index) => 25 + 20 * index);
  const waiting = lookedAt(running({ spec: { strategy } }), looks, frozen);
  const resting = lookedAt(edited(waiting, { suspend: true }), [2010], frozen);
  assert.is(conditionOf(resting, 'Paused')?.reason, 'Suspended');
  const again = lookedAt(edited(resting, { suspend: false }), [2100], frozen);
  assert.ok(secondsLeft(again, 2100) <= settings.tickSeconds + 20);
  assert.is(again.status!.pausedSeconds, 2100 - 25);
});

both('names no end of a freeze window while a person holds it', () => {
  const waiting = lookedAt(running({ spec: { strategy } }), [25], frozen);
  assert.ok(waiting.status!.nextOpening);
  const resting = lookedAt(edited(waiting, { suspend: true }), [30], frozen);
  assert.is(resting.status!.nextOpening, undefined);
});

both('is told that it waits with a promotion that a person asks for, once he resumes it', () => {
  const resting = lookedAt(edited(running({ spec: { strategy } }), { suspend: true }), [10]);
  const asked = edited(resting, { suspend: false, verdict: 'Promote' });
  const plan = seenAt(asked, 20, frozen);
  assert.equal(reasons(plan), ['Frozen']);
  assert.is(
    conditionOf(plan, 'Paused')?.lastTransitionTime,
    conditionOf(resting, 'Paused')?.lastTransitionTime,
    'it was True all the time',
  );
});

const unfit = suite('an experiment that is suspended while its spec cannot be gone by');

unfit('says that it is suspended, and goes on being amiss afterwards', () => {
  const amiss = lookedAt(edited(running(), { target: 'another' }), [10]);
  const resting = lookedAt(edited(amiss, { suspend: true }), [20, 30]);
  assert.match(resting.status!.message!, /^Suspended: /);
  assert.is(conditionOf(resting, 'Ready')?.reason, 'InvalidExperiment');
  const again = lookedAt(edited(resting, { suspend: false }), [40]);
  assert.match(again.status!.message!, /^InvalidExperiment: /);
});

const late = suite('suspending a finishing experiment');

late('has no effect: its outcome is decided', () => {
  const finishing = iterated(running({ spec: LAST }), [{}]);
  const seen = observed(shares(0, 100), { servedBy: 'canary' });
  const conclusionOf = (experiment: Experiment): unknown =>
    conclude(experiment, seen, settings, at(100));
  assert.equal(conclusionOf(edited(finishing, { suspend: true })), conclusionOf(finishing));
});

late('was over when its outcome was decided', () => {
  const target = { kind: 'Missing', reason: 'TargetMissing', message: 'gone' } as const;
  const { status } = seenAt(having(suspended, { approvalDeadline: at(99).toISOString() }), 20, {
    target,
  });
  for (const field of [
    'pausedSince',
    'pausedSeconds',
    'approvalDeadline',
    'nextOpening',
  ] as const) {
    assert.is(status[field], undefined, field);
  }
});

for (const tests of [held, resumed, told, unready, both, unfit, late]) tests.run();
