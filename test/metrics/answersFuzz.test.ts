// Whatever a backend answers: an outcome with a reason, and never a number that was not in the answer.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import type { SeriesAnswer } from '../../functions/lib/metrics/seriesAnswer.ts';
import { changed, changes, type Change, type Changed } from './mutations.ts';
import { allAt, isNumeric, numbersIn } from './numbersIn.ts';
import { assertSentence, assertTellsNone } from './providerMetrics.ts';
import { startRaw, type RawServer } from './rawServer.ts';
import { realAnswers, type Real } from './realAnswers.ts';

/** What is drawn is the same for the same seed: `ANSWERS_SEED=… ANSWERS=…` tries others, and more. */
const SEED = Number(process.env['ANSWERS_SEED'] ?? 4711);
const ANSWERS_EACH = Number(process.env['ANSWERS'] ?? 90);
const SIDE_BY_SIDE = 30;
const PATIENCE_MS = 3_000;

type Outcome = Measurement | SeriesAnswer;
type SeriesFound = Extract<SeriesAnswer, { kind: 'Series' }>;

/** One answer: what was drawn for it, and what it became. */
type Case = Changed & { real: Real; drawn: unknown; id: string };

const cases = new Map<string, Case>();
let server: RawServer;
const reals = await realAnswers();
const REASONS = reasonsInDocs();

