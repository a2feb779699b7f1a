import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { begin, record, type MetricsFound } from '../../functions/lib/experiment/initialize.ts';
import type { Probe, TargetObservation } from '../../functions/lib/experiment/observations.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import {
  at,
  conditionOf,
  CONFORMANCE,
  deepFreeze,
  following,
  identified,
  initializing,
  metricsOf,
  observed,
  reasons,
  recorded,
  settings,
  shares,
  strategyOf,
  type Parts,
} from '../fixtures.ts';

const START = 4;
const DEADLINE = START + settings.initializingDeadlineSeconds;

type Found = { probe?: Probe; metrics?: MetricsFound; weights?: number[] };

function recording(parts: Parts, found: Found = {}, seconds = 10): Plan {
  const experiment = initializing(parts);
  const { probe = identified(experiment, found.weights) } = found;
  const { metrics = { kind: 'Found', metrics: metricsOf(experiment) } } = found;
  return record(experiment, deepFreeze({ probe, metrics }), settings, at(seconds));
}

const records = suite('record');

records('keeps what was found: versions, target with its lock, metrics, first weights', () => {
  const { status, announcements } = recording({});
  assert.is(status.stage, 'Initializing');
  assert.equal(status.versionInfo, initializing().spec.versionInfo);
  assert.equal(status.target, {
    type: 'InferenceService',
    lock: 'InferenceService.serving.kserve.io/team/model',
    baselineRevision: 'm-1',
    candidateRevision: 'm-2',
  });
  assert.equal(
    status.metrics!.map(({ name }) => name),
    ['team/latency'],
  );
  assert.equal(status.currentWeightDistribution, shares(99, 1));
  assert.is(status.versionRecommendedForPromotion, 'default');
  assert.equal(announcements, []);
});

records('keeps the weights found for a FixedSplit without a split', () => {
  const strategy = strategyOf({ deploymentPattern: 'FixedSplit' });
  const { status } = recording({ spec: { strategy } }, { weights: [80, 20] });
  assert.equal(status.currentWeightDistribution, shares(80, 20));
});

function assertFailed(plan: Plan, reason: string, text: string): void {
  assert.is(plan.status.stage, 'Completed');
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
  assert.is(conditionOf(plan, 'Failed')?.reason, reason);
  assert.match(plan.status.message!, text);
  assert.equal(plan.announcements, [
    { type: 'Warning', reason, message: conditionOf(plan, 'Failed')!.message! },
  ]);
}

for (const [what, weights, text] of [
  ['knows no weights to keep', undefined, 'set spec.strategy.weights.split'],
  ['would give the candidate everything from the start', [0, 100], 'which is a promotion'],
] as const) {
  records(`fails where a FixedSplit ${what}`, () => {
    const strategy = strategyOf({ deploymentPattern: 'FixedSplit' });
    const plan = recording({ spec: { strategy } }, { weights: weights && [...weights] });
    assertFailed(plan, 'InvalidExperiment', text);
  });
}

records('fails where a split would give the candidate everything from the start', () => {
  const strategy = strategyOf({ deploymentPattern: 'FixedSplit', weights: { split: [0, 100] } });
  assertFailed(recording({ spec: { strategy } }), 'InvalidExperiment', 'canary would have 100 %');
});

records('fails where the Metric objects do not fit into a status', () => {
  const metrics = metricsOf(initializing());
  metrics[0]!.metricObj.spec.body = 'x'.repeat(64 * 1024);
  const plan = recording({}, { metrics: { kind: 'Found', metrics } });
  assertFailed(plan, 'InvalidExperiment', 'at most 65536');
});

const NOT_YET = { kind: 'NotYet', reason: 'NoCandidate', message: 'one revision only' } as const;
const NEVER = { kind: 'Unsupported', reason: 'Wrong', message: 'Standard mode' } as const;

