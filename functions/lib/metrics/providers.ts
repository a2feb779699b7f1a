import type { Measurement } from '../experiment/observations.ts';
import { nothing, refuse, type Refusal } from './answer.ts';
import { missingPartIn } from './seriesAnswer.ts';

type Hidden = Exclude<Measurement, { kind: 'Value' }> | undefined;

const READERS: ReadonlyMap<string, (json: unknown) => Hidden> = new Map([
  ['elasticsearch', elasticsearch],
  ['elastic', elasticsearch],
  ['opensearch', elasticsearch],
  ['datadog', datadog],
  ['newrelic', newRelic],
  ['jaeger', jaeger],
  ['sysdig', sysdig],
  ['influxdb', influxDb],
  ['influx', influxDb],
  ['graphite', graphite],
]);

/**
 * What is wrong with the JSON of an answer with status 200, or undefined where a number may be looked
 * for in it. Providers are known by name, whatever their case, blanks and hyphens; the rest
 * are read as Prometheus where they look like it. Messages do not say which backend it was.
 * Not told: whether the last interval of a time series is over, since it may well be passed over.
 */
export function hiddenIn(provider: string | undefined, json: unknown): Hidden {
  const name = (provider ?? '').toLowerCase().replace(/[\s_-]/g, '');
  return (READERS.get(name) ?? prometheusLike)(json);
}

/** How many series an answer has that looks like Prometheus; a scalar is one, what is else is none. */
export function seriesIn(json: unknown): number {
  const type = at(json, 'data', 'resultType');
  if (type === 'scalar' || type === 'string') return 1;
  return listAt(json, 'data', 'result').length;
}

/** What a backend said, as one line of at most `most` characters, without control characters; '' for nothing. */
export function quoted(said: unknown, most = 200): string {
  const first: unknown = Array.isArray(said) ? said[0] : said;
  const text = typeof first === 'object' ? textIn(first) : first;
  if (typeof text !== 'string' && typeof text !== 'number') return '';
  // Cut before as well: what is long is not worth cleaning.
  const line = String(text)
    .slice(0, most * 4)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return (line.length > most ? `${line.slice(0, most - 1)}…` : line).toWellFormed();
}

/** The refusal that an error object, a list of them or an error's text amounts to. */
export function errorSaid(error: unknown, code: unknown = codeIn(error)): Refusal {
  return refuse(reasonOf(code, quoted(error)), words(error));
}

function words(error: unknown): string {
  return `it says: ${quoted(error) || 'an error, without a text'}`;
}

function textIn(error: unknown): unknown {
  const nested = at(error, 'error');
  const texts = ['message', 'msg', 'reason', 'description', 'detail', 'type'].map((key) =>
    at(error, key),
  );
  return [...texts, nested, at(nested, 'message')].find((text) => typeof text === 'string');
}

function codeIn(error: unknown): unknown {
  const first: unknown = Array.isArray(error) ? error[0] : error;
  const codes = ['code', 'status', 'type'].map((key) => at(first, key));
  return [at(first, 'extensions', 'errorClass'), ...codes].find((code) => isSomething(code));
}

/** By what is written: the first line with a phrase that occurs decides. */
const PHRASES: [reason: string, phrases: string[]][] = [
  ['BadQuery', ['syntax', 'invalid_input', 'parsing', 'failed to parse', 'compil']],
  ['RateLimited', ['rate limit', 'too many requests', 'too_many_requests', 'throttl', 'quota']],
  ['Unauthorized', ['authoriz', 'authenticat', 'forbidden', 'access_denied', 'access denied']],
  ['Unauthorized', ['permission', 'api key', 'api_key']],
  ['Timeout', ['timeout', 'timed out', 'timed_out', 'deadline exceeded', 'canceled']],
  ['NotFound', ['not found', 'not_found', 'could not find', 'does not exist']],
  ['ServerError', ['internal', 'unavailable', 'server_error', 'circuit_breaking', 'overload']],
];

