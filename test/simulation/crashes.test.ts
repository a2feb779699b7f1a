// One fault at every single call that the functions make in an experiment's life: it always comes to
// the same end.
import { isDeepStrictEqual } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { callsOf } from './calls.ts';
import { FAULTS, type Fault } from './functions.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { play, type End } from './simulation.ts';

const lives = suite('an experiment in a simulated cluster');

/** What befell a run: a fault at a call. */
type Mishap = { call: string; fault: Fault };

/** Whether the metrics backend was asked in vain: no crash, but an observation. */
function isUnanswered({ call, fault }: Mishap): boolean {
  return call.includes(' ASK ') && !fault.startsWith('dies');
}

/**
 * What of an end tells how far the experiment had come, where a delay may change that: weights that
 * are late by an iteration keep the next ones from rising; a deletion does not wait for anybody.
 */
function progressIn({ deletedAfter }: Scenario, mishap: Mishap): (keyof End)[] {
  if (deletedAfter !== undefined) return ['moves', 'completedIterations', 'winner'];
  return isUnanswered(mishap) || mishap.fault.endsWith('event lost') ? ['moves'] : [];
}

/** The ends that a run with a mishap may come to. */
function endsOf({ end, withoutAnswer }: Scenario, mishap: Mishap): End[] {
  const others = isUnanswered(mishap) ? withoutAnswer : [];
  return [end, ...others.map((other) => ({ ...end, ...other }))];
}

function without(end: End, fields: readonly (keyof End)[]): object {
  return Object.fromEntries(
    Object.entries(end).filter(([name]) => !fields.includes(name as never)),
  );
}

for (const scenario of SCENARIOS) {
  const { name, end } = scenario;

  lives(`is ${name}, with these calls and no others`, async () => {
    const run = await play(scenario);
    assert.equal(run.end, end);
    assert.equal(countOf(run.calls), callsOf(name));
  });

  lives(`is ${name} whatever befalls any one call`, async () => {
    const { calls } = await play(scenario);
    let others = 0;
    for (const [index, call] of calls.entries()) {
      for (const fault of FAULTS) {
        const befall = (number: number): Fault | undefined =>
          number === index + 1 ? fault : undefined;
        const run = await play(scenario, { befall });
        const where = `${fault} at call ${index + 1}, ${call}`;
        assert.is(run.calls[index], call, where);
        const progress = progressIn(scenario, { call, fault });
        const found = without(run.end, progress);
        const ends = endsOf(scenario, { call, fault }).map((one) => without(one, progress));
        const place = ends.findIndex((one) => isDeepStrictEqual(one, found));
        if (place < 0) assert.equal(found, ends[0], where);
        if (place > 0) others++;
      }
    }
    tell(name, calls.length, { runs: calls.length * FAULTS.length, others });
  });
}

function tell(
  name: string,
  points: number,
  { runs, others }: { runs: number; others: number },
): void {
  const rest = others > 0 ? `; ${others} otherwise, as no metric answered` : '';
  console.log(`${name}: ${points} calls, ${runs} runs, ${runs - others} the same end${rest}`);
}

/** Calls as lines such as "start: GET experiments 2, PUT experiments/status 6". */
function countOf(calls: readonly string[]): string[] {
  const byFunction = Map.groupBy(calls, (call) => call.slice(0, call.indexOf(' ')));
  return [...byFunction].map(([functionName, all]) => {
    const whats = all.map((call) => call.slice(functionName.length + 1));
    const counts = [...Map.groupBy(whats, (what) => what)].map(
      ([what, same]) => `${what} ${same.length}`,
    );
    return `${functionName}: ${counts.join(', ')}`;
  });
}

lives.run();
