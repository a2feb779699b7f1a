import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { formatQuantity, parseQuantity } from '../../functions/lib/analysis/quantity.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';

const parse = suite('parseQuantity');

const NUMBERS: [string | number, number][] = [
  [0, 0],
  [1.9, 1.9],
  [-3, -3],
  ['0', 0],
  ['+5', 5],
  ['-0.5', -0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['250m', 0.25],
  ['1n', 1e-9],
  ['3u', 3e-6],
  ['2k', 2000],
  ['1M', 1e6],
  ['1.5Gi', 1610612736],
  ['1Ki', 1024],
  ['1Ei', 2 ** 60],
  ['1E', 1e18],
  ['1E3', 1000],
  ['1e-3', 0.001],
  ['100m', 0.1],
];

for (const [text, number] of NUMBERS) {
  parse(`reads ${JSON.stringify(text)} as ${number}`, () => {
    assert.is(parseQuantity(text), number);
  });
}

const NONSENSE = [
  ...['', ' 1', '1 ', 'abc', '1K', '1ki', '1e', '1e1.5', '1mm', '1e3m', '0x10', '1,5', '1_000'],
  ...['NaN', 'Infinity', '-inf', '--1', '.', '1e999', '1\n', '١'],
];

for (const text of NONSENSE) {
  parse(`finds no number in ${JSON.stringify(text)}`, () => {
    assert.is(parseQuantity(text), undefined);
  });
}

parse('finds no number in NaN and the infinities', () => {
  for (const number of [NaN, Infinity, -Infinity]) assert.is(parseQuantity(number), undefined);
});

const format = suite('formatQuantity');

format('writes every number so that it is read back exactly', () => {
  const random = randomFrom('quantities');
  for (let count = 0; count < 2000; count++) {
    const number = (random() - 0.5) * 10 ** Math.floor(600 * random() - 300);
    assert.is(parseQuantity(formatQuantity(number)), number);
  }
});

format('writes nothing else than a Kubernetes quantity', () => {
  const quantity = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;
  for (const number of [0, -0, 1e21, 1.5e-7, 148.0405378277749, -2]) {
    assert.match(formatQuantity(number), quantity);
  }
});

format('refuses what is no number', () => {
  for (const number of [NaN, Infinity, -Infinity]) {
    assert.throws(() => formatQuantity(number), /is not a quantity/);
  }
});

parse.run();
format.run();
