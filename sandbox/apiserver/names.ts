// What names, labels and keys may look like, in the real server's words.

const NAME_RULE =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const NAME_HINT = `${NAME_RULE} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
const VALUE_HINT = `a valid label must be an empty string or ${NAME_RULE} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`;
const KEY_HINT = `a valid label key must ${NAME_HINT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
const DOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const DOMAIN_HINT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${DOMAIN}')`;

const MAX_PART = 63;
const MAX_DOMAIN = 253;

/** What is wrong with the name of an object of most kinds. */
export function nameFaults(name: string): string[] {
  return textsOf([
    [name.length > MAX_DOMAIN, `must be no more than ${MAX_DOMAIN} characters`],
    [!isWhole(DOMAIN, name), DOMAIN_HINT],
  ]);
}

/** What is wrong with a label's value. */
export function labelValueFaults(value: string): string[] {
  return textsOf([
    [value.length > MAX_PART, `must be no more than ${MAX_PART} bytes`],
    [!isWhole(`(${NAME})?`, value), VALUE_HINT],
  ]);
}

/** What is wrong with a label's key, or an annotation's. */
export function labelKeyFaults(key: string): string[] {
  const [name = '', prefix = 'none', ...more] = key.split('/').reverse();
  if (more.length > 0) return [KEY_HINT];
  return textsOf([
    [prefix === '', 'prefix part must be non-empty'],
    [prefix.length > MAX_DOMAIN, `prefix part must be no more than ${MAX_DOMAIN} bytes`],
    [prefix !== '' && !isWhole(DOMAIN, prefix), `prefix part ${DOMAIN_HINT}`],
    [name === '', 'name part must be non-empty'],
    [name.length > MAX_PART, `name part must be no more than ${MAX_PART} bytes`],
    [!isWhole(NAME, name), `name part must ${NAME_HINT}`],
  ]);
}

function isWhole(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern}$`).test(text);
}

function textsOf(faults: [isThere: boolean, text: string][]): string[] {
  return faults.filter(([isThere]) => isThere).map(([, text]) => text);
}
