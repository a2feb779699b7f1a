import type { Measurement } from '../experiment/observations.ts';
import { nothing, refuse } from './answer.ts';
import { mersenneTwister } from './mersenne.ts';

type Bucket = { start: number; end: number; count: number };
type Histogram = { count: number; sum: number; buckets: Bucket[]; errors: number };

/** Of each built-in metric, its value in a histogram; undefined where there were no requests. */
const METRICS: ReadonlyMap<string, (histogram: Histogram) => number | undefined> = new Map([
  ['request-count', ({ count }) => count],
  ['error-count', ({ errors }) => errors],
  ['error-rate', ({ errors, count }) => (count > 0 ? errors / count : undefined)],
  ['mean-latency', ({ sum, count }) => (count > 0 ? (1000 * sum) / count : undefined)],
  ['latency-50th-percentile', ({ buckets }) => percentile(buckets, 0.5)],
  ['latency-75th-percentile', ({ buckets }) => percentile(buckets, 0.75)],
  ['latency-90th-percentile', ({ buckets }) => percentile(buckets, 0.9)],
  ['latency-95th-percentile', ({ buckets }) => percentile(buckets, 0.95)],
  ['latency-99th-percentile', ({ buckets }) => percentile(buckets, 0.99)],
]);

const NAMESPACE = 'iter8-system/';
const FIELD = 'status.analysis.aggregatedBuiltinHists.data';

/**
 * The value of a built-in metric, such as `iter8-system/error-rate` or `error-rate`, for a version:
 * counts, a share, or milliseconds. `hists` is status.analysis.aggregatedBuiltinHists.data as it was
 * stored: by version, a histogram in seconds as Fortio makes it and status codes.
 */
export function builtinValue(metricName: string, version: string, hists: unknown): Measurement {
  const name = metricName.startsWith(NAMESPACE) ? metricName.slice(NAMESPACE.length) : metricName;
  const valueIn = METRICS.get(name);
  if (!valueIn) {
    const known = [...METRICS.keys()].join(', ');
    return refuse('Undefined', `${metricName}: no built-in metric; there are ${known}`);
  }
  const stored = fieldOf(hists, version);
  if (stored === undefined) return nothing('NoData', noRequests(version));
  const histogram = histogramOf(stored);
  if (typeof histogram === 'string') {
    return refuse('BadAnswer', `${FIELD}.${version}.${histogram}; collect it again`);
  }
  const value = valueIn(histogram);
  if (value === undefined) return nothing('NoData', noRequests(version));
  return finite(value, name, version);
}

function noRequests(version: string): string {
  return `no requests have been collected for version ${version}; the task metrics/collect does so`;
}

function finite(value: number, name: string, version: string): Measurement {
  if (Number.isFinite(value)) return { kind: 'Value', value };
  return nothing('NaN', `${FIELD}.${version}: its ${name} is beyond all numbers`);
}

/** What is stored for a version, checked; or the field that is wrong and what is expected there. */
function histogramOf(stored: unknown): Histogram | string {
  const durations = fieldOf(stored, 'DurationHistogram');
  const count = fieldOf(durations, 'Count');
  const sum = fieldOf(durations, 'Sum');
  if (!isCount(count)) return 'DurationHistogram.Count: expected a whole number from 0 on';
  if (!isFinite(sum)) return 'DurationHistogram.Sum: expected a number';
  const buckets = bucketsOf(fieldOf(durations, 'Data') ?? []);
  if (typeof buckets === 'string') return `DurationHistogram.Data${buckets}`;
  const errors = errorsOf(fieldOf(stored, 'RetCodes') ?? {});
  if (typeof errors === 'string') return `RetCodes${errors}`;
  return { count, sum, buckets, errors };
}

function bucketsOf(data: unknown): Bucket[] | string {
  if (!Array.isArray(data)) return ': expected a list';
  const buckets = data.map((one): Bucket | undefined => {
    const [start, end, count] = ['Start', 'End', 'Count'].map((key) => fieldOf(one, key));
    const isBucket = isFinite(start) && isFinite(end) && start <= end && isCount(count);
    return isBucket ? { start, end, count } : undefined;
  });
  const wrong = buckets.indexOf(undefined);
  if (wrong < 0) return buckets as Bucket[];
  return `[${wrong}]: expected the numbers Start, End (not below Start) and Count (a whole number from 0 on)`;
}

function errorsOf(codes: unknown): number | string {
  if (typeof codes !== 'object' || Array.isArray(codes)) return ': expected counts by status code';
  const counts = Object.entries(codes as Record<string, unknown>);
  const wrong = counts.find(([code, count]) => !Number.isInteger(Number(code)) || !isCount(count));
  if (wrong) return `["${wrong[0]}"]: expected a status code with a whole number from 0 on`;
  // Fortio's code −1 stands for connections that failed; the original does not count them either.
  return counts.reduce(
    (sum, [code, count]) => (Number(code) >= 400 ? sum + Number(count) : sum),
    0,
  );
}

/** The seed that makes the percentiles of the same histogram always the same. */
const SEED = 17;
const DRAWS_PER_REQUEST = 10;
const MOST_DRAWS = 1e6;

/**
 * A quantile in milliseconds: of ten numbers a request, drawn uniformly from its bucket, between two
 * of them linearly. Past a hundred thousand requests each bucket gets its share of a million draws.
 */
function percentile(buckets: readonly Bucket[], quantile: number): number | undefined {
  const requests = buckets.reduce((sum, { count }) => sum + count, 0);
  if (requests === 0) return undefined;
  const perRequest = Math.min(DRAWS_PER_REQUEST, MOST_DRAWS / requests);
  const numbers = drawn(buckets, perRequest).sort();
  const position = (numbers.length - 1) * quantile;
  const below = numbers[Math.floor(position)]!;
  const above = numbers[Math.ceil(position)]!;
  return below + (above - below) * (position % 1);
}

function drawn(buckets: readonly Bucket[], perRequest: number): Float64Array {
  const random = mersenneTwister(SEED);
  const sizes = buckets.map(({ count }) => Math.ceil(count * perRequest));
  const numbers = new Float64Array(sizes.reduce((sum, size) => sum + size, 0));
  let position = 0;
  for (const [index, { start, end }] of buckets.entries()) {
    const [low, high] = [1000 * start, 1000 * end];
    const until = position + sizes[index]!;
    while (position < until) numbers[position++] = low + (high - low) * random();
  }
  return numbers;
}

function fieldOf(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key))
    return undefined;
  return (object as Record<string, unknown>)[key];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}