for (const part of ['probe', 'metrics'] as const) {
  records(`fails at once where ${part} can never be used`, () => {
    assertFailed(recording({}, { [part]: NEVER }), 'Wrong', 'Standard mode');
  });

  records(`waits for ${part}, says until when, and warns once`, () => {
    const plan = recording({}, { [part]: NOT_YET });
    assert.is(plan.status.stage, 'Initializing');
    assert.is(plan.status.versionInfo, undefined);
    assert.is(conditionOf(plan, 'Ready')?.reason, 'NoCandidate');
    assert.match(plan.status.message!, 'one revision only');
    assert.match(plan.status.message!, at(DEADLINE).toISOString());
    assert.is(conditionOf(plan, 'Ready')?.status, 'False');
    assert.equal(reasons(plan), ['NoCandidate']);
    assert.is(plan.announcements[0]!.type, 'Warning');
    const waited = following(initializing(), plan);
    const metrics = { kind: 'Found', metrics: metricsOf(waited) } as const;
    const found = { probe: identified(waited), metrics, [part]: NOT_YET };
    const again = record(waited, found, settings, at(99));
    assert.equal(again, { status: plan.status, announcements: [] });
  });

  records(`gives up waiting for ${part} at the deadline, with the reason`, () => {
    assert.is(recording({}, { [part]: NOT_YET }, DEADLINE - 1).status.stage, 'Initializing');
    const plan = recording({}, { [part]: NOT_YET }, DEADLINE);
    assertFailed(plan, 'NoCandidate', 'one revision only; gave up waiting');
  });
}

function beginning(seen: TargetObservation, seconds = 10, parts: Parts = {}): Plan {
  return begin(recorded(parts), deepFreeze(seen), settings, at(seconds));
}

const begins = suite('begin');

begins('lets the experiment run once the first weights are seen and the candidate is ready', () => {
  const plan = beginning(observed(shares(99, 1)));
  const { status } = plan;
  assert.is(status.stage, 'Running');
  assert.is(status.startTime, at(10).toISOString());
  assert.is(status.nextIterationTime, at(30).toISOString());
  assert.is(conditionOf(plan, 'Ready')?.status, 'True');
  assert.is(conditionOf(plan, 'Ready')?.reason, 'TargetReady');
  assert.equal(plan.announcements, [
    { type: 'Normal', reason: 'StageAdvanced', message: 'Advanced to Running' },
  ]);
});

begins('gives an interval shorter than a tick a tick', () => {
  const duration = { intervalSeconds: 1, iterationsPerLoop: 15, maxLoops: 1 };
  const { status } = beginning(observed(shares(99, 1)), 10, { spec: { duration } });
  assert.is(status.nextIterationTime, at(20).toISOString());
});

begins('asks nothing of the weights for Conformance', () => {
  assert.is(beginning(observed([]), 10, { spec: CONFORMANCE }).status.stage, 'Running');
});

const WAITS: [string, TargetObservation, string][] = [
  [
    'the candidate is not ready',
    observed(shares(99, 1), { notReady: 'pulling' }),
    'CandidateNotReady',
  ],
  ['the weights are not in force', observed(shares(100, 0)), 'WeightsNotInForce'],
  [
    'the target cannot be written',
    { kind: 'Error', reason: 'TargetForbidden', message: 'no' },
    'TargetForbidden',
  ],
];

for (const [what, seen, reason] of WAITS) {
  begins(`waits while ${what}, and warns once`, () => {
    const plan = beginning(seen);
    assert.is(plan.status.stage, 'Initializing');
    assert.is(conditionOf(plan, 'Ready')?.reason, reason);
    assert.match(plan.status.message!, at(DEADLINE).toISOString());
    assert.equal(reasons(plan), [reason]);
    const again = begin(following(recorded(), plan), seen, settings, at(60));
    assert.equal(again, { status: plan.status, announcements: [] });
  });

  begins(`rolls back at the deadline where ${what}`, () => {
    assert.is(beginning(seen, DEADLINE - 1).status.stage, 'Initializing');
    const { status } = beginning(seen, DEADLINE);
    assert.is(status.stage, 'Finishing');
    assert.is(status.outcome?.decision, 'Rollback');
    assert.is(status.outcome?.reason, reason);
    assert.match(status.outcome!.message, 'gave up waiting');
    assert.equal(status.currentWeightDistribution, shares(100, 0));
  });
}

begins('ends at once where the target is gone', () => {
  const seen = { kind: 'Missing', reason: 'TargetMissing', message: 'deleted' } as const;
  const { status } = beginning(seen);
  assert.is(status.stage, 'Finishing');
  assert.is(status.outcome?.reason, 'TargetMissing');
});

begins('ends at once where the candidate was replaced', () => {
  const takenOver = { message: 'm-3 replaced m-2', isPromoted: false };
  const { status } = beginning(observed(shares(99, 1), { takenOver }));
  assert.is(status.outcome?.reason, 'TargetSuperseded');
  assert.equal(status.currentWeightDistribution, shares(100, 0));
});

records.run();
begins.run();
