import type { ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import { strategyOf } from '../fixtures.ts';
import type { Manifest } from './api-server.ts';
import type { End } from './simulation.ts';
import { inferenceService, routes, type Target, type TargetOf } from './targets.ts';

/** A life that an experiment can have. */
export type Scenario = {
  name: string;
  target: TargetOf;
  spec?: Partial<ExperimentSpec>;
  /** The value of a metric for a version, so many seconds after the start. */
  measure: (metric: string, version: string, elapsed: number) => number;
  /** So many seconds after it was created. */
  deletedAfter?: number;
  /** How it ends where nothing goes wrong. */
  end: End;
  /** How it may end otherwise, where the metrics backend did not answer a question. */
  withoutAnswer: readonly Partial<End>[];
};

const ROOT = '/apis/iter8.tools/v2alpha2/namespaces/team';

/** Where the experiment is. */
export const EXPERIMENT = `${ROOT}/experiments/exp`;

const OBJECTIVE = { metric: 'latency', upperLimit: 50 };
const ITERATIONS = 4;

const PROMOTED: End = {
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

const ROLLED_BACK: End = {
  ...PROMOTED,
  ...RESTORED,
  reason: 'BaselineWon',
  moves: '100/0 99/1 100/0',
};

/** What was not seen at the last look is not promoted. */
const UNSEEN: Partial<End> = { ...RESTORED, reason: 'NoWinner' };

/** The candidate is slow from some seconds after the start on. */
function slowFrom(seconds: number): Scenario['measure'] {
  return (metric, version, elapsed) => {
    if (metric === 'requests') return 1000;
    return version === 'canary' && elapsed >= seconds ? 80 : 20;
  };
}

const ALWAYS = 0;
const NEVER = Infinity;
const SECOND_ITERATION = 19;

const PROMOTION = { measure: slowFrom(NEVER), end: PROMOTED, withoutAnswer: [UNSEEN] };
const ROLLBACK = {
  measure: slowFrom(ALWAYS),
  end: ROLLED_BACK,
  withoutAnswer: [{ reason: 'NoWinner' }, { reason: 'NoWinner', winner: undefined }],
};

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
    withoutAnswer: [{ completedIterations: 3 }, { winner: undefined }],
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
    withoutAnswer: [],
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
];

/** The experiment of a scenario, before it is created. */
export function experimentOf({ spec }: Scenario, { versionInfo }: Target): Manifest {
  const whole: ExperimentSpec = {
    target: 'model',
    ...(versionInfo && { versionInfo }),
    strategy: strategyOf({ weights: { maxCandidateWeightIncrement: 40 } }),
    criteria: { requestCount: 'requests', objectives: [OBJECTIVE] },
    // Longer than most delays by a fault, and never due within two seconds of a tick.
    duration: { intervalSeconds: 18, iterationsPerLoop: ITERATIONS, maxLoops: 1 },
    ...spec,
  };
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name: 'exp', namespace: 'team' },
    spec: whole,
  };
}

/** The Metrics that the experiments mention, by the paths that they are found at. */
export const METRICS: readonly [path: string, metric: Manifest][] = ['requests', 'latency'].map(
  (name) => [
    `${ROOT}/metrics/${name}`,
    {
      apiVersion: 'iter8.tools/v2alpha2',
      kind: 'Metric',
      metadata: { name, namespace: 'team' },
      spec: {
        provider: 'prometheus',
        urlTemplate: 'http://prometheus:9090/api/v1/query',
        params: [{ name: 'query', value: `${name} $name $elapsedTime` }],
      },
    },
  ],
);
