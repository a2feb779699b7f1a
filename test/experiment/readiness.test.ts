import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recheck } from '../../functions/lib/experiment/recheck.ts';
import type { TargetObservation } from '../../functions/lib/experiment/observations.ts';
import { watchData } from '../../functions/lib/experiment/readiness.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  CONFORMANCE,
  following,
  GOOD,
  having,
  iterate,
  latency,
  measured,
  observed,
  running,
  settings,
  shares,
  strategyOf,
  type Look,
  type Parts,
  type Reading,
} from '../fixtures.ts';

/** A time, by which no freeze window is in force. */
function around(seconds: number): Parameters<typeof recheck>[2] {
  return { settings, now: at(seconds), freeze: { kind: 'Open' } };
}

const CRASHED = observed(shares(99, 1), { notReady: 'revision m-2 is not ready' });
const READY = observed(shares(99, 1));

/** The reason of the end, if any, of an experiment that is looked at at these seconds. */
function reasonAfter(before: Experiment, looks: readonly (Look & { second: number })[]): unknown {
  let current = before;
  for (const { second, ...look } of looks) {
    if (current.status!.stage !== 'Running') break;
    current = following(current, iterate(current, { ...look, now: at(second) }));
  }
  return current.status!.outcome?.reason;
}

const readiness = suite('a candidate that is not ready');

readiness('rolls the experiment back once it has lasted 30 s', () => {
  const looks = [10, 20, 39].map((second) => ({ second, target: CRASHED }));
  assert.is(reasonAfter(running(), looks), undefined);
  assert.is(
    reasonAfter(running(), [...looks, { second: 40, target: CRASHED }]),
    'CandidateNotReady',
  );
});

readiness('is forgiven once it is ready again', () => {
  const looks = [
    { second: 10, target: CRASHED },
    { second: 30, target: READY },
    { second: 41, target: CRASHED },
    { second: 70, target: CRASHED },
  ];
  assert.is(reasonAfter(running(), looks), undefined);
  assert.is(
    reasonAfter(running(), [...looks, { second: 71, target: CRASHED }]),
    'CandidateNotReady',
  );
});

readiness('says since when, and why, in outcome and status', () => {
  const first = iterate(running(), { target: CRASHED, now: at(10) });
  assert.equal(first.status.target, {
    ...running().status!.target,
    notReadySince: at(10).toISOString(),
  });
  const { status } = iterate(following(running(), first), { target: CRASHED, now: at(40) });
  assert.match(status.outcome!.message, at(10).toISOString());
  assert.match(status.outcome!.message, 'revision m-2 is not ready');
  assert.equal(status.currentWeightDistribution, shares(100, 0));
  assert.is(status.conditions!.find(({ type }) => type === 'Failed')?.status, 'False');
});

readiness('ends the experiment also where the metrics look good', () => {
  const looks = [10, 40].map((second) => ({ second, target: CRASHED, measurements: GOOD }));
  assert.is(reasonAfter(running(), looks), 'CandidateNotReady');
});

const data = suite('a candidate without data while the baseline has data');

function mute(...seconds: number[]): (Look & { second: number })[] {
  return seconds.map((second) => ({ second, measurements: latency(50, 'none') }));
}

data('rolls the experiment back after five intervals, and no less than 30 s', () => {
  assert.is(reasonAfter(running(), mute(10, 109)), undefined);
  assert.is(reasonAfter(running(), mute(10, 110)), 'CandidateNotReady');
  const duration = { intervalSeconds: 1, iterationsPerLoop: 99, maxLoops: 1 };
  const quick = running({ spec: { duration } });
  // An interval is no shorter than a tick.
  assert.is(reasonAfter(quick, mute(10, 59)), undefined);
  assert.is(reasonAfter(quick, mute(10, 60)), 'CandidateNotReady');
});

data('is given six scrape intervals, for metrics that are pushed more seldom', () => {
  const criteria = { ...running().spec.criteria, requestCount: 'errors' };
  const measurements = measured({
    latency: { default: 50, canary: 'none' },
    errors: { default: 5000, canary: 'none' },
  });
  const target = { ...running().status!.target, noDataSince: at(0).toISOString() };
  const muted = having(running({ spec: { criteria } }), { target });
  const slow = { ...settings, scrapeIntervalSeconds: 15 };
  const trouble = (second: number): string | undefined =>
    watchData(muted, target, measurements, { settings: slow, now: at(second) }).trouble?.reason;
  assert.is(trouble(89), undefined);
  assert.is(trouble(90), 'CandidateNotReady');
});

data('is forgiven once a value comes', () => {
  const looks = [...mute(10), { second: 60, measurements: GOOD }, ...mute(70, 160)];
  assert.is(reasonAfter(running(), looks), undefined);
  assert.is(reasonAfter(running(), [...looks, ...mute(170)]), 'CandidateNotReady');
});

data('says since when, and what to look at', () => {
  const first = iterate(running(), { measurements: latency(50, 'none'), now: at(10) });
  assert.equal(first.status.target, {
    ...running().status!.target,
    noDataSince: at(10).toISOString(),
  });
  const before = following(running(), first);
  const { status } = iterate(before, { measurements: latency(50, 'none'), now: at(110) });
  assert.match(
    status.outcome!.message,
    `no metric has had a value for canary since ${at(10).toISOString()}`,
  );
  assert.match(status.outcome!.message, 'is the candidate reached');
});

const COUNTED: Parts = {
  spec: {
    criteria: {
      requestCount: 'requests',
      objectives: [{ metric: 'latency', upperLimit: 100 }],
    },
  },
};

