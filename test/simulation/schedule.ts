// What happens to a cluster and its experiments, as nothing but data: so that a schedule that fails
// can be shrunk to the smallest one that still does, printed, and run again.
import type {
  Approval,
  ExperimentSpec,
  FreezeEffect,
  PersonsVerdict,
} from '../../functions/lib/types/experiment.gen.ts';
import type { Mishap } from './faults.ts';
import type { Clocks } from './functions.ts';

export type TargetKind = 'InferenceService' | 'one object' | 'two objects';

export type Pattern = 'Progressive' | 'BlueGreen' | 'FixedSplit' | 'Conformance';

/** What is asked of an experiment for the target. */
export type Order = {
  /** The second at which it is created. */
  at: number;
  namespace: 'team' | 'other';
  pattern: Pattern;
  iterations: number;
  interval: number;
  increment: number;
  /** Whether it ends as soon as its objective is violated. */
  isStrict: boolean;
  promotion: NonNullable<ExperimentSpec['strategy']['promotion']>;
  approval?: Approval | undefined;
  /** A freeze window, once a day from this second on. */
  freeze?: { effect: FreezeEffect; from: number; seconds: number } | undefined;
  /** So many errors in a row end it. */
  errorLimit: number;
  isSuspended: boolean;
  /** Whether somebody else has a finalizer on it as well, and takes his time at its deletion. */
  isAlsoOthers: boolean;
};

/** What a user changes in a spec, also what he may not. */
export type Edit =
  | { iterations: number }
  | { interval: number }
  | { limit: number }
  | { cap: number }
  | { pattern: Exclude<Pattern, 'Conformance'> }
  | { testingPattern: 'Canary' | 'Conformance' }
  | { target: 'the same' | 'another' }
  | { approval: Approval | undefined };

/** What somebody does to the cluster. Experiments are numbered from 0, over and over again. */
export type Command =
  | { do: 'delete'; experiment: number }
  | { do: 'delete and create again'; experiment: number }
  | { do: 'label'; experiment: number }
  | { do: 'edit'; experiment: number; edit: Edit }
  /** Until somebody resumes it; in the end somebody resumes all. */
  | { do: 'suspend'; experiment: number; seconds: number }
  | { do: 'give a verdict'; experiment: number; verdict: PersonsVerdict | undefined }
  | { do: 'retry'; experiment: number }
  | { do: 'set the weight'; percent: number }
  | { do: 'deploy a further revision'; percent: number | undefined }
  | { do: 'break the candidate'; seconds: number }
  | { do: 'delete the target' }
  | { do: 'create the target again' }
  | { do: 'delete the namespace' }
  | { do: 'stop the ticks'; seconds: number }
  | { do: 'tick' };

/** What the functions' calls are for. */
export const ERRANDS = [
  'PATCH target',
  'PUT experiments/status',
  'PATCH experiments',
  'GET experiments',
  'GET target',
  'LIST experiments',
  'POST events',
  'HAND OVER',
  'ASK',
  'GET others',
] as const;

export type Errand = (typeof ERRANDS)[number];

/** One call of the functions: the so many-th with this errand. */
export type Point = { errand: Errand; number: number };

/** When something happens: at a second, or right before a call of the functions takes effect. */
export type Moment = { second: number } | { before: Point };

/** A metric's answer: well within the limit, beyond it, no data, or an error. */
export type Reading = 'good' | 'bad' | 'none' | 'error';

/** What a version's metrics say from a second on. */
export type Change = { second: number; version: 'default' | 'canary'; reading: Reading };

export type Schedule = {
  target: TargetKind;
  orders: readonly Order[];
  commands: readonly { when: Moment; command: Command }[];
  metrics: readonly Change[];
  clocks: Clocks;
  isWithoutBroker: boolean;
  /** The seconds after which each event arrives, in turn: once for each; none where it is lost. */
  arrivals: readonly (readonly number[])[];
  /** The seconds that each call is on its way, in turn. */
  latencies: readonly number[];
  mishaps: readonly { at: Point; mishap: Mishap }[];
};

/** The schedule in words, a line for each thing that is not as usual. */
export function describe(schedule: Schedule): string {
  const { orders, commands, metrics, mishaps, clocks, ...rest } = schedule;
  return [
    `target: ${rest.target}${rest.isWithoutBroker ? ', without a Broker' : ''}`,
    ...orders.map((order, index) => `experiment ${index}: ${words(order)}`),
    ...commands.map(({ when, command }) => `${momentOf(when)}: ${words(command)}`),
    ...metrics.map(
      ({ second, version, reading }) => `second ${second}: metrics of ${version} are ${reading}`,
    ),
    ...mishaps.map(({ at, mishap }) => `${pointOf(at)}: ${words(mishap)}`),
    `clocks ahead, by process: ${words(clocks)}`,
    `arrivals of events, in turn: ${JSON.stringify(rest.arrivals)}`,
    `latencies of calls, in turn: ${JSON.stringify(rest.latencies)}`,
  ].join('\n');
}

function momentOf(when: Moment): string {
  return 'second' in when ? `second ${when.second}` : `before ${pointOf(when.before)}`;
}

function pointOf({ errand, number }: Point): string {
  return `${errand} #${number}`;
}

function words(facts: object): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(', ');
}
