import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../functions/lib/metrics/decode.ts';

const formats = suite('formats of answers');
const refusals = suite('answers that cannot be read');

function decoded(contentType: string, text: string): unknown {
  const read = decode({ kind: 'Answer', contentType, text });
  return 'json' in read ? JSON.parse(read.json) : read;
}

const SAMPLES = {
  status: 'success',
  data: { resultType: 'vector', result: [{ metric: { __name__: 'a' }, value: [null, '1'] }] },
};

const FORMATS: [contentType: string, text: string, json: unknown][] = [
  ['application/json', '{"a":[1]}', { a: [1] }],
  ['Application/JSON; charset=UTF-8', '\uFEFF {"a":1}\n', { a: 1 }],
  ['application/vnd.elasticsearch+json;compatible-with=8', '12', 12],
  [
    'text/csv; charset=utf-8',
    ',result,_value\r\n,_result,3\r\n',
    [{ result: '_result', _value: '3' }],
  ],
  ['application/csv', '\uFEFFa\n1\n', [{ a: '1' }]],
  ['text/csv', '\r\n', []],
  ['text/plain; version=0.0.4; charset=utf-8', 'a 1\n', SAMPLES],
  ['application/openmetrics-text; version=1.0.0', 'a 1\n# EOF\n', SAMPLES],
  ['text/plain', '{"a":1}', { a: 1 }],
  ['text/plain', 'a 1\n', SAMPLES],
  ['', '[]', []],
  ['', 'a 1\n# EOF\n', SAMPLES],
  ['text/html', 'null', null],
];

for (const [contentType, text, json] of FORMATS) {
  formats(`${contentType || 'no type'}: ${JSON.stringify(text)}`, () => {
    assert.equal(decoded(contentType, text), json);
  });
}

formats('JSON stays as it was sent, so that no digit is lost', () => {
  const text = '{"a":12345678901234567890.10}';
  const read = decode({ kind: 'Answer', contentType: 'application/json', text });
  assert.equal(read, { json: text });
});

const REFUSED: [contentType: string, text: string, message: RegExp][] = [
  ['application/json', '', /^an empty answer$/],
  ['application/json', ' \r\n', /^an empty answer$/],
  ['text/csv', '', /^an empty answer$/],
  ['application/json', '{"a":', /^the answer is not JSON: it begins with "\{"a":"$/],
  ['application/json', '{"a":NaN}', /not JSON, in which NaN and Infinity are no numbers: /],
  ['application/json', 'a 1\n', /not JSON/],
  ['text/html', '<html>\u0007\n<b>\u202eno</b>', /begins with "<html> <b> ?no<\/b>"$/],
  ['', '# only a comment\n', /not JSON/],
  ['text/csv', 'a\n1,2\n', /^the answer is not CSV/],
  ['text/plain; version=0.0.4', 'a 1\nb', /^the answer is not Prometheus text: line 2: .*cut off/],
  ['application/openmetrics-text', 'a 1\n', /no # EOF; was it cut off/],
];

for (const [contentType, text, message] of REFUSED) {
  refusals(`${contentType || 'no type'}: ${JSON.stringify(text)}`, () => {
    const read = decode({ kind: 'Answer', contentType, text });
    assert.ok('kind' in read);
    if (!('kind' in read)) return;
    assert.is(read.reason, 'BadAnswer');
    assert.match(read.message, message);
  });
}

refusals('of a long text quote no more than its beginning', () => {
  const read = decode({ kind: 'Answer', contentType: '', text: `<${'x'.repeat(1e6)}` });
  assert.ok('kind' in read && read.message.length < 130);
});

refusals('no answer makes it throw, or is a value', () => {
  const types = [
    'application/json',
    'text/csv',
    'text/plain;version=0.0.4',
    'application/openmetrics-text',
    '',
    ';;',
    'text/plain',
  ];
  const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(fc.constantFrom(...types), texts, (contentType, text) => {
      const read = decode({ kind: 'Answer', contentType, text });
      if ('json' in read) JSON.parse(read.json);
      else assert.is(read.kind, 'Error');
    }),
    { numRuns: 3000, seed: 6 },
  );
});

refusals('deep nesting and a megabyte of brackets are borne', () => {
  for (const text of ['['.repeat(2 ** 20), '['.repeat(2 ** 19) + ']'.repeat(2 ** 19)]) {
    decode({ kind: 'Answer', contentType: 'application/json', text });
  }
});

formats.run();
refusals.run();
