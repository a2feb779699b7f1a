import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Refusal } from '../../functions/lib/metrics/answer.ts';
import { builtinValue } from '../../functions/lib/metrics/builtin.ts';
import { mersenneTwister } from '../../functions/lib/metrics/mersenne.ts';
import { referenceJson } from '../shared.ts';

const builtin = suite('built-in metrics');
const twister = suite('mersenneTwister');
const recorded = suite('built-in metrics as iter8 had them');

twister('gives the numbers that numpy gives for the same seed', () => {
  const next = mersenneTwister(17);
  const numbers = Array.from({ length: 10_000 }, next);
  // numpy.random.RandomState(17).random_sample(10000)
  assert.equal(numbers.slice(0, 3), [0.2946650026871097, 0.5305867556052941, 0.19152078694749486]);
  assert.is(numbers[9999], 0.3052809575482158);
});

twister('gives the numbers of the authors for their seed', () => {
  // The first two outputs for 5489 are 3499211612 and 581869302.
  const [high, low] = [3499211612 >>> 5, 581869302 >>> 6];
  assert.is(mersenneTwister(5489)(), (high * 2 ** 26 + low) / 2 ** 53);
});

function histograms(histogram: object, codes: object = { 200: 3, 404: 2, '-1': 1 }): object {
  return { canary: { DurationHistogram: histogram, RetCodes: codes } };
}

const SIX = { Count: 6, Max: 0.2, Sum: 0.6, Data: [{ Start: 0.1, End: 0.2, Count: 6 }] };

builtin('are known by their names, with or without the namespace', () => {
  for (const prefix of ['', 'iter8-system/']) {
    const value = (name: string): unknown => builtinValue(prefix + name, 'canary', histograms(SIX));
    assert.equal(value('request-count'), { kind: 'Value', value: 6 });
    assert.equal(value('error-count'), { kind: 'Value', value: 2 });
    assert.equal(value('error-rate'), { kind: 'Value', value: 2 / 6 });
    assert.equal(value('mean-latency'), { kind: 'Value', value: 100 });
  }
});

builtin('by another name are refused', () => {
  for (const name of ['latency-51st-percentile', 'constructor', 'other/request-count', '']) {
    const measured = builtinValue(name, 'canary', histograms(SIX));
    assert.ok(measured.kind === 'Error' && measured.reason === 'Undefined');
  }
});

builtin('have no value before requests were collected', () => {
  for (const hists of [undefined, null, {}, { default: {} }, [], 'x']) {
    const measured = builtinValue('request-count', 'canary', hists);
    assert.is(measured.kind === 'NoData' && measured.reason, 'NoData');
    assert.is(builtinValue('request-count', 'toString', hists).kind, 'NoData');
  }
});

builtin('count where there were no requests, and have neither rate nor latency', () => {
  const none = histograms({ Count: 0, Max: 0, Sum: 0, Data: null }, {});
  assert.equal(builtinValue('request-count', 'canary', none), { kind: 'Value', value: 0 });
  for (const name of ['error-rate', 'mean-latency', 'latency-99th-percentile']) {
    assert.is(builtinValue(name, 'canary', none).kind, 'NoData');
  }
});

const MALFORMED: [stored: object, field: string][] = [
  [{ canary: null }, 'canary.DurationHistogram.Count'],
  [{ canary: { RetCodes: {} } }, 'canary.DurationHistogram.Count'],
  [histograms({ ...SIX, Count: -1 }), 'canary.DurationHistogram.Count'],
  [histograms({ ...SIX, Count: '6' }), 'canary.DurationHistogram.Count'],
  [histograms({ ...SIX, Count: 1.5 }), 'canary.DurationHistogram.Count'],
  [histograms({ ...SIX, Sum: null }), 'canary.DurationHistogram.Sum'],
  [histograms({ ...SIX, Data: {} }), 'canary.DurationHistogram.Data'],
  [
    histograms({ ...SIX, Data: [...SIX.Data, { Start: 2, End: 1, Count: 1 }] }),
    'canary.DurationHistogram.Data[1]',
  ],
  [histograms({ ...SIX, Data: [{ Start: 0, End: 1 }] }), 'canary.DurationHistogram.Data[0]'],
  [histograms({ ...SIX, Data: [null] }), 'canary.DurationHistogram.Data[0]'],
  [histograms(SIX, { 500: 'x' }), 'canary.RetCodes["500"]'],
  [histograms(SIX, { OK: 1 }), 'canary.RetCodes["OK"]'],
  [histograms(SIX, [1]), 'canary.RetCodes'],
];

for (const [stored, field] of MALFORMED) {
  builtin(`with a malformed ${field} are refused: ${JSON.stringify(stored).slice(0, 60)}`, () => {
    const measured = builtinValue('mean-latency', 'canary', stored);
    const { reason, message } = measured as Refusal;
    assert.is(reason, 'BadAnswer');
    assert.ok(
      message.startsWith(`status.analysis.aggregatedBuiltinHists.data.${field}: `),
      message,
    );
  });
}

builtin('of very many requests take no longer, and are as exact', () => {
  const Data = [
    { Start: 0, End: 0.1, Count: 90_000_000 },
    { Start: 0.1, End: 0.2, Count: 10_000_000 },
    { Start: 0.2, End: 0.2, Count: 1 },
  ];
  const many = histograms({ Count: 100_000_001, Max: 0.2, Sum: 1e6, Data });
  for (const [name, expected] of [
    ['50', 55.56],
    ['95', 150],
  ] as const) {
    const measured = builtinValue(`latency-${name}th-percentile`, 'canary', many);
    assert.ok(measured.kind === 'Value' && Math.abs(measured.value / expected - 1) < 0.01);
  }
});

type Case = {
  id: string;
  description: string;
  input: { status: { analysis: { aggregatedBuiltinHists: { data: Record<string, unknown> } } } };
  output: { body: { data: Record<string, { data: Record<string, { value: string | number }> }> } };
};

for (const { id, description, input, output } of referenceJson<{ cases: Case[] }>(
  'oracle/builtin_metrics.json',
)?.cases ?? []) {
  recorded(`${id}: ${description}`, () => {
    const { data } = input.status.analysis.aggregatedBuiltinHists;
    for (const [name, { data: values }] of Object.entries(output.body.data)) {
      for (const version of [...Object.keys(data), 'unknown']) {
        const measured = builtinValue(name, version, data);
        const expected = values[version]?.value;
        if (expected === undefined) {
          assert.is(measured.kind, 'NoData');
          continue;
        }
        const ours = measured.kind === 'Value' ? measured.value : NaN;
        const difference = Math.abs(ours - Number(expected));
        assert.ok(difference <= 1e-12 * Math.abs(ours), `${name}: ${ours}, not ${expected}`);
      }
    }
  });
}

builtin.run();
twister.run();
recorded.run();
