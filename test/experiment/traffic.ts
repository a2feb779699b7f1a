// Requests to two versions, second by second, as the metrics know them: counted at scrapes, and late.
import type { Random } from '../../functions/lib/analysis/random.ts';
import { renewed, useOf } from '../../functions/lib/experiment/exposure.ts';
import type { Measurements } from '../../functions/lib/experiment/observations.ts';
import type {
  Criteria,
  Experiment,
  Exposure,
  HistoryPoint,
  MetricInfo,
} from '../../functions/lib/types/experiment.gen.ts';
import {
  having,
  iterated,
  measured,
  running,
  settings,
  shares,
  type Parts,
  type Reading,
} from '../fixtures.ts';

export type Traffic = {
  intervalSeconds: number;
  scrapeSeconds: number;
  looks: number;
  /** Requests per second, at a second. */
  rate: (second: number) => number;
  /** The candidate's weight that a look sets; 0 is the start. */
  weight: (look: number) => number;
  /** What the candidate gets by its weight; that, where traffic is divided as intended. */
  gets?: (weight: number) => number;
  /** So long it takes until traffic follows the weights. */
  routingSeconds: number;
  /** Looks at which the candidate has no count. */
  missing?: readonly number[];
  /** The look at which the candidate's count begins anew. */
  fallsAt?: number;
};

/** A Metric with this query. */
export function requestsBy(query: string): MetricInfo {
  const params = [{ name: 'query', value: query }];
  return { name: 'team/requests', metricObj: { spec: { type: 'Counter', method: 'GET', params } } };
}

/** A Metric that counts the requests since the start. */
export const REQUESTS = requestsBy('r[${elapsedTime}s]');

/** Running, with requests that are counted since the start, and an objective for latency. */
export function counting(criteria: Partial<Criteria> = {}, spec: Parts['spec'] = {}): Experiment {
  const objectives = [{ metric: 'latency', upperLimit: 100 }];
  const all = { requestCount: 'requests', objectives, ...criteria };
  const experiment = running({ spec: { ...spec, criteria: all } });
  const others = experiment.status!.metrics!.filter(({ name }) => name !== REQUESTS.name);
  return having(experiment, { metrics: [...others, REQUESTS] });
}

/** What a look finds: requests of both versions, latencies of 50 and, for the candidate, another. */
export function requested(
  baseline: Reading,
  candidate: Reading,
  latency: Reading = 60,
): Measurements {
  return measured({
    requests: { default: baseline, canary: candidate },
    latency: { default: 50, canary: latency },
  });
}

/** The experiment after looks that found these requests. */
export function afterRequests(experiment: Experiment, ...counts: [Reading, Reading][]): Experiment {
  return iterated(
    experiment,
    counts.map(([baseline, candidate]) => ({ measurements: requested(baseline, candidate) })),
  );
}

const COUNTING = counting();

/** The first look that takes the traffic for divided otherwise than intended, or undefined. */
export function firstMismatch(traffic: Traffic, random: Random): number | undefined {
  const { intervalSeconds, scrapeSeconds, looks, missing = [] } = traffic;
  const by = { ...settings, scrapeIntervalSeconds: scrapeSeconds };
  const duration = { ...COUNTING.spec.duration, intervalSeconds };
  const count = scraped(traffic, random);
  let exposure: Exposure[] | undefined;
  const history: HistoryPoint[] = [];
  for (let look = 1; look <= looks; look++) {
    const [weight, next] = [traffic.weight(look - 1), traffic.weight(look)];
    const [baseline, candidate] = count(look);
    const measurements = requested(baseline, missing.includes(look) ? 'none' : candidate);
    const experiment: Experiment = {
      ...COUNTING,
      spec: { ...COUNTING.spec, duration },
      status: {
        ...COUNTING.status,
        ...(exposure && { exposure }),
        history: [...history],
        completedIterations: look - 1,
        currentWeightDistribution: shares(100 - weight, weight),
      },
    };
    const use = useOf(experiment, measurements, by);
    if (use.mismatch) return look;
    exposure = renewed(use, experiment, shares(100 - next, next), by);
    history.push({ iteration: look, time: '', weights: [100 - next, next] });
  }
  return undefined;
}

/** The counts of baseline and candidate at a look: those of each one's last scrape before its time. */
function scraped(traffic: Traffic, random: Random): (look: number) => [number, number] {
  const { intervalSeconds, scrapeSeconds, fallsAt = Infinity } = traffic;
  const totals = served(traffic, random);
  const phases = [random() * scrapeSeconds, random() * scrapeSeconds];
  const countAt = (look: number, version: 0 | 1): number => {
    const asked = look * intervalSeconds - scrapeSeconds;
    const late = modulo(asked - phases[version]!, scrapeSeconds);
    return totals[Math.max(0, Math.floor(asked - late))]![version];
  };
  return (look) => {
    const lost = look >= fallsAt ? countAt(fallsAt, 1) : 0;
    return [countAt(look, 0), countAt(look, 1) - lost];
  };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** The requests that baseline and candidate have had until each second. */
function served(traffic: Traffic, random: Random): [number, number][] {
  const { intervalSeconds, looks, rate, weight, routingSeconds, gets = (one) => one } = traffic;
  const totals: [number, number][] = [[0, 0]];
  for (let second = 0; second < intervalSeconds * looks; second++) {
    const look = Math.max(0, Math.floor((second - routingSeconds) / intervalSeconds));
    const requests = poisson(rate(second), random);
    const own = binomial(requests, gets(weight(look)) / 100, random);
    const [baseline, candidate] = totals[second]!;
    totals.push([baseline + requests - own, candidate + own]);
  }
  return totals;
}

function poisson(mean: number, random: Random): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= 1 - random()) count++;
  return Math.max(0, count);
}

function binomial(count: number, chance: number, random: Random): number {
  if (chance > 0.5) return count - binomial(count, 1 - chance, random);
  const deviation = Math.sqrt(count * chance * (1 - chance));
  if (deviation > 5) {
    const drawn = Math.round(count * chance + deviation * normal(random));
    return Math.min(count, Math.max(0, drawn));
  }
  // From success to success, however seldom they are.
  const scale = Math.log(1 - chance);
  let successes = -1;
  for (let draw = 0; draw <= count; successes++) {
    draw += scale === 0 ? Infinity : 1 + Math.floor(Math.log(1 - random()) / scale);
  }
  return successes;
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
