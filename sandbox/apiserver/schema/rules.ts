import type { Rule, Schema } from '../types.ts';
import { compile, type Program } from './cel.ts';
import { type FieldError, fieldError, toText } from './errors.ts';
import type { Place } from './places.ts';
import { toRuleValue } from './values.ts';

/** The rules of a schema, ready to run, by the part of the schema that they belong to. */
export type Rules = ReadonlyMap<Schema, CompiledRule[]>;

interface CompiledRule extends Rule {
  program: Program;
  messageProgram: Program | undefined;
}

interface Values {
  self: unknown;
  oldSelf: unknown;
}

/** Compiles the rules in a schema. Throws an Error that names the rule or pattern that is of no use. */
export function compileRules(schema: Schema): Rules {
  const rules = new Map<Schema, CompiledRule[]>();
  visit(schema, (inner, own) => rules.set(inner, own.map(compileRule)));
  return rules;
}

/** What the rules that belong to a place have against its value. */
export function ruleErrors(rules: Rules, place: Place): FieldError[] {
  const { schema, value, old } = place;
  const own = rules.get(schema);
  if (own === undefined) return [];
  const self = toRuleValue(value, schema);
  const oldSelf = toRuleValue(old ?? undefined, schema);
  return own.flatMap((rule) => errorsOf(rule, place, { self, oldSelf }));
}

function visit(schema: Schema, found: (schema: Schema, rules: Rule[]) => void): void {
  const { properties = {}, items, additionalProperties, allOf, anyOf, oneOf, not } = schema;
  const { pattern, 'x-kubernetes-validations': own = [] } = schema;
  if (typeof pattern === 'string') new RegExp(pattern);
  if (own.length > 0) found(schema, own);
  for (const inner of [...Object.values(properties), items, additionalProperties]) {
    if (typeof inner === 'object') visit(inner, found);
  }
  for (const branch of [allOf, anyOf, oneOf, not].flat()) {
    if (branch !== undefined) visit(branch as Schema, refuse);
  }
}

function refuse(_schema: Schema, [rule]: Rule[]): void {
  throw new Error(`the rule ${rule?.rule} cannot be used: it stands in allOf, anyOf, oneOf or not`);
}

function compileRule(rule: Rule): CompiledRule {
  const { messageExpression, optionalOldSelf } = rule;
  try {
    const program = compile(rule.rule, 'bool', optionalOldSelf);
    const messageProgram =
      messageExpression && compile(messageExpression, 'string', optionalOldSelf);
    return { ...rule, program, messageProgram: messageProgram || undefined };
  } catch (error) {
    const { summary = (error as Error).message } = error as { summary?: string };
    throw new Error(`the rule ${rule.rule} cannot be used: ${summary}`, { cause: error });
  }
}

function errorsOf(rule: CompiledRule, place: Place, { self, oldSelf }: Values): FieldError[] {
  const { program } = rule;
  const isSkipped = program.usesOldSelf && oldSelf === undefined && !rule.optionalOldSelf;
  try {
    if (isSkipped || program.run(self, oldSelf) === true) return [];
  } catch (error) {
    return [failure(rule, place, (error as Error).message)];
  }
  if (!program.usesOldSelf && place.isUnchanged()) return [];
  return [refusal(rule, place, messageOf(rule, { self, oldSelf }))];
}

/** The error of a rule that could not be evaluated. */
function failure(rule: Rule, { schema, keyedPath }: Place, problem: string): FieldError {
  const name = (rule.message || rule.rule).trim();
  const mismatch = `'${problem}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`;
  const isMismatch = problem === 'no such overload';
  const detail = isMismatch ? mismatch : `${problem} evaluating rule: ${name}`;
  return fieldError('Invalid', keyedPath, toText(schema.type ?? ''), detail);
}

/** The error of a rule that does not hold. */
function refusal(rule: Rule, { value, keyedPath }: Place, message: string): FieldError {
  const path = (keyedPath + inDots(rule.fieldPath ?? '')).replace(/^\./, '');
  if (rule.reason === 'FieldValueRequired') return fieldError('Required', path, message);
  if (rule.reason === 'FieldValueForbidden') return fieldError('Forbidden', path, message);
  if (rule.reason === 'FieldValueDuplicate') return fieldError('Duplicate', path, toText(value));
  const shown = typeof value === 'object' ? [] : [toText(value)];
  return fieldError('Invalid', path, ...shown, message);
}

function messageOf({ rule, message, messageProgram }: CompiledRule, values: Values): string {
  const byDefault = message?.trim() || `failed rule: ${rule.trim()}`;
  try {
    const text = messageProgram?.run(values.self, values.oldSelf);
    const line = typeof text === 'string' ? text.trim() : '';
    return line === '' || line.includes('\n') ? byDefault : line;
  } catch {
    return byDefault;
  }
}

// A rule may name a field as ".a.b" or as ".a['b-c']"; errors give ".a.b-c".
function inDots(fieldPath: string): string {
  return fieldPath.replaceAll(/\['((?:[^'\\]|\\.)*)'\]/g, (_all, name: string) => {
    return `.${name.replaceAll(/\\(.)/g, '$1')}`;
  });
}
