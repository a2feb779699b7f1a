import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  conditionOf,
  following,
  having,
  iterate,
  iterated,
  iteratedTimes,
  latency,
  measured,
  observed,
  reasons,
  running,
  shares,
  strategyOf,
  type Look,
} from '../fixtures.ts';

/** The candidate's weights that follow each other while every iteration sees the same. */
function walk(experiment: Experiment, times: number, look: Look = {}): (number | undefined)[] {
  return Array.from({ length: times + 1 }, (_, count) =>
    candidateWeight(iteratedTimes(experiment, count, look)),
  );
}

const traffic = suite('the weights of an iteration');

traffic('begin with 1 %, grow by the increment and stop at 95 %', () => {
  assert.equal(walk(running(), 12), [1, 11, 21, 31, 41, 51, 61, 71, 81, 91, 95, 95, 95]);
});

traffic('keep within maxCandidateWeight and maxCandidateWeightIncrement', () => {
  const weights = { maxCandidateWeight: 30, maxCandidateWeightIncrement: 12 };
  const careful = running({ spec: { strategy: strategyOf({ weights }) } });
  assert.equal(walk(careful, 4), [1, 13, 25, 30, 30]);
});

traffic('fall to the exploration share once the candidate alone violates an objective', () => {
  const grown = iteratedTimes(running(), 5);
  const fallen = iterated(grown, [{ measurements: latency(50, 160) }]);
  assert.is(candidateWeight(grown), 51);
  assert.is(candidateWeight(fallen), 5);
});

traffic('fall for a violation also where another objective has no value', () => {
  const objectives = [
    { metric: 'latency', upperLimit: 100 },
    { metric: 'errors', upperLimit: 5 },
  ];
  const grown = having(running({ spec: { criteria: { objectives } } }), {
    currentWeightDistribution: shares(49, 51),
  });
  for (const other of ['error', 'none'] as const) {
    const measurements = measured({
      latency: { default: 50, canary: 160 },
      errors: { default: 1, canary: other },
    });
    assert.is(candidateWeight(iterate(grown, { measurements })), 5);
  }
});

traffic('grow again after a violation that asks for no rollback, and never by one', () => {
  const bad = { measurements: latency(50, 160) };
  assert.is(candidateWeight(iterated(running(), [bad])), 1);
  assert.is(candidateWeight(iterated(running(), [bad, {}, {}])), 21);
});

traffic('follow the candidate alone: it may win while the baseline violates', () => {
  assert.equal(walk(running(), 2, { measurements: latency(160, 60) }), [1, 11, 21]);
});

for (const reading of ['none', 'nan'] as const) {
  traffic(`never fall where the candidate's value is ${reading}`, () => {
    const grown = iteratedTimes(running(), 5);
    const measurements = latency(reading, reading);
    assert.equal(walk(grown, 3, { measurements }), [51, 51, 51, 51]);
  });

  traffic(
    `grow to the exploration share, no further, where no value ever came (${reading})`,
    () => {
      assert.equal(walk(running(), 3, { measurements: latency(reading, reading) }), [1, 5, 5, 5]);
    },
  );
}

traffic('are held while the metrics backend fails', () => {
  const grown = iteratedTimes(running(), 5);
  assert.equal(walk(grown, 3, { measurements: latency('error', 'error') }), [51, 51, 51, 51]);
  assert.equal(walk(running(), 2, { measurements: latency(50, 'error') }), [1, 1, 1]);
});

traffic('are held while the target cannot be seen, but may fall', () => {
  const grown = iteratedTimes(running(), 5);
  const target = { kind: 'Error', reason: 'TargetForbidden', message: 'may not' } as const;
  assert.is(candidateWeight(iterated(grown, [{ target }])), 51);
  assert.is(candidateWeight(iterated(grown, [{ target, measurements: latency(50, 160) }])), 5);
});

traffic('are held while the target does not have those of before, but may fall', () => {
  const grown = iteratedTimes(running(), 5);
  const target = observed(shares(99, 1));
  assert.is(candidateWeight(iterated(grown, [{ target }])), 51);
  assert.is(candidateWeight(iterated(grown, [{ target, measurements: latency(50, 160) }])), 5);
});

traffic('do not grow while the candidate is not ready, but may fall', () => {
  const grown = iteratedTimes(running(), 5);
  const target = observed(grown.status!.currentWeightDistribution!, { notReady: 'crash' });
  assert.is(candidateWeight(iterated(grown, [{ target }])), 51);
  assert.is(candidateWeight(iterated(grown, [{ target, measurements: latency(50, 160) }])), 5);
});

for (const split of [
  [70, 30],
  [1, 99],
  [100, 0],
]) {
  traffic(`of FixedSplit ${split.join('/')} never change, whatever is seen`, () => {
    const strategy = strategyOf({ deploymentPattern: 'FixedSplit', weights: { split } });
    const looks = [latency(50, 60), latency(50, 160), latency(160, 160), latency('none', 'error')];
    const seen = looks.map((measurements) => ({ measurements }));
    const after = iterated(running({ spec: { strategy } }), seen);
    assert.equal(after.status!.currentWeightDistribution, shares(split[0]!, split[1]!));
  });
}

const counted = suite('the account of an iteration');

counted('counts it and stamps its times and the generation that it went by', () => {
  const before = having(running({ metadata: { generation: 7 } }), { completedIterations: 3 });
  const { status } = iterate(before, { now: at(99) });
  assert.is(status.completedIterations, 4);
  assert.is(status.lastUpdateTime, at(99).toISOString());
  assert.is(status.evaluationTime, at(0).toISOString());
  assert.is(status.observedGeneration, 7);
  assert.is(status.stage, 'Running');
  assert.is(status.message, 'IterationUpdate: Completed Iteration 4');
});

