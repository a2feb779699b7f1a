import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Experiment, Exposure } from '../../functions/lib/types/experiment.gen.ts';
import { candidateWeight, CONFORMANCE, having, iterate, strategyOf } from '../fixtures.ts';
import { afterRequests, counting, requested, requestsBy } from './traffic.ts';

const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };
const LATENCY = { metric: 'latency', upperLimit: 100 };
const FIXED = strategyOf({ deploymentPattern: 'FixedSplit', weights: { split: [90, 10] } });

const few = suite('a version with few requests');

function verdictOf(experiment: Experiment, version = 'canary'): string | undefined {
  return experiment.status!.evidence!.find((one) => one.version === version)!.verdict;
}

few('satisfies nothing yet, and says why', () => {
  const before = afterRequests(counting(), [500, 9]);
  const evidence = before.status!.evidence!.find(({ version }) => version === 'canary')!;
  assert.is(evidence.verdict, 'Undecided');
  assert.is(evidence.reason, 'TooFewRequests');
  assert.is(
    evidence.message,
    'latency is 60; at most 100: undecided, canary has had 9 of at least 10 requests',
  );
  assert.is(verdictOf(afterRequests(counting(), [500, 10])), 'Satisfied');
});

few('violates all the same: one bad answer is one too many', () => {
  const strict = { objectives: [{ ...LATENCY, rollback_on_failure: true }] };
  const plan = iterate(counting(strict), { measurements: requested(500, 1, 160) });
  assert.is(plan.status.outcome?.reason, 'ObjectiveViolated');
});

few('does not win, and nobody says that it did', () => {
  const plan = iterate(counting({}, LAST), { measurements: requested(500, 9) });
  assert.equal(
    [plan.status.outcome?.decision, plan.status.outcome?.reason],
    ['Rollback', 'NoWinner'],
  );
  assert.match(plan.status.outcome!.message, 'canary has had 9 of at least 10 requests');
  assert.is(plan.status.analysis!.winnerAssessment!.data.winnerFound, false);
});

few('does not win without objectives either', () => {
  const plan = iterate(counting({ objectives: [] }, LAST), { measurements: requested(500, 9) });
  assert.is(plan.status.outcome?.reason, 'NoWinner');
  const enough = iterate(counting({ objectives: [] }, LAST), { measurements: requested(500, 10) });
  assert.is(enough.status.outcome?.reason, 'CandidateWon');
});

few('grows to its exploration share, so that it gets some, and no further', () => {
  const weights = [1, 2, 3].map((looks) =>
    candidateWeight(
      afterRequests(counting(), ...Array.from({ length: looks }, (): [number, number] => [500, 5])),
    ),
  );
  assert.equal(weights, [5, 5, 5]);
});

few('keeps what it has, where a count fell: what is not known costs no traffic', () => {
  for (const objectives of [[], [LATENCY]]) {
    const grown = afterRequests(counting({ objectives }), [500, 100], [1000, 200], [1500, 300]);
    assert.is(candidateWeight(grown), 31);
    assert.is(candidateWeight(afterRequests(grown, [1600, 3])), 31);
  }
});

few('may be the baseline: that keeps no candidate from winning', () => {
  const plan = iterate(counting({}, LAST), { measurements: requested(0, 500) });
  assert.is(plan.status.outcome?.reason, 'CandidateWon');
});

few('is one whose requests nobody knows', () => {
  const before = afterRequests(counting(), [500, 'error']);
  assert.match(
    before.status!.evidence!.at(-1)!.message,
    'canary has had an unknown number of at least 10 requests',
  );
  assert.is(before.status!.exposure![1]!.requests, undefined);
});

few('is not one whose own requests are known, whatever is known of others', () => {
  for (const other of ['none', 'error'] as const) {
    assert.is(verdictOf(afterRequests(counting(), [other, 5000])), 'Satisfied');
  }
});

few('is not one that had enough at an earlier look', () => {
  assert.is(verdictOf(afterRequests(counting(), [500, 20], [1000, 'error'])), 'Satisfied');
});

