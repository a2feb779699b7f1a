import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { isFailure } from '../../functions/lib/kubernetes/failure.ts';
import {
  instrumentsOf,
  type Instruments,
  type Outfit,
} from '../../functions/lib/metrics/instruments.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { Experiment, MetricInfo } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject, runningStatus, VERSIONS } from '../kubernetes/experiment-object.ts';
import { failure, fakeApi, thrownBy, type FakeApi } from '../kubernetes/fake-api.ts';
import { UNUSED } from './outfit.ts';

const START = '2026-01-01T00:00:10.000Z';
const EVALUATED = new Date('2026-01-01T00:01:40.900Z');

const measuring = suite('measuring all metrics of an experiment');
const letIn = suite('measuring with credentials');

function metric(name: string, spec: Partial<MetricSpec> = {}): MetricInfo {
  return {
    name,
    metricObj: {
      apiVersion: 'iter8.tools/v2alpha2',
      kind: 'Metric',
      metadata: {},
      spec: {
        type: 'Gauge',
        method: 'GET',
        provider: 'prometheus',
        urlTemplate: 'http://prometheus:9090/api/v1/query',
        params: [{ name: 'query', value: `${name}{r='$revision'}[\${elapsedTime}s] $name` }],
        ...spec,
      },
    },
  };
}

function runningWith(...metrics: MetricInfo[]): Experiment {
  return experimentObject({ status: runningStatus(10, { metrics, startTime: START }) });
}

type Backend = Instruments & { queries: InstantQuery[] };

/** A Prometheus that answers as a test says, and what it was asked. */
function backend(
  answer: (query: InstantQuery) => Measurement | Promise<Measurement>,
  { api }: FakeApi = fakeApi(() => failure('Invalid')),
  limits: Partial<Outfit> = {},
): Backend {
  const queries: InstantQuery[] = [];
  const ask = async (query: InstantQuery): Promise<Measurement> => {
    queries.push(query);
    return answer(query);
  };
  const outfit = { ...UNUSED, api, ask, deadlineMs: 5000, concurrency: 8, ...limits };
  return { ...instrumentsOf(outfit), queries };
}

const ONE: Measurement = { kind: 'Value', value: 1 };

measuring(
  'asks for each metric and version, at one time, in the words of the version',
  async () => {
    const by = backend(({ query }) => ({ kind: 'Value', value: query.length }));
    const measured = await measureAll(
      runningWith(metric('team/a'), metric('team/b')),
      EVALUATED,
      by,
    );
    const text = (name: string, revision: string, version: string): string =>
      `${name}{r='model-predictor-0000${revision}'}[90s] ${version}`;
    assert.equal(
      by.queries.map(({ query }) => query),
      [
        text('team/a', '1', 'default'),
        text('team/a', '2', 'canary'),
        text('team/b', '1', 'default'),
        text('team/b', '2', 'canary'),
      ],
    );
    const value = (query: string): Measurement => ({ kind: 'Value', value: query.length });
    const both = {
      default: value(text('team/a', '1', 'default')),
      canary: value(text('team/a', '2', 'canary')),
    };
    assert.equal(measured, { 'team/a': both, 'team/b': both });
    for (const { evaluationTime, endpoint } of by.queries) {
      assert.is(evaluationTime, EVALUATED);
      assert.is(endpoint, 'http://prometheus:9090');
    }
  },
);

measuring('keeps apart a value, no data and an error of each version', async () => {
  const answers: Record<string, Measurement> = {
    default: { kind: 'NoData', reason: 'NoData', message: 'nothing' },
    canary: { kind: 'Error', reason: 'Timeout', message: 'late' },
  };
  const by = backend(({ query }) => answers[query.split(' ')[1]!]!);
  const measured = await measureAll(runningWith(metric('team/a')), EVALUATED, by);
  assert.equal(measured, { 'team/a': answers });
});

