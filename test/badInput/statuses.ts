// Kinds of statuses that the functions have not written: somebody else did, or an older version.
import * as fc from 'fast-check';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { EXPERIMENTS, startCluster } from './cluster.ts';
import { GOOD, NAMESPACE, type Good } from './experiments.ts';
import type { Kind } from './kinds.ts';
import { METRICS } from './metrics.ts';
import { mutationsOf } from './mutations.ts';
import { experimentSchema, placesIn, replaced, textOf, type Path } from './schema.ts';
import { modelOf } from './targets.ts';

/**
 * Experiments with genuine statuses, by their stages; Initializing is there before and after it knows
 * its versions, and Running also where decisions are to be proved (Proving).
 */
export type Genuine = ReadonlyMap<string, ApiObject>;

const SUBJECT = 'subject-of-a-lie';

/** Lets a good experiment live, and keeps it as it is in each stage. */
export async function genuineStatuses(): Promise<Genuine> {
  const [usual, proving] = [await statusesOf(GOOD.onModel), await statusesOf(GOOD.contest)];
  return new Map([...usual, ['Proving', proving.get('Running')!]]);
}

async function statusesOf(good: Good): Promise<Genuine> {
  const cluster = startCluster();
  METRICS.forEach(cluster.keep);
  cluster.keep(modelOf(SUBJECT, NAMESPACE));
  const found = new Map<string, ApiObject>();
  cluster.follow((experiment) => {
    const { stage, versionInfo, completedIterations } = experiment.status ?? {};
    const isWanted = stage !== undefined && (stage !== 'Running' || completedIterations === 1);
    const isReady = stage === 'Initializing' && versionInfo !== undefined;
    if (isWanted) found.set(isReady ? 'Initialized' : stage, experiment as unknown as ApiObject);
  });
  const object = good(SUBJECT);
  await cluster.send('POST', EXPERIMENTS, object);
  while (!found.has('Completed')) {
    cluster.pass(10);
    await cluster.tick();
  }
  return found;
}

/** Every wrong value of every field of a genuine status. */
export function lyingStatuses(genuine: Genuine): Kind[] {
  return [...genuine].flatMap(([stage, object]) =>
    placesIn(experimentSchema, object)
      .filter(({ path }) => path[0] === 'status')
      .flatMap((place) =>
        mutationsOf(place).map(({ what, changes }) => ({
          name: `${stage}: ${textOf(place.path)} ${what}`,
          field: textOf(place.path),
          experiments: (name: string) =>
            changes.map((change) => named(replaced(object, place.path, change), name)),
        })),
      ),
  );
}

function named(object: ApiObject, name: string): ApiObject {
  const text = JSON.stringify(object).replaceAll(SUBJECT, name);
  const copy = JSON.parse(text) as ApiObject;
  return { ...copy, metadata: { ...copy.metadata, uid: `uid-of-${name}` } };
}

type Lie = readonly [name: string, stage: string, at: Path, values: readonly unknown[]];

const LATER = '9999-12-31T23:59:59Z';
const weights = (...values: [string, number][]): object[] =>
  values.map(([name, value]) => ({ name, value }));
const at = (...path: Path): Path => ['status', ...path];

