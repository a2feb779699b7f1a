import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement, Measurements } from '../../functions/lib/experiment/observations.ts';
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { following, having, iterate, running, strategyOf, type Parts } from '../fixtures.ts';
import { approvalOf, freezeRules } from './people.ts';

const KIB = 1024;
/** As long as labels may be. */
const [BASELINE, CANDIDATE] = ['b'.repeat(63), 'c'.repeat(63)];
const OBJECTIVES = Array.from({ length: 32 }, (_, index) => ({
  metric: `${'n'.repeat(20)}/${String(index).padStart(63, 'm')}`,
  upperLimit: 100,
}));

function spec(): Parts['spec'] {
  const freeze = freezeRules('Promotion');
  const windows = Array.from({ length: 8 }, () => freeze.windows[0]!);
  return {
    duration: { intervalSeconds: 20, iterationsPerLoop: 1000, maxLoops: 1 },
    criteria: { objectives: OBJECTIVES, requestCount: OBJECTIVES[0]!.metric },
    versionInfo: { baseline: { name: BASELINE }, candidates: [{ name: CANDIDATE }] },
    strategy: strategyOf({ freeze: { ...freeze, windows }, approval: approvalOf() }),
  };
}

/** Running for long, with everything in its status that can be: 32 objectives with queries of 1 KiB. */
function large(): Experiment {
  const experiment = running({ spec: spec() });
  const query = [{ name: 'query', value: 'q'.repeat(KIB - 10) + '${elapsedTime}' }];
  const metrics = experiment.status!.metrics!.map(({ name, metricObj }) => ({
    name,
    metricObj: { ...metricObj, spec: { ...metricObj.spec, params: query } },
  }));
  let grown = having(experiment, { metrics });
  const value = { kind: 'Value', value: 1.234567890123 } as const;
  for (let look = 0; look < 40; look++) {
    grown = following(grown, iterate(grown, { measurements: allOf(value) }));
  }
  return grown;
}

function allOf(measurement: Measurement): Measurements {
  const versions = { [BASELINE]: measurement, [CANDIDATE]: measurement };
  return Object.fromEntries(OBJECTIVES.map(({ metric }) => [metric, versions]));
}

const size = suite('the size of a status');
const message = 'x'.repeat(200);
const before = large();

for (const measurement of [
  { kind: 'Value', value: 12345.6789012345 },
  { kind: 'NoData', reason: 'NoData', message },
  { kind: 'Error', reason: 'Timeout', message },
] as const) {
  size(`stays below 128 KiB where all of 32 objectives have: ${measurement.kind}`, () => {
    const { status } = iterate(before, { measurements: allOf(measurement) });
    const bytes = bytesOf(status);
    assert.ok(bytes < 128 * KIB, `${bytes} bytes: ${largestOf(status)}`);
    assert.ok(bytes > 64 * KIB, `${bytes} bytes are no large status`);
  });
}

function bytesOf(value: unknown): number {
  return JSON.stringify(value).length;
}

function largestOf(status: ExperimentStatus): string {
  const sizes = Object.entries(status).map(([field, value]) => [field, bytesOf(value)] as const);
  const largest = sizes.toSorted(([, one], [, other]) => other - one).slice(0, 5);
  return largest.map(([field, bytes]) => `${field} ${bytes}`).join(', ');
}

size('is not all taken by what had no value: some are named, and how many more', () => {
  const { status } = iterate(before, {
    measurements: allOf({ kind: 'Error', reason: 'X', message }),
  });
  const said = status.analysis!.aggregatedMetrics!.message!;
  assert.ok(said.length < 8 * KIB);
  assert.match(said, 'and 56 more');
  assert.is(status.evidence!.length, 64);
});

size.run();
