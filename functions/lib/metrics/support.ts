import { parseQuantity, type Quantity } from '../analysis/quantity.ts';
import type { MetricEvidence, MetricSpec } from '../types/metric.gen.ts';
import { using } from './alternatives.ts';
import { asksPrometheus, queryOf, sourceOf } from './source.ts';

/**
 * What about a Metric keeps it from being read, as "field: what and what to do", or undefined if it
 * can be.
 */
export function unsupportedMetric(spec: MetricSpec): string | undefined {
  const source = sourceOf(spec);
  if (source === 'Mock' || source === 'Builtin') return undefined;
  return [
    badUrl(spec.urlTemplate),
    expected(
      'spec.params',
      !asksPrometheus(spec) || queryOf(spec) !== undefined,
      'expected a parameter "query" with the PromQL text',
    ),
    expected(
      'spec.headerTemplates',
      !spec.headerTemplates?.some(({ name }) => name.toLowerCase() === 'host'),
      'a Host header would lead to another host than the URL says; remove it',
    ),
    expected(
      'spec.authType',
      spec.authType !== 'Basic' || Boolean(spec.secret),
      'Basic needs spec.secret, the name of a Secret with username and password',
    ),
    badAlternative(spec),
  ].find((problem) => problem !== undefined);
}

function badAlternative(spec: MetricSpec): string | undefined {
  return spec.alternatives
    ?.map((alternative) => {
      const field = `spec.alternatives: ${alternative.name}`;
      const isPromQl = sourceOf(using(spec, alternative)) === 'Prometheus';
      return expected(
        field,
        isPromQl,
        'expected one parameter, "query", for the /api/v1/query of a Prometheus, without body and jqExpression',
      );
    })
    .find((problem) => problem !== undefined);
}

/**
 * What about a Metric keeps what it says from being counted, as "field: what and what to do", or
 * undefined if it can be: evidence for Prometheus, with its selectors and sensible numbers.
 */
export function uncountableMetric(spec: MetricSpec): string | undefined {
  const { evidence, provider, mock } = spec;
  if (!evidence) {
    return 'spec.evidence: found none; without it nothing can be proved: say how the value comes about';
  }
  if (mock || provider !== 'prometheus' || !asksPrometheus(spec)) {
    return 'spec.evidence: it is counted in Prometheus only; set spec.provider to "prometheus" and spec.urlTemplate to a URL that ends with /api/v1/query, and remove spec.mock';
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
  // What a placeholder stands for may be any part of a host name or a path.
  const url = URL.parse(urlTemplate.replaceAll(/\$\{?\w+\}?/g, 'x'));
  const hasCredentials = Boolean(url && (url.username || url.password));
  const found = hasCredentials ? 'one with credentials' : `"${urlTemplate.slice(0, 200)}"`;
  return expected(
    'spec.urlTemplate',
    (url?.protocol === 'http:' || url?.protocol === 'https:') && !hasCredentials,
    `found ${found}; expected a URL such as ${example}, without credentials`,
  );
}
