/** What came of an attempt that gave no answer, as far as trying again depends on it. */
export type Setback = {
  /** HTTP status, if there was one. */
  status?: number | undefined;
  /** The header Retry-After: seconds, or an HTTP date. */
  retryAfter?: string | undefined;
  /** The connection broke before any byte of an answer. */
  isReset: boolean;
};

/** How long to wait before the next attempt, or why there is none, where that is worth telling. */
export type Next = { kind: 'Wait'; milliseconds: number } | { kind: 'GiveUp'; why?: string };

/** The time now and the time at which everything ends, both in milliseconds since 1970. */
export type Clock = { now: number; endsAt?: number | undefined };

const MOST_ATTEMPTS = 3;
const FIRST_WAIT_MS = 200;
/** Where nobody says when all ends. */
const LONGEST_WAIT_MS = 5_000;

/**
 * What to do after so many attempts. What may help is tried again: too many requests, unavailable,
 * and a connection that broke; nothing that we ask changes anything. The backend says how long to
 * wait, or chance does, so that many do not come again together. No wait ends after the deadline.
 */
export function next(setback: Setback, attempts: number, clock: Clock, random: () => number): Next {
  if (!mayPass(setback)) return { kind: 'GiveUp' };
  const { retryAfter } = setback;
  const asked = retryAfter === undefined ? undefined : askedWait(retryAfter, clock.now);
  const asks = asked && `it asks to wait ${Math.ceil(asked / 1000)} s`;
  if (attempts >= MOST_ATTEMPTS) {
    return { kind: 'GiveUp', why: asks || `tried ${attempts} times` };
  }
  const milliseconds = asked ?? random() * FIRST_WAIT_MS * 2 ** (attempts - 1);
  const rest = clock.endsAt === undefined ? LONGEST_WAIT_MS : clock.endsAt - clock.now;
  if (milliseconds <= rest) return { kind: 'Wait', milliseconds };
  return { kind: 'GiveUp', why: asks || 'no time is left to try again' };
}

function mayPass({ status, isReset }: Setback): boolean {
  return isReset || status === 429 || status === 503;
}

/** Milliseconds, at least 0; undefined where the text is neither seconds nor a date. */
function askedWait(retryAfter: string, now: number): number | undefined {
  const text = retryAfter.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Only what begins with a weekday: Date.parse also makes a date of "-5".
  const date = /^[a-z]{3}/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
