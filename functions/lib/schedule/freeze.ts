import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import type { Freeze } from '../experiment/observations.ts';
import type { FreezeWindow } from '../types/experiment.gen.ts';

/** The parts of a rule by their names: FREQ → WEEKLY. */
type Parts = ReadonlyMap<string, string>;

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
  for (const [index, window] of windows.entries()) {
    const problem = problemIn(window);
    if (problem) return invalid(`windows[${index}].${problem.field}`, problem.message);
  }
  try {
    const schedules = windows.map((window) => scheduleOf(window, now.getTime()));
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
  const { duration } = schedule;
  for (let look = DAY; ; look *= 2) {
    const latest = beginnings(schedule, now - Math.min(look, duration), now).at(-1);
    if (latest !== undefined) return latest + duration;
    if (look >= duration) return -Infinity;
  }
}

/** When the windows in force, of which the last ends at `running`, and all that then join them have ended. */
function firstOpening(schedules: readonly Schedule[], now: number, running: number): number {
  let opening = running;
  let seen = 0;
  for (
    let from = now, look = FIRST_LOOK;
    from <= opening && opening <= now + YEAR;
    from += look, look = Math.min(2 * look, LONGEST_LOOK)
  ) {
    const spans = spansIn(schedules, from, from + look);
    for (const { begin, end } of spans) {
      if (begin > opening) return opening;
      opening = Math.max(opening, end);
    }
    seen += spans.length;
    if (seen > MOST_BEGINNINGS)
      throw new Error(`they begin more than ${seen} times before they end`);
  }
  return opening;
}

/** The windows that begin after a time and until another, in order. */
function spansIn(
  schedules: readonly Schedule[],
  from: number,
  to: number,
): { begin: number; end: number }[] {
  return schedules
    .flatMap((schedule) =>
      beginnings(schedule, from, to).map((begin) => ({ begin, end: begin + schedule.duration })),
    )
    .sort((one, other) => one.begin - other.begin);
}

/** When a window begins after a time and until another, in order. */
function beginnings(schedule: Schedule, from: number, to: number): number[] {
  return localTimes(schedule.rule, from - ZONE_MARGIN, to + ZONE_MARGIN)
    .filter((local) => local <= schedule.lastCounted)
    .flatMap((local) => readings(local, schedule))
    .filter((time) => time > from && time <= to && time <= schedule.until)
    .sort((one, other) => one - other);
}

function localTimes(rule: RRuleTemporal, from: number, to: number): number[] {
  const times = rule.between(new Date(from), new Date(to), true);
  return times.map(({ epochMilliseconds }) => epochMilliseconds);
}

/** The times that a local time stands for. */
function readings(local: number, { clock, isHourly }: Schedule): number[] {
  const begun = clock.filter(({ from, offset }) => from <= local - offset);
  const shown = begun.filter(({ to, offset }) => local - offset < to);
  const periods = shown.length > 0 ? shown : begun.slice(-1);
  return periods.slice(0, isHourly ? 2 : 1).map(({ offset }) => local - offset);
}

function scheduleOf(window: FreezeWindow, now: number): Schedule {
  const parts = new Map(partsOf(window.rule));
  const rule = ruleOf(parts, window.start);
  const duration = window.durationSeconds * 1000;
  const latest = now + YEAR + LONGEST_LOOK + ZONE_MARGIN;
  const count = parts.get('COUNT');
  const until = parts.get('UNTIL');
  return {
    rule,
    isHourly: parts.get('FREQ') === 'HOURLY',
    duration,
    clock: clockOf(window.timeZone, now - duration - ZONE_MARGIN, latest),
    lastCounted: count ? lastCounted(rule, utc(window.start), Number(count), latest) : Infinity,
    until: until ? untilTime(until) : Infinity,
  };
}

/** The rule without its end, for which all times since its start would have to be looked at. */
function ruleOf(parts: Parts, start: string): RRuleTemporal {
  const endless = [...parts].filter(([name]) => name !== 'COUNT' && name !== 'UNTIL');
  const rule = endless.map((part) => part.join('=')).join(';');
  const rruleString = `DTSTART;TZID=UTC:${start.replace(/[-:]/g, '')}\nRRULE:${rule}`;
  return new RRuleTemporal({ rruleString, strict: true, maxIterations: 100_000 });
}

/** The local time that comes last by a COUNT, or Infinity where it comes after the latest. */
function lastCounted(rule: RRuleTemporal, start: number, count: number, latest: number): number {
  let rest = count;
  for (let from = start, look = LONGEST_LOOK; from <= latest; from += look) {
    const times = localTimes(rule, from, from + look - 1);
    if (times.length >= rest) return times[rest - 1]!;
    rest -= times.length;
    if (times.length < 100) look *= 2;
  }
  return Infinity;
}

function clockOf(timeZone: string, from: number, to: number): ClockPeriod[] {
  const changes = [Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)];
  for (let next; (next = changes.at(-1)!.getTimeZoneTransition('next'));) {
    if (next.epochMilliseconds > to) break;
    changes.push(next);
  }
  return changes.map((change, index) => ({
    from: index === 0 ? -Infinity : change.epochMilliseconds,
    to: changes[index + 1]?.epochMilliseconds ?? Infinity,
    offset: change.offsetNanoseconds / 1e6,
  }));
}

function problemIn({
  rule,
  start,
  timeZone,
}: FreezeWindow): { field: string; message: string } | undefined {
  if (!(utc(start) >= 0)) {
    return {
      field: 'start',
      message: unlike(start, 'a time from 1970 on such as 2026-01-02T16:00:00'),
    };
  }
  if (!isTimeZone(timeZone)) {
    return { field: 'timeZone', message: unlike(timeZone, 'a name such as Europe/Berlin') };
  }
  const message = wrongPart(partsOf(rule)) ?? wrongTogether(new Map(partsOf(rule)), start);
  return message === undefined ? undefined : { field: 'rule', message };
}

