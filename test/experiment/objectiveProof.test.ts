import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, type Knowledge } from '../../functions/lib/analysis/knowledge.ts';
import {
  isProvable,
  provableObjectives,
  type ProvableObjective,
} from '../../functions/lib/experiment/objectiveProof.ts';
import type { Experiment, Objective } from '../../functions/lib/types/experiment.gen.ts';
import { conditionOf, following, having, observed, reasons, settings } from '../fixtures.ts';
import { edited } from './people.ts';
import {
  after,
  ERROR_RATE,
  errors,
  histogram,
  LATENCY,
  lookAt,
  mean,
  NOTHING,
  proving,
  rate,
  tallied,
  times,
  told,
  weightsIn,
} from './proven.ts';

function knownIn({ status }: Pick<Experiment, 'status'>, versions = 2): Knowledge {
  return decode(status!.analysis!.state, versions)!;
}

/** The same experiment once its objectives were edited. */
function withObjectives(experiment: Experiment, objectives: Objective[]): Experiment {
  return edited(experiment, { criteria: { ...experiment.spec.criteria!, objectives } });
}

const provable = suite('the objectives that are to be proved');

function subjectsOf(objectives: Objective[]): ProvableObjective[] {
  return provableObjectives(proving({ objectives }), settings);
}

provable('keep their position, and have their metric and limits for a key', () => {
  const observedOne = { ...ERROR_RATE, method: 'Observed' } as const;
  const [subject, ...others] = subjectsOf([observedOne, { ...LATENCY, lowerLimit: '10m' }]);
  assert.equal(others, []);
  assert.is(subject!.index, 1);
  assert.is(subject!.key, 'team/latency 10m..250');
  assert.is(subject!.units, 'ms');
  assert.is(subject!.questions.length, 2);
});

provable('are all but means of which single values may be of any size', () => {
  const subjects = subjectsOf([
    ERROR_RATE,
    { metric: 'size', upperLimit: 300 },
    { metric: 'revenue', upperLimit: 300 },
  ]);
  assert.equal(subjects.map(isProvable), [true, true, false]);
});

const knowledge = suite('what is known of an objective');

knowledge('grows with what is counted for each version', () => {
  const experiment = after(proving(), errors([1, 100], [2, 50]), errors([3, 200], [4, 60]));
  const [objective] = knownIn(experiment).objectives;
  assert.equal(
    objective!.records.map(([record]) => [record!.most, record!.samples, record!.batches]),
    [
      [4, 300, 2],
      [6, 110, 2],
    ],
  );
  assert.is(objective!.share, 1);
});

knowledge('does not change for a version without data, or that was left out', () => {
  const experiment = after(
    proving({ iterations: 1000 }),
    errors([1, 100], [2, 50]),
    tallied({ 'error-rate': { default: rate(1, 100), canary: NOTHING } }),
    tallied({ 'error-rate': { default: rate(1, 100) } }),
    {},
  );
  const [own] = knownIn(experiment).objectives[0]!.records[1]!;
  assert.is(own!.samples, 50);
});

knowledge('has of histograms the edges that all of them have', () => {
  const experiment = after(
    proving({ objectives: [LATENCY] }),
    tallied({
      latency: {
        default: histogram([3, 4, 5, 6], [100, 250, 500]),
        canary: histogram([1, 2, 3, 4], [100, 200, 250]),
      },
    }),
  );
  const [{ edges, buckets }] = knownIn(experiment).objectives as [Knowledge['objectives'][0]];
  assert.equal(edges, [100, 250]);
  assert.equal(buckets, [
    [3, 4, 11],
    [1, 5, 4],
  ]);
});

knowledge('has no value, but proofs all the same, where histograms have no edge in common', () => {
  const latency = {
    default: histogram([50, 5], [300]),
    canary: histogram([50, 50, 500], [200, 250]),
  };
  for (const tallies of [
    tallied({ latency }),
    tallied({ latency: { default: histogram([5], []), canary: histogram([600], []) } }),
  ]) {
    const plan = lookAt(proving({ objectives: [LATENCY] }), { tallies });
    const { estimate, lower, upper, samples } = told(plan, 'canary', 'latency');
    assert.equal([estimate, lower, upper, samples], [undefined, undefined, undefined, 600]);
  }
  const plan = lookAt(proving({ objectives: [LATENCY] }), { tallies: tallied({ latency }) });
  assert.is(told(plan, 'canary', 'latency').verdict, 'Violated');
});

