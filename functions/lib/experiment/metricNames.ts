import type { Criteria, Experiment } from '../types/experiment.gen.ts';
import type { Settings } from './settings.ts';

/** The names of all metrics that the criteria mention, as the user wrote them, each once. */
export function mentionedMetrics(criteria: Partial<Criteria> | undefined): string[] {
  const names = [
    ...(criteria?.requestCount ? [criteria.requestCount] : []),
    ...(criteria?.rewards ?? []).map(({ metric }) => metric),
    ...(criteria?.indicators ?? []),
    ...(criteria?.objectives ?? []).map(({ metric }) => metric),
  ];
  return [...new Set(names)];
}

/**
 * Where a metric may be found, in order: where its name says, else in the experiment's namespace,
 * then in the product's. Worked: "a/b" → ["a/b"]; "b" in team → ["team/b", "iter8-system/b"].
 */
export function metricCandidates(name: string, namespace: string, product: string): string[] {
  if (name.includes('/')) return [name];
  return [...new Set([`${namespace}/${name}`, `${product}/${name}`])];
}

/** The full name of a mentioned metric among those read at the start, or undefined. */
export function resolveMetric(
  name: string,
  { metadata, status }: Experiment,
  { namespace: product }: Settings,
): string | undefined {
  const known = new Set(status?.metrics?.map((metric) => metric.name));
  return metricCandidates(name, metadata.namespace, product).find((one) => known.has(one));
}