const LIES: readonly Lie[] = [
  ['a stage that nobody knows', 'Running', at('stage'), ['Paused', 'running', 'New', '']],
  ['a stage that is too late', 'Waiting', at('stage'), ['Running', 'Finishing', 'Initializing']],
  ['a stage that is too early', 'Running', at('stage'), ['Waiting', 'Initializing']],
  [
    'a stage alone',
    'Running',
    at(),
    ['Waiting', 'Running', 'Finishing'].map((stage) => ({ stage })),
  ],
  ['no stage', 'Running', at('stage'), [undefined]],
  ['no object', 'Running', at(), ['x', 7, [], true]],
  ['no versions', 'Running', at('versionInfo'), [undefined, {}, { baseline: {} }]],
  [
    'other versions',
    'Running',
    at('versionInfo'),
    [{ baseline: { name: 'a' }, candidates: [{ name: 'b' }] }],
  ],
  ['no candidates', 'Running', at('versionInfo', 'candidates'), [undefined, []]],
  ['two versions of one name', 'Running', at('versionInfo', 'candidates', 0, 'name'), ['default']],
  [
    'weights of unknown versions',
    'Running',
    at('currentWeightDistribution'),
    [weights(['a', 50], ['b', 50])],
  ],
  [
    'weights that are too few or many',
    'Running',
    at('currentWeightDistribution'),
    [weights(['default', 100]), weights(['default', 50], ['canary', 25], ['x', 25])],
  ],
  [
    'weights that do not add up',
    'Running',
    at('currentWeightDistribution'),
    [weights(['default', 10], ['canary', 10]), weights(['default', 100], ['canary', 100])],
  ],
  [
    'negative weights',
    'Running',
    at('currentWeightDistribution'),
    [weights(['default', 150], ['canary', -50])],
  ],
  [
    'weights in another order',
    'Running',
    at('currentWeightDistribution'),
    [weights(['canary', 1], ['default', 99])],
  ],
  ['no weights', 'Running', at('currentWeightDistribution'), [undefined, []]],
  ['a start that is no time', 'Running', at('startTime'), ['yesterday', '', 0, undefined]],
  ['a start in the future', 'Running', at('startTime'), [LATER]],
  [
    'a stage that began in the future',
    'Finishing',
    at('stageStartTime'),
    [LATER, '2999-01-01T00:00:00Z'],
  ],
  ['a stage that began at no time', 'Finishing', at('stageStartTime'), ['soon', undefined, '']],
  [
    'a next iteration that never comes',
    'Running',
    at('nextIterationTime'),
    [LATER, 'never', '2999-01-01T00:00:00+00:00'],
  ],
  ['an approval without end', 'Running', at('approvalDeadline'), [LATER, 'never']],
  ['paused since the future', 'Running', at('pausedSince'), [LATER, 'never']],
  ['paused for ever', 'Running', at('pausedSeconds'), [2 ** 53 + 2, -5, 1e308]],
  ['not ready since the future', 'Running', at('target', 'notReadySince'), [LATER, 'x']],
  [
    'conditions twice',
    'Running',
    at('conditions'),
    [
      [
        { type: 'Completed', status: 'True' },
        { type: 'Completed', status: 'False' },
      ],
    ],
  ],
  ['no conditions', 'Running', at('conditions'), [undefined, [], [{}]]],
  [
    'conditions of unknown types',
    'Running',
    at('conditions'),
    [[{ type: '__proto__', status: 'True' }]],
  ],
  [
    'iterations beyond all numbers',
    'Running',
    at('completedIterations'),
    [2 ** 31 - 1, -1, 2 ** 53 + 2, 1e308, 0.5],
  ],
  ['errors beyond all numbers', 'Running', at('consecutiveErrors'), [2 ** 31 - 1, -1]],
  [
    'a history of garbage',
    'Running',
    at('history'),
    [['x'], [{}], [{ iteration: 'x' }], 7, [null]],
  ],
  [
    'a history that is too long',
    'Running',
    at('history'),
    [
      Array.from({ length: 500 }, (_, index) => ({
        iteration: index + 1,
        time: LATER,
        weights: [50, 50],
      })),
    ],
  ],
  [
    'an exposure of garbage',
    'Running',
    at('exposure'),
    [[{ version: 'canary', requests: 'abc', atLeast: '', atMost: 'NaN' }], 'x', [7]],
  ],
  ['metrics that are missing', 'Running', at('metrics'), [undefined, []]],
  [
    'metrics without a spec',
    'Running',
    at('metrics', 0, 'metricObj'),
    [{}, { spec: null }, { spec: {} }],
  ],
  [
    'metrics with parameters of garbage',
    'Running',
    at('metrics', 0, 'metricObj', 'spec', 'params'),
    [5, [5], [{ name: 'query', value: 7 }]],
  ],
  [
    'metrics with an address of garbage',
    'Running',
    at('metrics', 0, 'metricObj', 'spec', 'urlTemplate'),
    [7, {}, 'x'],
  ],
  ['a metric with a bare name', 'Running', at('metrics', 0, 'name'), ['latency', '/', 'a/b/c']],
  ['no original weights', 'Running', at('target', 'originals'), [undefined, [], [{}]]],
  ['no target', 'Running', at('target'), [undefined, {}, 'x']],
  [
    'the lock of others',
    'Waiting',
    at('target', 'lock'),
    ['InferenceService.serving.kserve.io/team/nobody'],
  ],
  ['the lock of others while running', 'Running', at('target', 'lock'), ['x', 'a,b,c', '']],
  [
    'an unknown kind of target',
    'Running',
    at('target', 'type'),
    ['Deployment', 'None', 'WeightObjects'],
  ],
  ['no candidate in the target', 'Running', at('target', 'candidateRevision'), [undefined, '']],
  ['no outcome', 'Finishing', at('outcome'), [undefined, {}, { decision: 'Maybe' }]],
  [
    'an outcome for an unknown version',
    'Finishing',
    at('outcome', 'version'),
    ['nobody', undefined],
  ],
  ['an outcome against the weights', 'Finishing', at('outcome', 'decision'), ['Rollback']],
  [
    'weights against the outcome',
    'Finishing',
    at('currentWeightDistribution'),
    [weights(['default', 50], ['canary', 50])],
  ],
  [
    'knowledge of garbage',
    'Proving',
    at('analysis', 'state'),
    ['', 'x', 'null', '[]', '[2,3]', '[1,null,[],[],[]]', `[${'9'.repeat(400)}]`, '['.repeat(5000)],
  ],
  [
    'knowledge that is no text or too long',
    'Proving',
    at('analysis', 'state'),
    [7, null, [1], {}, 'x'.repeat(65_537)],
  ],
  [
    'requests counted until another time',
    'Proving',
    at('countedUntil'),
    [LATER, 'soon', '2000-01-01T00:00:00Z', undefined, 7],
  ],
  ['evidence of garbage', 'Proving', at('evidence'), [7, ['x'], [{}], [null]]],
  ['a run beyond all numbers', 'Completed', at('run'), [2 ** 31 - 1, -1, 0, 'x']],
];

/** Lies that only somebody can tell who knows what the fields mean. */
export function knowingLies(genuine: Genuine): Kind[] {
  return LIES.map(([name, stage, path, values]) => ({
    name: `a status with ${name}`,
    field: textOf(path),
    experiments: (own: string) =>
      fc.constantFrom(...values).map((value) =>
        named(
          replaced(genuine.get(stage)!, path, () => value),
          own,
        ),
      ),
  }));
}
