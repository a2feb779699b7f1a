import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abandonStatus, problemInStatus } from '../../functions/lib/experiment/soundStatus.ts';
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  conditionOf,
  CONFORMANCE,
  experimentOf,
  following,
  GOOD,
  having,
  initializing,
  iterate,
  iterated,
  named,
  recorded,
  running,
  shares,
  stored,
  strategyOf,
  waiting,
} from '../fixtures.ts';

const sound = suite('a status that the functions have written');
const lies = suite('a status that they have not written');
const ends = suite('an experiment whose status cannot be gone on with');

const NOW = at(100);
const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };
const FIXED = {
  strategy: strategyOf({ deploymentPattern: 'FixedSplit', weights: { split: [60, 40] } }),
};

function finishing(): Experiment {
  const last = running({ spec: LAST });
  return following(last, iterate(last));
}

function conforming(): Experiment {
  const experiment = running({ spec: CONFORMANCE });
  const { lock } = experiment.status!.target!;
  return having(experiment, { target: { type: 'None', lock } });
}

const WRITTEN: Record<string, Experiment> = {
  new: experimentOf(),
  waiting: waiting(),
  initializing: initializing(),
  recorded: recorded(),
  running: running(),
  'running a fixed split': running({ spec: FIXED }),
  'running a Conformance': conforming(),
  iterated: iterated(running(), [{ measurements: GOOD }, { measurements: GOOD }]),
  finishing: finishing(),
};

for (const [name, experiment] of Object.entries(WRITTEN)) {
  sound(`is believed: ${name}`, () => {
    assert.is(problemInStatus(experiment, NOW), undefined);
  });
}

sound('is believed where a clock was a minute ahead', () => {
  assert.is(problemInStatus(running(), at(-60)), undefined);
});

/** The experiment with something in its status that no type allows. */
function lying(experiment: Experiment, lie: object): Experiment {
  return having(experiment, lie);
}

const running1 = iterated(running(), [{ measurements: GOOD }]);
const target = running1.status!.target!;
const history = running1.status!.history!;
const metrics = running1.status!.metrics!;
const outcome = finishing().status!.outcome!;
const LATER = '9999-12-31T23:59:59Z';

const LIES: readonly [field: string, experiment: Experiment][] = [
  ['stage', lying(running1, { stage: 'Paused' })],
  ['stage', lying(running1, { stage: '__proto__' })],
  ['stageStartTime', lying(running1, { stageStartTime: 'yesterday' })],
  ['stageStartTime', lying(running1, { stageStartTime: LATER })],
  ['stageStartTime', lying(waiting(), { stageStartTime: undefined })],
  ['startTime', lying(running1, { startTime: undefined })],
  ['nextIterationTime', lying(running1, { nextIterationTime: 'never' })],
  ['pausedSince', lying(running1, { pausedSince: '' })],
  ['completedIterations', lying(running1, { completedIterations: -1 })],
  ['completedIterations', lying(running1, { completedIterations: 2 ** 31 - 1 })],
  ['consecutiveErrors', lying(running1, { consecutiveErrors: 0.5 })],
  ['conditions', lying(running1, { conditions: 'x' })],
  ['conditions[0].status', lying(running1, { conditions: [{ type: 'Ready', status: 'No' }] })],
  ['versionInfo', lying(running1, { versionInfo: undefined })],
  ['versionInfo.baseline.name', lying(running1, { versionInfo: { baseline: {} } })],
  ['versionInfo', lying(running1, { versionInfo: versions('a', 'a') })],
  ['versionInfo.candidates', lying(running1, { versionInfo: versions('default') })],
  ['target', lying(waiting(), { target: undefined })],
  ['target.lock', lying(waiting(), { target: {} })],
  ['target.notReadySince', lying(running1, { target: { ...target, notReadySince: LATER } })],
  [
    'target.candidateRevision',
    lying(running1, { target: { ...target, candidateRevision: undefined } }),
  ],
  ['currentWeightDistribution', lying(running1, weights(['a', 'b'], [50, 50]))],
  ['currentWeightDistribution', lying(running1, weights(['default', 'canary'], [50, 51]))],
  ['currentWeightDistribution[0].value', lying(running1, weights(['default'], [-1]))],
  ['metrics[0].metricObj', lying(running1, { metrics: [{ ...metrics[0], metricObj: undefined }] })],
  [
    'metrics[0].metricObj.spec.params',
    lying(running1, { metrics: [{ name: 'a/b', metricObj: { spec: { params: 5 } } }] }),
  ],
  ['metrics[0].name', lying(running1, { metrics: [{ ...metrics[0], name: 'latency' }] })],
  [
    'exposure[0].requests',
    lying(running1, { exposure: [{ version: 'canary', requests: 'many' }] }),
  ],
  ['history[1]', lying(running1, { history: [history[0], null] })],
  ['outcome', lying(finishing(), { outcome: undefined })],
  ['outcome.decision', lying(finishing(), { outcome: { ...outcome, decision: 'Maybe' } })],
  ['outcome.version', lying(finishing(), { outcome: { ...outcome, version: 'nobody' } })],
  ['currentWeightDistribution', lying(finishing(), { currentWeightDistribution: shares(9, 91) })],
];

