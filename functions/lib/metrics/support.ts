import { parseQuantity, type Quantity } from '../analysis/quantity.ts';
import type { MetricEvidence, MetricSpec } from '../types/metric.gen.ts';

const STANDARD_EXPRESSION = /^\.data\.result\[0\]\.value\[1\]\s*\|\s*tonumber$/;
const QUERY_PATH = /\/api\/v1\/query\/?$/;

/**
 * What about a Metric keeps it from being read, as "field: what and what to do", or undefined if it
 * can be: a Prometheus query that gives one number.
 */
export function unsupportedMetric(spec: MetricSpec): string | undefined {
  return [
    expected(
      'spec.mock',
      !spec.mock,
      'mocked metrics are not supported by this version; remove it',
    ),
    expected(
      'spec.provider',
      spec.provider === 'prometheus',
      `found "${spec.provider ?? ''}"; this version reads metrics from "prometheus" only`,
    ),
    badUrl(spec.urlTemplate),
    expected(
      'spec.params',
      queryOf(spec) !== undefined && spec.params?.length === 1,
      'expected exactly one parameter, "query", with the PromQL text',
    ),
    expected(
      'spec.headerTemplates',
      !spec.headerTemplates?.some(({ name }) => name.toLowerCase() === 'host'),
      'a Host header would lead to another host than the URL says; remove it',
    ),
    expected('spec.body', !spec.body, 'this version sends no body; remove it'),
    expected(
      'spec.jqExpression',
      !spec.jqExpression || STANDARD_EXPRESSION.test(spec.jqExpression.trim()),
      'this version reads the one value of the answer; expected ".data.result[0].value[1] | tonumber", or nothing',
    ),
    expected(
      'spec.authType',
      spec.authType === undefined || spec.secret !== undefined,
      `${spec.authType ?? ''} needs spec.secret, the name of a Secret`,
    ),
  ].find((problem) => problem !== undefined);
}

/**
 * What about a Metric keeps what it says from being counted, as "field: what and what to do", or
 * undefined if it can be: evidence for Prometheus, with its selectors and sensible numbers.
 */
export function uncountableMetric({ evidence, provider, mock }: MetricSpec): string | undefined {
  if (!evidence) {
    return 'spec.evidence: found none; without it nothing can be proved: say how the value comes about';
  }
  if (mock || provider !== 'prometheus') {
    return 'spec.evidence: it is counted in Prometheus only; set spec.provider to "prometheus", and remove spec.mock';
  }
  return incomplete(evidence) ?? outOfRange(evidence);
}

const NEEDED = {
  Rate: ['events', 'trials'],
  Quantile: ['buckets', 'quantile'],
  Mean: ['sum', 'count'],
} as const satisfies Record<MetricEvidence['kind'], readonly (keyof MetricEvidence)[]>;

function incomplete(evidence: MetricEvidence): string | undefined {
  // An object stored before the schema may have any kind.
  const needed = Object.hasOwn(NEEDED, evidence.kind) ? NEEDED[evidence.kind] : undefined;
  if (!needed) {
    const kinds = Object.keys(NEEDED).join(', ');
    return `spec.evidence.kind: found ${JSON.stringify(evidence.kind)}; expected one of ${kinds}`;
  }
  const missing = needed.find((field) => !evidence[field]?.trim());
  return missing && `spec.evidence.${missing}: found none; a ${evidence.kind} needs it`;
}

function outOfRange(evidence: MetricEvidence): string | undefined {
  const number = (given: Quantity): number => parseQuantity(given) ?? NaN;
  const { quantile = '0.5', unitFactor = 1, lowest = 0, highest = Infinity } = evidence;
  const bound = highest === Infinity ? Infinity : number(highest);
  return [
    expected(
      'spec.evidence.quantile',
      number(quantile) > 0 && number(quantile) < 1,
      `found "${quantile}"; expected a number between 0 and 1, such as "0.95"`,
    ),
    expected(
      'spec.evidence.unitFactor',
      number(unitFactor) > 0,
      `found ${unitFactor}; expected a number above 0, such as 1000`,
    ),
    expected(
      'spec.evidence.highest',
      number(lowest) < bound,
      `found ${highest}; expected a number above spec.evidence.lowest, which is ${lowest}`,
    ),
  ].find((problem) => problem !== undefined);
}

function expected(field: string, isMet: boolean, message: string): string | undefined {
  return isMet ? undefined : `${field}: ${message}`;
}

function badUrl(urlTemplate = ''): string | undefined {
  const example = 'http://prometheus-operated.iter8-system:9090/api/v1/query';
  const url = URL.parse(urlTemplate);
  const hasCredentials = Boolean(url && (url.username || url.password));
  const found = hasCredentials ? 'one with credentials' : `"${urlTemplate.slice(0, 200)}"`;
  return expected(
    'spec.urlTemplate',
    isQueryUrl(url) && !hasCredentials && !/[?#$]/.test(urlTemplate),
    `found ${found}; expected a URL such as ${example}, without credentials, parameters or placeholders`,
  );
}

function isQueryUrl(url: URL | null): boolean {
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isHttp && QUERY_PATH.test(url.pathname);
}

/** The PromQL text of a Metric, with its placeholders; undefined where it has none. */
export function queryOf({ params }: MetricSpec): string | undefined {
  return params?.find(({ name }) => name === 'query')?.value;
}

/** The server of a Metric's URL, up to the API path. Worked: "http://p:9090/x/api/v1/query" → "http://p:9090/x". */
export function endpointOf({ urlTemplate = '' }: MetricSpec): string {
  return (URL.parse(urlTemplate)?.href ?? urlTemplate).replace(QUERY_PATH, '');
}
