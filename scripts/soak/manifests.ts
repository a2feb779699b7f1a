import type { KubeObject } from '../../sandbox/kube.ts';
import type { Life } from './life.ts';

type Names = Pick<Life, 'namespace' | 'name' | 'service' | 'kind'>;

/** The path of the InferenceServices of a namespace. */
export function servicesPath(namespace: string): string {
  return `/apis/serving.kserve.io/v1beta1/namespaces/${namespace}/inferenceservices`;
}

/** The path of the experiments of a namespace. */
export function experimentsPath(namespace: string): string {
  return `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments`;
}

/** The target with its baseline alone. */
export function baselineObject({ namespace, service }: Names): KubeObject {
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: service, namespace },
    spec: { predictor: predictor('sandbox://good') },
  };
}

/** The change that deploys a candidate beside it, without traffic. */
export function candidateChange(): object {
  return { spec: { predictor: { canaryTrafficPercent: 0, ...predictor('sandbox://good?ms=11') } } };
}

function predictor(storageUri: string): object {
  return { model: { modelFormat: { name: 'sklearn' }, storageUri } };
}

/** The experiment as a user writes it. */
export function experimentObject(
  { namespace, name, service, kind }: Names,
  intervalSeconds: number,
): KubeObject {
  const { strategy, criteria, iterations } = kind.spec;
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name, namespace },
    spec: {
      target: service,
      strategy,
      criteria,
      duration: { intervalSeconds, iterationsPerLoop: iterations },
    },
  };
}
