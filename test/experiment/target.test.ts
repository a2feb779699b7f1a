import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  foreignNamespaces,
  isCanaryShare,
  isInferenceService,
  lockKeys,
  namespacedName,
  resolveTarget,
  weightRefs,
} from '../../functions/lib/experiment/target.ts';
import type { VersionInfo, WeightObjRef } from '../../functions/lib/types/experiment.gen.ts';
import { CONFORMANCE, experimentOf, strategyOf } from '../fixtures.ts';

const route = (index: number): WeightObjRef => ({
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'VirtualService',
  namespace: 'mesh',
  name: 'model',
  fieldPath: `.spec.http[0].route[${index}].weight`,
});

const share = (apiVersion: string, namespace?: string): WeightObjRef => ({
  apiVersion,
  kind: 'InferenceService',
  ...(namespace && { namespace }),
  name: 'iris',
  fieldPath: '.spec.predictor.canaryTrafficPercent',
});

function versions(baseline?: WeightObjRef, candidate?: WeightObjRef): VersionInfo {
  return {
    baseline: { name: 'default', ...(baseline && { weightObjRef: baseline }) },
    candidates: [{ name: 'canary', ...(candidate && { weightObjRef: candidate }) }],
  };
}

const resolved = suite('resolveTarget');

resolved('is the InferenceService of spec.target, in the namespace of the experiment', () => {
  const target = resolveTarget(experimentOf({ spec: { target: 'iris' } }));
  assert.equal(target, { type: 'InferenceService', namespace: 'team', name: 'iris' });
});

resolved('is the InferenceService of another namespace where spec.target names one', () => {
  const target = resolveTarget(experimentOf({ spec: { target: 'other/iris' } }));
  assert.equal(target, { type: 'InferenceService', namespace: 'other', name: 'iris' });
});

resolved('is the objects that weightObjRefs name, whatever spec.target says', () => {
  const versionInfo = versions(route(0), route(1));
  const target = resolveTarget(experimentOf({ spec: { target: 'iris', versionInfo } }));
  assert.is(target.type, 'WeightObjects');
  assert.equal(
    target.type === 'WeightObjects' &&
      target.refs.map(({ version, namespace }) => [version, namespace]),
    [
      ['default', 'mesh'],
      ['canary', 'mesh'],
    ],
  );
});

for (const group of ['serving.kserve.io/v1beta1', 'serving.kubeflow.org/v1alpha2']) {
  resolved(`is an InferenceService where a reference to one of ${group} says so`, () => {
    const versionInfo = versions(undefined, share(group));
    const target = resolveTarget(experimentOf({ spec: { target: 'some text', versionInfo } }));
    assert.equal(target, { type: 'InferenceService', namespace: 'team', name: 'iris' });
  });
}

resolved('is one object where only one version refers to one', () => {
  const target = resolveTarget(
    experimentOf({ spec: { versionInfo: versions(undefined, route(1)) } }),
  );
  assert.is(target.type, 'WeightObjects');
});

resolved('ignores a reference without a fieldPath: it holds no weight', () => {
  const versionInfo = versions(undefined, { ...route(1), fieldPath: undefined });
  assert.is(resolveTarget(experimentOf({ spec: { versionInfo } })).type, 'InferenceService');
});

resolved('is nothing for a Conformance experiment with a version of its own', () => {
  assert.equal(resolveTarget(experimentOf({ spec: CONFORMANCE })), { type: 'None' });
});

resolved('is the InferenceService for a Conformance experiment without versions', () => {
  const strategy = strategyOf({ testingPattern: 'Conformance' });
  const target = resolveTarget(experimentOf({ spec: { strategy, versionInfo: undefined } }));
  assert.is(target.type, 'InferenceService');
});

resolved('goes by the versions recorded at the start, so that an edit does not move it', () => {
  const spec = { target: 'changed', versionInfo: versions(route(0), route(1)) };
  const status = { versionInfo: versions(undefined, share('serving.kserve.io/v1beta1', 'team')) };
  assert.equal(resolveTarget(experimentOf({ spec, status })), {
    type: 'InferenceService',
    namespace: 'team',
    name: 'iris',
  });
});

const refs = suite('weightRefs');

refs('have the namespace of the experiment where they name none', () => {
  const found = weightRefs(versions(undefined, share('serving.kserve.io/v1beta1')), 'team');
  assert.is(found[0]!.namespace, 'team');
});

refs('tell the canary share of an InferenceService from other fields and kinds', () => {
  const [service] = weightRefs(versions(undefined, share('serving.kserve.io/v1beta1')), 'team');
  const [virtual] = weightRefs(versions(route(0)), 'team');
  assert.ok(isInferenceService(service!) && isCanaryShare(service!));
  assert.not(isInferenceService(virtual!) || isCanaryShare(virtual!));
  assert.not(isInferenceService({ ...service!, apiVersion: 'serving.example.org/v1' }));
  assert.not(isCanaryShare({ ...service!, fieldPath: '.spec.transformer.canaryTrafficPercent' }));
  assert.ok(isCanaryShare({ ...service!, fieldPath: '.spec.canaryTrafficPercent' }));
});

const keys = suite('lockKeys');

keys('are one for an InferenceService, however it was named', () => {
  const direct = resolveTarget(experimentOf({ spec: { target: 'iris' } }));
  const versionInfo = versions(undefined, share('serving.kubeflow.org/v1alpha2', 'team'));
  const referred = resolveTarget(experimentOf({ spec: { target: 'text', versionInfo } }));
  assert.equal(lockKeys(direct, 'iris'), ['InferenceService.serving.kserve.io/team/iris']);
  assert.equal(lockKeys(referred, 'text'), lockKeys(direct, 'iris'));
});

keys('are each weight object once, whatever its version of the API, and spec.target', () => {
  const other = { ...route(1), apiVersion: 'networking.istio.io/v1' };
  const spec = { target: 'app', versionInfo: versions(route(0), other) };
  assert.equal(lockKeys(resolveTarget(experimentOf({ spec })), 'app'), [
    'VirtualService.networking.istio.io/mesh/model',
    'target:app',
  ]);
});

keys('are spec.target alone where nothing is acted on', () => {
  assert.equal(lockKeys({ type: 'None' }, 'app'), ['target:app']);
});

const foreign = suite('foreignNamespaces');

foreign('are those of the target, each once, without the own one', () => {
  const versionInfo = versions(route(0), route(1));
  const target = resolveTarget(experimentOf({ spec: { versionInfo } }));
  assert.equal(foreignNamespaces(target, 'team'), ['mesh']);
  assert.equal(foreignNamespaces(target, 'mesh'), []);
  assert.equal(foreignNamespaces({ type: 'None' }, 'team'), []);
  const service = { type: 'InferenceService', namespace: 'other', name: 'iris' } as const;
  assert.equal(foreignNamespaces(service, 'team'), ['other']);
});

const names = suite('namespacedName');

names('splits at the first slash and else takes the given namespace', () => {
  assert.equal(namespacedName('a/b', 'c'), { namespace: 'a', name: 'b' });
  assert.equal(namespacedName('b', 'c'), { namespace: 'c', name: 'b' });
});

for (const tests of [resolved, refs, keys, foreign, names]) tests.run();
