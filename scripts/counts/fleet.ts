import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from '../../sandbox/load.ts';
import { findFreePort, startProcess, waitUntilServing, type Child } from '../../sandbox/process.ts';
import { seededRandom } from '../../sandbox/random.ts';
import { startSplitter } from '../../sandbox/splitter.ts';

/** What a version's pods have answered, as those who asked have seen it. */
export type Served = { requests: number; errors: number };

/** The pods of one version, each a process, with a splitter and a load in front of them. */
export type Fleet = {
  revision: string;
  /** How often a pod has ended in a way that loses what was not scraped. */
  deaths: () => number;
  /** `host:port` of the pods that there are. */
  targets: () => string[];
  /** Starts a pod; it gets requests from then on. */
  add: () => Promise<void>;
  /** Takes the oldest pod out of the traffic, and ends it after so long. */
  retire: (drainMs: number) => Promise<void>;
  /** Kills the oldest pod, which has neither an address nor a target any more. */
  kill: () => Promise<void>;
  /** Kills the oldest pod, and starts it again at the same address. */
  restart: () => Promise<void>;
  /** Ends the requests, and tells what was answered; the pods stay. */
  settle: () => Promise<Served>;
  stop: () => Promise<void>;
};

/** How a version's pods answer, and how much there is to do; `onChange` is told of other targets. */
export type FleetOptions = {
  revision: string;
  storageUri: string;
  requestsPerSecond: number;
  onChange: () => Promise<void>;
};

type Pod = { port: number; url: string; child: Child; isServing: boolean };

const PROGRAM = new URL('pod-process.ts', import.meta.url).pathname;

/** Starts the requests to a version that has no pods yet. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { revision, onChange } = options;
  const pods: Pod[] = [];
  const state = { deaths: 0, started: 0 };
  const destinations = (): { url: string; weight: number }[] =>
    pods.filter(({ isServing }) => isServing).map(({ url }) => ({ url, weight: 1 }));
  const splitter = await startSplitter(destinations, seededRandom(1));
  const url = `${splitter.url}/v1/models/model:predict`;
  const load = startLoad({ url, requestsPerSecond: options.requestsPerSecond });

  const launch = async (port: number): Promise<Child> => {
    const seed = String(++state.started);
    const args = [PROGRAM, String(port), revision, options.storageUri, seed];
    const child = await startProcess(process.execPath, args);
    await waitUntilServing(`http://127.0.0.1:${port}/metrics`, child);
    return child;
  };
  const oldest = (): Pod => pods.find(({ isServing }) => isServing)!;
  const forget = async (pod: Pod): Promise<void> => {
    pods.splice(pods.indexOf(pod), 1);
    await onChange();
  };
  return {
    revision,
    deaths: () => state.deaths,
    targets: () => pods.map(({ port }) => `127.0.0.1:${port}`),
    add: async () => {
      const port = await findFreePort();
      const child = await launch(port);
      pods.push({ port, url: `http://127.0.0.1:${port}`, child, isServing: true });
      await onChange();
    },
    retire: async (drainMs) => {
      const pod = oldest();
      pod.isServing = false;
      if (drainMs === 0) state.deaths += 1;
      await sleep(drainMs);
      await pod.child.stop();
      await forget(pod);
    },
    kill: async () => {
      const pod = oldest();
      state.deaths += 1;
      pod.isServing = false;
      await pod.child.kill();
      await forget(pod);
    },
    restart: async () => {
      const pod = oldest();
      state.deaths += 1;
      await pod.child.kill();
      pod.child = await launch(pod.port);
      // The next to be restarted is another one.
      pods.push(...pods.splice(pods.indexOf(pod), 1));
    },
    settle: async () => {
      const answers = await load.stop();
      const errors = answers['500'] ?? 0;
      return { requests: (answers['200'] ?? 0) + errors, errors };
    },
    stop: async () => {
      await load.stop();
      await splitter.stop();
      await Promise.all(pods.map(({ child }) => child.kill()));
    },
  };
}
