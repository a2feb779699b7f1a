import { refuse, type Refusal } from './answer.ts';
import { BadIdentity, HostRefused } from './hosts.ts';

/** Headers of an answer, by lower-case name. */
export type AnswerHeaders = Readonly<Record<string, unknown>>;

/** What is known of a request that came to nothing: an answer's parts, an error, and a remark. */
export type Failed = {
  status?: number | undefined;
  headers?: AnswerHeaders | undefined;
  data?: unknown;
  error?: unknown;
  /** Why it was not tried again. */
  why?: string | undefined;
};

/** Whom was asked, and what no message may tell. */
export type Asked = { url: string; secrets: readonly string[] };

/** An answer that leads to another host, or would lose what was asked. */
export class Redirected extends Error {}

type Explained = { reason: string; text: string };

const LONGEST_QUOTE = 200;
/** What is longer is no explanation. */
const LONGEST_EXPLANATION = 64 * 1024;

/** The one sentence for what is wrong, beginning with the backend's host and without any secret. */
export function refusalOf(failed: Failed, { url, secrets }: Asked): Refusal {
  const { reason, text } = explain(failed, secrets);
  const message = `${hostOf(url)}: ${text}${failed.why ? `; ${failed.why}` : ''}`;
  return refuse(reason, redacted(message, secrets));
}

/** Worked: "https://prometheus/api" → "prometheus:443". What is no URL gives "". */
export function hostOf(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return '';
  const { hostname, port, protocol } = parsed;
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

function explain(
  { status, headers = {}, data, error }: Failed,
  secrets: readonly string[],
): Explained {
  const causes = causesOf(error);
  const ours = causes.find((one) => one instanceof Error && ourReason(one));
  if (ours) return { reason: ourReason(ours as Error)!, text: (ours as Error).message };
  if (status === undefined) return unanswered(causes, secrets);
  if (status >= 200 && status < 300) return brokenOff(causes);
  const reason = reasonOfStatus(status, headers);
  const said = reason === 'BadQuery' ? quote(wordsIn(data), secrets) : '';
  return { reason, text: `it answered with HTTP status ${status}${said && `: ${said}`}` };
}

function ourReason(error: Error): string | undefined {
  if (error instanceof HostRefused) return 'HostRefused';
  if (error instanceof BadIdentity) return 'Unauthorized';
  return error instanceof Redirected ? 'Redirected' : undefined;
}

const STATUS_REASONS: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Unauthorized',
  404: 'NotFound',
  407: 'Unauthorized',
  408: 'Timeout',
  410: 'NotFound',
  429: 'RateLimited',
};

function reasonOfStatus(status: number, headers: AnswerHeaders): string {
  if (status === 403 && isRateLimit(headers)) return 'RateLimited';
  if (status < 400) return 'Redirected';
  return STATUS_REASONS[status] ?? (status < 500 ? 'BadQuery' : 'ServerError');
}

function isRateLimit(headers: AnswerHeaders): boolean {
  const remaining = headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'];
  return headers['retry-after'] !== undefined || remaining === '0';
}

/** What a backend says about a query that it refuses. A page for browsers says nothing. */
function wordsIn(data: unknown): string {
  if (typeof data !== 'string') {
    const { error, message } = (data ?? {}) as { error?: unknown; message?: unknown };
    return [error, message].find((one) => typeof one === 'string') ?? '';
  }
  const text = data.trim();
  if (text.startsWith('<') || text.length > LONGEST_EXPLANATION) return '';
  try {
    return wordsIn(JSON.parse(text)) || text;
  } catch {
    return text;
  }
}

function quote(text: string, secrets: readonly string[]): string {
  // Redacted before it is cut: half a secret would not be found.
  return shorten(redacted(withoutControls(text), secrets), LONGEST_QUOTE);
}

function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

/** A text of at most so many characters; one that was cut ends in "…". */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}

/** Of an error: Node's or axios's code, and OpenSSL's reason. */
type Cause = { code?: unknown; message?: string; reason?: string };

/** An error and what it came from, outermost first. */
function causesOf(error: unknown): Cause[] {
  const causes: Cause[] = [];
  // So many are wrapped into one another at most; a cause may be its own.
  for (let one = error; one && causes.length < 6; one = (one as { cause?: unknown }).cause) {
    causes.push(one);
  }
  return causes;
}

/** How a connection ends before the first byte of an answer, where another try may help. */
export function isReset({ status, error }: Failed): boolean {
  return status === undefined && has(causesOf(error), 'ECONNRESET', 'EPIPE');
}

function has(causes: Cause[], ...codes: string[]): boolean {
  return causes.some(({ code }) => typeof code === 'string' && codes.includes(code));
}

const TOO_LARGE = /maxContentLength size of (\d+) exceeded/;

