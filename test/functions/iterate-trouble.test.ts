import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnyObject } from '../../functions/lib/kubernetes/objects.ts';
import { TOKEN, type Answer } from '../stub-server.ts';
import { inferenceService, STRANGER } from '../targets/fake-objects.ts';
import { refusal } from './api-server.ts';
import { forCandidate, SPLIT, startRunning, STATUS, value, type Running } from './running.ts';

const trouble = suite('iterate in trouble');

let at: Running;

trouble.before(async () => {
  at = await startRunning();
});
trouble.before.each(() => {
  at.reset();
});
trouble.after(() => at.stop());

trouble('with the target’s version reads the experiment again before it writes again', async () => {
  at.prepare();
  let refusals = 1;
  at.api.intercept(({ method, path }) =>
    method === 'PATCH' && path.endsWith('/model') && refusals-- > 0
      ? refusal(409, 'modified')
      : undefined,
  );
  await at.tell();
  assert.equal(at.api.writes(), [STATUS, SPLIT, SPLIT]);
  assert.is(at.percent(), 20);
  const last = at.api.asked.findLastIndex(({ method }) => method === 'PATCH');
  const reads = at.api.asked.slice(0, last).findLast(({ path }) => path.endsWith('/exp'));
  assert.is(reads?.method, 'GET');
});

trouble('gives a revision that came in between no share', async () => {
  at.prepare();
  at.api.intercept(({ method, path }) => {
    if (method !== 'PATCH' || !path.endsWith('/model')) return undefined;
    at.api.put({
      ...inferenceService({ percent: 10, created: STRANGER }),
      kind: 'InferenceService',
    });
    return undefined;
  });
  assert.is((await at.tell()).status, 204);
  assert.is(at.percent(), 10);
});

const BACKENDS: [what: string, answer: Answer, reason: string][] = [
  ['is down', 'reset', 'MetricsUnavailable'],
  ['refuses', { status: 401, text: 'no' }, 'MetricsUnavailable'],
  [
    'has nothing',
    { json: { status: 'success', data: { resultType: 'vector', result: [] } } },
    'NoData',
  ],
  ['has no number', value('NaN'), 'NoData'],
];

for (const [what, answer, reason] of BACKENDS) {
  trouble(`with metrics (${what}) is kept in the status, and no reason to come again`, async () => {
    at.prepare();
    at.measure(forCandidate(answer));
    assert.equal(await at.tell(), { status: 204, text: '' });
    const { status } = at.experiment();
    const isAnswered = reason === 'NoData';
    assert.is(status.completedIterations, isAnswered ? 1 : 0);
    assert.is(status.consecutiveErrors, isAnswered ? 0 : 1);
    assert.is(at.condition('Ready')?.status, 'False');
    assert.is(at.condition('Ready')?.reason, reason);
    assert.ok((at.percent() ?? 100) <= 20);
  });
}

trouble('with the right to write the target is told once', async () => {
  at.prepare();
  at.api.intercept(({ method, path }) =>
    method === 'PATCH' && path.endsWith('/model') ? refusal(403, 'forbidden: patch') : undefined,
  );
  assert.is((await at.tell()).status, 204);
  assert.is(at.condition('Ready')?.reason, 'TargetForbidden');
  at.api.asked.length = 0;
  assert.is((await at.tell()).status, 204);
  assert.is(at.api.writes().filter((write) => write === STATUS).length, 0);
});

trouble('with Events, which a terminating namespace forbids, does not fail it', async () => {
  at.prepare();
  at.api.intercept(({ path }) =>
    path.endsWith('/events') ? refusal(403, 'namespace team is being terminated') : undefined,
  );
  assert.is((await at.tell()).status, 204);
  assert.is(at.percent(), 20);
});

trouble(
  'with the API server after the status was written is mended by the same event',
  async () => {
    at.prepare();
    at.api.intercept(({ method, path }) =>
      method === 'PATCH' && path.endsWith('/model') ? refusal(503, 'overloaded') : undefined,
    );
    assert.is((await at.tell()).status, 503);
    assert.is(at.percent(), 10);
    at.api.intercept(() => undefined);
    assert.is((await at.tell()).status, 204);
    assert.is(at.experiment().status.completedIterations, 1);
    assert.is(at.percent(), 20);
  },
);

trouble('with credentials tells them to the backend, and to nobody else', async () => {
  const data = { username: btoa('private-user'), password: btoa('private-password') };
  at.api.put({
    ...({ kind: 'Secret', data } as object),
    metadata: { name: 'prom', namespace: 'team', resourceVersion: '' } as AnyObject['metadata'],
  });
  at.prepare({ metrics: [at.metric({ authType: 'Basic', secret: 'prom' })] });
  at.measure(forCandidate({ status: 500, text: 'oops' }));
  await at.tell();
  const expected = `Basic ${btoa('private-user:private-password')}`;
  assert.ok(at.backend.asked.every(({ headers }) => headers.authorization === expected));
  assert.is(at.backend.asked.length, 2);
  const told = [
    ...at.iterate.child.stdout,
    ...at.iterate.child.stderr,
    ...at.api.asked.map(({ text }) => text),
    JSON.stringify(at.experiment()),
  ].join('\n');
  for (const secret of ['private', expected, data.password, TOKEN]) assert.not.match(told, secret);
});

trouble.run();
