import type { Tallies, Tally, Window } from '../experiment/observations.ts';
import { versionsOf } from '../experiment/versions.ts';
import { inParallelBy } from '../parallel.ts';
import type { Experiment, MetricInfo, VersionDetail } from '../types/experiment.gen.ts';
import { refuse } from './answer.ts';
import { countersOf, type Counter } from './increments.ts';
import type { Instruments } from './instruments.ts';
import { interpolate } from './interpolate.ts';
import { read } from './samples.ts';
import type { Refusal } from './answer.ts';
import { endpointOf } from './source.ts';
import { uncountableMetric } from './support.ts';
import { selectorsOf, tallyOf, type SelectorField } from './tally.ts';
import { backendOf, undefinedProblem, valuesOf } from './values.ts';

/**
 * What was counted within a window for every version, of those metrics of the status that are
 * named: by how much each series of a selector has grown, from its raw samples, added up. Windows
 * that abut add up to the whole. Side by side up to the instruments' concurrency for each host, within their time;
 * a selector that several metrics share is asked once. A backend's failure is a tally. Throws
 * Failure of kind Unavailable where the API server cannot be reached for a Secret.
 */
export async function countAll(
  experiment: Experiment,
  metricNames: readonly string[],
  window: Window,
  instruments: Instruments,
): Promise<Tallies> {
  const status = experiment.status!;
  const metrics = (status.metrics ?? []).filter(({ name }) => metricNames.includes(name));
  const versions = versionsOf(status.versionInfo!).map((version) => ({
    version,
    values: valuesOf(experiment, version, window.until),
  }));
  const books = metrics.map((metric) => ({
    metric,
    byVersion: versions.map((one) => bookOf(metric, one)),
  }));
  const readings = await readAll(
    books.flatMap(({ byVersion }) => byVersion.flatMap(({ lookups }) => lookups)),
    window,
    instruments,
  );
  return Object.fromEntries(
    books.map(({ metric, byVersion }) => [
      metric.name,
      Object.fromEntries(
        byVersion.map((book) => [book.version, closed(metric, book, readings)] as const),
      ),
    ]),
  );
}

/** What has to be looked up for a metric and a version. */
type Book = { version: string; lookups: Lookup[]; problem?: string | undefined };

/** A selector in a version's words; what has the same key is the same question. */
type Lookup = { key: string; field: SelectorField; metric: MetricInfo; selector: string };

function bookOf(
  metric: MetricInfo,
  { version, values }: { version: VersionDetail; values: Record<string, string> },
): Book {
  const { spec } = metric.metricObj;
  if (!spec.evidence || uncountableMetric(spec)) return { version: version.name, lookups: [] };
  const selectors = selectorsOf(spec.evidence);
  const texts = selectors.map(({ selector }) => selector).join('\n');
  const problem = undefinedProblem(texts, values, version);
  if (problem) return { version: version.name, lookups: [], problem };
  const lookups = selectors.map(({ field, selector: text }) => {
    const selector = interpolate(text, values).trim();
    return { key: keyOf(metric, selector), field, metric, selector };
  });
  return { version: version.name, lookups };
}

/** Metrics that are let in in the same way share what they find. */
function keyOf({ name, metricObj: { spec } }: MetricInfo, selector: string): string {
  const secret = spec.secret && [name.split('/')[0], spec.secret, spec.authType];
  return JSON.stringify([endpointOf(spec), secret, spec.headerTemplates, selector]);
}

type Reading = Counter[] | Refusal;

async function readAll(
  lookups: readonly Lookup[],
  window: Window,
  instruments: Instruments,
): Promise<ReadonlyMap<string, Reading>> {
  const readings = new Map<string, Reading>();
  const distinct = new Map(lookups.map((lookup) => [lookup.key, lookup]));
  const tasks = [...distinct.values()].map((lookup) => ({
    key: backendOf(lookup.metric.metricObj.spec),
    run: async () => {
      readings.set(lookup.key, await lookUp(lookup, window, instruments));
    },
  }));
  await inParallelBy(tasks, instruments.concurrency);
  return readings;
}

async function lookUp(
  { metric, selector }: Lookup,
  window: Window,
  instruments: Instruments,
): Promise<Reading> {
  const found = await instruments.credentialsOf(metric);
  if ('reason' in found) return { kind: 'Error', ...found };
  const endpoint = endpointOf(metric.metricObj.spec);
  const { signal, endsAt } = instruments;
  const request = { endpoint, selector, ...found.credentials, signal, endsAt };
  const history = await read(request, window, instruments.askSeries);
  if ('kind' in history) return history;
  return countersOf(history.within, history.before, window.from);
}

function closed(
  { metricObj: { spec } }: MetricInfo,
  { lookups, problem }: Book,
  readings: ReadonlyMap<string, Reading>,
): Tally {
  const { evidence } = spec;
  if (problem) return refuse('Undefined', `spec.evidence: ${problem}`);
  if (!evidence || lookups.length === 0) {
    const message = uncountableMetric(spec) ?? '';
    return { kind: 'Error', reason: 'MetricUnsupported', message };
  }
  const found: Partial<Record<SelectorField, Counter[]>> = {};
  for (const { key, field } of lookups) {
    const reading = readings.get(key)!;
    if ('kind' in reading) {
      return { ...reading, message: `spec.evidence.${field}: ${reading.message}` };
    }
    found[field] = reading;
  }
  return tallyOf(evidence, found);
}
