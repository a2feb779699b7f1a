// Versions, and weights of theirs, that cannot be.
import { TRAPS } from './mutations.ts';
import { stories } from './story.ts';
import { weightIn } from './targets.ts';

const versions = (baseline: object, ...candidates: object[]): object => ({ baseline, candidates });
const ref = (different: object) => (name: string) => ({ ...weightIn(name, 0), ...different });
const routes = (first: object, second: object) => (name: string) =>
  versions(
    { name: 'v1', weightObjRef: { ...weightIn(name, 0), ...first } },
    { name: 'v2', weightObjRef: { ...weightIn(name, 1), ...second } },
  );
const path = (fieldPath: string): object => ({ fieldPath });
const MODEL = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService' };
const SHARE = path('.spec.predictor.canaryTrafficPercent');

/** Of the versions together. */
export const VERSION_STORIES = stories('onRoutes', ['spec', 'versionInfo'], 'spec.versionInfo', {
  'versions: baseline and candidate of one name': [versions({ name: 'v1' }, { name: 'v1' })],
  'versions: two candidates': [versions({ name: 'v1' }, { name: 'v2' }, { name: 'v3' })],
  'versions: traps of JavaScript': TRAPS.map((trap) => versions({ name: trap }, { name: 'v2' })),
  'versions: only traps of JavaScript': [versions({ name: TRAPS[0] }, { name: TRAPS[1] })],
  'versions: a trap of JavaScript with a weight': [
    (name: string) =>
      versions(
        { name: '__proto__', weightObjRef: weightIn(name, 0) },
        { name: 'constructor', weightObjRef: weightIn(name, 1) },
      ),
  ],
  'weights: the fields exchanged': [
    routes(path('.spec.http[0].route[1].weight'), path('.spec.http[0].route[0].weight')),
  ],
  'weights: one field for both': [routes({}, path('.spec.http[0].route[0].weight'))],
  'weights: one field for both, written in two ways': [
    routes({}, path(".spec['http'][0].route[0].weight")),
    routes({}, path('.spec.http[0].route[00].weight')),
  ],
  'weights: one inside the other': [routes({}, path('.spec.http[0].route[0]'))],
  'weights: only one of two has a field': [routes({}, path(''))],
  'weights: a model for the baseline': [routes({ ...MODEL, ...SHARE }, {})],
  'weights: a model for both': [routes({ ...MODEL, ...SHARE }, { ...MODEL, ...SHARE, uid: 'u' })],
  'weights: a model and a route': [routes({}, { ...MODEL, ...SHARE })],
  'weights: another field of a model': [
    (name: string) =>
      versions(
        { name: 'v1' },
        { name: 'v2', weightObjRef: { ...MODEL, name, ...path('.spec.predictor.minReplicas') } },
      ),
  ],
  'versions: variables that hide what is known': [
    (name: string) =>
      versions(
        {
          name: 'v1',
          variables: [
            { name: 'name', value: 'x' },
            { name: 'name', value: 'y' },
          ],
        },
        {
          name: 'v2',
          weightObjRef: weightIn(name, 1),
          variables: [{ name: '__proto__', value: '' }],
        },
      ),
  ],
});

const REF = ['spec', 'versionInfo', 'candidates', 0, 'weightObjRef'] as const;
const CANDIDATE_REF = 'spec.versionInfo.candidates[0].weightObjRef';
/** Of one version's weight. */
export const REF_STORIES = stories('onRoutes', REF, CANDIDATE_REF, {
  'weights: an unknown kind': [ref({ kind: 'Street' }), ref({ kind: '__proto__' })],
  'weights: an unknown group': [ref({ apiVersion: 'no.such.group/v1' })],
  'weights: a malformed group': ['a/b/c', '/', 'v1/', '../..', '%2e%2e'].map((apiVersion) =>
    ref({ apiVersion }),
  ),
  'weights: a core kind': [ref({ apiVersion: 'v1', kind: 'ConfigMap' })],
  'weights: a kind of the whole cluster': [ref({ apiVersion: 'v1', kind: 'Namespace' })],
  'weights: an object that is not there': [ref({ name: 'nobody' })],
  'weights: a malformed name': ['..', '.', 'a/b', 'A B', 'ü', '%2e%2e'].map((name) =>
    ref({ name }),
  ),
  'weights: in another namespace': [ref({ namespace: 'other' })],
  'weights: in a malformed namespace': ['..', 'a/b', 'ü', ''].map((namespace) =>
    ref({ namespace }),
  ),
  'weights: a path to nowhere': ['.spec.no.where', '.spec.http[9].route[1].weight'].map((one) =>
    ref(path(one)),
  ),
  'weights: a malformed path': [
    '.',
    '..',
    '.spec.http[-1]',
    '.spec.http[',
    '.a b',
    '.spec[*]',
    '.[0]',
  ].map((one) => ref(path(one))),
  'weights: a path along a trap of JavaScript': [
    '.__proto__.weight',
    '.constructor.prototype.weight',
    '.spec.__proto__',
  ].map((one) => ref(path(one))),
  'weights: what is no number': ['.kind', '.metadata.name', '.spec', '.spec.http'].map((one) =>
    ref(path(one)),
  ),
  'weights: metadata': ['.metadata.resourceVersion', '.metadata.generation', '.metadata.uid'].map(
    (one) => ref(path(one)),
  ),
});
