import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { refuse } from '../../functions/lib/metrics/answer.ts';
import { jq } from '../../functions/lib/metrics/jq.ts';
import type { Run } from '../../functions/lib/metrics/jqWorker.ts';

const ask = jq();

function value(number: number): Measurement {
  return { kind: 'Value', value: number };
}

function badQuery(message: string): Measurement {
  return refuse('BadQuery', `spec.jqExpression: ${message}`);
}

const together = suite('jq programs asked at the same time');

together('have one run for each of them, and the answers in their places', async () => {
  const runs = await spied(async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    const answers = await Promise.all(
      numbers.map((number) => ask(number % 2 ? '.[0]' : '-.[0]', `[${number}]`)),
    );
    assert.equal(
      answers,
      numbers.map((number) => value(number % 2 ? number : 0 - number)),
    );
  });
  assert.equal(
    runs.map(({ documents }) => documents.length),
    [10, 10],
  );
});

together('wait for a run that is going on, and are the next one', async () => {
  const runs = await spied(async () => {
    const first = ask('.', '1');
    await turn();
    const later = [ask('.', '2'), ask('.', '3')];
    assert.equal(await Promise.all([first, ...later]), [value(1), value(2), value(3)]);
  });
  assert.equal(
    runs.map(({ documents }) => documents),
    [['1'], ['2', '3']],
  );
});

together('are not put into one run where their documents are large', async () => {
  const large = `[${'1,'.repeat(200_000)}1]`;
  const runs = await spied(async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => ask('length', large)));
    assert.equal(
      answers,
      [1, 2, 3, 4].map(() => value(200_001)),
    );
  });
  assert.equal(
    runs.map(({ documents }) => documents.length),
    [2, 2],
  );
});

together('do not share what one document does to them', async () => {
  const documents = ['1', '"x"', '1], [2', '[[[', '[1]', 'null', '{"a":', '2'];
  const answers = await Promise.all(documents.map((json) => ask('.', json)));
  const kinds = answers.map(({ kind }) => kind);
  const [number, error] = ['Value', 'Error'];
  assert.equal(kinds, [number, error, error, error, error, 'NoData', error, number]);
});

together('are asked again, each alone, where one document is too much for jq', async () => {
  const program = 'if . > 2 then [range(1e9)] else . end';
  const patient = jq({ milliseconds: 10_000 });
  const answers = await Promise.all(['1', '3', '2'].map((json) => patient(program, json)));
  assert.equal(answers, [value(1), badQuery('ran out of memory (64 MiB)'), value(2)]);
});

const limits = suite('a jq program without bounds');

limits('is ended when its time is up, and the others have their answers', async () => {
  const hasty = jq({ milliseconds: 500 });
  const endless = 'def f: f; f';
  const answers = await Promise.all([
    hasty(endless, '1'),
    hasty('.', '1'),
    hasty(endless, '2'),
    hasty('.', '2'),
  ]);
  const late = badQuery('took more than 0.5 s');
  assert.equal(answers, [late, value(1), late, value(2)]);
});

limits('is not blamed where it is our own thread that was busy', async () => {
  const hasty = jq({ milliseconds: 500 });
  await hasty('.', '1');
  const answer = hasty('.', '2');
  // The run begins after this turn's other callbacks.
  await turn();
  await turn();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
  assert.equal(await answer, value(2));
});

const BOUNDLESS: [program: string, message: string][] = [
  ['[range(1e9)]', 'ran out of memory (64 MiB)'],
  ['def f: 1 + f; f', 'ran out of memory (64 MiB)'],
  ['"x" * 1e9 | length', 'ran out of memory (64 MiB)'],
  ['try [range(1e9)] catch 1', 'ran out of memory (64 MiB)'],
  ['reduce range(9000) as $i (0; [.]) | tojson', 'jq failed: memory access out of bounds'],
];

for (const [program, message] of BOUNDLESS) {
  limits(`is an error, and the next question has its answer: ${program}`, async () => {
    const patient = jq({ milliseconds: 10_000 });
    assert.equal(await patient(program, '1'), badQuery(message));
    assert.equal(await patient('.', '1'), value(1));
  });
}

const processes = suite('a process with jq');

processes(
  'loads it with the first use, leaves room in a pod of 512 MiB whatever is asked, and ends',
  async () => {
    const file = join(import.meta.dirname, '../../functions/lib/metrics/jq.ts');
    const { loaded, loadedLater, answers, mebibytes } = (await evaluate(`
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
    const { jq } = await import(${JSON.stringify(file)});
    const ask = jq();
    const loaded = [...urls];
    const programs = ['1', '[range(1e9)]', 'def f: 1 + f; f', '("x" * 1e6) as $x | [range(1e9) | $x | stderr]', '[limit(1e7; repeat("x" * 100))] | add', '1'];
    const answers = [];
    for (const program of programs) answers.push((await ask(program, '1')).kind);
    const mebibytes = process.resourceUsage().maxRSS / 1024;
    console.log(JSON.stringify({ loaded, loadedLater: urls, answers, mebibytes }));
  `)) as { loaded: string[]; loadedLater: string[]; answers: string[]; mebibytes: number };
    const isOfJq = (url: string): boolean => /jq-wasm|jqWorker|worker_threads/.test(url);
    assert.equal(loaded.filter(isOfJq), []);
    assert.equal(loadedLater.filter(isOfJq), ['node:worker_threads']);
    assert.equal(answers, ['Value', 'Error', 'Error', 'Error', 'Error', 'Value']);
    assert.ok(mebibytes < 400, `${mebibytes} MiB`);
  },
);

/** The runs that threads were given meanwhile. */
async function spied(meanwhile: () => Promise<void>): Promise<Run[]> {
  const runs: Run[] = [];
  const original = Object.getOwnPropertyDescriptor(Worker.prototype, 'postMessage')!;
  const post = original.value as (run: Run) => void;
  Worker.prototype.postMessage = function (run: Run) {
    runs.push(run);
    post.call(this, run);
  };
  try {
    await meanwhile();
  } finally {
    Object.defineProperty(Worker.prototype, 'postMessage', original);
  }
  return runs;
}

/** The JSON that a process prints, and nothing else, and then ends by itself; else this rejects. */
async function evaluate(script: string): Promise<unknown> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { timeout: 30_000 },
  );
  assert.is(stderr, '');
  return JSON.parse(stdout);
}

for (const each of [together, limits, processes]) each.run();
