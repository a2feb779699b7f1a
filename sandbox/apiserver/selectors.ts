/** An object's labels. */
export type Labels = Record<string, string>;

/** A label selector as objects hold it. */
export interface LabelSelector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

const NAME_RULE =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const DOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const NAME_HINT = `${NAME_RULE} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
const VALUE_HINT = `a valid label must be an empty string or ${NAME_RULE} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`;
const DOMAIN_HINT = `prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${DOMAIN}')`;
const KEY_HINT = `a valid label key must ${NAME_HINT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;

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
  refuse(key, '<nil>', keyFaults(key));
  if (isNegated || tokens.length === 0 || tokens[0] === ',') return { key, isNegated };
  const operator = tokens.shift()!;
  if (!['in', 'notin', '=', '==', '!='].includes(operator)) {
    throw malformed(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const values = operator.endsWith('in') ? listOf(tokens) : [exactValue(tokens)];
  for (const value of values) refuse(value, `values[0][${key}]`, valueFaults(value));
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

function valueFaults(value: string): string[] {
  return textsOf([
    [value.length > 63, 'must be no more than 63 bytes'],
    [!new RegExp(`^(${NAME})?$`).test(value), VALUE_HINT],
  ]);
}

function textsOf(faults: [isThere: boolean, text: string][]): string[] {
  return faults.filter(([isThere]) => isThere).map(([, text]) => text);
}

function keyFaults(key: string): string[] {
  const [name = '', prefix = 'none', ...more] = key.split('/').reverse();
  if (more.length > 0) return [KEY_HINT];
  return textsOf([
    [prefix === '', 'prefix part must be non-empty'],
    [prefix.length > 253, 'prefix part must be no more than 253 bytes'],
    [prefix !== '' && !new RegExp(`^${DOMAIN}$`).test(prefix), DOMAIN_HINT],
    [name === '', 'name part must be non-empty'],
    [name.length > 63, 'name part must be no more than 63 bytes'],
    [!new RegExp(`^${NAME}$`).test(name), `name part must ${NAME_HINT}`],
  ]);
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
