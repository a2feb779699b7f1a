// Experiments with a reward, from their first weights to their outcome.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tallies } from '../../functions/lib/experiment/observations.ts';
import type { Experiment, Reward } from '../../functions/lib/types/experiment.gen.ts';
import { at, conditionOf, following, measured } from '../fixtures.ts';
import { approvalOf, edited } from './people.ts';
import {
  after,
  ERROR_RATE,
  lookAt,
  proving,
  rate,
  tallied,
  times,
  weightsIn,
  type Proving,
} from './proven.ts';

const SALES: Reward = { metric: 'sales', preferredDirection: 'High' };
const TWO = ['default', 'canary'];
const THREE = ['a', 'b', 'c'];
const UNLIMITED = { maxCandidateWeightIncrement: 100 };

/** A contest of so many looks that only a reward decides. */
function contest(given: Proving = {}): Experiment {
  const { versions = THREE } = given;
  const testingPattern = versions.length > 2 ? 'A/B/N' : 'A/B';
  return proving({
    ...{ objectives: [], rewards: [SALES], versions, weights: UNLIMITED },
    ...given,
    strategy: { testingPattern, ...given.strategy },
  });
}

/** So many sales of 1000 visits to each version, by its name; and errors of 1000 requests. */
function sold(sales: Record<string, number>, errors: Record<string, number> = {}): Tallies {
  const of1000 = (all: Record<string, number>): Record<string, ReturnType<typeof rate>> =>
    Object.fromEntries(Object.entries(all).map(([name, events]) => [name, rate(events, 1000)]));
  return tallied({ sales: of1000(sales), 'error-rate': of1000(errors) });
}

const beginning = suite('the first weights of a contest');

const BEGINNINGS: [string, Proving, number[]][] = [
  ['are the same for both where only a reward is to be found out', { versions: TWO }, [50, 50]],
  ['are the same for all of three', {}, [34, 33, 33]],
  ['are 1 % where a limit might be broken', { objectives: [ERROR_RATE] }, [98, 1, 1]],
  [
    'are 1 % where traffic is to move step by step',
    { weights: { algorithm: 'Progressive' } },
    [98, 1, 1],
  ],
  ['are 1 % where nothing is to be proved', { strength: { method: 'Observed' } }, [98, 1, 1]],
  [
    'keep to the limit of a step',
    { versions: TWO, weights: { maxCandidateWeightIncrement: 20 } },
    [80, 20],
  ],
];

for (const [what, given, weights] of BEGINNINGS) {
  beginning(what, () => {
    assert.equal(weightsIn(contest(given)), weights);
  });
}

const ends = suite('the end of a contest');

type Ending = {
  what: string;
  given?: Proving;
  sales: Record<string, number>;
  errors?: Record<string, number>;
  outcome: [decision: string, reason: string, version?: string];
};

const GOOD = { a: 2, b: 2, c: 2 };

const ENDINGS: Ending[] = [
  {
    what: 'promotes the candidate with the best reward',
    given: { versions: TWO },
    sales: { default: 50, canary: 100 },
    outcome: ['Promote', 'CandidateWon', 'canary'],
  },
  {
    what: 'promotes one that is not the first',
    sales: { a: 50, b: 50, c: 100 },
    outcome: ['Promote', 'CandidateWon', 'c'],
  },
  {
    what: 'promotes the first of several',
    sales: { a: 50, b: 100, c: 60 },
    outcome: ['Promote', 'CandidateWon', 'b'],
  },
  {
    what: 'keeps a baseline that is the best',
    sales: { a: 100, b: 50, c: 50 },
    outcome: ['Rollback', 'BaselineWon', 'a'],
  },
  {
    what: 'promotes nothing where two are as good',
    sales: { a: 50, b: 100, c: 100 },
    outcome: ['Rollback', 'Undecided', 'a'],
  },
  {
    what: 'promotes nothing where all are as good',
    given: { versions: TWO },
    sales: { default: 50, canary: 50 },
    outcome: ['Rollback', 'Undecided', 'default'],
  },
  {
    what: 'goes by less where less is better',
    given: { rewards: [{ ...SALES, preferredDirection: 'Low' }] },
    sales: { a: 100, b: 100, c: 50 },
    outcome: ['Promote', 'CandidateWon', 'c'],
  },
  {
    what: 'goes by the first of several rewards',
    given: { rewards: [SALES, { metric: 'clicks', preferredDirection: 'High' }] },
    sales: { a: 50, b: 100, c: 60 },
    outcome: ['Promote', 'CandidateWon', 'b'],
  },
  {
    what: 'promotes the best of those that keep the limits',
    given: { objectives: [ERROR_RATE] },
    sales: { a: 50, b: 100, c: 200 },
    errors: { ...GOOD, c: 100 },
    outcome: ['Promote', 'CandidateWon', 'b'],
  },
  {
    what: 'promotes nothing that may break a limit',
    given: { objectives: [ERROR_RATE] },
    sales: { a: 50, b: 100, c: 60 },
    errors: { a: 20, b: 20, c: 20 },
    outcome: ['Rollback', 'Undecided', 'a'],
  },
  {
    what: 'comes once every candidate has broken a limit',
    given: { objectives: [ERROR_RATE] },
    sales: { a: 50, b: 100, c: 200 },
    errors: { a: 2, b: 100, c: 100 },
    outcome: ['Rollback', 'ObjectiveViolated', 'a'],
  },
];

