import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Probe } from '../../functions/lib/experiment/observations.ts';
import type { AnyObject } from '../../functions/lib/kubernetes/objects.ts';
import { inferenceServiceTarget } from '../../functions/lib/targets/inferenceService.ts';
import type { VersionInfo } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, type Different } from '../kubernetes/experiment-object.ts';
import {
  BASELINE,
  CANDIDATE,
  fakeObjects,
  inferenceService,
  type ServiceState,
} from './fake-objects.ts';

const missing = suite('an InferenceService that cannot be used');
const found = suite('an InferenceService with a baseline and a candidate');

const WHERE = { namespace: 'team', name: 'model' };
const CONFORMANCE: Different = {
  spec: {
    strategy: {
      testingPattern: 'Conformance',
      deploymentPattern: 'Progressive',
      weights: { maxCandidateWeight: 100, maxCandidateWeightIncrement: 10 },
    },
  },
};

function probe(service: AnyObject | undefined, different: Different = {}): Promise<Probe> {
  const { objects } = fakeObjects(service ? { 'InferenceService team/model': service } : {});
  return inferenceServiceTarget(objects, experimentObject(different), WHERE).probe();
}

async function refusal(service: AnyObject | undefined, different?: Different): Promise<string> {
  const given = await probe(service, different);
  if (given.kind === 'Identified') throw new Error('expected a refusal');
  return `${given.kind} ${given.reason}: ${given.message}`;
}

missing('one that does not exist is waited for', async () => {
  assert.match(await refusal(undefined), /^NotYet TargetNotFound: InferenceService team\/model /);
});

missing('one that is being deleted does not exist', async () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const gone = await refusal(inferenceService({ deletionTimestamp }));
  assert.match(gone, /^NotYet TargetNotFound/);
});

for (const mode of ['Standard', 'RawDeployment', 'ModelMesh']) {
  missing(`one in ${mode} mode is refused, because its canary share would be ignored`, async () => {
    const told = await refusal(inferenceService({ mode }));
    assert.match(told, new RegExp(`^Unsupported TargetUnsupported: .* ${mode} mode`));
    assert.match(told, 'weightObjRef');
  });
}

missing('one with a ramp of its own is refused', async () => {
  const annotations = { 'serving.knative.dev/rollout-duration': '380s' };
  const told = await refusal(inferenceService({ annotations }));
  assert.match(told, /^Unsupported TargetUnsupported: .*rollout-duration.*remove it/);
});

const NOT_ROLLED_OUT: [what: string, state: ServiceState][] = [
  ['no revision is rolled out', { rolledOut: undefined }],
  ['nothing is created', { created: undefined, ready: undefined, rolledOut: undefined }],
];

for (const [what, state] of NOT_ROLLED_OUT) {
  missing(`one where ${what} is waited for`, async () => {
    assert.match(await refusal(inferenceService(state)), /^NotYet TargetNotReady/);
    assert.match(await refusal(inferenceService(state), CONFORMANCE), /^NotYet TargetNotReady/);
  });
}

missing('one without a status is waited for', async () => {
  const bare = { ...inferenceService(), status: undefined };
  assert.match(await refusal(bare), /^NotYet TargetNotReady/);
});

missing(
  'one with one revision waits for a candidate, and the message says how to make one',
  async () => {
    const single: ServiceState = { created: BASELINE, ready: BASELINE, percent: undefined };
    const told = await refusal(inferenceService(single));
    assert.match(told, new RegExp(`^NotYet NoCandidate: .*${BASELINE}.*canaryTrafficPercent`));
  },
);

function identified(given: Probe): Extract<Probe, { kind: 'Identified' }> {
  if (given.kind !== 'Identified') throw new Error(`${given.reason}: ${given.message}`);
  return given;
}

const REF = {
  apiVersion: 'serving.kserve.io/v1beta1',
  kind: 'InferenceService',
  fieldPath: '.spec.predictor.canaryTrafficPercent',
  ...WHERE,
};
const variables = (revision: string): object[] => [
  { name: 'revision', value: revision },
  { name: 'namespace', value: 'team' },
];

for (const mode of ['Knative', 'Serverless']) {
  found(`in ${mode} mode is told by its revisions, its share and its versions`, async () => {
    const given = identified(await probe(inferenceService({ mode })));
    assert.equal(given.target, {
      type: 'InferenceService',
      baselineRevision: BASELINE,
      candidateRevision: CANDIDATE,
      originals: [{ ...REF, value: 10 }],
    });
    assert.equal(given.versionInfo, {
      baseline: { name: 'default', variables: variables(BASELINE) },
      candidates: [{ name: 'canary', variables: variables(CANDIDATE), weightObjRef: REF }],
    });
    assert.equal(given.weights, [
      { name: 'default', value: 90 },
      { name: 'canary', value: 10 },
    ]);
  });
}

found(
  'is identified before its candidate is ready, so that it can be kept without traffic',
  async () => {
    const given = identified(await probe(inferenceService({ ready: BASELINE })));
    assert.is(given.target.candidateRevision, CANDIDATE);
  },
);

found('without a share has given, or will give, the candidate everything', async () => {
  const given = identified(await probe(inferenceService({ percent: undefined, ready: BASELINE })));
  assert.equal(given.weights, [
    { name: 'default', value: 0 },
    { name: 'canary', value: 100 },
  ]);
  assert.equal(given.target.originals, [REF]);
});

const GIVEN: VersionInfo = {
  baseline: { name: 'old', variables: [{ name: 'revision', value: 'mine' }] },
  candidates: [{ name: 'new', variables: [{ name: 'team', value: 'a' }] }],
};

found('adds the variables that the user has not set', async () => {
  const given = identified(await probe(inferenceService(), { spec: { versionInfo: GIVEN } }));
  assert.equal(given.versionInfo, {
    baseline: {
      name: 'old',
      variables: [
        { name: 'revision', value: 'mine' },
        { name: 'namespace', value: 'team' },
      ],
    },
    candidates: [
      {
        name: 'new',
        variables: [{ name: 'team', value: 'a' }, ...variables(CANDIDATE)],
        weightObjRef: REF,
      },
    ],
  });
  assert.is(given.weights?.[1]?.name, 'new');
});

for (const [what, state] of [
  ['one revision', { created: BASELINE, ready: BASELINE, percent: undefined }],
  ['a canary besides', {}],
] as [string, ServiceState][]) {
  found(`for Conformance is the rolled-out revision, with ${what}, and no weights`, async () => {
    const given = identified(await probe(inferenceService(state), CONFORMANCE));
    assert.equal(given.target, { type: 'InferenceService', baselineRevision: BASELINE });
    assert.equal(given.versionInfo, {
      baseline: { name: 'default', variables: variables(BASELINE) },
    });
    assert.is(given.weights, undefined);
  });
}

missing.run();
found.run();
