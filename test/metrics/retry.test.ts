import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Answer as Given, Refusal } from '../../functions/lib/metrics/answer.ts';
import { http, type Limits } from '../../functions/lib/metrics/http.ts';
import { prometheus, prometheusSeries } from '../../functions/lib/metrics/prometheus.ts';
import { next, type Next, type Setback } from '../../functions/lib/metrics/retry.ts';

import { startStub, type Answer, type Stub } from '../stub-server.ts';

const trying = suite('what is tried again');
const waiting = suite('how long is waited');
const asking = suite('asking a backend again');

const NOW = Date.parse('2026-01-01T00:00:00Z');
const HALF = (): number => 0.5;

function after(attempts: number, setback: Partial<Setback>, endsAt = NOW + 60_000): Next {
  return next({ isReset: false, ...setback }, attempts, { now: NOW, endsAt }, HALF);
}

for (const setback of [{ status: 429 }, { status: 503 }, { isReset: true }]) {
  trying(`${JSON.stringify(setback)}: three times in all`, () => {
    assert.is(after(1, setback).kind, 'Wait');
    assert.is(after(2, setback).kind, 'Wait');
    assert.equal(after(3, setback), { kind: 'GiveUp', why: 'tried 3 times' });
  });
}

for (const status of [302, 400, 401, 403, 404, 422, 500, 502, 504, undefined]) {
  trying(`not what would not pass: status ${status ?? 'none'}`, () => {
    assert.equal(after(1, { status, retryAfter: '1' }), { kind: 'GiveUp' });
  });
}

waiting('chance decides below a bound that doubles', () => {
  assert.equal(after(1, { status: 503 }), { kind: 'Wait', milliseconds: 100 });
  assert.equal(after(2, { status: 503 }), { kind: 'Wait', milliseconds: 200 });
});

