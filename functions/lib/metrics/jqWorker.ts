// The thread in which jq runs, with one jq for all runs. What jq does not survive ends the thread.
import { parentPort } from 'node:worker_threads';
import { loadJq } from 'jq-wasm/inline';
import type { Measurement } from '../experiment/observations.ts';
import { nothing, refuse, type Refusal } from './answer.ts';

/** A program, and the JSON texts that each are to become a number by it. */
export type Run = { program: string; documents: string[] };

/** That the thread has loaded jq, and from then on what each document of a run became. */
type Reply = 'Ready' | Measurement[];

/** What a program gave for a document, at most two values, or the error that it ended with. */
type Outcome = Output[] | string;

/** A value. Of those that are no measurement, this is the start of a string or what else it is. */
type Output = number | boolean | null | string | [Oddity];
type Oddity = 'nan' | 'infinite' | 'array' | 'object';

type Instantiate = (bytes: Uint8Array, imports: Imports) => Promise<unknown>;
type Imports = Record<string, Record<string, (...values: number[]) => unknown>>;

const MAX_MEBIBYTES = 64;
const MAX_CHARACTERS = 200;
const MAX_KNOWN_PROGRAMS = 1000;
const COMPILE_ERROR = 3;

/**
 * Before a program: it sees nothing of where it runs, not even the environment that jq-wasm makes up,
 * and neither ends jq, nor reads the other documents, nor writes past its outcome.
 */
const CONFINED = `{} as $ENV | def env: $ENV; def debug: .; def debug(f): .; def stderr: .;
  def halt: error("halt and halt_error cannot be used"); def halt_error: halt; def halt_error(f): halt;
  def input: error("input and inputs cannot be used: there is one document"); def inputs: input;`;

/**
 * After a program: one short line with its outcome for each document, and never an error. A number may
 * have any number of digits until something is calculated with it.
 */
const EACH_OUTCOME = `def shown:
    if type == "number" then
      . * 1 | if isnan then ["nan"] elif isinfinite then ["infinite"] else . end
    elif type == "string" then .[:100]
    elif type == "array" or type == "object" then [type]
    else . end;
  .[] | try [limit(2; fromjson | program) | shown]
    catch (if type == "string" then . else tojson end | .[:${MAX_CHARACTERS}])`;

let isOutOfMemory = false;
const jq = await loadConfined();
const problems = new Map<string, Refusal | undefined>();

parentPort!.on('message', (run: Run) => {
  parentPort!.postMessage(measure(run) satisfies Reply);
});
parentPort!.postMessage('Ready' satisfies Reply);

/** jq with a bound to its memory. `jq-wasm/inline` keeps its bytes to itself, so this is the way in. */
async function loadConfined(): ReturnType<typeof loadJq> {
  const webAssembly = (globalThis as unknown as { WebAssembly: { instantiate: Instantiate } })
    .WebAssembly;
  const { instantiate } = webAssembly;
  webAssembly.instantiate = (bytes, imports) => {
    boundMemory(imports);
    return instantiate(bytes, imports);
  };
  try {
    return await loadJq();
  } finally {
    webAssembly.instantiate = instantiate;
  }
}

/** The keys of the imports are minified and may change. The names of the functions are not. */
function boundMemory(imports: Imports): void {
  const all = Object.values(imports).flatMap((group) =>
    Object.entries(group).map(([key, value]) => ({ group, key, value })),
  );
  const resize = all.find(({ value }) => value.name === '_emscripten_resize_heap');
  if (!resize) throw new Error("jq's memory cannot be bounded: it has no _emscripten_resize_heap");
  resize.group[resize.key] = (size = 0) => {
    // As an unsigned number.
    if (size >>> 0 <= MAX_MEBIBYTES * 1024 * 1024) return resize.value(size);
    isOutOfMemory = true;
    return 0;
  };
}

