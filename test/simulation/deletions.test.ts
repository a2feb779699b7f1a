// A deletion right before every single call that the functions make in an experiment's life: the
// traffic goes back once, and nothing is left behind.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Disorder } from './cluster.ts';
import type { Fault } from './faults.ts';
import { EXPERIMENT, SCENARIOS } from './scenarios.ts';
import { play, type End } from './simulation.ts';

const deletions = suite('an experiment that is deleted right before any call, late or not');

/** All traffic where the outcome wants it, by all accounts; nothing left behind; no rule broken. */
function assertSound(end: End, what: string): void {
  const { stage, decision, weights, finalizers, offences } = end;
  const all = decision === 'Promote' ? '0/100' : '100/0';
  assert.equal(offences, [], what);
  assert.equal(finalizers, [], what);
  assert.equal([weights.told, weights.served], [all, all], what);
  if (decision && weights.intended) assert.is(weights.intended, all, what);
  assert.ok(['deleted', 'Completed'].includes(stage), what);
}

/** Deletes the experiment right before a call, which is late where that is asked for. */
function deletionBefore(call: number, fault: Fault | undefined): Disorder {
  return {
    befall: ({ number }, { server }) => {
      if (number !== call) return undefined;
      server.remove(EXPERIMENT);
      return fault && { fault };
    },
  };
}

/** People do not act on what is gone. */
const LEFT_ALONE = SCENARIOS.filter(({ acts }) => acts === undefined);

for (const scenario of LEFT_ALONE) {
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

deletions.run();
