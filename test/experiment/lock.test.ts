import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mayAcquire, otherHolder, type Contender } from '../../functions/lib/experiment/lock.ts';
import { at, deepFreeze } from '../fixtures.ts';

function contender(uid: string, createdAt: number, more: Partial<Contender> = {}): Contender {
  return deepFreeze({
    namespace: 'team',
    name: `exp-${uid}`,
    uid,
    creationTimestamp: at(createdAt).toISOString(),
    lockKeys: ['InferenceService.serving.kserve.io/team/model'],
    isHolder: false,
    ...more,
  });
}

const own = contender('b', 10);
const younger = contender('a', 11);
const older = contender('c', 9);
const NOW = at(100);

const acquire = suite('mayAcquire');

acquire('is free where nobody else wants the target', () => {
  assert.equal(mayAcquire(own, [], NOW), { kind: 'Free' });
});

acquire('does not count the experiment itself as a rival, holder or not', () => {
  assert.equal(mayAcquire(own, [own], NOW), { kind: 'Free' });
  assert.equal(mayAcquire(own, [{ ...own, isHolder: true }], NOW), { kind: 'Free' });
});

acquire('is blocked by a holder, also by a younger one, and names it', () => {
  const holder = { ...younger, isHolder: true };
  assert.equal(mayAcquire(own, [older, holder], NOW), { kind: 'Held', holder });
});

acquire('lets an older one go first and passes over a younger one', () => {
  assert.equal(mayAcquire(own, [younger, older], NOW), { kind: 'Queued', first: older });
  assert.equal(mayAcquire(own, [younger], NOW), { kind: 'Free' });
});

acquire('names the oldest of those that go first', () => {
  const oldest = contender('d', 1);
  assert.equal(mayAcquire(own, [older, oldest], NOW), { kind: 'Queued', first: oldest });
});

acquire('lets the smaller uid go first among equally old ones', () => {
  const twin = contender('a', 10);
  assert.equal(mayAcquire(own, [twin], NOW), { kind: 'Queued', first: twin });
  assert.equal(mayAcquire(twin, [own], NOW), { kind: 'Free' });
});

acquire('waits until the experiment is 2 s old, so that an older one is seen', () => {
  assert.equal(mayAcquire(own, [], at(11.9)), { kind: 'TooYoung' });
  assert.equal(mayAcquire(own, [], at(12)), { kind: 'Free' });
});

acquire('ignores those that want another target', () => {
  const elsewhere = { ...older, isHolder: true, lockKeys: ['target:other'] };
  assert.equal(mayAcquire(own, [elsewhere], NOW), { kind: 'Free' });
});

acquire('sees a rival in whoever shares one of several keys', () => {
  const many = { ...own, lockKeys: ['x', 'y'] };
  const holder = { ...older, lockKeys: ['y', 'z'], isHolder: true };
  assert.equal(mayAcquire(many, [holder], NOW), { kind: 'Held', holder });
});

acquire('ignores one that has no keys yet: it was not accepted so far', () => {
  assert.equal(mayAcquire(own, [{ ...older, lockKeys: [] }], NOW), { kind: 'Free' });
});

const confirm = suite('otherHolder');

confirm('is nobody where the experiment alone holds its target', () => {
  const holding = { ...own, isHolder: true };
  assert.is(otherHolder(holding, [holding, older, younger]), undefined);
});

confirm('is the other one that took the target in the same moment', () => {
  const other = { ...younger, isHolder: true };
  assert.is(otherHolder({ ...own, isHolder: true }, [older, other]), other);
});

acquire.run();
confirm.run();
