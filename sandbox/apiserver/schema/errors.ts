import { isObject } from '../json.ts';

/**
 * An error about a field: `field` like "spec.criteria.objectives[0].upperLimit" ("<nil>" where it is
 * about none), `message` as Kubernetes words it, such as `Unsupported value: "pink": supported
 * values: "red", "green"`, and `reason` as in the causes of a Status, such as FieldValueRequired.
 */
export interface FieldError {
  field: string;
  reason: string;
  message: string;
}

const WORDS = {
  Duplicate: 'Duplicate value',
  Forbidden: 'Forbidden',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Required: 'Required value',
  TooLong: 'Too long',
  TooMany: 'Too many',
  TypeInvalid: 'Invalid value',
};

/** An error of the reason `FieldValue${kind}`; its message is the kind's words and then the details. */
export function fieldError(
  kind: keyof typeof WORDS,
  field: string,
  ...details: string[]
): FieldError {
  const message = [WORDS[kind], ...details].join(': ');
  return { field: field === '' ? '<nil>' : field, reason: `FieldValue${kind}`, message };
}

/** A value as messages show it: numbers as Go prints them, anything else as JSON with sorted keys. */
export function toText(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(byKey)) : inner,
  );
}

function byKey([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

// Go prints 1.23456789e+07 where JavaScript prints 12345678.9.
function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return BigInt(value).toString();
  const [digits, exponent = ''] = value.toExponential().split('e');
  if (Number(exponent) >= -4 && Number(exponent) < 6) return String(value);
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}
