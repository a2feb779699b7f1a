// How much each version was used, by the metric that counts requests, beside what its weights let
// expect: a version that had too few requests has proved nothing, and where the traffic was divided
// otherwise than intended, nobody knows what was compared.
import { formatQuantity } from '../analysis/quantity.ts';
import { weightOf, type Weight } from '../analysis/weights.ts';
import type {
  Experiment,
  ExperimentStatus,
  Exposure,
  MetricInfo,
  OriginalValue,
} from '../types/experiment.gen.ts';
import { resolveMetric } from './metricNames.ts';
import type { Measurements, Why } from './observations.ts';
import { intervalOf, type Settings } from './settings.ts';
import { versionNames, versionsOf } from './versions.ts';

/** The chance that a split as intended is taken for another, at one look and for one version. */
const ALPHA = 1e-4;
/** Odds that differ by less are no fault of the routing: counts are late, retries are counted twice. */
const TOLERATED_ODDS = 1.25;
/** So long it may take until traffic follows new weights. */
const ROUTING_SECONDS = 10;

/** How much the versions were used until now. */
export type Use = {
  /** Requests, and the range in which the weights let expect them, in version order. */
  exposure: Exposure[];
  /** The requests of each version as far as they are known, also where this look counts for nothing. */
  requests: Readonly<Record<string, number | undefined>>;
  /** Whether the requests of this look are in the exposure, or its series began anew with it. */
  latest: 'Counted' | 'Anew' | 'Skipped';
  /** Why the traffic cannot have been divided as intended, if that is so. */
  mismatch: Why | undefined;
};

/**
 * The use of each version until now. Empty where no metric counts requests since the start: one
 * whose query knows $elapsedTime. What one version had is compared with what all had one look
 * before or after, since each is scraped at a time of its own, up to a scrape interval late.
 */
export function useOf(experiment: Experiment, measurements: Measurements, settings: Settings): Use {
  const metric = countingMetric(experiment, settings);
  if (!metric) return { exposure: [], requests: {}, latest: 'Skipped', mismatch: undefined };
  const before = beforeThis(experiment);
  const counts = before.map(({ version }) => {
    const measurement = measurements[metric.name]?.[version];
    return measurement?.kind === 'Value' ? measurement.value : undefined;
  });
  const requests = Object.fromEntries(
    before.map(({ version, requests: last }, index) => [
      version,
      counts[index] ?? (last === undefined ? undefined : Number(last)),
    ]),
  );
  const known = mismatchBefore(experiment);
  if (!counts.every((count) => count !== undefined) || !isTimeToCount(experiment, settings)) {
    return { exposure: before, requests, latest: 'Skipped', mismatch: known };
  }
  if (before.some((one, index) => hasFallen(one, counts[index]!))) {
    return { exposure: begunAnew(before, counts), requests, latest: 'Anew', mismatch: known };
  }
  const exposure = grown(before, counts);
  return { exposure, requests, latest: 'Counted', mismatch: mismatchOf(before, exposure) };
}

/** Whether a count fell by more than its extrapolation may do: samples were lost. */
function hasFallen({ requests }: Exposure, count: number): boolean {
  return count < 0.9 * Number(requests ?? 0) - 1;
}

