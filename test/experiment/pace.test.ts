import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { paceOf, samplesToCome, type Pace } from '../../functions/lib/experiment/pace.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { at, having, settings, shares } from '../fixtures.ts';
import { proving, watching, type Proving } from './proven.ts';

function paceAt(seconds: number, experiment: Experiment): Pace {
  return paceOf(experiment, at(seconds), settings);
}

/** With so many of five iterations done, and these weights in force. */
function advanced(done: number, candidate: number, given: Proving = {}): Experiment {
  return having(proving(given), {
    completedIterations: done,
    currentWeightDistribution: shares(100 - candidate, candidate),
  });
}

const pace = suite('the pace of an experiment');

pace('has the seconds counted since its start, and those of the looks to come', () => {
  const { countedSeconds, remainingSeconds } = paceAt(45, advanced(1, 1));
  assert.is(countedSeconds, 40);
  assert.is(remainingSeconds, 3 * 20);
});

pace('has none to come at the last look and after it', () => {
  assert.is(paceAt(105, advanced(4, 50)).remainingSeconds, 0);
  assert.is(paceAt(125, advanced(5, 50)).remainingSeconds, 0);
});

pace('has counted nothing before the start', () => {
  assert.is(paceAt(0, proving()).countedSeconds, 0);
});

pace('lets a candidate grow at each look by as much as it may, up to its cap', () => {
  const weights = { maxCandidateWeightIncrement: 10 };
  // Four looks with 11, 21, 31 and 41 %.
  assert.equal(paceAt(25, advanced(0, 1, { weights })).shares, [0.74, 0.26]);
  const capped = { maxCandidateWeightIncrement: 10, maxCandidateWeight: 21 };
  // 11, 21, 21 and 21 %.
  assert.equal(paceAt(25, advanced(0, 1, { weights: capped })).shares, [0.815, 0.185]);
});

pace('lets no candidate grow above 99 %', () => {
  const weights = { maxCandidateWeightIncrement: 98 };
  assert.equal(paceAt(25, advanced(0, 1, { weights })).shares, [1 - 0.99, 0.99]);
});

pace('keeps the weight where it may not grow, and in a fixed split', () => {
  const weights = { maxCandidateWeightIncrement: 0 };
  assert.equal(paceAt(25, advanced(0, 5, { weights })).shares, [0.95, 0.05]);
  const strategy = { deploymentPattern: 'FixedSplit' } as const;
  const split = { strategy, weights: { split: [60, 40] } };
  assert.equal(paceAt(25, advanced(0, 40, split)).shares, [0.6, 0.4]);
});

pace('gives all to the baseline where there is nothing else', () => {
  assert.equal(paceAt(25, watching()).shares, [1]);
});

const coming = suite('the samples to come');

const HALF: Pace = { countedSeconds: 60, remainingSeconds: 120, shares: [0.5, 0.5] };

coming('are as many of all as before, by the share to come: 3000 in 60 s, half of 120 s', () => {
  assert.is(samplesToCome(HALF, { samples: [2900, 100], position: 1 }), 3000);
});

coming('are none where none were counted, in no time, or with none to come', () => {
  assert.is(samplesToCome(HALF, { samples: [0, 0], position: 1 }), 0);
  assert.is(samplesToCome({ ...HALF, countedSeconds: 0 }, { samples: [9, 9], position: 1 }), 0);
  assert.is(samplesToCome({ ...HALF, remainingSeconds: 0 }, { samples: [9, 9], position: 1 }), 0);
});

for (const tests of [pace, coming]) tests.run();