function reasonOf(code: unknown, text: string): string {
  const shortCode = typeof code === 'string' || typeof code === 'number' ? code : '';
  const status = Number(shortCode);
  const isStatus = Number.isInteger(status) && status >= 400 && status < 600;
  if (isStatus) return reasonOfStatus(status);
  const said = `${shortCode} ${text}`.toLowerCase();
  const found = PHRASES.find(([, phrases]) => phrases.some((phrase) => said.includes(phrase)));
  return found?.[0] ?? 'BadQuery';
}

function reasonOfStatus(status: number): string {
  if (status >= 500) return 'ServerError';
  if (status === 401 || status === 403) return 'Unauthorized';
  if (status === 404) return 'NotFound';
  if (status === 408) return 'Timeout';
  return status === 429 ? 'RateLimited' : 'BadQuery';
}

/** Errors in an answer; where it has data too, a part of these is missing. */
function failed(error: unknown, hasData: boolean): Hidden {
  if (!isSomething(error)) return undefined;
  return hasData ? partial(words(error)) : errorSaid(error);
}

function partial(why: string): Refusal {
  return refuse('Partial', `a part of the data is missing: ${why}`);
}

function noData(what: string): Hidden {
  return nothing(
    'NoData',
    `the answer has no ${what}: no requests yet, or a query that matches nothing`,
  );
}

function elasticsearch(json: unknown): Hidden {
  // Of a search, of one that goes on by itself, and of several at once.
  const searches = [json, at(json, 'response'), ...listAt(json, 'responses')];
  return firstOf(searches, elasticSearch);
}

function elasticSearch(search: unknown): Hidden {
  const error = at(search, 'error');
  if (isSomething(error)) {
    return errorSaid(at(error, 'root_cause', 0) ?? error, at(search, 'status') ?? codeIn(error));
  }
  if (at(search, 'timed_out') === true) return partial('the search timed out');
  if (at(search, 'is_running') === true) return partial('the search is still running');
  if (at(search, 'is_partial') === true) return partial('it says is_partial');
  return elasticParts(search);
}

/** What of a search failed or was skipped: shards, and other clusters. */
function elasticParts(search: unknown): Hidden {
  const shards = at(search, '_shards', 'failed');
  if (isPositive(shards)) {
    const why = at(search, '_shards', 'failures', 0);
    const text = quoted(at(why, 'reason') ?? why);
    const of = quoted(at(search, '_shards', 'total'));
    return partial(`${shards} of ${of} shards failed${text && `: ${text}`}`);
  }
  const clusters = at(search, '_clusters', 'skipped');
  return isPositive(clusters) ? partial(`${clusters} clusters were skipped`) : undefined;
}

function datadog(json: unknown): Hidden {
  const series = at(json, 'series') ?? at(json, 'data', 'attributes', 'series');
  const columns = at(json, 'data', 'attributes', 'columns');
  const found = series ?? columns;
  const hasData = Array.isArray(found) && found.length > 0;
  const isError = at(json, 'status') === 'error';
  const said = [at(json, 'error'), at(json, 'errors'), isError && at(json, 'message')];
  const error = said.find((one) => isSomething(one)) ?? (isError ? {} : undefined);
  if (error !== undefined) return failed(error, hasData);
  if (!Array.isArray(found)) return undefined;
  return datadogNumbers(json, found).some(isNumber) ? undefined : noData('points');
}

/** The numbers of time series (version 1, then 2) and of single values (version 2). */
function datadogNumbers(json: unknown, found: unknown[]): unknown[] {
  return [
    ...found.flatMap((one) => listAt(one, 'pointlist').map((point) => at(point, 1))),
    ...listAt(json, 'data', 'attributes', 'values').flatMap((values) => listAt(values)),
    ...found.flatMap((one) => (at(one, 'type') === 'group' ? [] : listAt(one, 'values'))),
  ];
}