/** The metric that counts the requests since the start, or undefined. */
function countingMetric(experiment: Experiment, settings: Settings): MetricInfo | undefined {
  const { spec, status } = experiment;
  if (spec.strategy.testingPattern === 'Conformance') return undefined;
  const name = spec.criteria?.requestCount;
  const fullName = name && resolveMetric(name, experiment, settings);
  const metric = status!.metrics?.find((one) => one.name === fullName);
  const isSinceStart = /\$\{?elapsedTime/.test(JSON.stringify(metric?.metricObj.spec ?? {}));
  return isSinceStart ? metric : undefined;
}

/** What is known before this look, with the weights of the last interval in its range. */
function beforeThis({ status }: Experiment): Exposure[] {
  const { versionInfo, currentWeightDistribution: weights = [], exposure = [] } = status!;
  return versionNames(versionInfo!).map((version, index) => {
    const [first, weight] = [weightBeforeStart(status!, index), weightOf(version, weights)];
    const fresh = { atLeast: '0', atMost: '0', lowestWeight: first, highestWeight: first };
    const known = { ...fresh, ...exposure.find((one) => one.version === version), version };
    return withRange(known, [known.lowestWeight, known.highestWeight, weight]);
  });
}

/** The weight that a version was found with; where nothing is known of it, the baseline has all. */
function weightBeforeStart({ versionInfo, target }: ExperimentStatus, index: number): number {
  const originals = target?.originals ?? [];
  const found = versionsOf(versionInfo!).map(({ weightObjRef: ref }) => {
    const isIts = (one: OriginalValue): boolean =>
      one.kind === ref?.kind && one.name === ref.name && one.fieldPath === ref.fieldPath;
    return originals.find(isIts)?.value;
  });
  const candidates = found.slice(1).map((value) => value ?? 0);
  const rest = candidates.reduce((left, value) => left - value, 100);
  return index === 0 ? (found[0] ?? rest) : candidates[index - 1]!;
}

/** With fewer seconds from count to count than samples may be late, not every look is counted. */
function isTimeToCount(experiment: Experiment, settings: Settings): boolean {
  const looks = Math.ceil(settings.scrapeIntervalSeconds / intervalOf(experiment, settings));
  return ((experiment.status!.completedIterations ?? 0) + 1) % looks === 0;
}

/** The exposure after a look that found these counts. */
function grown(before: readonly Exposure[], counts: readonly number[]): Exposure[] {
  const known = before.reduce((sum, { requests }) => sum + Number(requests ?? 0), 0);
  const total = counts.reduce((sum, count) => sum + count, 0) - known;
  return before.map((one, index) => {
    const least = total * share(one.lowestWeight!, 1 / TOLERATED_ODDS);
    const most = total * share(one.highestWeight!, TOLERATED_ODDS);
    return {
      ...one,
      requests: formatQuantity(counts[index]!),
      atLeast: formatQuantity(Number(one.atLeast) + least),
      atMost: formatQuantity(Number(one.atMost) + most),
    };
  });
}

/** What cannot be told of what came before is no fault: no version has had too much or too little. */
function begunAnew(before: readonly Exposure[], counts: readonly number[]): Exposure[] {
  return before.map((one, index) => {
    const missing = Number(one.requests ?? 0) - counts[index]!;
    const [atLeast, atMost] = [Number(one.atLeast) - missing, Number(one.atMost) - missing];
    return {
      ...one,
      requests: formatQuantity(counts[index]!),
      atLeast: formatQuantity(Math.min(atLeast, counts[index]!)),
      atMost: formatQuantity(Math.max(atMost, counts[index]!)),
    };
  });
}

/** A share whose odds are those of a weight, times a factor. Worked: 50 % and 1.25 → 0.556. */
function share(weight: number, factor: number): number {
  return (weight * factor) / (weight * factor + 100 - weight);
}

function withRange(one: Exposure, weights: readonly number[]): Exposure {
  return { ...one, lowestWeight: Math.min(...weights), highestWeight: Math.max(...weights) };
}

/**
 * The exposure as the next look needs it. Where this look was counted, the range of weights begins
 * with those that requests may have had which will only be counted by the next one.
 */
export function renewed(
  { exposure, latest }: Use,
  experiment: Experiment,
  next: readonly Weight[],
  settings: Settings,
): Exposure[] {
  // Where series began anew, nobody knows when each of them did.
  if (latest === 'Anew') return exposure.map((one) => withRange(one, [0, 100]));
  const inForce = experiment.status!.currentWeightDistribution ?? [];
  return exposure.map((one, index) => {
    const { version, lowestWeight, highestWeight } = one;
    const late = latest === 'Counted' ? lateWeights(experiment, index, settings) : undefined;
    const before = late ?? [lowestWeight!, highestWeight!];
    return withRange(one, [...before, weightOf(version, inForce), weightOf(version, next)]);
  });
}

/**
 * The weights of one version, but for those now in force, which requests may have had that are not
 * counted yet. Undefined where they go back to before the first look.
 */
function lateWeights(
  experiment: Experiment,
  index: number,
  settings: Settings,
): number[] | undefined {
  const { history = [] } = experiment.status!;
  // A query is for one scrape interval ago, and finds samples that are older by up to another one.
  const late = 2 * settings.scrapeIntervalSeconds + ROUTING_SECONDS;
  const looks = Math.ceil(late / intervalOf(experiment, settings));
  if (history.length <= looks) return undefined;
  return history.slice(-looks).map(({ weights }) => weights[index] ?? 0);
}

/** Why a version has not had enough requests to have proved anything; undefined where it has. */
export function tooFewRequests(
  { spec }: Pick<Experiment, 'spec'>,
  version: string,
  { exposure, requests }: Use,
): string | undefined {
  const own = requests[version];
  const least = spec.criteria?.minimumRequests ?? 0;
  const isCounted = exposure.some((one) => one.version === version);
  if (!isCounted || (own ?? 0) >= least) return undefined;
  const found = own === undefined ? 'an unknown number' : Math.floor(own);
  return `${version} has had ${found} of at least ${least} requests`;
}

const MISMATCH_REASON = 'SampleRatioMismatch';

/** The mismatch that the last look found. */
function mismatchBefore({ status }: Experiment): Why | undefined {
  const known = status!.conditions?.find(
    ({ type, reason }) => type === 'Progressing' && reason === MISMATCH_REASON,
  );
  return known && { reason: MISMATCH_REASON, message: known.message ?? '' };
}

/**
 * Why the traffic cannot have been divided as intended: a version had more requests by the look
 * before than its highest weights let expect by now, or fewer by now than its lowest let expect by
 * the look before. By Bernstein's inequality, for requests that choose independently,
 * P(X − E ≥ t) ≤ exp(−t² / (2 (E + t/3))). Worked: 500 of 1000 at 1 % (at most 12.5 expected, with
 * tolerated odds): t is 18.5, so 500 is too many.
 */
function mismatchOf(before: readonly Exposure[], now: readonly Exposure[]): Why | undefined {
  const off = now.find(({ requests, atMost }, index) => {
    const last = before[index]!;
    const [least, most] = [Number(last.atLeast), Number(atMost)];
    const isTooMuch = Number(last.requests ?? 0) > most + deviation(most);
    return isTooMuch || Number(requests) < least - deviation(least);
  });
  if (!off) return undefined;
  const total = now.reduce((sum, { requests }) => sum + Number(requests), 0);
  const round = (text: string | undefined): number => Math.round(Number(text));
  const message = `${off.version} has had ${round(off.requests)} of ${Math.round(total)} requests, but its weights let expect ${round(off.atLeast)} to ${round(off.atMost)}: is all traffic routed by the weights, and does spec.criteria.requestCount count each version's own requests? No weight rises and nothing is promoted until they agree`;
  return { reason: MISMATCH_REASON, message };
}

function deviation(expected: number): number {
  const bound = Math.log(1 / ALPHA);
  return bound / 3 + Math.sqrt((bound / 3) ** 2 + 2 * bound * Math.max(0, expected));
}
