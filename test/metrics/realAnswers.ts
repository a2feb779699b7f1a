// What the providers' services answer to the samples' questions, as it goes over the wire.
import { httpJson, type HttpQuery } from '../../functions/lib/metrics/httpJson.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { measureAll } from '../../functions/lib/metrics/measure.ts';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import {
  prometheus,
  prometheusSeries,
  type InstantQuery,
} from '../../functions/lib/metrics/prometheus.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import { UNUSED } from './outfit.ts';
import { EVALUATED, experimentOn, metricsAt, secretsOf } from './providerMetrics.ts';
import { PROVIDERS, type Provider } from './standIns/index.ts';

/** How an answer is asked for, of a server's URL. */
export type AskAt = (url: string, signal: AbortSignal) => Promise<Measurement | SeriesAnswer>;

/** An answer of a service, who reads it, and where in it that one looks for numbers. */
export type Real = {
  name: string;
  contentType: string;
  text: string;
  /** Paths of JSON, by `/`; `*` stands for each element. */
  places: readonly string[];
  secret: Readonly<Record<string, string>>;
  askAt: AskAt;
};

const POLICY = { allowedHosts: [], allowsLoopback: true };
const askHttp = httpJson(POLICY, () => 0);
const ask = prometheus(POLICY, () => 0);
const askSeries = prometheusSeries(POLICY, () => 0);

const SERIES = 'data/result/*/value/1';
const SPANS = 'data/*/spans/*/duration';
const NEW_RELIC = 'data/actor/account/nrql/results/*/value';

/** Metric → where its expression reads. Of traces, an error rate reads no number but tags. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'datadog-mean-latency': ['series/*/pointlist/*/1'],
  'datadog-error-rate': ['data/attributes/columns/*/values/*'],
  'datadog-request-count': ['data/attributes/values/*/*'],
  'elasticsearch-mean-latency': ['aggregations/latency/value'],
  'elasticsearch-95th-percentile-tail-latency': ['aggregations/latency/values/95.0'],
  'elasticsearch-error-rate': ['aggregations/requests/value', 'aggregations/errors/doc_count'],
  'graphite-mean-latency': ['*/datapoints/*/0'],
  'graphite-error-rate': ['*/datapoints/*/0'],
  'influxdb-mean-latency': ['*/_value'],
  'influxdb-error-rate': ['*/_value'],
  'jaeger-mean-latency': [SPANS],
  'jaeger-95th-percentile-tail-latency': [SPANS],
  'jaeger-error-rate': ['data/*/spans/*/tags/*/value', SPANS],
  'newrelic-mean-latency': [NEW_RELIC],
  'newrelic-95th-percentile-tail-latency': [`${NEW_RELIC}/95`],
  'newrelic-error-rate': [NEW_RELIC],
  'sysdig-mean-latency': ['data/*/d/*'],
  'sysdig-error-rate': ['data/*/d/*'],
};

/** The answers to all Metrics of all samples about the baseline, and some that Prometheus gives besides. */
export async function realAnswers(): Promise<Real[]> {
  const all = await Promise.all(PROVIDERS.map(answersOf));
  return [...all.flat(), ...MORE];
}

type Caught = Omit<Real, 'name' | 'places' | 'secret'>;

async function answersOf(provider: Provider): Promise<Real[]> {
  const standIn = await provider.start('data');
  const reals: Real[] = [];
  for (const metric of metricsAt(provider, standIn)) {
    const caught: Caught[] = [];
    const { api } = secretsOf(provider, [metric]);
    const instruments = instrumentsOf({ ...UNUSED, api, ...catching(caught), ...LIMITS });
    await measureAll(experimentOn([metric]), EVALUATED, instruments);
    const name = metric.name.replace('iter8-system/', '');
    const { secret } = provider;
    reals.push({ name, places: PLACES[name] ?? [SERIES], secret, ...caught[0]! });
  }
  await standIn.stop();
  return reals;
}