const edits = suite('an edit of limits');
const STRICTER = { ...ERROR_RATE, upperLimit: '0.01' };
const GOOD = errors([1, 1000], [0, 100]);

edits('restarts the evidence of that objective with half of its error budget', () => {
  const before = after(proving(), GOOD);
  const [objective] = knownIn(after(withObjectives(before, [STRICTER]), GOOD)).objectives;
  assert.is(objective!.share, 0.5);
  assert.is(objective!.records[1]![0]!.samples, 100);
});

edits('again and again halves it again, also where the limit is what it was', () => {
  const once = after(withObjectives(after(proving(), GOOD), [STRICTER]), GOOD);
  const back = after(withObjectives(once, [ERROR_RATE]), GOOD);
  assert.is(knownIn(back).objectives[0]!.share, 0.25);
  assert.is(knownIn(back).objectives[0]!.records[1]![0]!.samples, 100);
});

edits('leaves other objectives as they were', () => {
  const latency = { default: histogram([9, 0, 0, 0, 0]), canary: histogram([9, 0, 0, 0, 0]) };
  const both = { ...GOOD, ...tallied({ latency }) };
  const before = after(proving({ objectives: [ERROR_RATE, LATENCY] }), both);
  const next = after(withObjectives(before, [STRICTER, LATENCY]), both);
  const [first, second] = knownIn(next).objectives;
  assert.equal([first!.share, second!.share], [0.5, 1]);
  assert.is(second!.records[1]![0]!.samples, 18);
});

edits('that is written otherwise, but not in another order, is another', () => {
  const latency = { default: histogram([9, 0, 0, 0, 0]), canary: histogram([9, 0, 0, 0, 0]) };
  const both = { ...GOOD, ...tallied({ latency }) };
  const before = after(proving({ objectives: [ERROR_RATE, LATENCY] }), both);
  const swapped = after(withObjectives(before, [LATENCY, ERROR_RATE]), both);
  assert.equal(
    knownIn(swapped).objectives.map(({ share }) => share),
    [1, 1],
  );
});

edits('leaves the number of looks that the evidence is made for', () => {
  const before = after(proving(), GOOD);
  const longer = edited(before, {
    duration: { intervalSeconds: 20, iterationsPerLoop: 50, maxLoops: 1 },
  });
  assert.is(knownIn(before).horizon, 5);
  assert.is(knownIn(after(longer, GOOD)).horizon, 5);
});

const excused = suite('a look in which the baseline is as bad');
const SHARED = errors([300, 900], [40, 100]);

excused('holds nothing against the candidate', () => {
  const experiment = after(proving(), SHARED);
  const evidence = told(experiment);
  assert.is(evidence.verdict, 'Undecided');
  assert.is(evidence.reason, 'BothViolate');
  assert.equal(knownIn(experiment).objectives[0]!.records[1]![0]!.excused, {
    samples: 100,
    least: 40,
  });
  assert.is(experiment.status!.stage, 'Running');
});

excused('holds the weights, and is told once', () => {
  const before = after(proving(), GOOD);
  const plan = lookAt(before, { tallies: SHARED });
  assert.equal(weightsIn(plan), weightsIn(before));
  assert.is(conditionOf(plan, 'Progressing')!.reason, 'BothViolate');
  assert.match(conditionOf(plan, 'Progressing')!.message!, 'proves nothing about the candidate');
  assert.ok(reasons(plan).includes('BothViolate'));
  const next = lookAt(following(before, plan), { tallies: SHARED });
  assert.not(reasons(next).includes('BothViolate'));
});

excused('is over with it: the weights rise again', () => {
  const before = after(proving({ iterations: 30 }), SHARED, GOOD, GOOD);
  const plan = lookAt(before, { tallies: errors([0, 2000], [0, 200]) });
  assert.is(conditionOf(plan, 'Progressing')!.reason, 'IterationUpdate');
  assert.ok(weightsIn(plan)[1]! > 1);
});