function newRelic(json: unknown): Hidden {
  const query = at(json, 'data', 'actor', 'account', 'nrql') ?? json;
  const results = at(query, 'results');
  const hasData = hasLeaf(results ?? at(json, 'data'));
  const error = failed([at(json, 'errors'), at(json, 'error')].find(isSomething), hasData);
  if (error) return error;
  if (at(query, 'queryProgress', 'completed') === false) {
    return refuse('Timeout', 'the query is not finished; ask for less, or for a longer timeout');
  }
  return Array.isArray(results) && !hasData ? noData('results') : undefined;
}

function jaeger(json: unknown): Hidden {
  const data = at(json, 'data');
  const found = Array.isArray(data) ? data.length : 0;
  const error = failed(at(json, 'errors'), found > 0);
  if (error) return error;
  if (data === null || (Array.isArray(data) && found === 0)) return noData('traces');
  // Jaeger itself answers with the limit 0, whatever was asked for; others say it.
  const limit = at(json, 'limit');
  return isPositive(limit) && found >= limit
    ? partial(`there are as many traces as the limit of ${limit}`)
    : undefined;
}

function sysdig(json: unknown): Hidden {
  const data = at(json, 'data');
  const values = listAt(json, 'data').flatMap((row) => listAt(row, 'd'));
  const error = failed(at(json, 'errors'), values.length > 0);
  if (error) return error;
  if (!Array.isArray(data)) {
    const isError = isSomething(at(json, 'message')) || isSomething(at(json, 'error'));
    return isError ? errorSaid(json) : undefined;
  }
  return values.some((value) => value !== null) ? undefined : noData('data');
}

function influxDb(json: unknown): Hidden {
  // Version 2 answers with CSV, which was made rows; its errors have a code that says why.
  if (Array.isArray(json)) return json.length > 0 ? undefined : noData('rows');
  const error = at(json, 'error');
  if (isSomething(error)) return errorSaid(error);
  if (typeof at(json, 'code') === 'string') return errorSaid(json);
  if (at(json, 'results') === undefined) return undefined;
  const results = listAt(json, 'results');
  const series = results.flatMap((result) => listAt(result, 'series'));
  const parts = [...results, ...series];
  const wrong = results.map((result) => at(result, 'error')).find(isSomething);
  if (wrong !== undefined) return failed(wrong, series.length > 0);
  if (parts.some((part) => at(part, 'partial') === true)) return partial('it says partial');
  return series.length > 0 ? undefined : noData('series');
}

/** Graphite has null for each interval without points, so that nulls among numbers say nothing. */
function graphite(json: unknown): Hidden {
  if (!Array.isArray(json)) return undefined;
  const points = json.flatMap((series) => listAt(series, 'datapoints'));
  return points.some((point) => at(point, 0) !== null) ? undefined : noData('datapoints');
}

function prometheusLike(json: unknown): Hidden {
  const status = at(json, 'status');
  if (status === 'error') return errorSaid(at(json, 'error'), at(json, 'errorType'));
  if (status !== 'success') return undefined;
  const missing = missingPartIn(json);
  if (missing !== undefined) return partial(missing);
  const result = at(json, 'data', 'result');
  return Array.isArray(result) && result.length === 0 ? noData('series') : undefined;
}

function firstOf<T>(parts: readonly T[], look: (part: T) => Hidden): Hidden {
  for (const part of parts) {
    const found = look(part);
    if (found) return found;
  }
  return undefined;
}

function at(json: unknown, ...path: (string | number)[]): unknown {
  let here = json;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string | number, unknown>)[key];
  }
  return here;
}

function listAt(json: unknown, ...path: string[]): unknown[] {
  const found = at(json, ...path);
  return Array.isArray(found) ? found : [];
}

function hasLeaf(json: unknown): boolean {
  const rest = [json];
  while (rest.length > 0) {
    const one = rest.pop();
    if (typeof one !== 'object' && one !== undefined) return true;
    if (one) for (const part of Object.values(one)) rest.push(part);
  }
  return false;
}

function isSomething(value: unknown): boolean {
  const isEmptyList = Array.isArray(value) && value.length === 0;
  return value !== undefined && value !== null && value !== '' && value !== false && !isEmptyList;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isPositive(value: unknown): value is number {
  return isNumber(value) && value > 0;
}
