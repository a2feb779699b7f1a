import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isTrue,
  mark,
  progress,
  summary,
  type Mark,
} from '../../functions/lib/experiment/conditions.ts';
import { at, conditionOf, deepFreeze } from '../fixtures.ts';

const ready = (status: Mark['status'], reason: string, message = ''): Mark =>
  deepFreeze({ type: 'Ready', status, reason, message });

const before = deepFreeze(
  mark({}, [ready('False', 'Waiting'), { type: 'Failed', status: 'False', reason: 'New' }], at(0)),
);

const marks = suite('mark');

marks('moves lastTransitionTime where the status of a condition changes', () => {
  const status = mark(before, [ready('True', 'Ready')], at(9));
  assert.is(conditionOf({ status }, 'Ready')?.lastTransitionTime, at(9).toISOString());
});

marks('keeps lastTransitionTime where only reason and message change', () => {
  const status = mark(before, [ready('False', 'Other', 'still not')], at(9));
  assert.equal(conditionOf({ status }, 'Ready'), {
    type: 'Ready',
    status: 'False',
    reason: 'Other',
    message: 'still not',
    lastTransitionTime: at(0).toISOString(),
  });
});

marks('counts False to Unknown as a transition', () => {
  const status = mark(before, [ready('Unknown', 'Waiting')], at(9));
  assert.is(conditionOf({ status }, 'Ready')?.lastTransitionTime, at(9).toISOString());
});

marks('leaves the other conditions, their order and its input as they are', () => {
  const status = mark(before, [ready('True', 'Ready')], at(9));
  assert.equal(
    status.conditions!.map(({ type }) => type),
    ['Ready', 'Failed'],
  );
  assert.is(status.conditions![1], before.conditions![1]);
  assert.is(before.conditions![0]!.status, 'False');
});

marks('has each type once, also where it is given twice', () => {
  const status = mark({}, [ready('False', 'First'), ready('True', 'Second')], at(9));
  assert.is(status.conditions!.length, 1);
  assert.is(conditionOf({ status }, 'Ready')?.reason, 'Second');
});

marks('keeps nothing but the fields of a condition, whatever else comes with a mark', () => {
  const why = { ...ready('False', 'Missing'), kind: 'Missing' };
  const status = mark({}, [why], at(9));
  assert.equal(Object.keys(status.conditions![0]!).sort(), [
    'lastTransitionTime',
    'message',
    'reason',
    'status',
    'type',
  ]);
});

marks('makes the same status again where nothing is new', () => {
  const again = mark(before, [ready('False', 'Waiting')], at(99));
  assert.equal(again, before);
});

const told = suite('progress');

told('tells progress in the Completed condition while it is False, and in the message', () => {
  const status = progress(
    before,
    { reason: 'IterationUpdate', message: 'Completed Iteration 1' },
    at(1),
  );
  assert.equal(conditionOf({ status }, 'Completed'), {
    type: 'Completed',
    status: 'False',
    reason: 'IterationUpdate',
    message: 'Completed Iteration 1',
    lastTransitionTime: at(1).toISOString(),
  });
  assert.is(status.message, 'IterationUpdate: Completed Iteration 1');
});

told('has the reason alone as its line where there is no message', () => {
  assert.is(summary({ reason: 'TargetAcquired', message: '' }), 'TargetAcquired');
});

const truth = suite('isTrue');

truth('is so for a condition that is True, and for no other', () => {
  const status = mark(before, [ready('True', 'Ready')], at(1));
  assert.ok(isTrue(status, 'Ready'));
  assert.not(isTrue(status, 'Failed'));
  assert.not(isTrue(status, 'Promoted'));
  assert.not(isTrue(mark(before, [ready('Unknown', 'Ready')], at(1)), 'Ready'));
  assert.not(isTrue(undefined, 'Ready'));
});

marks.run();
told.run();
truth.run();
