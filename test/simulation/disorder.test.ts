// Many faults at once, events that are lost, late or come again, calls that are slow, and a deletion
// at any time: the end may be another, but it is always a sound one.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { FAULTS, type Fault } from './functions.ts';
import { EXPERIMENT, SCENARIOS } from './scenarios.ts';
import { play, type Disorder, type End } from './simulation.ts';

const deletions = suite('an experiment that is deleted right before any call, late or not');
const disorder = suite('an experiment in a cluster in disorder');

/** After so many calls all goes well again: an experiment has deadlines. */
const TROUBLED_CALLS = 300;
const RATES = [0.02, 0.05, 0.15, 0.3];
const SEEDS = 100;

/** All traffic where the outcome wants it, by all accounts; nothing left behind; no rule broken. */
function assertSound(end: End, what: string): void {
  const { stage, decision, weights, finalizers, conditions, completedIterations, offences } = end;
  const isPromoted = decision === 'Promote';
  const all = isPromoted ? '0/100' : '100/0';
  assert.equal(offences, [], what);
  assert.equal(finalizers, [], what);
  assert.equal([weights.told, weights.served], [all, all], what);
  if (decision) assert.is(weights.intended, all, what);
  if (isPromoted) assert.is(completedIterations, 4, what);
  if (stage === 'deleted') return;
  const done = isPromoted ? 'Promoted' : 'RolledBack';
  assert.is(conditions, `Completed,TargetAcquired,Ready,${done}`, what);
}

/** Deletes the experiment right before a call, which is late where that is asked for. */
function deletionBefore(call: number, fault: Fault | undefined): Disorder {
  return {
    befall: (number, _call, server) => {
      if (number !== call) return undefined;
      server.remove(EXPERIMENT);
      return fault;
    },
  };
}

for (const scenario of SCENARIOS) {
  deletions(`and would be ${scenario.name}`, async () => {
    const { calls } = await play(scenario);
    for (const [index, call] of calls.entries()) {
      const { end } = await play(scenario, deletionBefore(index + 1, undefined));
      const what = `deleted before call ${index + 1}, ${call}`;
      assertSound(end, what);
      assert.ok(end.turns <= 1, `${what}: its traffic moved back and forth (${end.moves})`);
      const { end: lateEnd } = await play(scenario, deletionBefore(index + 1, 'late'));
      assertSound(lateEnd, `${what}, which is late`);
    }
  });
}

/** What goes wrong by this seed. Every run is told its own faults, for the message of a failure. */
function disorderOf(seed: string, faults: string[]): Disorder {
  const random = randomFrom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const rate = pick(RATES);
  const slowness = pick([0.01, 0.1, 3]);
  const deletedBefore = random() < 0.4 ? Math.floor(random() * 100) : 0;
  const copies = pick([[1], [0, 1, 1, 1, 2, 3]]);
  const befall = (number: number, call: string): Fault | undefined => {
    if (number > TROUBLED_CALLS || random() > rate) return undefined;
    const fault = pick(FAULTS);
    faults.push(`${number} ${fault}: ${call}`);
    return fault;
  };
  return {
    latency: () => 0.01 + random() * slowness,
    arrivals: () => Array.from({ length: pick(copies) }, () => random() * pick([1, 3, 60])),
    befall: (number, call, server) => {
      if (number === deletedBefore) server.remove(EXPERIMENT);
      return befall(number, call);
    },
  };
}

for (const scenario of SCENARIOS) {
  disorder(`that would be ${scenario.name}`, async () => {
    for (let number = 1; number <= SEEDS; number++) {
      const seed = `${scenario.name} ${number}`;
      const faults: string[] = [];
      const { end } = await play(scenario, disorderOf(seed, faults));
      assertSound(end, [seed, ...faults].join('\n'));
    }
  });
}

deletions.run();
disorder.run();
