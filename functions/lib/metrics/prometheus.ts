import { PrometheusDriver, type QueryResult } from 'prometheus-query';
import type { Measurement } from '../experiment/observations.ts';
import { refuse, type Identity, type Refusal } from './answer.ts';
import type { HostPolicy } from './hosts.ts';
import { connections, persistently, type Attempted, type Limits } from './http.ts';
import { hostOf, redacted, refusalOf, secretsOf, type AnswerHeaders } from './refusals.ts';
import {
  missingPartIn,
  NOT_PROMETHEUS,
  numberIn,
  readSeries,
  warningsIn,
  type SeriesAnswer,
} from './seriesAnswer.ts';

/** One instant query. `endpoint` is the server's URL up to /api/v1. */
export type InstantQuery = {
  endpoint: string;
  query: string;
  evaluationTime: Date;
  headers?: Record<string, string> | undefined;
  auth?: { username: string; password: string } | undefined;
  tls?: Identity | undefined;
  /** What is in the Metric's Secret, by key: no message tells any of it. */
  values?: Record<string, string> | undefined;
} & Limits;

/** Asks a Prometheus. Every outcome is a measurement: it never throws. */
export type Ask = (query: InstantQuery) => Promise<Measurement>;

/** Asks a Prometheus for series. It never throws. */
export type AskSeries = (query: InstantQuery) => Promise<SeriesAnswer>;

const MAX_NUMBER_BYTES = 1024 * 1024;
const MAX_SERIES_BYTES = 4 * 1024 * 1024;

/** Prometheus through prometheus-query, with connections kept and hosts held to the policy. */
export function prometheus(policy: HostPolicy, random = Math.random): Ask {
  const send = sender(policy, MAX_NUMBER_BYTES, random);
  return async (query) => {
    const answered = await send(query);
    if (answered.kind === 'Error') return answered;
    const told = (reason: string, text: string): Refusal =>
      refuse(reason, `${hostOf(query.endpoint)}: ${text}`);
    if (!answered.result) return told('BadAnswer', NOT_PROMETHEUS);
    const missing = missingPartIn(withoutSecrets(answered.body, hidden(query)));
    if (missing !== undefined) return told('Partial', missing);
    const measured = readNumber(answered.result, answered.body);
    if (!measured) return told('BadAnswer', 'a value in the answer is no number');
    if (measured.kind === 'Value') return measured;
    return { ...measured, message: `${hostOf(query.endpoint)}: ${measured.message}` };
  };
}

/** As {@link prometheus}, for series. */
export function prometheusSeries(policy: HostPolicy, random = Math.random): AskSeries {
  const send = sender(policy, MAX_SERIES_BYTES, random);
  return async (query) => {
    const answered = await send(query);
    if (answered.kind === 'Error') return answered;
    // What the library cannot read, such as a native histogram, is told apart here.
    return readSeries(withoutSecrets(answered.body, hidden(query)), hostOf(query.endpoint));
  };
}

/** Of what a server says besides data, which is told in part: half a secret would not be found. */
function withoutSecrets(body: unknown, secrets: readonly string[]): unknown {
  const { warnings } = (body ?? {}) as { warnings?: unknown };
  if (warnings === undefined) return body;
  const harmless = warningsIn(warnings).map((warning) => redacted(warning, secrets));
  return { ...(body as object), warnings: harmless };
}

/** JSON that came with a 2xx status, and the result in it if the library can read it. */
type Answered = {
  kind: 'Answered';
  body: unknown;
  result?: QueryResult | undefined;
};

type Sender = (query: InstantQuery) => Promise<Answered | Refusal>;

function sender(policy: HostPolicy, maxBytes: number, random: () => number): Sender {
  const connect = connections(policy, maxBytes);
  return async (query) => {
    const attempt = (): Promise<Attempted<Answered>> => ask(query, connect);
    const attempted = await persistently(attempt, query, random);
    if ('outcome' in attempted) return attempted.outcome;
    return refusalOf(attempted.failed, {
      url: query.endpoint,
      secrets: hidden(query),
    });
  };
}

function hidden(query: InstantQuery): string[] {
  return secretsOf(Object.values(query.values ?? {}), query);
}

async function ask(
  query: InstantQuery,
  connect: ReturnType<typeof connections>,
): Promise<Attempted<Answered>> {
  let seen: Seen = {};
  try {
    const connection = connect({ ...query, url: query.endpoint });
    const driver = driverFor(query, connection, (answer) => {
      seen = answer;
    });
    const result = await driver.instantQuery(query.query, query.evaluationTime);
    return { outcome: { kind: 'Answered', body: seen.response?.data, result } };
  } catch (error) {
    const { response, error: failure } = seen;
    if (response && !failure) return { outcome: { kind: 'Answered', body: response.data } };
    return { failed: { ...response, error: failure ?? error } };
  }
}

/** What the library forgets: the answer where it is not Prometheus's own JSON, and the error. */
type Seen = { response?: Response | undefined; error?: unknown };

type Response = { status?: number; data?: unknown; headers?: AnswerHeaders };

function driverFor(
  { endpoint, headers, auth }: InstantQuery,
  connection: ReturnType<ReturnType<typeof connections>>,
  onSeen: (seen: Seen) => void,
): PrometheusDriver {
  return new PrometheusDriver({
    endpoint,
    baseURL: '/api/v1',
    ...(headers && { headers }),
    ...(auth && { auth }),
    requestInterceptor: {
      onFulfilled: (config) => Object.assign(config, connection),
    },
    responseInterceptor: {
      onFulfilled: (response) => {
        onSeen({ response });
        return response;
      },
      onRejected: (error: { response?: Response }) => {
        onSeen({ response: error.response, error });
        throw error as unknown;
      },
    },
  });
}

type Found = { data?: { result?: unknown } } | null | undefined;

/** The texts of the numbers in a body: of a scalar the one, of a vector each series'. */
function numbersIn(type: string, body: unknown): unknown[] | undefined {
  const result = (body as Found)?.data?.result;
  if (!Array.isArray(result)) return undefined;
  if (type === 'scalar') return [(result as unknown[])[1]];
  return result.map(
    (one: { value?: unknown } | null) => (one?.value as unknown[] | undefined)?.[1],
  );
}

function readNumber({ resultType }: QueryResult, body: unknown): Measurement | undefined {
  const type: string = resultType;
  if (type !== 'scalar' && type !== 'vector') {
    const message = `the query gives a ${type}; expected one number, as a vector or a scalar`;
    return { kind: 'Error', reason: 'BadQuery', message };
  }
  const values = numbersIn(type, body);
  if (!values) return undefined;
  if (values.length === 0) {
    const message =
      'the query found no series: no requests yet, not scraped yet, or labels that match nothing';
    return { kind: 'NoData', reason: 'NoData', message };
  }
  if (values.length > 1) {
    const message = `the query found ${values.length} series where one is expected; aggregate them, for instance with sum(…)`;
    return { kind: 'Error', reason: 'SeveralSeries', message };
  }
  const value = numberIn(values[0]);
  if (Number.isFinite(value)) return { kind: 'Value', value };
  if (typeof values[0] !== 'string' || !/^[+-]?(nan|inf)/i.test(values[0])) return undefined;
  const message = `the query gave ${values[0].slice(0, 4)}: no requests in its window, most likely`;
  return { kind: 'NoData', reason: 'NaN', message };
}
