// Whatever a metrics backend answers, a measurement comes of it.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { prometheus } from '../../functions/lib/metrics/prometheus.ts';
import { startStub, type Answer, type Stub } from '../stub-server.ts';
import { mutationsOf } from './mutations.ts';
import { placesIn, replaced } from './schema.ts';
import { seed } from './tally.ts';

const answers = suite('a bad answer of a metrics backend');

const RUNS = 300;
const SECRET = 'what nobody but the backend knows';

const GOOD = {
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: { pod: SECRET }, value: [1767225615, '1'] }] },
  infos: [SECRET],
};

const text = { type: 'string' };
const SAMPLE = {
  type: 'object',
  properties: { metric: { type: 'object' }, value: { type: 'array', items: { type: 'number' } } },
};
const SCHEMA = {
  type: 'object',
  properties: {
    status: text,
    data: {
      type: 'object',
      properties: { resultType: text, result: { type: 'array', items: SAMPLE } },
    },
    warnings: { type: 'array', items: text },
  },
};

const mistaken = fc
  .constantFrom(...placesIn(SCHEMA, GOOD))
  .chain((place) =>
    fc
      .constantFrom(...mutationsOf(place))
      .chain(({ changes }) => changes.map((change) => replaced(GOOD, place.path, change))),
  );

const values = fc
  .oneof(fc.double().map(String), fc.string(), fc.constantFrom('NaN', '+Inf', '0x10', '1e999', ''))
  .map((value) => ({
    status: 'success',
    data: { resultType: 'vector', result: [{ metric: {}, value: [1, value] }] },
  }));

const bodies: fc.Arbitrary<Answer> = fc
  .tuple(
    fc.constantFrom(200, 200, 200, 204, 301, 400, 404, 422, 429, 500, 503),
    fc.oneof(mistaken, values, fc.jsonValue(), fc.string()),
  )
  .map(([status, body]) =>
    typeof body === 'string' ? { status, text: body } : { status, json: body },
  );

let stub: Stub;
let answer: Answer = { json: GOOD };

answers.before(async () => {
  stub = await startStub(() => answer);
});
answers.after(() => stub.stop());

answers('is a value that is a number, or no data, or an error with a reason', async () => {
  const ask = prometheus({ allowedHosts: [], allowsLoopback: true }, () => 0);
  const property = fc.asyncProperty(bodies, async (next) => {
    answer = next;
    const measured = await ask({
      endpoint: stub.url,
      query: 'up',
      evaluationTime: new Date(0),
      signal: AbortSignal.timeout(10_000),
    });
    if (measured.kind === 'Value') {
      assert.ok(Number.isFinite(measured.value));
      return;
    }
    assert.ok(['NoData', 'Error'].includes(measured.kind));
    assert.match(measured.reason, /^[A-Z][A-Za-z]+$/);
    assert.ok(measured.message.length > 10 && measured.message.length < 500, measured.message);
    assert.not.match(measured.message, SECRET);
  });
  await fc.assert(property, { numRuns: RUNS, seed });
});

answers.run();
