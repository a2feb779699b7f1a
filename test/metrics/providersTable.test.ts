// Every provider in every mode of its stand-in: what an experiment is told, by the product's own way.
import { basename } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { httpJson } from '../../functions/lib/metrics/httpJson.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { observeMetrics, type MetricsRead } from '../../functions/lib/metrics/observe.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { UNUSED } from './outfit.ts';
import {
  assertSentence,
  assertTellsNone,
  EVALUATED,
  experimentOn,
  metricsAt,
  secretsOf,
} from './providerMetrics.ts';
import { MODES, PROVIDERS, type Mode, type Provider } from './standIns/index.ts';

const POLICY = { allowedHosts: [], allowsLoopback: true };
const ask = prometheus(POLICY, () => 0);
const askHttp = httpJson(POLICY, () => 0);

/** All that a provider's sample is told in a mode, and by whom. */
type Told = { mode: Mode; read: MetricsRead; host: string };

async function observe(provider: Provider, mode: Mode): Promise<Told> {
  const standIn = await provider.start(mode);
  const metrics = metricsAt(provider, standIn);
  const { api } = secretsOf(provider, metrics);
  const limits = { deadlineMs: mode === 'hang' ? 400 : 5000, concurrency: 8 };
  const instruments = instrumentsOf({ ...UNUSED, api, ask, askHttp, ...limits });
  const wanted = { evaluationTime: EVALUATED, counted: [] };
  try {
    const read = await observeMetrics(experimentOn(metrics), wanted, instruments);
    return { mode, read, host: new URL(standIn.url).host };
  } finally {
    await standIn.stop();
  }
}

type Found = { metric: string; version: 'baseline' | 'candidate'; measured: Measurement };

/** One measurement for each Metric that is expected and each version. */
function foundIn({ expected }: Provider, { read }: Told): Found[] {
  return Object.keys(expected).flatMap((metric) =>
    (['baseline', 'candidate'] as const).map((version) => {
      const measured = read.measurements[`iter8-system/${metric}`]?.[version];
      assert.ok(measured, `${metric} of ${version} is not measured`);
      return { metric, version, measured };
    }),
  );
}

function outcomeOf(measured: Measurement): string {
  return measured.kind === 'Value' ? 'Value' : measured.reason;
}

function assertOutcome(provider: Provider, mode: Mode, { metric, version, measured }: Found): void {
  const text = `${metric} of ${version}, ${mode}: ${JSON.stringify(measured)}`;
  const expected = provider.outcomes[mode];
  assert.is(outcomeOf(measured), expected, text);
  if (measured.kind !== 'Value') {
    assert.is(measured.kind, expected === 'NoData' ? 'NoData' : 'Error', text);
    return;
  }
  const value = provider.expected[metric]![version];
  assert.ok(Math.abs(measured.value - value) <= 1e-9 * Math.abs(value), `${text} is not ${value}`);
}

/** Whether a message says of whom it is: of the backend, or of a field of the Metric. */
function assertNames(host: string, { message }: { message: string }): void {
  const isNamed = message.startsWith(`${host}: `) || message.startsWith('spec.');
  assert.ok(isNamed, `it names neither ${host} nor a field: ${message}`);
}

const table = new Map<string, string[]>();

for (const provider of PROVIDERS) {
  const name = basename(provider.sample, '.yaml');
  const outcomes = suite(`what an experiment is told by ${name}`);
  let told: Told[] = [];
  outcomes.before(async () => {
    told = await Promise.all(MODES.map((mode) => observe(provider, mode)));
    table.set(
      name,
      told.map((one) => cellOf(provider, one)),
    );
  });
  for (const [index, mode] of MODES.entries()) {
    outcomes(`${mode}: ${provider.outcomes[mode]}`, () => {
      const { read, host } = told[index]!;
      const all = foundIn(provider, told[index]!);
      assert.is(Object.keys(read.measurements).length, Object.keys(provider.expected).length);
      assertTellsNone(JSON.stringify(read), provider.secret);
      for (const found of all) {
        assertOutcome(provider, mode, found);
        if (found.measured.kind === 'Value') continue;
        assertSentence(found.measured.message);
        assertNames(host, found.measured);
      }
    });
  }
  outcomes.run();
}

/** The outcomes of a provider in a mode, each once. */
function cellOf(provider: Provider, told: Told): string {
  const outcomes = foundIn(provider, told).map(({ measured }) => outcomeOf(measured));
  return [...new Set(outcomes)].join('+');
}

const printing = suite('the table of reasons');

printing('has a line for each provider', () => {
  assert.is(table.size, PROVIDERS.length);
  if (process.env['PRINT_TABLE'] === undefined) return;
  const lines = [['', ...MODES], ...[...table].map(([name, cells]) => [name, ...cells])];
  for (const line of lines) console.log(line.map((cell) => cell.padEnd(15)).join(''));
});

printing.run();
