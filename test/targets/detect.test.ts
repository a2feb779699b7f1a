import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { isFailure, type FailureKind } from '../../functions/lib/kubernetes/failure.ts';
import { objectsOf } from '../../functions/lib/kubernetes/objects.ts';
import { detectTarget } from '../../functions/lib/targets/detect.ts';
import type { Target } from '../../functions/lib/targets/port.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus, VERSIONS } from '../kubernetes/experiment-object.ts';
import { failure, fakeApi, thrownBy } from '../kubernetes/fake-api.ts';
import { inferenceService } from './fake-objects.ts';

const detecting = suite('what an experiment acts on');
const consent = suite('a target in another namespace');
const rights = suite('a target that may not be seen');

type Answers = (request: ApiRequest) => unknown;

function detect(experiment: Experiment, answers: Answers): { target: Target; asked: string[] } {
  const { api, asked } = fakeApi(answers);
  const target = detectTarget(api, objectsOf(api), experiment);
  if (!target) throw new Error('expected a target');
  return {
    target,
    get asked() {
      return asked.map(({ path }) => path);
    },
  };
}

detecting('is the InferenceService that spec.target names', async () => {
  const seen = detect(experimentObject(), () => inferenceService());
  assert.is((await seen.target.probe()).kind, 'Identified');
  assert.equal(seen.asked, [
    '/apis/serving.kserve.io/v1beta1/namespaces/team/inferenceservices/model',
  ]);
});

detecting('is nothing for Conformance of versions that it only watches', () => {
  const { api } = fakeApi(() => failure('NotFound'));
  const { strategy } = experimentObject().spec;
  const versionInfo = { baseline: { name: 'only' } };
  const spec = { versionInfo, strategy: { ...strategy, testingPattern: 'Conformance' as const } };
  assert.is(detectTarget(api, objectsOf(api), experimentObject({ spec })), undefined);
});

detecting('is what its status remembers, whatever the spec says later', async () => {
  const experiment = experimentObject({ spec: { target: 'other' }, status: runningStatus(10) });
  const seen = detect(experiment, () => inferenceService());
  await seen.target.observe();
  assert.match(seen.asked.join(), /inferenceservices\/model$/);
});

const ABROAD = experimentObject({ spec: { target: 'prod/model' } });

/** A namespace with these annotations, and an InferenceService wherever one is asked for. */
function cluster(annotations: Record<string, string> | undefined): Answers {
  return ({ path }) =>
    path === '/api/v1/namespaces/prod' ? { metadata: { annotations } } : inferenceService();
}

const EXPERIMENTS_FROM = 'iter8.tools/experiments-from';
const STRANGERS: (Record<string, string> | undefined)[] = [
  undefined,
  {},
  { [EXPERIMENTS_FROM]: '' },
  { [EXPERIMENTS_FROM]: 'other' },
  { [EXPERIMENTS_FROM]: 'teams,my-team,*' },
];

for (const annotations of STRANGERS) {
  const what = annotations ? JSON.stringify(annotations) : 'no annotations';
  consent(`is not touched where its namespace has ${what}`, async () => {
    const seen = detect(ABROAD, cluster(annotations));
    const probe = await seen.target.probe();
    assert.is(probe.kind, 'Unsupported');
    if (probe.kind === 'Identified') return;
    assert.is(probe.reason, 'TargetForbidden');
    assert.match(probe.message, `kubectl annotate namespace prod ${EXPERIMENTS_FROM}=team`);
    assert.equal(seen.asked, ['/api/v1/namespaces/prod'], 'and not even read');
  });
}

for (const invited of ['team', 'other, team', 'a,team ,b']) {
  consent(`may be used where its namespace invites "${invited}"`, async () => {
    const seen = detect(ABROAD, cluster({ [EXPERIMENTS_FROM]: invited }));
    assert.is((await seen.target.probe()).kind, 'Identified');
  });
}

consent('is not touched where its namespace does not exist', async () => {
  const seen = detect(ABROAD, () => failure('NotFound'));
  assert.is((await seen.target.probe()).kind, 'Unsupported');
});

consent('is needed from each namespace in which a weight object is', async () => {
  const ref = (namespace: string): object => ({
    weightObjRef: { apiVersion: 'g/v1', kind: 'K', name: 'n', fieldPath: '.spec.w', namespace },
  });
  const versionInfo = {
    baseline: { name: 'a', ...ref('one') },
    candidates: [{ name: 'b', ...ref('two') }],
  };
  const seen = detect(experimentObject({ spec: { versionInfo } }), ({ path }) => ({
    metadata: { annotations: path.endsWith('/one') ? { [EXPERIMENTS_FROM]: 'team' } : {} },
  }));
  const probe = await seen.target.probe();
  assert.match(probe.kind === 'Identified' ? '' : probe.message, 'annotate namespace two');
});

consent('is not asked for in the experiment’s own namespace, also where it is named', async () => {
  const experiment = experimentObject({ spec: { target: 'team/model' } });
  const seen = detect(experiment, () => inferenceService());
  assert.is((await seen.target.probe()).kind, 'Identified');
  assert.is(seen.asked.length, 1);
});

const RUNNING = experimentObject({ spec: { versionInfo: VERSIONS }, status: runningStatus(10) });

for (const kind of ['Forbidden', 'Invalid'] as FailureKind[]) {
  rights(`(${kind}) is an observation that says so`, async () => {
    const { target } = detect(RUNNING, () => failure(kind));
    const probe = await target.probe();
    assert.is(probe.kind === 'NotYet' && probe.reason, 'TargetForbidden');
    const { observation, split } = await target.observe();
    assert.is(observation.kind === 'Error' && observation.reason, 'TargetForbidden');
    assert.match(observation.kind === 'Error' ? observation.message : '', kind);
    await split([]);
  });
}

rights('is an observation also where the namespace may not be seen', async () => {
  const { target } = detect(ABROAD, () => failure('Forbidden'));
  const probe = await target.probe();
  assert.is(probe.kind === 'NotYet' && probe.reason, 'TargetForbidden');
});

rights('is no observation while the API server cannot be reached: that is thrown', async () => {
  const { target } = detect(RUNNING, () => failure('Unavailable'));
  assert.ok(isFailure(await thrownBy(() => target.probe()), 'Unavailable'));
  assert.ok(isFailure(await thrownBy(() => target.observe()), 'Unavailable'));
});

detecting.run();
consent(
  'can be withdrawn while the experiment runs, but not keep traffic from coming back',
  async () => {
    const status = runningStatus(10);
    status.versionInfo = {
      ...VERSIONS,
      candidates: VERSIONS.candidates!.map((one) => ({
        ...one,
        weightObjRef: { ...one.weightObjRef!, namespace: 'prod' },
      })),
    };
    const see = async (stage: 'Running' | 'Finishing'): Promise<string> => {
      const experiment = experimentObject({ status: { ...status, stage } });
      const { observation } = await detect(experiment, cluster({})).target.observe();
      return observation.kind;
    };
    assert.is(await see('Running'), 'Error');
    assert.is(await see('Finishing'), 'Observed');
  },
);

consent.run();
rights.run();
