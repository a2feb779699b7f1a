// Bad experiments and statuses on an API server: what it refuses it explains, and it refuses what
// the tests of bad input, which need no server, take for refused.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inParallel } from '../../functions/lib/parallel.ts';
import type { Api } from '../../sandbox/api.ts';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { EXPERIMENTS, startCluster } from '../badInput/cluster.ts';
import { GOOD } from '../badInput/experiments.ts';
import { KNOWING_KINDS, SCHEMA_KINDS, type Kind } from '../badInput/kinds.ts';
import { namesField } from '../badInput/messages.ts';
import { genuineStatuses, knowingLies, lyingStatuses } from '../badInput/statuses.ts';
import { seed } from '../badInput/tally.ts';
import { startTestApi } from '../kubernetes-api.ts';
import { experimentsPath, serveSchema, type Send } from './requests.ts';

const served = suite('bad input on an API server');

const AT_ONCE = 8;
const NAME = `bad-input-${process.pid}`;

let server: Api;
let send: Send;

served.before(async () => {
  server = await startTestApi();
  send = await serveSchema(server.kubeconfig);
});
served.after(async () => {
  await send({ method: 'DELETE', path: `${experimentsPath}/${NAME}` });
  await server.stop();
});

type Answer = { status: number; message: string };

function answerOf({ status, body }: { status: number; body: unknown }): Answer {
  return { status, message: (body as { message?: string }).message ?? '' };
}

/** The first experiment of a kind, in the namespace that every server has. */
function sampleOf(kind: Kind, name: string): ApiObject {
  const [object] = fc.sample(kind.experiments(name), { numRuns: 1, seed });
  return { ...object!, metadata: { ...object!.metadata, namespace: 'default' } };
}

function check(kind: Kind, { status, message }: Answer): string[] {
  if (status < 300) return [];
  const told = `${kind.name}: ${status} ${message.slice(0, 400)}`;
  const isRefusal = status === 400 || status === 422;
  return isRefusal && namesField(message, kind.field) ? [] : [`names ${kind.field}? ${told}`];
}

async function checkAll(
  kinds: readonly Kind[],
  faultsOf: (kind: Kind) => Promise<string[]>,
): Promise<void> {
  const faults: string[] = [];
  const tasks = kinds.map((kind) => async () => void faults.push(...(await faultsOf(kind))));
  await inParallel(tasks, AT_ONCE);
  assert.equal(faults, []);
}

served('of every kind is refused with the name of the field, or taken, by all alike', async () => {
  const cluster = startCluster();
  const query = '?dryRun=All&fieldValidation=Strict';
  const own = EXPERIMENTS.replace(/namespaces\/[^/]+/, 'namespaces/default');
  await cluster.send('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  await checkAll([...KNOWING_KINDS, ...SCHEMA_KINDS], async (kind) => {
    const body = sampleOf(kind, NAME);
    const answer = answerOf(await send({ method: 'POST', path: experimentsPath + query, body }));
    const { status } = await cluster.send('POST', own + query, body);
    const isAlike = status < 300 === answer.status < 300;
    const unlike = `${kind.name}: ${answer.status}, but without a server ${status}: ${answer.message}`;
    return [...check(kind, answer), ...(isAlike ? [] : [unlike])];
  });
});

served('in a status is refused with the name of the field, or taken', async () => {
  const good = GOOD.onModel(NAME);
  const body = { ...good, metadata: { name: NAME, namespace: 'default' } };
  const created = await send({ method: 'POST', path: experimentsPath, body });
  assert.is(created.status, 201, JSON.stringify(created.body));
  const genuine = await genuineStatuses();
  const [some] = fc.sample(
    fc.shuffledSubarray(lyingStatuses(genuine), { minLength: 500, maxLength: 500 }),
    { numRuns: 1, seed },
  );
  await checkAll([...knowingLies(genuine), ...some!], async (kind) => {
    const { status } = sampleOf(kind, NAME) as ApiObject & { status: unknown };
    const path = `${experimentsPath}/${NAME}/status?dryRun=All&fieldValidation=Strict`;
    const put = { ...(created.body as ApiObject), status };
    return check(kind, answerOf(await send({ method: 'PUT', path, body: put })));
  });
});

served.run();
