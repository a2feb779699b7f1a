import { isDeepStrictEqual } from 'node:util';
import { type ASTNode, Environment, type RegisteredFunctionHandler } from '@marcbachmann/cel-js';
import { parseQuantity } from '../../../functions/lib/analysis/quantity.ts';
import { isObject } from '../json.ts';

/** The name of has() in an expression that is compiled: the library's own has() knows no indexes. */
export const HAS = '__has__';

// The library wants a class where a type has functions of its own.
class Quantity {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

/** The library's checker or evaluator of expressions. */
interface Library {
  check: (node: ASTNode, context: unknown) => unknown;
  getType: (name: string) => unknown;
  run: (node: ASTNode, context: unknown) => unknown;
}

/** Integers (bigint) or doubles (number), never both. */
type Numbers = Iterable<number>;

const FUNCTIONS: Record<string, RegisteredFunctionHandler> = {
  [`${HAS}(ast): bool`]: hasMacro,
  'list.sum(): dyn': sum,
  'list.min(): dyn': (list: Numbers) => [...list].reduce((one, two) => (two < one ? two : one)),
  'list.max(): dyn': (list: Numbers) => [...list].reduce((one, two) => (two > one ? two : one)),
  'list.isSorted(): bool': (list: Numbers) =>
    [...list].every((item, index, all) => index === 0 || all[index - 1]! <= item),
  'list.indexOf(dyn): int': (list: Iterable<unknown>, wanted) =>
    BigInt([...list].findIndex((item) => isDeepStrictEqual(item, wanted))),
  'string.find(string): string': (text: string, pattern: string) =>
    new RegExp(pattern).exec(text)?.[0] ?? '',
  'string.findAll(string): list<string>': (text: string, pattern: string) =>
    Array.from(text.matchAll(new RegExp(pattern, 'g')), ([match]) => match),
  'isQuantity(string): bool': (text: string) => parseQuantity(text) !== undefined,
  'quantity(string): Quantity': toQuantity,
  'Quantity.compareTo(Quantity): int': (one: Quantity, other: Quantity) =>
    BigInt(Math.sign(one.number - other.number)),
  'Quantity.isLessThan(Quantity): bool': (one: Quantity, other: Quantity) =>
    one.number < other.number,
  'Quantity.isGreaterThan(Quantity): bool': (one: Quantity, other: Quantity) =>
    one.number > other.number,
};

/** The language of rules with what Kubernetes adds to it, and with `self`, which may be anything. */
export function ruleLanguage(): Environment {
  const language = new Environment({
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  language.registerType('Quantity', Quantity).registerVariable('self', 'dyn');
  language.registerOperator('Quantity == Quantity', (one: Quantity, other: Quantity) =>
    Object.is(one.number, other.number),
  );
  for (const [signature, run] of Object.entries(FUNCTIONS)) {
    language.registerFunction(signature, run);
  }
  return language;
}

function sum(list: Numbers): number | bigint {
  const [first, ...rest] = list;
  return first === undefined ? 0n : rest.reduce((one, other) => one + other, first);
}

function toQuantity(text: string): Quantity {
  const number = parseQuantity(text);
  if (number !== undefined) return new Quantity(number);
  const form = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  throw new Error(`quantities must match the regular expression ${form}`);
}

/** Tells whether a field is there; what it belongs to must be. */
function hasMacro({ args: [field] }: { args: [ASTNode] }): object {
  if (field.op !== '.') throw new Error('has() takes a field');
  const [owner, name] = field.args;
  return {
    typeCheck(checker: Library, _macro: unknown, context: unknown) {
      checker.check(owner, context);
      return checker.getType('bool');
    },
    evaluate(evaluator: Library, _macro: unknown, context: unknown) {
      const value = evaluator.run(owner, context);
      return isObject(value) && Object.hasOwn(value, name);
    },
  };
}
