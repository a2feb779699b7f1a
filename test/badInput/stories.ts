// Mistakes that only somebody who knows what the fields mean can make.
import { FREEZE_STORIES } from './freezeStories.ts';
import { METADATA_STORIES, STATUS_STORIES } from './metadataStories.ts';
import { UNPROVABLE } from './metrics.ts';
import { TRAPS } from './mutations.ts';
import { stories, type Story } from './story.ts';
import { REF_STORIES, VERSION_STORIES } from './versionStories.ts';

const PROBABILISTIC = ['PosteriorBayesianRouting', 'TopTwoThompson'];

const TARGET_STORIES = stories('onModel', ['spec', 'target'], 'spec.target', {
  'target: of too many parts': ['a/b/c', 'team/a/b', '////'],
  'target: half of a name': ['/', 'a/', '/a', 'team/'],
  'target: dots': ['.', '..', '../..', 'team/..', '../team'],
  'target: percent signs': ['%2e%2e', '%', '%zz', 'a%2fb', '%00'],
  'target: a query or a fragment': ['a?b=c', 'a#b', 'a&b'],
  'target: odd characters': ['ü', '模型', 'a b', 'A', '\u202eabc', '🚀', '\u0000'],
  'target: a trap of JavaScript': TRAPS,
  'target: in another namespace': ['other/model', 'no-such/model'],
  'target: not there': ['nobody'],
  'target: with separators': ['a,b', 'a\nb', 'a;b'],
});

const STRATEGY = ['spec', 'strategy'] as const;
const fixed = (split: unknown): object => ({
  testingPattern: 'Canary',
  deploymentPattern: 'FixedSplit',
  weights: { split },
});
const STRATEGY_STORIES = stories('onRoutes', STRATEGY, 'spec.strategy', {
  'split: sums to 101': [fixed([51, 50]), fixed([100, 1]), fixed([1, 100])],
  'split: sums to 99': [fixed([50, 49]), fixed([0, 99])],
  'split: a promotion from the start': [fixed([0, 100])],
  'split: nothing for the candidate': [fixed([100, 0])],
  'split: for three versions': [fixed([50, 25, 25])],
  'split: negative and above': [fixed([110, -10]), fixed([-1, 101])],
  'split: no numbers': [fixed(['50', '50']), fixed([50.5, 49.5])],
  'strategy: limits of zero': [
    { testingPattern: 'Canary', weights: { maxCandidateWeight: 0 } },
    { testingPattern: 'Canary', weights: { maxCandidateWeightIncrement: 0 } },
  ],
  'strategy: Conformance with candidates': [{ testingPattern: 'Conformance' }],
  'strategy: A/B without a reward': [{ testingPattern: 'A/B' }],
  'strategy: actions with neither task nor run': [
    { testingPattern: 'Canary', actions: { start: [{}] } },
    { testingPattern: 'Canary', actions: { [TRAPS[0]!]: [{ run: 'true' }] } },
  ],
});

const CRITERIA = ['spec', 'criteria'] as const;
const limits = (lowerLimit: unknown, upperLimit: unknown): object => ({
  objectives: [{ metric: 'latency', lowerLimit, upperLimit }],
});
const PROVEN = { method: 'Proven' };
const proven = (metric: string, strength: object = {}): object => ({
  objectives: [{ metric, upperLimit: '0.1' }],
  strength: { ...PROVEN, ...strength },
});
const NINES = '9'.repeat(64);
const CRITERIA_STORIES = stories('onModel', CRITERIA, 'spec.criteria', {
  'limits: crossed': [limits(2, 1), limits('1k', 999), limits('1Ki', '1k'), limits('1e3', '1')],
  'limits: the same': [limits('50', 50), limits('50000m', '0.05k')],
  'limits: that overflow': [limits('-9E', '9e99'), limits(`-${NINES}`, NINES), limits(0, '9e99')],
  'limits: too fine for a number': [limits('1e-99', '2e-99'), limits(`0.${NINES.slice(2)}`, 1)],
  'limits: with an exponent that is too long': [limits(0, '1e100'), limits('1e999999999', 0)],
  'limits: 2^53 and beyond': [limits(0, 2 ** 53 + 2), limits(2 ** 63, 2 ** 64), limits(0, 1e308)],
  'limits: neither': [{ objectives: [{ metric: 'latency' }] }],
  'objectives: of one metric twice': [
    {
      objectives: [
        { metric: 'latency', upperLimit: 1 },
        { metric: 'team/latency', lowerLimit: 9 },
      ],
    },
  ],
  'objectives: none': [{}, { objectives: [] }],
  'strength: without anything to prove': [
    { strength: PROVEN },
    { objectives: [], strength: PROVEN },
    { objectives: [{ metric: 'failures' }], strength: PROVEN },
  ],
  'strength: of a certainty that there is not': [
    '1',
    '0',
    '0.4999',
    '2',
    '-0.95',
    'NaN',
    '.95',
  ].map((confidence) => proven('failures', { confidence })),
  'strength: as certain as can be': ['0.999999', '0.99', '0.51'].map((confidence) =>
    proven('failures', { confidence }),
  ),
  'strength: from Metrics that say too little': UNPROVABLE.map((metric) => proven(metric)),
  'strength: of limits at the edge': [0, '1e-99', '0.5', 1, '1.5', -1, '9e99'].flatMap((limit) => [
    { objectives: [{ metric: 'failures', upperLimit: limit }], strength: PROVEN },
    { objectives: [{ metric: 'failures', lowerLimit: limit }], strength: PROVEN },
  ]),
  'metrics: not there': [{ indicators: ['nobody'] }, { requestCount: 'team/nobody' }],
  'metrics: of another namespace': [{ indicators: ['other/latency'] }],
  'metrics: badly named': [
    { indicators: ['a..b'] },
    { indicators: ['a-'] },
    { indicators: ['a/b/c'] },
  ],
  'metrics: traps of JavaScript': TRAPS.map((trap) => ({ indicators: [trap] })),
  'metrics: that cannot be read': [{ indicators: ['mocked'] }, { indicators: ['elsewhere'] }],
  'metrics: as many as possible': [
    { indicators: Array.from({ length: 32 }, (_, index) => `metric-${index}`) },
  ],
  'requests: more than there will ever be': [
    { requestCount: 'requests', minimumRequests: 2 ** 31 - 1 },
  ],
});

