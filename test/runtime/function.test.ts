import { once } from 'node:events';
import { CloudEvent } from 'cloudevents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Failure } from '../../functions/lib/kubernetes/failure.ts';
import { EventRefused } from '../../functions/lib/runtime/event.ts';
import {
  cloudEventFunction,
  type Exports,
  type Handler,
} from '../../functions/lib/runtime/function.ts';
import { thrownBy } from '../kubernetes/fake-api.ts';
import { writeKubeconfig, type Kubeconfig } from '../stub-server.ts';

const answering = suite('the answer of a function');
const draining = suite('a function that shuts down');
const starting = suite('a function that starts');

const VARIABLES = ['KUBECONFIG', 'TICK_SECONDS'];
const before = VARIABLES.map((name) => [name, process.env[name]] as const);
const print = console.log;
let kubeconfig: Kubeconfig;
let lines: string[] = [];

for (const one of [answering, draining, starting]) {
  one.before(() => {
    kubeconfig = writeKubeconfig('http://127.0.0.1:1');
    process.env.KUBECONFIG = kubeconfig.path;
    console.log = (line: string): void => void lines.push(line);
  });
  one.before.each(() => {
    lines = [];
  });
  one.after(() => {
    console.log = print;
    kubeconfig.remove();
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });
}

const event = (attributes: Record<string, unknown> = {}): unknown =>
  new CloudEvent({ type: 't', source: '/s', id: 'event-1', ...attributes });

const throwing = (error: unknown): Exports => {
  const handler: Handler = () =>
    Promise.resolve().then(() => {
      throw error;
    });
  return cloudEventFunction('start', handler);
};

type Answer = Error & { code?: number };

async function answerTo(error: unknown): Promise<{ code: number; message: string }> {
  const { handle } = throwing(error);
  const { code = 0, message } = await thrownBy<Answer>(() => handle({}, event()));
  return { code, message };
}

answering('is nothing (204) where the handler is done', async () => {
  const { handle } = cloudEventFunction('start', () => Promise.resolve());
  await handle({}, event());
  assert.equal(lines, []);
});

for (const kind of ['Unavailable', 'Conflict'] as const) {
  answering(`is 503 in neutral words where the API server has a moment (${kind})`, async () => {
    const { code, message } = await answerTo(new Failure(kind, 'GET /private/path: refused'));
    assert.is(code, 503);
    assert.not.match(message, 'private');
    assert.match(lines.join(), 'GET /private/path: refused');
  });
}

for (const code of [400, 422] as const) {
  answering(`is ${code} with the reason where an event can never work`, async () => {
    assert.equal(await answerTo(new EventRefused(code, 'because')), { code, message: 'because' });
  });
}

const OURS: [what: string, error: unknown][] = [
  ['a mistake of ours', new TypeError('x of undefined, private')],
  ['an error with a status', Object.assign(new Error('private'), { code: 409 })],
  [
    'an error with a text for a code',
    Object.assign(new Error('private'), { code: 'ECONNREFUSED' }),
  ],
  ['a right that nobody expected to miss', new Failure('Forbidden', 'private')],
  ['a plain object', { status: 'error', error: 'private' }],
  ['a text', 'private'],
];

for (const [what, error] of OURS) {
  answering(`is 500 without detail for ${what}, which is logged`, async () => {
    const { code, message } = await answerTo(error);
    assert.is(code, 500);
    assert.not.match(message, 'private');
    assert.match(lines.join(), 'unexpected error');
  });
}

answering('logs where a mistake of ours is', async () => {
  await answerTo(new TypeError('x of undefined'));
  const entry = JSON.parse(lines[0] ?? '') as Record<string, string>;
  assert.is(entry.level, 'error');
  assert.match(entry.stack ?? '', 'function.test.ts');
});

answering('is 400 for what is no CloudEvent, and the handler hears nothing of it', async () => {
  const { handle } = cloudEventFunction('start', () => Promise.reject(new Error('called')));
  const error = await thrownBy<Answer>(() => handle({}, { id: 'x' }));
  assert.is(error.code, 400);
});

answering('to a dead letter is nothing: it is logged and not handled', async () => {
  const { handle } = cloudEventFunction('start', () => Promise.reject(new Error('called')));
  const attributes = { knativeerrordest: 'http://iter8-start/', knativeerrorcode: '503' };
  await handle({}, event({ subject: 's', ...attributes }));
  const entry = JSON.parse(lines[0] ?? '') as Record<string, string>;
  assert.is(entry.message, 'dead letter');
  assert.is(entry.level, 'error');
  assert.is(entry.id, 'event-1');
  assert.is(entry.knativeerrorcode, '503');
});

/** A function whose handler waits until it is released. */
function waiting(outcome: 'done' | 'fails'): Exports & { release: () => void } {
  const released = new AbortController();
  const handler: Handler = async () => {
    await once(released.signal, 'abort');
    if (outcome === 'fails') throw new Error('no');
  };
  const release = (): void => {
    released.abort();
  };
  return { ...cloudEventFunction('start', handler), release };
}

for (const outcome of ['done', 'fails'] as const) {
  draining(`waits for what it has begun, also where that ${outcome}`, async () => {
    const { handle, shutdown, release } = waiting(outcome);
    const first = Promise.allSettled([handle({}, event())]);
    let isDown = false;
    const down = shutdown().then(() => {
      isDown = true;
    });
    await new Promise(setImmediate);
    assert.is(isDown, false);
    release();
    await Promise.all([first, down]);
    assert.is(isDown, true);
  });
}

draining('takes nothing new, and lets it come again', async () => {
  const { handle, shutdown } = cloudEventFunction('start', () => Promise.resolve());
  await shutdown();
  const error = await thrownBy<Answer>(() => handle({}, event()));
  assert.is(error.code, 503);
});

draining('is alive, and not ready', async () => {
  const { liveness, readiness, shutdown } = cloudEventFunction('start', () => Promise.resolve());
  const codes: number[] = [];
  const reply = { code: (status: number): unknown => codes.push(status) };
  assert.is(readiness({}, reply), 'OK');
  assert.is(liveness({}, reply), 'OK');
  await shutdown();
  readiness({}, reply);
  liveness({}, reply);
  assert.equal(codes, [503]);
});

starting('does not start with a mistake in its environment', () => {
  process.env.TICK_SECONDS = 'often';
  try {
    assert.throws(cloudEventFunction('start', () => Promise.resolve()).init, /^TICK_SECONDS/);
  } finally {
    delete process.env.TICK_SECONDS;
  }
});

answering.run();
draining.run();
starting.run();
