import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { countAll } from '../../functions/lib/metrics/counts.ts';
import { instrumentsOf } from '../../functions/lib/metrics/instruments.ts';
import { prometheusSeries } from '../../functions/lib/metrics/prometheus.ts';
import type { Experiment, ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { startPrometheus, type Prometheus } from '../../sandbox/prometheus.ts';
import { startFleet, type Fleet, type Served } from './fleet.ts';
import { STORIES, type Story } from './stories.ts';

/** How long and how densely to look, and which stories to play; pods come or go every so often. */
export type Extent = {
  seconds: number;
  everySeconds: number;
  scrapeSeconds: number;
  requestsPerSecond: number;
  stories: readonly string[];
};

/** What a version's pods answered, and what was counted of it in windows that abut. */
export type Figures = { story: string; deaths: number; served: Served; counted: Served };

const NAME = 'iter8-system/error-rate';
const PACK = new URL('../../samples/metrics/knative-1.18/metrics.yaml', import.meta.url);
const WINDOW_SECONDS = 5;
const PODS = 3;
/** How long Prometheus may take to notice a new target. */
const DISCOVERY_SECONDS = 6;

/**
 * Plays all stories at a time, each with a version of three pods, and counts them as iterations do.
 * Throws where Prometheus is missing, or gives an answer that is not a count.
 */
export async function measureCounts(extent: Extent): Promise<Figures[]> {
  const fleets: Fleet[] = [];
  const server = await startPrometheus([], extent.scrapeSeconds);
  let writing = Promise.resolve();
  const onChange = (): Promise<void> => {
    writing = writing.then(() => server.setTargets(fleets.flatMap((one) => one.targets())));
    return writing;
  };
  try {
    const stories = STORIES.filter(({ name }) => extent.stories.includes(name));
    for (const { name, storageUri = () => 'sandbox://good?errors=0.05' } of stories) {
      const { requestsPerSecond, everySeconds } = extent;
      const manner = { storageUri: storageUri(everySeconds), requestsPerSecond };
      fleets.push(await startFleet({ revision: name, ...manner, onChange }));
    }
    return await play(stories, { fleets, server, extent });
  } finally {
    for (const fleet of fleets) await fleet.stop();
    await server.stop();
  }
}

type Stage = { fleets: readonly Fleet[]; server: Prometheus; extent: Extent };

async function play(stories: readonly Story[], stage: Stage): Promise<Figures[]> {
  const { fleets, server, extent } = stage;
  const counting = startCounting(
    server.url,
    fleets.map(({ revision }) => revision),
    extent,
  );
  await Promise.all(
    fleets.map(async (fleet, index) => {
      const { pods = PODS, step } = stories[index]!;
      for (let pod = 0; pod < pods; pod++) await fleet.add();
      const end = Date.now() + extent.seconds * 1000;
      while (Date.now() + extent.everySeconds * 1000 < end) {
        await sleep(extent.everySeconds * 1000);
        await step?.(fleet, extent.scrapeSeconds * 1000);
      }
      await sleep(Math.max(0, end - Date.now()));
    }),
  );
  const served = await Promise.all(fleets.map((fleet) => fleet.settle()));
  const counted = await counting.settle();
  return fleets.map((fleet, index) => ({
    story: fleet.revision,
    deaths: fleet.deaths(),
    served: served[index]!,
    counted: counted[fleet.revision]!,
  }));
}

/** Counts in windows that abut, each looked at one scrape interval late, until it is settled. */
function startCounting(
  url: string,
  revisions: readonly string[],
  { scrapeSeconds }: Extent,
): { settle: () => Promise<Record<string, Served>> } {
  const sums = Object.fromEntries(revisions.map((name) => [name, { requests: 0, errors: 0 }]));
  const experiment = {
    metadata: { namespace: 'any' },
    status: statusOf(url, revisions),
  } as Experiment;
  let from = new Date();
  let work = Promise.resolve();
  const look = (): Promise<void> => {
    work = work.then(async () => {
      const until = new Date(Date.now() - scrapeSeconds * 1000);
      if (until <= from) return;
      const tallies = await countAll(experiment, [NAME], { from, until }, instruments());
      for (const [name, tally] of Object.entries(tallies[NAME]!)) {
        if (tally.kind === 'Error') throw new Error(`${name}: ${tally.message}`);
        if (tally.kind !== 'Rate') continue;
        sums[name]!.requests += tally.trials;
        sums[name]!.errors += tally.events;
      }
      from = until;
    });
    return work;
  };
  const timer = setInterval(() => void look().catch(() => undefined), WINDOW_SECONDS * 1000);
  return {
    settle: async () => {
      // Until everything that still runs was found and scraped, and the lag has passed.
      await sleep((DISCOVERY_SECONDS + 2 * scrapeSeconds) * 1000);
      clearInterval(timer);
      await look();
      return sums;
    },
  };
}

function instruments(): ReturnType<typeof instrumentsOf> {
  return instrumentsOf({
    api: () => Promise.reject(new Error('no Secret is needed')),
    ask: () => Promise.reject(new Error('nothing is measured')),
    askSeries,
    askHttp: () => Promise.reject(new Error('nothing is measured')),
    randomOf: () => Math.random,
    deadlineMs: 5000,
    concurrency: 8,
  });
}

const askSeries = prometheusSeries({ allowedHosts: [], allowsLoopback: true });

/** An experiment whose versions are all of these revisions, with the error rate of a pack. */
function statusOf(url: string, revisions: readonly string[]): ExperimentStatus {
  const metrics = parseAllDocuments(readFileSync(PACK, 'utf8')).map((one) => one.toJS() as Metric);
  const { spec } = metrics.find(({ metadata }) => metadata.name === 'error-rate')!;
  const [baseline, ...candidates] = revisions.map((revision) => ({
    name: revision,
    variables: [
      { name: 'namespace', value: 'models' },
      { name: 'revision', value: revision },
    ],
  }));
  return {
    startTime: new Date().toISOString(),
    versionInfo: { baseline, candidates },
    metrics: [{ name: NAME, metricObj: { spec: { ...spec, urlTemplate: `${url}/api/v1/query` } } }],
  } as ExperimentStatus;
}
