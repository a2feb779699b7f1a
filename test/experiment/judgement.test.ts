import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { requestsBetweenLooks } from '../../functions/lib/experiment/judgement.ts';
import type { Tallies, Tally } from '../../functions/lib/experiment/observations.ts';
import type {
  Experiment,
  PreferredDirection,
  Reward,
} from '../../functions/lib/types/experiment.gen.ts';
import { at, having, measured, settings } from '../fixtures.ts';
import { edited } from './people.ts';
import {
  after,
  errors,
  fastAndSlow,
  lookAt,
  mean,
  NOTHING,
  proving,
  rate,
  tallied,
  times,
  told,
  UNREADABLE,
  weightsIn,
} from './proven.ts';

function rewarded(metric: string, preferredDirection: PreferredDirection = 'High'): Reward {
  return { metric, preferredDirection };
}

const CONTEST = { objectives: [], rewards: [rewarded('conversion')], iterations: 20 };

function conversions(baseline: Tally, candidate: Tally): Tallies {
  return tallied({ conversion: { default: baseline, canary: candidate } });
}

function winnerOf({ status }: Pick<Experiment, 'status'>): string | undefined {
  return status!.analysis!.winnerAssessment!.data.winner;
}

function infoOf({ status }: Pick<Experiment, 'status'>): string {
  return status!.analysis!.winnerAssessment!.message!.replace('Error: ; Warning: ; Info: ', '');
}

const BETTER = conversions(rate(100, 1000), rate(180, 1000));
const WORSE = conversions(rate(180, 1000), rate(100, 1000));
const EQUAL = conversions(rate(100, 1000), rate(101, 1000));

const reward = suite('what is told of a reward');

reward('is its mean over all looks, and how probably it is the best', () => {
  const found = told(after(proving(CONTEST), EQUAL, EQUAL), 'canary', 'conversion');
  assert.is(found.role, 'Reward');
  assert.equal([found.verdict, found.reason], ['Undecided', 'NotProved']);
  assert.equal([found.estimate, found.samples], ['0.101', 2000]);
  assert.match(
    found.message,
    /^conversion is 0.101 over 2,000; the best with a probability of 5\d %: not proved$/,
  );
  assert.is(found.objective, undefined);
});

reward('is that it is proved to be the best, once it is', () => {
  const experiment = after(proving(CONTEST), BETTER, BETTER);
  const found = told(experiment, 'canary', 'conversion');
  assert.equal([found.verdict, found.reason], ['Satisfied', 'Proven']);
  assert.is(found.message, 'conversion is 0.18 over 2,000: proved to be the best');
  assert.is(told(experiment, 'default', 'conversion').verdict, 'Undecided');
});

reward('is only reported where another one decides', () => {
  const rewards = [rewarded('conversion'), rewarded('revenue')];
  const revenue = { default: mean(1000, 9000, 1e5), canary: mean(1000, 1000, 2e3) };
  const tallies = { ...BETTER, ...tallied({ revenue }) };
  const experiment = after(proving({ ...CONTEST, rewards }), tallies, tallies);
  const found = told(experiment, 'canary', 'revenue');
  assert.is(found.message, 'revenue is 1 over 2,000, reported only');
  assert.is(found.probability, undefined);
  assert.is(winnerOf(experiment), 'canary', 'the first reward decides');
});

reward('is NoData where nothing was counted, and Error where it could not be read', () => {
  const { verdict, message } = told(
    lookAt(proving(CONTEST), { tallies: conversions(rate(1, 10), NOTHING) }),
    'canary',
    'conversion',
  );
  assert.is(verdict, 'NoData');
  assert.is(message, 'conversion: nothing has been counted for canary yet');
  const error = lookAt(proving(CONTEST), { tallies: conversions(rate(1, 10), UNREADABLE) });
  assert.is(told(error, 'canary', 'conversion').verdict, 'Error');
  assert.is(error.status.completedIterations, 0);
});

const low = suite('a reward of which less is better');

