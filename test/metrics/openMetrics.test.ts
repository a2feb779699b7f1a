import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import client from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  parseOpenMetrics,
  type Dialect,
  type ExposedSample,
} from '../../functions/lib/metrics/openMetrics.ts';
import { isInPath } from '../shared.ts';

const samples = suite('samples in exposed metrics');
const problems = suite('what exposed metrics may not be');
const others = suite('exposed metrics as others have them');

function samplesIn(text: string, dialect?: Dialect): ExposedSample[] {
  const read = parseOpenMetrics(text, dialect);
  if (read.kind === 'Problem') throw new Error(`line ${read.line}: ${read.message}`);
  return read.body.data.result;
}

samples('have the shape of an instant vector', () => {
  assert.equal(parseOpenMetrics('requests_total{code="200",} 12 1700000000500\n'), {
    kind: 'Samples',
    body: {
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          { metric: { __name__: 'requests_total', code: '200' }, value: [1700000000.5, '12'] },
        ],
      },
    },
  });
});

const VALUES: [line: string, value: string][] = [
  ['a 1', '1'],
  ['a 1.0', '1'],
  ['a +.5e1', '5'],
  ['a -0.25', '-0.25'],
  ['a\t1', '1'],
  ['a{} 1', '1'],
  ['a NaN', 'NaN'],
  ['a +Inf', '+Inf'],
  ['a inf', '+Inf'],
  ['a -Inf', '-Inf'],
  ['kn:sum:rate5m 3', '3'],
];

for (const [line, value] of VALUES) {
  samples(`${line}: ${value}`, () => {
    assert.equal(samplesIn(`${line}\n`)[0]!.value, [null, value]);
  });
}

samples('have labels with escapes, blanks and every other character', () => {
  const text = String.raw`a { b = "x\\y\"z\nü, }=" , __proto__="own" } 1`;
  const [{ metric }] = samplesIn(`${text}\n`) as [ExposedSample];
  assert.equal(Object.entries(metric), [
    ['__name__', 'a'],
    ['b', 'x\\y"z\nü, }='],
    ['__proto__', 'own'],
  ]);
});

samples('of OpenMetrics have seconds and exemplars, and an end', () => {
  const text =
    '# TYPE a histogram\n# UNIT a seconds\n# HELP a What it is.\n' +
    'a_bucket{le="1"} 3 1700000000.5 # {trace_id="x # y"} 0.67 1699999999.1\n' +
    'a_bucket{le="+Inf"} 4 # {} 1.5\n# EOF';
  assert.equal(
    samplesIn(text).map(({ value }) => value),
    [
      [1700000000.5, '3'],
      [null, '4'],
    ],
  );
  assert.equal(samplesIn(`${text}\n`), samplesIn(text));
});

samples('may come with carriage returns, comments, blank lines, or not at all', () => {
  assert.is(samplesIn('# nothing\r\n\r\na 1\r\n  \r\n# HELP\n# TYPE\n').length, 1);
  assert.equal(samplesIn(''), []);
  assert.equal(samplesIn('# EOF\n'), []);
});

