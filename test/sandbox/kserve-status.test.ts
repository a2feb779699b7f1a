import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isSameStatus,
  reconcile,
  revisionTemplate,
  UNKNOWN_SERVICE,
  withReadiness,
  type InferenceService,
  type Memory,
} from '../../sandbox/kserve-status.ts';

type Change = {
  uri?: string;
  percent?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

const R1 = 'iris-predictor-00001';
const R2 = 'iris-predictor-00002';
const R3 = 'iris-predictor-00003';
const URL = 'http://iris.example.com';

function service({ uri = 'a', percent, labels, annotations }: Change = {}): InferenceService {
  const share = percent === undefined ? {} : { canaryTrafficPercent: percent };
  return {
    metadata: {
      name: 'iris',
      namespace: 'test',
      uid: '1',
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    spec: { predictor: { ...share, model: { storageUri: uri } } },
  };
}

/** Reconciles until nothing changes any more, as a controller woken by its own writes does. */
function settle(memory: Memory, object: InferenceService, now = 'now'): Memory {
  const after = reconcile(memory, object, { now, url: URL });
  return isSameStatus(memory.status, after.status) ? after : settle(after, object, now);
}

/** Applies changes one after the other; the newest revision becomes ready after each. */
function afterAll(...changes: Change[]): Memory {
  return changes.reduce((memory, change) => {
    const object = service(change);
    const applied = settle(memory, object);
    return settle(withReadiness(applied, newest(applied), { ready: 'True' }), object);
  }, UNKNOWN_SERVICE);
}

function newest({ revisions }: Memory): string {
  return revisions.at(-1)!.name;
}

function predictor({ status }: Memory): NonNullable<Memory['status']>['components']['predictor'] {
  return status!.components.predictor;
}

/** Shares by revision in their order, such as "latest 20 R2, prev 80 R1". */
function traffic(memory: Memory): string {
  return (predictor(memory).traffic ?? [])
    .map(({ tag, percent, revisionName }) => `${tag ?? 'latest'} ${percent} ${revisionName}`)
    .join(', ');
}

function conditionOf(memory: Memory, type: string): string {
  const { status, reason } = memory.status!.conditions.find((one) => one.type === type)!;
  return reason === undefined ? status : `${status} ${reason}`;
}

const rollouts = suite('a rollout');

type Rollout = [
  title: string,
  changes: Change[],
  shares: string,
  rolledOut: string,
  before?: string,
];

const table: Rollout[] = [
  ['of the first revision takes all traffic', [{}], `latest 100 ${R1}`, R1],
  [
    'of the first revision with a share splits over that revision alone',
    [{ percent: 10 }],
    `latest 10 ${R1}, prev 90 ${R1}`,
    R1,
  ],
  [
    'of a canary splits between latest and prev',
    [{}, { uri: 'b', percent: 20 }],
    `latest 20 ${R2}, prev 80 ${R1}`,
    R1,
  ],
  [
    'of a canary at 0 keeps it at 0',
    [{}, { uri: 'b', percent: 0 }],
    `latest 0 ${R2}, prev 100 ${R1}`,
    R1,
  ],
  [
    'ends in a promotion at 100',
    [{}, { uri: 'b', percent: 20 }, { uri: 'b', percent: 100 }],
    `latest 100 ${R2}`,
    R2,
    R1,
  ],
  [
    'ends in a promotion when the share is removed',
    [{}, { uri: 'b', percent: 20 }, { uri: 'b' }],
    `latest 100 ${R2}`,
    R2,
    R1,
  ],
  ['without a share is a promotion at once', [{}, { uri: 'b' }], `latest 100 ${R2}`, R2, R1],
  [
    'is taken back by 0 during a canary',
    [{}, { uri: 'b', percent: 20 }, { uri: 'b', percent: 0 }],
    `latest 0 ${R2}, prev 100 ${R1}`,
    R1,
  ],
  [
    'is taken back by 0 after a promotion',
    [{}, { uri: 'b', percent: 100 }, { uri: 'b', percent: 0 }],
    `latest 0 ${R2}, prev 100 ${R1}`,
    R1,
    R1,
  ],
  [
    'that was promoted splits with the old one at a smaller share',
    [{}, { uri: 'b', percent: 100 }, { uri: 'b', percent: 40 }],
    `latest 40 ${R2}, prev 60 ${R1}`,
    R1,
    R1,
  ],
  [
    'can be promoted again after it was taken back',
    [{}, { uri: 'b', percent: 100 }, { uri: 'b', percent: 0 }, { uri: 'b', percent: 100 }],
    `latest 100 ${R2}`,
    R2,
    R1,
  ],
  [
    'of a second canary splits with the one promoted',
    [{}, { uri: 'b', percent: 100 }, { uri: 'c', percent: 10 }],
    `latest 10 ${R3}, prev 90 ${R2}`,
    R2,
    R1,
  ],
];

for (const [title, changes, shares, rolledOut, before] of table) {
  rollouts(title, () => {
    const memory = afterAll(...changes);
    assert.is(traffic(memory), shares);
    assert.is(predictor(memory).latestRolledoutRevision, rolledOut);
    assert.is(predictor(memory).previousRolledoutRevision, before);
    assert.is(predictor(memory).latestReadyRevision, newest(memory));
    assert.is(conditionOf(memory, 'Ready'), 'True');
  });
}

rollouts('at 100 first splits over one and the same revision when its share shrinks', () => {
  const promoted = afterAll({}, { uri: 'b', percent: 100 });
  const once = reconcile(promoted, service({ uri: 'b', percent: 40 }), { now: 'now', url: URL });
  assert.is(traffic(once), `latest 40 ${R2}, prev 60 ${R2}`);
});

const revisions = suite('revisions');

for (const [title, change, count] of [
  ['come from a change of the model', { uri: 'b' }, 2],
  ['come from a label', { labels: { team: 'a' } }, 2],
  ['come from an annotation', { annotations: { note: 'a' } }, 2],
  ['do not come from a share', { percent: 30 }, 1],
  [
    "do not come from kubectl's own annotation",
    { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
    1,
  ],
] as [string, Change, number][]) {
  revisions(title, () => {
    assert.is(afterAll({}, change).revisions.length, count);
  });
}

revisions('do not depend on the order of fields', () => {
  const [one, other] = [service(), service()];
  one.spec.predictor = { model: { a: 1, b: { c: 2, d: [3] } } };
  other.spec.predictor = { model: { b: { d: [3], c: 2 }, a: 1 } };
  assert.is(revisionTemplate(one), revisionTemplate(other));
});

revisions('that go back to an earlier template are new all the same', () => {
  assert.is(newest(afterAll({}, { uri: 'b' }, {})), R3);
});

const readiness = suite('readiness');

readiness('is unknown and nothing is routed while the first revision starts', () => {
  const memory = settle(UNKNOWN_SERVICE, service());
  assert.is(predictor(memory).latestCreatedRevision, R1);
  assert.is(predictor(memory).latestReadyRevision, undefined);
  assert.is(predictor(memory).traffic, undefined);
  assert.is(memory.status!.url, undefined);
  assert.is(conditionOf(memory, 'Ready'), 'Unknown Deploying');
  assert.is(conditionOf(memory, 'RoutesReady'), 'Unknown RevisionMissing');
});

readiness('leaves the share of a canary that is not ready with the old revision', () => {
  const memory = settle(afterAll({}), service({ uri: 'b', percent: 20 }));
  assert.is(predictor(memory).latestCreatedRevision, R2);
  assert.is(predictor(memory).latestReadyRevision, R1);
  assert.is(traffic(memory), `latest 20 ${R1}, prev 80 ${R1}`);
  assert.is(predictor(memory).latestRolledoutRevision, R1);
  assert.is(conditionOf(memory, 'PredictorReady'), 'Unknown Deploying');
  assert.is(conditionOf(memory, 'RoutesReady'), 'True');
  assert.is(memory.status!.url, URL, 'it still serves');
});

readiness('that never comes is a failure with a reason, and the old revision serves', () => {
  const object = service({ uri: 'b', percent: 20 });
  const created = settle(afterAll({}), object);
  const failed = withReadiness(created, R2, { ready: 'False', message: 'no such model' });
  const memory = settle(failed, object);
  assert.is(conditionOf(memory, 'Ready'), 'False RevisionFailed');
  const { message } = memory.status!.conditions.find(({ type }) => type === 'Ready')!;
  assert.is(message, `Revision "${R2}" failed with message: no such model.`);
  assert.is(predictor(memory).latestReadyRevision, R1);
});

readiness('that is lost changes the conditions but not the routing', () => {
  const change = { uri: 'b', percent: 20 };
  const before = afterAll({}, change);
  const memory = settle(withReadiness(before, R2, { ready: 'False' }), service(change));
  assert.is(conditionOf(memory, 'Ready'), 'False RevisionFailed');
  assert.is(traffic(memory), traffic(before));
  const mended = settle(withReadiness(memory, R2, { ready: 'True' }), service(change));
  assert.is(conditionOf(mended, 'Ready'), 'True');
});

readiness('moves the time of a condition only when the condition changes', () => {
  const object = service();
  const created = settle(UNKNOWN_SERVICE, object, 't1');
  const ready = settle(withReadiness(created, R1, { ready: 'True' }), object, 't2');
  const split = settle(ready, service({ percent: 5 }), 't3');
  const times = (memory: Memory): string[] =>
    ['Ready', 'Stopped'].map(
      (type) => memory.status!.conditions.find((one) => one.type === type)!.lastTransitionTime,
    );
  assert.equal(times(created), ['t1', 't1']);
  assert.equal(times(ready), ['t2', 't1']);
  assert.equal(times(split), ['t2', 't1']);
});

const modes = suite('status');

modes("has the Knative Service's generation, which is not the object's", () => {
  const changes: Change[] = [{}, { uri: 'b', percent: 20 }, { uri: 'b', percent: 30 }];
  assert.equal(
    [1, 2, 3].map((count) => afterAll(...changes.slice(0, count)).status!.observedGeneration),
    [1, 2, 3],
  );
  const promoted = afterAll({}, { uri: 'b', percent: 100 });
  const takenBack = settle(promoted, service({ uri: 'b', percent: 0 }));
  assert.is(takenBack.status!.observedGeneration - promoted.status!.observedGeneration, 2);
});

for (const mode of ['Standard', 'RawDeployment']) {
  modes(`says Standard and names no revision where the annotation says ${mode}`, () => {
    const annotations = { 'serving.kserve.io/deploymentMode': mode };
    const memory = settle(UNKNOWN_SERVICE, service({ annotations, percent: 20 }));
    assert.is(memory.status!.deploymentMode, 'Standard');
    assert.equal(predictor(memory), { url: URL });
    assert.is(conditionOf(memory, 'Ready'), 'True');
    assert.is(memory.revisions.length, 0);
  });
}

rollouts.run();
revisions.run();
readiness.run();
modes.run();