measuring('needs no metric and no candidate', async () => {
  const none = backend(() => ONE);
  assert.equal(await measureAll(runningWith(), EVALUATED, none), {});
  const only = runningWith(metric('team/a'));
  only.status!.versionInfo = { baseline: VERSIONS.baseline };
  assert.equal(
    await measureAll(
      only,
      EVALUATED,
      backend(() => ONE),
    ),
    {
      'team/a': { default: ONE },
    },
  );
});

measuring('asks no more at a time than it may, and all the time as many', async () => {
  let open = 0;
  let most = 0;
  const by = backend(async () => {
    most = Math.max(most, ++open);
    await new Promise(setImmediate);
    open--;
    return ONE;
  });
  const metrics = Array.from({ length: 10 }, (_, index) => metric(`team/m${index}`));
  const measured = await measureAll(runningWith(...metrics), EVALUATED, { ...by, concurrency: 3 });
  assert.is(most, 3);
  assert.is(by.queries.length, 20);
  assert.is(Object.keys(measured).length, 10);
});

measuring('gives all queries one deadline together', async () => {
  const by = backend(
    async ({ signal }) => {
      await sleep(1000, undefined, { signal }).catch(() => undefined);
      return { kind: 'Error', reason: 'Timeout', message: 'late' };
    },
    undefined,
    { deadlineMs: 100, concurrency: 1 },
  );
  const began = performance.now();
  const metrics = [metric('team/a'), metric('team/b'), metric('team/c')];
  const measured = await measureAll(runningWith(...metrics), EVALUATED, by);
  assert.ok(performance.now() - began < 400, 'the deadline is not one per query');
  const kinds = Object.values(measured).flatMap((one) =>
    Object.values(one).map(({ kind }) => kind),
  );
  assert.equal(kinds, Array(6).fill('Error'));
});

const SECRET = { authType: 'Basic', secret: 'prom' } as const;

function secretOf(answer: () => unknown): FakeApi {
  return fakeApi(({ path }) =>
    path === '/api/v1/namespaces/team/secrets/prom' ? answer() : failure('NotFound'),
  );
}

const encode = (text: string): string => Buffer.from(text).toString('base64');
const DATA = { data: { username: encode('me'), password: encode('private') } };

letIn('reads a Secret once per metric and iteration', async () => {
  const server = secretOf(() => DATA);
  const by = backend(() => ONE, server);
  const running = runningWith(metric('team/a', SECRET), metric('team/open'));
  await measureAll(running, EVALUATED, by);
  assert.is(server.asked.length, 1);
  const next = backend(() => ONE, server);
  await measureAll(running, EVALUATED, next);
  assert.is(server.asked.length, 2, 'a changed Secret is seen by the next iteration');
  for (const { query, auth } of [...by.queries, ...next.queries]) {
    assert.is(auth?.password, query.startsWith('team/a{') ? 'private' : undefined);
  }
});

letIn(
  'makes a Secret that cannot be had the measurement of its metric, and of no other',
  async () => {
    for (const kind of ['Forbidden', 'NotFound'] as const) {
      const by = backend(
        () => ONE,
        secretOf(() => failure(kind)),
      );
      const running = runningWith(metric('team/a', SECRET), metric('team/open'));
      const measured = await measureAll(running, EVALUATED, by);
      for (const version of ['default', 'canary']) {
        const refused = measured['team/a']?.[version];
        assert.is(refused?.kind === 'Error' && refused.reason, 'Unauthorized');
        assert.equal(measured['team/open']?.[version], ONE);
      }
      assert.is(by.queries.length, 2, 'nothing is asked without credentials');
    }
  },
);

letIn('throws where the API server cannot be reached for a Secret', async () => {
  const by = backend(
    () => ONE,
    secretOf(() => failure('Unavailable')),
  );
  const error = await thrownBy(() =>
    measureAll(runningWith(metric('team/a', SECRET)), EVALUATED, by),
  );
  assert.ok(isFailure(error, 'Unavailable'));
});

measuring.run();
letIn.run();
