// Schedules that once came to a bad end: they are played first, every time.
import type { Order, Schedule } from './schedule.ts';

const ORDER: Order = {
  at: 8,
  namespace: 'team',
  pattern: 'Progressive',
  iterations: 1,
  interval: 18,
  increment: 40,
  isStrict: false,
  promotion: 'Automatic',
  errorLimit: 5,
  isSuspended: false,
  isAlsoOthers: false,
};

const QUIET: Schedule = {
  target: 'InferenceService',
  orders: [ORDER],
  commands: [],
  metrics: [],
  clocks: { start: [0], iterate: [0], finish: [0] },
  isWithoutBroker: false,
  arrivals: [],
  latencies: [],
  mishaps: [],
};

export const EXAMPLES: readonly Schedule[] = [
  // The first weights come as late as can be, after a deletion, and the clocks of finish differ.
  {
    ...QUIET,
    commands: [{ when: { second: 14 }, command: { do: 'delete', experiment: 0 } }],
    clocks: { ...QUIET.clocks, finish: [-5, 5] },
    arrivals: [[0.02, 6]],
    mishaps: [
      { at: { errand: 'PATCH target', number: 1 }, mishap: { fault: 'slow', seconds: 16 } },
      { at: { errand: 'GET experiments', number: 3 }, mishap: { fault: 'stopped', seconds: 13 } },
    ],
  },
  // The last weights are never written to the second object, and the winner is left to actions.
  {
    ...QUIET,
    target: 'two objects',
    orders: [{ ...ORDER, promotion: 'ByActions', iterations: 2 }],
    mishaps: [
      { at: { errand: 'PATCH target', number: 4 }, mishap: { fault: 'dies before, event lost' } },
    ],
  },
  // Nothing ticks for a quarter of an hour from the decision on.
  {
    ...QUIET,
    commands: [{ when: { second: 53.1 }, command: { do: 'stop the ticks', seconds: 940 } }],
    arrivals: [[0.02, 13]],
    latencies: [3],
  },
  // The event of a retry is lost, and the processes that take the ticks in turn differ in their clocks.
  {
    ...QUIET,
    commands: [{ when: { second: 133 }, command: { do: 'retry', experiment: 0 } }],
    clocks: { ...QUIET.clocks, iterate: [0, -5] },
    arrivals: [[13, 59], [0.02, 0.02], [], [0.02]],
    latencies: [0.5],
  },
];
