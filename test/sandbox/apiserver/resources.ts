// The kinds of this project's own definitions, and an Experiment that has everything to show.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { resourcesOf } from '../../../sandbox/apiserver/definitions.ts';
import { BUILT_IN_KINDS } from '../../../sandbox/apiserver/kinds.ts';
import type { ApiObject, Resource } from '../../../sandbox/apiserver/types.ts';

const root = join(import.meta.dirname, '../../..');

function definedIn(path: string): Resource[] {
  return resourcesOf(parse(readFileSync(join(root, path), 'utf8')) as ApiObject);
}

const files = ['eventing/crd/experiment.yaml', 'eventing/crd/metric.yaml'];

export const customKinds = [...files, 'sandbox/crd/inferenceservice.yaml'].flatMap(definedIn);
export const allKinds = [...BUILT_IN_KINDS, ...customKinds];

export function kind(name: string): Resource {
  return allKinds.find((resource) => resource.kind === name)!;
}

export const plainKind: Resource = {
  ...kind('Metric'),
  ...{ group: 'test.io', version: 'v1', plural: 'plains', singular: 'plain', kind: 'Plain' },
  ...{ shortNames: [], categories: [], columns: [], schema: undefined },
};

export const weights = [
  { name: 'v1', value: 70 },
  { name: 'v2', value: 30 },
];

export const experiment: ApiObject = {
  apiVersion: 'iter8.tools/v2alpha2',
  kind: 'Experiment',
  metadata: {
    name: 'going',
    namespace: 'default',
    uid: '8f1ef9a6-0000-4000-8000-000000000000',
    resourceVersion: '7',
    creationTimestamp: '2031-05-06T07:00:00Z',
    deletionTimestamp: '2031-05-06T07:05:00Z',
    labels: { 'iter8.tools/stage': 'Running' },
  },
  spec: {
    target: 'default/iris',
    strategy: { testingPattern: 'Canary' },
    duration: { intervalSeconds: 20 },
  },
  status: {
    run: 2,
    stage: 'Running',
    completedIterations: 3,
    message: 'IterationUpdate: Completed Iteration 3',
    nextIterationTime: '2031-05-06T07:08:09Z',
    conditions: [
      { type: 'Completed', status: 'False' },
      { type: 'TargetAcquired', status: 'True' },
    ],
    target: { type: 'InferenceService', lock: 'InferenceService/default/iris' },
    currentWeightDistribution: weights,
    analysis: { winnerAssessment: { data: { winnerFound: true, winner: 'v2' } } },
  },
};
