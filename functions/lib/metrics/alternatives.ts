import type { Measurement } from '../experiment/observations.ts';
import type { MetricInfo } from '../types/experiment.gen.ts';
import type { MetricAlternative, MetricSpec } from '../types/metric.gen.ts';
import type { Instruments } from './instruments.ts';
import { interpolate } from './interpolate.ts';
import { endpointOf } from './source.ts';

/** A Metric's spec with what one of its alternatives says. */
export function using(spec: MetricSpec, { params, evidence }: MetricAlternative): MetricSpec {
  const changed = { ...spec, params };
  delete changed.evidence;
  return { ...changed, ...(evidence && { evidence }) };
}

/** A Metric's spec as it is used until one of its alternatives has been found to be right. */
export function usingFirst(spec: MetricSpec): MetricSpec {
  const [first] = spec.alternatives ?? [];
  return first ? using(spec, first) : spec;
}

/** The metrics of a status, and those of which it cannot be told yet how to ask. */
export type Choice = {
  metrics: MetricInfo[];
  undecided: Readonly<Record<string, Exclude<Measurement, { kind: 'Value' }>>>;
};

/** What a probe is asked with: a time, and what its placeholders stand for. */
export type Circumstances = { evaluationTime: Date; values: Readonly<Record<string, string>> };

/**
 * Chooses for each metric that has alternatives, and for which none was chosen before, the first one
 * whose probe finds something. Nothing is chosen past a probe that could not be asked.
 */
export async function chooseAlternatives(
  metrics: readonly MetricInfo[],
  circumstances: Circumstances,
  instruments: Instruments,
): Promise<Choice> {
  const asked = new Map<string, Promise<Measurement>>();
  const undecided: Record<string, Exclude<Measurement, { kind: 'Value' }>> = {};
  const probe = (metric: MetricInfo, text: string): Promise<Measurement> => {
    const query = `count(${interpolate(text, circumstances.values)})`;
    const { spec } = metric.metricObj;
    const key = JSON.stringify([endpointOf(spec), spec.secret, spec.headerTemplates, query]);
    const known = asked.get(key) ?? ask(metric, query, circumstances, instruments);
    asked.set(key, known);
    return known;
  };
  const choose = async (metric: MetricInfo): Promise<MetricInfo> => {
    const { spec } = metric.metricObj;
    if (!spec.alternatives) return metric;
    for (const alternative of spec.alternatives) {
      const found = await probe(metric, alternative.probe);
      if (found.kind === 'Value') return chosen(metric, alternative);
      if (found.kind === 'NoData') continue;
      const message = `alternative ${alternative.name}: ${found.message}`;
      undecided[metric.name] = { ...found, message };
      return metric;
    }
    undecided[metric.name] = noneOf(spec.alternatives);
    return metric;
  };
  return { metrics: await Promise.all(metrics.map(choose)), undecided };
}

async function ask(
  metric: MetricInfo,
  query: string,
  { evaluationTime }: Circumstances,
  { ask, credentialsOf, signal }: Instruments,
): Promise<Measurement> {
  const found = await credentialsOf(metric);
  if ('reason' in found) return { kind: 'Error', ...found };
  const endpoint = endpointOf(metric.metricObj.spec);
  return ask({ endpoint, query, evaluationTime, ...found.credentials, signal });
}

function chosen(metric: MetricInfo, alternative: MetricAlternative): MetricInfo {
  const spec = using(metric.metricObj.spec, alternative);
  delete spec.alternatives;
  return { ...metric, alternative: alternative.name, metricObj: { ...metric.metricObj, spec } };
}

function noneOf(
  alternatives: readonly MetricAlternative[],
): Exclude<Measurement, { kind: 'Value' }> {
  const names = alternatives.map(({ name }) => name).join(', ');
  const message = `none of ${names} has a series yet: no requests, not scraped, or not exported`;
  return { kind: 'NoData', reason: 'NoData', message };
}
