import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  describeProblems,
  validate,
  type Problem,
} from '../../functions/lib/experiment/validation.ts';
import type { VersionInfo, WeightObjRef } from '../../functions/lib/types/experiment.gen.ts';
import { CONFORMANCE, deepFreeze, experimentOf, strategyOf, type SpecParts } from '../fixtures.ts';

type Spec = SpecParts;

function problems(spec: Spec): Problem[] {
  return validate(deepFreeze(experimentOf({ spec })));
}

const route = (index: number): WeightObjRef => ({
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'VirtualService',
  name: 'model',
  fieldPath: `.spec.http[0].route[${index}].weight`,
});

const share: WeightObjRef = {
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  name: 'iris',
  fieldPath: '.spec.predictor.canaryTrafficPercent',
};

function versions(baseline?: WeightObjRef, candidate?: WeightObjRef): VersionInfo {
  return {
    baseline: { name: 'default', weightObjRef: baseline },
    candidates: [{ name: 'canary', weightObjRef: candidate }],
  };
}

const fixed = (split?: number[]): Spec['strategy'] =>
  strategyOf({ deploymentPattern: 'FixedSplit', weights: { split } });

const CANDIDATES = 'spec.versionInfo.candidates';
const REF = 'spec.versionInfo weightObjRef';
const SPLIT = 'spec.strategy.weights.split';
const reward = { metric: 'sales', preferredDirection: 'High' } as const;

/** What is wrong, the field that is named, and what the message says of the finding and the remedy. */
type Wrong = [what: string, spec: Spec, field: string, message: RegExp];

const WRONG: Wrong[] = [
  [
    'a start action',
    { strategy: strategyOf({ actions: { start: [{ task: 'common/readiness' }] } }) },
    'spec.strategy.actions',
    /^running actions is not supported by this version .*; remove them/,
  ],
  [
    'a finish action',
    { strategy: strategyOf({ actions: { finish: [{ run: 'kubectl apply' }] } }) },
    'spec.strategy.actions',
    /is not supported.*; remove them/,
  ],
  [
    'no candidate for Canary',
    { versionInfo: { baseline: { name: 'a' } } },
    CANDIDATES,
    /^found 0; a Canary experiment has exactly 1$/,
  ],
  [
    'two candidates for Canary',
    { versionInfo: { baseline: { name: 'a' }, candidates: [{ name: 'b' }, { name: 'c' }] } },
    CANDIDATES,
    /^found 2; a Canary experiment has exactly 1$/,
  ],
  [
    'a candidate for Conformance',
    { strategy: strategyOf({ testingPattern: 'Conformance' }) },
    CANDIDATES,
    /^found 1; a Conformance experiment has exactly 0$/,
  ],
  [
    'a reward for Canary',
    { criteria: { rewards: [reward] } },
    'spec.criteria.rewards',
    /^found 1; a Canary experiment has exactly 0$/,
  ],
  [
    'the same name twice',
    { versionInfo: { baseline: { name: 'a' }, candidates: [{ name: 'a' }] } },
    'spec.versionInfo',
    /unique; "a" is there more than once/,
  ],
  [
    'a fieldPath without its dot',
    { versionInfo: versions(route(0), { ...route(1), fieldPath: 'spec.weight' }) },
    REF,
    /fieldPath "spec\.weight" must start with "\."/,
  ],
  [
    'a reference of the baseline to an InferenceService',
    { versionInfo: versions(share) },
    REF,
    /let the candidate alone refer to it/,
  ],
  [
    'references of both versions to an InferenceService',
    { versionInfo: versions(share, share) },
    REF,
    /let the candidate alone refer to it/,
  ],
  [
    'a reference to another field of an InferenceService',
    { versionInfo: versions(undefined, { ...share, fieldPath: '.spec.minReplicas' }) },
    REF,
    /stands at \.spec\.predictor\.canaryTrafficPercent/,
  ],
  [
    'a task with neither task nor run',
    { strategy: strategyOf({ actions: { start: [{ run: 'ok' }, {}] } }) },
    'spec.strategy.actions.start[1]',
    /^found neither task nor run; give exactly one$/,
  ],
  [
    'a task with both task and run',
    { strategy: strategyOf({ actions: { finish: [{ task: 'a', run: 'b' }] } }) },
    'spec.strategy.actions.finish[0]',
    /^found both task and run; give exactly one$/,
  ],
  [
    'a split under Progressive',
    { strategy: strategyOf({ weights: { split: [50, 50] } }) },
    SPLIT,
    /only an experiment with FixedSplit has one; remove it/,
  ],
  [
    'a split for Conformance',
    {
      ...CONFORMANCE,
      strategy: strategyOf({
        testingPattern: 'Conformance',
        deploymentPattern: 'FixedSplit',
        weights: { split: [100] },
      }),
    },
    SPLIT,
    /remove it/,
  ],
  ['a split of 99', { strategy: fixed([50, 49]) }, SPLIT, /adds up to 99; it must add up to 100/],
  [
    'a split of three for two',
    { strategy: fixed([50, 30, 20]) },
    SPLIT,
    /has 3 percentages; the experiment has 2 versions/,
  ],
  [
    'a split of one where versions are discovered',
    { strategy: fixed([100]), versionInfo: undefined },
    SPLIT,
    /has 1 percentages; the experiment has 2 versions/,
  ],
];

