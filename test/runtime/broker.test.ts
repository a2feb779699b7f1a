import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Row } from '../../functions/lib/experiment/nextStep.ts';
import { broker, stepEvent } from '../../functions/lib/runtime/broker.ts';
import { thrownBy } from '../kubernetes/fake-api.ts';
import { deadUrl, startStub, type Answer, type Stub } from '../stub-server.ts';

const handing = suite('handing a step over to the Broker');
const refusing = suite('a Broker that does not take a step');

const ROW: Row = {
  namespace: 'team',
  name: 'exp',
  uid: 'uid-1',
  stage: 'Running',
  run: 2,
  completedIterations: 7,
  intervalSeconds: 20,
  isDeleted: false,
  isSuspended: false,
  hasVerdict: false,
};

let stub: Stub;
let answer: () => Answer;

for (const one of [handing, refusing]) {
  one.before(async () => {
    stub = await startStub(() => answer());
  });
  one.before.each(() => {
    stub.asked.length = 0;
    answer = () => ({ status: 202 });
  });
  one.after(() => stub.stop());
}

const soon = (): AbortSignal => AbortSignal.timeout(5000);

handing('sends an event that says what is due for which experiment', async () => {
  await broker(`${stub.url}/ns/default`, 'iter8-system')('iterate', ROW, soon());
  const [asked] = stub.asked;
  assert.is(`${asked?.method} ${asked?.path}`, 'POST /ns/default');
  const { headers } = asked!;
  assert.is(headers['ce-specversion'], '1.0');
  assert.is(headers['ce-id'], 'uid-1/2/Running/7');
  assert.is(headers['ce-type'], 'tools.iter8.experiment.iterate');
  assert.is(headers['ce-subject'], 'namespaces/team/experiments/exp');
  assert.is(headers['ce-experimentuid'], 'uid-1');
  assert.is(headers['ce-run'], '2');
  assert.match(headers['content-type'] ?? '', 'application/json');
  assert.equal(JSON.parse(asked!.text), {});
});

handing('gives the same step of the same state the same id, and others another', () => {
  const id = (row: Row): string => stepEvent('iterate', row, 'iter8-system').id;
  assert.is(id(ROW), id({ ...ROW, label: 'other', isDeleted: true }));
  const others: Partial<Row>[] = [
    { uid: 'uid-2' },
    { run: 3 },
    { stage: 'Finishing' },
    { completedIterations: 8 },
  ];
  const ids = others.map((other) => id({ ...ROW, ...other }));
  assert.is(new Set([id(ROW), ...ids]).size, 5);
});

handing('takes any success for one, and keeps its connection', async () => {
  const handOver = broker(stub.url, 'iter8-system');
  for (const status of [200, 202, 204]) {
    answer = () => ({ status });
    await handOver('start', ROW, soon());
  }
  const [first, ...others] = stub.asked.map(({ connection }) => connection);
  assert.equal(others, [first, first]);
});

for (const status of [302, 400, 404, 429, 500, 503]) {
  refusing(`with ${status} is an error that says so`, async () => {
    answer = () => ({ status, text: 'private detail', headers: { location: stub.url } });
    const error = await thrownBy(() => broker(stub.url, 'n')('start', ROW, soon()));
    assert.is(error.message, `the Broker answered with HTTP status ${status}`);
    assert.is(stub.asked.length, 1);
  });
}

refusing('because it says nothing ends with the time that it was given', async () => {
  answer = () => 'hang';
  const began = performance.now();
  const handOver = broker(stub.url, 'iter8-system');
  const error = await thrownBy(() => handOver('start', ROW, AbortSignal.timeout(50)));
  assert.is(error.name, 'AbortError');
  assert.ok(performance.now() - began < 1000);
});

refusing('because it is not there, or breaks off, is an error', async () => {
  const dead = broker(await deadUrl(), 'iter8-system');
  assert.match((await thrownBy(() => dead('start', ROW, soon()))).message, 'ECONNREFUSED');
  answer = () => 'reset';
  await thrownBy(() => broker(stub.url, 'iter8-system')('start', ROW, soon()));
});

handing.run();
refusing.run();
