// Kubernetes' JSONPath, as far as printer columns and selectable fields use it.

import { isObject } from './json.ts';

/** Undefined: the values are of a shape that the step cannot be applied to. */
type Step = (values: readonly unknown[]) => unknown[] | undefined;

const GRAMMAR: [pattern: RegExp, toSteps: (groups: string[], path: string) => Step[]][] = [
  [/^\.\*/, () => [pickMembers]],
  [/^\.((?:\\.|[^\\.,[\]{}$@\s])+)/, ([name = '']) => [pickField(unescape(name))]],
  // As on the real server, dots divide even within the quotes.
  [/^\['([^']*)'\]/, ([name], path) => parse(`.${name}`, path)],
  [/^\[\*\]/, () => [(values) => flatMapLists(values, (list) => list)]],
  [/^\[(-?\d+)\]/, ([index]) => [pickItem(Number(index))]],
  [
    /^\[\?\(\s*@([^!<>=]*)([!=]=)\s*("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|-?\d+(?:\.\d+)?|true|false)\s*\)\]/,
    ([left = '', operator, literal = ''], path) => [
      filterItems(parse(left.trim(), path), operator === '==', valueOf(literal)),
    ],
  ],
];

const parsedPaths = new Map<string, Step[]>();

/**
 * Gives the values at a path such as `.spec.list[0].name`, in order; none where there is nothing.
 * As on the real server, a list index out of bounds, or a filter that meets a value of another type
 * than it compares with, gives nothing at all. Throws an Error naming a path that it cannot read.
 */
export function readPath(path: string, object: unknown): unknown[] {
  let steps = parsedPaths.get(path);
  if (!steps) {
    steps = parse(path.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, ''), path);
    parsedPaths.set(path, steps);
  }
  return follow(steps, object) ?? [];
}

function parse(text: string, path: string): Step[] {
  if (text === '') return [];
  for (const [pattern, toSteps] of GRAMMAR) {
    const match = pattern.exec(text);
    if (match) {
      return [...toSteps(match.slice(1), path), ...parse(text.slice(match[0].length), path)];
    }
  }
  throw new Error(`cannot read the JSONPath ${path}`);
}

function follow(steps: readonly Step[], object: unknown): unknown[] | undefined {
  let values: unknown[] | undefined = [object];
  for (const step of steps) {
    values = step(values);
    if (!values) return undefined;
  }
  return values;
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1');
}

function valueOf(literal: string): unknown {
  return /^["']/.test(literal) ? unescape(literal.slice(1, -1)) : (JSON.parse(literal) as unknown);
}

function pickMembers(values: readonly unknown[]): unknown[] {
  return values.filter(isObject).flatMap((value) => Object.values(value));
}

function pickField(name: string): Step {
  return (values) =>
    values
      .filter(isObject)
      .filter((value) => Object.hasOwn(value, name))
      .map((value) => value[name]);
}

function pickItem(index: number): Step {
  return (values) =>
    flatMapLists(values, (list) => {
      const position = index < 0 ? index + list.length : index;
      return position in list ? [list[position]] : undefined;
    });
}

function filterItems(left: readonly Step[], isEqual: boolean, right: unknown): Step {
  return (values) =>
    flatMapLists(values, (list) => {
      const found = list.map((item) => follow(left, item));
      const isComparable = found.every(
        (results) => results && results.length < 2 && results.every((one) => isLike(one, right)),
      );
      if (!isComparable) return undefined;
      return list.filter((_, index) => found[index]?.some((one) => (one === right) === isEqual));
    });
}

/** Null is passed over; anything else that is no list makes the whole undefined. */
function flatMapLists(
  values: readonly unknown[],
  pick: (list: unknown[]) => unknown[] | undefined,
): unknown[] | undefined {
  const picked = values
    .filter((value) => value !== null)
    .map((value) => (Array.isArray(value) ? pick(value) : undefined));
  return picked.every((list) => list !== undefined) ? picked.flat() : undefined;
}

/** Whole numbers and fractions are different types to the real server. */
function isLike(left: unknown, right: unknown): boolean {
  return typeof left === typeof right && Number.isInteger(left) === Number.isInteger(right);
}
