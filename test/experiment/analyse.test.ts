import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judge, verdictsOn, violations } from '../../functions/lib/experiment/evidence.ts';
import type { Analysis, Evidence, Objective } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  CONFORMANCE,
  deepFreeze,
  having,
  iterate,
  latency,
  measured,
  running,
  type Look,
  type Parts,
} from '../fixtures.ts';

function analysisOf(look: Look, parts: Parts = {}): Required<Analysis> {
  return iterate(running(parts), { now: at(25), ...look }).status.analysis as Required<Analysis>;
}

const analysis = suite('status.analysis');

analysis('has the values as quantities, by metric and version', () => {
  const { aggregatedMetrics } = analysisOf({ measurements: latency(50.25, 1e-7) });
  assert.equal(aggregatedMetrics, {
    provenance: 'iter8-kserve',
    timestamp: at(25).toISOString(),
    data: { 'team/latency': { data: { default: { value: '50.25' }, canary: { value: '1e-7' } } } },
    message: 'Error: ; Warning: ; Info: ',
  });
});

analysis('says of every part where and when it came about', () => {
  const { aggregatedMetrics, versionAssessments, winnerAssessment, weights } = analysisOf({});
  for (const part of [aggregatedMetrics, versionAssessments, winnerAssessment, weights]) {
    assert.is(part.provenance, 'iter8-kserve');
    assert.is(part.timestamp, at(25).toISOString());
  }
});

analysis('has no value where there was none, and tells errors from missing data', () => {
  const { aggregatedMetrics } = analysisOf({ measurements: latency('error', 'none') });
  assert.equal(aggregatedMetrics.data, { 'team/latency': { data: { default: {}, canary: {} } } });
  assert.is(
    aggregatedMetrics.message,
    'Error: team/latency for default: no answer in time; Warning: team/latency for canary: the answer is empty; Info: ',
  );
});

analysis('has one boolean per version and objective, false where there is no value', () => {
  const spec = {
    criteria: {
      objectives: [
        { metric: 'latency', upperLimit: 100 },
        { metric: 'latency', lowerLimit: 55 },
      ],
    },
  };
  const data = (look: Look): unknown => analysisOf(look, { spec }).versionAssessments.data;
  assert.equal(data({ measurements: latency(50, 60) }), {
    default: [true, false],
    canary: [true, true],
  });
  assert.equal(data({ measurements: latency(160, 'none') }), {
    default: [false, true],
    canary: [false, false],
  });
});

analysis('counts values at the limit as within it', () => {
  const { versionAssessments } = analysisOf({ measurements: latency(100, 100.0001) });
  assert.equal(versionAssessments.data, { default: [true], canary: [false] });
});

analysis('has the winner in the words of iter8', () => {
  const { winnerAssessment } = analysisOf({});
  assert.equal(winnerAssessment.data, {
    winnerFound: true,
    winner: 'canary',
    bestVersions: ['canary'],
  });
  assert.is(
    winnerAssessment.message,
    'Error: ; Warning: ; Info: candidate satisfies all objectives',
  );
});

analysis('has no winner where none satisfies its objectives', () => {
  const { winnerAssessment } = analysisOf({ measurements: latency('none', 160) });
  assert.equal(winnerAssessment.data, { winnerFound: false, bestVersions: [] });
});

analysis('has the weights that come into force', () => {
  const { weights } = analysisOf({});
  assert.equal(weights.data, [
    { name: 'default', value: 89 },
    { name: 'canary', value: 11 },
  ]);
  assert.is(weights.message, 'Error: ; Warning: ; Info: all ok');
});

analysis('has no weights for Conformance, and says why', () => {
  const measurements = measured({ latency: { default: 50 } });
  const { weights } = analysisOf({ measurements }, { spec: CONFORMANCE });
  assert.equal(weights.data, []);
  assert.is(weights.message, 'weight computation is not applicable to a conformance experiment');
});

analysis('has no assessments without objectives, and the candidate wins', () => {
  const spec = { criteria: undefined };
  const found = analysisOf({ measurements: {} }, { spec });
  assert.equal(found.versionAssessments.data, {});
  assert.is(found.winnerAssessment.data.winner, 'canary');
});

