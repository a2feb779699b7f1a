import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../../../sandbox/apiserver/schema/cel.ts';

const given = {
  numbers: [3n, 1n, 2n],
  doubles: [0.5, 1.5],
  words: ['a', 'b'],
  empty: [],
  text: 'a1b22',
};

const true_ = [
  'self.numbers.sum() == 6 && self.doubles.sum() == 2.0 && self.empty.sum() == 0',
  'self.numbers.min() == 1 && self.numbers.max() == 3',
  '!self.numbers.isSorted() && self.words.isSorted() && self.empty.isSorted()',
  "self.numbers.indexOf(2) == 2 && self.words.indexOf('c') == -1 && self.text.indexOf('b') == 2",
  "self.text.find('[0-9]+') == '1' && self.text.find('x') == ''",
  "self.text.findAll('[0-9]+') == ['1', '22']",
  "self.text.matches('^a') && self.text.startsWith('a1') && self.text.split('b') == ['a1', '22']",
  "self.text.upperAscii() == 'A1B22' && self.text.size() == 5",
  "duration('90s') > duration('1m') && duration('1h') == duration('60m')",
  'self.numbers.exists_one(n, n == 2) && self.numbers.filter(n, n > 1).map(n, n * 2) == [6, 4]',
  "quantity('1500m').compareTo(quantity('1.5')) == 0 && quantity('1Gi') == quantity('1024Mi')",
  "quantity('1').isLessThan(quantity('1k')) && quantity('1M').isGreaterThan(quantity('1k'))",
  "isQuantity('10Mi') && !isQuantity('ten')",
];

const functions = suite('functions of rules');

for (const expression of true_) {
  functions(expression, () => {
    assert.is(compile(expression, 'bool').run(given, undefined), true);
  });
}

functions('refuse what they cannot take', () => {
  const run = (expression: string) => () => compile(expression, 'bool').run(given, undefined);
  assert.throws(run("quantity('ten') == quantity('1')"), /quantities must match the regular/);
  assert.throws(run('self.empty.min() == 1'), /empty/);
});

functions.run();
