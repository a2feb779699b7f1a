import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { KubeObject } from '../../sandbox/kube.ts';
import { isMatch, readDurationMs, readTriggers, type Trigger } from '../../sandbox/triggers.ts';

const metadata = { name: 'default', namespace: 'test' };

function broker(spec: object = {}): KubeObject {
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata, spec };
}

function trigger(spec: object, namespace = 'test'): KubeObject {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name: 'one', namespace },
    spec: { broker: 'default', subscriber: { ref: { name: 'iter8-start' } }, ...spec },
  };
}

function read(spec: object, brokerSpec: object = {}): Trigger {
  return readTriggers([trigger(spec)], broker(brokerSpec))[0]!;
}

const reading = suite('reading Triggers');

reading('takes those of this Broker in its namespace', () => {
  const manifests = [trigger({}), trigger({ broker: 'other' }), trigger({}, 'elsewhere'), broker()];
  assert.equal(
    readTriggers(manifests, broker()).map(({ name, namespace }) => `${namespace}/${name}`),
    ['test/one'],
  );
});

reading('takes attributes to be equal from both kinds of filter', () => {
  assert.equal(read({}).filter, {});
  assert.equal(read({ filter: { attributes: { type: 'a' } } }).filter, { type: 'a' });
  const filters = [{ exact: { type: 'b' } }, { exact: { iter8stage: 'new' } }];
  const both = read({ filter: { attributes: { type: 'a' } }, filters });
  assert.equal(both.filter, { type: 'b', iter8stage: 'new' });
});

reading('refuses filters that it cannot play', () => {
  assert.throws(() => read({ filters: [{ prefix: { type: 'a' } }] }), 'Trigger one: filter prefix');
});

reading('takes retries, pauses, time limit and dead letter sink from the delivery', () => {
  const deadLetterSink = { uri: 'http://dead.example.com' };
  const spec = { retry: 2, backoffPolicy: 'exponential', backoffDelay: 'PT0.5S', timeout: 'PT20S' };
  const { rule, deadLetterSink: sink } = read({ delivery: { ...spec, deadLetterSink } }).delivery;
  assert.equal([rule.retries, rule.timeoutMs], [2, 20_000]);
  assert.equal(
    [0, 1, 2].map((attempt) => rule.delayMs(attempt)),
    [500, 1000, 2000],
  );
  assert.is(sink?.uri, 'http://dead.example.com');
});

reading('makes the first retry at once with a linear backoff', () => {
  const { rule } = read({ delivery: { retry: 3, backoffPolicy: 'linear' } }).delivery;
  assert.equal(
    [0, 1, 2].map((attempt) => rule.delayMs(attempt)),
    [0, 200, 400],
  );
});

reading("lets a Trigger's delivery replace the Broker's as a whole", () => {
  const brokerSpec = { delivery: { retry: 7 } };
  assert.is(read({}, brokerSpec).delivery.rule.retries, 7);
  const sinkOnly = { delivery: { deadLetterSink: { ref: { name: 'iter8-finish' } } } };
  assert.is(read(sinkOnly, brokerSpec).delivery.rule.retries, 0);
  assert.is(read({}).delivery.rule.retries, 10);
});

const retried = suite('a Broker retries');

for (const [status, isRetried] of [
  [0, true],
  [400, false],
  [403, false],
  [404, true],
  [408, true],
  [409, true],
  [413, false],
  [422, false],
  [429, true],
  [500, true],
  [503, true],
] as const) {
  retried(`${isRetried ? 'after' : 'not after'} ${status === 0 ? 'no answer' : status}`, () => {
    assert.is(read({}).delivery.rule.isRetried(status), isRetried);
  });
}

const durations = suite('durations');

durations('are ISO 8601 times', () => {
  assert.equal(['PT0.2S', 'PT1M', 'PT1H2M3S'].map(readDurationMs), [200, 60_000, 3_723_000]);
});

durations('of another form are refused', () => {
  for (const text of ['5s', 'PT', 'P1D', '']) assert.throws(() => readDurationMs(text));
});

const matching = suite('a filter');

matching('asks for equal attributes', () => {
  const headers = { 'ce-type': 'a', 'ce-iter8stage': 'new' };
  assert.ok(isMatch({}, headers));
  assert.ok(isMatch({ type: 'a', iter8stage: 'new' }, headers));
  assert.not.ok(isMatch({ type: 'a', iter8stage: 'finishing' }, headers));
  assert.not.ok(isMatch({ subject: 'x' }, headers));
});

matching('asks for presence where the value is empty', () => {
  assert.ok(isMatch({ type: '' }, { 'ce-type': 'a' }));
  assert.not.ok(isMatch({ subject: '' }, { 'ce-type': 'a' }));
});

reading.run();
retried.run();
durations.run();
matching.run();
