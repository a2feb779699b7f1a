import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { goalsOf, progressOf, versionsOf } from '../../../sandbox/view/facts.ts';
import { experimentOf, having } from '../../fixtures.ts';
import { EXPERIMENTS } from './snapshots.ts';

const facts = suite('the facts of an experiment');

facts('are its versions with their revisions and traffic', () => {
  assert.equal(versionsOf(EXPERIMENTS['in the middle']!), [
    {
      name: 'default',
      role: 'baseline',
      revision: 'sklearn-iris-predictor-00001',
      weight: 29,
    },
    { name: 'canary', role: 'candidate', revision: 'sklearn-iris-predictor-00002', weight: 71 },
  ]);
  assert.equal(versionsOf(experimentOf({ spec: { versionInfo: undefined } })), []);
});

facts('are its objectives with limits in the units of their metrics', () => {
  const goals = goalsOf(EXPERIMENTS.violated!);
  assert.equal(goals, [
    {
      metric: 'mean-latency',
      limit: 'max 50 ms',
      results: [
        { state: 'met', value: '12.3 ms' },
        { state: 'met', value: '14.1 ms' },
      ],
    },
    {
      metric: 'error-rate',
      limit: 'max 0.02',
      results: [
        { state: 'met', value: '0' },
        { state: 'violated', value: '0.312' },
      ],
    },
  ]);
});

facts('tell no data, no answer and not yet measured apart', () => {
  const states = (name: string): string[] =>
    goalsOf(EXPERIMENTS[name]!).flatMap(({ results }) => results.map(({ state }) => state));
  assert.equal(states('without data'), ['no data', 'no data', 'no answer', 'no data']);
  assert.equal(new Set(states('begun')), new Set(['not measured']));
});

facts('are limits on either side', () => {
  const objectives = [{ metric: 'm', lowerLimit: 1, upperLimit: '2k' }, { metric: 'n' }];
  const limits = goalsOf(experimentOf({ spec: { criteria: { objectives } } })).map(
    ({ limit }) => limit,
  );
  assert.equal(limits, ['min 1, max 2,000', 'no limit']);
});

const running = EXPERIMENTS['in the middle']!;
const nextMs = Date.parse(running.status!.nextIterationTime!);

facts('are how far the iterations are and the time that the others take', () => {
  assert.equal(progressOf(running, nextMs - 5000), {
    done: 7,
    planned: 15,
    share: 7.75 / 15,
    leftMs: 5000 + 7 * 20_000,
  });
  assert.equal(progressOf(running, nextMs + 60_000).leftMs, 7 * 20_000);
  assert.equal(progressOf(running, nextMs - 60_000).share, 7 / 15);
});

facts('go by the interval in effect, which may be longer than the one of the spec', () => {
  const started = Date.parse(running.status!.startTime!);
  const nextIterationTime = new Date(started + 8 * 30_000).toISOString();
  const slow = having(running, { nextIterationTime });
  assert.is(progressOf(slow, Date.parse(nextIterationTime)).leftMs, 7 * 30_000);
});

facts('know no time left before the first iteration and after the last', () => {
  for (const name of ['waiting', 'recorded', 'promoting', 'promoted']) {
    assert.is(progressOf(EXPERIMENTS[name]!, nextMs).leftMs, undefined, name);
  }
  assert.is(progressOf(EXPERIMENTS.promoted!, nextMs).share, 1);
});

facts.run();