function unlike(found: string, expected: string): string {
  return `found ${JSON.stringify(found)}; expected ${expected}`;
}

function isTimeZone(name: string): boolean {
  // Offsets, and times with a zone behind them, would be taken for zones too.
  if (!/^[a-z][\w+/-]*$/i.test(name)) return false;
  try {
    return Boolean(Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name));
  } catch {
    return false;
  }
}

/** The milliseconds of a local time counted as if in UTC, or NaN where the calendar has none such. */
function utc(text: string): number {
  const time = new Date(`${text}Z`);
  return time.getTime() >= 0 && time.toISOString() === `${text}.000Z` ? time.getTime() : NaN;
}

function untilTime(text: string): number {
  const form = /^(\d{4})(\d\d)(\d\d)(T\d\d)(\d\d)(\d\d)Z$/;
  return form.test(text) ? utc(text.replace(form, '$1-$2-$3$4:$5:$6')) : NaN;
}

function partsOf(rule: string): [name: string, value: string][] {
  const parts = rule
    .toUpperCase()
    .replace(/^RRULE:/, '')
    .split(';');
  return parts.map((part) => {
    const [name = '', ...values] = part.split('=');
    return [name, values.join('=')];
  });
}

/** What a part of a rule may be, or each item of a part that is a list, and how to say it. */
const FORMS: Readonly<Record<string, readonly [RegExp, string]>> = {
  FREQ: [/YEARLY|MONTHLY|WEEKLY|DAILY|HOURLY/, 'YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY'],
  INTERVAL: [/[1-9]\d{0,5}/, '1 to 999999'],
  COUNT: [/[1-9]\d{0,2}|1000/, '1 to 1000, or UNTIL instead'],
  UNTIL: [/\d{8}T\d{6}Z/, 'a time in UTC such as 20261231T230000Z'],
  WKST: [/MO|TU|WE|TH|FR|SA|SU/, 'a day such as MO'],
  BYMONTH: [/0?[1-9]|1[0-2]/, '1 to 12'],
  BYWEEKNO: [/[+-]?(0?[1-9]|[1-4]\d|5[0-3])/, '1 to 53 or -53 to -1'],
  BYYEARDAY: [/[+-]?(0{0,2}[1-9]|0?[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])/, '1 to 366 or -366 to -1'],
  BYMONTHDAY: [/[+-]?(0?[1-9]|[12]\d|3[01])/, '1 to 31 or -31 to -1'],
  BYDAY: [/([+-]?(0?[1-9]|[1-4]\d|5[0-2]))?(MO|TU|WE|TH|FR|SA|SU)/, 'days such as MO or -1FR'],
  BYHOUR: [/[01]?\d|2[0-3]/, '0 to 23'],
  BYMINUTE: [/[0-5]?\d/, '0 to 59'],
  BYSECOND: [/[0-5]?\d/, '0 to 59'],
  BYSETPOS: [/[+-]?([1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])/, '1 to 366 or -366 to -1'],
};

function wrongPart(parts: readonly [string, string][]): string | undefined {
  for (const [index, [name, value]] of parts.entries()) {
    const [form, expected] = FORMS[name] ?? [
      /(?!)/,
      `parts such as ${Object.keys(FORMS).join(', ')}`,
    ];
    const items = name.startsWith('BY') ? value.split(',') : [value];
    const fits = new RegExp(`^(${form.source})$`);
    if (!items.every((item) => fits.test(item))) return unlike(`${name}=${value}`, expected);
    const first = parts.findIndex((part) => part[0] === name);
    if (first < index) return unlike(`${name}=${value}`, `${name} once`);
  }
  return undefined;
}

function wrongTogether(parts: Parts, start: string): string | undefined {
  if (!parts.has('FREQ')) return 'found no FREQ; expected one';
  if (parts.has('COUNT') && parts.has('UNTIL'))
    return 'found COUNT and UNTIL; expected one of them';
  const until = parts.get('UNTIL');
  if (until && !(untilTime(until) >= 0)) return unlike(`UNTIL=${until}`, 'a day that there is');
  const times = timesADay(parts);
  if (times > MOST_TIMES_A_DAY)
    return `found ${times} times a day; expected at most ${MOST_TIMES_A_DAY}`;
  if (parts.get('FREQ') === 'YEARLY' && !isPlainYear(parts)) {
    return 'expected FREQ=YEARLY with days by BYMONTHDAY, BYYEARDAY, BYWEEKNO and BYDAY, or BYDAY; ';
  }
  try {
    ruleOf(parts, start);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function timesADay(parts: Parts): number {
  const hours = parts.get('FREQ') === 'HOURLY' ? 24 : 1;
  const counts = ['BYHOUR', 'BYMINUTE', 'BYSECOND'].map(
    (name) => parts.get(name)?.split(',').length,
  );
  return (counts[0] ?? hours) * (counts[1] ?? 1) * (counts[2] ?? 1);
}

/** Whether the days of a year are said in one way only, as the library understands them rightly. */
function isPlainYear(parts: Parts): boolean {
  const days = parts.get('BYDAY')?.split(',') ?? [];
  const numbered = days.filter((day) => day.length > 2);
  if (parts.has('BYYEARDAY'))
    return !['BYMONTHDAY', 'BYWEEKNO', 'BYDAY'].some((name) => parts.has(name));
  if (parts.has('BYWEEKNO')) return days.length > 0 && !parts.has('BYMONTHDAY');
  return numbered.length === 0 || (numbered.length === days.length && !parts.has('BYMONTHDAY'));
}
