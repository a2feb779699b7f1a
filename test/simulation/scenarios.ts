import type { ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import { criteriaOf, strategyOf, type Reading, type SpecParts } from '../fixtures.ts';
import type { Manifest } from './api-server.ts';
import type { Share } from './readings.ts';
import type { End } from './simulation.ts';
import { inferenceService, routes, type Target, type TargetOf } from './targets.ts';

/** A life that an experiment can have. */
export type Scenario = {
  name: string;
  target: TargetOf;
  spec?: SpecParts;
  /** The latency of a version, so many seconds after the start of a run and the creation. */
  measure: (version: string, elapsed: number, age: number) => Reading;
  /** What share of a version's requests a counter counts, where decisions are to be proved. */
  share?: Share;
  /** What a person does to the experiment, so many seconds after it was created. */
  acts?: readonly Act[];
  /** So many seconds after it was created. */
  deletedAfter?: number;
  /** How it ends where nothing goes wrong. */
  end: End;
};

/** A change of the spec, or the number of another run. */
export type Act = { after: number; spec?: Partial<ExperimentSpec>; retry?: string };

const ROOT = '/apis/iter8.tools/v2alpha2/namespaces/team';

/** Where the experiment is. */
export const EXPERIMENT = `${ROOT}/experiments/exp`;

const OBJECTIVE = { metric: 'latency', upperLimit: 50 };
const ITERATIONS = 4;

/** The usual end of one whose candidate is promoted. */
export const PROMOTED: End = {
  stage: 'Completed',
  decision: 'Promote',
  reason: 'CandidateWon',
  winner: 'canary',
  recommended: 'canary',
  completedIterations: ITERATIONS,
  conditions: 'Completed,TargetAcquired,Ready,Promoted',
  finalizers: [],
  weights: { intended: '0/100', told: '0/100', served: '0/100' },
  turns: 1,
  moves: '100/0 99/1 59/41 19/81 5/95 0/100',
  offences: [],
};

const RESTORED: Partial<End> = {
  decision: 'Rollback',
  winner: 'default',
  recommended: 'default',
  conditions: 'Completed,TargetAcquired,Ready,RolledBack',
  weights: { intended: '100/0', told: '100/0', served: '100/0' },
};

/** The usual end of one whose candidate is not. */
export const ROLLED_BACK: End = {
  ...PROMOTED,
  ...RESTORED,
  reason: 'BaselineWon',
  moves: '100/0 99/1 100/0',
};

/** The candidate is slow from some seconds after the start on. */
function slowFrom(seconds: number): Scenario['measure'] {
  return (version, elapsed) => (version === 'canary' && elapsed >= seconds ? 80 : 20);
}

const ALWAYS = 0;
const NEVER = Infinity;
const SECOND_ITERATION = 19;
/** So many seconds after the creation the last iteration is over. */
const LATER = 130;

const PROMOTION = { measure: slowFrom(NEVER), end: PROMOTED };
const ROLLBACK = { measure: slowFrom(ALWAYS), end: ROLLED_BACK };

/** In force from before the start until well after the last iteration. */
const WINDOW = {
  rule: 'FREQ=DAILY;COUNT=1',
  start: '2026-01-01T00:00:00',
  timeZone: 'UTC',
  durationSeconds: 10 + LATER,
};

/** Those that the latest values decide. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'promoted', target: inferenceService, ...PROMOTION },
  { name: 'rolled back at the end', target: inferenceService, ...ROLLBACK },
  {
    name: 'rolled back at once',
    target: inferenceService,
    spec: { criteria: { objectives: [{ ...OBJECTIVE, rollback_on_failure: true }] } },
    measure: slowFrom(SECOND_ITERATION),
    end: {
      ...ROLLED_BACK,
      reason: 'ObjectiveViolated',
      completedIterations: 2,
      moves: '100/0 99/1 59/41 100/0',
    },
  },
  {
    name: 'promoted by blue-green',
    target: inferenceService,
    spec: { strategy: strategyOf({ deploymentPattern: 'BlueGreen' }) },
    ...PROMOTION,
    end: { ...PROMOTED, moves: '100/0 0/100' },
  },
  {
    name: 'deleted half-way',
    target: inferenceService,
    measure: slowFrom(NEVER),
    deletedAfter: 52.5,
    end: {
      ...ROLLED_BACK,
      stage: 'deleted',
      reason: 'Deleted',
      winner: 'canary',
      completedIterations: 2,
      conditions: 'TargetAcquired,Progressing',
      moves: '100/0 99/1 59/41 19/81 100/0',
    },
  },
  {
    name: 'promoted by weights in one object',
    target: routes(['both', 'both']),
    ...PROMOTION,
  },
  {
    name: 'promoted by weights in two objects',
    target: routes(['one', 'other']),
    ...PROMOTION,
    end: {
      ...PROMOTED,
      moves: '100/0 99/0 99/1 59/1 59/41 19/41 19/81 5/81 5/95 0/95 0/100',
    },
  },
  {
    name: 'rolled back by weights in two objects',
    target: routes(['one', 'other']),
    ...ROLLBACK,
    end: { ...ROLLED_BACK, moves: '100/0 99/0 99/1 100/1 100/0' },
  },
  {
    name: 'suspended for a while and promoted',
    target: inferenceService,
    acts: [
      { after: 40, spec: { suspend: true } },
      { after: 95, spec: { suspend: false } },
    ],
    ...PROMOTION,
  },
  {
    name: 'promoted for the asking',
    target: inferenceService,
    acts: [{ after: 44, spec: { verdict: 'Promote' } }],
    ...PROMOTION,
    end: {
      ...PROMOTED,
      reason: 'VerdictPromote',
      completedIterations: 2,
      moves: '100/0 99/1 59/41 19/81 0/100',
    },
  },
  {
    name: 'rolled back for the asking',
    target: inferenceService,
    acts: [{ after: 44, spec: { verdict: 'Rollback' } }],
    ...PROMOTION,
    end: {
      ...ROLLED_BACK,
      reason: 'VerdictRollback',
      winner: 'canary',
      completedIterations: 2,
      moves: '100/0 99/1 59/41 19/81 100/0',
    },
  },
  {
    name: 'promoted once it is approved',
    target: inferenceService,
    spec: {
      strategy: strategyOf({
        weights: { maxCandidateWeightIncrement: 40 },
        approval: { deadlineSeconds: 3600, outcome: 'Rollback' },
      }),
    },
    acts: [{ after: LATER, spec: { verdict: 'Promote' } }],
    ...PROMOTION,
    end: { ...PROMOTED, reason: 'VerdictPromote', completedIterations: 6 },
  },
  {
    name: 'promoted after a freeze window',
    target: inferenceService,
    spec: {
      strategy: strategyOf({
        weights: { maxCandidateWeightIncrement: 40 },
        freeze: { effect: 'Promotion', windows: [WINDOW] },
      }),
    },
    ...PROMOTION,
    end: { ...PROMOTED, completedIterations: 7 },
  },
  {
    name: 'promoted in a second run',
    target: inferenceService,
    acts: [{ after: 2 * LATER, retry: '2' }],
    measure: (version, _elapsed, age) => (version === 'canary' && age < 2 * LATER ? 80 : 20),
    end: { ...PROMOTED, moves: `${ROLLED_BACK.moves} 99/1 59/41 19/81 5/95 0/100` },
  },
  {
    name: 'rolled back without an answer of the metrics',
    target: inferenceService,
    measure: (_version, elapsed) => (elapsed < SECOND_ITERATION ? 20 : 'error'),
    end: {
      ...ROLLED_BACK,
      reason: 'MetricsUnavailable',
      winner: undefined,
      completedIterations: 1,
      conditions: 'Completed,Failed,TargetAcquired,Ready,RolledBack',
      moves: '100/0 99/1 59/41 100/0',
    },
  },
];

/** The experiment of a scenario, before it is created. */
export function experimentOf({ spec }: Scenario, { versionInfo }: Target): Manifest {
  const whole: ExperimentSpec = {
    target: 'model',
    ...(versionInfo && { versionInfo }),
    strategy: strategyOf({ weights: { maxCandidateWeightIncrement: 40 } }),
    // Longer than most delays by a fault, and never due within two seconds of a tick.
    duration: { intervalSeconds: 18, iterationsPerLoop: ITERATIONS, maxLoops: 1 },
    ...spec,
    criteria: criteriaOf({ requestCount: 'requests', objectives: [OBJECTIVE], ...spec?.criteria }),
  };
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name: 'exp', namespace: 'team' },
    spec: whole,
  };
}
