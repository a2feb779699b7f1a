import type { ApiObject, Schema } from '../types.ts';
import { type FieldError, fieldError } from './errors.ts';
import { listErrors, resourceErrors } from './invariants.ts';
import { placesFrom, rootPlace } from './places.ts';
import { compileRules, ruleErrors } from './rules.ts';
import { type Admission, admit } from './structural.ts';
import { schemaErrors } from './validate.ts';

export type { FieldError } from './errors.ts';

/** What a schema does to the objects of its kind. */
export interface CompiledSchema {
  /**
   * Drops unknown fields and fills defaults; gives the object and the paths of what was dropped.
   * Never changes its argument. apiVersion, kind and metadata of the root (and of embedded
   * resources) are left alone.
   */
  admit: (object: ApiObject) => Admission;
  /**
   * Errors of schema and CEL rules, those about values unchanged since `old` left out. Rules about
   * changes (oldSelf) are evaluated only with `old`. Both are admitted objects.
   */
  validate: (object: ApiObject, old?: ApiObject) => FieldError[];
}

/** Reasons for which rules are not evaluated: values are not of the types that rules expect. */
const BLOCKING = /^FieldValue(NotSupported|Required|TooLong|TooMany|TypeInvalid)$/;
const UNCHECKED =
  'some validation rules were not checked because the object was invalid; ' +
  'correct the existing errors to complete validation';

/** Compiles a schema. Throws an Error that names the rule or the pattern that cannot be used. */
export function compileSchema(schema: Schema): CompiledSchema {
  const rules = compileRules(schema);
  const validate = (object: ApiObject, old?: ApiObject) => {
    const root = rootPlace(schema, object, old);
    const all = placesFrom(root);
    const before = placesFrom(rootPlace(schema, old ?? null, undefined));
    const areListsForgiven = before.some((place) => listErrors(place).length > 0);
    const errors = [
      ...schemaErrors(root),
      ...all.flatMap(resourceErrors),
      ...(areListsForgiven ? [] : all.flatMap(listErrors)),
    ];
    if (rules.size === 0) return errors;
    const isBlocked = errors.some(({ reason }) => BLOCKING.test(reason));
    const unchecked = [fieldError('Invalid', '', 'null', UNCHECKED)];
    return [...errors, ...(isBlocked ? unchecked : all.flatMap((one) => ruleErrors(rules, one)))];
  };
  return { admit: (object) => admit(object, schema), validate };
}
