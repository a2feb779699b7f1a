import type { MetricsFound } from '../experiment/initialize.ts';
import { mentionedMetrics, metricCandidates } from '../experiment/metricNames.ts';
import { mentionedForProof } from '../experiment/strength.ts';
import type { Api } from '../kubernetes/client.ts';
import { isFailure } from '../kubernetes/failure.ts';
import { getMetric } from '../kubernetes/lookups.ts';
import type { Experiment, MetricInfo } from '../types/experiment.gen.ts';
import type { Metric } from '../types/metric.gen.ts';
import { secretProblem, sharingProblem } from './secrets.ts';
import { usingFirst } from './alternatives.ts';
import { uncountableMetric, unsupportedMetric } from './support.ts';

/**
 * The Metric objects that an experiment's criteria mention, as they are to be remembered, or the
 * first one that is missing or cannot be used, with what to do about it. Throws Failure only where
 * the API server cannot be reached or refuses for now.
 */
export async function findMetrics(
  api: Api,
  experiment: Experiment,
  productNamespace: string,
): Promise<MetricsFound> {
  try {
    return await readMetrics(api, experiment, productNamespace);
  } catch (error) {
    if (!isFailure(error, 'Forbidden', 'Invalid')) throw error;
    return { kind: 'NotYet', reason: 'MetricUnavailable', message: error.message };
  }
}

async function readMetrics(
  api: Api,
  { spec, metadata }: Experiment,
  productNamespace: string,
): Promise<MetricsFound> {
  const found = new Map<string, MetricInfo>();
  const counted = mentionedForProof(spec);
  for (const mentioned of mentionedMetrics(spec.criteria)) {
    const candidates = metricCandidates(mentioned, metadata.namespace, productNamespace);
    const metric = await firstOf(api, candidates);
    if (!metric) {
      const looked = `looked for ${candidates.join(' and ')}`;
      const advice = 'create it, or correct its name in spec.criteria';
      return missing(`metric ${mentioned} does not exist; ${looked}; ${advice}`);
    }
    const fullName = `${metric.metadata.namespace}/${metric.metadata.name}`;
    const message =
      problemOf(metric, metadata.namespace, productNamespace) ??
      // That there is no evidence is for the experiment to judge: an objective may go without.
      (counted.includes(mentioned) && metric.spec.evidence && uncountableMetric(metric.spec));
    if (message) {
      const reason = 'MetricUnsupported';
      return { kind: 'Unsupported', reason, message: `metric ${fullName}: ${message}` };
    }
    const lacking = await lackingSampleSize(api, metric);
    if (lacking) return missing(`metric ${fullName}: ${lacking}`);
    found.set(fullName, snapshot(fullName, metric));
  }
  return { kind: 'Found', metrics: [...found.values()] };
}

function missing(message: string): MetricsFound {
  return { kind: 'NotYet', reason: 'MetricUnavailable', message };
}

async function firstOf(api: Api, names: readonly string[]): Promise<Metric | undefined> {
  for (const name of names) {
    const metric = await getMetric(api, name);
    if (metric) return { ...metric, spec: usingFirst(metric.spec) };
  }
  return undefined;
}

/** A Metric that counts the samples is never read, but its name may be misspelt. */
async function lackingSampleSize(
  api: Api,
  { metadata, spec }: Metric,
): Promise<string | undefined> {
  if (!spec.sampleSize) return undefined;
  const [name] = metricCandidates(spec.sampleSize, metadata.namespace, metadata.namespace);
  if (await getMetric(api, name!)) return undefined;
  return `spec.sampleSize: there is no Metric ${name}; create it, or remove sampleSize`;
}

function problemOf(metric: Metric, own: string, product: string): string | undefined {
  return (
    unsupportedMetric(metric.spec) ??
    sharingProblem(metric, own, product) ??
    (metric.spec.secret && secretProblem(metric.spec.secret, metric.metadata.namespace))
  );
}

function snapshot(name: string, { apiVersion, kind, metadata, spec }: Metric): MetricInfo {
  const { name: ownName, namespace } = metadata;
  return { name, metricObj: { apiVersion, kind, metadata: { name: ownName, namespace }, spec } };
}
