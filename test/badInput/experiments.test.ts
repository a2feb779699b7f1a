// Experiments with mistakes, created on an API server with the schema, and handled by the functions.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ApiObject } from '../../sandbox/apiserver/types.ts';
import { EXPERIMENTS, startCluster } from './cluster.ts';
import { GOOD } from './experiments.ts';
import { KNOWING_KINDS, mistaken, SCHEMA_KINDS, type Kind } from './kinds.ts';
import { live, type Bad } from './lives.ts';
import { namesField } from './messages.ts';
import { experimentSchema, fieldsOf, placesIn, textOf } from './schema.ts';
import { count, isAll, seed } from './tally.ts';

const bad = suite('a bad experiment');

const SAMPLES = 2;
const LIVES = 150;
const MISTAKEN = 200;

/** What no object can be named, and a field that is there twice, is not waited for. */
const AT_START =
  /^(target: (half|dots|of too|percent|odd|a query)|weights: (a malformed (group|name)|in a malformed|one field for both, written))/;

const admitted: { knowing: Bad[]; others: Bad[] } = { knowing: [], others: [] };
const cluster = startCluster();

async function create(object: ApiObject): Promise<{ status: number; message: string }> {
  const path = `${EXPERIMENTS}?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await cluster.send('POST', path, object);
  return { status, message: (body as { message?: string }).message ?? '' };
}

/** The experiments of a kind that are not refused, each of which is refused as it should be. */
async function admittedOf(kind: Kind, name: string): Promise<Bad[]> {
  const taken: Bad[] = [];
  for (const object of fc.sample(kind.experiments(name), { numRuns: SAMPLES, seed })) {
    const { status, message } = await create(object);
    if (status === 201) taken.push({ kind: kind.name, object });
    else {
      const told = `${kind.name}: ${status} ${message.slice(0, 500)}`;
      assert.ok(status === 400 || status === 422, told);
      assert.ok(namesField(message, kind.field), `names ${kind.field}: ${told}`);
    }
  }
  return taken;
}

bad('comes from good ones that have every field there is', async () => {
  const covered = Object.values(GOOD).flatMap((good) =>
    placesIn(experimentSchema, good('x')).map(({ path }) => textOf(path)),
  );
  const general = new Set(
    covered.map((path) => `.${path.replace(/\[0\]/g, '[]').replace(/(actions)\.\w+/, '$1.*')}`),
  );
  const missing = fieldsOf(experimentSchema.properties!['spec']!, '.spec').filter(
    (field) => !general.has(field),
  );
  assert.equal(missing, []);
  for (const good of Object.values(GOOD)) assert.is((await create(good('good'))).status, 201);
});

bad('is refused by the schema, which names the field, or is taken', async () => {
  const names = new Set<string>();
  for (const [index, kind] of [...KNOWING_KINDS, ...SCHEMA_KINDS].entries()) {
    assert.not(names.has(kind.name), kind.name);
    names.add(kind.name);
    const [first] = await admittedOf(kind, `bad-${index}`);
    if (!first) count('schema', 1);
    else (index < KNOWING_KINDS.length ? admitted.knowing : admitted.others).push(first);
  }
});

bad('that is taken is handled, with a message, and stalls no other', async () => {
  const { knowing, others } = admitted;
  const most = isAll ? others.length : LIVES;
  const chosen = fc.shuffledSubarray(others, { minLength: most, maxLength: most });
  const [some] = fc.sample(chosen, { numRuns: 1, seed });
  const { accounts, faults } = await live([...knowing, ...some!]);
  assert.equal(faults, []);
  for (const { kind, end, message } of accounts.filter(({ kind }) => AT_START.test(kind))) {
    assert.is(end, 'refused', kind);
    assert.match(message, /spec\.target|weightObjRef/, kind);
  }
  const refused = accounts.filter(({ end }) => end === 'refused').length;
  count('start', refused);
  count('handled', accounts.length - refused);
});

bad('with several mistakes at once is refused, or handled, just as well', async () => {
  const taken: Bad[] = [];
  const samples = fc.sample(mistaken('NAME'), { numRuns: isAll ? 10 * MISTAKEN : MISTAKEN, seed });
  for (const [index, object] of samples.entries()) {
    const text = JSON.stringify(object).replaceAll('"NAME', `"mistaken-${index}`);
    const own = JSON.parse(text) as ApiObject;
    const { status, message } = await create(own);
    if (status === 201)
      taken.push({ kind: JSON.stringify(own['spec']).slice(0, 500), object: own });
    else assert.ok([400, 422].includes(status) && /spec/.test(message), `${status} ${message}`);
  }
  assert.ok(taken.length > 0);
  assert.equal((await live(taken)).faults, []);
});

bad.run();
