import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freezeAt } from '../../functions/lib/schedule/freeze.ts';
import type { FreezeWindow } from '../../functions/lib/types/experiment.gen.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** What is said of windows at a time: "Open", "0 until TIME" or "FIELD: MESSAGE". */
function said(windows: readonly FreezeWindow[], time: Date | string): string {
  const freeze = freezeAt(windows, new Date(time));
  if (freeze.kind === 'Open') return 'Open';
  return freeze.kind === 'Frozen'
    ? `${freeze.window} until ${freeze.until.toISOString().replace(/(:00)?\.000Z/, 'Z')}`
    : `${freeze.field}: ${freeze.message}`;
}

/** A window as a line: its rule, its start, its time zone and how long it lasts, as 90s, 2h or 3d. */
function windowIn(line: string): FreezeWindow {
  const [rule, start, timeZone, duration] = line.split(/\s+/) as [string, string, string, string];
  const seconds = { s: 1, h: 3600, d: 86_400 }[duration.at(-1) as 's' | 'h' | 'd'];
  return { rule, start, timeZone, durationSeconds: parseInt(duration) * seconds };
}

/** Each with a name, its windows, and what is said of them at times. */
const CASES = `
no windows at all
  2026-11-20T12:00Z  Open
a weekend from Friday, 16:00, to Monday, 08:00, or an hour off where clocks change
  FREQ=WEEKLY;BYDAY=FR;BYHOUR=16  2026-01-02T16:00:00  Europe/Berlin  64h
  2026-11-20T14:59:59.999Z  Open
  2026-11-20T15:00Z  0 until 2026-11-23T07:00Z
  2026-11-23T07:00Z  Open
  2026-07-04T00:00Z  0 until 2026-07-06T06:00Z
  2026-03-28T00:00Z  0 until 2026-03-30T07:00Z
  2026-10-24T00:00Z  0 until 2026-10-26T06:00Z
every night
  FREQ=DAILY  2026-01-01T22:00:00  Europe/Berlin  8h
  2026-11-20T21:00Z  0 until 2026-11-21T05:00Z
  2026-11-21T05:00Z  Open
the last day of a month
  FREQ=MONTHLY;BYMONTHDAY=-1  2026-01-31T00:00:00  UTC  1d
  2026-02-27T23:59Z  Open
  2026-02-28T00:00Z  0 until 2026-03-01T00:00Z
the last working day of a month
  FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1  2026-01-30T09:00:00  UTC  8h
  2026-05-29T10:00Z  0 until 2026-05-29T17:00Z
one Christmas
  FREQ=DAILY;COUNT=1  2026-12-24T12:00:00  Europe/Berlin  3d
  2026-12-24T11:00Z  0 until 2026-12-27T11:00Z
  2027-12-25T00:00Z  Open
the first week of a year, which may begin in the year before
  FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO  2025-12-29T00:00:00  UTC  7d
  2025-12-30T00:00Z  0 until 2026-01-05T00:00Z
  2027-01-03T23:00Z  Open
  2027-01-04T00:00Z  0 until 2027-01-11T00:00Z
a rule as calendars have it, and in small letters
  RRULE:FREQ=DAILY  2026-01-01T06:00:00  UTC  1h
  freq=daily  2026-01-01T07:30:00  UTC  1h
  2026-11-20T06:30Z  0 until 2026-11-20T07:00Z
  2026-11-20T07:30Z  1 until 2026-11-20T08:30Z
overlapping windows: the first in force is named, and the end is that of all
  FREQ=DAILY  2026-01-01T22:00:00  UTC  8h
  FREQ=WEEKLY;BYDAY=FR  2026-01-02T16:00:00  UTC  62h
  FREQ=WEEKLY;BYDAY=MO  2026-01-05T05:00:00  UTC  3h
  2026-11-20T17:00Z  1 until 2026-11-23T08:00Z
  2026-11-20T23:00Z  0 until 2026-11-23T08:00Z
  2026-11-23T07:30Z  2 until 2026-11-23T08:00Z
windows that meet are one, and with a second between them they are two
  FREQ=DAILY  2026-01-01T08:00:00  UTC  1h
  FREQ=DAILY  2026-01-01T09:00:00  UTC  3599s
  FREQ=DAILY  2026-01-01T10:00:00  UTC  1h
  2026-11-20T08:00Z  0 until 2026-11-20T09:59:59Z
  2026-11-20T09:59:59Z  Open
COUNT, from the start on, leaving out a start that the rule does not give
  FREQ=WEEKLY;BYDAY=MO,FR;COUNT=2  2026-11-05T10:00:00  UTC  1h
  FREQ=DAILY;COUNT=100  2026-01-01T12:00:00  UTC  1h
  2026-04-10T12:00Z  1 until 2026-04-10T13:00Z
  2026-04-11T12:00Z  Open
  2026-11-05T10:00Z  Open
  2026-11-09T10:00Z  0 until 2026-11-09T11:00Z
  2026-11-13T10:00Z  Open
COUNT over decades where times are rare
  FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200;COUNT=10  1997-01-01T09:00:00  UTC  1h
  2006-01-01T09:30Z  0 until 2006-01-01T10:00Z
  2006-04-10T09:30Z  Open
UNTIL, in UTC: the last time that one may begin
  FREQ=DAILY;UNTIL=20261103T210000Z  2026-11-01T22:00:00  Europe/Berlin  1h
  2026-11-03T21:30Z  0 until 2026-11-03T22:00Z
  2026-11-04T21:30Z  Open
a time that is skipped is an hour later on the clock
  FREQ=DAILY  2026-01-01T02:30:00  Europe/Berlin  1h
  2026-03-29T01:29Z  Open
  2026-03-29T01:30Z  0 until 2026-03-29T02:30Z
  2026-03-30T00:30Z  0 until 2026-03-30T01:30Z
a time that was skipped long ago
  FREQ=DAILY;COUNT=1  2026-03-29T02:30:00  Europe/Berlin  300d
  2026-06-01T00:00Z  0 until 2027-01-23T01:30Z
a time that comes twice counts the first time
  FREQ=DAILY  2026-01-01T02:30:00  Europe/Berlin  1h
  FREQ=DAILY  2026-01-01T03:00:00  Europe/Berlin  1h
  2026-10-25T00:30Z  0 until 2026-10-25T01:30Z
  2026-10-25T01:30Z  Open
  2026-10-25T02:00Z  1 until 2026-10-25T03:00Z
every hour that passes, also where clocks skip one or show it twice
  FREQ=HOURLY  2026-01-01T00:00:00  Europe/Berlin  60s
  2026-03-29T00:00Z  0 until 2026-03-29T00:01Z
  2026-03-29T01:00Z  0 until 2026-03-29T01:01Z
  2026-10-25T00:00Z  0 until 2026-10-25T00:01Z
  2026-10-25T01:00Z  0 until 2026-10-25T01:01Z
  2026-10-25T01:01Z  Open
every six hours by the clock, in winter and in summer
  FREQ=HOURLY;INTERVAL=6  2026-01-01T00:00:00  Europe/Berlin  1h
  2026-01-20T05:00Z  0 until 2026-01-20T06:00Z
  2026-07-20T04:00Z  0 until 2026-07-20T05:00Z
clocks that change by half an hour
  FREQ=DAILY  2026-01-01T02:15:00  Australia/Lord_Howe  1h
  2026-10-03T15:45Z  0 until 2026-10-03T16:45Z
  2026-10-04T15:15Z  0 until 2026-10-04T16:15Z
windows that are always in force
  FREQ=DAILY  2026-01-01T00:00:00  UTC  12h
  FREQ=DAILY  2026-01-01T12:00:00  UTC  12h
  2026-11-20T12:00Z  windows: no time within a year is outside of them
windows that follow each other for more than a year
  FREQ=DAILY;COUNT=1  2026-01-01T00:00:00  UTC  365d
  FREQ=DAILY;COUNT=1  2027-01-01T00:00:00  UTC  365d
  2026-12-30T00:00Z  windows: no time within a year is outside of them
  2027-01-01T00:00Z  1 until 2028-01-01T00:00Z
windows of which there are too many to look at
  FREQ=HOURLY  2026-01-01T00:00:00  UTC  1h
  FREQ=HOURLY  2026-01-01T00:10:00  UTC  60s
  2026-11-20T12:00Z  windows: more than 10000 in a row overlap or meet
`;