/** The reasons of the table in docs/metrics.md. */
function reasonsInDocs(): Set<string> {
  const file = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const [, section = ''] = file.split('## What can go wrong');
  const cells = section.split('\n').map((line) => /^\| (`.*?) +\|/.exec(line)?.[1] ?? '');
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name!)));
}

function casesOf(real: Real, index: number): Case[] {
  const drawn = fc.sample(changes, { numRuns: ANSWERS_EACH, seed: SEED + index });
  return drawn.map((one, number) => {
    return { ...changed(real, one), real, drawn: one, id: `${index}-${number}` };
  });
}

async function outcomeOf({ real, id }: Case, patienceMs = PATIENCE_MS): Promise<Outcome> {
  const asked = real.askAt(`${server.url}/${id}`, AbortSignal.timeout(patienceMs));
  const end = new AbortController();
  const late = sleep(2 * PATIENCE_MS, undefined, { signal: end.signal }).then(() => {
    throw new Error('it hangs');
  });
  late.catch(() => undefined);
  return Promise.race([asked, late]).finally(() => {
    end.abort();
  });
}

/** What is wrong with a case, with all that is needed to see it again; undefined where nothing is. */
async function problemOf(one: Case): Promise<string | undefined> {
  let outcome: Outcome | undefined;
  try {
    outcome = await outcomeOf(one);
    check(one, outcome);
    return undefined;
  } catch (error) {
    const lines = [
      `${one.real.name}, ANSWERS_SEED=${SEED}, answer ${one.id}: ${(error as Error).message}`,
      `  outcome: ${inspect(outcome, { depth: 6, breakLength: Infinity }).slice(0, 600)}`,
      `  drawn: ${JSON.stringify(one.drawn)}`,
      `  sent: ${JSON.stringify(one.wire.bytes.toString('latin1').slice(0, 3000))}`,
    ];
    return lines.join('\n');
  }
}

function check(one: Case, outcome: Outcome): void {
  if (outcome.kind === 'Value') checkValue(one, outcome.value);
  else if (outcome.kind === 'Series') checkSeries(one, outcome);
  else checkRefusal(one, outcome);
}

function checkValue({ text, real }: Case, value: number): void {
  assert.ok(Number.isFinite(value), 'the value is not a finite number');
  if (text === undefined) throw new Error('a value of what is no answer');
  const numbers = numbersIn(text, real.places);
  // What of an answer is only counted are no numbers.
  const isCount = real.name === 'jaeger-error-rate';
  assert.ok(numbers.length > 0 || isCount, 'a value where the answer has no number');
  const isPromQl = /^(thanos|victoriametrics|a scalar)/.test(real.name);
  if (isPromQl) assert.is(value, Number(numbers[0]), 'another value than that of the answer');
}

function checkSeries({ text }: Case, { series, isRange }: SeriesFound): void {
  if (text === undefined) throw new Error('series of what is no answer');
  const json = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  const sample = isRange ? 'data/result/*/values/*' : 'data/result/*/value';
  const times = allAt(json, `${sample}/0`);
  const values = allAt(json, `${sample}/1`);
  const garbage = [...times, ...values].find((one) => !isNumeric(one) || typeof one === 'boolean');
  assert.is(garbage, undefined, `a sample of ${JSON.stringify(garbage)}`);
  const samples = series.flatMap((one) => one.samples);
  assert.equal(
    samples.map(({ value }) => value),
    values.map(Number),
  );
  assert.ok(samples.every(({ at }) => Number.isFinite(at)));
  const labels = series.map((one) => one.labels as unknown);
  assert.ok(labels.every(isLabels), 'labels that are no texts');
}

function isLabels(json: unknown): boolean {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  return isObject && Object.values(json).every((value) => typeof value === 'string');
}

function checkRefusal(one: Case, { reason, message }: { reason: string; message: string }): void {
  assert.ok(REASONS.has(reason), `docs/metrics.md does not have the reason ${reason}`);
  assertSentence(message);
  assertTellsNone(message, one.real.secret);
  if (!one.hasSecret) return;
  const beginnings = Object.entries(one.real.secret).filter(([key]) => key !== 'username');
  for (const [, value] of beginnings) assert.not.ok(message.includes(value.slice(0, 12)), message);
}

const answers = suite('any answer');

answers.before(async () => {
  server = await startRaw((part) => cases.get(part)?.wire);
});
answers.after(() => server.stop());

// Fails as long as the product takes "12abc", null or "" of a Prometheus for numbers, or throws for odd scalars,
// warnings, series and labels (prometheus.ts, seriesAnswer.ts).
for (const [index, real] of reals.entries()) {
  answers(`like one to ${real.name}: a reason, or a number that is in it`, async () => {
    const all = casesOf(real, index);
    for (const one of all) cases.set(one.id, one);
    const problems: string[] = [];
    for (let first = 0; first < all.length; first += SIDE_BY_SIDE) {
      const some = await Promise.all(all.slice(first, first + SIDE_BY_SIDE).map(problemOf));
      problems.push(...some.filter((problem) => problem !== undefined));
    }
    for (const { id } of all) cases.delete(id);
    assert.is(problems.length, 0, problems.slice(0, 5).join('\n\n'));
  });
}

/** Answers that stop somewhere, with the connection left open. */
function unended(real: Real, index: number): Case[] {
  const { bytes } = changed(real, RIGHT).wire;
  const body = bytes.indexOf('\r\n\r\n') + 4;
  return [0, 12, body - 3, body, body + 1, bytes.length - 1].map((length) => {
    const wire = { bytes: bytes.subarray(0, length), isLeftOpen: true };
    const said = { wire, text: undefined, hasSecret: false, drawn: `${length} bytes` };
    return { ...said, real, id: `${index}-open-${length}` };
  });
}

const RIGHT: Change = {
  body: { kind: 'none', at: 0, garbage: '', isEverywhere: false },
  framing: { kind: 'right', pick: 0 },
};

answers('that does not end is none in time', async () => {
  const all = reals.flatMap(unended);
  for (const one of all) cases.set(one.id, one);
  for (const one of all)
    assert.ok(one.wire.bytes.length < changed(one.real, RIGHT).wire.bytes.length);
  const outcomes = await Promise.all(all.map((one) => outcomeOf(one, 700)));
  for (const [index, outcome] of outcomes.entries()) {
    const reason = 'reason' in outcome ? outcome.reason : outcome.kind;
    assert.is(reason, 'Timeout', `${all[index]!.id}: ${JSON.stringify(outcome)}`);
  }
});

answers('are many', () => {
  assert.ok(reals.length * ANSWERS_EACH >= 2000, `${reals.length} real ones`);
});

answers.run();
