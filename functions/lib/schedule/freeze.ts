import { RRuleTemporal, type RRuleResolvedOptions } from 'rrule-temporal';
import type { Freeze } from '../experiment/observations.ts';
import type { FreezeWindow } from '../types/experiment.gen.ts';

/** What is wrong with a window, and in which of its fields. */
type Problem = { field: keyof FreezeWindow; message: string };

/** From one change of a zone's clocks to the next. What they show is UTC and the offset. */
type ClockPeriod = { from: number; to: number; offset: number };

/**
 * A window that was understood. All times are milliseconds; local ones are counted as if the zone
 * were UTC, which is quick, and leaves to us what becomes of times that clocks skip or show twice.
 */
type Schedule = {
  /** Gives local times and knows neither COUNT nor UNTIL. */
  rule: RRuleTemporal;
  isHourly: boolean;
  duration: number;
  clock: ClockPeriod[];
  /** The last local time that COUNT allows. */
  lastCounted: number;
  /** The last time that UNTIL allows. */
  until: number;
};

type Span = { begin: number; end: number };

const DAY = 24 * 3600 * 1000;
const YEAR = 366 * DAY;
/** No clock is further from UTC. */
const ZONE_MARGIN = 26 * 3600 * 1000;
const FIRST_LOOK = 4 * DAY;
const LONGEST_LOOK = 64 * DAY;
const MOST_BEGINNINGS = 10_000;
const MOST_TIMES_A_DAY = 24;

/**
 * Whether windows are in force at a time. A window begins whenever its rule says, by RFC 5545, and
 * lasts for its elapsed seconds; those that overlap or meet end together. A local time that clocks
 * skip counts as if they had not been put forward yet; of one that they show twice the first
 * counts, for an hourly rule both. Invalid where a window is not understood or would take too long
 * to work out, and where no time within 366 days is outside of all. Throws nothing.
 */
export function freezeAt(windows: readonly FreezeWindow[], now: Date): Freeze {
  const schedules: Schedule[] = [];
  for (const [index, window] of windows.entries()) {
    const read = readWindow(window, now.getTime());
    if ('message' in read) return invalid(`windows[${index}].${read.field}`, read.message);
    schedules.push(read);
  }
  try {
    return freezeBy(schedules, now.getTime());
  } catch (error) {
    return invalid('windows', (error as Error).message);
  }
}

function invalid(field: string, message: string): Freeze {
  return { kind: 'Invalid', field, message };
}

function freezeBy(schedules: readonly Schedule[], now: number): Freeze {
  const ends = schedules.map((schedule) => endOfRunning(schedule, now));
  const window = ends.findIndex((end) => end > now);
  if (window < 0) return { kind: 'Open' };
  const opening = firstOpening(schedules, now, Math.max(...ends));
  return opening <= now + YEAR
    ? { kind: 'Frozen', window, until: new Date(opening) }
    : invalid('windows', 'no time within a year is outside of them');
}

/** When a window that is in force at a time ends by itself; -Infinity where it is not in force. */
function endOfRunning(schedule: Schedule, now: number): number {
  const earliest = now - schedule.duration;
  let to = now;
  for (let look = DAY; to > earliest; look *= 2) {
    const from = Math.max(to - look, earliest);
    const latest = beginnings(schedule, from, to).at(-1);
    if (latest !== undefined) return latest + schedule.duration;
    to = from;
  }
  return -Infinity;
}

/** When all have ended: those in force, of which the last ends at `running`, and those that join them. */
function firstOpening(schedules: readonly Schedule[], now: number, running: number): number {
  let opening = running;
  let from = now;
  let seen = 0;
  // At first a short look, as most windows soon end.
  for (let look = FIRST_LOOK; from <= opening && opening <= now + YEAR;) {
    if (seen > MOST_BEGINNINGS) {
      throw new Error(`more than ${MOST_BEGINNINGS} in a row overlap or meet`);
    }
    const spans = spansIn(schedules, from, from + look);
    for (const { begin, end } of spans) {
      if (begin > opening) return opening;
      opening = Math.max(opening, end);
    }
    seen += spans.length;
    from += look;
    look = Math.min(2 * look, LONGEST_LOOK);
  }
  return opening;
}

/** The windows that begin after a time and until another, in order. */
function spansIn(schedules: readonly Schedule[], from: number, to: number): Span[] {
  const spans = schedules.flatMap((schedule) =>
    beginnings(schedule, from, to).map((begin) => ({ begin, end: begin + schedule.duration })),
  );
  return spans.sort((one, other) => one.begin - other.begin);
}

