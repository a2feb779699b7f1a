// Freeze windows with which nothing can be begun.
import { stories } from './story.ts';

const WINDOWS = ['spec', 'strategy', 'freeze', 'windows'] as const;
const at = '2026-01-02T16:00:00';
const one = (different: object): object[] => [
  { rule: 'FREQ=DAILY', start: at, timeZone: 'UTC', durationSeconds: 60, ...different },
];
const rules = (...texts: string[]): unknown[] => texts.map((rule) => one({ rule }));
const starts = (...texts: string[]): unknown[] => texts.map((start) => one({ start }));
const zones = (...texts: string[]): unknown[] => texts.map((timeZone) => one({ timeZone }));
/** They are refused when the experiment starts, where the schema takes them. */
export const FREEZE_STORIES = stories('onModel', WINDOWS, 'spec.strategy.freeze.windows', {
  'freeze: no rule': rules('x', 'DAILY', 'FREQ', 'FREQ=', '=DAILY', ';', 'RRULE:FREQ=DAILY'),
  'freeze: an unknown frequency': rules('FREQ=FORTNIGHTLY', 'FREQ=daily', 'FREQ=__proto__'),
  'freeze: too often': rules('FREQ=SECONDLY', 'FREQ=MINUTELY', 'FREQ=HOURLY;BYSECOND=0,1,2'),
  'freeze: no interval': rules(
    'FREQ=DAILY;INTERVAL=0',
    'FREQ=DAILY;INTERVAL=-1',
    'FREQ=DAILY;INTERVAL=x',
  ),
  'freeze: a huge interval': rules('FREQ=YEARLY;INTERVAL=999999999', 'FREQ=DAILY;INTERVAL=1e9'),
  'freeze: no count': rules('FREQ=DAILY;COUNT=0', 'FREQ=DAILY;COUNT=-1', 'FREQ=DAILY;COUNT=x'),
  'freeze: a huge count': rules('FREQ=DAILY;COUNT=999999999999', 'FREQ=HOURLY;COUNT=2147483647'),
  'freeze: a count and an end': rules('FREQ=DAILY;COUNT=1;UNTIL=20300101T000000Z'),
  'freeze: an end that is no time': rules(
    'FREQ=DAILY;UNTIL=never',
    'FREQ=DAILY;UNTIL=99999999T999999Z',
  ),
  'freeze: a day that never comes': rules(
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4',
    'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
    'FREQ=DAILY;BYSETPOS=9;BYHOUR=1',
  ),
  'freeze: parts out of range': rules(
    'FREQ=DAILY;BYHOUR=99',
    'FREQ=WEEKLY;BYDAY=XX',
    'FREQ=YEARLY;BYMONTH=13',
    'FREQ=YEARLY;BYYEARDAY=400',
    'FREQ=MONTHLY;BYMONTHDAY=0',
  ),
  'freeze: a part twice, or unknown': rules('FREQ=DAILY;FREQ=WEEKLY', 'FREQ=DAILY;BYMOON=FULL'),
  'freeze: more than one rule': rules(
    'FREQ=DAILY\nRRULE:FREQ=WEEKLY',
    'FREQ=DAILY\nEXDATE:20260101',
  ),
  'freeze: many parts': rules(
    `FREQ=DAILY;BYHOUR=${Array.from({ length: 24 }, (_, hour) => hour).join()};BYMINUTE=${Array.from({ length: 60 }, (_, minute) => minute).join()}`,
  ),
  'freeze: a start that is no time': starts(
    '2026-13-45T99:99:99',
    '2026-02-30T00:00:00',
    '0000-00-00T00:00:00',
  ),
  'freeze: a start at the edge of time': starts(
    '9999-12-31T23:59:59',
    '0001-01-01T00:00:00',
    '2026-06-30T23:59:60',
  ),
  'freeze: an unknown time zone': zones(
    'Mars/Phobos',
    'nowhere',
    '../../etc/passwd',
    'ü',
    ' ',
    '__proto__',
  ),
  'freeze: a time zone in other words': zones(
    'utc',
    '+01:00',
    'Etc/GMT+12',
    'EST5EDT',
    'Z',
    'europe/berlin',
  ),
  'freeze: never over': [
    one({ durationSeconds: 31_536_000 }),
    one({ rule: 'FREQ=HOURLY', durationSeconds: 3600 }),
  ],
  'freeze: eight windows of a year': [
    Array.from({ length: 8 }, (_, index) => ({
      rule: `FREQ=HOURLY;INTERVAL=${index + 1}`,
      start: at,
      timeZone: 'Pacific/Chatham',
      durationSeconds: 31_536_000,
    })),
  ],
});
