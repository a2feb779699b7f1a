import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawAnswer, parseBehaviour, type Behaviour } from '../../sandbox/behaviour.ts';
import { seededRandom } from '../../sandbox/random.ts';

const parsing = suite('a behaviour');

for (const [uri, expected] of [
  ['sandbox://good', { meanMs: 10, errorShare: 0, ready: true }],
  ['sandbox://good?ms=5', { meanMs: 5, errorShare: 0, ready: true }],
  ['sandbox://faulty', { meanMs: 10, errorShare: 0.2, ready: true }],
  ['sandbox://faulty?errors=0.5&ms=1', { meanMs: 1, errorShare: 0.5, ready: true }],
  ['sandbox://slow', { meanMs: 400, errorShare: 0, ready: true }],
  ['sandbox://unready', { meanMs: 10, errorShare: 0, ready: false }],
  ['gs://bucket/model', { meanMs: 10, errorShare: 0, ready: true }],
] as const) {
  parsing(`is read from ${uri}`, () => {
    assert.equal(parseBehaviour(uri), expected);
  });
}

for (const [query, afterMs, afterRequests] of [
  ['', 20_000, Infinity],
  ['?after=5s', 5000, Infinity],
  ['?after=5', 5000, Infinity],
  ['?requests=100', Infinity, 100],
] as const) {
  parsing(`is good at first with late${query}`, () => {
    const { late, ...before } = parseBehaviour(`sandbox://late${query}`);
    assert.equal(before, { meanMs: 10, errorShare: 0, ready: true });
    assert.equal(late, { meanMs: 10, errorShare: 0.5, afterMs, afterRequests });
  });
}

for (const uri of [
  'sandbox://brilliant',
  'sandbox://good?after=5s',
  'sandbox://slow?ms=fast',
  'sandbox://slow?ms=',
  'sandbox://faulty?errors=-1',
]) {
  parsing(`is refused where it says ${uri}`, () => {
    assert.throws(() => parseBehaviour(uri), new RegExp(uri.replaceAll('?', '\\?')));
  });
}

const answers = suite('answers');

/** Mean latency and share of errors over many draws at one age. */
function sample(behaviour: Behaviour, age = { ms: 0, requests: 0 }): [number, number] {
  const random = seededRandom(1);
  const drawn = Array.from({ length: 20_000 }, () => drawAnswer(behaviour, age, random));
  const sum = drawn.reduce((total, { delayMs }) => total + delayMs, 0);
  return [sum / drawn.length, drawn.filter(({ status }) => status === 500).length / drawn.length];
}

function isNear(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not about ${expected}`);
}

answers('have the mean latency and the share of errors of their behaviour', () => {
  const [meanMs, errorShare] = sample(parseBehaviour('sandbox://faulty?errors=0.3&ms=50'));
  isNear(meanMs, 50, 0.5);
  isNear(errorShare, 0.3, 0.01);
});

answers('of a late model turn bad at its age in time or requests', () => {
  const behaviour = parseBehaviour('sandbox://late?after=2s&requests=50&errors=1');
  assert.is(sample(behaviour, { ms: 1999, requests: 49 })[1], 0);
  assert.is(sample(behaviour, { ms: 2000, requests: 0 })[1], 1);
  assert.is(sample(behaviour, { ms: 0, requests: 50 })[1], 1);
});

answers('are the same for the same seed', () => {
  const behaviour = parseBehaviour('sandbox://faulty');
  const draw = (seed: number): unknown => {
    const random = seededRandom(seed);
    return Array.from({ length: 5 }, () => drawAnswer(behaviour, { ms: 0, requests: 0 }, random));
  };
  assert.equal(draw(7), draw(7));
  assert.not.equal(draw(7), draw(8));
});

parsing.run();
answers.run();
