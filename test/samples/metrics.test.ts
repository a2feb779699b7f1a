import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments, stringify } from 'yaml';
import { interpolate } from '../../functions/lib/metrics/interpolate.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { isInPath } from '../shared.ts';
import { LAST_STEP, PACKS, STEP_SECONDS, seriesOf, type Requests } from './promtool-series.ts';

/** The experiment starts half-way through the series and is looked at when they end. */
const START = LAST_STEP / 2;
const VALUES = {
  revision: 'mine',
  namespace: 'models',
  elapsedTime: String((LAST_STEP - START) * STEP_SECONDS),
};

type Expected = number | 'NaN' | 'NoData';

/** Requests, errors, their share, mean latency and 95th percentile in milliseconds. */
type Row = [what: string, traffic: Requests[], expected: Record<string, Expected>];

const old: Requests = { code: 200, pod: 'old', from: 0, count: 500, perStep: 10 };

function expected(requests: Expected, errors: Expected, share: Expected, ms: Expected): Row[2] {
  return {
    'request-count': requests,
    'error-count': errors,
    'error-rate': share,
    'mean-latency': ms,
    // All requests are in the bucket from 10 to 25 ms.
    '95th-percentile-tail-latency': ms === 20 ? 24.25 : ms,
  };
}

const ROWS: Row[] = [
  ['requests of a pod that was there before', [old], expected(200, 0, 0, 20)],
  ['requests with errors', [old, { ...old, code: 503, perStep: 2.5 }], expected(250, 50, 0.2, 20)],
  [
    'the first errors of a pod, all before they were first scraped',
    [old, { code: 500, pod: 'old', from: START + 5, count: 3, perStep: 0 }],
    expected(203, 3, 0.015, 20),
  ],
  [
    'a new pod that answered once and was scraped once',
    [{ code: 200, pod: 'new', from: START + 7, to: START + 7, count: 1, perStep: 0 }],
    expected(1, 0, 0, 20),
  ],
  [
    'a pod that came and went',
    [old, { code: 200, pod: 'gone', from: START + 2, to: START + 9, count: 5, perStep: 10 }],
    expected(275, 0, 0, 20),
  ],
  [
    'a failed scrape as the experiment starts',
    [{ ...old, missing: START }],
    expected(200, 0, 0, 20),
  ],
  ['a pod that has had no requests since', [{ ...old, perStep: 0 }], expected(0, 0, 'NaN', 'NaN')],
  [
    'the same address, used by a pod of another revision before',
    [
      { ...old, pod: 'theirs', address: 'same', revision: 'other', to: START + 3 },
      { code: 200, pod: 'new', address: 'same', from: START + 6, count: 4, perStep: 0 },
    ],
    expected(4, 0, 0, 20),
  ],
  [
    'a revision that was never scraped',
    [{ ...old, revision: 'other' }],
    expected('NoData', 'NoData', 'NoData', 'NoData'),
  ],
];

const packs = suite('queries of the metric packs');
const folder = mkdtempSync(join(tmpdir(), 'iter8-metrics-'));
packs.after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function queriesOf(pack: string): Record<string, string> {
  const file = join(import.meta.dirname, '../../samples/metrics', pack, 'metrics.yaml');
  const metrics = parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as Metric);
  return Object.fromEntries(
    metrics.map(({ metadata, spec }) => [
      metadata.name,
      interpolate(spec.params![0]!.value, VALUES),
    ]),
  );
}

/** What promtool has to find: samples have to agree exactly, so values are rounded. */
function checks(query: string, value: Expected): object[] {
  const check = (expr: string, found: number[]): object => ({
    expr,
    eval_time: `${LAST_STEP * STEP_SECONDS}s`,
    exp_samples: found.map((one) => ({ labels: '{}', value: one })),
  });
  if (value === 'NoData') return [check(query, [])];
  // Nothing compares with NaN.
  if (value === 'NaN') {
    return [check(`count(${query})`, [1]), check(`(${query}) >= 0 or (${query}) < 0`, [])];
  }
  return [check(`round(${query}, 0.001)`, [value])];
}

for (const [pack, style] of isInPath('promtool') ? Object.entries(PACKS) : []) {
  const queries = queriesOf(pack);
  for (const [what, traffic, values] of ROWS) {
    packs(`${pack}: ${what}`, () => {
      const test = {
        interval: `${STEP_SECONDS}s`,
        input_series: traffic.flatMap((requests) => seriesOf(style, requests)),
        promql_expr_test: Object.entries(values).flatMap(([name, value]) =>
          checks(queries[name]!, value),
        ),
      };
      const file = join(folder, 'tests.yaml');
      writeFileSync(file, stringify({ evaluation_interval: '15s', tests: [test] }));
      const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file]);
      assert.is(status, 0, `${stdout.toString()}${stderr.toString()}`);
    });
  }
}

packs.run();
