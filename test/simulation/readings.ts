// What the metrics backend of a simulated cluster says.
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { after } from '../../functions/lib/experiment/time.ts';
import type { InstantQuery } from '../../functions/lib/metrics/prometheus.ts';
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