const LIMITS = { deadlineMs: 5000, concurrency: 1 };
const FOUND: Measurement = { kind: 'Value', value: 1 };

/** Ways of asking that keep what is answered. */
function catching(caught: Caught[]): {
  ask: (query: InstantQuery) => Promise<Measurement>;
  askHttp: (query: HttpQuery) => Promise<Measurement>;
} {
  return {
    askHttp: async ({ question, provider, program }) => {
      const { url, method, headers, body, auth } = question;
      const answer = await fetched(url, {
        method,
        headers: withLogin(headers, auth),
        body: body ?? null,
      });
      const askAt: AskAt = (at, signal) => {
        const asked = { ...question, url: at, method: 'GET' as const, body: undefined };
        return askHttp({ question: asked, provider, program, signal, endsAt: Date.now() + 1000 });
      };
      caught.push({ ...answer, askAt });
      return FOUND;
    },
    ask: async (query) => {
      const { endpoint, headers, auth } = query;
      const url = `${endpoint}/api/v1/query?query=${encodeURIComponent(query.query)}`;
      const answer = await fetched(url, { headers: withLogin(headers, auth) });
      const askAt: AskAt = (at, signal) =>
        ask({ ...query, endpoint: at, signal, endsAt: Date.now() + 1000 });
      caught.push({ ...answer, askAt });
      return FOUND;
    },
  };
}

function withLogin(
  headers: Record<string, string> = {},
  auth?: InstantQuery['auth'],
): Record<string, string> {
  const login = auth && Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  return login === undefined ? headers : { ...headers, authorization: `Basic ${login}` };
}

async function fetched(
  url: string,
  request: RequestInit,
): Promise<{ contentType: string; text: string }> {
  const response = await fetch(url, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return { contentType: response.headers.get('content-type') ?? '', text };
}

const SECRET = { token: 'prometheus-proxy-token-4711' };

/** What a Prometheus is asked that is behind a proxy. */
function about(query: string, endpoint: string, signal: AbortSignal): InstantQuery {
  const headers = { authorization: `Bearer ${SECRET.token}` };
  const connection = { headers, values: SECRET, signal, endsAt: Date.now() + 1000 };
  return { query, endpoint, evaluationTime: EVALUATED, ...connection };
}

function promQl(name: string, data: object, rest: Pick<Real, 'places' | 'askAt'>): Real {
  const text = JSON.stringify({ status: 'success', data, warnings: [HINT] });
  return { name, contentType: 'application/json', text, secret: SECRET, ...rest };
}

/** What Prometheus remarks on a query, which says nothing of the data. */
const HINT = 'PromQL info: metric might not be a counter';

const LABELS = [
  { pod: 'iris-a', code: '200' },
  { pod: 'iris-b', code: '500' },
];

const MATRIX = LABELS.map((metric, index) => ({
  metric,
  values: [1, 2, 3].map((step) => [1_767_225_600 + 15 * step, String(index + 7 * step)]),
}));

const VECTOR = MATRIX.map(({ metric, values }) => ({ metric, value: values[0]! }));

/** A scalar, and what `selector[60s]` and `last_over_time(selector[1h])` give. */
const MORE: readonly Real[] = [
  promQl(
    'a scalar of Prometheus',
    { resultType: 'scalar', result: [1_767_225_600, '3.25'] },
    { places: ['data/result/1'], askAt: (url, signal) => ask(about('3.25', url, signal)) },
  ),
  promQl(
    'samples of Prometheus',
    { resultType: 'matrix', result: MATRIX },
    {
      places: ['data/result/*/values/*/1'],
      askAt: (url, signal) => askSeries(about('requests_total[60s]', url, signal)),
    },
  ),
  promQl(
    'series of Prometheus',
    { resultType: 'vector', result: VECTOR },
    {
      places: [SERIES],
      askAt: (url, signal) => askSeries(about('last_over_time(requests_total[1h])', url, signal)),
    },
  ),
];
