import type { Refusal } from './answer.ts';
import type { Labels, Sample, Series } from './increments.ts';

/** Series of a range, each with its samples; or at one time, each with one. Or why there are none. */
export type SeriesAnswer = { kind: 'Series'; isRange: boolean; series: Series[] } | Refusal;

type Body = {
  status?: unknown;
  warnings?: unknown;
  isPartial?: unknown;
  data?: { resultType?: unknown; result?: unknown; isPartial?: unknown } | null;
};

type Found = { metric?: unknown; value?: unknown; values?: unknown };

/** The series in the JSON of a backend that answered 200, as it was sent; `endpoint` is for messages. */
export function readSeries(json: unknown, endpoint: string): SeriesAnswer {
  const refuse = (reason: string, text: string): Refusal => {
    return { kind: 'Error', reason, message: `${endpoint}: ${text}` };
  };
  const { status, data } = (json ?? {}) as Body;
  const { resultType, result } = data ?? {};
  if (status !== 'success') return refuse('BadAnswer', NOT_PROMETHEUS);
  if (resultType === 'scalar' || resultType === 'string') {
    return refuse('BadQuery', `the query gives a ${resultType}`);
  }
  if (!Array.isArray(result)) return refuse('BadAnswer', NOT_PROMETHEUS);
  // With a part of the series missing, those that come later would count as new.
  const missing = missingPartIn(json);
  if (missing !== undefined) return refuse('Partial', missing);
  const isRange = resultType === 'matrix';
  const series = result.map((found) => seriesOf((found ?? {}) as Found, isRange));
  const problem = series.find((one) => typeof one === 'string');
  if (problem !== undefined) return refuse('BadCounts', problem);
  return { kind: 'Series', isRange, series: series as Series[] };
}

/** How a Prometheus, or what speaks like one, says that its answer is not all; undefined where it does not. */
export function missingPartIn(json: unknown): string | undefined {
  const { warnings, isPartial, data } = (json ?? {}) as Body;
  const [warning] = warningsIn(warnings);
  if (warning !== undefined) return `it warns: ${warning.slice(0, 200)}`;
  return isPartial === true || data?.isPartial === true ? 'it says isPartial' : undefined;
}

/** What a backend warns of; a hint about the query says nothing of the data. */
export function warningsIn(warnings: unknown): string[] {
  if (!Array.isArray(warnings)) return [];
  return warnings
    .map((one: unknown) => (typeof one === 'string' ? one : 'something that is no text'))
    .map((one) => one.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '))
    .filter((one) => !one.startsWith('PromQL info'));
}

/** What is said of an answer that is not one. */
export const NOT_PROMETHEUS = "the answer is not a Prometheus server's";

/** A series, or what keeps it from being one of counters. */
function seriesOf({ metric, value, values }: Found, isRange: boolean): Series | string {
  const given = isRange ? values : value && [value];
  if (!Array.isArray(given)) return 'a series has no plain numbers; native histograms are not read';
  const samples = given.map(sampleOf);
  if (!isLabels(metric)) return 'a series has labels that are no texts';
  const isCounter = samples.every(({ at, value: one }) => Number.isFinite(at + one));
  return isCounter
    ? { labels: metric, samples }
    : 'a series has a value that is no finite number; a counter has none';
}

function sampleOf(given: unknown): Sample {
  const [seconds, text] = Array.isArray(given) ? (given as unknown[]) : [];
  return { at: Math.round(numberIn(seconds) * 1000), value: numberIn(text) };
}

function isLabels(metric: unknown): metric is Labels {
  const isObject = typeof metric === 'object' && metric !== null && !Array.isArray(metric);
  return isObject && Object.values(metric).every((label) => typeof label === 'string');
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number, or the text of one as Prometheus writes it; NaN for all else. */
export function numberIn(given: unknown): number {
  if (typeof given === 'number') return given;
  return typeof given === 'string' && NUMBER.test(given) ? Number(given) : NaN;
}
