// Whether an answer holds a number where a Metric reads it, told apart from how the product reads it.

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/** Whether JSON is a finite number or the text of one; true and false are 1 and 0, as jq's are taken. */
export function isNumeric(json: unknown): boolean {
  if (typeof json === 'boolean') return true;
  const isNumberText = typeof json === 'number' || (typeof json === 'string' && NUMBER.test(json));
  return isNumberText && Number.isFinite(Number(json));
}

/** What is at a path in JSON, where `*` stands for each element. */
export function allAt(json: unknown, path: string): unknown[] {
  return path
    .split('/')
    .reduce<unknown[]>((found, key) => found.flatMap((one) => step(one, key)), [json]);
}

function step(json: unknown, key: string): unknown[] {
  if (key === '*') return Array.isArray(json) ? json : [];
  const isIn = typeof json === 'object' && json !== null && Object.hasOwn(json, key);
  return isIn ? [(json as Record<string, unknown>)[key]] : [];
}

/** The numbers of a text at the places where they are read: of JSON, else of lines as CSV and metrics have them. */
export function numbersIn(text: string, places: readonly string[]): unknown[] {
  const bare = text.replace(/^\uFEFF/, '');
  try {
    const json = JSON.parse(bare) as unknown;
    return places.flatMap((place) => allAt(json, place)).filter(isNumeric);
  } catch {
    return linesOf(bare).flatMap(cellsOf).filter(isNumeric);
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
}

/** The last cell of a line of CSV; the value of a sample, which comes after its name and labels. */
function cellsOf(line: string): string[] {
  const [, sample] = /^\s*[a-z_:][\w:]*\s*(?:\{.*\})?\s*(\S+)/i.exec(line) ?? [];
  const cell = line.slice(line.lastIndexOf(',') + 1).replaceAll('"', '');
  return sample === undefined ? [cell] : [cell, sample];
}
