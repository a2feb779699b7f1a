import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  moveTo,
  STAGES,
  stageOf,
  TRANSITIONS,
  type FunctionName,
  type Stage,
} from '../../functions/lib/experiment/stages.ts';
import { at, deepFreeze } from '../fixtures.ts';

const FUNCTIONS: readonly FunctionName[] = ['start', 'iterate', 'finish'];
const ORDER = ['New', ...STAGES] as const;

/** The moves of the design, written down a second time: from, to and by whom. */
const ALLOWED = new Set([
  'New Waiting start',
  'New Completed start',
  'Waiting Initializing start',
  'Waiting Completed start',
  'Initializing Running start',
  'Initializing Finishing start',
  'Initializing Finishing finish',
  'Initializing Completed start',
  'Running Finishing iterate',
  'Running Finishing finish',
  'Finishing Completed finish',
]);

function statusAt(stage: Stage | 'New'): { stage?: Stage; stageStartTime: string } {
  return deepFreeze({
    ...(stage !== 'New' && { stage }),
    stageStartTime: at(0).toISOString(),
  });
}

const moves = suite('moveTo');

for (const from of ORDER) {
  for (const to of STAGES) {
    for (const by of FUNCTIONS) {
      const isAllowed = ALLOWED.has(`${from} ${to} ${by}`);
      moves(`${by} ${isAllowed ? 'moves' : 'must not move'} ${from} to ${to}`, () => {
        const move = (): Stage | undefined => moveTo(to, by, statusAt(from), at(9)).stage;
        if (isAllowed) assert.is(move(), to);
        else assert.throws(move, `${by} must not move an experiment from ${from} to ${to}`);
      });
    }
  }
}

moves('stamps the time of the move and leaves its input as it is', () => {
  const before = statusAt('Running');
  const after = moveTo('Finishing', 'finish', before, at(9));
  assert.is(after.stageStartTime, at(9).toISOString());
  assert.equal(before, { stage: 'Running', stageStartTime: at(0).toISOString() });
});

const table = suite('the transition table');

table('only ever moves forward', () => {
  for (const { from, to } of TRANSITIONS) assert.ok(ORDER.indexOf(from) < ORDER.indexOf(to));
});

table('gives every stage but the last a way on, down to Completed', () => {
  for (const stage of ORDER.slice(0, -1)) {
    assert.ok(
      TRANSITIONS.some(({ from }) => from === stage),
      stage,
    );
  }
  assert.not(TRANSITIONS.some(({ from }) => from === 'Completed'));
});

table('says of each move when it happens', () => {
  for (const { when } of TRANSITIONS) assert.ok(when.length > 0);
});

const stage = suite('stageOf');

stage('is New before the first status, and before a status has a stage', () => {
  assert.is(stageOf({}), 'New');
  assert.is(stageOf({ status: {} }), 'New');
});

stage('is what the status says', () => {
  for (const one of STAGES) assert.is(stageOf({ status: { stage: one } }), one);
});

moves.run();
table.run();
stage.run();
