/** Labels and name of a sample, its time in Unix seconds (null where none is said) and its value. */
export type ExposedSample = { metric: Record<string, string>; value: [number | null, string] };

/** The samples as Prometheus's own JSON has them for an instant; or the line that is wrong, from 1 on. */
export type Exposition =
  | {
      kind: 'Samples';
      body: { status: 'success'; data: { resultType: 'vector'; result: ExposedSample[] } };
    }
  | { kind: 'Problem'; line: number; message: string };

/** Prometheus' text 0.0.4 has times in milliseconds; OpenMetrics in seconds, exemplars, and an end. */
export type Dialect = '0.0.4' | 'OpenMetrics';

/**
 * Reads metrics as they are exposed for scraping. Values become text as in Prometheus' JSON:
 * `NaN`, `+Inf`, `-Inf` or a number's shortest text. A text that may have been cut off is a problem.
 */
export function parseOpenMetrics(text: string, dialect: Dialect = dialectOf(text)): Exposition {
  const page: Page = { dialect, described: new Set(), seen: new Set(), sampled: new Set() };
  const lines = text.split('\n');
  const last = lines.pop();
  const result: ExposedSample[] = [];
  for (const [index, line] of lines.entries()) {
    const sample = lineOf(line.endsWith('\r') ? line.slice(0, -1) : line, page);
    if (typeof sample === 'string') return { kind: 'Problem', line: index + 1, message: sample };
    if (sample) result.push(sample);
  }
  const message = cutOff(last ?? '', page);
  if (message) return { kind: 'Problem', line: lines.length + 1, message };
  return { kind: 'Samples', body: { status: 'success', data: { resultType: 'vector', result } } };
}

/** Why there may have been more lines; `rest` is what comes after the last line feed. */
function cutOff(rest: string, page: Page): string | undefined {
  const isEnd = page.dialect === 'OpenMetrics' && rest === END;
  if (isEnd && !page.isOver) return undefined;
  if (rest !== '') return 'it has no line feed at its end; was it cut off?';
  const mustEnd = page.dialect === 'OpenMetrics' && !page.isOver;
  return mustEnd ? `it has no ${END}; was it cut off?` : undefined;
}

const END = '# EOF';

function dialectOf(text: string): Dialect {
  return text.trimEnd().endsWith(`\n${END}`) || text.startsWith(END) ? 'OpenMetrics' : '0.0.4';
}

/** What the lines so far said. `described` has "TYPE name" and so on, `sampled` the names of samples. */
type Page = {
  dialect: Dialect;
  described: Set<string>;
  seen: Set<string>;
  sampled: Set<string>;
  isOver?: boolean;
};

const METRIC_NAME = /[A-Za-z_:][\w:]*/y;
const LABEL_NAME = /[A-Za-z_]\w*/y;

/** Where in a line the reading has come to. */
type Cursor = { line: string; at: number };

/** What is wrong with a line. */
class Malformed extends Error {}

/** The sample of a line, what is wrong with it, or undefined where it has neither. */
function lineOf(line: string, page: Page): ExposedSample | string | undefined {
  try {
    if (page.isOver) throw new Malformed(`it goes on after ${END}`);
    const cursor = { line, at: 0 };
    skipBlanks(cursor);
    if (cursor.at === line.length) return undefined;
    if (line[cursor.at] !== '#') return sampleOf(cursor, page);
    if (page.dialect === 'OpenMetrics' && line === END) page.isOver = true;
    else describe(cursor, page);
    return undefined;
  } catch (problem) {
    if (problem instanceof Malformed) return problem.message;
    throw problem;
  }
}

