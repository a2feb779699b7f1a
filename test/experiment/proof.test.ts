import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, type Knowledge } from '../../functions/lib/analysis/knowledge.ts';
import { binomial } from '../../functions/lib/analysis/random.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { conditionOf, following, having, stored } from '../fixtures.ts';
import { approvalOf, edited } from './people.ts';
import {
  after,
  errors,
  lookAt,
  NOTHING,
  proving,
  rate,
  tallied,
  times,
  told,
  watching,
  weightsIn,
} from './proven.ts';

function stateOf({ status }: Pick<Experiment, 'status'>): string {
  return status!.analysis!.state!;
}

function knownIn(experiment: Pick<Experiment, 'status'>, versions = 2): Knowledge {
  return decode(stateOf(experiment), versions)!;
}

const GOOD = errors([1, 1000], [0, 200]);
const EARLY = { decide: 'Early' } as const;

const timing = suite('when a decision by proof comes');

timing('is after the last look, however much is known before', () => {
  const experiment = after(proving(), ...times(4, errors([1, 1000], [0, 1000])));
  assert.is(experiment.status!.outcome, undefined);
  assert.is(told(experiment).verdict, 'Undecided');
  const { status } = lookAt(experiment, { tallies: GOOD });
  assert.is(told({ status }).verdict, 'Satisfied');
  assert.is(status.outcome?.reason, 'CandidateWon');
  assert.is(status.outcome?.version, 'canary');
});

timing('is at the third look where it may come early', () => {
  const experiment = after(proving({ iterations: 10, strength: EARLY }), GOOD, GOOD);
  assert.is(experiment.status!.outcome, undefined);
  const { status } = lookAt(experiment, { tallies: GOOD });
  assert.is(status.completedIterations, 3);
  assert.is(status.outcome?.reason, 'CandidateWon');
});

timing('is at once where a limit is proved to be broken', () => {
  const { status } = lookAt(proving(), { tallies: errors([0, 1000], [20, 100]) });
  assert.is(status.outcome?.decision, 'Rollback');
  assert.is(status.outcome?.reason, 'ObjectiveViolated');
});

timing('is at the next look where the experiment is cut short meanwhile', () => {
  const experiment = after(proving({ iterations: 9 }), ...times(4, GOOD));
  const duration = { intervalSeconds: 20, iterationsPerLoop: 2, maxLoops: 1 };
  const { status } = after(edited(experiment, { duration }), GOOD);
  assert.is(status!.outcome?.reason, 'CandidateWon');
});

timing('is Undecided at the end where neither is proved', () => {
  const experiment = after(proving({ iterations: 2 }), ...times(2, errors([0, 500], [1, 100])));
  assert.is(experiment.status!.outcome?.decision, 'Rollback');
  assert.is(experiment.status!.outcome?.reason, 'Undecided');
  assert.match(experiment.status!.outcome!.message, 'would have needed about');
});

const gate = suite('what is proved, while a promotion waits for approval');

const ASKING = { iterations: 2, strategy: { approval: approvalOf() } };
const asking = after(proving(ASKING), GOOD, GOOD);

gate('holds however later looks turn out, as long as they prove nothing bad', () => {
  assert.is(conditionOf(asking, 'Paused')!.reason, 'AwaitingApproval');
  const worse = lookAt(asking, { tallies: errors([0, 1000], [9, 400]) });
  assert.is(told(worse).verdict, 'Satisfied');
  assert.match(told(worse).message, /limit 2 %: met$/);
  assert.is(conditionOf(worse, 'Paused')!.reason, 'AwaitingApproval');
});

gate('is undone by a violation that is proved', () => {
  let worse = asking;
  for (let look = 0; look < 20 && worse.status!.stage === 'Running'; look++) {
    worse = after(worse, errors([0, 1000], [60, 200]));
  }
  assert.is(told(worse).verdict, 'Violated');
  assert.is(worse.status!.outcome?.decision, 'Rollback');
});

gate('is undone at once where the candidate fails all at once', () => {
  const collapsed = lookAt(asking, { tallies: errors([0, 1000], [100, 200]) });
  assert.is(told(collapsed).verdict, 'Violated');
  assert.is(collapsed.status.outcome?.reason, 'ObjectiveViolated');
});

gate('is not what an edited limit asks for: that is proved anew, and not by later looks', () => {
  const objectives = [{ metric: 'error-rate', upperLimit: '0.0001' }];
  const changed = edited(asking, { criteria: { ...asking.spec.criteria!, objectives } });
  const plan = lookAt(changed, { tallies: errors([0, 10], [1, 200]) });
  assert.is(told(plan).verdict, 'Undecided');
  const later = lookAt(following(changed, plan), { tallies: errors([0, 10], [0, 1e6]) });
  assert.is(told(later).verdict, 'Undecided');
});

const futility = suite('an experiment that can hardly prove anything any more');
const LITTLE = errors([0, 90], [1, 10]);

futility('is given up at the third look, with the numbers', () => {
  const experiment = after(proving(), LITTLE, LITTLE);
  assert.is(experiment.status!.outcome, undefined);
  const { status } = lookAt(experiment, { tallies: LITTLE });
  assert.is(status.outcome?.decision, 'Rollback');
  assert.is(status.outcome?.reason, 'Futile');
  assert.match(status.outcome!.message, 'canary: error-rate: 3 of 30 (10 %)');
});

futility('is not given up without any traffic', () => {
  const none = tallied({ 'error-rate': { default: NOTHING, canary: NOTHING } });
  const experiment = after(proving(), ...times(4, none));
  assert.is(experiment.status!.outcome, undefined);
  assert.is(told(experiment).verdict, 'NoData');
});

