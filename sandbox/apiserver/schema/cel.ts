import { EvaluationError, Optional } from '@marcbachmann/cel-js';
import { HAS, ruleLanguage } from './functions.ts';

/** An expression that is ready to run. */
export interface Program {
  /** Whether it asks for the value before the change. */
  usesOldSelf: boolean;
  /** Gives the value of the expression; throws an Error in the API server's words. */
  run: (self: unknown, oldSelf: unknown) => unknown;
}

const WITHOUT_OLD = ruleLanguage();
const WITH_OLD = WITHOUT_OLD.clone().registerVariable('oldSelf', 'dyn');
const WITH_OPTIONAL_OLD = WITHOUT_OLD.clone().registerVariable('oldSelf', 'optional<dyn>');

/** A text within an expression, or the name of has(). */
const TEXT_OR_HAS = /"{3}[^]*?"{3}|'{3}[^]*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\bhas(?=\()/g;

const WORDS: Partial<Record<string, (summary: string) => string>> = {
  no_such_key: (summary) => summary.replace('No such', 'no such'),
  no_such_overload: () => 'no such overload',
  no_matching_overload: () => 'no such overload',
  index_out_of_bounds: (summary) =>
    summary.replace(/^.*index (-?\d+) .*$/, 'index out of bounds: $1'),
  modulo_by_zero: () => 'modulus by zero',
  numeric_overflow: () => 'integer overflow',
  int_conversion_error: () => `type conversion error from 'string' to 'int'`,
  double_conversion_error: () => `type conversion error from 'string' to 'double'`,
  invalid_duration: () => `type conversion error from 'string' to 'google.protobuf.Duration'`,
};

// Versions of a kind, and a kind that is changed, have most of their rules in common.
const known = new Map<string, Program>();

/**
 * Compiles an expression that gives this type; `hasOptionalOld` makes oldSelf an optional value.
 * Throws an Error that says what is wrong with it, such as a function that does not exist.
 */
export function compile(text: string, type: 'bool' | 'string', hasOptionalOld = false): Program {
  const key = `${type} ${hasOptionalOld} ${text}`;
  const program = known.get(key) ?? prepare(text, type, hasOptionalOld);
  known.set(key, program);
  return program;
}

function prepare(text: string, type: string, hasOptionalOld: boolean): Program {
  const source = text.replace(TEXT_OR_HAS, (found) => (found === 'has' ? HAS : found));
  let evaluate = WITHOUT_OLD.parse(source);
  let checked = evaluate.check();
  const usesOldSelf = checked.error?.summary === 'Unknown variable: oldSelf';
  if (usesOldSelf) {
    evaluate = (hasOptionalOld ? WITH_OPTIONAL_OLD : WITH_OLD).parse(source);
    checked = evaluate.check();
  }
  if (!checked.valid) throw new Error(checked.error?.summary);
  const { type: given = 'dyn' } = checked;
  if (given !== type && given !== 'dyn') throw new Error(`it gives ${given}, not ${type}`);
  const run = (self: unknown, old: unknown) => {
    try {
      return evaluate({ self, oldSelf: hasOptionalOld ? Optional.of(old) : old }) as unknown;
    } catch (error) {
      throw new Error(inKubernetesWords(error as Error), { cause: error });
    }
  };
  return { usesOldSelf, run };
}

function inKubernetesWords(error: Error): string {
  if (!(error instanceof EvaluationError)) return error.message;
  return WORDS[error.code]?.(error.summary) ?? error.summary;
}
