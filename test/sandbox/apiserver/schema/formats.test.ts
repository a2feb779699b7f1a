import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NUMBER_FORMATS, TEXT_FORMATS } from '../../../../sandbox/apiserver/schema/formats.ts';

const texts: Record<string, { good: string[]; bad: string[] }> = {
  date: { good: ['2020-02-29'], bad: ['2020-13-01', '2021-02-29', '2020-1-1', ''] },
  'date-time': {
    good: ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.123+01:00'],
    bad: ['2020-01-01', '2020-01-01T00:00:00', '2020-01-01 00:00:00Z', '2020-02-30T00:00:00Z'],
  },
  duration: { good: ['5s', '1h5m', '5 s', '5 seconds', 'P1D'], bad: ['x', '5', ''] },
  byte: { good: ['YWI=', ''], bad: ['??', 'YWI'] },
  uri: { good: ['/a', 'http://x', 'urn:x'], bad: ['a', ''] },
  email: { good: ['a@b', 'A <a@b>'], bad: ['a', ''] },
  ipv4: { good: ['1.2.3.4'], bad: ['1.2.3', '::1'] },
  ipv6: { good: ['::1'], bad: ['1.2.3.4'] },
  cidr: { good: ['1.2.3.4/8', '::/64'], bad: ['1', '1.2.3.4/33', 'a/8'] },
  uuid: { good: ['123e4567-e89b-12d3-a456-426614174000'], bad: ['x'] },
};

const formats = suite('formats');

for (const [name, { good, bad }] of Object.entries(texts)) {
  formats(`of texts: ${name}`, () => {
    const fits = (text: string) => TEXT_FORMATS[name]?.(text);
    assert.equal(
      good.filter((text) => !fits(text)),
      [],
    );
    assert.equal(bad.filter(fits), []);
  });
}

formats('of numbers', () => {
  const fits = (value: number) =>
    Object.keys(NUMBER_FORMATS).filter((name) => NUMBER_FORMATS[name]?.(value));
  assert.equal(fits(1), ['int32', 'int64', 'float', 'double']);
  assert.equal(fits(2 ** 31), ['int64', 'float', 'double']);
  assert.equal(fits(0.5), ['float', 'double']);
  assert.equal(fits(1e39), ['double']);
});

formats.run();
