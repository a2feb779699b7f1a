import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeChanges } from '../../../sandbox/view/plain.ts';
import { EXPERIMENTS, snapshotOf } from './snapshots.ts';

const at = (name: string): ReturnType<typeof snapshotOf> => snapshotOf(EXPERIMENTS[name]);
const plain = suite('what is new, for a log');

plain('begins with the experiment, its stage and what that means', () => {
  assert.equal(describeChanges(undefined, at('begun')), [
    '  19.0s  Experiment models/iris on sklearn-iris',
    '  19.0s  Stage Running',
    '  19.0s  Every 20 s the metrics are read and judged',
  ]);
});

plain('tells each iteration with weights and values, and what follows', () => {
  assert.equal(describeChanges(at('begun'), at('violated')), [
    '  79.0s  Iteration 3 of 15: default 95 %, canary 5 %; mean-latency (max 50 ms): default 12.3 ms met, canary 14.1 ms met; error-rate (max 0.02): default 0 met, canary 0.312 violated',
    '  79.0s  canary violates error-rate. If it still does after the last iteration, it loses',
  ]);
});

plain('tells the outcome', () => {
  assert.equal(describeChanges(at('rolling back'), at('rolled back')), [
    '  79.0s  Stage Completed',
    '  79.0s  ROLLED BACK: default has all traffic back. canary: error-rate is 0.3121; at most 0.02: violated (ObjectiveViolated)',
  ]);
});

plain('has nothing to say where only time went by', () => {
  const before = at('in the middle');
  const after = { ...before, nowMs: before.nowMs + 5000, answers: { 200: 99_999 } };
  assert.equal(describeChanges(before, after), []);
});

plain('tells what the caller prepares, in one line whatever is in it', () => {
  const note = 'Starting\nPrometheus\x1b[2J';
  assert.equal(describeChanges(snapshotOf(undefined), snapshotOf(undefined, { note })), [
    '  19.0s  Starting Prometheus',
  ]);
});

plain('never says undefined or NaN', () => {
  for (const experiment of Object.values(EXPERIMENTS)) {
    const text = describeChanges(undefined, snapshotOf(experiment)).join('\n');
    assert.not.match(text, /undefined|NaN|\[object|: ;|: $/m);
  }
});

plain.run();
