import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TargetObservation } from '../../functions/lib/experiment/observations.ts';
import { isFailure, type Failure } from '../../functions/lib/kubernetes/failure.ts';
import { applyWeights } from '../../functions/lib/runtime/apply.ts';
import type { Sight, Target } from '../../functions/lib/targets/port.ts';
import type { ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import { failure, thrownBy } from '../kubernetes/fake-api.ts';
import { fakeWorld, type FakeWorld } from './fake-world.ts';

const applying = suite('bringing a target to its weights');
const racing = suite('a target that somebody else writes');
const refusing = suite('a target that may not be written');

const EXPERIMENT = experimentObject({ status: runningStatus(20) });

type Observed = Extract<TargetObservation, { kind: 'Observed' }>;

const seen = (canary: number, more: Partial<Observed> = {}): Observed => ({
  kind: 'Observed',
  weights: [
    { name: 'default', value: 100 - canary },
    { name: 'canary', value: canary },
  ],
  ...more,
});

/**
 * A target that is seen as it is listed, and the outcomes of writing it (nothing: it works). The
 * experiment was written after the first look.
 */
function targetOf(observations: TargetObservation[], outcomes: (Failure | undefined)[] = []) {
  const splits: number[] = [];
  let looks = 0;
  const see = (): Sight => ({
    observation: observations.length > 1 ? observations.shift()! : observations[0]!,
    split: (weights) => {
      splits.push(weights.find(({ name }) => name === 'canary')!.value);
      const outcome = outcomes.shift();
      return outcome ? Promise.reject(outcome) : Promise.resolve();
    },
  });
  const target: Target = {
    probe: () => Promise.reject(new Error('never probed')),
    observe: () => {
      looks++;
      return Promise.resolve(see());
    },
  };
  return { target, splits, first: { ...see(), isDecidedSince: true }, looks: () => looks };
}

/** A world in which the experiment, read again, has this status. */
const worldWith = (status: ExperimentStatus | undefined = EXPERIMENT.status): FakeWorld =>
  fakeWorld(() => experimentObject({ status }));

applying('does nothing where they are in force', async () => {
  const { target, first, splits, looks } = targetOf([seen(20)]);
  const world = worldWith();
  assert.equal(await applyWeights(world, EXPERIMENT, target, first), seen(20));
  assert.is(splits.length + looks() + world.asked.length, 0);
});

applying('writes them once, and leaves it to a later look whom that serves', async () => {
  const { target, first, splits, looks } = targetOf([seen(10, { servedBy: 'default' })]);
  const world = worldWith();
  assert.equal(await applyWeights(world, EXPERIMENT, target, first), seen(20));
  assert.equal(splits, [20]);
  assert.is(looks() + world.asked.length, 0);
  assert.ok(world.logged.some(({ message }) => message === 'weights set'));
});

applying('does nothing where there are none to have', async () => {
  const watching = experimentObject({
    status: runningStatus(0, { currentWeightDistribution: [] }),
  });
  const { target, first, splits } = targetOf([seen(10)]);
  await applyWeights(worldWith(), watching, target, first);
  assert.is(splits.length, 0);
});

for (const kind of ['Missing', 'Error'] as const) {
  applying(`writes nothing to a target that is not seen (${kind})`, async () => {
    const gone: TargetObservation = { kind, reason: 'R', message: 'm' };
    const { target, first, splits } = targetOf([gone]);
    assert.equal(await applyWeights(worldWith(), EXPERIMENT, target, first), gone);
    assert.is(splits.length, 0);
  });
}

applying('gives up, and says what is there, where somebody else is always first', async () => {
  const conflicts = Array.from({ length: 9 }, () => failure('Conflict'));
  const { target, first, splits } = targetOf([seen(10)], conflicts);
  assert.equal(await applyWeights(worldWith(), EXPERIMENT, target, first), seen(10));
  assert.is(splits.length, 4);
});

racing('is read again, and written where the experiment still wants it', async () => {
  const { target, first, splits } = targetOf([seen(10), seen(11), seen(20)], [failure('Conflict')]);
  const world = worldWith();
  assert.equal(await applyWeights(world, EXPERIMENT, target, first), seen(20));
  assert.equal(splits, [20, 20]);
  assert.ok(world.asked.length >= 1, 'the experiment is read before the second attempt');
});

const CHANGED: [what: string, status: ExperimentStatus | undefined][] = [
  ['has other weights by now', runningStatus(30)],
  ['has moved on', { ...runningStatus(20), stage: 'Finishing' }],
  ['has no status any more', undefined],
];

for (const [what, status] of CHANGED) {
  racing(`is left alone where the experiment ${what}`, async () => {
    const { target, first, splits } = targetOf([seen(10), seen(11)], [failure('Conflict')]);
    const world = fakeWorld(() => experimentObject({ status }));
    await applyWeights(world, EXPERIMENT, target, first);
    assert.equal(splits, [20]);
  });
}

racing('is written by somebody who has decided nothing only if that is wanted still', async () => {
  for (const [canary, written] of [
    [20, [20]],
    [0, []],
  ] as const) {
    const { target, first, splits } = targetOf([seen(10)]);
    const look = { ...first, isDecidedSince: false };
    await applyWeights(worldWith(runningStatus(canary)), EXPERIMENT, target, look);
    assert.equal(splits, [...written]);
  }
});

racing('is left alone where the experiment moves on while it is seen again', async () => {
  const { target, first, splits, looks } = targetOf([seen(10), seen(0)], [failure('Conflict')]);
  const stage = (): 'Running' | 'Finishing' => (looks() === 0 ? 'Running' : 'Finishing');
  const world = fakeWorld(() =>
    experimentObject({ status: runningStatus(20, { stage: stage() }) }),
  );
  await applyWeights(world, EXPERIMENT, target, first);
  assert.equal(splits, [20]);
});

racing('is left alone where the experiment is gone, or another of its name is there', async () => {
  for (const found of [
    failure('NotFound'),
    experimentObject({ metadata: { uid: 'other' }, status: runningStatus(20) }),
  ]) {
    const { target, first, splits } = targetOf([seen(10), seen(11)], [failure('Conflict')]);
    await applyWeights(
      fakeWorld(() => found),
      EXPERIMENT,
      target,
      first,
    );
    assert.equal(splits, [20]);
  }
});

racing('is left alone once it is taken over: a new revision gets no share', async () => {
  const takenOver = { message: 'revision 3 replaced the candidate', isPromoted: false };
  const stranger = seen(10, { takenOver });
  const { target, first, splits } = targetOf([seen(10), stranger], [failure('Conflict')]);
  assert.equal(await applyWeights(worldWith(), EXPERIMENT, target, first), stranger);
  assert.equal(splits, [20]);
});

racing('is seen as missing where it went in between', async () => {
  const gone: TargetObservation = { kind: 'Missing', reason: 'R', message: 'm' };
  const { target, first } = targetOf([seen(10), gone], [failure('NotFound')]);
  assert.equal(await applyWeights(worldWith(), EXPERIMENT, target, first), gone);
});

for (const kind of ['Forbidden', 'Invalid'] as const) {
  refusing(`(${kind}) is an observation, logged, and not tried again`, async () => {
    const { target, first, splits } = targetOf([seen(10)], [failure(kind)]);
    const world = worldWith();
    const observed = await applyWeights(world, EXPERIMENT, target, first);
    assert.is(observed.kind === 'Error' && observed.reason, 'TargetForbidden');
    assert.match(observed.kind === 'Error' ? observed.message : '', kind);
    assert.is(splits.length, 1);
    assert.ok(world.logged.some(({ message }) => message === 'weights refused'));
  });
}

refusing('because the API server cannot be reached is thrown', async () => {
  const { target, first } = targetOf([seen(10)], [failure('Unavailable')]);
  const error = await thrownBy(() => applyWeights(worldWith(), EXPERIMENT, target, first));
  assert.ok(isFailure(error, 'Unavailable'));
});

applying.run();
racing.run();
refusing.run();
