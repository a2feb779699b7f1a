// What an experiment remembers of its evidence, as somebody else has written it.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../functions/lib/analysis/knowledge.ts';
import { problemInStatus } from '../../functions/lib/experiment/soundStatus.ts';
import type { Tallies } from '../../functions/lib/experiment/observations.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  after,
  ERROR_RATE,
  histogram,
  LATENCY,
  mean,
  proving,
  rate,
  tallied,
  weightsIn,
} from '../experiment/proven.ts';
import { having } from '../fixtures.ts';
import { isAll, seed } from './tally.ts';

const VERSIONS = ['default', 'b', 'c'];
const SAMPLES = 400;

/** What one look counts of every version. */
function counted(): Tallies {
  const all = <T>(one: T): Record<string, T> =>
    Object.fromEntries(VERSIONS.map((name) => [name, one]));
  return tallied({
    'error-rate': all(rate(1, SAMPLES)),
    latency: all(histogram([SAMPLES - 3, 1, 1, 1, 0])),
    sales: { ...all(rate(40, SAMPLES)), c: rate(60, SAMPLES) },
    size: all(mean(SAMPLES, 50 * SAMPLES, 3000 * SAMPLES)),
  });
}

function begun(versions: readonly string[]): Experiment {
  return proving({
    versions: [...versions],
    objectives: [ERROR_RATE, LATENCY],
    rewards: [
      { metric: 'sales', preferredDirection: 'High' },
      { metric: 'size', preferredDirection: 'Low' },
    ],
    strategy: { testingPattern: 'A/B/N' },
    iterations: 20,
  });
}

const before = after(begun(VERSIONS), counted(), counted());
const STATE = before.status!.analysis!.state!;

/** What is remembered of other versions. */
function stateOf(versions: readonly string[]): string {
  return after(begun(versions), counted()).status!.analysis!.state!;
}

function remembering(state: string): Experiment {
  return having(before, { analysis: { ...before.status!.analysis, state } });
}

/** Looks twice: what is written after a lie must be read as well. The samples behind the first look. */
function samplesAfter(state: string): number | undefined {
  const first = after(remembering(state), counted());
  assertSound(first);
  // A lie may be one that all candidates have broken a limit.
  if (first.status!.stage === 'Running') assertSound(after(first, counted()));
  return first.status!.evidence!.find(({ version }) => version === 'c')?.samples;
}

function assertSound(experiment: Experiment): void {
  const { status } = experiment;
  const text = JSON.stringify(status);
  const weights = weightsIn(experiment);
  assert.is(
    weights.reduce((sum, weight) => sum + weight, 0),
    100,
    text,
  );
  assert.ok(
    weights.every((weight) => Number.isInteger(weight) && weight >= 0),
    text,
  );
  assert.is(problemInStatus(experiment, new Date(status!.lastUpdateTime!)), undefined);
  assert.not.match(text, /NaN|null|Infinity/);
}

const states = suite('an account of the evidence by a lying author');

states('is read where the functions have written it', () => {
  assert.is(samplesAfter(STATE), 3 * SAMPLES);
});

const parts = JSON.parse(STATE) as unknown[];
const [objectives, rewards] = [parts.findIndex(isOfObjectives), parts.length - 1];

function isOfObjectives(part: unknown): boolean {
  return JSON.stringify(part).startsWith('[["team/error-rate');
}

/** The account with another value at one place. */
function other(value: unknown, ...path: number[]): string {
  const copy = structuredClone(parts);
  const place = path.slice(0, -1).reduce<unknown[]>((found, step) => found[step] as never, copy);
  place[path.at(-1)!] = value;
  return JSON.stringify(copy);
}

const UNREADABLE: Record<string, string> = {
  'is empty': '',
  'is no JSON': STATE.slice(0, -5),
  'is a word': 'null',
  'is a number': '1',
  'is an object': '{"0":1}',
  'is an empty list': '[]',
  'is of another format': other(2, 0),
  'is of a format that is no number': other('1', 0),
  'is a list of nothing': JSON.stringify(parts.map(() => null)),
  'is deeper than anybody reads': '['.repeat(5000),
  'has a number of looks that is none': other(null, 1),
  'is for no looks': other(0, 1),
  'has fewer parts': JSON.stringify(parts.slice(0, -1)),
  'has an objective without a name': other(7, objectives, 0, 0),
  'has one that is no objective': other('x', objectives, 0),
  'has a reward of nothing': other([], rewards, 0),
  'is for fewer versions': stateOf(['default', 'b']),
  'is for more versions': stateOf([...VERSIONS, 'd']),
};

for (const [what, state] of Object.entries(UNREADABLE)) {
  states(`counts for nothing where it ${what}: the evidence begins anew`, () => {
    assert.is(samplesAfter(state), SAMPLES);
  });
}

/** All places in a value, as paths. */
function placesOf(value: unknown, path: number[] = []): number[][] {
  if (!Array.isArray(value)) return [path];
  return [path, ...value.flatMap((item, index) => placesOf(item, [...path, index]))];
}

const lies = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    -1,
    0,
    0.5,
    1e-300,
    2 ** 53,
    1e15,
    1e100,
    1e308,
    -1e308,
    '1',
    true,
  ),
  fc.constantFrom<unknown>([], {}, [[]], [null], [1, 2, 3], 'NaN', '', [[1, 2], [3]]),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
);

const broken = fc
  .array(fc.tuple(fc.constantFrom(...placesOf(parts).slice(1)), lies), {
    minLength: 1,
    maxLength: 3,
  })
  .map((changes) => changes.reduce<unknown>((found, [path, lie]) => put(found, path, lie), parts));

function put(value: unknown, [step, ...rest]: number[], lie: unknown): unknown {
  if (step === undefined) return lie;
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown, index) => (index === step ? put(item, rest, lie) : item));
}

states('never surprises a look, whatever is wrong with any of its numbers', () => {
  const runs = { numRuns: isAll ? 20_000 : 400, seed };
  fc.assert(
    fc.property(broken, (lie) => {
      const state = JSON.stringify(lie);
      const samples = samplesAfter(state);
      if (decode(state, VERSIONS.length) === undefined) assert.is(samples, SAMPLES, state);
    }),
    runs,
  );
});

states('never surprises a look, whatever its text is', () => {
  const texts = fc.oneof(fc.string({ maxLength: 200 }), fc.json(), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(texts, (state) => {
      assert.is(samplesAfter(state), SAMPLES);
    }),
    { numRuns: 100, seed },
  );
});

states.run();
