import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { total } from './tally.ts';

const all = suite('the kinds of bad input');

all('are at least two hundred', () => {
  const { line, kinds } = total();
  console.log(line);
  assert.ok(kinds >= 200, line);
});

all.run();
