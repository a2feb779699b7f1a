import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TargetObservation } from '../../functions/lib/experiment/observations.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import type { Experiment, Objective } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  conditionOf,
  CONFORMANCE,
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
  type Parts,
} from '../fixtures.ts';

const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };

function withObjectives(...objectives: Partial<Objective>[]): NonNullable<Parts['spec']> {
  const all = objectives.map((one) => ({ metric: 'latency', upperLimit: 100, ...one }));
  return { criteria: { objectives: all } };
}

const STRICT = withObjectives({ rollback_on_failure: true });
const BAD = latency(50, 160);

/** What the end has in common: stage Finishing, the outcome in the message, nothing more to iterate. */
function assertEnded({ status }: Plan, decision: string, reason: string): void {
  const outcome = status.outcome!;
  assert.is(outcome.decision, decision);
  assert.is(outcome.reason, reason);
  assert.is(status.stage, 'Finishing');
  assert.is(status.nextIterationTime, undefined);
  assert.ok(outcome.message.length > 0);
  assert.ok(status.message!.includes(`${reason}: ${outcome.message}`), status.message);
  assert.is(conditionOf({ status }, 'Completed')?.status, 'False');
  assert.is(conditionOf({ status }, 'Completed')?.reason, 'StageAdvanced');
  assert.is(conditionOf({ status }, 'Progressing')?.status, 'True');
  assert.is(conditionOf({ status }, 'Progressing')?.reason, reason);
}

function assertRolledBack(plan: Plan, reason: string): void {
  assertEnded(plan, 'Rollback', reason);
  assert.equal(plan.status.currentWeightDistribution, shares(100, 0));
  assert.is(plan.status.versionRecommendedForPromotion, 'default');
  assert.is(plan.status.outcome!.version, 'default');
  assert.equal(plan.announcements[0], {
    type: 'Warning',
    reason,
    message: plan.status.outcome!.message,
  });
}

const violated = suite('a candidate that alone violates an objective');

violated('is rolled back at once where the objective asks for it', () => {
  const plan = iterate(iteratedTimes(running({ spec: STRICT }), 5), { measurements: BAD });
  assertRolledBack(plan, 'ObjectiveViolated');
  assert.is(plan.status.outcome!.message, 'canary: latency is 160; at most 100: violated');
  assert.is(plan.status.completedIterations, 6);
  assert.is(conditionOf(plan, 'Failed')?.status, 'False');
});

violated('goes on where the objective does not ask for rollback', () => {
  assert.is(iterate(running(), { measurements: BAD }).status.stage, 'Running');
});

violated('is rolled back by any one of several objectives that asks for it', () => {
  const spec = withObjectives({ metric: 'errors' }, { rollback_on_failure: true });
  const measurements = measured({
    errors: { default: 1, canary: 1 },
    latency: { default: 50, canary: 160 },
  });
  assertRolledBack(iterate(running({ spec }), { measurements }), 'ObjectiveViolated');
});

violated('is not rolled back for another objective than the one that asks for it', () => {
  const spec = withObjectives({ metric: 'errors', rollback_on_failure: true }, {});
  const measurements = measured({
    errors: { default: 1, canary: 1 },
    latency: { default: 50, canary: 160 },
  });
  assert.is(iterate(running({ spec }), { measurements }).status.stage, 'Running');
});

const blueGreen = strategyOf({ deploymentPattern: 'BlueGreen' });

violated('is rolled back under BlueGreen unless the objective says no', () => {
  const ask = running({ spec: { strategy: blueGreen } });
  assert.equal(ask.status!.currentWeightDistribution, shares(0, 100));
  assertRolledBack(iterate(ask, { measurements: BAD }), 'ObjectiveViolated');
  const no = { strategy: blueGreen, ...withObjectives({ rollback_on_failure: false }) };
  const plan = iterate(running({ spec: no }), { measurements: BAD });
  assert.is(plan.status.stage, 'Running');
  assert.equal(plan.status.currentWeightDistribution, shares(0, 100));
});

