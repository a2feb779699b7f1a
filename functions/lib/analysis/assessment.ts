import { auditMessage } from './audit.ts';
import { parseQuantity, type Quantity } from './quantity.ts';

/** A condition on a metric; limits are inclusive. */
export type Objective = {
  metric: string;
  upperLimit?: Quantity | undefined;
  lowerLimit?: Quantity | undefined;
};

/** Metric → version → value; null where the query gave none. */
export type MetricValues = Readonly<
  Record<string, Readonly<Record<string, Quantity | null | undefined>> | undefined>
>;

/** Per version one boolean per objective, in the order of the objectives, and iter8's account. */
export type VersionAssessments = { data: Record<string, boolean[]>; message?: string };

/**
 * Whether each version satisfies each objective by comparing its latest value with the limits:
 * iter8's rule, where no value is false. Without objectives the answer is empty.
 */
export function assessVersions(
  versions: readonly string[],
  objectives: readonly Objective[] | undefined,
  values: MetricValues,
): VersionAssessments {
  if (!objectives) return { data: {} };
  const data = Object.fromEntries(
    versions.map((version) => [
      version,
      objectives.map(({ metric, ...limits }) => isWithin(values[metric]?.[version], limits)),
    ]),
  );
  const warning = objectives.flatMap(({ metric }) => missing(metric, versions, values));
  return { data, message: auditMessage({ warning }) };
}

function isWithin(
  quantity: Quantity | null | undefined,
  limits: Pick<Objective, 'upperLimit' | 'lowerLimit'>,
): boolean {
  const value = parseQuantity(quantity ?? '');
  return value !== undefined && satisfies(value, limits);
}

/**
 * Whether a value lies within the limits, both inclusive. A limit that is no quantity is never met,
 * so that a mistake in it cannot promote a version.
 * Worked: 0.02 within {upperLimit: "20m"} → true.
 */
export function satisfies(
  value: number,
  limits: Pick<Objective, 'upperLimit' | 'lowerLimit'>,
): boolean {
  const upper = parseQuantity(limits.upperLimit ?? Number.MAX_VALUE) ?? NaN;
  const lower = parseQuantity(limits.lowerLimit ?? -Number.MAX_VALUE) ?? NaN;
  return value <= upper && value >= lower;
}

function missing(metric: string, versions: readonly string[], values: MetricValues): string[] {
  const measured = values[metric];
  if (!measured) return [`Aggregated metric object for ${metric} metric is unavailable.`];
  return versions.flatMap((version) => {
    if (measured[version] === undefined) {
      return [`Value for ${metric} metric and ${version} version is unavailable.`];
    }
    return measured[version] === null
      ? [`Value for ${metric} metric and ${version} version is None.`]
      : [];
  });
}
