// How long it takes to read an experiment's metrics:
//   node scripts/bench-metrics.ts
// 20 metrics of 5 versions from a Prometheus that takes 200 ms over each answer, beside the same
// queries one after the other; and 5 metrics of 2 versions whose values jq finds, as often as it goes.
// The backends are stand-ins in a process of their own.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CONCURRENCY,
  instrumentsOf,
  type Instruments,
} from '../functions/lib/metrics/instruments.ts';
import { httpJson } from '../functions/lib/metrics/httpJson.ts';
import { measureAll } from '../functions/lib/metrics/measure.ts';
import { prometheus } from '../functions/lib/metrics/prometheus.ts';
import type { Experiment, MetricInfo } from '../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../functions/lib/types/metric.gen.ts';

const POLICY = { allowedHosts: [], allowsLoopback: true };
const ANSWER = JSON.stringify({
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: {}, value: [1556823494.744, '21.7639'] }] },
});
const SLOW_MS = 200;
const ROUNDS = 7;
const SECONDS = 5;
const SIDE_BY_SIDE = 4;
/** What the original service was measured to do with 5 metrics of 2 versions: assessments a second. */
const ORIGINAL = 4.4;

if (process.send) await serve();
else await bench();

/** Answers every query with the same number; below /slow not before its time. */
async function serve(): Promise<void> {
  const server = createServer((request, response) => {
    const isSlow = request.url!.startsWith('/slow');
    void sleep(isSlow ? SLOW_MS : 0).then(() => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send!((server.address() as AddressInfo).port);
  process.once('disconnect', () => process.exit());
}

async function bench(): Promise<void> {
  const backend: ChildProcess = fork(import.meta.filename);
  const [port] = (await once(backend, 'message')) as [number];
  const origin = `http://127.0.0.1:${port}`;
  await slowBackend(`${origin}/slow`);
  await withJq(origin);
  backend.disconnect();
}

async function slowBackend(url: string): Promise<void> {
  const experiment = experimentOf(20, 5, { urlTemplate: `${url}/api/v1/query` });
  const by = instruments();
  await measureAll(experiment, new Date(), by());
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    times.push(await timed(() => measureAll(experiment, new Date(), by())));
  const serial = await timed(() => measureAll(experiment, new Date(), { ...by(), concurrency: 1 }));
  const [least, middle, most] = [0, (ROUNDS - 1) / 2, ROUNDS - 1].map(
    (at) => times.toSorted((a, b) => a - b)[at]!,
  );
  console.log(
    `20 metrics × 5 versions, ${SLOW_MS} ms an answer: ${ms(middle!)} (${ms(least!)} to ${ms(most!)}, ${ROUNDS} rounds); one after the other: ${ms(serial)}`,
  );
}

async function withJq(url: string): Promise<void> {
  const spec = {
    urlTemplate: `${url}/json`,
    jqExpression: '.data.result[0].value[1] | tonumber * 1000',
  };
  const experiment = experimentOf(5, 2, spec);
  const by = instruments();
  await measureAll(experiment, new Date(), by());
  for (const sideBySide of [1, SIDE_BY_SIDE]) {
    const end = performance.now() + SECONDS * 1000;
    let count = 0;
    const work = async (): Promise<void> => {
      for (; performance.now() < end; count++) {
        const measured = await measureAll(experiment, new Date(), by());
        const isWrong = Object.values(measured).some((one) => one['v0']?.kind !== 'Value');
        if (isWrong) throw new Error(JSON.stringify(measured));
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, work));
    const perSecond = count / SECONDS;
    console.log(
      `5 metrics × 2 versions with jq, ${sideBySide} at a time: ${perSecond.toFixed(0)} a second, ${(perSecond / ORIGINAL).toFixed(0)} times the original service's ${ORIGINAL}`,
    );
  }
}

/** Instruments with their connections kept, a new deadline each time. */
function instruments(): () => Instruments {
  const ask = prometheus(POLICY);
  const askHttp = httpJson(POLICY, Math.random);
  const outfit = {
    api: () => Promise.reject(new Error('no Secret is needed')),
    ask,
    askHttp,
    askSeries: () => Promise.reject(new Error('nothing is counted')),
    randomOf: () => Math.random,
    deadlineMs: 60_000,
    concurrency: CONCURRENCY,
  };
  return () => instrumentsOf(outfit);
}

function experimentOf(metrics: number, versions: number, spec: Partial<MetricSpec>): Experiment {
  const names = Array.from({ length: versions }, (_, index) => ({ name: `v${index}` }));
  const [baseline, ...candidates] = names;
  const all: MetricInfo[] = Array.from({ length: metrics }, (_, index) => ({
    name: `team/m${index}`,
    metricObj: {
      spec: {
        type: 'Gauge',
        method: 'GET',
        provider: 'prometheus',
        params: [{ name: 'query', value: `m${index}{version="$name"}[$\{elapsedTime}s]` }],
        ...spec,
      },
    },
  }));
  return {
    metadata: { name: 'bench', namespace: 'team' },
    status: {
      startTime: '2026-01-01T00:00:00Z',
      versionInfo: { baseline: baseline!, candidates },
      metrics: all,
    },
  } as Experiment;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function ms(milliseconds: number): string {
  return `${Math.round(milliseconds).toLocaleString('en-US')} ms`;
}