for (const [metric, less, more, value] of [
  ['conversion', rate(100, 1000), rate(180, 1000), 'conversion is 0.1 over 2,000'],
  ['revenue', mean(500, 1000, 4000), mean(500, 2000, 9000), 'revenue is 2 over 1,000'],
  ['revenue', mean(500, -2000, 9000), mean(500, -1000, 4000), 'revenue is -4 over 1,000'],
] as const) {
  low(`has the value as it is, and the lower one wins: ${value}`, () => {
    const rewards = [rewarded(metric, 'Low')];
    const tallies = tallied({ [metric]: { default: more, canary: less } });
    const experiment = after(proving({ ...CONTEST, rewards }), tallies, tallies);
    assert.is(told(experiment, 'canary', metric).message, `${value}: proved to be the best`);
    assert.is(winnerOf(experiment), 'canary');
    const none = tallied({ [metric]: { default: NOTHING, canary: NOTHING } });
    assert.match(told(after(experiment, none), 'canary', metric).message, value);
  });
}

low('is 0 also after a look without data', () => {
  const rewards = [rewarded('revenue', 'Low')];
  const zero = tallied({ revenue: { default: mean(9, 0, 0), canary: mean(9, 0, 0) } });
  const none = tallied({ revenue: { default: NOTHING, canary: NOTHING } });
  const experiment = after(proving({ ...CONTEST, rewards }), zero, none);
  assert.match(told(experiment, 'canary', 'revenue').message, 'revenue is 0 over 9;');
});

const winner = suite('the winner by proof');

winner('is the version that is proved to have the best reward', () => {
  assert.is(
    infoOf(after(proving(CONTEST), BETTER, BETTER)),
    'canary is proved: it has the best reward',
  );
  const baseline = after(proving(CONTEST), WORSE, WORSE);
  assert.is(winnerOf(baseline), 'default');
});

winner('is none before anything is proved', () => {
  const experiment = after(proving(CONTEST), EQUAL, EQUAL);
  assert.is(winnerOf(experiment), undefined);
  assert.is(infoOf(experiment), 'nothing is proved yet');
});

winner('is none where the best is not proved to keep its limits', () => {
  const contest = { rewards: CONTEST.rewards, iterations: CONTEST.iterations };
  const tallies = { ...BETTER, ...errors([0, 1000], [1, 100]) };
  const experiment = after(proving(contest), tallies, tallies);
  assert.is(winnerOf(experiment), undefined);
  assert.is(infoOf(experiment), 'canary has the best reward, but is not proved to keep all limits');
});

winner('is the best that keeps its limits, at the end', () => {
  const tallies = { ...BETTER, ...errors([0, 1000], [0, 300]) };
  const rewards = [rewarded('conversion')];
  const { status } = after(proving({ rewards, iterations: 2 }), tallies, tallies);
  assert.equal([status!.outcome?.reason, status!.outcome?.version], ['CandidateWon', 'canary']);
});

winner('is the baseline where it has the best reward, whatever is proved of its limits', () => {
  const tallies = { ...WORSE, ...errors([5, 100], [0, 300]) };
  const experiment = after(proving({ rewards: [rewarded('conversion')], iterations: 2 }), tallies);
  const { status } = after(experiment, tallies);
  assert.is(status!.outcome?.reason, 'BaselineWon');
});

winner('is the baseline where every candidate breaks a limit', () => {
  const versions = ['default', 'one', 'two'];
  const bad = { default: rate(0, 500), one: rate(100, 500), two: rate(100, 500) };
  const rewards = [rewarded('conversion')];
  const plan = lookAt(proving({ versions, rewards }), { tallies: tallied({ 'error-rate': bad }) });
  assert.is(winnerOf(plan), 'default');
  assert.is(plan.status.outcome?.reason, 'ObjectiveViolated');
});

