import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../../functions/lib/analysis/random.ts';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { mockValue } from '../../functions/lib/metrics/mock.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { referenceJson } from '../shared.ts';

const mock = suite('mocked metrics');

type Mocked = Pick<MetricSpec, 'type' | 'mock'>;

const COUNTER: Mocked = {
  type: 'Counter',
  mock: [
    { name: 'default', level: '1500m' },
    { name: 'canary', level: '2k' },
  ],
};
const GAUGE: Mocked = { type: 'Gauge', mock: [{ name: 'default', level: 20 }] };

function unused(): never {
  throw new Error('nothing is drawn for a Counter');
}

function numberOf(measured: Measurement): number {
  if (measured.kind !== 'Value') throw new Error(measured.message);
  return measured.value;
}

mock('a Counter grows by its level each second', () => {
  assert.equal(mockValue(COUNTER, 'default', 600, unused), { kind: 'Value', value: 900 });
  assert.equal(mockValue(COUNTER, 'canary', 600, unused), { kind: 'Value', value: 1_200_000 });
  assert.equal(mockValue(COUNTER, 'canary', 0, unused), { kind: 'Value', value: 2000 });
});

for (const elapsed of [1, 10, 1000]) {
  mock(`a Gauge has its level as mean, and the spread of ${elapsed} s`, () => {
    const random = seededRandom([1, 2, 3, elapsed]);
    const count = 4000;
    const values = Array.from({ length: count }, () =>
      numberOf(mockValue(GAUGE, 'default', elapsed, random)),
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
    const expected = 20 ** 2 / (2 * elapsed + 1);
    assert.ok(values.every((value) => value >= 0 && value <= 40));
    assert.ok(Math.abs(mean - 20) < 4 * Math.sqrt(expected / count), `mean ${mean}`);
    assert.ok(
      Math.abs(variance / expected - 1) < 0.12,
      `variance ${variance}, expected ${expected}`,
    );
  });
}

mock('a version without a level is refused, with those that have one', () => {
  const measured = mockValue(GAUGE, 'canary', 60, unused);
  assert.equal(measured, {
    kind: 'Error',
    reason: 'Undefined',
    message:
      'spec.mock: no level for version canary; found levels for default; add {name: canary, level: …}',
  });
  const empty = mockValue({ type: 'Counter', mock: [] }, 'canary', 60, unused);
  assert.is(empty.kind === 'Error' && empty.reason, 'Undefined');
});

mock('a level that is no quantity is refused', () => {
  const measured = mockValue(
    { type: 'Gauge', mock: [{ name: 'default', level: 'many' }] },
    'default',
    60,
    unused,
  );
  assert.ok(
    measured.kind === 'Error' && measured.message.startsWith('spec.mock: the level "many" '),
  );
});

mock('a value beyond all numbers is none', () => {
  const measured = mockValue(
    { type: 'Counter', mock: [{ name: 'default', level: '1e308' }] },
    'default',
    60,
    unused,
  );
  assert.is(measured.kind === 'NoData' && measured.reason, 'NaN');
});

mock('the first of two levels counts', () => {
  const twice: Mocked = {
    type: 'Counter',
    mock: [
      { name: 'a', level: 1 },
      { name: 'a', level: 2 },
    ],
  };
  assert.is(numberOf(mockValue(twice, 'a', 1, unused)), 1);
});

type Recorded = {
  id: string;
  input: {
    status: { startTime: string; metrics?: { name: string; metricObj: { spec: MetricSpec } }[] };
  };
  output: { body: { data?: Record<string, { data: Record<string, { value: string | null }> }> } };
};

const oracle = referenceJson<{ meta: { frozenNow: string }; cases: Recorded[] }>(
  'oracle/metrics.json',
);

for (const { id, input, output } of oracle?.cases ?? []) {
  for (const { name, metricObj } of input.status.metrics ?? []) {
    const { spec } = metricObj;
    if (!spec.mock || spec.type !== 'Counter') continue;
    mock(`${id}: as iter8 had it`, () => {
      const elapsed =
        (Date.parse(oracle!.meta.frozenNow) - Date.parse(input.status.startTime)) / 1000;
      const values = Object.entries(output.body.data?.[name]?.data ?? {});
      assert.ok(values.length > 0);
      for (const [version, { value }] of values) {
        const measured = mockValue(spec, version, elapsed, unused);
        if (value === null) assert.is(measured.kind, 'Error');
        else assert.is(numberOf(measured), Number(value));
      }
    });
  }
}

mock.run();
