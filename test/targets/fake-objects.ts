import type { Failure } from '../../functions/lib/kubernetes/failure.ts';
import type { AnyObject, ObjectRef, Objects } from '../../functions/lib/kubernetes/objects.ts';

/** A patch as it was asked for. */
export type Patch = { ref: ObjectRef; body: unknown; contentType: string };

/** Objects in the same process: what was read and patched is remembered, nothing is changed. */
export type FakeObjects = { objects: Objects; reads: ObjectRef[]; patches: Patch[] };

/** Objects by "Kind namespace/name"; one that is a failure is thrown, also when it is patched. */
export function fakeObjects(stored: Record<string, AnyObject | Failure>): FakeObjects {
  const reads: ObjectRef[] = [];
  const patches: Patch[] = [];
  const find = ({ kind, namespace, name }: ObjectRef): AnyObject | undefined => {
    const found = stored[`${kind} ${namespace}/${name}`];
    if (found instanceof Error) throw found;
    return found;
  };
  const get = (ref: ObjectRef): Promise<AnyObject | undefined> => {
    reads.push(ref);
    return Promise.resolve().then(() => find(ref));
  };
  const patch = (ref: ObjectRef, body: unknown, contentType: string): Promise<AnyObject> => {
    patches.push({ ref, body, contentType });
    return Promise.resolve().then(() => find(ref)!);
  };
  return { objects: { get, patch }, reads, patches };
}

/** What differs from the usual InferenceService. */
export type ServiceState = {
  percent?: number | undefined;
  created?: string | undefined;
  ready?: string | undefined;
  rolledOut?: string | undefined;
  traffic?: [revision: string, percent: number][];
  conditions?: { type: string; status: string; message?: string; reason?: string }[];
  mode?: string;
  annotations?: Record<string, string>;
  deletionTimestamp?: string;
};

export const BASELINE = 'model-predictor-00001';
export const CANDIDATE = 'model-predictor-00002';
export const STRANGER = 'model-predictor-00003';

/** InferenceService team/model with a baseline and a candidate that is ready and has 10 %. */
export function inferenceService(state: ServiceState = {}): AnyObject {
  const { annotations, deletionTimestamp, mode = 'Serverless', conditions = [] } = state;
  const { percent, created, ready, rolledOut } = {
    ...{ percent: 10, created: CANDIDATE, ready: CANDIDATE, rolledOut: BASELINE },
    ...state,
  } satisfies ServiceState as ServiceState;
  const { traffic = shares(percent ?? 100) } = state;
  return {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata: { name: 'model', resourceVersion: '7', annotations, deletionTimestamp },
    spec: { predictor: { model: { storageUri: 'gs://m' }, canaryTrafficPercent: percent } },
    status: {
      deploymentMode: mode,
      conditions,
      components: {
        predictor: {
          latestCreatedRevision: created,
          latestReadyRevision: ready,
          latestRolledoutRevision: rolledOut,
          traffic: traffic.map(([revisionName, share]) => ({ revisionName, percent: share })),
        },
      },
    },
  };
}

function shares(percent: number): [revision: string, percent: number][] {
  return [
    [CANDIDATE, percent],
    [BASELINE, 100 - percent],
  ];
}
