import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_SAMPLES, proofOf, recordWith } from '../../functions/lib/analysis/record.ts';
import { batchOf, type Counts } from '../../functions/lib/analysis/questions.ts';
import { provableObjectives } from '../../functions/lib/experiment/objectiveProof.ts';
import {
  about,
  duration,
  finding,
  percent,
  readable,
  whole,
  type Told,
} from '../../functions/lib/experiment/words.ts';
import type { Objective } from '../../functions/lib/types/experiment.gen.ts';
import { settings } from '../fixtures.ts';
import { ERROR_RATE, LATENCY, proving } from './proven.ts';

function toldOf(objective: Objective, counts: Counts, more: Partial<Told> = {}): Told {
  const [subject] = provableObjectives(proving({ objectives: [objective] }), settings);
  const [question] = subject!.questions;
  const batch = batchOf(question!, counts, subject!.making);
  const record = recordWith(NO_SAMPLES, batch, question!, { horizon: 5, isExcused: false });
  const proof = proofOf(record, question!);
  const rest = { alpha: 0.05, verdict: 'Satisfied', isLast: true } as const;
  return { subject: subject!, question: question!, record, proof, ...rest, ...more };
}

function errorsOf(events: number, trials: number, more: Partial<Told> = {}): string {
  return finding(toldOf(ERROR_RATE, { kind: 'Rate', events, trials }, more));
}

const sentences = suite('the sentence about what is known');

sentences('has what was counted, what follows, and the limit', () => {
  assert.is(
    errorsOf(3, 412),
    'error-rate: 3 of 412 (0.73 %); at most 1.9 % with 95 % confidence; limit 2 %',
  );
});

sentences('has a wider bound where one may look at any time', () => {
  assert.is(
    errorsOf(3, 412, { verdict: 'Undecided', isLast: false }),
    'error-rate: 3 of 412 (0.73 %); at most 3.3 % with 95 % confidence; limit 2 %',
  );
});

sentences('has a narrower bound for less confidence', () => {
  assert.is(
    errorsOf(3, 412, { alpha: 0.1 }),
    'error-rate: 3 of 412 (0.73 %); at most 1.6 % with 90 % confidence; limit 2 %',
  );
});

sentences('names the confidence to its last digit', () => {
  assert.match(errorsOf(0, 412, { alpha: 0.000001 }), 'with 99.9999 % confidence');
  assert.match(errorsOf(0, 412, { alpha: 0.025 }), 'with 97.5 % confidence');
});

sentences('says at least where the limit is broken', () => {
  assert.is(
    errorsOf(60, 600, { verdict: 'Violated', isLast: false }),
    'error-rate: 60 of 600 (10 %); at least 6.2 % with 95 % confidence; limit 2 %',
  );
});

sentences('never claims of what is met more than the limit, nor of what is broken less', () => {
  assert.match(errorsOf(0, 270, { isLast: false }), 'at most 2 % with');
  assert.match(errorsOf(20, 600, { verdict: 'Violated', isLast: false }), 'at least 2 % with');
});

sentences('does not contradict the counts where only the latest ones are bad', () => {
  assert.is(
    errorsOf(60, 10_300, { verdict: 'Violated', isLast: false }),
    'error-rate: 60 of 10,300 (0.58 %); of late worse than the limit allows with 95 % confidence; limit 2 %',
  );
});

sentences('has a lower limit the other way round', () => {
  const counts: Counts = { kind: 'Rate', events: 409, trials: 412 };
  assert.is(
    finding(toldOf({ metric: 'error-rate', lowerLimit: '0.98' }, counts)),
    'error-rate: 409 of 412 (99.27 %); at least 98.1 % with 95 % confidence; limit 98 %',
  );
});

sentences('counts of a quantile the values beyond its limit', () => {
  const counts: Counts = { kind: 'Quantile', edges: [100, 250, 500], counts: [300, 100, 10, 2] };
  assert.is(
    finding(toldOf(LATENCY, counts)),
    'latency: 12 of 412 above 250 ms (2.9 %); at most 4.7 % with 95 % confidence; limit 5 % of them',
  );
  assert.match(
    finding(toldOf({ metric: 'latency', lowerLimit: 250 }, counts, { verdict: 'Undecided' })),
    'latency: 400 of 412 not above 250 ms (97.1 %)',
  );
});

sentences('has a mean in its units', () => {
  const counts: Counts = { kind: 'Mean', count: 1000, sum: 100_000 };
  assert.is(
    finding(toldOf({ metric: 'size', upperLimit: 300 }, counts)),
    'size: mean 100 of 1,000; at most 138.2 with 95 % confidence; limit 300',
  );
  assert.match(
    finding(toldOf({ metric: 'size', lowerLimit: 50 }, counts)),
    'size: mean 100 of 1,000; at least 68.',
  );
});

sentences('says where nothing has been counted', () => {
  assert.is(errorsOf(0, 0), 'error-rate: nothing has been counted yet; limit 2 %');
});

const shares = suite('a share in percent');

for (const [share, text] of [
  [0, '0 %'],
  [1, '100 %'],
  [0.02, '2 %'],
  [0.0187, '1.9 %'],
  [0.00728, '0.73 %'],
  [0.5, '50 %'],
  [0.98, '98 %'],
  [0.99873, '99.87 %'],
  [0.999999, '99.9999 %'],
  [1e-5, '0.001 %'],
] as const) {
  shares(`has two digits of what is rarer: ${share} is ${text}`, () => {
    assert.is(percent(share), text);
  });
}

const numbers = suite('numbers in sentences');

numbers('have four digits, unless others are asked for', () => {
  assert.is(readable(148.0405), '148');
  assert.is(readable(0.123456), '0.1235');
  assert.is(readable(-0.5), '-0.5');
  assert.is(readable(12345, 2), '12000');
});

numbers('of requests are whole, in groups of three digits', () => {
  assert.is(whole(10_300.4), '10,300');
  assert.is(whole(0), '0');
});

numbers('that nobody knows exactly have two digits, and are rather more than less', () => {
  assert.is(about(1278), '1,300');
  assert.is(about(101), '110');
  assert.is(about(7), '7');
  assert.is(about(0.3), '1');
  assert.is(about(2_705_543_352), '2,800,000,000');
});

for (const [seconds, text] of [
  [0, '0 seconds'],
  [1, '1 second'],
  [59, '59 seconds'],
  [119, '119 seconds'],
  [190, '3 minutes'],
  [7200, '2 hours'],
  [100_000, '28 hours'],
  [1e6, '12 days'],
] as const) {
  numbers(`of ${seconds} seconds are ${text}`, () => {
    assert.is(duration(seconds), text);
  });
}

for (const tests of [sentences, shares, numbers]) tests.run();
