import { PrometheusDriver, type QueryResult } from 'prometheus-query';
import type { Measurement } from '../experiment/observations.ts';
import { checkHost, guardedAgents, HostRefused, type HostPolicy } from './hosts.ts';

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

const MAX_ANSWER_BYTES = 1024 * 1024;
const QUERY_TIMEOUT_MS = 5_000;

/** Prometheus through prometheus-query, with connections kept and hosts held to the policy. */
export function prometheus(policy: HostPolicy): Ask {
  const agents = guardedAgents(policy);
  return async (query) => {
    let httpStatus: number | undefined;
    try {
      checkHost(query.endpoint, policy);
      const driver = driverFor(query, agents, (status) => {
        httpStatus = status;
      });
      return read(await driver.instantQuery(query.query, query.evaluationTime));
    } catch (error) {
      return explain(error as Rejection, httpStatus, query.endpoint);
    }
  };
}

function driverFor(
  { endpoint, headers, auth, signal }: InstantQuery,
  agents: ReturnType<typeof guardedAgents>,
  onAnswered: (status: number | undefined) => void,
): PrometheusDriver {
  const limits = { proxy: false, maxRedirects: 0, maxContentLength: MAX_ANSWER_BYTES } as const;
  return new PrometheusDriver({
    endpoint,
    baseURL: '/api/v1',
    timeout: QUERY_TIMEOUT_MS,
    ...(headers && { headers }),
    ...(auth && { auth }),
    requestInterceptor: {
      onFulfilled: (config) => Object.assign(config, agents, limits, { signal }),
    },
    // The library forgets the status of an answer that is not Prometheus's own JSON.
    responseInterceptor: {
      onFulfilled: (response) => {
        onAnswered(response.status);
        return response;
      },
      onRejected: (error: { response?: { status?: number } }) => {
        onAnswered(error.response?.status);
        throw error as unknown;
      },
    },
  });
}

type Sample = { metric: unknown; value: { value: number } };

function read({ resultType, result }: QueryResult): Measurement {
  const type: string = resultType;
  if (type !== 'scalar' && type !== 'vector') {
    const message = `the query gives a ${type}; expected one number, as a vector or a scalar`;
    return { kind: 'Error', reason: 'BadQuery', message };
  }
  const values =
    type === 'scalar'
      ? [Number((result as unknown[])[1])]
      : (result as Sample[]).map(({ value }) => value.value);
  const [value] = values;
  if (value === undefined) {
    const message =
      'the query found no series: no requests yet, not scraped yet, or labels that match nothing';
    return { kind: 'NoData', reason: 'Empty', message };
  }
  if (values.length > 1) {
    const message = `the query found ${values.length} series where one is expected; aggregate them, for instance with sum(…)`;
    return { kind: 'Error', reason: 'SeveralSeries', message };
  }
  if (!Number.isFinite(value)) {
    const message = `the query gave ${value}: no requests in its window, most likely`;
    return { kind: 'NoData', reason: 'NotANumber', message };
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

function explain(error: Rejection, httpStatus: number | undefined, endpoint: string): Measurement {
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