const ASKED: [retryAfter: string, milliseconds: number][] = [
  ['0', 0],
  ['7', 7000],
  [' 2 ', 2000],
  ['Thu, 01 Jan 2026 00:00:03 GMT', 3000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
];

for (const [retryAfter, milliseconds] of ASKED) {
  waiting(`as long as the backend asks for: ${retryAfter}`, () => {
    assert.equal(after(1, { status: 429, retryAfter }), { kind: 'Wait', milliseconds });
  });
}

for (const retryAfter of ['', 'soon', '-5', '1.5', 'NaN', 'Infinity']) {
  waiting(`what is neither seconds nor a date says nothing: "${retryAfter}"`, () => {
    assert.equal(after(1, { status: 429, retryAfter }), { kind: 'Wait', milliseconds: 100 });
  });
}

waiting('never past the deadline: then what was asked for is told', () => {
  const asks = { kind: 'GiveUp', why: 'it asks to wait 60 s' };
  assert.equal(after(1, { status: 429, retryAfter: '60' }, NOW + 59_999), asks);
  assert.is(after(1, { status: 429, retryAfter: '60' }, NOW + 60_000).kind, 'Wait');
  const late = { kind: 'GiveUp', why: 'no time is left to try again' };
  assert.equal(after(1, { isReset: true }, NOW + 99), late);
  assert.equal(after(1, { isReset: true }, NOW - 1), late);
});

waiting('at most five seconds where no deadline is known', () => {
  const unknown = (retryAfter: string): Next =>
    next({ status: 503, retryAfter, isReset: false }, 1, { now: NOW }, HALF);
  assert.is(unknown('5').kind, 'Wait');
  assert.is(unknown('6').kind, 'GiveUp');
});

const POLICY = { allowedHosts: [], allowsLoopback: true };

let stub: Stub;
let answer: () => Answer;

asking.before(async () => {
  stub = await startStub(() => answer());
});
asking.before.each(() => {
  stub.asked.length = 0;
});
asking.after(() => stub.stop());

const send = http(POLICY, () => 0);

function ask(limits: Partial<Limits> = {}): Promise<Given | Refusal> {
  const question = { url: stub.url, method: 'GET', headers: {} } as const;
  return send(question, { signal: AbortSignal.timeout(10_000), ...limits });
}

async function refused(limits: Partial<Limits> = {}): Promise<Refusal> {
  const given = await ask(limits);
  if (given.kind !== 'Error') throw new Error('expected a refusal');
  return given;
}

/** Answers with one after the other, and then with the last. */
function inTurn(...turns: Answer[]): void {
  answer = () => turns[Math.min(stub.asked.length, turns.length) - 1]!;
}

for (const setback of [{ status: 503, text: '' }, { status: 429, text: '' }, 'reset'] as const) {
  asking(`${JSON.stringify(setback)} twice, and then an answer`, async () => {
    inTurn(setback, setback, { text: 'ok' });
    assert.is((await ask()).kind, 'Answer');
    assert.is(stub.asked.length, 3);
    inTurn(setback);
    stub.asked.length = 0;
    assert.match((await refused()).message, /; tried 3 times$/);
    assert.is(stub.asked.length, 3);
  });
}

asking('not for what another time would not mend', async () => {
  for (const one of [
    { status: 500, text: '' },
    { status: 400, text: '' },
    { begin: '', isCut: true },
  ]) {
    stub.asked.length = 0;
    answer = () => one;
    await refused();
    assert.is(stub.asked.length, 1);
  }
});

function limited(retryAfter: string): Answer {
  return { status: 429, text: '', headers: { 'retry-after': retryAfter } };
}

/** The next full second but one: a date has no more. */
const soon = (): string => new Date(Math.ceil(Date.now() / 1000 + 1) * 1000).toUTCString();

const WAITS: [retryAfter: () => string, atLeast: number][] = [
  [() => '0', 0],
  [() => '1', 990],
  [soon, 900],
];

asking('after as long as the backend asks for, in seconds or as a date', async () => {
  for (const [retryAfter, atLeast] of WAITS) {
    stub.asked.length = 0;
    inTurn(limited(retryAfter()), { text: 'ok' });
    const began = performance.now();
    assert.is((await ask({ endsAt: Date.now() + 9000 })).kind, 'Answer');
    assert.ok(performance.now() - began >= atLeast, retryAfter());
    assert.is(stub.asked.length, 2);
  }
});

asking('not at all if that would be past the end, which the message tells at once', async () => {
  answer = () => limited('600');
  const began = performance.now();
  const { reason, message } = await refused({ endsAt: Date.now() + 10_000 });
  assert.is(reason, 'RateLimited');
  assert.match(message, 'it asks to wait 600 s');
  assert.ok(performance.now() - began < 1000);
  assert.is(stub.asked.length, 1);
});

asking('the end of all ends a wait', async () => {
  answer = () => limited('4');
  assert.is((await refused({ signal: AbortSignal.timeout(100) })).reason, 'Timeout');
});

const VECTOR = { resultType: 'vector', result: [{ metric: {}, value: [1, '1'] }] };

for (const [what, by] of [
  ['a value', prometheus(POLICY, () => 0)],
  ['series', prometheusSeries(POLICY, () => 0)],
] as const) {
  const query = (limits: Partial<Limits> = {}): ReturnType<typeof by> => {
    const signal = AbortSignal.timeout(10_000);
    return by({ endpoint: stub.url, query: 'up', evaluationTime: new Date(), signal, ...limits });
  };

  asking(`a Prometheus is asked again for ${what}`, async () => {
    for (const setback of [{ status: 503, text: '' }, limited('0'), 'reset'] as const) {
      stub.asked.length = 0;
      inTurn(setback, setback, { json: { status: 'success', data: VECTOR } });
      assert.is.not((await query()).kind, 'Error');
      assert.is(stub.asked.length, 3);
    }
  });

  asking(`a Prometheus is not asked again for ${what} if that would be too late`, async () => {
    answer = () => limited('60');
    const given = await query({ endsAt: Date.now() + 5000 });
    assert.is(given.kind === 'Error' && given.reason, 'RateLimited');
    assert.match(given.kind === 'Error' ? given.message : '', 'it asks to wait 60 s');
    assert.is(stub.asked.length, 1);
  });
}

trying.run();
waiting.run();
asking.run();
