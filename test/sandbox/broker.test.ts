import { CloudEvent, HTTP } from 'cloudevents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  startBroker,
  type Broker,
  type BrokerOptions,
  type DeliveryReport,
} from '../../sandbox/broker.ts';
import { isRetriedByBroker } from '../../sandbox/delivery.ts';
import type { Stoppable } from '../../sandbox/http.ts';
import type { Trigger } from '../../sandbox/triggers.ts';
import { referenceJson } from '../shared.ts';
import { startStub, type Answer, type Asked, type Stub } from '../stub-server.ts';
import { until } from './until.ts';

const running: Stoppable[] = [];

type Setup = Partial<BrokerOptions> & { timeoutMs?: number; retries?: number; filter?: object };

/** A Broker with one Trigger, whose subscriber answers as a test says; dead letters are received. */
async function start(answer: (asked: Asked) => Answer | Promise<Answer>, setup: Setup = {}) {
  const { timeoutMs, retries = 2, filter = { type: 't' }, ...options } = setup;
  const subscriber = await keep(startStub(answer));
  const dead = await keep(startStub(() => ({ status: 202, text: '' })));
  const trigger: Trigger = {
    name: 'one',
    namespace: 'test',
    filter: filter as Record<string, string>,
    subscriber: { name: 'function' },
    delivery: {
      rule: { retries, timeoutMs, delayMs: () => 1, isRetried: isRetriedByBroker },
      deadLetterSink: { uri: dead.url },
    },
  };
  const reports: DeliveryReport[] = [];
  const broker = await keep(
    startBroker({
      triggers: [trigger],
      resolve: (name) => (name === 'function' ? subscriber.url : undefined),
      onDelivery: (report) => reports.push(report),
      ...options,
    }),
  );
  return { broker, subscriber, dead, reports };
}

async function keep<T extends Stoppable>(part: Promise<T>): Promise<T> {
  running.push(await part);
  return part;
}

async function stopAll(): Promise<void> {
  for (const part of running.splice(0).reverse()) await part.stop();
}

const EVENT = { 'ce-id': '1', 'ce-source': '/test', 'ce-type': 't', 'ce-specversion': '1.0' };
const JSON_TYPE = { 'content-type': 'application/json' };

async function send({ url }: Broker, headers: Record<string, string> = {}): Promise<number> {
  const all = { ...EVENT, ...JSON_TYPE, ...headers };
  return (await fetch(url, { method: 'POST', headers: all, body: '{"a":1}' })).status;
}

/** The attributes and other headers that matter, of the requests a stub got. */
function headersOf({ asked }: Stub, index = 0): Record<string, unknown> {
  const all = Object.entries(asked[index]!.headers);
  return Object.fromEntries(all.filter(([name]) => /^(ce-|prefer$|kn-|content-type$)/.test(name)));
}

const taken = () => ({ status: 204, text: '' });

const delivery = suite('a Broker');
delivery.after.each(stopAll);

delivery('hands a matching event to the subscriber, once, as Knative does', async () => {
  const { broker, subscriber, reports } = await start(taken);
  assert.is(await send(broker, { 'ce-subject': 's' }), 202);
  assert.is(subscriber.asked.length, 1);
  const { 'ce-knativearrivaltime': arrival, ...headers } = headersOf(subscriber);
  assert.ok(!Number.isNaN(Date.parse(String(arrival))));
  const own = { prefer: 'reply', 'kn-namespace': 'test' };
  assert.equal(headers, { ...EVENT, ...JSON_TYPE, ...own, 'ce-subject': 's' });
  assert.is(subscriber.asked[0]!.text, '{"a":1}');
  assert.equal(reports, [{ trigger: 'one', id: '1', type: 't', attempts: 1, status: 204 }]);
});

delivery('sends headers of the same names as the real one', async () => {
  type Captured = { request: { headers: Record<string, string>; bodyJson: object } };
  const original = referenceJson<Captured>('events/apiserversource-resource-add.json');
  const delivered = referenceJson<Captured>('events/via-broker-resource-add.json');
  if (original === undefined || delivered === undefined) return;
  const { broker, subscriber } = await start(taken, { filter: {} });
  const names = Object.entries(original.request.headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('ce-') || name === 'content-type');
  const body = JSON.stringify(original.request.bodyJson);
  await fetch(broker.url, { method: 'POST', headers: Object.fromEntries(names), body });
  const relevant = Object.keys(delivered.request.headers)
    .map((name) => name.toLowerCase())
    .filter((name) => /^(ce-|prefer$|kn-|content-type$)/.test(name));
  assert.equal(Object.keys(headersOf(subscriber)).sort(), relevant.sort());
});

delivery('hands over nothing that no Trigger asks for', async () => {
  const { broker, subscriber } = await start(taken);
  assert.is(await send(broker, { 'ce-type': 'other' }), 202);
  assert.is(subscriber.asked.length, 0);
});

delivery('takes structured events and hands them over in binary mode', async () => {
  const { broker, subscriber } = await start(taken);
  const event = new CloudEvent({ id: '7', type: 't', source: '/s', data: { a: 2 }, run: '3' });
  const { headers, body } = HTTP.structured(event);
  const sent = { method: 'POST', headers: headers as Record<string, string>, body: String(body) };
  assert.is((await fetch(broker.url, sent)).status, 202);
  assert.is(headersOf(subscriber)['ce-id'], '7');
  assert.is(headersOf(subscriber)['ce-run'], '3');
  assert.is(subscriber.asked[0]!.text, '{"a":2}');
});

