// Lives of experiments that are decided by proof.
import { strategyOf } from '../fixtures.ts';
import { PROMOTED, ROLLED_BACK, type Scenario } from './scenarios.ts';
import type { End } from './simulation.ts';
import { inferenceService } from './targets.ts';

const PROVEN = { method: 'Proven' } as const;

/** By proof, of the requests counted: a good version has 2 errors in 1000. */
const BY_PROOF = {
  target: inferenceService,
  spec: {
    // So long that something of the candidate has been counted before the first look.
    duration: { intervalSeconds: 28, iterationsPerLoop: 3, maxLoops: 1 },
    criteria: {
      requestCount: undefined,
      objectives: [{ metric: 'errors', upperLimit: '0.1' }],
      strength: PROVEN,
    },
  },
  measure: () => 20,
  share: () => 0.002,
} satisfies Partial<Scenario>;

const PROVED_GOOD: End = {
  ...PROMOTED,
  completedIterations: 3,
  conditions: `${PROMOTED.conditions},Decidable`,
  moves: '100/0 99/1 0/100',
};

/** Those that what is counted decides. */
export const PROVED: readonly Scenario[] = [
  {
    ...BY_PROOF,
    name: 'promoted by proof',
    end: PROVED_GOOD,
  },
  {
    ...BY_PROOF,
    name: 'promoted by proof before the end',
    spec: {
      ...BY_PROOF.spec,
      duration: { ...BY_PROOF.spec.duration, iterationsPerLoop: 30 },
      criteria: { ...BY_PROOF.spec.criteria, strength: { ...PROVEN, decide: 'Early' } },
    },
    end: PROVED_GOOD,
  },
  {
    ...BY_PROOF,
    name: 'rolled back by proof',
    share: (_counter, version) => (version === 'canary' ? 0.9 : 0.002),
    end: {
      ...ROLLED_BACK,
      reason: 'ObjectiveViolated',
      completedIterations: 1,
    },
  },
  {
    ...BY_PROOF,
    name: 'promoted for its reward',
    spec: {
      ...BY_PROOF.spec,
      strategy: strategyOf({ testingPattern: 'A/B', weights: { maxCandidateWeightIncrement: 40 } }),
      criteria: {
        ...{ requestCount: undefined, objectives: undefined, strength: PROVEN },
        rewards: [{ metric: 'sales', preferredDirection: 'High' }],
      },
    },
    share: (_counter, version) => (version === 'canary' ? 0.1 : 0.05),
    end: { ...PROMOTED, completedIterations: 3, moves: '100/0 60/40 20/80 1/99 0/100' },
  },
];