function silent(requests: Reading, ...seconds: number[]): (Look & { second: number })[] {
  const measurements = measured({
    requests: { default: requests, canary: 'none' },
    latency: { default: 50, canary: 'none' },
  });
  return seconds.map((second) => ({ second, measurements }));
}

data('waits with a request count until ten requests should have come at 1 %', () => {
  assert.is(reasonAfter(running(COUNTED), silent(989, 10, 40, 500)), undefined);
  assert.is(reasonAfter(running(COUNTED), silent(990, 10, 40)), 'CandidateNotReady');
  assert.is(reasonAfter(running(COUNTED), silent(1e6, 10, 39)), undefined);
});

data('expects requests by the split under FixedSplit', () => {
  const strategy = strategyOf({ deploymentPattern: 'FixedSplit', weights: { split: [80, 20] } });
  const fixed = running({ spec: { ...COUNTED.spec, strategy } });
  assert.is(reasonAfter(fixed, silent(39, 10, 300)), undefined);
  assert.is(reasonAfter(fixed, silent(40, 10, 40)), 'CandidateNotReady');
});

data('goes by intervals where the request count itself has no value', () => {
  assert.is(reasonAfter(running(COUNTED), silent('none', 10, 109)), undefined);
  assert.is(reasonAfter(running(COUNTED), silent('none', 10, 110)), 'CandidateNotReady');
});

data('counts zeros as nothing: a count of no requests says that nothing came', () => {
  const measurements = measured({
    requests: { default: 5000, canary: 0 },
    latency: { default: 50, canary: 'nan' },
  });
  const looks = [10, 40].map((second) => ({ second, measurements }));
  assert.is(reasonAfter(running(COUNTED), looks), 'CandidateNotReady');
});

const NO_CASES: [string, Look][] = [
  ['the baseline has no data either', { measurements: latency('none', 'none') }],
  ['the baseline has only a zero', { measurements: latency(0, 'none') }],
  ['the backend fails for the candidate', { measurements: latency(50, 'error') }],
  ['every value of the candidate is a zero', { measurements: latency(50, 0) }],
];

data('is not what it is where one of its metrics has a value', () => {
  const measurements = measured({
    requests: { default: 5000, canary: 50 },
    latency: { default: 50, canary: 'none' },
  });
  const looks = [10, 40, 240].map((second) => ({ second, measurements }));
  assert.is(reasonAfter(running(COUNTED), looks), undefined);
});

for (const [what, look] of NO_CASES) {
  data(`is not what it is where ${what}`, () => {
    const looks = [10, 40, 110, 240].map((second) => ({ second, ...look }));
    assert.is(reasonAfter(running(), looks), undefined);
  });
}

data('is expected of a candidate that has no weight', () => {
  const strategy = strategyOf({ weights: { maxCandidateWeight: 0 } });
  assert.is(reasonAfter(running({ spec: { strategy } }), mute(10, 240)), undefined);
});

data('is no matter of Conformance, which has no candidate', () => {
  const measurements = measured({ latency: { default: 'none' } });
  const looks = [10, 110, 240].map((second) => ({ second, measurements }));
  assert.is(reasonAfter(running({ spec: CONFORMANCE }), looks), undefined);
});

const between = suite('recheck');

between('changes nothing where all is well', () => {
  const before = running();
  assert.equal(recheck(before, READY, around(15)), { status: before.status, announcements: [] });
});

between('notes a candidate that is not ready, and counts from there', () => {
  const { status } = recheck(running(), CRASHED, around(15));
  assert.is(status.target?.notReadySince, at(15).toISOString());
  assert.is(status.stage, 'Running');
  assert.is(status.completedIterations, 0);
  const ended = recheck(having(running(), status), CRASHED, around(45));
  assert.is(ended.status.outcome?.reason, 'CandidateNotReady');
  assert.is(ended.status.stage, 'Finishing');
});

between('forgets that once the candidate is ready, and keeps since when there is no data', () => {
  const target = {
    ...running().status!.target,
    notReadySince: at(10).toISOString(),
    noDataSince: at(9).toISOString(),
  };
  const { status } = recheck(having(running(), { target }), READY, around(50));
  assert.is(status.target?.notReadySince, undefined);
  assert.is(status.target?.noDataSince, at(9).toISOString());
});

const TROUBLES: [TargetObservation, string, string][] = [
  [{ kind: 'Missing', reason: 'TargetMissing', message: 'gone' }, 'Rollback', 'TargetMissing'],
  [
    observed(shares(99, 1), { takenOver: { message: 'replaced', isPromoted: false } }),
    'Rollback',
    'TargetSuperseded',
  ],
  [
    observed(shares(0, 100), { takenOver: { message: 'promoted', isPromoted: true } }),
    'Keep',
    'TargetSuperseded',
  ],
];

for (const [target, decision, reason] of TROUBLES) {
  between(`ends with ${decision} and ${reason} as an iteration would`, () => {
    const { status } = recheck(running(), target, around(15));
    assert.is(status.outcome?.decision, decision);
    assert.is(status.outcome?.reason, reason);
    assert.is(status.completedIterations, 0);
  });
}

between('leaves a target alone that cannot be seen', () => {
  const before = running();
  const target = { kind: 'Error', reason: 'TargetForbidden', message: 'may not' } as const;
  assert.equal(recheck(before, target, around(15)).status, before.status);
});

readiness.run();
data.run();
between.run();