delivery('refuses what is no event', async () => {
  const { broker } = await start(taken);
  assert.is((await fetch(broker.url, { method: 'POST', body: '{}' })).status, 400);
  const headers = { 'content-type': 'application/cloudevents+json' };
  assert.is((await fetch(broker.url, { method: 'POST', headers, body: '{' })).status, 400);
});

delivery('retries until the event is taken', async () => {
  const answers = [503, 409, 204];
  const { broker, dead, reports } = await start(() => ({ status: answers.shift()!, text: '' }));
  assert.is(await send(broker), 202);
  assert.is(reports[0]!.attempts, 3);
  assert.is(dead.asked.length, 0);
});

delivery('buries an event after the last retry, with the error', async () => {
  const { broker, subscriber, dead } = await start(() => ({ status: 503, text: 'come again' }));
  assert.is(await send(broker), 202);
  assert.is(subscriber.asked.length, 3);
  const headers = headersOf(dead);
  assert.equal(headers, {
    'ce-knativearrivaltime': headers['ce-knativearrivaltime'],
    ...EVENT,
    ...JSON_TYPE,
    'ce-knativebrokerttl': '255',
    'ce-knativeerrorcode': '503',
    'ce-knativeerrordata': Buffer.from('come again').toString('base64'),
    'ce-knativeerrordest': `${subscriber.url}/`,
  });
  assert.is(dead.asked[0]!.text, '{"a":1}');
  assert.is(broker.deadLetters.length, 1);
});

delivery('buries at once what can never work', async () => {
  const { broker, subscriber, dead } = await start(() => ({ status: 422, text: 'never' }));
  await send(broker);
  assert.is(subscriber.asked.length, 1);
  assert.is(headersOf(dead)['ce-knativeerrorcode'], '422');
});

delivery('takes a success with a body that is no event for a failure', async () => {
  const { broker, subscriber, dead, reports } = await start(() => ({ json: { ok: true } }));
  await send(broker);
  assert.is(subscriber.asked.length, 3);
  assert.is(reports[0]!.status, 502);
  assert.is(dead.asked.length, 1);
});

delivery('sends a reply round again', async () => {
  const reply = { ...EVENT, 'ce-type': 'reply', 'ce-id': '2' };
  const { broker, subscriber } = await start(
    ({ headers }) => (headers['ce-type'] === 't' ? { json: {}, headers: reply } : taken()),
    { filter: {} },
  );
  assert.is(await send(broker), 202);
  assert.equal(
    subscriber.asked.map(({ headers }) => headers['ce-id']),
    ['1', '2'],
  );
});

delivery('retries a call that takes too long, though the first goes on', async () => {
  let calls = 0;
  const { broker, reports } = await start(() => (++calls === 1 ? 'hang' : taken()), {
    timeoutMs: 50,
  });
  assert.is(await send(broker), 202);
  assert.equal([reports[0]!.attempts, reports[0]!.status], [2, 204]);
});

delivery('retries a broken connection', async () => {
  let calls = 0;
  const { broker, reports } = await start(() => (++calls === 1 ? 'reset' : taken()));
  await send(broker);
  assert.is(reports[0]!.attempts, 2);
});

delivery('makes its sender wait, unless it is told to be asynchronous', async () => {
  let release: (answer: Answer) => void = () => undefined;
  const held = (): Promise<Answer> => new Promise((resolve) => (release = resolve));
  const { broker, subscriber, reports } = await start(held, { isSynchronous: false });
  assert.is(await send(broker), 202);
  assert.is(reports.length, 0);
  await until(() => subscriber.asked.length === 1);
  release(taken());
  await until(() => reports.length === 1);
});

delivery('refuses a Trigger whose subscriber nobody knows', async () => {
  try {
    await start(taken, { resolve: () => undefined });
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, 'Trigger one: nothing is known as function');
  }
});

const faults = suite('a faulty Broker');
faults.after.each(stopAll);

faults('loses every event and says it did not', async () => {
  const { broker, subscriber } = await start(taken, { faults: { lose: true } });
  assert.is(await send(broker), 202);
  assert.is(subscriber.asked.length, 0);
});

faults('delivers copies', async () => {
  const { broker, subscriber } = await start(taken, { faults: { copies: 3 } });
  await send(broker);
  assert.is(subscriber.asked.length, 3);
});

faults('delivers late, at the same time and in another order', async () => {
  let open = 0;
  let most = 0;
  const slowly = async (): Promise<Answer> => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 20));
    open -= 1;
    return taken();
  };
  const { broker, subscriber } = await start(slowly, {
    faults: { copies: 2, maxDelayMs: 100, concurrent: true },
    seed: 5,
  });
  for (let id = 0; id < 6; id += 1) await send(broker, { 'ce-id': String(id) });
  await until(() => subscriber.asked.length === 12);
  const order = subscriber.asked.map(({ headers }) => Number(headers['ce-id']));
  assert.not.equal(order, order.toSorted());
  assert.ok(most > 1, 'several at once');
});

delivery.run();
faults.run();
