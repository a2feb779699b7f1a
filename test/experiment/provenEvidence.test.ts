import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  after,
  EDGES,
  ERROR_RATE,
  errors,
  histogram,
  LATENCY,
  lookAt,
  mean,
  NOTHING,
  proving,
  tallied,
  times,
  told,
  UNREADABLE,
  watching,
  rate,
} from './proven.ts';

const evidence = suite('the evidence on a version and an objective');

evidence('has estimate, interval, probability, and what is still needed', () => {
  const found = told(lookAt(proving(), { tallies: errors([4, 990], [0, 10]) }));
  assert.equal(found, {
    version: 'canary',
    metric: 'team/error-rate',
    role: 'Objective',
    objective: 0,
    estimate: '0',
    verdict: 'Undecided',
    reason: 'NotProved',
    message:
      'error-rate: 0 of 10 (0 %); at most 38 % with 95 % confidence; limit 2 %: undecided, needs about 140 more requests, 5 minutes at this rate',
    samples: 10,
    lower: '0',
    upper: '0.376987',
    probability: '0.6964',
    samplesNeeded: 139,
  });
});

evidence('is Satisfied at the end, in the words of the exact test', () => {
  const { verdict, reason, message, samplesNeeded } = told(
    after(proving({ iterations: 1 }), errors([1, 1000], [3, 412])),
  );
  assert.equal([verdict, reason, samplesNeeded], ['Satisfied', 'Proven', undefined]);
  assert.is(
    message,
    'error-rate: 3 of 412 (0.73 %); at most 1.9 % with 95 % confidence; limit 2 %: met',
  );
});

evidence('is Violated with the least that is sure', () => {
  const { message, reason } = told(lookAt(proving(), { tallies: errors([0, 900], [60, 600]) }));
  assert.is(reason, 'Proven');
  assert.is(
    message,
    'error-rate: 60 of 600 (10 %); at least 6.2 % with 95 % confidence; limit 2 %: violated',
  );
});

evidence('is told as met so far, where only the last look decides', () => {
  const { message, verdict, samplesNeeded } = told(after(proving(), errors([1, 900], [0, 500])));
  assert.is(verdict, 'Undecided');
  assert.is(samplesNeeded, undefined);
  assert.match(message, /: met so far, decided after the last iteration$/);
});

evidence('is told as met so far, where an early decision may not come yet', () => {
  const { message } = told(
    after(proving({ strength: { decide: 'Early' } }), errors([1, 900], [0, 500])),
  );
  assert.match(message, /: met so far, decided after iteration 3$/);
});

evidence('asks of an early decision as much as it needs: 250 good ones', () => {
  const early = proving({ iterations: 10, strength: { decide: 'Early' } });
  const found = told(after(early, ...times(3, errors([1, 900], [0, 60]))));
  assert.is(found.samplesNeeded, 70);
  const next = told(after(early, ...times(3, errors([1, 900], [0, 83])), errors([1, 900], [0, 1])));
  assert.is(next.verdict, 'Satisfied');
});

evidence('says of one request that is missing that it is one', () => {
  const early = proving({ iterations: 10, strength: { decide: 'Early' } });
  const { message } = told(after(early, ...times(3, errors([1, 900], [0, 83]))));
  assert.match(message, 'undecided, needs about 1 more request, ');
});

evidence('says how probably the limit is kept where more of the same would not prove it', () => {
  const { message, samplesNeeded } = told(after(proving(), errors([0, 900], [2, 100])));
  assert.is(samplesNeeded, undefined);
  assert.match(message, /limit 2 %: undecided, it keeps the limit with a probability of \d+ %$/);
});

evidence('says at the end what it would have needed', () => {
  const { message } = told(after(proving({ iterations: 1 }), errors([0, 900], [0, 100])));
  assert.match(message, /undecided, would have needed about 49 more requests$/);
});

