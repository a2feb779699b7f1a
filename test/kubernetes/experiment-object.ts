import { criteriaOf, type SpecParts } from '../fixtures.ts';
import type {
  Experiment,
  ExperimentSpec,
  ExperimentStatus,
  VersionInfo,
} from '../../functions/lib/types/experiment.gen.ts';

/** The versions of an InferenceService, as they are discovered. */
export const VERSIONS: VersionInfo = {
  baseline: { name: 'default', variables: [{ name: 'revision', value: 'model-predictor-00001' }] },
  candidates: [
    {
      name: 'canary',
      variables: [{ name: 'revision', value: 'model-predictor-00002' }],
      weightObjRef: {
        apiVersion: 'serving.kserve.io/v1beta1',
        kind: 'InferenceService',
        namespace: 'team',
        name: 'model',
        fieldPath: '.spec.predictor.canaryTrafficPercent',
      },
    },
  ],
};

const SPEC: ExperimentSpec = {
  target: 'model',
  strategy: {
    testingPattern: 'Canary',
    deploymentPattern: 'Progressive',
    weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 },
  },
  duration: { intervalSeconds: 20, iterationsPerLoop: 3, maxLoops: 1 },
};

/** What differs from the usual experiment. */
export type Different = {
  metadata?: Partial<Experiment['metadata']>;
  spec?: SpecParts;
  status?: ExperimentStatus;
};

/** An experiment as the API server would give it: team/exp on InferenceService team/model. */
export function experimentObject({ metadata, spec, status }: Different = {}): Experiment {
  return {
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: {
      name: 'exp',
      namespace: 'team',
      uid: 'b6bd5d4d-0001',
      resourceVersion: '100',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { ...SPEC, ...spec, criteria: criteriaOf(spec?.criteria) },
    ...(status && { status }),
  };
}

/** The status of a running experiment with these weights of the candidate. */
export function runningStatus(
  candidateWeight: number,
  different: ExperimentStatus = {},
): ExperimentStatus {
  return {
    run: 1,
    stage: 'Running',
    stageStartTime: '2026-01-01T00:00:10.000Z',
    startTime: '2026-01-01T00:00:10.000Z',
    completedIterations: 0,
    nextIterationTime: '2026-01-01T00:00:30.000Z',
    conditions: [],
    versionInfo: VERSIONS,
    target: {
      type: 'InferenceService',
      lock: 'InferenceService.serving.kserve.io/team/model',
      baselineRevision: 'model-predictor-00001',
      candidateRevision: 'model-predictor-00002',
    },
    currentWeightDistribution: [
      { name: 'default', value: 100 - candidateWeight },
      { name: 'canary', value: candidateWeight },
    ],
    metrics: [],
    ...different,
  };
}
