import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TargetObservation } from '../../functions/lib/experiment/observations.ts';
import { Failure, isFailure } from '../../functions/lib/kubernetes/failure.ts';
import type { AnyObject } from '../../functions/lib/kubernetes/objects.ts';
import { inferenceServiceTarget } from '../../functions/lib/targets/inferenceService.ts';
import type { Sight } from '../../functions/lib/targets/port.ts';
import type { ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus, VERSIONS } from '../kubernetes/experiment-object.ts';
import { thrownBy } from '../kubernetes/fake-api.ts';
import {
  BASELINE,
  CANDIDATE,
  fakeObjects,
  inferenceService,
  STRANGER,
  type FakeObjects,
  type ServiceState,
} from './fake-objects.ts';

const observing = suite('an InferenceService as it is seen');
const served = suite('the version that gets all traffic');
const taken = suite('an InferenceService that somebody else changed');
const splitting = suite('dividing the traffic of an InferenceService');

type Observed = Extract<TargetObservation, { kind: 'Observed' }>;

async function look(
  service: AnyObject | undefined,
  status: ExperimentStatus = runningStatus(10),
): Promise<Sight & FakeObjects> {
  const fake = fakeObjects(service ? { 'InferenceService team/model': service } : {});
  const where = { namespace: 'team', name: 'model' };
  const target = inferenceServiceTarget(fake.objects, experimentObject({ status }), where);
  return { ...(await target.observe()), ...fake };
}

async function observe(state: ServiceState, status?: ExperimentStatus): Promise<Observed> {
  const { observation } = await look(inferenceService(state), status);
  if (observation.kind !== 'Observed') throw new Error(observation.message);
  return observation;
}

observing('has the weights that its spec asks for', async () => {
  assert.equal((await observe({ percent: 25 })).weights, [
    { name: 'default', value: 75 },
    { name: 'canary', value: 25 },
  ]);
  assert.is((await observe({ percent: 0 })).weights[1]?.value, 0);
  assert.is((await observe({ percent: undefined })).weights[1]?.value, 100);
});

