import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Window } from '../../functions/lib/experiment/observations.ts';
import type { MetricEvidence } from '../../functions/lib/types/metric.gen.ts';
import { deadUrl, startStub } from '../stub-server.ts';
import { count, countOne, QUANTILE, RATE } from './counting.ts';

const asked = suite('what counting asks for');

const WINDOW: Window = {
  from: new Date('2026-01-01T00:10:00.500Z'),
  until: new Date('2026-01-01T00:11:00.250Z'),
};

function vectorOf(resultType: string, result: unknown): { json: object } {
  return { json: { status: 'success', data: { resultType, result } } };
}

asked(
  'is the samples of the window in whole seconds, and the values before, each once',
  async () => {
    const stub = await startStub(({ query }) => {
      const isRange = query.get('query')!.endsWith('[60s]');
      return vectorOf(isRange ? 'matrix' : 'vector', []);
    });
    const evidence = { rate: RATE, again: { ...RATE, events: RATE.trials! } };
    await count(evidence, WINDOW, stub.url);
    const questions = stub.asked.map(({ query }) => `${query.get('time')} ${query.get('query')}`);
    await stub.stop();
    const of = (selector: string): string[] => [
      `${WINDOW.until.getTime() / 1000} ${selector}[60s]`,
      `${WINDOW.from.getTime() / 1000} last_over_time(${selector}[1h])`,
    ];
    const selectors = ['still', 'mine'].flatMap((revision) => [
      `requests_total{revision='${revision}'}`,
      `requests_total{revision='${revision}',code='500'}`,
    ]);
    assert.equal(questions.sort(), selectors.flatMap(of).sort());
  },
);

asked('goes in parts where one answer would be too much', async () => {
  const labels = { pod: 'a', filling: 'x'.repeat(200) };
  const stub = await startStub(({ query }) => {
    const [, seconds] = /\[(\d+)s\]$/.exec(query.get('query')!) ?? [];
    if (seconds === undefined) return vectorOf('vector', []);
    if (Number(seconds) > 300) return { text: 'x'.repeat(5_000_000) };
    const until = Number(query.get('time'));
    const values = [[until - 1, `${until}`]];
    return vectorOf('matrix', [{ metric: labels, values }]);
  });
  const from = new Date(0);
  const until = new Date(1_200_000);
  const evidence: MetricEvidence = { ...RATE, events: RATE.trials! };
  const tally = await countOne(evidence, { from, until }, stub.url);
  await stub.stop();
  assert.equal(tally, { kind: 'Rate', trials: 1200, events: 1200 });
});

asked('does not go on for ever where even a minute is too much', async () => {
  const stub = await startStub(() => ({ text: 'x'.repeat(5_000_000) }));
  const tally = await countOne(RATE, { from: new Date(0), until: new Date(90_000) }, stub.url);
  await stub.stop();
  assert.is(tally.kind === 'Error' && tally.reason, 'TooLarge');
});

const trouble = suite('trouble while counting');

trouble('a backend that is not there, or not a Prometheus, is an error of the metric', async () => {
  const dead = await countOne(RATE, WINDOW, await deadUrl());
  assert.is(dead.kind === 'Error' && dead.reason, 'Unreachable');
  const stub = await startStub(() => ({ text: '<html>' }));
  const other = await countOne(RATE, WINDOW, stub.url);
  await stub.stop();
  assert.is(other.kind === 'Error' && other.reason, 'BadAnswer');
  assert.match((other as { message: string }).message, 'spec.evidence.trials');
});

trouble('a backend that is silent takes no longer than the time for all', async () => {
  const stub = await startStub(() => 'hang');
  const start = performance.now();
  const limits = { deadlineMs: 200, concurrency: 1 };
  const tallies = await count({ rate: RATE, tail: QUANTILE }, WINDOW, stub.url, limits);
  await stub.stop();
  assert.ok(performance.now() - start < 1500, `${performance.now() - start} ms`);
  for (const tally of Object.values(tallies).flatMap((one) => Object.values(one))) {
    assert.is(tally.kind === 'Error' && tally.reason, 'Timeout');
  }
});

const ODD: [what: string, answer: object, reason: string][] = [
  ['NaN', { metric: {}, values: [[1, 'NaN']] }, 'BadCounts'],
  ['an infinite value', { metric: {}, values: [[1, '+Inf']] }, 'BadCounts'],
  ['a negative value', { metric: {}, values: [[1767226210, '-1']] }, 'BadCounts'],
  ['native histograms', { metric: {}, histograms: [[1, { count: '1' }]] }, 'BadCounts'],
];
for (const [what, series, reason] of ODD) {
  trouble(`${what}: an error`, async () => {
    const stub = await startStub(({ query }) =>
      query.get('query')!.startsWith('last')
        ? vectorOf('vector', [])
        : vectorOf('matrix', [{ ...series }]),
    );
    const tally = await countOne(RATE, { from: new Date(0), until: new Date(90_000) }, stub.url);
    await stub.stop();
    assert.is(tally.kind === 'Error' && tally.reason, reason, JSON.stringify(tally));
    assert.match((tally as { message: string }).message, 'spec.evidence.');
  });
}

trouble('an answer with a warning is no whole answer', async () => {
  const json = {
    status: 'success',
    warnings: ['a store is away'],
    data: { resultType: 'matrix', result: [] },
  };
  const stub = await startStub(() => ({ json }));
  const tally = await countOne(RATE, WINDOW, stub.url);
  await stub.stop();
  assert.match((tally as { message: string }).message, 'a store is away');
});

trouble('a Metric that says nothing of its evidence cannot be counted', async () => {
  const tallies = await count({ none: undefined as unknown as MetricEvidence }, WINDOW, 'http://p');
  assert.match((tallies['team/none']!['mine'] as { message: string }).message, 'spec.evidence: ');
});

for (const each of [asked, trouble]) each.run();
