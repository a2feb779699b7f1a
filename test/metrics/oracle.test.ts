// What iter8's own analytics asked of metrics backends and made of their answers, as it was recorded.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement, Measurements } from '../../functions/lib/experiment/observations.ts';
import { httpJson } from '../../functions/lib/metrics/httpJson.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { unsupportedMetric } from '../../functions/lib/metrics/support.ts';
import type { ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import type { MetricSpec } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';
import { failure, fakeApi } from '../kubernetes/fake-api.ts';
import { referenceJson } from '../shared.ts';
import { startStub, type Answer, type Asked, type Stub } from '../stub-server.ts';
import { UNUSED } from './outfit.ts';

type Values = Record<string, { data: Record<string, { value: string | number | null } | null> }>;
type Request = {
  method: string;
  url: string;
  query: [string, string][];
  headers: Record<string, string>;
  jsonBody: unknown;
};
type Recorded = {
  id: string;
  description: string;
  input: {
    spec: ExperimentSpec;
    status: { startTime: string; metrics?: { name: string; metricObj: { spec: MetricSpec } }[] };
  };
  secrets: Record<string, Record<string, string>>;
  /** A text stands for a connection that came to nothing. */
  backendResponses: ({ status: number; json?: unknown; text?: string } | string)[];
  backendRequests: Request[];
  output: { status: number; body: { data?: Values } };
};

/** Where we differ, and why that is better. */
const BETTER: Record<string, string> = {
  'm-018': 'a scalar is a number',
  'm-030': 'without an expression, Prometheus’s one number is taken',
  'm-058': 'a Prometheus without a query is refused at the start',
  'm-060': 'a URL with a placeholder left in it leads nowhere, and says so',
  'm-062': 'a Metric without a URL is refused at the start',
  'm-082': 'a query by POST is asked by GET, which means the same to a Prometheus',
  'm-100': 'names are unique: an experiment reads a Metric once',
  'm-104': 'the API server refuses other methods',
};

const recorded = suite('metrics as iter8 had them');

let stub: Stub;
let answers: Answer[] = [];

recorded.before(async () => {
  stub = await startStub(() => (answers.length > 1 ? answers.shift()! : answers[0]!));
});
recorded.after(() => stub.stop());

const POLICY = { allowedHosts: [], allowsLoopback: true };
const ask = prometheus(POLICY);
const askHttp = httpJson(POLICY, () => 0);
const NOW = new Date('2021-11-05T12:00:00Z');

/** The Secrets of a case, under any namespace: ours must be in the Metric's own. */
function secretsOf({ secrets }: Recorded): ReturnType<typeof fakeApi> {
  return fakeApi(({ path }) => {
    const [, name] = /\/secrets\/(.*)$/.exec(path) ?? [];
    const found = Object.entries(secrets).find(([full]) => full.split('/')[1] === name);
    if (!found) return failure('NotFound');
    const data = Object.entries(found[1]).map(([key, value]) => [
      key,
      Buffer.from(value).toString('base64'),
    ]);
    return { data: Object.fromEntries(data) as Record<string, string> };
  });
}

/** The same Metric, asking the stub, with its Secret in its own namespace. */
function here(spec: MetricSpec): MetricSpec {
  const { urlTemplate, secret } = spec;
  return {
    ...spec,
    ...(urlTemplate && { urlTemplate: urlTemplate.replace(/^https?:\/\/[^/$]+/, stub.url) }),
    ...(secret && { secret: secret.replace(/^.*\//, '') }),
  };
}

async function measured(one: Recorded): Promise<Measurements> {
  const { status, spec } = one.input;
  const metrics = (status.metrics ?? []).map(({ name, metricObj }) => ({
    name,
    metricObj: { spec: here(metricObj.spec) },
  }));
  const { startTime } = status;
  const { versionInfo } = spec;
  const experiment = experimentObject({
    status: { startTime, versionInfo, metrics },
  });
  const limits = { deadlineMs: 5000, concurrency: 1 };
  const { api } = secretsOf(one);
  const instruments = instrumentsOf({ ...UNUSED, api, ask, askHttp, ...limits });
  return measureAll(experiment, NOW, instruments);
}

function toAnswer(response: Recorded['backendResponses'][number]): Answer {
  if (typeof response === 'string') return 'reset';
  const { status, json, text } = response;
  return text === undefined ? { status, json } : { status, text };
}

/** What was asked, as it was recorded; our own `time` for Prometheus is left out. */
function comparable({ method, path, query, text }: Asked): Omit<Request, 'headers'> {
  const params = [...query].filter(([name]) => name !== 'time');
  return { method, url: path, query: params, jsonBody: text ? JSON.parse(text) : null };
}

function expectedOf({ method, url, query, jsonBody }: Request): Omit<Request, 'headers'> {
  return { method, url: new URL(url).pathname, query, jsonBody };
}

const oracle = referenceJson<{ cases: Recorded[] }>('oracle/metrics.json');

for (const one of oracle?.cases ?? []) {
  const { id, description, backendResponses, backendRequests, output } = one;
  const values = output.body.data;
  if (BETTER[id] !== undefined || !values) continue;
  recorded(`${id}: ${description}`, async () => {
    stub.asked.length = 0;
    answers = backendResponses.map(toAnswer);
    const found = await measured(one);
    for (const [metric, { data }] of Object.entries(values)) {
      for (const [version, was] of Object.entries(data)) {
        compare(found[metric]?.[version], was?.value ?? null);
      }
    }
    // What broke off is asked again.
    if (stub.asked.length <= backendRequests.length) compareRequests(backendRequests);
  });
}

function compareRequests(expected: readonly Request[]): void {
  assert.equal(stub.asked.map(comparable), expected.map(expectedOf));
  for (const [index, { headers }] of expected.entries()) {
    const special = Object.entries(headers).filter(([, value]) => value !== '*/*');
    for (const [name, value] of special) {
      assert.is(stub.asked[index]!.headers[name.toLowerCase()], value, name);
    }
  }
}

function compare(found: Measurement | undefined, was: string | number | null): void {
  if (was === null) assert.is.not(found?.kind, 'Value', JSON.stringify(found));
  else assert.equal(found, { kind: 'Value', value: Number(was) });
}

const better = suite('metrics that iter8 had otherwise');

for (const [id, reason] of Object.entries(BETTER)) {
  const one = oracle?.cases.find((other) => other.id === id);
  if (!one) continue;
  better(`${id}: ${reason}`, async () => {
    const specs = (one.input.status.metrics ?? []).map(({ metricObj }) => metricObj.spec);
    const isRefused = specs.some((spec) => unsupportedMetric(spec) !== undefined);
    if (isRefused || id === 'm-100' || id === 'm-104') return;
    stub = await startStub(() => answers[0]!);
    answers = one.backendResponses.map(toAnswer);
    const found = await measured(one);
    await stub.stop();
    const kinds = Object.values(found).flatMap((byVersion) =>
      Object.values(byVersion).map((each) => (each.kind === 'Error' ? each.reason : each.kind)),
    );
    const expected = id === 'm-060' ? 'BadQuery' : 'Value';
    assert.equal([...new Set(kinds)], [expected]);
  });
}

if (!oracle) console.log('skipped: what was recorded of iter8 is not here');
recorded.run();
better.run();
