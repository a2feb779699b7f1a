// How much each version was used, by the metric that counts requests, beside what its weights let
// expect: a version that had too few requests has proved nothing, and where the traffic was divided
// otherwise than intended, nobody knows what was compared.
import { formatQuantity } from '../analysis/quantity.ts';
import { weightOf, type Weight } from '../analysis/weights.ts';
import type { Experiment, Exposure, MetricInfo } from '../types/experiment.gen.ts';
import { resolveMetric } from './metricNames.ts';
import type { Measurements, Why } from './observations.ts';
import { intervalOf, type Settings } from './settings.ts';
import { versionNames } from './versions.ts';

/** The chance that a split as intended is taken for another, at one look and for one version. */
const ALPHA = 1e-4;
/** Odds that differ by less are no fault of the routing: counts are late, retries are counted twice. */
const TOLERATED_ODDS = 1.25;

/**
 * The requests of each version until now, and the range in which its weights let expect them. Empty
 * where no metric counts requests since the start: one whose query knows $elapsedTime.
 */
export function exposureOf(
  experiment: Experiment,
  measurements: Measurements,
  settings: Settings,
): Exposure[] {
  const metric = countingMetric(experiment, settings);
  if (!metric) return [];
  const before = beforeThis(experiment);
  const counts = before.map(({ version }) => {
    const measurement = measurements[metric.name]?.[version];
    return measurement?.kind === 'Value' ? measurement.value : undefined;
  });
  return counts.includes(undefined) ? before : counted(before, counts as number[]);
}

/** The metric that counts the requests since the start, or undefined. */
function countingMetric(experiment: Experiment, settings: Settings): MetricInfo | undefined {
  const { spec, status } = experiment;
  if (spec.strategy.testingPattern === 'Conformance') return undefined;
  const name = spec.criteria?.requestCount;
  const fullName = name && resolveMetric(name, experiment, settings);
  const metric = status!.metrics?.find((one) => one.name === fullName);
  return metric && JSON.stringify(metric.metricObj.spec).includes('elapsedTime')
    ? metric
    : undefined;
}

/** What is known before this look, with the weights of the last interval in its range. */
function beforeThis({ status }: Experiment): Exposure[] {
  const { versionInfo, currentWeightDistribution: weights = [], exposure = [] } = status!;
  return versionNames(versionInfo!).map((version, index) => {
    const first = index === 0 ? 100 : 0;
    const fresh = { atLeast: '0', atMost: '0', lowestWeight: first, highestWeight: first };
    const known = { ...fresh, ...exposure.find((one) => one.version === version), version };
    const weight = weightOf(version, weights);
    return {
      ...known,
      lowestWeight: Math.min(known.lowestWeight, weight),
      highestWeight: Math.max(known.highestWeight, weight),
    };
  });
}

/** Where a count fell, its series began anew: then this look counts for nothing. */
function counted(before: readonly Exposure[], counts: readonly number[]): Exposure[] {
  const growth = before.map(({ requests = '0' }, index) => counts[index]! - Number(requests));
  const total = growth.some((one) => one < 0) ? 0 : growth.reduce((sum, one) => sum + one, 0);
  return before.map((one, index) => ({
    ...one,
    requests: formatQuantity(counts[index]!),
    atLeast: formatQuantity(
      Number(one.atLeast) + total * share(one.lowestWeight!, 1 / TOLERATED_ODDS),
    ),
    atMost: formatQuantity(Number(one.atMost) + total * share(one.highestWeight!, TOLERATED_ODDS)),
  }));
}

/** A share whose odds are those of a weight, times a factor. Worked: 50 % and 1.25 → 0.556. */
function share(weight: number, factor: number): number {
  return (weight * factor) / (weight * factor + 100 - weight);
}

/**
 * The exposure as the next look needs it: the range of weights begins with those of the interval
 * that was just counted, which may still come in late.
 */
export function renewed(
  exposure: readonly Exposure[],
  inForce: readonly Weight[],
  next: readonly Weight[],
): Exposure[] {
  return exposure.map((one) => {
    const weights = [weightOf(one.version, inForce), weightOf(one.version, next)];
    return { ...one, lowestWeight: Math.min(...weights), highestWeight: Math.max(...weights) };
  });
}

/** Why a version has not had enough requests to have proved anything; undefined where it has. */
export function tooFewRequests(
  { spec }: Pick<Experiment, 'spec'>,
  version: string,
  exposure: readonly Exposure[],
): string | undefined {
  const own = exposure.find((one) => one.version === version);
  const least = spec.criteria?.minimumRequests ?? 0;
  if (!own || Number(own.requests ?? 0) >= least) return undefined;
  const found = own.requests === undefined ? 'an unknown number' : Math.floor(Number(own.requests));
  return `${version} has had ${found} of at least ${least} requests`;
}

/**
 * Why the traffic cannot have been divided as intended, if that is so: a version has had more
 * requests than its highest weights let expect, or fewer than its lowest. What the last scrape may
 * have missed is allowed for. By Bernstein's inequality, for requests that choose independently,
 * P(X − E ≥ t) ≤ exp(−t² / (2 (E + t/3))). Worked: 500 of 1000 at 1 % (at most 12.5 expected, with
 * tolerated odds): t is 18.5, so 500 is too many.
 */
export function mismatchOf(
  experiment: Experiment,
  exposure: readonly Exposure[],
  settings: Settings,
): Why | undefined {
  const total = exposure.reduce((sum, { requests = '0' }) => sum + Number(requests), 0);
  const looks = (experiment.status!.completedIterations ?? 0) + 1;
  const late = Math.min(1, settings.scrapeIntervalSeconds / intervalOf(experiment, settings));
  const off = exposure.find(({ requests = '0', atLeast, atMost }) => {
    const [found, least, most] = [requests, atLeast, atMost].map(Number) as [
      number,
      number,
      number,
    ];
    // Twice the average of a look: weights rise, and with them the share of the last one.
    const missed = (expected: number): number => (2 * late * expected) / looks;
    const isTooMuch = found - missed(most) > most + deviation(most);
    return isTooMuch || found + missed(least) < least - deviation(least);
  });
  if (!off) return undefined;
  const round = (text: string | undefined): number => Math.round(Number(text));
  const message = `${off.version} has had ${round(off.requests)} of ${Math.round(total)} requests, but its weights let expect ${round(off.atLeast)} to ${round(off.atMost)}: is all traffic routed by the weights, and does spec.criteria.requestCount count each version's own requests? No weight rises and nothing is promoted until they agree`;
  return { reason: 'SampleRatioMismatch', message };
}

function deviation(expected: number): number {
  const bound = Math.log(1 / ALPHA);
  return bound / 3 + Math.sqrt((bound / 3) ** 2 + 2 * bound * expected);
}
