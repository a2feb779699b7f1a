import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Tally, Window } from '../../functions/lib/experiment/observations.ts';
import type { MetricEvidence } from '../../functions/lib/types/metric.gen.ts';
import { startPrometheus, type Prometheus } from '../../sandbox/prometheus.ts';
import { isInPath } from '../shared.ts';
import { startStub, type Stub } from '../stub-server.ts';
import { count, countOne as countOneAt, MEAN, QUANTILE, RATE } from './counting.ts';

const real = suite('counting in a real Prometheus');
const isThere = isInPath('prometheus');
const pods: Pod[] = [];
let server: Prometheus;
let began: Date;
let ended: Date;

/** What a pod says at each scrape, as `life` has it; undefined: it fails. It stands still in the end. */
type Pod = Stub & { said: (number | undefined)[] };

/** The requests a pod has had by its so-manieth scrape. */
type Life = (scrape: number) => number | undefined;

async function startPod(revision: string, life: Life): Promise<Pod> {
  const said: (number | undefined)[] = [];
  const headers = { 'content-type': 'text/plain; version=0.0.4' };
  const stub = await startStub(() => {
    const requests = life(Math.min(said.length, SCRAPES - 1));
    said.push(requests);
    if (requests === undefined) return { status: 500, text: 'not now' };
    return { text: exposed(revision, requests), headers };
  });
  return { ...stub, said };
}

/** A fifth of the requests fails; each takes 20 ms, and so is in the bucket up to 0.07 s. */
function exposed(revision: string, requests: number): string {
  const errors = Math.floor(requests / 5);
  const labels = `revision="${revision}"`;
  return `requests_total{${labels},code="200"} ${requests - errors}
${errors > 0 ? `requests_total{${labels},code="500"} ${errors}\n` : ''}took_seconds_bucket{${labels},le="0.01"} 0
took_seconds_bucket{${labels},le="0.07"} ${requests}
took_seconds_bucket{${labels},le="+Inf"} ${requests}
took_seconds_sum{${labels}} ${requests * 0.02}
took_seconds_count{${labels}} ${requests}
`;
}

/** steady; with failed scrapes; begun anew at the 4th; gone after the 6th; born at the 3rd. */
const LIVES: Life[] = [
  (scrape) => 1000 + 5 * scrape,
  (scrape) => (scrape % 3 === 1 ? undefined : 200 + 10 * scrape),
  (scrape) => (scrape < 4 ? 3000 + 20 * scrape : 20 * (scrape - 3)),
  (scrape) => (scrape < 6 ? 30_000 + 7 * scrape : undefined),
  (scrape) => (scrape < 3 ? undefined : 40 * (scrape - 2)),
];
const SCRAPES = 10;

real.before(async () => {
  if (!isThere) return;
  began = new Date();
  for (const life of LIVES) pods.push(await startPod('mine', life));
  pods.push(await startPod('still', () => 500));
  server = await startPrometheus(pods.map(({ url }) => new URL(url).host));
  while (pods.some(({ said }) => said.length < SCRAPES)) await sleep(100);
  ended = new Date();
  // What was said last may not be stored yet.
  await sleep(200);
});

real.after(async () => {
  if (!isThere) return;
  await server.stop();
  for (const pod of pods) await pod.stop();
});

function countOne(evidence: MetricEvidence, window: Window): Promise<Tally> {
  return countOneAt(evidence, window, server.url);
}

/** What the pods of the candidate have said since they were first scraped, by our own arithmetic. */
function expected(take: (requests: number) => number): number {
  return LIVES.reduce((sum, _, index) => {
    const said = pods[index]!.said.filter((one) => one !== undefined).map(take);
    const first = said[0] ?? 0;
    const more = said.slice(1).map((one, at) => (one < said[at]! ? one : one - said[at]!));
    return sum + first + more.reduce((one, other) => one + other, 0);
  }, 0);
}

