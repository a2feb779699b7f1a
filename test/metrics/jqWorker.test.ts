import fc from 'fast-check';
import { loadJq } from 'jq-wasm/inline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Measurement } from '../../functions/lib/experiment/observations.ts';
import { nothing, refuse } from '../../functions/lib/metrics/answer.ts';
import { jq } from '../../functions/lib/metrics/jq.ts';

const ask = jq();

function value(number: number): Measurement {
  return { kind: 'Value', value: number };
}

function bad(message: string): Measurement {
  return refuse('BadAnswer', `spec.jqExpression: ${message}`);
}

function badQuery(message: string): Measurement {
  return refuse('BadQuery', `spec.jqExpression: ${message}`);
}

function noData(message: string): Measurement {
  return nothing('NoData', `spec.jqExpression: ${message}`);
}

const infinite = nothing('NaN', 'spec.jqExpression: the value is infinite');
const several = refuse(
  'SeveralSeries',
  'spec.jqExpression: gave more than one value; aggregate them, for instance with [...] | add',
);

const outcomes = suite('what a jq program gives');

const VECTOR = '{"status":"success","data":{"result":[{"value":[1556823494.744,"21.7639"]}]}}';
const EMPTY = '{"status":"success","data":{"result":[]}}';
const FIRST = '.data.result[0].value[1] | tonumber';

const OUTCOMES: [what: string, program: string, json: string, expected: Measurement][] = [
  ['a number', FIRST, VECTOR, value(21.7639)],
  ['a number of an empty answer', FIRST, EMPTY, noData('null (null) cannot be parsed as a number')],
  ['the document, where it is empty', ' \n', '-0.25', value(-0.25)],
  ['more digits than doubles have', '.', '12345678901234567890', value(12345678901234567890)],
  ['more than doubles can be', '.', '1e1000', infinite],
  ['that much as a literal', '-1e1000', '0', infinite],
  ['infinity', 'infinite', '0', infinite],
  ['nan', 'nan', '0', nothing('NaN', 'spec.jqExpression: the value is not a number (NaN)')],
  ['true', '.a > 0', '{"a":1}', value(1)],
  ['false', '.a > 0', '{"a":0}', value(0)],
  ['null', '.b', '{"a":1}', noData('gave null')],
  ['nothing', '.[]', '[]', noData('gave no value')],
  ['two numbers', '.[]', '[1,2]', several],
  ['numbers without end', 'repeat(1)', '0', several],
  ['a loop over null', 'add', 'null', noData('Cannot iterate over null (null)')],
  ['a sum with null', '.a / 2', '{}', noData('null (null) and number (2) cannot be divided')],
  [
    'an error that quotes null',
    'tonumber',
    '"is null (null)"',
    bad('string ("is null (null)") cannot be parsed as a number'),
  ],
  ['an error of its own', 'error("no \\(.)")', '1', bad('no 1')],
  ['an error that is no text', 'error({a: 1})', '1', bad('{"a":1}')],
  ['a long error', 'error("x" * 1000)', '1', bad('x'.repeat(200))],
  ['an error after a number', '1, error("late")', '1', bad('late')],
  ['a string', '.', '"21"', bad('gave a string "21"; expected a number: add | tonumber')],
  [
    'a long string',
    '"x" * 100000',
    '0',
    bad(`gave a string "${'x'.repeat(100)}"; expected a number: add | tonumber`),
  ],
  ['an array', '[range(100000)]', '0', bad('gave an array; expected a number')],
  ['an object', '.', VECTOR, bad('gave an object; expected a number')],
  [
    'a number, for text that is no JSON',
    '1',
    'no',
    bad("Invalid numeric literal at EOF at line 1, column 2 (while parsing 'no')"),
  ],
  ['a number, for no text', '1', '', bad("Expected JSON value (while parsing '')")],
];

for (const [what, program, json, expected] of OUTCOMES) {
  outcomes(`${what}: ${program.trim()}`, async () => {
    assert.equal(await ask(program, json), expected);
  });
}

const compiling = suite('a jq program that does not compile');

const UNCOMPILED: [program: string, message: string][] = [
  ['.a |', 'syntax error, unexpected end of file at <top-level>, line 1, column 4'],
  [
    '1) | (2',
    'syntax error, unexpected INVALID_CHARACTER, expecting end of file at <top-level>, line 1, column 2',
  ],
  ['program', 'program/0 is not defined at <top-level>, line 1, column 1'],
  ['import "passwd" as $p {search: "/etc"}; $p', 'module not found: passwd'],
  ['include "functions"; 1', 'module not found: functions'],
  ['--version', 'version/0 is not defined at <top-level>, line 1, column 3'],
];

