import type { Fleet } from './fleet.ts';

/** What happens to a version's pods every so often; `scrapeMs` is the interval of scrapes. */
export type Story = {
  name: string;
  title: string;
  /** Three by default. */
  pods?: number;
  /** What its pods are like, where something happens every so many seconds. */
  storageUri?: (everySeconds: number) => string;
  step?: Step;
};

type Step = (fleet: Fleet, scrapeMs: number) => Promise<void>;

const DRAIN_SCRAPES = 2;

const addOne: Step = (fleet) => fleet.add();
const restartOne: Step = (fleet) => fleet.restart();
const killOne: Step = async (fleet) => {
  await fleet.kill();
  await fleet.add();
};
const stopOne: Step = async (fleet) => {
  await fleet.add();
  await fleet.retire(0);
};
const drainOne: Step = async (fleet, scrapeMs) => {
  await fleet.add();
  await fleet.retire(DRAIN_SCRAPES * scrapeMs);
};

/** What pods do in a cluster, and what is hard to count about it. */
export const STORIES: readonly Story[] = [
  { name: 'steady', title: 'three pods stay' },
  {
    name: 'scale-up',
    title: 'one pod, and then one more each time',
    pods: 1,
    step: addOne,
  },
  {
    name: 'drained',
    title: 'a new pod, and an old one stops: without requests first, for two scrapes',
    step: drainOne,
  },
  {
    name: 'stopped',
    title: 'a new pod, and an old one stops at once',
    step: stopOne,
  },
  {
    name: 'killed',
    title: 'a pod is killed (SIGKILL), and another one started',
    step: killOne,
  },
  {
    name: 'restarted',
    title: 'a pod is killed, and started again at the same address',
    step: restartOne,
  },
  {
    name: 'crashing',
    title: 'one pod answers with errors alone for a second, is killed, and started again',
    pods: 1,
    storageUri: (everySeconds) => `sandbox://late?errors=1&after=${everySeconds - 1}s`,
    step: restartOne,
  },
];
