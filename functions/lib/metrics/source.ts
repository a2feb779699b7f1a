import type { MetricSpec } from '../types/metric.gen.ts';

/** The answer's one value, as every PromQL Metric of iter8 takes it. */
const STANDARD_EXPRESSION = /^\.data\.result\[0\]\.value\[1\]\s*\|\s*tonumber$/;
const QUERY_PATH = /\/api\/v1\/query\/?$/;

/** Where a Metric's values come from. */
export type Source = 'Mock' | 'Builtin' | 'Prometheus' | 'Http';

/**
 * Where a Metric's values come from: invented, collected by iter8's own task, one PromQL query, or
 * whatever a URL answers.
 */
export function sourceOf(spec: MetricSpec): Source {
  if (spec.mock) return 'Mock';
  if (spec.provider === 'iter8') return 'Builtin';
  return asksPrometheus(spec) && isOneQuery(spec) ? 'Prometheus' : 'Http';
}

function isOneQuery(spec: MetricSpec): boolean {
  const expression = spec.jqExpression?.trim();
  const isStandard = !expression || STANDARD_EXPRESSION.test(expression);
  return isStandard && !spec.body && spec.params?.length === 1 && queryOf(spec) !== undefined;
}

/** Whether a Metric's URL is that of a Prometheus's instant queries, without anything in it to fill in. */
export function asksPrometheus({ urlTemplate = '' }: MetricSpec): boolean {
  return !/[?#$]/.test(urlTemplate) && QUERY_PATH.test(URL.parse(urlTemplate)?.pathname ?? '');
}

/** The PromQL text of a Metric, with its placeholders; undefined where it has none. */
export function queryOf({ params }: MetricSpec): string | undefined {
  return params?.find(({ name }) => name === 'query')?.value;
}

/** The server of a Metric's URL, up to the API path. Worked: "http://p:9090/x/api/v1/query" → "http://p:9090/x". */
export function endpointOf({ urlTemplate = '' }: MetricSpec): string {
  return (URL.parse(urlTemplate)?.href ?? urlTemplate).replace(QUERY_PATH, '');
}