for (const [program, message] of UNCOMPILED) {
  compiling(`is refused with what jq says: ${program}`, async () => {
    assert.equal(await ask(program, '1'), badQuery(message));
  });
}

compiling('is refused in at most 200 characters', async () => {
  const { message } = (await ask('x'.repeat(1000), '1')) as { message: string };
  assert.equal(message.length, 'spec.jqExpression: '.length + 200);
});

const confined = suite('a jq program');

const CONFINED: [what: string, program: string, expected: Measurement][] = [
  ['sees no environment', '[env, $ENV] | map(length) | add', value(0)],
  ['cannot end jq', 'halt', bad('halt and halt_error cannot be used')],
  ['cannot end jq with an error', '1 | halt_error(3)', bad('halt and halt_error cannot be used')],
  [
    'has one document',
    '[inputs] | length',
    bad('input and inputs cannot be used: there is one document'),
  ],
  ['may debug', '1 | debug | debug("x") | stderr', value(1)],
  ['may end in a comment', '1 # one', value(1)],
  ['may end in a comment that escapes its end', '1 # one \\', value(1)],
  ['may begin with a minus', '-1', value(-1)],
  [
    'may define what jq is confined with',
    'def program: 1; def shown: 2; program + shown',
    value(3),
  ],
];

for (const [what, program, expected] of CONFINED) {
  confined(`${what}: ${program}`, async () => {
    assert.equal(await ask(program, '0'), expected);
  });
}

const chance = suite('jq programs and documents by chance');

chance('give a value where jq itself gives one number or boolean, and only there', async () => {
  const itself = await loadJq();
  const words = [
    '.',
    '.a',
    '.[]',
    '[0]',
    '|',
    ',',
    '+',
    '/',
    '1',
    '1e1000',
    '"x"',
    'null',
    'nan',
    'true',
    'not',
    'add',
    'length',
    'tonumber',
    'tostring',
    'tojson',
    'first',
    'empty',
    'error',
    'try',
    'catch',
    '?',
    '//',
    'input',
    'debug',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '$x',
    'as',
    'def f:',
    ';',
    '# ',
    '\\',
    '\n',
    'limit(1; .[])',
    'if',
    'then',
    'end',
    '..',
    '@sh',
    '=',
    'input_filename',
  ];
  const noise = fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((all) => all.join(' '));
  const filter = fc.constantFrom(
    '.a',
    '.[0]?',
    '.[]?',
    'length',
    '1 / 3',
    '. + 1',
    '"1"',
    'tonumber',
    'tostring',
    'add?',
    '-.',
    '. == 1',
  );
  const pipe = fc.array(filter, { minLength: 1, maxLength: 4 }).map((all) => all.join(' | '));
  const program = fc.oneof(noise, pipe);
  const json = fc.oneof(
    fc.json({ maxDepth: 2 }),
    fc.constantFrom('1', '[1]', '{"a":1}', '{"a":[1,2]}', '', '1]', '[1', '1 2', 'nan'),
  );
  const samples = fc.sample(fc.tuple(program, json), { numRuns: 1_000, seed: 1 });
  const answers = await Promise.all(samples.map(([program, json]) => ask(program, json)));
  const wrong = samples.filter(([program, json], index) => {
    const { stdout, exitCode } = itself.raw(json, program.trim() === '' ? '.' : program, [
      '-c',
      '--',
    ]);
    const number = /^\S+$/.test(stdout) && exitCode === 0 ? numberIn(stdout) : undefined;
    const answer = answers[index]!;
    return answer.kind === 'Value' ? answer.value !== number : number !== undefined;
  });
  assert.equal(wrong, []);
  const found = answers.filter(({ kind }) => kind === 'Value').length;
  assert.ok(found > 50, `${found} values`);
});

/** The finite number that jq printed, or 1 or 0 for a boolean. */
function numberIn(stdout: string): number | undefined {
  const parsed: unknown = JSON.parse(stdout);
  if (typeof parsed === 'boolean') return Number(parsed);
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined;
}

for (const each of [outcomes, compiling, confined, chance]) each.run();