function ended({ given, sales, errors }: Ending): Experiment {
  let current = contest(given);
  while (current.status!.stage === 'Running') current = after(current, sold(sales, errors));
  return current;
}

for (const ending of ENDINGS) {
  ends(ending.what, () => {
    const { outcome, currentWeightDistribution } = ended(ending).status!;
    const { decision, reason, version } = outcome!;
    assert.equal([decision, reason, version], ending.outcome, outcome!.message);
    const all = currentWeightDistribution!.filter(({ value }) => value > 0);
    assert.equal(all, [{ name: version, value: 100 }]);
  });
}

ends('comes early where that is asked for, after the fewest looks', () => {
  const strength = { decide: 'Early' } as const;
  const early = ended({
    what: '',
    given: { strength, iterations: 20 },
    sales: { a: 50, b: 50, c: 200 },
    outcome: ['', ''],
  });
  assert.is(early.status!.outcome?.version, 'c');
  assert.ok(early.status!.completedIterations! < 20, `${early.status!.completedIterations}`);
});

const routing = suite('the traffic of a contest');

routing('goes by how probably each version is the best one, and never all of it', () => {
  let current = contest({ iterations: 20 });
  for (let look = 0; look < 6; look++) {
    current = after(current, sold({ a: 50, b: 50, c: 55 }));
    const [, b = 0, c = 0] = weightsIn(current);
    assert.ok(b + c <= 99);
  }
  const [a = 0, b = 0, c = 0] = weightsIn(current);
  assert.ok(c > a && c > b && a > 0 && b > 0, `${a}/${b}/${c}`);
});

routing('leaves a version that has broken a limit', () => {
  const begun = contest({ objectives: [ERROR_RATE], iterations: 20 });
  const seen = after(begun, ...times(3, sold({ a: 50, b: 60, c: 200 }, { ...GOOD, c: 200 })));
  assert.is(seen.status!.stage, 'Running');
  const [, b = 0, c = 0] = weightsIn(seen);
  assert.is(c, 0);
  assert.ok(b > 0);
});

const people = suite('a person’s word on a contest');

const won = (): Experiment => contest({ iterations: 2, strategy: { approval: approvalOf() } });
const LOOKS = times(2, sold({ a: 50, b: 50, c: 150 }));

people('is waited for with the winner named, and then it is promoted', () => {
  const waiting = after(won(), ...LOOKS);
  assert.is(conditionOf(waiting, 'Paused')?.reason, 'AwaitingApproval');
  assert.is(waiting.status!.versionRecommendedForPromotion, 'c');
  const { outcome } = lookAt(edited(waiting, { verdict: 'Promote' }), {
    tallies: LOOKS[0]!,
  }).status;
  assert.equal([outcome?.decision, outcome?.version], ['Promote', 'c']);
});

people('promotes the candidate with the most traffic where none has won', () => {
  const begun = after(contest({ iterations: 9 }), sold({ a: 50, b: 50, c: 56 }));
  assert.is(begun.status!.versionRecommendedForPromotion, 'a');
  const { outcome } = lookAt(edited(begun, { verdict: 'Promote' })).status;
  assert.equal([outcome?.reason, outcome?.version], ['VerdictPromote', 'c']);
});

people('calls it off', () => {
  const { status } = lookAt(edited(after(contest(), LOOKS[0]!), { verdict: 'Rollback' }));
  assert.equal([status.outcome?.reason, status.outcome?.version], ['VerdictRollback', 'a']);
  assert.equal(weightsIn({ status }), [100, 0, 0]);
});

const mute = suite('candidates that give no data');

/** What a contest comes to whose candidates b and c have these values for a minute. */
function afterMinute(b: number | 'none', c: number | 'none'): Experiment {
  const measurements = measured({ sales: { a: 5, b, c } });
  const begun = contest({
    iterations: 20,
    strategy: { deploymentPattern: 'FixedSplit' },
    weights: { split: [34, 33, 33] },
  });
  return [25, 85, 145].reduce(
    (current, second) =>
      current.status!.stage === 'Running'
        ? following(current, lookAt(current, { measurements, tallies: LOOKS[0]!, now: at(second) }))
        : current,
    begun,
  );
}

mute('are waited for as long as one is fine', () => {
  assert.is(afterMinute('none', 5).status!.stage, 'Running');
});

mute('end it where none is left', () => {
  const { outcome } = afterMinute('none', 'none').status!;
  assert.is(outcome?.reason, 'CandidateNotReady');
  assert.match(outcome!.message, 'no metric has had a value for b, c since');
});

for (const each of [beginning, ends, routing, people, mute]) each.run();