/** Rules that are refused, and how the message about each ends. */
const WRONG_RULES = `
  FREQ=SECONDLY  or HOURLY
  FREQ=MINUTELY  expected YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY
  garbage  BYSECOND, BYSETPOS
  FREQ=DAILY;  BYSECOND, BYSETPOS
  EXDATE:20260101T000000Z  BYSECOND, BYSETPOS
  FREQ=DAILY\\nDTSTART:20260101T000000Z  or HOURLY
  FREQ=DAILY;BYDAY=FR\\nEXDATE:20260102T160000Z  expected days such as MO or -1FR
  DTSTART:20260101T000000Z\\nRRULE:FREQ=DAILY  BYSECOND, BYSETPOS
  INTERVAL=2  RRULE must include FREQ
  FREQ=DAILY;COUNT=1;UNTIL=20261231T000000Z  MUST NOT occur in the same recurrence rule
  FREQ=DAILY;COUNT=1000000000  expected 1 to 1000, or UNTIL instead
  FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3  found COUNT=3, which takes over 5 years; expected UNTIL
  FREQ=YEARLY;INTERVAL=999999  expected 1 to 1000
  FREQ=DAILY;UNTIL=20261231T000000  expected a time in UTC such as 20261231T230000Z
  FREQ=DAILY;UNTIL=20261301T000000Z  Invalid month: 13; must be between 1-12
  FREQ=YEARLY;BYDAY=53MO  expected days such as MO or -1FR
  FREQ=WEEKLY;BYDAY=1MO  MUST NOT be used unless FREQ is MONTHLY or YEARLY
  FREQ=DAILY;BYHOUR=24  found "BYHOUR=24"; expected 0 to 23
  FREQ=DAILY;BYMONTHDAY=0  expected 1 to 31 or -31 to -1
  FREQ=DAILY;BYHOUR=1;BYHOUR=2  found "BYHOUR=2"; expected BYHOUR once
  FREQ=HOURLY;BYMINUTE=0,30  found 48 times a day; expected at most 24
  FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1  with MONTHLY or YEARLY, one time a day, no BYWEEKNO
  FREQ=YEARLY;BYDAY=1MO,TU  BYWEEKNO with BYDAY, BYDAY
`;

