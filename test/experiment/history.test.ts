import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withPoint } from '../../functions/lib/experiment/history.ts';
import type {
  Evidence,
  ExperimentStatus,
  HistoryPoint,
} from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  CONFORMANCE,
  iterate,
  iterated,
  iteratedTimes,
  latency,
  measured,
  running,
  strategyOf,
} from '../fixtures.ts';
import { edited, freezeRules, frozenUntil, lookedAt, seenAt } from './people.ts';

const LONG = { duration: { intervalSeconds: 20, iterationsPerLoop: 1000, maxLoops: 1 } };

const points = suite('status.history');

points('has one point for each iteration: number, time, weights from then on, estimates', () => {
  const { history } = iteratedTimes(running(), 2).status!;
  const values = ['50', '60'];
  assert.equal(history, [
    {
      ...{ iteration: 1, time: at(25).toISOString(), weights: [89, 11] },
      estimates: [{ metric: 'team/latency', values }],
    },
    {
      ...{ iteration: 2, time: at(45).toISOString(), weights: [79, 21] },
      estimates: [{ metric: 'team/latency', values }],
    },
  ]);
});

points('ends with the weights that are in force at the end', () => {
  for (const [measurements, weights] of [
    [latency(50, 60), [0, 100]],
    [latency(50, 160), [100, 0]],
  ] as const) {
    const { history } = iteratedTimes(running(), 15, { measurements }).status!;
    assert.is(history!.length, 15);
    assert.equal(history!.at(-1)!.weights, weights);
  }
});

points('has no point for a look that does not count', () => {
  const error = { measurements: latency('error', 60) };
  assert.is(iterated(running(), [error]).status!.history, undefined);
  const frozen = running({ spec: { strategy: strategyOf({ freeze: freezeRules('Experiment') }) } });
  const once = lookedAt(frozen, [25, 45], { freeze: frozenUntil(50) });
  assert.is(once.status!.history, undefined);
  assert.is(lookedAt(once, [65]).status!.history!.length, 1);
});

points('has none for a look at the target alone, nor for an end by a person', () => {
  const before = iterated(running(), [{}]);
  const { history } = before.status!;
  assert.equal(lookedAt(before, [30]).status!.history, history);
  assert.equal(seenAt(edited(before, { verdict: 'Promote' }), 30).status.history, history);
});

points('has four digits of each estimate, and nothing where there was no value', () => {
  const estimatesOf = (measurements: ReturnType<typeof latency>): unknown =>
    iterate(running(), { measurements }).status.history![0]!.estimates![0]!.values;
  assert.equal(estimatesOf(latency(148.0405378, 1e-7 / 3)), ['148', '3.333e-8']);
  assert.equal(estimatesOf(latency(123456789, 'none')), ['123500000', '']);
});

points('has each metric once, however many objectives it has', () => {
  const objectives = [
    { metric: 'latency', upperLimit: 100 },
    { metric: 'latency', lowerLimit: 1 },
  ];
  const [point] = iterate(running({ spec: { criteria: { objectives } } })).status.history!;
  assert.equal(point!.estimates, [{ metric: 'team/latency', values: ['50', '60'] }]);
});

points(
  'has neither weights nor a candidate with Conformance, and no estimates without objectives',
  () => {
    const measurements = measured({ latency: { default: 50 } });
    const [watched] = iterate(running({ spec: CONFORMANCE }), { measurements }).status.history!;
    assert.equal(watched!.weights, []);
    assert.equal(watched!.estimates, [{ metric: 'team/latency', values: ['50'] }]);
    const bare = running({ spec: { criteria: undefined } });
    assert.is(iterate(bare, { measurements: {} }).status.history![0]!.estimates, undefined);
  },
);

const thinned = suite('a long history');

/** What many iterations leave of it. */
function grown(iterations: number, evidence: readonly Evidence[] = []): HistoryPoint[] {
  let status: ExperimentStatus = running({ spec: LONG }).status!;
  for (let iteration = 1; iteration <= iterations; iteration++) {
    status = { ...status, completedIterations: iteration };
    status = { ...status, history: withPoint(status, evidence, at(20 * iteration)) };
    assert.ok(status.history!.length <= 120, `${status.history!.length} points`);
    assert.ok(JSON.stringify(status.history).length <= 8 * 1024);
  }
  return status.history!;
}

thinned('has no more than 120 points, the first and the last always', () => {
  for (const iterations of [119, 120, 121, 122, 500, 3000]) {
    const numbers = grown(iterations).map(({ iteration }) => iteration);
    assert.is(numbers[0], 1);
    assert.is(numbers.at(-1), iterations);
    assert.equal(
      numbers,
      numbers.toSorted((one, other) => one - other),
    );
  }
});

thinned('has its latest points whole, and the older ones the further apart the older', () => {
  const numbers = grown(3000).map(({ iteration }) => iteration);
  assert.ok(numbers.length > 60);
  const gaps = numbers.slice(1).map((number, index) => number - numbers[index]!);
  assert.equal([...new Set(gaps.slice(-50))], [1]);
  const half = Math.floor(gaps.length / 2);
  const mean = (some: readonly number[]): number =>
    some.reduce((sum, gap) => sum + gap, 0) / some.length;
  assert.ok(mean(gaps.slice(0, half)) > 10 * mean(gaps.slice(half)));
});

/** So many metrics with the longest names there are. */
function many(metrics: number): Evidence[] {
  return Array.from({ length: metrics }, (_, index) => ({
    version: 'canary',
    metric: `${'n'.repeat(63)}/${String(index).padStart(253, 'm')}`,
    role: 'Objective',
    objective: index,
    estimate: '-1.2345678e-100',
    verdict: 'Satisfied',
    message: '',
  }));
}

thinned('has no more than 8 KiB, also with 32 metrics of the longest names', () => {
  for (const metrics of [1, 8, 32]) {
    const history = grown(200, many(metrics));
    assert.is(history.at(-1)!.iteration, 200);
    assert.is(history[0]!.iteration, 1);
    assert.ok(history.length >= 2, `${metrics} metrics: ${history.length} points`);
  }
});

points.run();
thinned.run();