winner('is the only one that breaks no limit, without a comparison', () => {
  const bad = { ...BETTER, ...errors([200, 1000], [0, 300]) };
  const rewards = [rewarded('conversion')];
  const { status } = after(proving({ rewards, iterations: 2 }), bad, bad);
  assert.is(status!.outcome?.reason, 'CandidateWon');
});

winner('is the first of the candidates that keep their limits, where there is no reward', () => {
  const { status } = after(proving({ iterations: 1 }), errors([1, 900], [0, 400]));
  assert.is(infoOf({ status: status! }), 'canary is proved to keep all limits');
});

winner('needs the objectives that are Observed as well', () => {
  const objectives = [
    { metric: 'error-rate', upperLimit: '0.02' },
    { metric: 'latency', upperLimit: 250, method: 'Observed' as const },
  ];
  const experiment = proving({ objectives, iterations: 1 });
  const tallies = errors([1, 900], [0, 400]);
  const looks = [100, 300].map((value) => {
    const measurements = measured({ latency: { default: 100, canary: value } });
    return lookAt(experiment, { tallies, measurements }).status.outcome?.reason;
  });
  assert.equal(looks, ['CandidateWon', 'BaselineWon']);
});

winner(
  'stays, once proved, until another version is better, and is one at an early decision',
  () => {
    const early = proving({ ...CONTEST, strength: { decide: 'Early' } });
    const { status } = after(early, BETTER, BETTER, BETTER);
    assert.equal([status!.outcome?.reason, status!.completedIterations], ['CandidateWon', 3]);
  },
);

winner('is sought anew where the reward is edited', () => {
  const before = after(proving(CONTEST), BETTER, BETTER);
  const criteria = { ...before.spec.criteria!, rewards: [rewarded('conversion', 'Low')] };
  const next = after(edited(before, { criteria }), conversions(rate(1, 10), rate(2, 10)));
  assert.is(winnerOf(next), undefined);
  assert.is(told(next, 'canary', 'conversion').estimate, '0.2');
});

const requests = suite('the requests between two looks');

requests('are those of the metric that counts most, by the time they came in', () => {
  const seen = (tallies: Tallies, seconds = 25): Parameters<typeof requestsBetweenLooks>[1] => ({
    ...{ target: { kind: 'Missing', reason: '', message: '' }, measurements: {}, tallies },
    evaluationTime: at(seconds),
  });
  const latency = { default: fastAndSlow(50, 10), canary: NOTHING };
  const tallies = { ...errors([0, 90], [0, 10]), ...tallied({ latency }) };
  const experiment = proving();
  assert.is(requestsBetweenLooks(experiment, seen(tallies), settings), 100);
  assert.is(requestsBetweenLooks(experiment, seen(tallies, 45), settings), 50);
  assert.is(requestsBetweenLooks(experiment, seen({}), settings), 0);
  assert.is(requestsBetweenLooks(experiment, seen(tallies, 5), settings), 0);
  const later = having(experiment, { countedUntil: at(35).toISOString() });
  assert.is(requestsBetweenLooks(later, seen(tallies, 45), settings), 200);
});

const odd = suite('odd counts');

for (const [what, tallies] of [
  ['none at all', {}],
  ['of another kind than the metric', conversions(fastAndSlow(5, 5), mean(5, 5, 5))],
  ['of which all are events', conversions(rate(10, 10), rate(7, 7))],
  ['of one request', conversions(rate(0, 0), rate(1, 1))],
  ['of 1e8 requests', conversions(rate(1e7, 1e8), rate(1e7, 1e8))],
  ['of one version alone', tallied({ conversion: { canary: rate(1, 9) } })],
] as const) {
  odd(`give a plan with nothing but numbers: ${what}`, () => {
    const experiment = after(proving(CONTEST), ...times(3, tallies));
    assert.not.match(JSON.stringify(experiment.status), /NaN|Infinity/);
    assert.is(
      weightsIn(experiment).reduce((sum, one) => sum + one),
      100,
    );
  });
}

for (const tests of [reward, low, winner, requests, odd]) tests.run();