for (const [what, service] of [
  ['is gone', undefined],
  ['is being deleted', inferenceService({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
] as [string, AnyObject | undefined][]) {
  observing(`that ${what} is missing, and nothing is written to it`, async () => {
    const { observation, split, patches } = await look(service);
    assert.is(observation.kind, 'Missing');
    await split([{ name: 'canary', value: 100 }]);
    assert.is(patches.length, 0);
  });
}

observing('is ready when the candidate is the latest that was ready', async () => {
  assert.is((await observe({})).notReady, undefined);
  const conditions = [{ type: 'PredictorReady', status: 'True' }];
  assert.is((await observe({ conditions })).notReady, undefined);
});

observing('is not ready before the candidate is, and says why', async () => {
  const message = `Revision "${CANDIDATE}" failed: image not found ${'x'.repeat(2000)}`;
  const conditions = [{ type: 'PredictorReady', status: 'False', message }];
  const { notReady = '' } = await observe({ ready: BASELINE, conditions });
  assert.match(notReady, `revision ${CANDIDATE} is not ready`);
  assert.match(notReady, 'image not found');
  assert.ok(notReady.length < 500);
});

observing('is not ready when the predictor is not', async () => {
  const conditions = [{ type: 'PredictorReady', status: 'False', reason: 'ContainerFailing' }];
  assert.match((await observe({ conditions })).notReady ?? '', 'ContainerFailing');
});

observing('is no worse for a condition that is not known yet', async () => {
  const conditions = [{ type: 'PredictorReady', status: 'Unknown' }];
  assert.is((await observe({ conditions })).notReady, undefined);
});

const CONFORMANCE: ExperimentStatus = {
  ...runningStatus(0),
  versionInfo: { baseline: VERSIONS.baseline },
  target: { type: 'InferenceService', baselineRevision: BASELINE },
  currentWeightDistribution: [],
};

observing('for Conformance has no weights and nobody to take it over', async () => {
  const single: ServiceState = { created: BASELINE, ready: BASELINE, percent: undefined };
  const { weights, notReady, takenOver, servedBy } = await observe(single, CONFORMANCE);
  assert.equal(
    { weights, notReady, takenOver, servedBy },
    {
      weights: [],
      notReady: undefined,
      takenOver: undefined,
      servedBy: undefined,
    },
  );
});

observing(
  'for Conformance says nothing of readiness, which would be that of a canary',
  async () => {
    const conditions = [{ type: 'PredictorReady', status: 'False' }];
    for (const state of [{}, { ready: BASELINE, conditions }, { created: STRANGER }]) {
      assert.is((await observe(state, CONFORMANCE)).notReady, undefined);
    }
  },
);

const SERVED: [what: string, state: ServiceState, by: string | undefined][] = [
  ['the baseline once it is restored', { percent: 0 }, 'default'],
  [
    'nobody while the restored share is not in force',
    {
      percent: 0,
      traffic: [
        [CANDIDATE, 10],
        [BASELINE, 90],
      ],
    },
    undefined,
  ],
  ['nobody while the candidate has a share', { percent: 10 }, undefined],
  [
    'the candidate once it is promoted and rolled out',
    { percent: 100, rolledOut: CANDIDATE, traffic: [[CANDIDATE, 100]] },
    'canary',
  ],
  [
    'the candidate, also where the field was removed',
    { percent: undefined, rolledOut: CANDIDATE, traffic: [[CANDIDATE, 100]] },
    'canary',
  ],
  [
    'nobody while the promotion is not rolled out',
    { percent: 100, traffic: [[CANDIDATE, 100]] },
    undefined,
  ],
  [
    'nobody while a promoted candidate has part of the traffic',
    {
      percent: 100,
      rolledOut: CANDIDATE,
      traffic: [
        [CANDIDATE, 60],
        [BASELINE, 40],
      ],
    },
    undefined,
  ],
  [
    'the baseline, also where its traffic has two entries',
    {
      percent: 0,
      traffic: [
        [BASELINE, 40],
        [BASELINE, 60],
        [CANDIDATE, 0],
      ],
    },
    'default',
  ],
  ['nobody while a share is not in force', { percent: 10, traffic: [[BASELINE, 100]] }, undefined],
  ['nobody where no traffic is reported', { percent: 0, traffic: [] }, undefined],
  [
    'nobody we know where a stranger has it',
    { percent: 100, traffic: [[STRANGER, 100]] },
    undefined,
  ],
];

for (const [who, state, by] of SERVED) {
  served(`is ${who}`, async () => {
    assert.is((await observe(state)).servedBy, by);
  });
}

const FULL = { percent: undefined, rolledOut: CANDIDATE };
const replaced = { created: STRANGER };

taken('by a new revision is superseded', async () => {
  for (const state of [replaced, { ...replaced, ready: STRANGER }]) {
    const { takenOver } = await observe(state);
    assert.is(takenOver?.isPromoted, false);
    assert.match(takenOver?.message ?? '', new RegExp(`${STRANGER} replaced.*${CANDIDATE}`));
  }
});

taken('by a promotion by hand is superseded, and its traffic is not touched', async () => {
  for (const percent of [100, undefined]) {
    const { takenOver } = await observe({ ...FULL, percent });
    assert.is(takenOver?.isPromoted, true);
    assert.match(takenOver?.message ?? '', 'somebody promoted');
  }
});

taken('is not where the experiment itself promoted it (BlueGreen)', async () => {
  assert.is((await observe({ ...FULL, percent: 100 }, runningStatus(100))).takenOver, undefined);
});

taken('is not before it runs, where the share is still what the user set', async () => {
  const initializing = { ...runningStatus(1), stage: 'Initializing' as const };
  assert.is((await observe({ percent: undefined }, initializing)).takenOver, undefined);
  const { takenOver } = await observe(replaced, initializing);
  assert.is(takenOver?.isPromoted, false);
});

taken('is not looked for once the outcome is decided', async () => {
  const finishing = { ...runningStatus(0), stage: 'Finishing' as const };
  assert.is((await observe(replaced, finishing)).takenOver, undefined);
});

function weights(canary: number): { name: string; value: number }[] {
  return [
    { name: 'default', value: 100 - canary },
    { name: 'canary', value: canary },
  ];
}

for (const canary of [0, 1, 55, 100]) {
  splitting(`to ${canary} % writes the share alone, guarded by what was seen`, async () => {
    const { split, patches } = await look(inferenceService());
    await split(weights(canary));
    const [{ ref, body, contentType }] = patches as [(typeof patches)[0]];
    assert.is(`${ref.kind} ${ref.namespace}/${ref.name}`, 'InferenceService team/model');
    assert.is(contentType, 'application/merge-patch+json');
    assert.equal(body, {
      metadata: { resourceVersion: '7' },
      spec: { predictor: { canaryTrafficPercent: canary } },
    });
  });
}

splitting('gives a revision that was never assessed nothing', async () => {
  for (const canary of [1, 100]) {
    const { split, patches } = await look(inferenceService(replaced));
    const error = await thrownBy(() => split(weights(canary)));
    assert.ok(isFailure(error, 'Invalid'));
    assert.match(error.message, STRANGER);
    assert.is(patches.length, 0);
  }
});

splitting('can always give the baseline everything', async () => {
  const { split, patches } = await look(inferenceService(replaced));
  await split(weights(0));
  assert.is(patches.length, 1);
});

splitting('throws what the API server refuses', async () => {
  const { objects } = fakeObjects({ 'InferenceService team/model': inferenceService() });
  const conflict = new Failure('Conflict', 'modified');
  const patch = (): Promise<AnyObject> => Promise.reject(conflict);
  const experiment = experimentObject({ status: runningStatus(10) });
  const where = { namespace: 'team', name: 'model' };
  const { split } = await inferenceServiceTarget(
    { ...objects, patch },
    experiment,
    where,
  ).observe();
  assert.is(await thrownBy(() => split(weights(20))), conflict);
});

observing.run();
served.run();
taken.run();
splitting.run();
