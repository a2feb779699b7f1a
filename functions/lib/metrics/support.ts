import type { MetricSpec } from '../types/metric.gen.ts';

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
