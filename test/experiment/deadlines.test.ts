import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  deadlineOf,
  isOverdue,
  lastDeadlineOf,
  plannedIterations,
} from '../../functions/lib/experiment/deadlines.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  having,
  initializing,
  iterate,
  iterated,
  recorded,
  running,
  settings,
  strategyOf,
  waiting,
  type Parts,
} from '../fixtures.ts';
import { approvalOf, edited, lookedAt, seenAt } from './people.ts';

const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };
const MOST = 2147483647;

const stages = suite('the deadline of a stage');

const finishing = iterated(running({ spec: LAST }), [{}]);
const DEADLINES: [string, Experiment, number][] = [
  ['Waiting', waiting(), 3 + settings.waitingDeadlineSeconds],
  ['Initializing', initializing(), 4 + settings.initializingDeadlineSeconds],
  ['Initializing, with its versions known', recorded(), 4 + settings.initializingDeadlineSeconds],
  ['Running', running(), 5 + 2 * 15 * 20 + 3600],
  ['Finishing', finishing, 25 + settings.finishingDeadlineSeconds],
];

for (const [stage, experiment, seconds] of DEADLINES) {
  stages(`counts from its start: ${stage}`, () => {
    assert.equal(deadlineOf(experiment, settings), at(seconds));
    assert.not(isOverdue(experiment, settings, at(seconds - 0.001)));
    assert.ok(isOverdue(experiment, settings, at(seconds)));
  });

  stages(`leaves out the time that it stood still, and stands still meanwhile: ${stage}`, () => {
    const paused = having(experiment, { pausedSeconds: 500 });
    assert.equal(deadlineOf(paused, settings), at(seconds + 500));
    const still = having(experiment, { pausedSince: at(9).toISOString() });
    assert.is(deadlineOf(still, settings), undefined);
    assert.not(isOverdue(still, settings, at(1e9)));
  });
}

stages('is none before the first status, and none once completed', () => {
  const { spec } = running();
  assert.is(deadlineOf({ spec }, settings), undefined);
  assert.is(deadlineOf(having(running(), { stage: 'Completed' }), settings), undefined);
});

const run = suite('the deadline of a run');

function runOf(
  duration: [intervalSeconds: number, iterationsPerLoop: number, maxLoops: number],
): Parts {
  const [intervalSeconds, iterationsPerLoop, maxLoops] = duration;
  return { spec: { duration: { intervalSeconds, iterationsPerLoop, maxLoops } } };
}

run('plans with loops, and with ticks where the interval is shorter', () => {
  const loops = running(runOf([1, 10, 3]));
  assert.is(plannedIterations(loops.spec), 30);
  assert.equal(deadlineOf(loops, settings), at(5 + 2 * 30 * settings.tickSeconds + 3600));
});

for (const duration of [
  [MOST, MOST, MOST],
  [1, MOST, MOST],
  [MOST, 1000, 1],
  [3600, MOST, 1],
] as const) {
  run(`is never for ${duration.join(' × ')} s, and throws nothing`, () => {
    const experiment = running(runOf([...duration]));
    assert.is(deadlineOf(experiment, settings), undefined);
    assert.is(lastDeadlineOf(experiment, settings), undefined);
    assert.not(isOverdue(experiment, settings, at(1e9)));
    assert.is(seenAt(experiment, 10).status.stage, 'Running');
    assert.is(iterate(experiment, { now: at(1e9) }).status.stage, 'Running');
  });
}

run('is a date that is written with four digits of the year, or none', () => {
  const years = (count: number): Date | undefined =>
    deadlineOf(running(runOf([count * 31_557_600, 1, 1])), settings);
  assert.is(years(60)?.toISOString().slice(0, 4), '2146');
  assert.is(deadlineOf(having(running(), { pausedSeconds: 1e15 }), settings), undefined);
});

run('counts by the spec of now', () => {
  const longer = edited(running(), {
    duration: { intervalSeconds: 20, iterationsPerLoop: 30, maxLoops: 1 },
  });
  assert.equal(deadlineOf(longer, settings), at(5 + 2 * 30 * 20 + 3600));
});

const gate = suite('the deadline at a gate');

const awaiting = lookedAt(
  running({ spec: { ...LAST, strategy: strategyOf({ approval: approvalOf() }) } }),
  [25],
);

gate('is that of the gate, not of the run', () => {
  assert.is(deadlineOf(awaiting, settings), undefined);
  assert.not(isOverdue(awaiting, settings, at(1e9)));
});

gate('is the later of both for one that cannot be gone on with', () => {
  assert.equal(lastDeadlineOf(awaiting, settings), at(25 + 86400));
  const soon = having(awaiting, { approvalDeadline: at(60).toISOString() });
  assert.equal(lastDeadlineOf(soon, settings), at(5 + 40 + 3600));
  const frozen = having(soon, { nextOpening: at(9000).toISOString() });
  assert.equal(lastDeadlineOf(frozen, settings), at(9000));
});

gate('comes back where somebody plans more iterations', () => {
  const more = edited(awaiting, {
    duration: { intervalSeconds: 20, iterationsPerLoop: 9, maxLoops: 1 },
  });
  assert.equal(deadlineOf(more, settings), at(5 + 2 * 9 * 20 + 3600));
});

for (const tests of [stages, run, gate]) tests.run();
