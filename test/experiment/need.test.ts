import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { edgeWarning } from '../../functions/lib/experiment/need.ts';
import { provableObjectives } from '../../functions/lib/experiment/objectiveProof.ts';
import type { Condition, Objective } from '../../functions/lib/types/experiment.gen.ts';
import { conditionOf, following, reasons, settings } from '../fixtures.ts';
import {
  after,
  beginning,
  ERROR_RATE,
  EDGES,
  errors,
  fastAndSlow,
  LATENCY,
  lookAt,
  NOTHING,
  proving,
  tallied,
  UNREADABLE,
  watching,
} from './proven.ts';

const start = suite('what a proof needs, told at the start');

function needed(given: Parameters<typeof beginning>[0]): Condition | undefined {
  return conditionOf(beginning(given), 'Decidable');
}

start('is not known to come, and is in an event besides', () => {
  const plan = beginning();
  const decidable = conditionOf(plan, 'Decidable')!;
  assert.is(decidable.status, 'Unknown');
  assert.is(decidable.reason, 'NotCountedYet');
  assert.is(
    decidable.message,
    'to prove that a candidate keeps its limits, requests of its own are needed, if it has half as many bad ones as it may have: error-rate about 1,300; whether so many are to be expected is known after the first look',
  );
  assert.equal(reasons(plan), ['StageAdvanced', 'NotCountedYet']);
});

start('is told of each objective: for 5 % of slow requests 510', () => {
  const { message } = needed({ objectives: [ERROR_RATE, LATENCY] })!;
  assert.match(message!, 'error-rate about 1,300, latency about 510;');
});

start('is more where a decision may come early, and with more confidence', () => {
  assert.match(needed({ strength: { decide: 'Early' } })!.message!, 'about 1,600');
  assert.match(needed({ strength: { confidence: '0.99' } })!.message!, 'about 2,000');
});

start('is of the baseline where only that is watched', () => {
  const { status } = watching();
  assert.match(conditionOf({ status: status! }, 'Decidable')!.message!, 'prove that default keeps');
});

start('is not told where nothing can be proved, and where nothing is to be', () => {
  assert.is(needed({ objectives: [{ metric: 'revenue', upperLimit: 3 }] }), undefined);
  assert.is(needed({ objectives: [{ metric: 'error-rate' }] }), undefined);
  assert.is(needed({ strength: { method: 'Observed' } }), undefined);
});

const look = suite('whether enough requests are to be expected');

look('is true where as many come as a proof needs', () => {
  const decidable = conditionOf(
    lookAt(proving(), { tallies: errors([4, 990], [0, 10]) }),
    'Decidable',
  )!;
  assert.is(decidable.status, 'True');
  assert.is(decidable.reason, 'EnoughTraffic');
  assert.is(
    decidable.message,
    'error-rate: canary can have about 3,500 requests until the end in 80 seconds; with half as many bad ones as the limit allows a proof needs about 1,300',
  );
});

look('is false where they do not, which is a warning once', () => {
  const few = errors([0, 99], [0, 1]);
  const plan = lookAt(proving(), { tallies: few });
  const decidable = conditionOf(plan, 'Decidable')!;
  assert.is(decidable.status, 'False');
  assert.is(decidable.reason, 'TooLittleTraffic');
  assert.match(decidable.message!, 'about 350 requests until the end');
  assert.match(decidable.message!, /most likely end undecided; give it more time or more traffic$/);
  assert.ok(reasons(plan).includes('TooLittleTraffic'));
  const next = lookAt(following(proving(), plan), { tallies: few });
  assert.not(reasons(next).includes('TooLittleTraffic'));
});

look('comes to be true when traffic comes', () => {
  const before = after(proving(), errors([0, 99], [0, 1]));
  const plan = lookAt(before, { tallies: errors([0, 9000], [0, 900]) });
  assert.is(conditionOf(plan, 'Decidable')!.status, 'True');
});

look('is decided by the objective that lacks most', () => {
  const experiment = proving({ objectives: [LATENCY, ERROR_RATE] });
  const latency = { default: fastAndSlow(490, 0), canary: fastAndSlow(10, 0) };
  const plan = lookAt(experiment, {
    tallies: { ...tallied({ latency }), ...errors([0, 290], [0, 10]) },
  });
  assert.match(
    conditionOf(plan, 'Decidable')!.message!,
    /^error-rate: .* most likely end undecided/,
  );
});

look('is not told before anything was counted', () => {
  const unknown = conditionOf(proving(), 'Decidable');
  for (const tallies of [{}, tallied({ 'error-rate': { default: NOTHING, canary: NOTHING } })]) {
    assert.equal(conditionOf(lookAt(proving(), { tallies }), 'Decidable'), unknown);
  }
});

look('is not told by a first look that does not count, because something could not be read', () => {
  const experiment = proving({ objectives: [ERROR_RATE, LATENCY], iterations: 100 });
  const latency = { default: UNREADABLE, canary: UNREADABLE };
  const tallies = { ...errors([0, 99_000], [0, 1000]), ...tallied({ latency }) };
  const plan = lookAt(experiment, { tallies });
  assert.is(conditionOf(plan, 'Decidable')!.reason, 'NotCountedYet');
});

const edges = suite('a limit between the edges of a histogram');

function warning(objective: Objective): string | undefined {
  const [subject] = provableObjectives(proving({ objectives: [objective] }), settings);
  return edgeWarning(subject!, EDGES);
}

edges('is told of, with the edges that count for it', () => {
  assert.is(
    warning({ metric: 'latency', upperLimit: 300 }),
    'latency: the histogram has no edge at the limit 300, so that the limit is proved to be kept at 250 and to be broken at 500; take one of these as the limit',
  );
});

edges('is the other way round where the limit is a lower one', () => {
  assert.match(
    warning({ metric: 'latency', lowerLimit: 300 })!,
    'proved to be kept at 500 and to be broken at 250',
  );
});

edges('is told of where one side has no edge at all', () => {
  assert.match(warning({ metric: 'latency', upperLimit: 50 })!, 'kept at no edge: never');
  assert.match(warning({ metric: 'latency', upperLimit: 900 })!, 'broken at no edge: never');
});

edges('is nothing where there is an edge, or no quantile', () => {
  assert.is(warning(LATENCY), undefined);
  assert.is(warning(ERROR_RATE), undefined);
  assert.is(warning({ metric: 'latency' }), undefined);
});

edges('is told of once, at the first look that has a histogram', () => {
  const experiment = proving({ objectives: [{ metric: 'latency', upperLimit: 300 }] });
  const none = tallied({ latency: { default: NOTHING, canary: NOTHING } });
  const some = tallied({ latency: { default: fastAndSlow(99, 1), canary: fastAndSlow(99, 1) } });
  const told = [none, some, some].map((tallies, index) => {
    const before = after(experiment, ...[none, some].slice(0, index));
    return reasons(lookAt(before, { tallies })).includes('LimitBetweenEdges');
  });
  assert.equal(told, [false, true, false]);
});

for (const tests of [start, look, edges]) tests.run();
