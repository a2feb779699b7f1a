import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readFluxCsv } from '../../functions/lib/metrics/fluxCsv.ts';

const tables = suite('tables of InfluxDB');
const errors = suite('errors in tables of InfluxDB');

const ANNOTATED = [
  '#datatype,string,long,dateTime:RFC3339,double,string,boolean,unsignedLong',
  '#group,false,false,true,false,true,false,false',
  '#default,mean,,,,,,',
  ',result,table,_time,_value,host,ok,n',
  ',,0,2022-12-31T05:41:24Z,15.43,"a ""b"", \r\n\r\nc",true,7',
  ',other,1,2022-12-31T05:41:25Z,,,false,',
].join('\r\n');

tables('have numbers where their datatype says so, defaults, and null for nothing', () => {
  assert.equal(readFluxCsv(`${ANNOTATED}\r\n\r\n`), {
    rows: [
      {
        result: 'mean',
        table: 0,
        _time: '2022-12-31T05:41:24Z',
        _value: 15.43,
        host: 'a "b", \r\n\r\nc',
        ok: true,
        n: 7,
      },
      {
        result: 'other',
        table: 1,
        _time: '2022-12-31T05:41:25Z',
        _value: null,
        host: null,
        ok: false,
        n: null,
      },
    ],
  });
});

tables('come one after another, each with columns of its own', () => {
  const second =
    '#datatype,string,long,double\n#group,false,false,false\n#default,_result,,\n,result,table,x\n,,0,1\n';
  const read = readFluxCsv(`\r\n${ANNOTATED}\r\n\r\n\r\n${second}\n`);
  assert.ok('rows' in read);
  if ('rows' in read) assert.equal(read.rows[2], { result: '_result', table: 0, x: 1 });
});

tables('without annotations have texts', () => {
  assert.equal(readFluxCsv(',result,table,_value\r\n,_result,0,12\r\n\r\n'), {
    rows: [{ result: '_result', table: '0', _value: '12' }],
  });
  assert.equal(readFluxCsv('error,value\n"0,01",#2\n'), { rows: [{ error: '0,01', value: '#2' }] });
});

tables('have decimal numbers alone', () => {
  const text = '#datatype,double,long,double\n,a,b,c\n,0x10,0b1,-1.5e3\n';
  assert.equal(readFluxCsv(text), { rows: [{ a: '0x10', b: '0b1', c: -1500 }] });
});

tables('keep as text what is no number of JSON', () => {
  const text = '#datatype,double,double,long\n,a,b,c\n,NaN,+Inf,x\n';
  assert.equal(readFluxCsv(text), { rows: [{ a: 'NaN', b: '+Inf', c: 'x' }] });
});

tables('may be none, or have no rows', () => {
  for (const text of ['\r\n', '\n\n', ',result,table,_value\r\n', '#datatype,a\n']) {
    assert.equal(readFluxCsv(text), { rows: [] });
  }
});

tables('have columns by any name', () => {
  const read = readFluxCsv('__proto__,constructor\n1,2\n');
  assert.is(JSON.stringify(read), '{"rows":[{"__proto__":"1","constructor":"2"}]}');
});

const ERRORS: [said: string, reason: string][] = [
  ['engine: context deadline exceeded', 'Timeout'],
  ['Failed to parse query', 'BadQuery'],
  ['runtime error @1:2-3: sum: unsupported input type', 'BadQuery'],
  ['could not find bucket "b"', 'NotFound'],
  ['unauthorized access', 'Unauthorized'],
  ['internal error: panic', 'ServerError'],
];

for (const [said, reason] of ERRORS) {
  errors(`"${said}" in mid-stream, with status 200: ${reason}`, () => {
    const quoted = `"${said.replaceAll('"', '""')}"`;
    const table = `#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,${quoted},897\r\n`;
    const expected = { kind: 'Error', reason, message: `it says: ${said}` };
    assert.equal(readFluxCsv(table), expected);
    assert.equal(readFluxCsv(`${ANNOTATED}\r\n\r\n${table}`), expected);
    assert.equal(readFluxCsv(`error,reference\n${quoted},\n`), expected);
  });
}

errors('what is no CSV is told with the place', () => {
  for (const text of ['a,b\n1\n', 'a\n"1\n', 'a\n"1"2\n', '"a\n']) {
    const read = readFluxCsv(text);
    assert.ok('kind' in read && read.reason === 'BadAnswer', text);
    if ('kind' in read) assert.match(read.message, /^the answer is not CSV: .+line \d/);
  }
});

errors(
  'a text without the end of its last line is cut, and its last number may lack digits',
  () => {
    const read = readFluxCsv('#datatype,double\n,a\n,12');
    assert.is('kind' in read && read.reason, 'BadAnswer');
  },
);

errors('a small text that would become a large one is refused', () => {
  const megabyte = 2 ** 20;
  const texts = [
    `#default,${'x'.repeat(megabyte / 2)},\n,a,b\n${',,\n'.repeat(megabyte / 8)}`,
    `${'x'.repeat(megabyte / 2)}\n${'1\n'.repeat(megabyte / 4)}`,
    'a\n\n'.repeat(megabyte / 3),
  ];
  for (const text of texts) {
    const read = readFluxCsv(text);
    assert.is('kind' in read && read.reason, 'TooLarge');
  }
});

errors('no text makes it throw, or be a value', () => {
  const parts = fc.constantFrom(
    '#datatype',
    '#default',
    ',',
    '\n',
    '\r\n',
    '"',
    'a',
    '1',
    'error,reference',
    'double',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), (text) => {
      const read = readFluxCsv(text.join(''));
      assert.ok('rows' in read || read.message.length > 0);
    }),
    { numRuns: 2000, seed: 6 },
  );
});

tables.run();
errors.run();