const refused = suite('validate');

for (const [what, spec, field, message] of WRONG) {
  refused(`refuses ${what}: names the field, what was found, what to do`, () => {
    const found = problems(spec).filter((problem) => problem.field === field);
    assert.is(found.length, 1, JSON.stringify(problems(spec)));
    assert.match(found[0]!.message, message);
  });
}

/** A spec with a variable of so many of these characters. */
function sized(character: string, count: number): Spec {
  const variables = [{ name: 'v', value: character.repeat(count) }];
  return { versionInfo: { baseline: { name: 'a', variables }, candidates: [{ name: 'b' }] } };
}

refused('refuses a spec of more than 64 KiB of JSON, in bytes and not in characters', () => {
  const empty = JSON.stringify(experimentOf({ spec: sized('x', 0) }).spec).length;
  const room = 64 * 1024 - empty;
  assert.equal(problems(sized('x', room)), []);
  const [problem] = problems(sized('x', room + 1));
  assert.is(problem?.field, 'spec');
  assert.is(problem?.message, 'it has 65537 bytes of JSON; at most 65536 are accepted; shorten it');
  assert.is(problems(sized('ü', room / 2 + 1)).length, 1);
});

refused('tells every mistake, each with its field, in one line', () => {
  const found = problems({
    strategy: strategyOf({
      testingPattern: 'A/B',
      actions: { start: [{}] },
      weights: { algorithm: 'TopTwoThompson' },
    }),
  });
  assert.equal(
    found.map(({ field }) => field),
    [
      'spec.strategy.actions',
      'spec.criteria.rewards',
      'spec.strategy.actions.start[0]',
      'spec.strategy.weights.algorithm',
    ],
  );
  assert.is(describeProblems(found).split('; spec.').length, 4);
});

const GOOD: [string, Spec][] = [
  ['a Canary with versions', {}],
  ['a Canary without versions: they are discovered', { versionInfo: undefined }],
  ['a Canary without criteria', { criteria: undefined }],
  ['a Conformance experiment', CONFORMANCE],
  [
    'a Conformance experiment without versions',
    { versionInfo: undefined, strategy: strategyOf({ testingPattern: 'Conformance' }) },
  ],
  ['BlueGreen', { strategy: strategyOf({ deploymentPattern: 'BlueGreen' }) }],
  ['a FixedSplit with a split', { strategy: fixed([70, 30]) }],
  [
    'a FixedSplit with a split and no versions',
    { strategy: fixed([0, 100]), versionInfo: undefined },
  ],
  ['a FixedSplit without a split', { strategy: fixed() }],
  ['weights in the routes of a VirtualService', { versionInfo: versions(route(0), route(1)) }],
  ['a weight for the candidate alone', { versionInfo: versions(undefined, route(1)) }],
  ['a weight for the baseline alone', { versionInfo: versions(route(0)) }],
  ['the canary share of an InferenceService', { versionInfo: versions(undefined, share) }],
  ['empty actions', { strategy: strategyOf({ actions: {} }) }],
  ['actions without tasks', { strategy: strategyOf({ actions: { start: [], finish: [] } }) }],
  ['an indicator and a request count', { criteria: { requestCount: 'a/b', indicators: ['c'] } }],
];

for (const [what, spec] of GOOD) {
  refused(`accepts ${what}`, () => {
    assert.equal(problems(spec), []);
  });
}

refused.run();