for (const [what, measurements] of [
  ['only the baseline violates', latency(160, 50)],
  ['the baseline violates it as well', latency(150, 160)],
  ['there is no value', latency(50, 'none')],
  ['the value is NaN', latency(50, 'nan')],
  ['the backend fails', latency('error', 'error')],
] as const) {
  violated(`is the only case of rollback: not where ${what}`, () => {
    const plan = iterate(running({ spec: STRICT }), { measurements });
    assert.is(plan.status.stage, 'Running');
    assert.is(plan.status.outcome, undefined);
  });
}

const last = suite('the last iteration');

last('promotes a candidate that satisfies all objectives, and owns up to weak evidence', () => {
  const plan = iterate(running({ spec: LAST }));
  assertEnded(plan, 'Promote', 'CandidateWon');
  assert.is(plan.status.outcome!.version, 'canary');
  assert.equal(plan.status.currentWeightDistribution, shares(0, 100));
  assert.is(plan.status.versionRecommendedForPromotion, 'canary');
  assert.equal(reasons(plan), ['CandidateWon', 'WeakEvidence']);
  assert.is(plan.announcements[1]!.type, 'Warning');
});

last('comes after all iterations of all loops', () => {
  const duration = { intervalSeconds: 20, iterationsPerLoop: 3, maxLoops: 2 };
  const before = running({ spec: { duration } });
  assert.is(iterate(iteratedTimes(before, 4)).status.stage, 'Running');
  assert.is(iterate(iteratedTimes(before, 5)).status.stage, 'Finishing');
});

const ROLLBACKS: { what: string; look: Look; reason: string }[] = [
  { what: 'a violation', look: { measurements: BAD }, reason: 'BaselineWon' },
  { what: 'a violation by both', look: { measurements: latency(150, 160) }, reason: 'NoWinner' },
  { what: 'no data', look: { measurements: latency(50, 'none') }, reason: 'NoWinner' },
  { what: 'a NaN', look: { measurements: latency(50, 'nan') }, reason: 'NoWinner' },
  {
    what: 'a candidate that is not ready',
    look: { target: observed(shares(99, 1), { notReady: 'it crashed' }) },
    reason: 'CandidateNotReady',
  },
];

for (const { what, look, reason } of ROLLBACKS) {
  last(`rolls back with ${reason} on ${what}`, () => {
    const plan = iterate(running({ spec: LAST }), look);
    assertRolledBack(plan, reason);
    assert.equal(reasons(plan), [reason]);
  });
}

last('leaves the weights that are in force to the actions where these promote', () => {
  const strategy = strategyOf({ promotion: 'ByActions' });
  const before = iteratedTimes(running({ spec: { strategy } }), 14);
  const plan = iterate(before);
  assertEnded(plan, 'Keep', 'CandidateWon');
  assert.is(plan.status.outcome!.version, 'canary');
  assert.equal(plan.status.currentWeightDistribution, shares(5, 95));
  const early = iterate(running({ spec: { ...LAST, strategy } }));
  // Nobody would write the 11 % that come next.
  assert.equal(early.status.currentWeightDistribution, shares(99, 1));
});

last('rolls back by itself also where actions promote', () => {
  const spec = { ...LAST, strategy: strategyOf({ promotion: 'ByActions' }) };
  assertRolledBack(iterate(running({ spec }), { measurements: BAD }), 'BaselineWon');
});

for (const deploymentPattern of ['FixedSplit', 'BlueGreen'] as const) {
  last(`promotes the winner under ${deploymentPattern}`, () => {
    const weights = deploymentPattern === 'FixedSplit' ? { split: [50, 50] } : {};
    const strategy = strategyOf({ deploymentPattern, weights });
    const plan = iterate(running({ spec: { ...LAST, strategy } }));
    assertEnded(plan, 'Promote', 'CandidateWon');
    assert.equal(plan.status.currentWeightDistribution, shares(0, 100));
  });
}

const conformance = suite('the last iteration of a Conformance experiment');