/** When a window begins after a time and until another, in order. */
function beginnings(schedule: Schedule, from: number, to: number): number[] {
  const { rule, until, lastCounted } = schedule;
  const first = from - ZONE_MARGIN;
  const last = Math.min(Math.min(to, until) + ZONE_MARGIN, lastCounted);
  return localTimes(rule, first, last)
    .flatMap((local) => readings(local, schedule))
    .filter((time) => time > from && time <= to && time <= until)
    .sort((one, other) => one - other);
}

function localTimes(rule: RRuleTemporal, first: number, last: number): number[] {
  if (last < first) return [];
  const times = rule.between(new Date(first), new Date(last), true);
  return times.map(({ epochMilliseconds }) => epochMilliseconds);
}

/** The times that a local time stands for. */
function readings(local: number, { clock, isHourly }: Schedule): number[] {
  const begun = clock.filter(({ from, offset }) => from <= local - offset);
  const shown = begun.filter(({ to, offset }) => local - offset < to);
  const periods = shown.length > 0 ? shown : begun.slice(-1);
  return periods.slice(0, isHourly ? 2 : 1).map(({ offset }) => local - offset);
}

function readWindow(window: FreezeWindow, now: number): Schedule | Problem {
  const { start, timeZone } = window;
  if (Number.isNaN(utc(start))) {
    return { field: 'start', message: unlike(start, 'a time such as 2026-01-02T16:00:00') };
  }
  if (!isTimeZone(timeZone)) {
    return { field: 'timeZone', message: unlike(timeZone, 'a name such as Europe/Berlin') };
  }
  try {
    return scheduleOf(window, now);
  } catch (error) {
    return { field: 'rule', message: (error as Error).message };
  }
}

function unlike(found: string, expected: string): string {
  return `found ${JSON.stringify(found)}; expected ${expected}`;
}

/** The milliseconds of a local time counted as if in UTC; NaN before 1970 and off the calendar. */
function utc(text: string): number {
  const time = new Date(`${text}Z`);
  return time.getTime() >= 0 && time.toISOString() === `${text}.000Z` ? time.getTime() : NaN;
}