const CONTEST_STORIES = stories('contest', CRITERIA, 'spec.criteria', {
  'rewards: from Metrics that say too little': UNPROVABLE.map((metric) => ({
    rewards: [{ metric, preferredDirection: 'High' }],
    strength: PROVEN,
  })),
  'rewards: by their latest values': UNPROVABLE.map((metric) => ({
    rewards: [{ metric, preferredDirection: 'Low' }],
  })),
  'rewards: none': [{}, { rewards: [] }, { rewards: [], strength: PROVEN }],
  'rewards: the same twice': [
    {
      rewards: [
        { metric: 'sales', preferredDirection: 'High' },
        { metric: 'team/sales', preferredDirection: 'Low' },
      ],
      strength: PROVEN,
    },
  ],
});

const WEIGHTS_STORIES = stories('contest', ['spec', 'strategy'], 'spec.strategy', {
  'algorithm: by probabilities, for a Canary': PROBABILISTIC.map((algorithm) => ({
    testingPattern: 'Canary',
    weights: { algorithm },
  })),
  'algorithm: for traffic that does not move': ['FixedSplit', 'BlueGreen'].map(
    (deploymentPattern) => ({
      ...{ testingPattern: 'A/B', deploymentPattern },
      weights: { algorithm: 'EpsilonGreedy' },
    }),
  ),
  'algorithm: that explores nothing, or does nothing else': [0, 100].map((explorationPercent) => ({
    testingPattern: 'A/B',
    weights: { algorithm: 'EpsilonGreedy', explorationPercent },
  })),
  'algorithm: with limits of zero': PROBABILISTIC.flatMap((algorithm) => [
    { testingPattern: 'A/B', weights: { algorithm, maxCandidateWeight: 0 } },
    { testingPattern: 'A/B', weights: { algorithm, maxCandidateWeightIncrement: 0 } },
  ]),
});

const DURATION_STORIES = stories('onModel', ['spec', 'duration'], 'spec.duration', {
  'duration: a product that overflows': [
    { intervalSeconds: 2 ** 31 - 1, iterationsPerLoop: 2 ** 31 - 1, maxLoops: 2 ** 31 - 1 },
    { intervalSeconds: 10, iterationsPerLoop: 2 ** 31 - 1, maxLoops: 2 ** 31 - 1 },
    { intervalSeconds: 2 ** 31 - 1, iterationsPerLoop: 1, maxLoops: 1 },
  ],
  'duration: shorter than a tick': [{ intervalSeconds: 1, iterationsPerLoop: 1 }],
});

/** All of them. */
export const STORIES: readonly Story[] = [
  ...VERSION_STORIES,
  ...REF_STORIES,
  ...TARGET_STORIES,
  ...STRATEGY_STORIES,
  ...CRITERIA_STORIES,
  ...CONTEST_STORIES,
  ...WEIGHTS_STORIES,
  ...DURATION_STORIES,
  ...METADATA_STORIES,
  ...STATUS_STORIES,
  ...FREEZE_STORIES,
];
