// What all stand-ins share: the ways in which a backend can answer, or fail to.
import { startStub, type Answer, type Asked, type Stub } from '../../stub-server.ts';
import { TRAFFIC, type Expected, type Traffic } from './traffic.ts';

/**
 * How a stand-in behaves. data: as the real service. none: as one that has no data of any version.
 * partial: as one that lacks a part. error: as if the query were bad. tooLarge: data, and 8 MiB more.
 */
export const MODES = [
  'data',
  'none',
  'partial',
  'error',
  'unauthorized',
  'rateLimited',
  'hang',
  'unavailable',
  'garbage',
  'tooLarge',
  'reset',
] as const;
export type Mode = (typeof MODES)[number];

/** Value, or the reason that a person is to be told. */
export type Outcomes = Readonly<Record<Mode, string>>;

const OUTCOMES: Outcomes = {
  data: 'Value',
  none: 'NoData',
  partial: 'Partial',
  error: 'BadQuery',
  unauthorized: 'Unauthorized',
  rateLimited: 'RateLimited',
  hang: 'Timeout',
  unavailable: 'ServerError',
  garbage: 'BadAnswer',
  tooLarge: 'TooLarge',
  reset: 'Unreachable',
};

/** A running stand-in: its origin, what it was asked, and how to stop it. */
export type StandIn = Stub;

/** A provider of metrics, the stand-in for it, and the sample that asks it. */
export type Provider = {
  /** As spec.provider of the sample's Metrics says. */
  provider: string;
  /** The path of the sample, from the root of the repository. */
  sample: string;
  /** Metric of the sample → its value for each version. */
  expected: Readonly<Record<string, Expected>>;
  /** What the Secret has to hold to be let in; empty where none is needed. */
  secret: Readonly<Record<string, string>>;
  outcomes: Outcomes;
  start: (mode: Mode) => Promise<StandIn>;
  /** The URL of a Metric's template at a stand-in instead of the real service. */
  urlAt: (urlTemplate: string, standIn: StandIn) => string;
};

/** What a provider's file says of its service. */
export type Service = {
  /** Whether the request brings the right credentials. */
  letsIn: (asked: Asked) => boolean;
  /** The answer to a request that is let in; `isPartial` where a part of the data is to be missing. */
  answer: (asked: Asked, traffic: Traffic, isPartial: boolean) => Answer;
  error: Answer;
  unauthorized: Answer;
  rateLimited: Answer;
  unavailable?: Answer;
};

type Described = Pick<Provider, 'provider' | 'sample' | 'expected' | 'secret'> &
  Partial<Pick<Provider, 'urlAt'>> & { service: Service; outcomes?: Partial<Outcomes> };

/** A provider of a service, with the outcomes that are usual unless it says otherwise. */
export function provide({
  service,
  outcomes,
  urlAt = replaceOrigin,
  ...said
}: Described): Provider {
  const start = (mode: Mode): Promise<StandIn> =>
    startStub((asked) => behave(service, mode, asked));
  return { ...said, urlAt, outcomes: { ...OUTCOMES, ...outcomes }, start };
}

function replaceOrigin(urlTemplate: string, { url }: StandIn): string {
  return urlTemplate.replace(/^https?:\/\/[^/]+/, url);
}

const NGINX_UNAVAILABLE: Answer = nginx(503, 'Service Temporarily Unavailable');

function behave(service: Service, mode: Mode, asked: Asked): Answer {
  if (mode === 'hang' || mode === 'reset') return mode;
  if (mode === 'garbage') return { text: LOGIN_PAGE };
  if (mode === 'unavailable') return service.unavailable ?? NGINX_UNAVAILABLE;
  return mode === 'unauthorized' || !service.letsIn(asked)
    ? service.unauthorized
    : letIn(service, mode, asked);
}

function letIn(service: Service, mode: Mode, asked: Asked): Answer {
  if (mode === 'error' || mode === 'rateLimited') return service[mode];
  const answer = service.answer(asked, mode === 'none' ? {} : TRAFFIC, mode === 'partial');
  return mode === 'tooLarge' ? padded(answer) : answer;
}

const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>…</form></body></html>';

const PADDING_BYTES = 8 * 1024 * 1024;

/** The same answer to whoever reads it all. */
function padded(answer: Answer): Answer {
  const padding = ' '.repeat(PADDING_BYTES);
  if (typeof answer === 'string' || 'begin' in answer) return answer;
  if ('text' in answer) return { ...answer, text: answer.text + padding };
  const headers = { 'content-type': 'application/json', ...answer.headers };
  return {
    ...(answer.status && { status: answer.status }),
    headers,
    text: JSON.stringify(answer.json) + padding,
  };
}

/** What an nginx says by itself, in front of services that have no limits or accounts of their own. */
export function nginx(status: number, title: string, headers: Record<string, string> = {}): Answer {
  const text = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return { status, text, headers };
}

/** Whether the first text has the brackets and quotes that it opens closed again. */
export function isBalanced(text: string): boolean {
  const open: string[] = [];
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '');
  for (const character of bare) {
    if (character in CLOSING) open.push(CLOSING[character]!);
    else if (')]}'.includes(character) && open.pop() !== character) return false;
  }
  return open.length === 0 && !/["']/.test(bare);
}

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** What a text is as JSON, or undefined. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether a parameter is Unix time in whole seconds, of this century. */
export function isUnixSeconds(text: string | null): boolean {
  return /^\d{10}$/.test(text ?? '');
}

/** Whether a request is one of JSON to a path. */
export function isJsonPost({ method, path, headers }: Asked, expectedPath: string): boolean {
  const type = headers['content-type'] ?? '';
  return method === 'POST' && path === expectedPath && type.startsWith('application/json');
}