for (const [what, value, reason] of [
  ['is met', 50, 'ConformanceMet'],
  ['is violated', 160, 'ConformanceViolated'],
  ['is not known', 'none', 'NoWinner'],
] as const) {
  conformance(`keeps everything as it is and says that conformance ${what}`, () => {
    const measurements = measured({ latency: { default: value } });
    const plan = iterate(running({ spec: { ...LAST, ...CONFORMANCE } }), { measurements });
    assertEnded(plan, 'Keep', reason);
    assert.equal(plan.status.currentWeightDistribution, []);
    assert.is(plan.status.versionRecommendedForPromotion, 'default');
  });
}

conformance('touches no weights either where the version is not ready', () => {
  const target = observed([], { notReady: 'it crashed' });
  const look = { target, measurements: measured({ latency: { default: 50 } }) };
  const before = iterated(running({ spec: CONFORMANCE }), [look]);
  const { status } = iterate(before, { ...look, now: at(25 + 30) });
  assert.is(status.outcome?.reason, 'CandidateNotReady');
  assert.equal(status.currentWeightDistribution, []);
  assert.is(status.outcome?.version, undefined);
});

const target = suite('trouble with the target');

const MISSING: TargetObservation = { kind: 'Missing', reason: 'TargetMissing', message: 'gone' };
const takenOver = (isPromoted: boolean): TargetObservation =>
  observed(shares(90, 10), { takenOver: { message: 'somebody else did it', isPromoted } });

target('ends the experiment where the target is missing, without counting an iteration', () => {
  const plan = iterate(running(), { target: MISSING });
  assertRolledBack(plan, 'TargetMissing');
  assert.is(plan.status.completedIterations, 0);
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
});

target('rolls back where the candidate was replaced', () => {
  const plan = iterate(running(), { target: takenOver(false) });
  assertRolledBack(plan, 'TargetSuperseded');
});

target('leaves the traffic alone where somebody promoted the candidate by hand', () => {
  const plan = iterate(running(), { target: takenOver(true) });
  assertEnded(plan, 'Keep', 'TargetSuperseded');
  assert.is(conditionOf(plan, 'Failed')?.status, 'True');
});

last('does not promote what never had traffic', () => {
  const weights = { maxCandidateWeight: 0, maxCandidateWeightIncrement: 10 };
  const never = running({ spec: { ...LAST, strategy: strategyOf({ weights }) } });
  assertRolledBack(iterate(never), 'NoWinner');
});

last('does not promote where the target cannot be seen', () => {
  const target = { kind: 'Error', reason: 'TargetForbidden', message: 'may not' } as const;
  assertRolledBack(iterate(running({ spec: LAST }), { target }), 'TargetForbidden');
});

const deadline = suite('the deadline of a run');

function endsAt(experiment: Experiment, seconds: number): string | undefined {
  return iterate(experiment, { now: at(5 + seconds) }).status.outcome?.reason;
}

deadline('is twice the planned duration and an hour', () => {
  const run = running();
  assert.is(endsAt(run, 2 * 15 * 20 + 3600 - 1), undefined);
  assertRolledBack(iterate(run, { now: at(5 + 2 * 15 * 20 + 3600) }), 'DeadlineExceeded');
});

deadline('plans with ticks where the interval is shorter', () => {
  const duration = { intervalSeconds: 1, iterationsPerLoop: 1000, maxLoops: 1 };
  const run = running({ spec: { duration } });
  assert.is(endsAt(run, 10_000), undefined);
  assert.is(endsAt(run, 23_600), 'DeadlineExceeded');
});

deadline('is never for an experiment without end', () => {
  const most = 2147483647;
  const duration = { intervalSeconds: 3600, iterationsPerLoop: most, maxLoops: most };
  assert.is(endsAt(running({ spec: { duration } }), 365 * 24 * 3600), undefined);
});

deadline('does not keep the last iteration from its verdict', () => {
  const late = having(running(), { completedIterations: 14 });
  assert.is(endsAt(late, 1e6), 'CandidateWon');
});

for (const tests of [violated, last, conformance, target, deadline]) tests.run();
