import { setTimeout as sleep } from 'node:timers/promises';

/** A CloudEvent in HTTP binary mode; header names are in lower case. */
export interface Message {
  headers: Record<string, string>;
  body: string;
}

/** An HTTP answer; status 0 means that there was none (refused, reset or timed out). */
export interface Answer extends Message {
  status: number;
}

/** When a delivery is tried again, and after which pause (attempt 0 is before the first retry). */
export interface RetryRule {
  retries: number;
  timeoutMs?: number;
  delayMs(attempt: number): number;
  isRetried(status: number): boolean;
}

const SOURCE_RETRIED = [0, 404, 413, 425, 429, 502, 503, 504];
const BROKER_RETRIED = [0, 404, 408, 409, 429];
const NO_ANSWER = 0;

/** How Knative's sources deliver: 5 retries, 0.1 to 1.6 s apart; other failures are lost. */
export const SOURCE_RETRY: RetryRule = {
  retries: 5,
  delayMs: (attempt) => 100 * 2 ** attempt,
  isRetried: (status) => SOURCE_RETRIED.includes(status),
};

/** Whether a Broker tries a subscriber again after this answer. */
export function isRetriedByBroker(status: number): boolean {
  return status >= 500 || BROKER_RETRIED.includes(status);
}

/** Whether an answer means that the event was taken. */
export function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The header names and values that make up a CloudEvent, and nothing else. */
export function eventHeaders(headers: Record<string, string>): Record<string, string> {
  const isOfEvent = (name: string): boolean => name.startsWith('ce-') || name === 'content-type';
  return Object.fromEntries(Object.entries(headers).filter(([name]) => isOfEvent(name)));
}

/** Whether headers carry the four attributes that every CloudEvent in binary mode has. */
export function isBinaryEvent(headers: Record<string, string | undefined>): boolean {
  return ['ce-id', 'ce-source', 'ce-type', 'ce-specversion'].every((name) => headers[name]);
}

/** POSTs a message once; never throws. A time-out gives up the wait, not the receiver's work. */
export async function post(
  url: string,
  { headers, body }: Message,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Answer> {
  const limits = [
    ...(options.signal ? [options.signal] : []),
    ...(options.timeoutMs ? [AbortSignal.timeout(options.timeoutMs)] : []),
  ];
  try {
    const signal = AbortSignal.any(limits);
    const answer = await fetch(url, { method: 'POST', headers, body, signal });
    const answerHeaders = Object.fromEntries(answer.headers);
    return { status: answer.status, headers: answerHeaders, body: await answer.text() };
  } catch {
    return { status: NO_ANSWER, headers: {}, body: '' };
  }
}

/**
 * Sends until it is taken, the answer is final or the retries are used up; gives the last answer.
 * An aborted signal ends it.
 */
export async function withRetries(
  send: () => Promise<Answer>,
  rule: RetryRule,
  signal?: AbortSignal,
): Promise<Answer & { attempts: number }> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send();
    const isFinal = isTaken(answer.status) || !rule.isRetried(answer.status);
    if (isFinal || attempt >= rule.retries || signal?.aborted) {
      return { ...answer, attempts: attempt + 1 };
    }
    await sleep(rule.delayMs(attempt), undefined, { signal }).catch(() => undefined);
  }
}
