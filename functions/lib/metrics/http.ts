import axios, { type AxiosRequestConfig } from 'axios';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Identity, Question, Refusal } from './answer.ts';
import { checkHost, agentsByIdentity, type HostPolicy } from './hosts.ts';
import { hostOf, isReset, Redirected, refusalOf, secretsOf, type Failed } from './refusals.ts';
import { next } from './retry.ts';

/** What a question holds that no message may tell, besides what it carries to be let in. */
export type Confidential = { secrets?: readonly string[] | undefined };

/** The end of all that is asked together: a signal, and when it comes in milliseconds since 1970. */
export type Limits = { signal: AbortSignal; endsAt?: number | undefined };

/** Asks a metrics backend one question. It never throws. */
export type Send = (question: Question & Confidential, limits: Limits) => Promise<Answer | Refusal>;

const MAX_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 3;
const ATTEMPT_MS = 5_000;

/** HTTP with connections kept, hosts held to the policy, and everything bounded. */
export function http(policy: HostPolicy, random: () => number): Send {
  const connect = connections(policy, MAX_BYTES);
  return async (question, limits) => {
    const attempt = (): Promise<Attempted<Answer>> => ask(question, connect, limits.signal);
    const attempted = await persistently(attempt, limits, random);
    if ('outcome' in attempted) return attempted.outcome;
    const secrets = secretsOf(question.secrets ?? [], question);
    return refusalOf(attempted.failed, { url: question.url, secrets });
  };
}

async function ask(
  { url, method, headers, body, auth, tls }: Question,
  connect: Connect,
  signal: AbortSignal,
): Promise<Attempted<Answer>> {
  try {
    const { status, data, ...answer } = await axios.request<string>({
      ...connect({ url, tls, signal }),
      ...{ url, method, headers, data: body, auth },
      responseType: 'text',
      validateStatus: () => true,
      transformRequest: [(given: unknown) => given],
      transformResponse: [(given: unknown) => given],
    });
    const contentType = String(answer.headers['content-type'] ?? '');
    if (status >= 200 && status < 300)
      return { outcome: { kind: 'Answer', contentType, text: data } };
    return { failed: { status, headers: answer.headers, data } };
  } catch (error) {
    const { response } = error as { response?: { status?: number } };
    return { failed: { status: response?.status, error } };
  }
}

/** Where a connection leads, what it proves itself with, and what ends it. */
type Target = { url: string; tls?: Identity | undefined; signal: AbortSignal };

type Connect = (target: Target) => AxiosRequestConfig;

/**
 * What each attempt is bound by, for axios: hosts, identity, size, time, redirects to the same
 * origin alone. Throws HostRefused, and BadIdentity.
 */
export function connections(policy: HostPolicy, maxBytes: number): Connect {
  const agentsFor = agentsByIdentity(policy);
  return ({ url, tls, signal }) => {
    checkHost(url, policy);
    return {
      ...agentsFor(tls),
      proxy: false,
      maxContentLength: maxBytes,
      maxRedirects: MAX_REDIRECTS,
      beforeRedirect: (to, _, from) => {
        checkRedirect(url, to as { href: string; method: string }, from.method);
      },
      timeout: ATTEMPT_MS,
      // The time-out ends with the first byte of the answer, and this with the last.
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
    };
  };
}

function checkRedirect(url: string, to: { href: string; method: string }, method: string): void {
  const { origin, protocol } = new URL(to.href);
  if (origin !== new URL(url).origin) {
    const other = `${protocol}//${hostOf(to.href)}`;
    throw new Redirected(
      `it redirects to ${other}, which is not followed; let spec.urlTemplate say where the answer is`,
    );
  }
  if (to.method !== method) {
    throw new Redirected(
      `it redirects a ${method} to a ${to.method}, which would lose the body; let spec.urlTemplate say where the answer is`,
    );
  }
}

/** What came of an attempt: something, or nothing. */
export type Attempted<T> = { outcome: T } | { failed: Failed };

/** Attempts as often as it is worth while, with waits between. The last failure says why no more. */
export async function persistently<T>(
  attempt: () => Promise<Attempted<T>>,
  { signal, endsAt }: Limits,
  random: () => number,
): Promise<Attempted<T>> {
  for (let attempts = 1; ; attempts++) {
    const attempted = await attempt();
    if ('outcome' in attempted) return attempted;
    const { failed } = attempted;
    const retryAfter = failed.headers?.['retry-after'] as string | undefined;
    const setback = { status: failed.status, retryAfter, isReset: isReset(failed) };
    const step = next(setback, attempts, { now: Date.now(), endsAt }, random);
    if (step.kind === 'GiveUp') return { failed: { ...failed, why: step.why } };
    const isEnded = await sleep(step.milliseconds, false, { signal }).catch(() => true);
    if (isEnded) return { failed: { error: { code: 'ERR_CANCELED' } } };
  }
}
