import type { Criteria } from '../types/experiment.gen.ts';

/** The names of all metrics that the criteria mention, as the user wrote them, each once. */
export function mentionedMetrics(criteria: Criteria | undefined): string[] {
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
  namespace: string,
  metrics: readonly { name: string }[],
): string | undefined {
  const known = metrics.map((metric) => metric.name);
  if (name.includes('/')) return known.find((one) => one === name);
  const own = `${namespace}/${name}`;
  return known.find((one) => one === own) ?? known.find((one) => one.endsWith(`/${name}`));
}
