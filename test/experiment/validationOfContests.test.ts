// What contests, and the algorithms that move their traffic, ask of a spec.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { validate, type Problem } from '../../functions/lib/experiment/validation.ts';
import type { VersionInfo, WeightObjRef } from '../../functions/lib/types/experiment.gen.ts';
import { deepFreeze, experimentOf, strategyOf, type SpecParts } from '../fixtures.ts';

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

const CANDIDATES = 'spec.versionInfo.candidates';
const REF = 'spec.versionInfo weightObjRef';
const ALGORITHM = 'spec.strategy.weights.algorithm';
const PROVEN = { method: 'Proven' } as const;
const THREE = { baseline: { name: 'a' }, candidates: [{ name: 'b' }, { name: 'c' }] };
const ROUTED: VersionInfo = {
  baseline: { name: 'a' },
  candidates: [
    { name: 'b', weightObjRef: route(1) },
    { name: 'c', weightObjRef: route(2) },
  ],
};
const reward = { metric: 'sales', preferredDirection: 'High' } as const;

/** The parts of an experiment that a reward decides. */
function contest(
  testingPattern: 'A/B' | 'A/B/N' | 'A/B/n',
  given: Parameters<typeof strategyOf>[0] = {},
): Spec {
  return { strategy: strategyOf({ testingPattern, ...given }), criteria: { rewards: [reward] } };
}

/** What is wrong, the field that is named, and what the message says of the finding and the remedy. */
type Wrong = [what: string, spec: Spec, field: string, message: RegExp];

const WRONG: Wrong[] = [
  ...(['A/B', 'A/B/N', 'A/B/n'] as const).map((testingPattern): Wrong => [
    `the pattern ${testingPattern} without a reward`,
    { strategy: strategyOf({ testingPattern }) },
    'spec.criteria.rewards',
    /^found 0; an A\/B.* experiment has at least 1$/,
  ]),
  [
    'two candidates for A/B',
    {
      versionInfo: { baseline: { name: 'a' }, candidates: [{ name: 'b' }, { name: 'c' }] },
      strategy: strategyOf({ testingPattern: 'A/B' }),
      criteria: { rewards: [reward] },
    },
    CANDIDATES,
    /^found 2; an A\/B experiment has exactly 1$/,
  ],
  [
    'no candidate and no reward for A/B/N',
    {
      versionInfo: { baseline: { name: 'a' } },
      strategy: strategyOf({ testingPattern: 'A/B/N' }),
    },
    CANDIDATES,
    /^found 0; an A\/B\/N experiment has at least 1$/,
  ],
  [
    'two candidates of an InferenceService',
    { ...contest('A/B/N'), versionInfo: THREE },
    REF,
    /^an InferenceService has one canary besides its baseline; with more candidates each needs a weight/,
  ],
  [
    'BlueGreen with two candidates',
    {
      ...contest('A/B/N', { deploymentPattern: 'BlueGreen' }),
      versionInfo: ROUTED,
    },
    'spec.strategy.deploymentPattern',
    /^BlueGreen gives one candidate all the traffic; with several use Progressive or FixedSplit$/,
  ],
  ...(['PosteriorBayesianRouting', 'TopTwoThompson'] as const).flatMap((algorithm): Wrong[] => [
    [
      `${algorithm} for Canary`,
      { strategy: strategyOf({ weights: { algorithm } }), criteria: { strength: PROVEN } },
      ALGORITHM,
      /routes by a reward, which Canary does not have; use Progressive$/,
    ],
    [
      `${algorithm} without proof`,
      contest('A/B', { weights: { algorithm } }),
      ALGORITHM,
      /routes by probabilities, which only counts give; set spec\.criteria\.strength\.method to Proven$/,
    ],
  ]),
  ...['1', '0', '0.4', '-0.95', '2', 'NaN', 'high'].map((confidence): Wrong => [
    `the confidence ${confidence}`,
    { criteria: { strength: { ...PROVEN, confidence } } },
    'spec.criteria.strength.confidence',
    new RegExp(`^found "${confidence}"; expected 0\\.5 to 0\\.999999$`),
  ]),
  ...(['FixedSplit', 'BlueGreen'] as const).map((deploymentPattern): Wrong => [
    `an algorithm for ${deploymentPattern}`,
    { strategy: strategyOf({ deploymentPattern, weights: { algorithm: 'Progressive' } }) },
    ALGORITHM,
    /no traffic moves by an algorithm; remove it, or use Progressive$/,
  ]),
  [
    'weights for one of three versions',
    {
      versionInfo: {
        baseline: { name: 'a' },
        candidates: [{ name: 'b', weightObjRef: route(0) }, { name: 'c' }],
      },
      strategy: strategyOf({ testingPattern: 'A/B/N' }),
    },
    REF,
    /^found 1 with a fieldPath; all versions but one need one, here 2$/,
  ],
];

const contests = suite('validate, of contests');

for (const [what, spec, field, message] of WRONG) {
  contests(`refuses ${what}: names the field, what was found, what to do`, () => {
    const found = problems(spec).filter((problem) => problem.field === field);
    assert.is(found.length, 1, JSON.stringify(problems(spec)));
    assert.match(found[0]!.message, message);
  });
}

const GOOD: [string, Spec][] = [
  ['strength of evidence', { criteria: { strength: PROVEN } }],
  ['A/B', contest('A/B')],
  [
    'A/B/n with several rewards: the first decides',
    { ...contest('A/B/n'), criteria: { rewards: [reward, { ...reward, metric: 'clicks' }] } },
  ],
  [
    'A/B/N with a weight for each candidate',
    {
      ...contest('A/B/N'),
      versionInfo: ROUTED,
    },
  ],
  ...(['PosteriorBayesianRouting', 'TopTwoThompson'] as const).map((algorithm): [string, Spec] => [
    `${algorithm} by proof`,
    {
      ...contest('A/B', { weights: { algorithm } }),
      criteria: { rewards: [reward], strength: PROVEN },
    },
  ]),
  ['EpsilonGreedy', { strategy: strategyOf({ weights: { algorithm: 'EpsilonGreedy' } }) }],
];

for (const [what, spec] of GOOD) {
  contests(`accepts ${what}`, () => {
    assert.equal(problems(spec), []);
  });
}

contests.run();