few('is none at all with minimumRequests 0', () => {
  for (const requests of [0, 'none', 'error'] as const) {
    const before = afterRequests(counting({ minimumRequests: 0 }), [500, requests]);
    assert.is(verdictOf(before), 'Satisfied');
  }
});

function exposureBy(query: string): Exposure[] | undefined {
  const before = having(counting(), { metrics: [requestsBy(query)] });
  return afterRequests(before, [500, 1]).status!.exposure;
}

few('is told of a metric whose query knows $elapsedTime, in either spelling', () => {
  assert.ok(exposureBy('r[$elapsedTime s]'));
  assert.ok(exposureBy('r[${elapsedTime}s]'));
});

few('is not told of a metric that counts from no start', () => {
  assert.is(exposureBy('rate(r[1m])'), undefined);
  assert.is(exposureBy('elapsedTime'), undefined);
  const before = counting();
  const metrics = [before.status!.metrics![0]!, requestsBy('rate(r[1m])')];
  assert.is(verdictOf(afterRequests(having(before, { metrics }), [500, 1])), 'Satisfied');
});

few('is none without a metric that counts, nor with Conformance', () => {
  assert.is(
    afterRequests(counting({ requestCount: undefined }), [1, 1]).status!.exposure,
    undefined,
  );
  const only = { versionInfo: CONFORMANCE.versionInfo!, strategy: CONFORMANCE.strategy! };
  assert.is(afterRequests(counting({}, only), [1, 1]).status!.exposure, undefined);
});

const account = suite('status.exposure');

function exposureOf(experiment: Experiment): Exposure[] {
  return experiment.status!.exposure!.map((one) => ({
    ...one,
    atLeast: Number(one.atLeast).toFixed(0),
    atMost: Number(one.atMost).toFixed(0),
  }));
}

account('has the requests of each version beside those that its weights let expect', () => {
  const fixed = counting({}, { strategy: FIXED });
  // 10 % with odds of 1.25 less or more: 8.2 and 12.2 %. At the start the baseline may have had all.
  assert.equal(exposureOf(afterRequests(fixed, [900, 100], [1800, 200])), [
    {
      version: 'default',
      requests: '1800',
      atLeast: '1756',
      atMost: '2000',
      lowestWeight: 90,
      highestWeight: 100,
    },
    {
      version: 'canary',
      requests: '200',
      atLeast: '0',
      atMost: '244',
      lowestWeight: 0,
      highestWeight: 10,
    },
  ]);
  assert.equal(exposureOf(afterRequests(fixed, ...steady(6)))[1], {
    version: 'canary',
    requests: '600',
    atLeast: '245',
    atMost: '732',
    lowestWeight: 10,
    highestWeight: 10,
  });
});

function steady(looks: number): [number, number][] {
  return Array.from({ length: looks }, (_, look) => [900 * (look + 1), 100 * (look + 1)]);
}

account('keeps what it knows, and widens its weights, while a count is missing', () => {
  const before = afterRequests(counting(), [1980, 20]);
  const missed = exposureOf(afterRequests(before, [4000, 'none'], [6000, 'none']));
  assert.is(missed[1]!.requests, '20');
  assert.equal([missed[1]!.lowestWeight, missed[1]!.highestWeight], [0, 31]);
});

account('begins with the weights that the target was found with', () => {
  const object = { apiVersion: 'v1', kind: 'Route', namespace: 'team', name: 'r' };
  const [baseline, canary] = ['default', 'canary'].map((name) => ({
    name,
    weightObjRef: { ...object, fieldPath: `.${name}` },
  }));
  const originals = [
    { ...object, fieldPath: '.default', value: 20 },
    { ...object, fieldPath: '.canary', value: 80 },
  ];
  const found = having(counting(), {
    versionInfo: { baseline: baseline!, candidates: [canary!] },
    target: { ...counting().status!.target, originals },
  });
  const ranges = exposureOf(afterRequests(found, [500, 'none'])).map((one) => [
    one.lowestWeight,
    one.highestWeight,
  ]);
  assert.equal(ranges, [
    [20, 99],
    [1, 80],
  ]);
});

few.run();
account.run();