if (isThere) {
  real('a window that has all of it counts every request that a pod told of', async () => {
    const until = new Date();
    const tallies = await count(
      { rate: RATE, tail: QUANTILE, mean: MEAN },
      { from: began, until },
      server.url,
    );
    const trials = expected((requests) => requests);
    assert.equal(tallies['team/rate'], {
      still: { kind: 'Rate', trials: 500, events: 100 },
      mine: { kind: 'Rate', trials, events: expected((requests) => Math.floor(requests / 5)) },
    });
    assert.equal(tallies['team/tail']!['mine'], {
      kind: 'Quantile',
      edges: [10, 70],
      counts: [0, trials, 0],
    });
    const mean = tallies['team/mean']!['mine'] as { kind: 'Mean'; count: number; sum: number };
    assert.is(mean.count, trials);
    assert.ok(Math.abs(mean.sum - 20 * trials) < 1e-6 * mean.sum, `${mean.sum}`);
  });

  real('windows that abut add up to the whole, wherever they are cut', async () => {
    const until = new Date();
    const whole = (await countOne(RATE, { from: began, until })) as { trials: number };
    for (const length of [700, 1000, 2300]) {
      let [trials, events, from] = [0, 0, began];
      while (from < until) {
        const end = new Date(Math.min(from.getTime() + length, until.getTime()));
        const part = await countOne(RATE, { from, until: end });
        if (part.kind === 'Rate') [trials, events] = [trials + part.trials, events + part.events];
        else assert.is(part.kind, 'NoData', JSON.stringify(part));
        from = end;
      }
      assert.equal({ kind: 'Rate', trials, events }, whole, `windows of ${length} ms`);
    }
  });

  real('neither a pod that is gone nor one that has been there counts as new', async () => {
    const from = new Date(ended.getTime() - 3000);
    const tallies = await count({ rate: RATE }, { from, until: ended }, server.url);
    assert.equal(tallies['team/rate']!['still'], { kind: 'Rate', trials: 0, events: 0 });
    const { trials } = tallies['team/rate']!['mine'] as { trials: number };
    assert.ok(trials > 0 && trials < 1000, `${trials}`);
  });

  real('without any series there is no data; without events there are none', async () => {
    const window = { from: began, until: new Date() };
    const nothing = await countOne({ ...RATE, trials: 'unknown_total' }, window);
    assert.is(nothing.kind, 'NoData');
    assert.match((nothing as { message: string }).message, 'spec.evidence.trials');
    const none = await countOne({ ...RATE, events: 'unknown_total' }, window);
    assert.equal(none, { kind: 'Rate', trials: expected((requests) => requests), events: 0 });
    const before = { from: new Date(began.getTime() - 60_000), until: began };
    assert.is((await countOne(RATE, before)).kind, 'NoData', 'nobody had scraped it');
    assert.is((await countOne(RATE, { from: began, until: began })).kind, 'NoData');
  });

  const NO_SELECTORS = [
    'sum(requests_total)',
    'rate(requests_total[1m])',
    'requests_total[1m]',
    'requests_total offset 1m',
    'requests_total @ 0',
    'requests_total or took_seconds_sum',
    'requests_total # all of them',
    'sum(requests_total) # all of them',
    'requests_total[1h] # all of them',
    'requests_total[1h:1m] #',
    '-requests_total',
    '(requests_total)',
    'requests_total{',
    '1',
    '"text"',
    'vector(1)',
    '{}',
  ];
  for (const trials of NO_SELECTORS) {
    real(`${trials} is no selector, which the message says`, async () => {
      const tally = await countOne({ ...RATE, trials }, { from: began, until: new Date() });
      assert.is(tally.kind === 'Error' && tally.reason, 'BadQuery', JSON.stringify(tally));
      assert.match(
        (tally as { message: string }).message,
        /^spec\.evidence\.trials: 127.0.0.1:.*; expected a selector of counters, without a range/s,
      );
    });
  }

  const CONTRADICTIONS: [what: string, evidence: MetricEvidence, field: string][] = [
    ['more events than trials', { ...RATE, trials: RATE.events!, events: RATE.trials! }, 'events'],
    ['buckets without le', { ...QUANTILE, buckets: 'requests_total' }, 'buckets'],
    ['no bucket +Inf', { ...QUANTILE, buckets: 'took_seconds_bucket{le!="+Inf"}' }, 'buckets'],
    ['a mean above the highest value', { ...MEAN, highest: '19' }, 'highest'],
    ['a mean below the lowest value', { ...MEAN, lowest: '21' }, 'lowest'],
    ['a count without a sum', { ...MEAN, sum: 'unknown_sum' }, 'sum'],
    ['squares that are too few', { ...MEAN, sumOfSquares: 'up' }, 'sumOfSquares'],
  ];
  for (const [what, evidence, field] of CONTRADICTIONS) {
    real(`${what}: an error that names spec.evidence.${field}`, async () => {
      const tally = await countOne(evidence, { from: began, until: new Date() });
      assert.is(tally.kind === 'Error' && tally.reason, 'BadCounts', JSON.stringify(tally));
      assert.match((tally as { message: string }).message, `spec.evidence.${field}: `);
    });
  }
}

real.run();