analysis('keeps the histograms of built-in metrics, which others write', () => {
  const aggregatedBuiltinHists = { provenance: 'other', timestamp: at(1).toISOString(), data: {} };
  const before = having(running(), { analysis: { aggregatedBuiltinHists } });
  assert.equal(iterate(before).status.analysis?.aggregatedBuiltinHists, aggregatedBuiltinHists);
});

analysis('finds a metric under its full name also where the objective says only its own', () => {
  const spec = { criteria: { objectives: [{ metric: 'team/latency', upperLimit: 100 }] } };
  const full = analysisOf({}, { spec });
  assert.equal(full, analysisOf({}));
  assert.is(full.winnerAssessment.data.winner, 'canary');
});

const verdicts = suite('status.evidence');

function evidenceOf(look: Look): Evidence[] {
  return iterate(running(), look).status.evidence!;
}

const VERDICTS = [
  {
    reading: 60,
    verdict: 'Satisfied',
    reason: 'Value',
    text: 'latency is 60; at most 100: satisfied',
  },
  {
    reading: 160.12345,
    verdict: 'Violated',
    reason: 'Value',
    text: 'latency is 160.1; at most 100: violated',
  },
  { reading: 'none', verdict: 'NoData', reason: 'NoData', text: 'latency: the answer is empty' },
  { reading: 'nan', verdict: 'NoData', reason: 'NaN', text: 'latency: the value is NaN' },
  { reading: 'error', verdict: 'Error', reason: 'Timeout', text: 'latency: no answer in time' },
] as const;

for (const { reading, verdict, reason, text } of VERDICTS) {
  verdicts(`is ${verdict} with reason ${reason} for the reading ${reading}`, () => {
    const [baseline, candidate] = evidenceOf({ measurements: latency(50, reading) });
    assert.is(baseline?.version, 'default');
    assert.equal(candidate, {
      version: 'canary',
      metric: 'team/latency',
      role: 'Objective',
      objective: 0,
      ...(typeof reading === 'number' && { estimate: String(reading) }),
      verdict,
      reason,
      message: text,
    });
  });
}

verdicts('is NoData for a metric that was not measured at all', () => {
  const [one] = evidenceOf({ measurements: {} });
  assert.is(one?.verdict, 'NoData');
  assert.is(one?.reason, 'NoData');
  assert.match(one!.message, 'was not measured');
});

verdicts('names both limits, and says so where there is none', () => {
  const objectives: Objective[] = [
    { metric: 'a', lowerLimit: '10m', upperLimit: 5 },
    { metric: 'a' },
  ];
  const resolved = objectives.map((objective) => ({ ...objective, fullName: 'team/a' }));
  const measurements = measured({ a: { v: 1 } });
  const messages = resolved.map((objective, index) => {
    return judge('v', deepFreeze({ objective, index }), measurements).message;
  });
  assert.equal(messages, [
    'a is 1; at least 10m, at most 5: satisfied',
    'a is 1; no limit: satisfied',
  ]);
});

const against = suite('violations');

function found(version: string, objective: number, verdict: Evidence['verdict']): Evidence {
  return { version, metric: 'm', role: 'Objective', objective, verdict, message: '' };
}

against('are those of candidates, told from those that the baseline shares', () => {
  const evidence = deepFreeze([
    found('default', 0, 'Violated'),
    found('default', 1, 'Satisfied'),
    found('default', 2, 'NoData'),
    found('canary', 0, 'Violated'),
    found('canary', 1, 'Violated'),
    found('canary', 2, 'Violated'),
    found('canary', 3, 'Error'),
  ]);
  assert.equal(
    violations('default', evidence).map((one) => [one.evidence.objective, one.isShared]),
    [
      [0, true],
      [1, false],
      [2, false],
    ],
  );
  assert.equal(verdictsOn('default', evidence), ['Violated', 'Satisfied', 'NoData']);
});

for (const tests of [analysis, verdicts, against]) tests.run();
