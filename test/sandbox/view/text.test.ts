import { stripVTControlCharacters } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bar,
  clean,
  fill,
  fit,
  render,
  shorten,
  span,
  widthOf,
  wrap,
} from '../../../sandbox/view/text.ts';

const BARE = { hasColours: false, isUnicode: true };
const text = suite('text on a grid of cells');

text('comes clean: one line, one cell for each character, nothing that moves a cursor', () => {
  assert.is(clean('a\x1b[31mb\x1b[0m\x1b[2Jc'), 'abc');
  assert.is(clean('one\ntwo\tthree\r\u2028four\x07'), 'one two three  four ');
  assert.is(clean('e\u0301 naïve café – ✓'), 'é naïve café – ✓');
  assert.is(clean('模型 👩‍💻 \ud800'), '?? ? ?  ');
});

text('is shortened in its middle', () => {
  assert.is(shorten('short', 5), 'short');
  assert.is(shorten('sklearn-iris-predictor-00001', 11), 'sklea…00001');
  assert.is(shorten('sklearn-iris-predictor-00001', 10), 'sklea…0001');
  for (let columns = 1; columns < 8; columns++) {
    assert.is(shorten('a long name', columns).length, columns);
  }
});

text('is broken between words, and in words only that are too long', () => {
  assert.equal(wrap('the quick brown fox', 10), ['the quick', 'brown fox']);
  assert.equal(wrap('a abcdefghij b', 4), ['a', 'abcd', 'efgh', 'ij b']);
  assert.equal(wrap('TITLE  text', 20), ['TITLE  text']);
  assert.equal(wrap('', 20), []);
});

text('is made to fit with an ellipsis at the end of the line', () => {
  const line = [span('abc', 'bold'), span('def')];
  assert.is(render(fit(line, 6), BARE), 'abcdef');
  assert.is(render(fit(line, 5), BARE), 'abcd…');
  assert.is(render(fit(line, 2), BARE), 'a…');
  assert.is(widthOf(fill(line, 9)), 9);
  assert.is(widthOf(fill(line, 4)), 4);
});

text('is a bar to the eighth of a cell', () => {
  const drawn = (share: number): string => render(bar(share, 8, 'cyan'), BARE);
  assert.is(drawn(0), '░░░░░░░░');
  assert.is(drawn(0.5), '████░░░░');
  assert.is(drawn(1), '████████');
  assert.is(drawn(1 / 64), '▏░░░░░░░');
  assert.is(drawn(2.44 / 8), '██▌░░░░░');
  assert.is(drawn(7), '████████');
  assert.is(drawn(-1), '░░░░░░░░');
  assert.is(render(bar(0.5, -3, 'cyan'), BARE), '');
});

text('has colours only where they are wanted', () => {
  const line = [span('good', 'bold', 'green'), span(' '), span('plain')];
  assert.is(render(line, BARE), 'good plain');
  const coloured = render(line, { hasColours: true, isUnicode: true });
  assert.is(coloured, '\x1b[1m\x1b[32mgood\x1b[39m\x1b[22m plain');
  assert.is(stripVTControlCharacters(coloured), 'good plain');
});

text('is ASCII where the terminal knows no more, of the same length', () => {
  const line = [span('✓ é → ██▌▎░ …')];
  assert.is(render(line, { hasColours: false, isUnicode: false }), '+ ? > ###.. ~');
});

text.run();
