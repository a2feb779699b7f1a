import type { Experiment, VersionInfo, WeightObjRef } from '../types/experiment.gen.ts';
import { versionsOf } from './versions.ts';

/** Where a version's weight stands: an object, and the path of a field in it. */
export type WeightRef = {
  version: string;
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  fieldPath: string;
};

/** What an experiment acts on. */
export type ResolvedTarget =
  | { type: 'InferenceService'; namespace: string; name: string }
  | { type: 'WeightObjects'; refs: WeightRef[] }
  | { type: 'None' };

export const INFERENCE_SERVICE = {
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  fieldPath: '.spec.predictor.canaryTrafficPercent',
} as const;

/** The group of InferenceServices before KServe 0.7, and the field of their oldest version. */
const OLD_GROUP = 'serving.kubeflow.org/';
const OLD_FIELD_PATH = '.spec.canaryTrafficPercent';

/**
 * What the experiment acts on: the objects that its weightObjRefs name, where there are any (an
 * InferenceService among them is handled as one, also under its old group); else the
 * InferenceService that spec.target names; nothing for a Conformance experiment with versions of
 * its own, which only watches.
 */
export function resolveTarget(experiment: Experiment): ResolvedTarget {
  const { spec, status, metadata } = experiment;
  const versionInfo = status?.versionInfo ?? spec.versionInfo;
  const refs = versionInfo ? weightRefs(versionInfo, metadata.namespace) : [];
  const service = refs.find(isInferenceService);
  if (service)
    return { type: 'InferenceService', namespace: service.namespace, name: service.name };
  if (refs.length > 0) return { type: 'WeightObjects', refs };
  if (spec.strategy.testingPattern === 'Conformance' && spec.versionInfo) return { type: 'None' };
  return { type: 'InferenceService', ...namespacedName(spec.target, metadata.namespace) };
}

/** The weight references that name a field, with the experiment's namespace where they name none. */
export function weightRefs(versionInfo: VersionInfo, namespace: string): WeightRef[] {
  return versionsOf(versionInfo).flatMap(({ name, weightObjRef: ref }) =>
    ref && isComplete(ref)
      ? [{ version: name, ...ref, namespace: ref.namespace ?? namespace }]
      : [],
  );
}

type CompleteRef = { apiVersion: string; kind: string; name: string; fieldPath: string };

function isComplete(ref: WeightObjRef): ref is WeightObjRef & CompleteRef {
  return Boolean(ref.apiVersion && ref.kind && ref.name && ref.fieldPath);
}

/** Whether a reference is to the canary share of an InferenceService, new or old. */
export function isInferenceService(ref: WeightRef): boolean {
  const isService = ref.kind === INFERENCE_SERVICE.kind;
  const isCurrent = ref.apiVersion.startsWith('serving.kserve.io/');
  return isService && (isCurrent || ref.apiVersion.startsWith(OLD_GROUP));
}

/** Whether a reference to an InferenceService is to the one field that carries a weight. */
export function isCanaryShare(ref: WeightRef): boolean {
  return [INFERENCE_SERVICE.fieldPath, OLD_FIELD_PATH].includes(ref.fieldPath);
}

/** "[namespace/]name" in parts. Worked: "a/b" in c → a, b; "b" in c → c, b. */
export function namespacedName(
  text: string,
  namespace: string,
): { namespace: string; name: string } {
  const slash = text.indexOf('/');
  return slash < 0
    ? { namespace, name: text }
    : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/**
 * The keys of which two running experiments must not share one: the objects acted on and, where
 * they are not one InferenceService, the text of spec.target as well.
 */
export function lockKeys(target: ResolvedTarget, specTarget: string): string[] {
  switch (target.type) {
    case 'InferenceService':
      return [`InferenceService.serving.kserve.io/${target.namespace}/${target.name}`];
    case 'WeightObjects': {
      const objects = target.refs.map(
        ({ apiVersion, kind, namespace, name }) =>
          `${kind}.${apiVersion.split('/')[0]!}/${namespace}/${name}`,
      );
      return [...new Set(objects), `target:${specTarget}`].sort();
    }
    case 'None':
      return [`target:${specTarget}`];
  }
}

/** The namespaces, other than the experiment's own, of the objects that it acts on. */
export function foreignNamespaces(target: ResolvedTarget, own: string): string[] {
  const namespaces =
    target.type === 'InferenceService'
      ? [target.namespace]
      : target.type === 'WeightObjects'
        ? target.refs.map(({ namespace }) => namespace)
        : [];
  return [...new Set(namespaces)].filter((namespace) => namespace !== own);
}
