import type { Schema } from '../types.ts';
import { type FieldError, fieldError, toText } from './errors.ts';
import { isInteger, NUMBER_FORMATS, TEXT_FORMATS } from './formats.ts';

interface TextConstraints extends Schema {
  pattern?: string;
  minLength?: number;
  maxLength?: number;
}

/** What the keywords for texts have against one: at most one of length and pattern, and its format. */
export function textErrors(schema: TextConstraints, text: string, path: string): FieldError[] {
  const { format = '', minLength = 0, maxLength = Infinity, pattern = '' } = schema;
  const length = Array.from(text).length;
  const errors: FieldError[] = [];
  const refuse = (kind: 'Invalid' | 'TypeInvalid', detail: string) =>
    errors.push(fieldError(kind, path, toText(text), `${path} in body ${detail}`));
  if (length > maxLength) {
    errors.push(fieldError('TooLong', path, `may not be more than ${maxLength} bytes`));
  } else if (length < minLength) {
    refuse('Invalid', `should be at least ${minLength} chars long`);
  } else if (!new RegExp(pattern).test(text)) {
    refuse('Invalid', `should match '${pattern}'`);
  }
  if (TEXT_FORMATS[format]?.(text) === false) {
    refuse('TypeInvalid', `must be of type ${format}: ${toText(text)}`);
  }
  return errors;
}

/** What the keywords for numbers have against one. */
export function numberErrors(schema: Schema, value: number, path: string): FieldError[] {
  const errors = rangeErrors(schema, value, path);
  const check = (keyword: string, holds: (limit: number) => boolean, words: string) => {
    const limit = schema[keyword];
    if (typeof limit !== 'number' || holds(limit)) return;
    const detail = `${path} in body should be ${words} ${toText(limit)}`;
    errors.push(fieldError('Invalid', path, toText(value), detail));
  };
  const isMultiple = (limit: number) => Math.abs(value / limit - Math.round(value / limit)) < 1e-9;
  check('multipleOf', isMultiple, 'a multiple of');
  if (schema['exclusiveMaximum']) check('maximum', (limit) => value < limit, 'less than');
  else check('maximum', (limit) => value <= limit, 'less than or equal to');
  if (schema['exclusiveMinimum']) check('minimum', (limit) => value > limit, 'greater than');
  else check('minimum', (limit) => value >= limit, 'greater than or equal to');
  return errors;
}

function rangeErrors({ type, format = '' }: Schema, value: number, path: string): FieldError[] {
  const ofFormat = NUMBER_FORMATS[format];
  const isInRange = ofFormat ?? (type === 'integer' ? isInteger : () => true);
  if (type === undefined || isInRange(value)) return [];
  const wanted = `${type} ${ofFormat === undefined ? '(default format)' : `with format ${format}`}`;
  return [fieldError('Invalid', '', '""', `Checked value must be of type ${wanted} in ${path}`)];
}
