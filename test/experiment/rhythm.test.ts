import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nextStep, type Row } from '../../functions/lib/experiment/nextStep.ts';
import { secondsBetween } from '../../functions/lib/experiment/time.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at, following, iterate, running, settings } from '../fixtures.ts';

const TICK = settings.tickSeconds;

function every(intervalSeconds: number): Experiment {
  const duration = { intervalSeconds, iterationsPerLoop: 1000, maxLoops: 1 };
  return running({ spec: { duration } });
}

function rowOf({ metadata, spec, status }: Experiment): Row {
  return {
    ...metadata,
    stage: 'Running',
    label: 'Running',
    run: 1,
    completedIterations: status!.completedIterations!,
    intervalSeconds: spec.duration.intervalSeconds,
    nextIterationTime: status!.nextIterationTime,
    isDeleted: false,
    isSuspended: false,
    hasVerdict: false,
  };
}

/** The times of iterations, in seconds, where ticks come up to half a second late, and not in an outage. */
function times(experiment: Experiment, count: number, outage: [number, number] = [0, 0]): number[] {
  const random = randomFrom(`rhythm ${experiment.spec.duration.intervalSeconds}`);
  const seen: number[] = [];
  const phase = TICK * random();
  let current = experiment;
  for (let tick = 0; seen.length < count; tick++) {
    const seconds = phase + TICK * tick + random() / 2;
    if (seconds > outage[0] && seconds < outage[1]) continue;
    const now = at(seconds);
    // A look between two iterations changes nothing here.
    if (!nextStep(rowOf(current), now, TICK) || now < new Date(current.status!.nextIterationTime!))
      continue;
    current = following(current, iterate(current, { now }));
    seen.push(seconds);
  }
  return seen;
}

function gaps(seen: readonly number[]): number[] {
  return seen.slice(1).map((seconds, index) => seconds - seen[index]!);
}

const rhythm = suite('the rhythm of iterations');

for (const interval of [1, 10, 15, 20, 25, 60, 90]) {
  const expected = Math.max(interval, TICK);
  rhythm(`is ${expected} s in the mean for an interval of ${interval} s, tick by tick`, () => {
    const seen = times(every(interval), 60);
    const mean = (seen.at(-1)! - seen[0]!) / (seen.length - 1);
    // Until it has found its place between the ticks, one of them may come just too early for it.
    assert.ok(mean > 0.99 * expected && mean < 1.06 * expected, `${mean} s`);
    for (const gap of gaps(seen)) {
      assert.ok(gap > expected - TICK - 1 && gap < expected + TICK + 1, `${gap} s`);
    }
  });

  rhythm(`makes up for nothing after an outage, with an interval of ${interval} s`, () => {
    const seen = times(every(interval), 40, [100, 4000]);
    const after = seen.filter((seconds) => seconds >= 4000);
    assert.ok(after.length > 10);
    for (const gap of gaps(after)) assert.ok(gap > expected - TICK - 1, `${gap} s`);
  });
}

const next = suite('the time of the next iteration');

function secondsToNext(experiment: Experiment, late: number): number {
  const due = new Date(experiment.status!.nextIterationTime!);
  const now = new Date(due.getTime() + late * 1000);
  return secondsBetween(due, iterate(experiment, { now }).status.nextIterationTime!);
}

next('lies one interval after this one was due, however late within it this one came', () => {
  for (const late of [0, 3, 19.9]) assert.is(secondsToNext(every(20), late), 20);
});

next('lies one interval from now where this one came an interval late or more', () => {
  assert.is(secondsToNext(every(20), 20), 40);
  assert.is(secondsToNext(every(20), 1000), 1020);
});

next('lies no less than a tick ahead', () => {
  assert.is(secondsToNext(every(1), 0), TICK);
});

next('is always to come', () => {
  const far = every(2147483647);
  const { nextIterationTime } = iterate(far).status;
  assert.ok(new Date(nextIterationTime!) > new Date(far.status!.nextIterationTime!));
});

rhythm.run();
next.run();
