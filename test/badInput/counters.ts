// A backend that counts the same for every version, a little every second.
import type { Sample } from '../../functions/lib/metrics/increments.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';

/** By how much a counter grows in a second, by the beginning of its name. */
const PER_SECOND: Readonly<Record<string, number>> = { all: 100, failed: 1, sold: 10 };
const SCRAPE_MS = 5000;

/** What the backend answers to a selector of raw samples, or of the last one before a time. */
export function seriesOf({ query, evaluationTime }: InstantQuery): SeriesAnswer {
  const [, name = ''] = /^(?:last_over_time\()?([a-z]+)_/.exec(query) ?? [];
  if (name === 'strange') {
    return { kind: 'Error', reason: 'BadCounts', message: 'a series has no plain numbers' };
  }
  const seconds = /\[(\d+)s\]$/.exec(query)?.[1];
  const until = evaluationTime.getTime();
  const from = until - (seconds === undefined ? SCRAPE_MS : 1000 * Number(seconds));
  const isKnown = name in PER_SECOND && !query.startsWith('rate');
  const series = isKnown ? [{ labels: { name }, samples: samplesOf(name, from, until) }] : [];
  return { kind: 'Series', isRange: seconds !== undefined, series };
}

function samplesOf(name: string, from: number, until: number): Sample[] {
  const first = Math.floor(from / SCRAPE_MS) + 1;
  const count = Math.max(0, Math.floor(until / SCRAPE_MS) - first + 1);
  return Array.from({ length: Math.min(count, 1000) }, (_none, index) => {
    const at = (first + index) * SCRAPE_MS;
    return { at, value: (PER_SECOND[name]! * at) / 1000 };
  });
}
