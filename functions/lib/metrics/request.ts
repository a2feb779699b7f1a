import type { MetricSpec } from '../types/metric.gen.ts';
import { refuse, type Question, type Refusal } from './answer.ts';
import { interpolate, undefinedIn } from './interpolate.ts';
import { redacted, shorten } from './refusals.ts';
import type { Credentials } from './secrets.ts';
import { asksPrometheus, queryOf } from './source.ts';

type Values = Readonly<Record<string, string>>;

/** A question that knows what no message about it may tell. */
export type SecretQuestion = Question & { secrets: readonly string[] };

/**
 * What a Metric asks for a version: `values` are what its placeholders stand for. The version's
 * values never say where to ask if a Secret goes along.
 */
export function questionOf(
  spec: MetricSpec,
  values: Values,
  { headers: given = {}, auth, tls, values: secret }: Credentials,
): SecretQuestion | Refusal {
  const secrets = Object.values(secret);
  const url = urlOf(spec, values, secret);
  if (typeof url !== 'string') return { ...url, message: redacted(url.message, secrets) };
  const problem = headerProblem(given) ?? (spec.body && bodyProblem(spec.body, values));
  if (problem) return refuse('BadQuery', redacted(problem, secrets));
  const body = spec.body ? interpolate(spec.body, values) : undefined;
  const usual = { accept: '*/*', ...(body && { 'content-type': 'application/json' }) };
  const headers = { ...without(usual, Object.keys(given)), ...given };
  return { url, method: spec.method, headers, body, auth, tls, secrets };
}

function without(usual: Values, names: string[]): Values {
  const taken = names.map((name) => name.toLowerCase());
  return Object.fromEntries(Object.entries(usual).filter(([name]) => !taken.includes(name)));
}

/** Headers that would lead elsewhere, or change where a request ends. */
const OUR_HEADERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|expect|te|trailer)$/i;

function headerProblem(headers: Values): string | undefined {
  const name = Object.keys(headers).find((one) => OUR_HEADERS.test(one));
  return (
    name && `spec.headerTemplates: found ${name}, which the URL and the body decide; remove it`
  );
}

function bodyProblem(template: string, values: Values): string | undefined {
  try {
    JSON.parse(interpolate(template, values));
    return undefined;
  } catch (error) {
    return `spec.body: with its placeholders filled in it is no JSON: ${(error as Error).message}`;
  }
}

function urlOf(spec: MetricSpec, values: Values, secret: Values): string | Refusal {
  const template = spec.urlTemplate ?? '';
  const text = spec.secret ? interpolate(template, secret) : filledIn(template, values);
  if (typeof text !== 'string') return text;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    const found = template ? quoted(template) : 'none';
    return bad(`found ${found}; expected a URL such as https://host/path`);
  }
  const problem = originProblem(url, spec);
  if (problem) return bad(problem);
  url.hash = '';
  url.search = [url.search.slice(1), queryText(spec, values)].filter(Boolean).join('&');
  return url.href;
}

function originProblem(
  { username, password, hostname }: URL,
  { urlTemplate = '', secret }: MetricSpec,
): string | undefined {
  if (username || password) {
    return 'found a name or password in the URL; put them into a Secret, with authType Basic';
  }
  if (!/[${}]/.test(hostname)) return undefined;
  const why = secret
    ? 'the Secret has no such key, and where a Secret is named a version does not say where it is sent'
    : 'no version has such a variable';
  return `found ${quoted(urlTemplate)}, with a placeholder in the host that stands for nothing: ${why}`;
}

function bad(text: string): Refusal {
  return refuse('BadQuery', `spec.urlTemplate: ${text}`);
}

/** A template as it is written, save for a name and password. */
function quoted(template: string): string {
  return `"${shorten(withoutLogin(template), 200)}"`;
}

function withoutLogin(template: string): string {
  return template.replace(/^([a-z]+:\/\/)[^/?#]*@/i, '$1***@');
}

const PARTS = /^([a-z]+:\/\/[^/?#]*)(.*)$/is;
const HOST_TEXT = /^[a-z0-9.-]+$/i;

/** A template with a version's values, none of which can become another part of the URL. */
function filledIn(template: string, values: Values): string | Refusal {
  const [, origin = '', rest = ''] = PARTS.exec(template) ?? [];
  if (!origin) return template;
  const used = (text: string): [string, string][] => {
    const missing = undefinedIn(text, {});
    return Object.entries(values).filter(([name]) => missing.includes(name));
  };
  const badHost = used(origin).find(([, value]) => !HOST_TEXT.test(value));
  if (badHost) return bad(`the value of ${badHost[0]} cannot be in a host's name`);
  const badPath = used(rest).find(([, value]) => /^\.\.?$/.test(value));
  if (badPath) return bad(`the value of ${badPath[0]} would lead to another path`);
  const encoded = Object.entries(values).map(([name, value]) => {
    return [name, encodeURIComponent(value.toWellFormed())] as const;
  });
  return interpolate(origin, values) + interpolate(rest, Object.fromEntries(encoded));
}

/** The params as a form; the last value of one name counts. */
function queryText({ params }: MetricSpec, values: Values): string {
  return new URLSearchParams([...paramsOf(params, values)]).toString();
}

function paramsOf(params: MetricSpec['params'], values: Values): Map<string, string> {
  return new Map(params?.map(({ name, value }) => [name, interpolate(value, values)]));
}

const LONGEST_SHOWN = 1024;

/**
 * What is asked for a version, for people and without any secret: the query of a Prometheus, else
 * method, URL and body, with the Secret's placeholders as they are written. At most 1024 characters.
 */
export function shownQuery(spec: MetricSpec, values: Values): string {
  const query = asksPrometheus(spec) ? queryOf(spec) : undefined;
  if (query !== undefined) return shorten(interpolate(query, values), LONGEST_SHOWN);
  const { method, urlTemplate = '', secret, body = '', params } = spec;
  const filled = secret ? urlTemplate : filledIn(urlTemplate, values);
  const url = withoutLogin(typeof filled === 'string' ? filled : urlTemplate);
  const form = [...paramsOf(params, values)].map(([name, value]) => `${name}=${value}`).join('&');
  const question = form && `${url.includes('?') ? '&' : '?'}${form}`;
  const text = `${method} ${url}${question} ${interpolate(body, values)}`.trim();
  return shorten(text, LONGEST_SHOWN);
}