excused('is none where the baseline is only a little over the limit by chance', () => {
  const plan = lookAt(proving(), { tallies: errors([3, 100], [40, 100]) });
  assert.is(told(plan).verdict, 'Violated');
});

excused('does not make up for what the candidate did alone', () => {
  const experiment = proving({ iterations: 30 });
  const plan = lookAt(after(experiment, SHARED), { tallies: errors([2, 900], [40, 100]) });
  assert.is(told(plan).verdict, 'Violated');
  assert.equal(
    [told(plan, 'default').verdict, told(plan, 'default').reason],
    ['Violated', 'ProvedEarlier'],
  );
  assert.is(plan.status.outcome?.decision, 'Rollback');
});

const verdicts = suite('the verdict on a version');

verdicts('is Violated only by proof: a bad value alone decides nothing', () => {
  const evidence = told(after(proving({ iterations: 30 }), errors([0, 1000], [1, 12])));
  assert.is(evidence.estimate, String(1 / 12));
  assert.is(evidence.verdict, 'Undecided');
  assert.is(evidence.reason, 'NotProved');
});

verdicts('is Violated by evidence of 1 / alpha, whatever the look', () => {
  const { status } = lookAt(proving(), { tallies: errors([0, 1000], [8, 60]) });
  assert.is(told({ status }).verdict, 'Violated');
  assert.is(told({ status }).reason, 'Proven');
  assert.is(status.outcome?.reason, 'ObjectiveViolated');
  assert.match(status.outcome!.message, 'error-rate: 8 of 60 (13 %); at least 3.');
});

verdicts('is of a mean decided by its bounds', () => {
  const experiment = proving({ objectives: [{ metric: 'size', upperLimit: 300 }] });
  const size = { default: mean(500, 50_000, 1e7), canary: mean(500, 300_000, 2e8) };
  const plan = lookAt(experiment, { tallies: tallied({ size }) });
  assert.is(told(plan, 'canary', 'size').verdict, 'Violated');
});

verdicts('is never decided of a mean without a highest value', () => {
  const experiment = proving({ objectives: [{ metric: 'revenue', upperLimit: 300 }] });
  const revenue = { default: mean(500, 50_000, 1e7), canary: mean(500, 5e6, 1e12) };
  const ended = after(experiment, ...times(5, tallied({ revenue })));
  const { verdict, reason, message } = told(ended, 'canary', 'revenue');
  assert.equal([verdict, reason], ['Undecided', 'NotProvable']);
  assert.match(message, 'give the Metric spec.evidence.highest, judge by a quantile');
  assert.is(ended.status!.outcome?.reason, 'Undecided');
});

verdicts('is Satisfied where no value could break a limit', () => {
  const objectives = [{ metric: 'error-rate', lowerLimit: 0 }];
  const ended = after(proving({ objectives, iterations: 1 }), errors([9, 10], [9, 10]));
  assert.is(told(ended).reason, 'NoLimit');
  assert.is(ended.status!.outcome?.reason, 'CandidateWon');
});

verdicts('counts in a look that is not the first what came before it', () => {
  const bits = after(proving(), ...times(4, errors([0, 900], [0, 40])));
  const plan = lookAt(bits, { tallies: errors([0, 900], [0, 40]) });
  assert.is(told(plan).verdict, 'Satisfied');
  assert.is(plan.status.outcome?.decision, 'Promote');
  assert.is(told(lookAt(bits, { tallies: errors([0, 900], [4, 40]) })).verdict, 'Undecided');
});

verdicts('does not count a look whose target has other weights twice', () => {
  const experiment = proving();
  const target = observed([
    { name: 'default', value: 50 },
    { name: 'canary', value: 50 },
  ]);
  const plan = lookAt(experiment, { tallies: GOOD, target });
  assert.equal(weightsIn(plan), weightsIn(experiment));
  assert.is(plan.status.countedUntil, plan.status.evaluationTime);
  assert.ok(having(experiment, plan.status).status!.analysis!.state);
});

for (const tests of [provable, knowledge, edits, excused, verdicts]) tests.run();
