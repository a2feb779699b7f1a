// What the metrics backend of a simulated cluster says.
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { after } from '../../functions/lib/experiment/time.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
import type { Sample, Series } from '../../functions/lib/metrics/increments.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import { at, measurement } from '../fixtures.ts';
import type { Cluster } from './cluster.ts';
import type { Change, Reading } from './schedule.ts';
import type { Reader, Served } from './targets.ts';

const REQUESTS_PER_SECOND = 1000;
const LATENCY: Record<'good' | 'bad', number> = { good: 20, bad: 80 };

/** Counts requests as the target divides them, and gives the latencies that a schedule says. */
export function measurerOf(
  cluster: Cluster,
  changes: readonly Change[],
): (query: InstantQuery) => Measurement {
  const countRequests = startTraffic(cluster);
  return ({ query, evaluationTime }) => {
    const [metric = '', version = '', revision = '', elapsed] = query.split(' ');
    const reading = readingAt(cluster.agenda.now(), version, changes);
    if (reading === 'none' || reading === 'error') return measurement(reading);
    const from = after(evaluationTime, -Number(elapsed));
    const served: Served = { index: version === 'canary' ? 1 : 0, revision };
    const requests = countRequests(served, from, evaluationTime);
    if (metric === 'requests') return measurement(requests);
    return measurement(requests > 0 ? LATENCY[reading] : 'none');
  };
}

/** The share of a version's requests that a counter counts. */
export type Share = (counter: string, version: string) => number;

/** How often the counters are scraped, at whole multiples of it. */
const SCRAPE_MS = 5000;

/** The counters of a backend, which grow as the target divides the requests. */
export type Counters = {
  /** What the backend answers to a query for the samples of a window, or for the last ones before a time. */
  answer: (query: InstantQuery) => SeriesAnswer;
  /** What a version had had of a counter when it was scraped last before a time. */
  total: (counter: string, version: Served & { name: string }, at: Date) => number;
};

/** Counters of requests, all of them by the name "requests", and of parts of them. */
export function countersOf(cluster: Cluster, share: Share): Counters {
  const countRequests = startTraffic(cluster);
  const begin = cluster.agenda.now();
  const total: Counters['total'] = (counter, { name, ...served }, at) => {
    const scraped = new Date(Math.floor(at.getTime() / SCRAPE_MS) * SCRAPE_MS);
    const requests = countRequests(served, begin, scraped);
    return counter === 'requests' ? requests : Math.round(requests * share(counter, name));
  };
  const answer: Counters['answer'] = ({ query, evaluationTime }) => {
    const { counter, served, seconds } = selectionOf(query);
    const until = Math.min(evaluationTime.getTime(), cluster.agenda.now().getTime());
    const from = until - (seconds === undefined ? SCRAPE_MS : 1000 * seconds);
    const samples: Sample[] = [];
    for (let at = ceilingOf(from); at <= until; at += SCRAPE_MS) {
      const value = total(counter, served, new Date(at));
      // A counter is born with the first thing that it counts.
      if (value > 0) samples.push({ at, value });
    }
    const labels = { __name__: counter, version: served.name, revision: served.revision };
    const series: Series[] = samples.length > 0 ? [{ labels, samples }] : [];
    return { kind: 'Series', isRange: seconds !== undefined, series };
  };
  return { answer, total };
}

const SELECTOR = /(\w+)\{version="([^"]*)",revision="([^"]*)"\}(?:\[(\d+)s\])?/;

type Selection = {
  counter: string;
  served: Served & { name: string };
  /** The length of the window; undefined where the last sample is asked for. */
  seconds: number | undefined;
};

function selectionOf(query: string): Selection {
  const [, counter, name, revision, seconds] = SELECTOR.exec(query)!;
  return {
    counter: counter!,
    served: { index: name === 'canary' ? 1 : 0, revision: revision!, name: name! },
    seconds: seconds === undefined ? undefined : Number(seconds),
  };
}

/** The first scrape after a time. */
function ceilingOf(milliseconds: number): number {
  return (Math.floor(milliseconds / SCRAPE_MS) + 1) * SCRAPE_MS;
}

/** What a version's metrics say at a time. */
export function readingAt(now: Date, version: string, changes: readonly Change[]): Reading {
  const past = changes.filter((change) => change.version === version && at(change.second) <= now);
  const latest = past.toSorted((one, other) => one.second - other.second).at(-1);
  return latest?.reading ?? 'good';
}

type Count = (version: Served, from: Date, to: Date) => number;

/** Remembers how the target has been, and counts a version's requests between two times. */
function startTraffic({ server, target, agenda }: Cluster): Count {
  const spans: { since: number; objects: Reader }[] = [];
  server.onChange(({ path }) => {
    if (!target.paths.includes(path)) return;
    const objects = new Map(target.paths.map((one) => [one, server.get(one)]));
    spans.push({ since: agenda.now().getTime(), objects: { get: (one) => objects.get(one) } });
  });
  return (version, from, to) => {
    const requests = spans.map(({ since, objects }, index) => {
      const end = Math.min(to.getTime(), spans[index + 1]?.since ?? Infinity);
      const begin = Math.max(from.getTime(), since);
      const share = (target.served(objects, version) ?? 0) / 100;
      return (Math.max(0, end - begin) / 1000) * share * REQUESTS_PER_SECOND;
    });
    return Math.round(requests.reduce((sum, one) => sum + one, 0));
  };
}
