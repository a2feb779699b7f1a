// Experiments that the API server must refuse.
import { wrongCriteria } from './wrong-criteria.ts';
import { wrongVersions } from './wrong-versions.ts';
import { many, spec, split, step, strategy, type WrongObject } from './wrong-objects.ts';

const basics: WrongObject[] = [
  { name: 'no spec', merge: { spec: null }, field: 'spec', text: 'Required value' },
  { name: 'no target', merge: spec({ target: null }), field: 'spec.target', text: 'Required' },
  { name: 'empty target', merge: spec({ target: '' }), field: 'spec.target', text: 'at least 1' },
  {
    name: 'comma in target',
    merge: spec({ target: 'a,b' }),
    field: 'spec.target',
    text: 'must not contain commas',
  },
  {
    name: 'no strategy',
    merge: spec({ strategy: null }),
    field: 'spec.strategy',
    text: 'Required',
  },
  {
    name: 'misspelt field',
    merge: spec({ criteria: { objectives: [{ metric: 'm', rollbackOnFailure: true }] } }),
    field: 'spec.criteria.objectives[0].rollbackOnFailure',
    text: 'unknown field',
  },
  {
    name: 'interval of 0 seconds',
    merge: spec({ duration: { intervalSeconds: 0 } }),
    field: 'spec.duration.intervalSeconds',
    text: 'greater than or equal to 1',
  },
  {
    name: 'interval beyond 32 bits',
    merge: spec({ duration: { intervalSeconds: 2 ** 31 } }),
    field: 'spec.duration.intervalSeconds',
    text: 'less than or equal to',
  },
  {
    name: 'no iterations',
    merge: spec({ duration: { iterationsPerLoop: 0 } }),
    field: 'spec.duration.iterationsPerLoop',
    text: 'greater than or equal to 1',
  },
  {
    name: 'half a loop',
    merge: spec({ duration: { maxLoops: 0.5 } }),
    field: 'spec.duration.maxLoops',
    text: 'integer',
  },
];

const strategies: WrongObject[] = [
  {
    name: 'no testing pattern',
    merge: strategy({ testingPattern: null }),
    field: 'spec.strategy.testingPattern',
    text: 'Required',
  },
  {
    name: 'unknown testing pattern',
    merge: strategy({ testingPattern: 'Hybrid' }),
    field: 'spec.strategy.testingPattern',
    text: '"Conformance"',
  },
  {
    name: 'unknown deployment pattern',
    merge: strategy({ deploymentPattern: 'Gradual' }),
    field: 'spec.strategy.deploymentPattern',
    text: '"BlueGreen"',
  },
  {
    name: 'unknown promotion',
    merge: strategy({ promotion: 'Manual' }),
    field: 'spec.strategy.promotion',
    text: '"ByActions"',
  },
  {
    name: 'weight above 100',
    merge: strategy({ weights: { maxCandidateWeight: 101 } }),
    field: 'spec.strategy.weights.maxCandidateWeight',
    text: 'less than or equal to 100',
  },
  {
    name: 'negative increment',
    merge: strategy({ weights: { maxCandidateWeightIncrement: -1 } }),
    field: 'spec.strategy.weights.maxCandidateWeightIncrement',
    text: 'greater than or equal to 0',
  },
  {
    name: 'split without FixedSplit',
    merge: split([50, 50], { deploymentPattern: null }),
    field: 'spec.strategy.weights.split',
    text: 'set strategy.deploymentPattern to FixedSplit',
  },
  {
    name: 'split of a Conformance experiment',
    merge: split([50, 50], { testingPattern: 'Conformance' }),
    field: 'spec.strategy.weights.split',
    text: 'moves no traffic',
  },
  {
    name: 'split that adds up to 90',
    merge: split([50, 40]),
    field: 'spec.strategy.weights.split',
    text: 'must add up to 100',
  },
  {
    name: 'split for three versions where there are two',
    merge: split([50, 25, 25]),
    field: 'spec.strategy.weights.split',
    text: 'one percentage for each version',
  },
  {
    name: 'split for three versions where versionInfo is absent',
    merge: spec({
      versionInfo: null,
      strategy: { deploymentPattern: 'FixedSplit', weights: { split: [50, 25, 25] } },
    }),
    field: 'spec.strategy.weights.split',
    text: 'two where versionInfo is absent',
  },
  {
    name: 'negative percentage',
    merge: split([110, -10]),
    field: 'spec.strategy.weights.split[1]',
    text: 'greater than or equal to 0',
  },
  {
    name: 'step with both task and run',
    merge: step({ task: 'notification/http', run: 'true' }),
    field: 'spec.strategy.actions[finish][0]',
    text: 'exactly one of task and run, not both',
  },
  {
    name: 'step with neither task nor run',
    merge: step({}),
    field: 'spec.strategy.actions[finish][0]',
    text: 'missing or empty',
  },
  {
    name: 'step with an empty task',
    merge: step({ task: '', with: { cmd: 'true' } }),
    field: 'spec.strategy.actions[finish][0]',
    text: 'missing or empty',
  },
  {
    name: 'script of 16385 characters',
    merge: step({ run: 'x'.repeat(16385) }),
    field: 'spec.strategy.actions.finish[0].run',
    text: 'Too long',
  },
  {
    name: '33 steps',
    merge: strategy({ actions: { start: many(33, () => ({ run: 'true' })) } }),
    field: 'spec.strategy.actions.start',
    text: 'at most 32',
  },
];

export const wrongExperiments: WrongObject[] = [
  ...basics,
  ...strategies,
  ...wrongVersions,
  ...wrongCriteria,
];