function versions(baseline: string, candidate?: string): object {
  return { baseline: { name: baseline }, ...(candidate && { candidates: [{ name: candidate }] }) };
}

function weights(names: string[], values: number[]): ExperimentStatus {
  return { currentWeightDistribution: named(names, values) };
}

for (const [index, [field, experiment]] of LIES.entries()) {
  lies(`is told by its field: ${field} (${index + 1})`, () => {
    const found = problemInStatus(experiment, NOW);
    assert.is(found?.field, `status.${field}`, found?.message);
    assert.ok(found!.message.length > 5);
  });

  ends(`is left with a status that can be: ${field} (${index + 1})`, () => {
    const found = problemInStatus(experiment, NOW)!;
    const ended = following(experiment, abandonStatus(experiment, found, NOW));
    assert.is(problemInStatus(ended, NOW), undefined);
    assert.is(ended.status!.stage, 'Finishing');
    assert.is(conditionOf(ended, 'Failed')?.reason, 'InvalidStatus');
    assert.match(ended.status!.message!, `status.${field}`);
  });
}

lies('does not matter where nothing follows from it any more', () => {
  const completed = lying(running1, { stage: 'Completed', versionInfo: 7, conditions: null });
  assert.is(problemInStatus(completed, NOW), undefined);
  for (const none of [null, 'x', 7, [], {}]) {
    const experiment = stored({ ...running1, status: none }) as Experiment;
    assert.is(problemInStatus(experiment, NOW), undefined);
  }
});

const FOUND = { field: 'status.history', message: 'expected a list' };

ends('gives the traffic back to the baseline where it is known', () => {
  const { status, announcements } = abandonStatus(running1, FOUND, NOW);
  assert.is(status.outcome?.decision, 'Rollback');
  assert.equal(status.currentWeightDistribution, shares(100, 0));
  assert.equal(status.target, target);
  assert.is(status.completedIterations, 1);
  assert.is(status.stageStartTime, NOW.toISOString());
  assert.is(status.history, undefined);
  assert.equal(
    announcements.map(({ type, reason }) => `${type} ${reason}`),
    ['Warning InvalidStatus'],
  );
  assert.match(status.outcome!.message, /expected a list.*default gets all traffic/);
});

const DOUBTS: Record<string, Experiment> = {
  'its versions are unknown': lying(running1, { versionInfo: 7 }),
  'its target is unknown': lying(running1, { target: 'x' }),
  'it never held its target': waiting(),
  'its lock is of another target': lying(running1, { target: { ...target, lock: 'other' } }),
  'its conditions are unknown': lying(running1, { conditions: [{}] }),
};

for (const [name, experiment] of Object.entries(DOUBTS)) {
  ends(`leaves the target alone where ${name}`, () => {
    const { status } = abandonStatus(experiment, FOUND, NOW);
    assert.is(status.outcome?.decision, 'Keep');
    assert.is(status.currentWeightDistribution, undefined);
    assert.match(status.outcome!.message, 'the target is left as it is');
  });
}

sound.run();
lies.run();
ends.run();
