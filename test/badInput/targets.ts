// What experiments act on here: models that serve at once what they are told to, and routes.
import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../../sandbox/apiserver/store.ts';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';

const GROUP = 'routes.example.org';

/** The definition of routes, in which any field may stand. */
export const routeDefinition: ApiObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `routes.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { kind: 'Route', plural: 'routes' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
};

/** Where the weight of a version stands in a route: a weightObjRef. */
export function weightIn(name: string, index: number): Record<string, string> {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Route',
    name,
    fieldPath: `.spec.http[0].route[${index}].weight`,
  };
}

/** A route with all traffic on its first version. */
export function routeOf(name: string, namespace: string): ApiObject {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Route',
    metadata: { name, namespace },
    spec: { http: [{ route: [{ weight: 100 }, { weight: 0 }] }] },
  };
}

/** A model with a candidate that is ready and has no traffic yet. */
export function modelOf(name: string, namespace: string): ApiObject {
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name, namespace },
    spec: { predictor: { canaryTrafficPercent: 0 } },
  };
}

const MODELS = 'serving.kserve.io/inferenceservices';

type Model = ApiObject & { spec: { predictor: { canaryTrafficPercent?: number } } };

/** Has every model in a store serve as its spec says. */
export function playKServe(store: Store): void {
  store.subscribe(({ bucket, type, object }) => {
    if (bucket !== MODELS || type === 'DELETED') return;
    const status = statusOf(object as Model);
    if (!isDeepStrictEqual(status, object['status'])) store.put(MODELS, { ...object, status });
  });
}

type Status = { components: { predictor: { latestRolledoutRevision: string } } };

function statusOf({ metadata, spec, status }: Model): object {
  const { canaryTrafficPercent: percent = 100 } = spec.predictor;
  const [baseline, candidate] = ['00001', '00002'].map((one) => `${metadata.name}-${one}`);
  const before = status as Status | undefined;
  const rolledOut = before?.components.predictor.latestRolledoutRevision ?? baseline;
  return {
    components: {
      predictor: {
        latestCreatedRevision: candidate,
        latestReadyRevision: candidate,
        latestRolledoutRevision: percent === 100 ? candidate : rolledOut,
        traffic: [
          { revisionName: candidate, percent },
          { revisionName: rolledOut, percent: 100 - percent },
        ],
      },
    },
  };
}