futility('is not given up where enough will come', () => {
  const experiment = after(proving({ iterations: 200 }), ...times(4, errors([0, 990], [0, 10])));
  assert.is(experiment.status!.outcome, undefined);
});

futility('that only watches is kept as it is', () => {
  const bad = tallied({ 'error-rate': { default: rate(1, 30) } });
  const { status } = after(watching({ iterations: 4 }), bad, bad, bad);
  assert.is(status!.outcome?.decision, 'Keep');
  assert.is(status!.outcome?.reason, 'Futile');
});

const watched = suite('an experiment that only watches');

watched('ends with what it proved', () => {
  const good = tallied({ 'error-rate': { default: rate(1, 300) } });
  const { status } = after(watching({ iterations: 2 }), good, good);
  assert.is(status!.outcome?.reason, 'ConformanceMet');
});

watched('ends at once where a limit is proved to be broken', () => {
  const bad = tallied({ 'error-rate': { default: rate(100, 300) } });
  const { status } = after(watching(), bad);
  assert.is(status!.outcome?.reason, 'ConformanceViolated');
});

const state = suite('what is remembered of all looks');

state('begins with its format and the number of looks', () => {
  assert.match(stateOf(after(proving(), GOOD)), /^\[1,5,/);
});

state('leads to the same plan from the same input, to the last bit', () => {
  const rewards = [{ metric: 'conversion', preferredDirection: 'High' } as const];
  const versions = ['default', 'one', 'two'];
  const conversion = { default: rate(50, 900), one: rate(60, 900), two: rate(70, 900) };
  const before = after(proving({ versions, rewards }), tallied({ conversion }));
  const [one, other] = [0, 1].map(() => lookAt(before, { tallies: tallied({ conversion }) }));
  assert.is(JSON.stringify(one), JSON.stringify(other));
  const again = lookAt(stored(before), { tallies: tallied({ conversion }) });
  assert.is(JSON.stringify(again), JSON.stringify(one));
});

for (const text of ['', 'nonsense', '[2,5,0,[],[],[]]', '{}']) {
  state(`that cannot be read begins anew with half of the error budget: "${text}"`, () => {
    const before = after(proving(), GOOD);
    const broken = having(before, { analysis: { ...before.status!.analysis, state: text } });
    const { objectives, horizon } = knownIn(after(broken, GOOD));
    assert.is(objectives[0]!.share, 0.5);
    assert.is(objectives[0]!.records[1]![0]!.samples, 200);
    assert.is(horizon, 5);
  });
}

state('is not touched by a look that does not count', () => {
  const before = after(proving(), GOOD);
  const error = { kind: 'Error', reason: 'Timeout', message: 'no' } as const;
  const tallies = tallied({ 'error-rate': { default: rate(0, 9), canary: error } });
  const plan = lookAt(before, { tallies });
  assert.is(stateOf(plan), stateOf(before));
  assert.is(plan.status.countedUntil, before.status!.countedUntil);
});

state('is kept over more looks than anybody plans', () => {
  const good = tallied({ 'error-rate': { default: rate(0, 10) } });
  const long = after(watching({ iterations: 2000 }), ...times(1100, good));
  assert.is(told(long, 'default').samples, 11_000);
  assert.is(knownIn(long, 1).objectives[0]!.share, 1);
});

const ramp = suite('the requests that a candidate may have');

ramp('are 112 at first, and more with each look that goes well', () => {
  const first = after(proving({ iterations: 9 }), errors([0, 9990], [0, 10]));
  assert.is(knownIn(first).budget, 112);
  // Nothing came to the candidate with its first percent: it must get more to be known at all.
  assert.is(knownIn(after(proving(), errors([0, 30], [0, 0]))).budget, 112);
  assert.is(knownIn(after(first, errors([0, 9990], [0, 100]))).budget, 224);
});

ramp('grow slowly where it is doubtful whether all is well', () => {
  const first = after(proving({ iterations: 9 }), errors([0, 9990], [1, 10]));
  assert.is(knownIn(after(first, errors([0, 9990], [9, 90]))).budget, 140);
});

ramp('do not grow while nothing is counted', () => {
  const idle = after(proving({ iterations: 30 }), ...times(6, errors([0, 0], [0, 0])));
  const busy = after(idle, errors([0, 99_000], [0, 1000]));
  assert.is(knownIn(busy).budget, 112);
  assert.equal(weightsIn(busy), [99, 1]);
});

const errorsMade = suite('decisions by proof');

errorsMade('seldom promote a version that just breaks its limit', () => {
  assert.ok(promoted(0.0201, 120) <= 0.07 * 120);
});

errorsMade('promote most versions with half as many errors as they may have', () => {
  assert.ok(promoted(0.01, 60) >= 0.9 * 60);
});

/** How many of some runs with a true error-rate promote the candidate: 8 looks of 400 requests. */
function promoted(errorRate: number, runs: number): number {
  const random = randomFrom(`runs ${errorRate}`);
  const outcomes = Array.from({ length: runs }, () => {
    let experiment = proving({ iterations: 8 });
    while (experiment.status!.stage === 'Running') {
      const tallies = errors([8, 1600], [binomial(random, 400, errorRate), 400]);
      experiment = after(experiment, tallies);
    }
    return experiment.status!.outcome?.decision;
  });
  return outcomes.filter((decision) => decision === 'Promote').length;
}

for (const tests of [timing, gate, futility, watched, state, ramp, errorsMade]) tests.run();
