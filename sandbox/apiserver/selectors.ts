import { labelKeyFaults, labelValueFaults } from './names.ts';

/** An object's labels. */
export type Labels = Record<string, string>;

/** A label selector as objects hold it. */
export interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** That a label is there, with one of the values where some are given; or, negated, that not. */
interface Requirement {
  key: string;
  isNegated: boolean;
  values?: string[];
}

/**
 * The predicate of a label selector in all of kubectl's forms; all requirements must hold. Throws
 * an Error with the real server's words where the text is malformed.
 */
export function parseLabelSelector(text: string): (labels: Labels) => boolean {
  const tokens = text.match(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
  const requirements: Requirement[] = [];
  let expected = "!, identifier, or 'end of string'";
  while (tokens.length > 0) {
    if (tokens[0] !== '!' && isSymbol(tokens[0]!)) throw unexpected(tokens[0]!, expected);
    requirements.push(requirement(tokens));
    const next = tokens.shift();
    expected = "identifier after ','";
    if (next === ',' && tokens.length === 0) throw unexpected('', expected);
    if (next !== undefined && next !== ',') throw unexpected(next, "',' or 'end of string'");
  }
  return (labels) => requirements.every((each) => holds(each, labels));
}

/** Whether labels match a selector as objects hold it; an empty one matches all. */
export function matchesSelector(selector: LabelSelector, labels: Labels = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const equalities = Object.entries(matchLabels).map(([key, value]) => ({
    key,
    isNegated: false,
    values: [value],
  }));
  const expressions = matchExpressions.map(({ key, operator, values }) => ({
    key,
    isNegated: operator.includes('Not'),
    values: operator.endsWith('In') ? (values ?? []) : undefined,
  }));
  return [...equalities, ...expressions].every((each) => holds(each, labels));
}

function holds({ key, isNegated, values }: Requirement, labels: Labels): boolean {
  const isThere = Object.hasOwn(labels, key) && (values?.includes(labels[key]!) ?? true);
  return isThere !== isNegated;
}

function requirement(tokens: string[]): Requirement {
  const isNegated = tokens[0] === '!' && tokens.shift() !== undefined;
  const key = tokens.shift() ?? '';
  if (isSymbol(key)) throw malformed(`found '${key}', expected: identifier`);
  refuse(key, '<nil>', labelKeyFaults(key));
  if (isNegated || tokens.length === 0 || tokens[0] === ',') return { key, isNegated };
  const operator = tokens.shift()!;
  if (!['in', 'notin', '=', '==', '!='].includes(operator)) {
    throw malformed(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const values = operator.endsWith('in') ? listOf(tokens) : [exactValue(tokens)];
  for (const value of values) refuse(value, `values[0][${key}]`, labelValueFaults(value));
  return { key, isNegated: ['notin', '!='].includes(operator), values };
}

function exactValue(tokens: string[]): string {
  if (tokens.length === 0 || tokens[0] === ',') return '';
  const value = tokens.shift()!;
  if (isSymbol(value)) throw malformed(`found '${value}', expected: identifier`);
  return value;
}

/** The values in parentheses; between two commas, and beside one that stands alone, there is ''. */
function listOf(tokens: string[]): string[] {
  const open = tokens.shift() ?? '';
  if (open !== '(') throw malformed(`found '${open}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    const isValue = !isSymbol(tokens[0] ?? '');
    values.push(isValue ? tokens.shift()! : '');
    const next = tokens.shift() ?? '';
    if (next === ')') return values;
    const expected = isValue ? "',' or ')'" : "',', ')' or identifier";
    if (next !== ',') throw malformed(`found '${next}', expected: ${expected}`);
  }
}

function refuse(value: string, path: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw malformed(`${path}: Invalid value: ${JSON.stringify(value)}: ${faults.join('; ')}`);
}

function isSymbol(token: string): boolean {
  return token === '' || /^[=!(),<>]/.test(token);
}

function malformed(message: string): Error {
  return new Error(`unable to parse requirement: ${message}`);
}

function unexpected(found: string, expected: string): Error {
  return new Error(`found '${found}', expected: ${expected}`);
}

/**
 * The predicate of a field selector, to be asked with a function that reads the value at a path,
 * '' where there is none. Throws an Error with the real server's words where the text is malformed
 * or names a field that is not supported.
 */
export function parseFieldSelector(
  text: string,
  supported: readonly string[],
): (read: (path: string) => string) => boolean {
  const terms = [...text.matchAll(/(?:\\.?|[^,\\])+/gs)].map(([term]) => parseTerm(term, text));
  const unknown = terms.find(({ path }) => !supported.includes(path));
  if (unknown) throw new Error(`field label not supported: ${unknown.path}`);
  return (read) => terms.every(({ path, isEqual, value }) => (read(path) === value) === isEqual);
}

function parseTerm(term: string, text: string): { path: string; isEqual: boolean; value: string } {
  const [, path = '', operator, escaped = ''] = /^(.*?)(!=|==?)(.*)$/s.exec(term) ?? [];
  if (!operator) throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
  return { path, isEqual: operator !== '!=', value: unescaped(escaped) };
}

function unescaped(value: string): string {
  return value.replace(/\\(.?)|=/gs, (found: string, character: string | undefined) => {
    if (found === '=') throw new Error('invalid field selector: unescaped character in value: 61');
    if (character && '\\,='.includes(character)) return character;
    throw new Error(`invalid field selector: invalid escape sequence: ${found}`);
  });
}