const TYPES = new Set([
  ...['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  ...['unknown', 'info', 'stateset', 'gaugehistogram'],
]);

/** Checks a HELP, TYPE or UNIT; other comments say nothing. */
function describe(cursor: Cursor, page: Page): void {
  cursor.at++;
  const keyword = token(cursor);
  if (!['HELP', 'TYPE', 'UNIT'].includes(keyword)) return;
  skipBlanks(cursor);
  if (cursor.at === cursor.line.length) return;
  const name = nameAt(cursor, METRIC_NAME, 'a metric name');
  const entry = `${keyword} ${name}`;
  if (page.described.has(entry)) throw new Malformed(`a second ${keyword} of ${name}`);
  page.described.add(entry);
  const type = token(cursor);
  if (keyword !== 'TYPE' || type === '') return;
  if (!TYPES.has(type)) throw new Malformed(`"${type.slice(0, 40)}" is no type of metric`);
  if (page.sampled.has(name)) throw new Malformed(`the TYPE of ${name} after its samples`);
}

function sampleOf(cursor: Cursor, page: Page): ExposedSample {
  const name = nameAt(cursor, METRIC_NAME, 'a metric name');
  page.sampled.add(name);
  const metric = labelsAt(cursor, new Map([['__name__', name]]));
  const value = valueText(token(cursor));
  const time = timeAt(cursor, page.dialect);
  if (page.dialect === 'OpenMetrics') skipExemplar(cursor);
  skipBlanks(cursor);
  if (cursor.at < cursor.line.length) throw new Malformed(`found ${shown(cursor)} after the value`);
  const series = seriesKey(metric);
  if (page.seen.has(series)) throw new Malformed(`a second sample of the same ${name}`);
  page.seen.add(series);
  return { metric: Object.fromEntries(metric), value: [time, value] };
}

/** Labels in any order are the same series; lengths keep values apart that contain names. */
function seriesKey(metric: Map<string, string>): string {
  const parts = [...metric].map(([label, value]) => `${label}=${value.length}:${value}`);
  return parts.sort().join();
}

/** Adds the labels in braces, if there are any, to those known. */
function labelsAt(cursor: Cursor, labels: Map<string, string>): Map<string, string> {
  skipBlanks(cursor);
  if (cursor.line[cursor.at] !== '{') return labels;
  cursor.at++;
  skipBlanks(cursor);
  while (cursor.line[cursor.at] !== '}') {
    const name = nameAt(cursor, LABEL_NAME, 'a label name');
    if (labels.has(name)) throw new Malformed(`the label ${name} twice`);
    expect(cursor, '=');
    expect(cursor, '"');
    labels.set(name, quotedText(cursor));
    skipBlanks(cursor);
    if (cursor.line[cursor.at] !== '}') expect(cursor, ',');
    skipBlanks(cursor);
  }
  cursor.at++;
  return labels;
}

const ESCAPED: ReadonlyMap<string | undefined, string> = new Map([
  ['\\', '\\'],
  ['"', '"'],
  ['n', '\n'],
]);

/** The text up to the closing quote, which is passed. */
function quotedText(cursor: Cursor): string {
  const parts: string[] = [];
  let start = cursor.at;
  for (; cursor.at < cursor.line.length; cursor.at++) {
    const letter = cursor.line[cursor.at];
    if (letter !== '"' && letter !== '\\') continue;
    parts.push(cursor.line.slice(start, cursor.at));
    cursor.at++;
    if (letter === '"') return parts.join('');
    const meant = ESCAPED.get(cursor.line[cursor.at]);
    if (meant === undefined)
      throw new Malformed('an escape in a label value other than \\\\ \\" \\n');
    parts.push(meant);
    start = cursor.at + 1;
  }
  throw new Malformed('a label value without its closing quote');
}

/** Passes ` # {labels} value time`, which stands for a single observation. */
function skipExemplar(cursor: Cursor): void {
  skipBlanks(cursor);
  if (cursor.line[cursor.at] !== '#') return;
  cursor.at++;
  skipBlanks(cursor);
  if (cursor.line[cursor.at] !== '{') throw new Malformed('an exemplar without labels');
  labelsAt(cursor, new Map());
  valueText(token(cursor));
  timeAt(cursor, 'OpenMetrics');
}

function timeAt(cursor: Cursor, dialect: Dialect): number | null {
  skipBlanks(cursor);
  if (cursor.at === cursor.line.length || cursor.line[cursor.at] === '#') return null;
  const text = token(cursor);
  const time = plainNumber(text);
  const isWhole = dialect === 'OpenMetrics' || Number.isInteger(time);
  if (time === undefined || !isWhole) throw new Malformed(`"${text.slice(0, 40)}" is no timestamp`);
  return dialect === 'OpenMetrics' ? time : time / 1000;
}

const UNUSUAL: ReadonlyMap<string, string> = new Map([
  ['nan', 'NaN'],
  ...['inf', '+inf', 'infinity', '+infinity'].map((text) => [text, '+Inf'] as const),
  ...['-inf', '-infinity'].map((text) => [text, '-Inf'] as const),
]);

function valueText(text: string): string {
  if (text === '') throw new Malformed('no value');
  const number = plainNumber(text);
  const value = number === undefined ? UNUSUAL.get(text.toLowerCase()) : String(number);
  if (value === undefined) throw new Malformed(`the value "${text.slice(0, 40)}" is no number`);
  return value;
}

function plainNumber(text: string): number | undefined {
  // Number() reads more than is a number here, such as "0x10" and "Infinity".
  const number = /^[-+.\deE]+$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** The text up to the next blank, after blanks before it. */
function token(cursor: Cursor): string {
  skipBlanks(cursor);
  const start = cursor.at;
  while (cursor.at < cursor.line.length && !isBlank(cursor.line[cursor.at])) cursor.at++;
  return cursor.line.slice(start, cursor.at);
}

function nameAt(cursor: Cursor, name: RegExp, what: string): string {
  name.lastIndex = cursor.at;
  const [found] = name.exec(cursor.line) ?? [];
  if (found === undefined) throw new Malformed(`expected ${what}, found ${shown(cursor)}`);
  cursor.at += found.length;
  return found;
}

function expect(cursor: Cursor, letter: string): void {
  skipBlanks(cursor);
  if (cursor.line[cursor.at] !== letter) {
    throw new Malformed(`expected ${letter}, found ${shown(cursor)}`);
  }
  cursor.at++;
}

function skipBlanks(cursor: Cursor): void {
  while (isBlank(cursor.line[cursor.at])) cursor.at++;
}

function isBlank(letter: string | undefined): boolean {
  return letter === ' ' || letter === '\t';
}

function shown({ line, at }: Cursor): string {
  return at < line.length ? `"${line.slice(at, at + 20)}"` : 'the end of the line';
}