counted('keeps the stage, its start and the conditions that did not change', () => {
  const before = running();
  const { status } = iterate(before);
  assert.is(status.stageStartTime, before.status!.stageStartTime);
  for (const type of ['Completed', 'Failed', 'Ready', 'Progressing', 'TargetAcquired']) {
    assert.is(
      conditionOf({ status }, type)?.lastTransitionTime,
      conditionOf(before, type)?.lastTransitionTime,
      type,
    );
  }
});

counted('recommends the winner, and the baseline while there is none', () => {
  const recommended = (measurements: Look['measurements']): string | undefined =>
    iterate(running(), { measurements }).status.versionRecommendedForPromotion;
  assert.is(recommended(latency(50, 60)), 'canary');
  assert.is(recommended(latency(50, 160)), 'default');
  assert.is(recommended(latency('none', 'none')), 'default');
});

counted('tells of a change of weights, and of nothing where nothing changed', () => {
  const plan = iterate(running());
  assert.equal(plan.announcements, [
    { type: 'Normal', reason: 'WeightsChanged', message: 'default 89 %, canary 11 %' },
  ]);
  assert.equal(iterate(iteratedTimes(running(), 11)).announcements, []);
});

const worry = suite('the Ready condition of an iteration');

const WORRIES = [
  {
    name: 'a backend that fails',
    reason: 'MetricsUnavailable',
    look: { measurements: latency(50, 'error') },
  },
  {
    name: 'a value that is missing',
    reason: 'NoData',
    look: { measurements: latency(50, 'none') },
  },
  {
    name: 'a candidate that is not ready',
    reason: 'CandidateNotReady',
    look: { target: observed(shares(99, 1), { notReady: 'crash' }) },
  },
  {
    name: 'weights that are not in force',
    reason: 'WeightsNotInForce',
    look: { target: observed(shares(100, 0)) },
  },
  {
    name: 'a target that cannot be seen',
    reason: 'Unseen',
    look: { target: { kind: 'Error', reason: 'Unseen', message: 'no' } as const },
  },
];

for (const { name, reason, look } of WORRIES) {
  worry(`is False for ${name}, with a warning the first time`, () => {
    const before = running();
    const first = iterate(before, look);
    const ready = conditionOf(first, 'Ready')!;
    assert.is(ready.status, 'False');
    assert.is(ready.reason, reason);
    assert.ok(ready.message!.length > 0);
    const warnings = first.announcements.filter(({ type }) => type === 'Warning');
    assert.equal(warnings, [{ type: 'Warning', reason, message: ready.message }]);
    const again = iterate(following(before, first), look);
    assert.not(again.announcements.some(({ type }) => type === 'Warning'));
  });
}

worry('is True again once everything is seen', () => {
  const { status } = iterate(iterated(running(), [{ measurements: latency(50, 'none') }]));
  assert.is(conditionOf({ status }, 'Ready')?.status, 'True');
  assert.is(conditionOf({ status }, 'Ready')?.reason, 'TargetReady');
});

worry('still names the right that is missing while the weights are not in force for it', () => {
  const before = running();
  const lastTransitionTime = at(9).toISOString();
  const known = { status: 'False', reason: 'TargetForbidden', lastTransitionTime } as const;
  const conditions = before.status!.conditions!.map((condition) =>
    condition.type === 'Ready' ? { ...condition, ...known, message: 'grant it' } : condition,
  );
  const plan = iterate(having(before, { conditions }), { target: observed(shares(100, 0)) });
  assert.is(conditionOf(plan, 'Ready')?.reason, 'TargetForbidden');
  assert.is(conditionOf(plan, 'Ready')?.message, 'grant it');
});

const common = suite('an objective that both versions violate');

common('holds the weights and says so once', () => {
  const grown = iteratedTimes(running(), 5);
  const look = { measurements: latency(150, 160) };
  const first = iterate(grown, look);
  assert.is(candidateWeight(first), 51);
  assert.is(conditionOf(first, 'Progressing')?.reason, 'BothViolate');
  assert.equal(reasons(first), ['BothViolate']);
  const second = iterate(following(grown, first), look);
  assert.equal(reasons(second), []);
  assert.is(candidateWeight(second), 51);
});

common('does not excuse a candidate that alone violates another one', () => {
  const objectives = ['latency', 'errors'].map((metric) => ({ metric, upperLimit: 100 }));
  const grown = having(running({ spec: { criteria: { objectives } } }), {
    currentWeightDistribution: shares(49, 51),
  });
  const measurements = measured({
    latency: { default: 150, canary: 160 },
    errors: { default: 1, canary: 160 },
  });
  assert.is(candidateWeight(iterate(grown, { measurements })), 5);
});

common('is forgotten once it is over', () => {
  const before = iterated(running(), [{ measurements: latency(150, 160) }]);
  const plan = iterate(before);
  assert.is(conditionOf(plan, 'Progressing')?.reason, 'IterationUpdate');
  assert.is(candidateWeight(plan), 11);
});

const pure = suite('plan');

pure('gives the same plan for the same input, and another one for other chances', () => {
  // Frozen input, as everywhere here: a change of it would throw.
  const before = iteratedTimes(running(), 4);
  const once = iterate(before, { random: randomFrom('a') });
  assert.equal(iterate(before, { random: randomFrom('a') }), once);
});

for (const tests of [traffic, counted, worry, common, pure]) tests.run();