function tooLarge(causes: Cause[]): Explained | undefined {
  const bytes = causes.map(({ message }) => TOO_LARGE.exec(message ?? '')?.[1]).find(Boolean);
  return bytes
    ? { reason: 'TooLarge', text: `the answer is larger than ${bytes} bytes` }
    : undefined;
}

const LATE = ['ERR_CANCELED', 'ECONNABORTED', 'ETIMEDOUT'];

function unanswered(causes: Cause[], secrets: readonly string[]): Explained {
  if (has(causes, ...LATE)) return { reason: 'Timeout', text: 'no answer in time' };
  if (has(causes, 'ERR_FR_TOO_MANY_REDIRECTS')) {
    return { reason: 'Redirected', text: 'it redirects again and again' };
  }
  if (has(causes, 'ERR_FR_REDIRECTION_FAILURE')) {
    return { reason: 'Redirected', text: 'it redirects to what is no URL' };
  }
  return tooLarge(causes) ?? { reason: 'Unreachable', text: brokenConnection(causes, secrets) };
}

/** Half an answer, or one that is not what its headers say. */
function brokenOff(causes: Cause[]): Explained {
  if (has(causes, ...LATE)) return { reason: 'Timeout', text: 'no answer in time' };
  const isPacked = causes.some(({ code }) => /^Z_|^ERR_(_?ZLIB|_?BROTLI|ZSTD)/.test(String(code)));
  const text = isPacked ? 'the answer cannot be unpacked' : 'the answer breaks off before its end';
  return tooLarge(causes) ?? { reason: 'BadAnswer', text };
}

const UNKNOWN_AUTHORITY = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)/;
const OWN_CERTIFICATE = /ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA)/;

function brokenConnection(causes: Cause[], secrets: readonly string[]): string {
  const codes = causes.map(({ code }) => String(code)).join(' ');
  // OpenSSL's message is a line of its source; its reason is a sentence.
  const isOpenSsl = /\bERR_O?SSL_/.test(codes);
  const reason = isOpenSsl ? causes.findLast((cause) => cause.reason)?.reason : undefined;
  const message = causes.findLast((cause) => cause.message)?.message;
  const said = quote(reason ?? message ?? codes, secrets);
  const hint = UNKNOWN_AUTHORITY.test(codes)
    ? '; put the certificate of its authority as ca.crt into the Secret that spec.secret names'
    : OWN_CERTIFICATE.test(codes)
      ? '; put a certificate that it knows as tls.crt and tls.key into the Secret that spec.secret names'
      : '';
  return said + hint;
}

const SHORTEST_SECRET = 3;

/** A text with `***` for every secret of three characters or more, however it is written. */
export function redacted(text: string, secrets: readonly string[]): string {
  const forms = [...new Set(secrets.flatMap(formsOf))]
    .filter((form) => form.length >= SHORTEST_SECRET && form.length <= text.length)
    .sort((one, other) => other.length - one.length);
  if (forms.length === 0) return text;
  return text.replace(new RegExp(forms.map(literally).join('|'), 'gi'), '***');
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** As it is and without what surrounds or interrupts it; in a URL, a form, JSON and base64. */
function formsOf(secret: string): string[] {
  const plain = [secret, secret.trim(), withoutControls(secret)].filter(
    ({ length }) => length >= SHORTEST_SECRET,
  );
  return plain.flatMap((one) => {
    const inUrl = encodeURIComponent(one.toWellFormed());
    const strictly = inUrl.replace(/[!'()*~]/g, (found) => `%${found.charCodeAt(0).toString(16)}`);
    const inForm = new URLSearchParams([['', one]]).toString().slice(1);
    const inJson = JSON.stringify(one).slice(1, -1);
    const inBase64 = Buffer.from(one).toString('base64').replace(/=+$/, '');
    const inBase64Url = Buffer.from(one).toString('base64url');
    return [one, inUrl, strictly, inForm, inJson, inBase64, inBase64Url];
  });
}

/** Headers that tell nothing about anybody. */
const PUBLIC_HEADERS = ['accept', 'content-type', 'user-agent'];

/** What no message may tell of a request: what is known as secret, and all that lets it in. */
export function secretsOf(
  known: readonly string[],
  { headers = {}, auth }: { headers?: Record<string, string>; auth?: Login },
): string[] {
  const carried = Object.entries(headers)
    .filter(([name]) => !PUBLIC_HEADERS.includes(name.toLowerCase()))
    .flatMap(([, value]) => [value, value.slice(value.indexOf(' ') + 1)]);
  const login = auth ? [auth.username, auth.password, `${auth.username}:${auth.password}`] : [];
  return [...known, ...carried, ...login];
}

type Login = { username: string; password: string };
