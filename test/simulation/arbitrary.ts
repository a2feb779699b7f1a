// All schedules there are, the simple ones first.
import * as fc from 'fast-check';
import { DELAYS, FAULTS, type Mishap } from './faults.ts';
import {
  ERRANDS,
  type Command,
  type Edit,
  type Moment,
  type Order,
  type Point,
  type Schedule,
} from './schedule.ts';

const TROUBLED_SECONDS = 300;
const MOST_EXPERIMENTS = 3;

const second = fc.integer({ min: 60, max: 10 * TROUBLED_SECONDS }).map((tenths) => tenths / 10);

const approval = fc.record({
  deadlineSeconds: fc.constantFrom(30, 100, 400),
  outcome: fc.constantFrom('Rollback' as const, 'Promote' as const),
});

const order: fc.Arbitrary<Order> = fc.record({
  at: fc.integer({ min: 8, max: 40 }),
  namespace: often('team' as const, 'other' as const),
  pattern: often(
    'Progressive' as const,
    'BlueGreen' as const,
    'FixedSplit' as const,
    'Conformance' as const,
  ),
  iterations: fc.integer({ min: 1, max: 5 }),
  interval: fc.constantFrom(18, 10, 12, 30),
  increment: fc.constantFrom(40, 10, 100),
  isStrict: fc.boolean(),
  promotion: often('Automatic' as const, 'ByActions' as const),
  approval: seldom(approval),
  freeze: seldom(
    fc.record({
      effect: fc.constantFrom('Promotion' as const, 'Experiment' as const),
      from: fc.integer({ min: 0, max: 200 }),
      seconds: fc.integer({ min: 10, max: 600 }),
    }),
  ),
  errorLimit: fc.constantFrom(5, 1, 2),
  isSuspended: seldom(fc.constant(true)).map((isSuspended) => isSuspended ?? false),
  isAlsoOthers: fc.boolean(),
});

const experiment = fc.nat({ max: MOST_EXPERIMENTS - 1 });

const aWhile = fc.integer({ min: 1, max: 200 });

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ iterations: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ interval: fc.constantFrom(10, 30, 70) }),
  fc.record({ limit: fc.constantFrom(10, 50, 100) }),
  fc.record({ cap: fc.constantFrom(1, 30, 100) }),
  fc.record({ approval: seldom(approval) }),
  fc.record({
    pattern: fc.constantFrom('Progressive' as const, 'FixedSplit' as const, 'BlueGreen' as const),
  }),
  fc.record({ testingPattern: fc.constantFrom('Canary' as const, 'Conformance' as const) }),
  fc.record({ target: fc.constantFrom('the same' as const, 'another' as const) }),
);

function doing<Name extends Command['do']>(name: Name): { do: fc.Arbitrary<Name> } {
  return { do: fc.constant(name) };
}

function weighed<Kind extends Command>(
  weight: number,
  parts: {
    [Field in keyof Kind]: fc.Arbitrary<Kind[Field]>;
  },
): fc.WeightedArbitrary<Command> {
  return { weight, arbitrary: fc.record(parts) as fc.Arbitrary<Command> };
}

const command: fc.Arbitrary<Command> = fc.oneof(
  weighed(4, { ...doing('delete'), experiment }),
  weighed(4, { ...doing('delete and create again'), experiment }),
  weighed(3, { ...doing('label'), experiment }),
  weighed(5, { ...doing('edit'), experiment, edit }),
  weighed(5, { ...doing('suspend'), experiment, seconds: aWhile }),
  weighed(6, {
    ...doing('give a verdict'),
    experiment,
    verdict: fc.constantFrom('Promote' as const, 'Rollback' as const, undefined),
  }),
  weighed(4, { ...doing('retry'), experiment }),
  weighed(4, { ...doing('set the weight'), percent: fc.constantFrom(0, 1, 50, 99, 100) }),
  weighed(2, {
    ...doing('deploy a further revision'),
    percent: fc.constantFrom(undefined, 0, 30, 100),
  }),
  weighed(4, { ...doing('break the candidate'), seconds: aWhile }),
  weighed(1, doing('delete the target')),
  weighed(1, doing('create the target again')),
  weighed(1, doing('delete the namespace')),
  weighed(2, { ...doing('stop the ticks'), seconds: fc.integer({ min: 10, max: 1200 }) }),
  weighed(2, doing('tick')),
);

const point: fc.Arbitrary<Point> = fc.record({
  errand: fc.oneof(
    fc.constantFrom('PATCH target' as const, 'PUT experiments/status' as const),
    fc.constantFrom(...ERRANDS),
  ),
  number: fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 60 }),
  ),
});

const moment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ second }) },
  { weight: 2, arbitrary: fc.record({ before: point }) },
);

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  fc.record({ fault: fc.constantFrom(...FAULTS) }),
  fc.record({
    fault: fc.constantFrom(...DELAYS),
    seconds: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 60 })),
  }),
);

/** By how much the clocks of a function's processes are ahead. */
const clocks = fc.array(fc.constantFrom(0, -5, 5, -1, 1, -3, 3), { minLength: 1, maxLength: 3 });

/** Nearly at once, within a minute, or only after minutes. */
const delay = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0.02) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60, max: 600 }) },
);

const latency = fc.constantFrom(0.01, 0.1, 0.5, 1, 3);

/** All schedules. */
export const schedules: fc.Arbitrary<Schedule> = fc.record({
  target: fc.constantFrom(
    'InferenceService' as const,
    'InferenceService' as const,
    'one object' as const,
    'two objects' as const,
  ),
  orders: fc.array(order, { minLength: 1, maxLength: MOST_EXPERIMENTS }),
  commands: fewOrMany(fc.record({ when: moment, command }), 4, 12),
  metrics: fewOrMany(
    fc.record({
      second,
      version: often('canary' as const, 'default' as const),
      reading: fc.constantFrom('bad' as const, 'good' as const, 'none' as const, 'error' as const),
    }),
    2,
    6,
  ),
  clocks: fc.record({ start: clocks, iterate: clocks, finish: clocks }),
  isWithoutBroker: often(false, true),
  arrivals: fewOrMany(fc.array(delay, { maxLength: 3 }), 1, 6),
  latencies: fewOrMany(latency, 1, 5),
  mishaps: fewOrMany(fc.record({ at: point, mishap }), 5, 60),
});

/** Lists that are short half of the time, so that not everything goes wrong at once. */
function fewOrMany<T>(one: fc.Arbitrary<T>, few: number, many: number): fc.Arbitrary<T[]> {
  return fc.oneof(
    fc.array(one, { maxLength: few }),
    fc.array(one, { maxLength: many, size: 'max' }),
  );
}

/** Nothing, most of the time. */
function seldom<T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  const nothing = { weight: 3, arbitrary: fc.constant(undefined) };
  return fc.oneof(nothing, { weight: 1, arbitrary: one });
}

/** The first value half of the time. */
function often<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(fc.constant(usual), fc.constantFrom(usual, ...others));
}
