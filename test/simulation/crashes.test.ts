// One fault at every single call that the functions make in an experiment's life: it always comes to
// the same end.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { callsOf } from './calls.ts';
import type { Numbered } from './cluster.ts';
import { FAULTS, type Fault, type Mishap as Befallen } from './faults.ts';
import { PROVED } from './proved.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { play, type End, type Run } from './simulation.ts';

const lives = suite('an experiment in a simulated cluster');

/** What befell a run: a fault at a call. */
type Mishap = { call: string; fault: Fault };

/**
 * What of an end tells how far the experiment had come, where a delay may change that: weights that
 * are late by an iteration keep the next ones from rising, a look without an answer does not count,
 * and people and windows wait for nobody.
 */
function progressIn(
  { deletedAfter, acts, spec }: Scenario,
  { call, fault }: Mishap,
): (keyof End)[] {
  const isTimed = deletedAfter !== undefined || acts !== undefined || spec?.strategy?.freeze;
  const isUnanswered = call.includes(' ASK ') && !fault.startsWith('dies');
  if (isTimed || isUnanswered) return ['moves', 'completedIterations', 'winner'];
  return fault.endsWith('event lost') ? ['moves'] : [];
}

function without(end: End, fields: readonly (keyof End)[]): object {
  return Object.fromEntries(
    Object.entries(end).filter(([name]) => !fields.includes(name as never)),
  );
}

/** What was known in all runs of a scenario, by what had been counted. */
function isKnownAlike(all: Map<string, string>, { known }: Run): boolean {
  const alike = [...known].every(([counts, state]) => (all.get(counts) ?? state) === state);
  for (const [counts, state] of known) all.set(counts, state);
  return alike;
}

for (const scenario of [...PROVED, ...SCENARIOS]) {
  const { name, end } = scenario;

  lives(`is ${name}, with these calls and no others`, async () => {
    const run = await play(scenario);
    assert.equal(run.end, end);
    assert.equal(countOf(run.calls), callsOf(name));
  });

  lives(`is ${name} whatever befalls any one call`, async () => {
    const { calls, known } = await play(scenario);
    assert.is(known.size, scenario.share ? end.completedIterations : 0);
    for (const [index, call] of calls.entries()) {
      for (const fault of FAULTS) {
        const befall = ({ number }: Numbered): Befallen | undefined =>
          number === index + 1 ? { fault } : undefined;
        const run = await play(scenario, { befall });
        const where = `${fault} at call ${index + 1}, ${call}`;
        assert.is(run.calls[index], call, where);
        const progress = progressIn(scenario, { call, fault });
        assert.equal(without(run.end, progress), without(end, progress), where);
        assert.ok(isKnownAlike(known, run), `${where}: the same counts, but other knowledge`);
      }
    }
    console.log(
      `${name}: ${calls.length} calls, ${calls.length * FAULTS.length} runs, the same end`,
    );
  });
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