evidence('is NoData as long as nothing was counted, and says what is needed', () => {
  const tallies = tallied({ 'error-rate': { default: NOTHING, canary: NOTHING } });
  const { verdict, reason, message, samples } = told(lookAt(proving(), { tallies }));
  assert.equal([verdict, reason, samples], ['NoData', 'NoData', undefined]);
  assert.is(
    message,
    'error-rate: nothing has been counted for canary yet: undecided, needs about 1,300 more requests',
  );
});

evidence('is that of all looks where this one had no data', () => {
  const tallies = tallied({ 'error-rate': { default: NOTHING, canary: NOTHING } });
  const { verdict, samples } = told(after(proving(), errors([0, 900], [0, 10]), tallies));
  assert.equal([verdict, samples], ['Undecided', 10]);
});

evidence('is Error where something could not be read, whatever is known', () => {
  const tallies = tallied({ 'error-rate': { default: UNREADABLE, canary: UNREADABLE } });
  const found = told(lookAt(after(proving(), errors([0, 900], [0, 10])), { tallies }));
  assert.equal([found.verdict, found.reason], ['Error', 'Timeout']);
  assert.is(found.message, 'error-rate: no answer in time');
  assert.is(found.estimate, undefined);
});

evidence('has of a quantile the value as Prometheus has it, and edges for an interval', () => {
  const latency = {
    default: histogram([900, 80, 10, 10, 0]),
    canary: histogram([3000, 800, 100, 10, 0]),
  };
  const plan = lookAt(proving({ objectives: [LATENCY] }), { tallies: tallied({ latency }) });
  const { estimate, lower, upper, message } = told(plan, 'canary', 'latency');
  assert.equal([estimate, lower, upper], ['189.3125', '100', '200']);
  assert.match(message, 'latency: 10 of 3,910 above 250 ms (0.26 %)');
  assert.is(EDGES.length, 4);
});

evidence('has of a mean the value and its interval in its units', () => {
  const size = { default: mean(100, 20_000, 5e6), canary: mean(100, 10_000, 2e6) };
  const plan = lookAt(proving({ objectives: [{ metric: 'size', upperLimit: 300 }] }), {
    tallies: tallied({ size }),
  });
  const { estimate, lower, upper } = told(plan, 'canary', 'size');
  assert.equal([estimate, lower, upper], ['100', '29.0609', '227.51']);
});

evidence('is about the limit that is in doubt, where there are two', () => {
  const objectives = [{ metric: 'error-rate', lowerLimit: '0.01', upperLimit: '0.2' }];
  const [low, high] = [errors([0, 900], [2, 200]), errors([0, 900], [36, 200])].map(
    (tallies) => told(after(proving({ objectives }), tallies)).message,
  );
  assert.match(low!, 'limit 1 %');
  assert.match(high!, 'limit 20 %');
});

evidence('tells how much more the counts vary than those of independent requests', () => {
  const bursts = [0, 0, 40, 0, 0].map((bad) => errors([10, 2000], [bad, 400]));
  const { dispersion } = told(after(proving({ iterations: 50 }), ...bursts));
  assert.ok(Number(dispersion) > 5, dispersion);
  const { dispersion: none } = told(after(proving(), errors([10, 2000], [1, 400])));
  assert.is(none, undefined);
});

evidence('is told of the baseline as well, which also may be alone', () => {
  assert.is(told(after(proving(), errors([0, 900], [0, 9])), 'default').samples, 900);
  const alone = after(watching(), tallied({ 'error-rate': { default: rate(0, 30) } }));
  assert.is(told(alone, 'default').samples, 30);
});

evidence('of limits that counts hardly ever prove has numbers all the same', () => {
  for (const upperLimit of [0, '0.0000001', '0.999999']) {
    const objectives = [{ ...ERROR_RATE, upperLimit }];
    for (const counts of [
      [0, 1],
      [1, 1],
      [0, 100],
      [100, 100],
    ] as const) {
      const plan = lookAt(proving({ objectives }), { tallies: errors([0, 100], counts) });
      assert.not.match(JSON.stringify(plan), /NaN|Infinity|null/);
    }
  }
});

evidence.run();
