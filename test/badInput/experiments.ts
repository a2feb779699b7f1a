// Good experiments which, together, have every field that a spec can have.
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { weightIn } from './targets.ts';

export const NAMESPACE = 'team';

/** An experiment of a name, and on a target of the same name. */
export type Good = (name: string) => ApiObject & { spec: Record<string, unknown> };

function experiment(name: string, spec: Record<string, unknown>): ReturnType<Good> {
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name, namespace: NAMESPACE },
    spec: { target: name, ...spec },
  };
}

const CRITERIA = {
  requestCount: 'requests',
  minimumRequests: 10,
  consecutiveErrorLimit: 3,
  indicators: ['requests'],
  objectives: [
    { metric: 'latency', upperLimit: '100', lowerLimit: 0, rollback_on_failure: true },
    { metric: 'iter8-system/errors', upperLimit: 60 },
  ],
};

const DURATION = { intervalSeconds: 10, iterationsPerLoop: 2, maxLoops: 1 };

/** Long ago, and never again. */
const WINDOW = {
  rule: 'FREQ=DAILY;COUNT=1',
  start: '2020-01-01T00:00:00',
  timeZone: 'Europe/Berlin',
  durationSeconds: 3600,
};

/** On a model, with everything that strategies have but a split. */
const onModel: Good = (name) =>
  experiment(name, {
    suspend: false,
    strategy: {
      testingPattern: 'Canary',
      deploymentPattern: 'Progressive',
      promotion: 'Automatic',
      approval: { deadlineSeconds: 1, outcome: 'Promote' },
      freeze: { effect: 'Promotion', windows: [WINDOW] },
      weights: { maxCandidateWeight: 90, maxCandidateWeightIncrement: 50 },
    },
    criteria: CRITERIA,
    duration: DURATION,
  });

/** On two routes of one object, with a split. */
const onRoutes: Good = (name) => {
  const version = (index: number): object => ({
    name: `v${index + 1}`,
    variables: [{ name: 'revision', value: `${name}-${index + 1}` }],
    weightObjRef: {
      ...weightIn(name, index),
      namespace: NAMESPACE,
      uid: 'u',
      resourceVersion: '1',
    },
  });
  return experiment(name, {
    versionInfo: { baseline: version(0), candidates: [version(1)] },
    strategy: {
      testingPattern: 'Canary',
      deploymentPattern: 'FixedSplit',
      weights: { split: [60, 40] },
    },
    criteria: CRITERIA,
    duration: DURATION,
  });
};

/** One that somebody wants to be over. */
const decided: Good = (name) =>
  experiment(name, {
    verdict: 'Promote',
    strategy: { testingPattern: 'Canary' },
    criteria: CRITERIA,
    duration: DURATION,
  });

/** A contest that is decided by proof. */
const contest: Good = (name) =>
  experiment(name, {
    strategy: {
      testingPattern: 'A/B',
      weights: {
        ...{ algorithm: 'TopTwoThompson', explorationPercent: 20 },
        maxCandidateWeightIncrement: 50,
      },
    },
    criteria: {
      objectives: [
        { metric: 'latency', upperLimit: 100, method: 'Observed' },
        { metric: 'failures', upperLimit: '0.1' },
      ],
      rewards: [{ metric: 'sales', preferredDirection: 'High' }],
      strength: { method: 'Proven', confidence: '0.9', decide: 'Early' },
    },
    duration: DURATION,
  });

/** With everything that is not built yet. */
const ahead: Good = (name) =>
  experiment(name, {
    versionInfo: { baseline: { name: 'v1' }, candidates: [{ name: 'v2' }, { name: 'v3' }] },
    strategy: {
      testingPattern: 'A/B/N',
      actions: {
        start: [{ task: 'notification/http', if: 'CandidateWon()', with: { url: 'http://a' } }],
        finish: [{ run: 'kubectl apply -f promote.yaml' }],
      },
    },
    criteria: {
      ...CRITERIA,
      rewards: [{ metric: 'latency', preferredDirection: 'Low' }],
      strength: { confidence: '0.95' },
    },
    duration: DURATION,
  });

export const GOOD = { onModel, onRoutes, decided, contest, ahead } as const satisfies Record<
  string,
  Good
>;
