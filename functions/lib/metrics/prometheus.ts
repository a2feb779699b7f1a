import { PrometheusDriver, type QueryResult } from 'prometheus-query';
import type { Measurement } from '../experiment/observations.ts';
import { checkHost, guardedAgents, HostRefused, type HostPolicy } from './hosts.ts';
import { readSeries, type Refusal, type SeriesAnswer } from './seriesAnswer.ts';

/** One instant query. `endpoint` is the server's URL up to /api/v1. */
export type InstantQuery = {
  endpoint: string;
  query: string;
  evaluationTime: Date;
  headers?: Record<string, string> | undefined;
  auth?: { username: string; password: string } | undefined;
  signal: AbortSignal;
};

/** Asks a Prometheus. Every outcome is a measurement: it never throws. */
export type Ask = (query: InstantQuery) => Promise<Measurement>;

/** Asks a Prometheus for series. It never throws. */
export type AskSeries = (query: InstantQuery) => Promise<SeriesAnswer>;

const MAX_NUMBER_BYTES = 1024 * 1024;
const MAX_SERIES_BYTES = 4 * 1024 * 1024;
const QUERY_TIMEOUT_MS = 5_000;

/** Prometheus through prometheus-query, with connections kept and hosts held to the policy. */
export function prometheus(policy: HostPolicy): Ask {
  const send = sender(policy, MAX_NUMBER_BYTES);
  return async (query) => {
    const { result, error } = await send(query);
    return result ? readNumber(result) : error;
  };
}

/** As {@link prometheus}, for series. */
export function prometheusSeries(policy: HostPolicy): AskSeries {
  const send = sender(policy, MAX_SERIES_BYTES);
  return async (query) => {
    const { body, error } = await send(query);
    // What the library cannot read, such as a native histogram, is told apart here.
    return error && error.reason !== 'BadAnswer' ? error : readSeries(body, query.endpoint);
  };
}

/** What came of a query: as the library reads it, and as it was answered. */
type Outcome = { body: unknown } & (
  { result: QueryResult; error?: never } | { result?: never; error: Refusal }
);

function sender(policy: HostPolicy, maxBytes: number): (query: InstantQuery) => Promise<Outcome> {
  const agents = guardedAgents(policy);
  return async (query) => {
    let answered: Answered = {};
    try {
      checkHost(query.endpoint, policy);
      const connection = { ...agents, maxContentLength: maxBytes };
      const driver = driverFor(query, connection, (answer) => {
        answered = answer;
      });
      const result = await driver.instantQuery(query.query, query.evaluationTime);
      return { body: answered.data, result };
    } catch (error) {
      return {
        body: answered.data,
        error: explain(error as Rejection, answered.status, query.endpoint),
      };
    }
  };
}

/** What the library forgets of an answer: its status where it is not Prometheus's own JSON, its text. */
type Answered = { status?: number; data?: unknown };

function driverFor(
  { endpoint, headers, auth, signal }: InstantQuery,
  connection: ReturnType<typeof guardedAgents> & { maxContentLength: number },
  onAnswered: (answer: Answered) => void,
): PrometheusDriver {
  const limits = { proxy: false, maxRedirects: 0 } as const;
  return new PrometheusDriver({
    endpoint,
    baseURL: '/api/v1',
    timeout: QUERY_TIMEOUT_MS,
    ...(headers && { headers }),
    ...(auth && { auth }),
    requestInterceptor: {
      onFulfilled: (config) => Object.assign(config, connection, limits, { signal }),
    },
    responseInterceptor: {
      onFulfilled: (response) => {
        onAnswered(response);
        return response;
      },
      onRejected: (error: { response?: Answered }) => {
        onAnswered(error.response ?? {});
        throw error as unknown;
      },
    },
  });
}

type Found = { metric: unknown; value: { value: number } };

function readNumber({ resultType, result }: QueryResult): Measurement {
  const type: string = resultType;
  if (type !== 'scalar' && type !== 'vector') {
    const message = `the query gives a ${type}; expected one number, as a vector or a scalar`;
    return { kind: 'Error', reason: 'BadQuery', message };
  }
  const values =
    type === 'scalar'
      ? [Number((result as unknown[])[1])]
      : (result as Found[]).map(({ value }) => value.value);
  const [value] = values;
  if (value === undefined) {
    const message =
      'the query found no series: no requests yet, not scraped yet, or labels that match nothing';
    return { kind: 'NoData', reason: 'NoData', message };
  }
  if (values.length > 1) {
    const message = `the query found ${values.length} series where one is expected; aggregate them, for instance with sum(…)`;
    return { kind: 'Error', reason: 'SeveralSeries', message };
  }
  if (!Number.isFinite(value)) {
    const message = `the query gave ${value}: no requests in its window, most likely`;
    return { kind: 'NoData', reason: 'NaN', message };
  }
  return { kind: 'Value', value };
}

/** What prometheus-query rejects with: a plain object, or what was thrown on the way. */
type Rejection = {
  errorType?: string;
  error?: string;
  code?: string;
  message?: string;
  original?: { cause?: unknown };
};

const STATUS_REASONS: Record<number, string> = {
  400: 'BadQuery',
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'NotFound',
  422: 'BadQuery',
  429: 'RateLimited',
};

function explain(error: Rejection, httpStatus: number | undefined, endpoint: string): Refusal {
  const { reason, text } = reasonOf(error, httpStatus);
  return { kind: 'Error', reason, message: `${endpoint}: ${text}` };
}

function reasonOf(error: Rejection, httpStatus?: number): { reason: string; text: string } {
  const said = (error.error ?? error.message ?? 'unknown error').slice(0, 200);
  const isHostRefused = [error, error.original?.cause].some((one) => one instanceof HostRefused);
  if (isHostRefused) return { reason: 'HostRefused', text: said };
  if (httpStatus !== undefined && httpStatus >= 300) {
    const reason = STATUS_REASONS[httpStatus] ?? 'ServerError';
    const detail = reason === 'BadQuery' ? `: ${said}` : '';
    return { reason, text: `it answered with HTTP status ${httpStatus}${detail}` };
  }
  return unanswered(error, said, httpStatus !== undefined);
}

function unanswered(
  { errorType, code }: Rejection,
  said: string,
  hasSucceeded: boolean,
): { reason: string; text: string } {
  if (errorType === 'timeout_error' || code === 'ERR_CANCELED') {
    return { reason: 'Timeout', text: 'no answer in time' };
  }
  if (said.includes('maxContentLength')) return { reason: 'TooLarge', text: said };
  if (hasSucceeded) return { reason: 'BadAnswer', text: "the answer is not a Prometheus server's" };
  return { reason: 'Unreachable', text: said };
}