/** Windows that make the library look through as much as is allowed. */
const COSTLY = `
  FREQ=HOURLY;BYMINUTE=30  1990-01-01T00:00:00  Europe/Berlin  1h
  FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000  1970-01-01T00:00:00  Europe/Berlin  365d
  FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366;COUNT=1000  1970-01-01T00:00:00  UTC  365d
`;

const windows = suite('freezeAt knows');

for (const lines of CASES.trim().split(/\n(?=\S)/)) {
  const [name, ...rest] = lines.split('\n').map((line) => line.trim());
  windows(name!, () => {
    const isTime = (line: string): boolean => /^\d/.test(line);
    const expected = rest.filter(isTime);
    const given = rest.filter((line) => !isTime(line)).map(windowIn);
    const times = expected.map((line) => line.split(' ')[0]!);
    assert.equal(
      times.map((time) => `${time}  ${said(given, time)}`),
      expected,
    );
  });
}

const mistakes = suite('freezeAt refuses');
const NIGHTLY = windowIn('FREQ=DAILY  2026-01-01T22:00:00  Europe/Berlin  8h');

function refusal(change: Partial<FreezeWindow>): string {
  return said([NIGHTLY, { ...NIGHTLY, ...change }], '2026-11-20T23:00Z');
}

for (const line of WRONG_RULES.trim().split('\n')) {
  const [rule, ending] = line.trim().split('  ') as [string, string];
  mistakes(rule, () => {
    const found = refusal({ rule: rule.replaceAll('\\n', '\n') });
    assert.ok(found.startsWith('windows[1].rule: ') && found.endsWith(ending), found);
  });
}

const MISTAKES = {
  timeZone: ['', 'Europe/Atlantis', '+02:00', '2026-01-01[Europe/Berlin]', 'UTC\n'],
  start: ['now', '2026-02-30T16:00:00', '2026-01-02T16:00:00Z', '1969-12-31T23:59:59'],
};

for (const [field, values] of Object.entries(MISTAKES)) {
  mistakes(`${field} ${values.map((value) => JSON.stringify(value)).join(', ')}`, () => {
    const message = new RegExp(`^windows\\[1\\]\\.${field}: found ".*"; expected a `);
    for (const value of values) assert.match(refusal({ [field]: value }), message);
  });
}

