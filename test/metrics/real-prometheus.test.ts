import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { startPrometheus } from '../../sandbox/prometheus.ts';
import { startStub } from '../stub-server.ts';

const SAMPLES = `
# TYPE requests gauge
requests{revision="a"} 148.0405378277749
requests{revision="b"} 2
nothing 0
infinite +Inf
`;
const DEADLINE_MS = 20_000;

const real = suite('a real Prometheus');

const ask = prometheus({ allowedHosts: [], allowsLoopback: true });
const stops: (() => Promise<void>)[] = [];
let endpoint: string | undefined;

real.before(async () => {
  if (!isInPath('prometheus')) return;
  const headers = { 'content-type': 'text/plain; version=0.0.4' };
  const target = await startStub(() => ({ text: SAMPLES, headers }));
  stops.push(target.stop);
  const server = await startPrometheus([new URL(target.url).host]);
  stops.push(() => server.stop());
  endpoint = server.url;
  await scraped();
});

real.after(async () => {
  for (const stop of stops.reverse()) await stop();
});

function isInPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function scraped(): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while ((await measure('nothing')).kind !== 'Value') {
    if (Date.now() > deadline) throw new Error('Prometheus has scraped nothing');
    await sleep(100);
  }
}

function measure(query: string, evaluationTime = new Date()): Promise<Measurement> {
  const signal = AbortSignal.timeout(5000);
  return ask({ endpoint: endpoint!, query, evaluationTime, signal });
}

const EXPECTED: [query: string, expected: string | number][] = [
  ['requests{revision="a"}', 148.0405378277749],
  ['sum(requests) - 148.0405378277749', 2],
  ['scalar(nothing)', 0],
  ['vector(1e300)', 1e300],
  ['requests{revision="c"}', 'NoData NoData'],
  ['nothing / nothing', 'NoData NaN'],
  ['1 / 0', 'NoData NaN'],
  ['infinite', 'NoData NaN'],
  ['requests', 'Error SeveralSeries'],
  ['requests[1m]', 'Error BadQuery'],
  ['"text"', 'Error BadQuery'],
  ['sum(', 'Error BadQuery'],
  ['requests{revision="$revision"}[', 'Error BadQuery'],
  ['requests + on() group_left() requests', 'Error BadQuery'],
];

for (const [query, expected] of EXPECTED) {
  real(`${query} is ${expected}`, async () => {
    if (!endpoint) return;
    const measured = await measure(query);
    const outcome =
      measured.kind === 'Value' ? measured.value : `${measured.kind} ${measured.reason}`;
    assert.is(outcome, expected, JSON.stringify(measured));
  });
}

real('a query is evaluated at the time given', async () => {
  if (!endpoint) {
    console.log('skipped: prometheus is not in PATH');
    return;
  }
  const hourAgo = new Date(Date.now() - 3_600_000);
  assert.is((await measure('nothing', hourAgo)).kind, 'NoData');
  assert.equal(await measure('time()', hourAgo), {
    kind: 'Value',
    value: hourAgo.getTime() / 1000,
  });
});

real('what it says about a bad query is told', async () => {
  if (!endpoint) return;
  const measured = await measure('sum(');
  assert.match(measured.kind === 'Error' ? measured.message : '', 'parse error');
});

real.run();
