import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clock, count, exact, measured } from '../../../sandbox/view/format.ts';

const format = suite('numbers for people');

format('tell times in minutes and seconds', () => {
  assert.is(clock(42_300), '0:42');
  assert.is(clock(605_000), '10:05');
  assert.is(clock(3_723_000), '1:02:03');
  assert.is(clock(-5), '0:00');
});

format('tell measured values in three digits', () => {
  assert.is(measured('14.0931', 'milliseconds'), '14.1 ms');
  assert.is(measured('0.031249'), '0.0312');
  assert.is(measured('0'), '0');
  assert.is(measured('123456.7', 'requests'), '123,457');
  assert.is(measured('1.5k', 'seconds'), '1,500 s');
  assert.is(measured('0.00000012345'), '0.000000123');
  assert.is(measured('1E30'), '1e+30');
  assert.is(measured('nonsense'), 'nonsense');
});

format('leave limits as exact as they are', () => {
  assert.is(exact('10m'), '0.01');
  assert.is(exact(50, 'milliseconds'), '50 ms');
  assert.is(exact('0.0201234'), '0.0201234');
  assert.is(exact('nonsense'), 'nonsense');
});

format('keep thousands apart', () => {
  assert.is(count(1_234_567), '1,234,567');
});

format.run();