const PROBLEMS: [text: string, line: number, message: RegExp][] = [
  ['a 1', 1, /no line feed at its end; was it cut off\?/],
  ['a 1\nb 12', 2, /cut off/],
  ['a\n', 1, /no value/],
  ['a x\n', 1, /"x" is no number/],
  ['a 0x10\n', 1, /is no number/],
  ['a 1_000\n', 1, /is no number/],
  ['a 1e999\n', 1, /is no number/],
  ['a 1 1.5\n', 1, /"1.5" is no timestamp/],
  ['a 1 2 3\n', 1, /found "3" after the value/],
  ['1a 1\n', 1, /expected a metric name, found "1a 1"/],
  ['a{1b="c"} 1\n', 1, /expected a label name/],
  ['a{b:c="d"} 1\n', 1, /expected =/],
  ['a{b="c" d="e"} 1\n', 1, /expected ,, found "d=/],
  ['a{,} 1\n', 1, /expected a label name/],
  ['a{b="c\n"} 1\n', 1, /without its closing quote/],
  ['a{b="c"\n', 1, /expected ,, found the end of the line/],
  ['a{b="\\x"} 1\n', 1, /escape/],
  ['a{b="1",b="2"} 1\n', 1, /the label b twice/],
  ['a{__name__="b"} 1\n', 1, /the label __name__ twice/],
  ['a 1\nb 1\na 2\n', 3, /a second sample of the same a/],
  ['a{b="1",c="2"} 1\na{c="2",b="1"} 1\n', 2, /a second sample/],
  ['# TYPE a foo\n', 1, /"foo" is no type/],
  ['# TYPE a gauge\n# TYPE a gauge\n', 2, /a second TYPE of a/],
  ['# HELP a b\n# HELP a c\n', 2, /a second HELP of a/],
  ['a 1\n# TYPE a gauge\n', 2, /the TYPE of a after its samples/],
  ['a 1 # {b="c"} 1\n', 1, /no timestamp|after the value/],
  ['a 1 # b\n# EOF\n', 1, /an exemplar without labels/],
  ['# EOF\na 1\n# EOF\n', 2, /goes on after # EOF/],
  ['# EOF\n# EOF', 2, /cut off|goes on/],
  ['{"detail":"Not Found"}\n', 1, /expected a metric name/],
];

for (const [text, line, message] of PROBLEMS) {
  problems(`${JSON.stringify(text)}: line ${line}`, () => {
    const read = parseOpenMetrics(text);
    assert.is(read.kind, 'Problem');
    if (read.kind !== 'Problem') return;
    assert.is(read.line, line);
    assert.match(read.message, message);
  });
}

problems('OpenMetrics without an end was cut off', () => {
  const read = parseOpenMetrics('a 1\n', 'OpenMetrics');
  assert.equal(read, { kind: 'Problem', line: 2, message: 'it has no # EOF; was it cut off?' });
});

problems('values with names in them are not the same series', () => {
  assert.is(samplesIn('a{b="1,c=1:2"} 1\na{b="1",c="2"} 1\n').length, 2);
});

problems('no text makes it throw, or take long', () => {
  const letters = fc.constantFrom(
    'a',
    'é',
    '1',
    ' ',
    '\t',
    '{',
    '}',
    '"',
    ',',
    '=',
    '\\',
    '\n',
    '\r',
    '#',
    '.',
    '-',
    '# TYPE ',
    '# EOF',
    'NaN',
    '="b"}',
  );
  const text = fc.array(letters, { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      text,
      fc.constantFrom<Dialect | undefined>('0.0.4', 'OpenMetrics', undefined),
      (one, dialect) => {
        const read = parseOpenMetrics(one, dialect);
        assert.ok(read.kind === 'Samples' || read.line > 0);
      },
    ),
    { numRuns: 3000, seed: 6 },
  );
});

const HOSTILE: [what: string, text: string][] = [
  ['one name', 'a'],
  ['blanks', 'a '],
  ['braces', 'a{'],
  ['quotes', 'a{b="'],
  ['escapes', '\\n'],
  ['line feeds', '\n'],
  ['hashes', '# '],
  ['digits', '1'],
  ['signs', '+-.e'],
  ['ends', '# EOF\n'],
];

for (const [what, part] of HOSTILE) {
  problems(`a megabyte of ${what} takes no longer than its length`, () => {
    for (const prefix of ['', 'a ', 'a{b="', 'a{']) {
      const text = `${prefix}${part.repeat(2 ** 20 / part.length)}\n`;
      const start = process.cpuUsage();
      parseOpenMetrics(text);
      const { user, system } = process.cpuUsage(start);
      // What is not linear takes minutes; the rest of the margin is for a busy machine.
      assert.ok(user + system < 1_000_000, `${(user + system) / 1000} ms`);
    }
  });
}

others('prom-client writes: the same values are read', async () => {
  for (const type of ['Prometheus', 'OpenMetrics'] as const) {
    const registry = new client.Registry<client.RegistryContentType>();
    if (type === 'OpenMetrics') registry.setContentType(client.openMetricsContentType);
    const registers = [registry];
    const hard = 'a "quoted"\\ \n line';
    new client.Counter({ name: 'c_total', help: 'c "\\\n', labelNames: ['l'], registers }).inc(
      { l: hard },
      2.5,
    );
    new client.Gauge({ name: 'g', help: 'g', registers }).set(-1e-9);
    const histogram = new client.Histogram({ name: 'h', help: 'h', buckets: [1, 2], registers });
    histogram.observe(1.5);
    const text = await registry.metrics();
    assert.is(text.endsWith('# EOF\n'), type === 'OpenMetrics');
    const read = samplesIn(text);
    const byName = Object.fromEntries(
      read.map(({ metric: { __name__, le = '' }, value }) => [`${__name__}${le}`, value[1]]),
    );
    assert.is(read.find(({ metric }) => metric.l !== undefined)?.metric.l, hard);
    assert.equal(byName, {
      c_total: '2.5',
      g: '-1e-9',
      h_bucket1: '0',
      h_bucket2: '1',
      'h_bucket+Inf': '1',
      h_sum: '1.5',
      h_count: '1',
    });
  }
});

/** Cases on which we differ from promtool on purpose: carriage returns and blanks, and second samples. */
const DIFFERENT = [
  'a 1\nb 1\na 2\n',
  'a{b="1",c="2"} 1\na{c="2",b="1"} 1\n',
  '# EOF\na 1\n# EOF\n',
];

if (isInPath('promtool')) {
  const texts = [...VALUES.map(([line]) => `${line}\n`), ...PROBLEMS.map(([text]) => text)];
  others('promtool takes and refuses the same texts', () => {
    for (const text of texts.filter((one) => !DIFFERENT.includes(one))) {
      const { status } = spawnSync('promtool', ['check', 'metrics'], { input: text });
      const isValid = parseOpenMetrics(text, '0.0.4').kind === 'Samples';
      // 3: what it reads well, but would write in another way.
      assert.is(isValid, status === 0 || status === 3, JSON.stringify(text));
    }
  });
}

samples.run();
problems.run();
others.run();
