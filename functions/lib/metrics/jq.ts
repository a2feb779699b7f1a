// jq for what backends answer. A program is a user's and may never end, or want all memory: it runs in
// a thread that is started with the first question, and ended where a run takes too long.
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Measurement } from '../experiment/observations.ts';
import { refuse, type Refusal } from './answer.ts';
import type { Run } from './jqWorker.ts';

/** Makes a JSON text a number by a program, `.` where it is empty. It never rejects. */
export type Jq = (program: string, json: string) => Promise<Measurement>;

type Waiting = { program: string; json: string; resolve: (answer: Measurement) => void };

/** Why there is no answer, and whether that took so long that it is not worth another attempt. */
type Lost = { refusal: Refusal; isLate: boolean };

/** A batch is one text in jq's bounded memory. A document may be longer, alone. */
const MAX_BATCH_LENGTH = 1024 * 1024;
const DEFAULT_LIMITS = { milliseconds: 1_000 };

/**
 * A jq of its own. Questions that wait for it at the same time are answered together where they have
 * the same program, since a run takes as long for ten documents as for one.
 */
export function jq(limits: { milliseconds: number } = DEFAULT_LIMITS): Jq {
  const ask = thread(limits.milliseconds);
  const waiting: Waiting[] = [];
  let isBusy = false;

  async function work(): Promise<void> {
    // Those that ask at the same time as the first are still to come.
    await turn();
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      const documents = batch.map(({ json }) => json);
      const answers = await answersOf(ask, { program: batch[0]!.program, documents });
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index]!);
      });
    }
    isBusy = false;
  }

  return (program, json) =>
    new Promise((resolve) => {
      waiting.push({ program: program.trim() === '' ? '.' : program, json, resolve });
      if (isBusy) return;
      isBusy = true;
      void work();
    });
}

/** Takes the question that has waited longest, and those that can be answered along with it. */
function takeBatch(waiting: Waiting[]): Waiting[] {
  const { program } = waiting[0]!;
  const batch: Waiting[] = [];
  const others: Waiting[] = [];
  let length = 0;
  for (const question of waiting) {
    length += question.program === program ? question.json.length : 0;
    const isTaken =
      question.program === program && (batch.length === 0 || length <= MAX_BATCH_LENGTH);
    (isTaken ? batch : others).push(question);
  }
  waiting.splice(0, waiting.length, ...others);
  return batch;
}

type Ask = (run: Run) => Promise<Measurement[] | Lost>;

async function answersOf(ask: Ask, { program, documents }: Run): Promise<Measurement[]> {
  const answers = await ask({ program, documents });
  if (!('refusal' in answers)) return answers;
  if (answers.isLate || documents.length === 1) return documents.map(() => answers.refusal);
  // One document has taken the others down with it. Alone, each has its own outcome.
  const alone: Measurement[] = [];
  for (const document of documents) {
    alone.push(...(await answersOf(ask, { program, documents: [document] })));
  }
  return alone;
}

/** One thread at a time, another after each that was lost. While it is idle, the process may end. */
function thread(milliseconds: number): Ask {
  let worker: Worker | undefined;
  return async (run) => {
    const late = new AbortController();
    try {
      worker ??= await start();
      worker.ref();
      worker.postMessage(run);
      const answers = await answerWithin(milliseconds, worker, late);
      worker.unref();
      return answers;
    } catch (error) {
      const lost = worker;
      worker = undefined;
      await lost?.terminate();
      const isLate = late.signal.aborted;
      const cause = isLate ? `took more than ${milliseconds / 1000} s` : (error as Error).message;
      return { refusal: refuse('BadQuery', `spec.jqExpression: ${cause}`), isLate };
    }
  };
}

/** Throws where the thread ended with an error, or `late` is aborted since it took too long. */
async function answerWithin(
  milliseconds: number,
  worker: Worker,
  late: AbortController,
): Promise<Measurement[]> {
  // Answers that are there already are read before what is immediate: we may be late ourselves.
  const timer = setTimeout(() => {
    setImmediate(() => {
      late.abort();
    });
  }, milliseconds);
  try {
    const [answers] = (await once(worker, 'message', { signal: late.signal })) as [Measurement[]];
    return answers;
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a thread and waits until it has loaded jq: that is not part of any program's time. */
async function start(): Promise<Worker> {
  const { Worker } = await import('node:worker_threads');
  // Where this file is bundled, the thread's is beside the bundle.
  const file = import.meta.filename.endsWith('.ts') ? './jqWorker.ts' : './jq.mjs';
  const worker = new Worker(new URL(file, import.meta.url), {
    // This process's flags may be for its own entry only.
    execArgv: [],
    // What jq prints where it is out of memory is in the answer.
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
  });
  // However it ends, that is an error to whoever waits for an answer, and to nobody else.
  worker.on('error', () => undefined);
  worker.on('exit', () => worker.emit('error', new Error('the thread ended')));
  await once(worker, 'message');
  return worker;
}