function measure({ program, documents }: Run): Measurement[] {
  const problem = problemOf(program);
  if (problem) return documents.map(() => problem);
  // An end of line may be escaped where it ends a comment. Two are not.
  const query = `${CONFINED} def program: (${program}\n\n); ${EACH_OUTCOME}`;
  const { stdout, stderr, exitCode } = run(JSON.stringify(documents), query, '-c');
  if (exitCode === COMPILE_ERROR) return documents.map(() => uncompiled(stderr));
  const lines = stdout.split('\n');
  if (lines.length !== documents.length) throw new Error(`jq ended early: ${firstLine(stderr)}`);
  return lines.map((line) => measurementOf(JSON.parse(line) as Outcome));
}

/** What is wrong with a program on its own: it could be right in the middle of another. */
function problemOf(program: string): Refusal | undefined {
  if (!problems.has(program)) {
    if (problems.size >= MAX_KNOWN_PROGRAMS) problems.clear();
    // Without a document it is compiled and not run.
    const { stderr, exitCode } = run('', program, '--');
    problems.set(program, exitCode === 0 ? undefined : uncompiled(stderr));
  }
  return problems.get(program);
}

/** Throws where jq is not to be asked again: it failed, or went on after memory was refused to it. */
function run(input: string, query: string, flag: string): ReturnType<typeof jq.raw> {
  let failure = '';
  try {
    const result = jq.raw(input, query, [flag]);
    if (!isOutOfMemory) return result;
  } catch (error) {
    failure = (error as Error).message;
  }
  throw new Error(
    isOutOfMemory ? `ran out of memory (${MAX_MEBIBYTES} MiB)` : `jq failed: ${failure}`,
  );
}

function measurementOf(outcome: Outcome): Measurement {
  if (typeof outcome === 'string') return failed(outcome);
  if (outcome.length > 1) {
    const text = 'gave more than one value; aggregate them, for instance with [...] | add';
    return refuse('SeveralSeries', `spec.jqExpression: ${text}`);
  }
  const [output] = outcome;
  if (output === undefined || output === null) {
    return nothing('NoData', `spec.jqExpression: gave ${output === null ? 'null' : 'no value'}`);
  }
  return typeof output === 'number' || typeof output === 'boolean'
    ? { kind: 'Value', value: Number(output) }
    : noNumber(output);
}

function noNumber(output: string | [Oddity]): Measurement {
  if (typeof output === 'string') {
    const shown = JSON.stringify(output).slice(0, MAX_CHARACTERS);
    const text = `gave a string ${shown}; expected a number: add | tonumber`;
    return refuse('BadAnswer', `spec.jqExpression: ${text}`);
  }
  const [oddity] = output;
  if (oddity === 'nan') return nothing('NaN', 'spec.jqExpression: the value is not a number (NaN)');
  if (oddity === 'infinite') return nothing('NaN', 'spec.jqExpression: the value is infinite');
  return refuse('BadAnswer', `spec.jqExpression: gave an ${oddity}; expected a number`);
}

/** An error that is about null comes of an answer with nothing in it; one about 0, of no requests. */
function failed(error: string): Measurement {
  const message = `spec.jqExpression: ${error}`;
  const withoutStrings = error.replace(/"(\\.|[^"\\])*("|$)/gs, '');
  const isAboutNull = /\bnull \(null\)|\b(index|over|whether) null\b/.test(withoutStrings);
  if (isAboutNull) return nothing('NoData', message);
  const isDivisionBy0 = withoutStrings.endsWith('because the divisor is zero');
  return isDivisionBy0 ? nothing('NaN', message) : refuse('BadAnswer', message);
}

function uncompiled(stderr: string): Refusal {
  return refuse('BadQuery', `spec.jqExpression: ${firstLine(stderr)}`);
}

/** The first of jq's complaints, without the lines that point at it. */
function firstLine(stderr: string): string {
  const [line = ''] = stderr.split('\n');
  return line.replace(/^jq: error: |:$/g, '').slice(0, MAX_CHARACTERS);
}