function isTimeZone(name: string): boolean {
  // An offset would be taken for a zone too.
  if (!/^[a-z][\w+/-]*$/i.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

/** Throws where the rule is not understood. */
function scheduleOf(window: FreezeWindow, now: number): Schedule {
  const whole = ruleOf(window);
  const { freq, dtstart, count, until } = whole.options();
  const rule = whole.with({ count: undefined, until: undefined });
  const duration = window.durationSeconds * 1000;
  const earliest = now - duration - ZONE_MARGIN;
  const first = dtstart.add({ milliseconds: earliest - dtstart.epochMilliseconds });
  return {
    rule,
    isHourly: freq === 'HOURLY',
    duration,
    clock: clockFrom(first.withTimeZone(window.timeZone), now + YEAR + LONGEST_LOOK + ZONE_MARGIN),
    lastCounted: count ? lastCounted(rule, utc(window.start), count) : Infinity,
    until: until?.epochMilliseconds ?? Infinity,
  };
}

function clockFrom(first: RRuleResolvedOptions['dtstart'], to: number): ClockPeriod[] {
  const changes = [first];
  let next = first.getTimeZoneTransition('next');
  while (next && next.epochMilliseconds <= to) {
    changes.push(next);
    next = next.getTimeZoneTransition('next');
  }
  return changes.map((change, index) => ({
    from: index === 0 ? -Infinity : change.epochMilliseconds,
    to: changes[index + 1]?.epochMilliseconds ?? Infinity,
    offset: change.offsetNanoseconds / 1e6,
  }));
}

/** The local time that comes last by a COUNT. The library would look at all times since the start. */
function lastCounted(rule: RRuleTemporal, start: number, count: number): number {
  const years = ['YEARLY', 'MONTHLY'].includes(rule.options().freq) ? 50 : 5;
  let rest = count;
  for (let from = start, look = LONGEST_LOOK; from < start + years * YEAR;) {
    const times = localTimes(rule, from, from + look - 1);
    if (times.length >= rest) return times[rest - 1]!;
    rest -= times.length;
    from += look;
    if (times.length < 100) look *= 2;
  }
  throw new Error(`found COUNT=${count}, which takes over ${years} years; expected UNTIL`);
}

function ruleOf({ rule, start }: FreezeWindow): RRuleTemporal {
  const text = rule.toUpperCase().replace(/^RRULE:/, '');
  checkParts(text.split(';'));
  const rruleString = `DTSTART;TZID=UTC:${start.replace(/[-:]/g, '')}\nRRULE:${text}`;
  // Without more than its 10,000 steps it would give up on the hours of five years.
  const read = new RRuleTemporal({ rruleString, strict: true, maxIterations: 100_000 });
  checkSupported(read.options());
  return read;
}

/** What a part of a rule, or each item of one that is a list, may be; and the same in words. */
const FORMS: Readonly<Record<string, readonly [RegExp, string]>> = {
  FREQ: [/YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY/, 'YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY'],
  INTERVAL: [/[1-9]\d{0,2}|1000/, '1 to 1000'],
  COUNT: [/[1-9]\d{0,2}|1000/, '1 to 1000, or UNTIL instead'],
  UNTIL: [/\d{8}T\d{6}Z/, 'a time in UTC such as 20261231T230000Z'],
  WKST: [/MO|TU|WE|TH|FR|SA|SU/, 'a day such as MO'],
  BYMONTH: [/0?[1-9]|1[0-2]/, '1 to 12'],
  BYWEEKNO: [/[+-]?(0?[1-9]|[1-4]\d|5[0-3])/, '1 to 53 or -53 to -1'],
  BYYEARDAY: [/[+-]?0{0,2}([1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])/, '1 to 366 or -366 to -1'],
  BYMONTHDAY: [/[+-]?(0?[1-9]|[12]\d|3[01])/, '1 to 31 or -31 to -1'],
  BYDAY: [/([+-]?(0?[1-9]|[1-4]\d|5[0-2]))?(MO|TU|WE|TH|FR|SA|SU)/, 'days such as MO or -1FR'],
  BYHOUR: [/[01]?\d|2[0-3]/, '0 to 23'],
  BYMINUTE: [/[0-5]?\d/, '0 to 59'],
  BYSECOND: [/[0-5]?\d/, '0 to 59'],
  BYSETPOS: [/[+-]?0{0,2}([1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])/, '1 to 366 or -366 to -1'],
};

/** Throws where a part is not of its form. The library leaves out what it does not understand. */
function checkParts(parts: readonly string[]): void {
  const names = parts.map((part) => part.replace(/=.*/s, ''));
  for (const [index, name] of names.entries()) {
    const part = parts[index]!;
    const [form, expected] = FORMS[name] ?? [/(?!)/, `parts ${Object.keys(FORMS).join(', ')}`];
    const value = part.slice(name.length + 1);
    const items = name.startsWith('BY') ? value.split(',') : [value];
    const isOfForm = items.every((item) => new RegExp(`^(${form.source})$`).test(item));
    if (!isOfForm) throw new Error(unlike(part, expected));
    if (names.indexOf(name) < index) throw new Error(unlike(part, `${name} once`));
  }
}

/** Throws where the library would take too long, or would not read the rule as RFC 5545 does. */
function checkSupported(rule: RRuleResolvedOptions): void {
  const { freq, byWeekNo, bySetPos } = rule;
  const times = timesADay(rule);
  if (times > MOST_TIMES_A_DAY) {
    throw new Error(`found ${times} times a day; expected at most ${MOST_TIMES_A_DAY}`);
  }
  if (bySetPos && (times > 1 || byWeekNo || !['MONTHLY', 'YEARLY'].includes(freq))) {
    throw new Error(
      'found BYSETPOS; expected it with MONTHLY or YEARLY, one time a day, no BYWEEKNO',
    );
  }
  if (freq === 'YEARLY' && !isPlainYear(rule)) {
    throw new Error(
      'found FREQ=YEARLY; expected one of BYMONTHDAY, BYYEARDAY, BYWEEKNO with BYDAY, BYDAY',
    );
  }
}

function timesADay({ freq, byHour, byMinute, bySecond }: RRuleResolvedOptions): number {
  const hours = byHour?.length ?? (freq === 'HOURLY' ? 24 : 1);
  return hours * (byMinute?.length ?? 1) * (bySecond?.length ?? 1);
}

/** Whether days are said in one way: by the month, by the year, by weeks, by numbers or not. */
function isPlainYear({
  byDay = [],
  byMonthDay,
  byYearDay,
  byWeekNo,
}: RRuleResolvedOptions): boolean {
  const numbered = byDay.filter((day) => day.length > 2).length;
  const ways = [byMonthDay, byYearDay, byWeekNo, numbered || undefined].filter((way) => way);
  if (ways.length > 1 || (numbered > 0 && numbered < byDay.length)) return false;
  return byYearDay ? byDay.length === 0 : !byWeekNo || byDay.length > 0;
}