mistakes('what no schema lets through, and does not throw', () => {
  for (const durationSeconds of [NaN, Infinity, 1e300]) {
    assert.match(refusal({ durationSeconds }), /^windows\[1\]\.rule: /);
  }
});

const bounds = suite('freezeAt takes no long time');

for (const line of COSTLY.trim().split('\n')) {
  bounds(`with eight of ${line.trim()}`, () => {
    const begun = performance.now();
    said(Array<FreezeWindow>(8).fill(windowIn(line.trim())), '2026-11-20T12:00Z');
    assert.ok(performance.now() - begun < 5000, `${performance.now() - begun} ms`);
  });
}

const chance = suite('freezeAt, minute by minute');
const FIRST = Date.UTC(2026, 9, 1);
const MINUTES = Array.from({ length: 80 * 24 * 60 }, (_, minute) => minute);
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'];
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** What clocks show at each minute from the first on, counted as if in UTC. */
const SHOWN = new Map(ZONES.map((timeZone) => [timeZone, shownIn(timeZone)]));

function shownIn(timeZone: string): number[] {
  const style = { dateStyle: 'short', timeStyle: 'short' } as const;
  const clock = new Intl.DateTimeFormat('sv', { timeZone, ...style });
  const hours = MINUTES.filter((minute) => minute % 60 === 0).map((minute) =>
    Date.parse(`${clock.format(FIRST + minute * MINUTE)}Z`),
  );
  return MINUTES.map((minute) => hours[Math.floor(minute / 60)]! + (minute % 60) * MINUTE);
}

const plans = fc.record({
  freq: fc.constantFrom('DAILY', 'WEEKLY'),
  interval: fc.integer({ min: 1, max: 3 }),
  days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
  // No clocks change from 04:00 on.
  minute: fc.integer({ min: 4 * 60, max: 24 * 60 - 1 }),
  count: fc.integer({ min: 1, max: 8 }),
  startDay: fc.integer({ min: 3, max: 20 }),
  timeZone: fc.constantFrom(...ZONES),
  minutes: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 6000 })),
});
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never;

function planned({ freq, interval, days, minute, count, ...plan }: Plan): FreezeWindow {
  const byDay = days.map((day) => DAYS[day]).join(',');
  const time = `BYHOUR=${Math.floor(minute / 60)};BYMINUTE=${minute % 60}`;
  const rule = `FREQ=${freq};INTERVAL=${interval};COUNT=${count};BYDAY=${byDay};${time}`;
  const start = new Date(FIRST + plan.startDay * DAY).toISOString().slice(0, 19);
  return { rule, start, timeZone: plan.timeZone, durationSeconds: plan.minutes * 60 };
}

/** Whether a window begins as clocks show this, were it not for COUNT. */
function isBeginning({ freq, interval, days, minute, startDay }: Plan, shown: number): boolean {
  if (shown % DAY !== minute * MINUTE) return false;
  const [day, first] = [Math.floor(shown / DAY), FIRST / DAY + startDay];
  const weekOf = (date: number): number => Math.floor((date + 3) / 7);
  const periods = freq === 'DAILY' ? day - first : weekOf(day) - weekOf(first);
  return day >= first && periods % interval === 0 && days.includes((day + 3) % 7);
}

/** For each minute from the first on, whether a window is in force. */
function minutesOf(plan: Plan): boolean[] {
  let [begun, left] = [0, 0];
  return SHOWN.get(plan.timeZone)!.map((shown) => {
    if (isBeginning(plan, shown) && begun++ < plan.count) left = plan.minutes;
    return left-- > 0;
  });
}

chance('says of windows of days and weeks what a look at every minute says', () => {
  const some = fc.array(plans, { minLength: 1, maxLength: 3 });
  const property = fc.property(some, fc.integer({ min: 4000, max: 60_000 }), (all, now) => {
    const inForce = all.map(minutesOf);
    const isOpen = (minute: number): boolean => !inForce.some((minutes) => minutes[minute]);
    const opening = MINUTES.find((minute) => minute >= now && isOpen(minute)) ?? Infinity;
    const freeze = freezeAt(all.map(planned), new Date(FIRST + now * MINUTE));
    if (opening === now) assert.is(freeze.kind, 'Open');
    else assert.is(freeze.kind === 'Frozen' && freeze.until.getTime(), FIRST + opening * MINUTE);
  });
  fc.assert(property, { numRuns: 150 });
});

for (const each of [windows, mistakes, bounds, chance]) each.run();
