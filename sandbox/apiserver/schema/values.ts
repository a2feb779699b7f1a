import type { Schema } from '../types.ts';
import { isObject } from '../json.ts';
import { fieldSchema } from './structural.ts';

const RESERVED =
  /^(true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$/;
const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/**
 * A value as a rule sees it: integers are bigints, lists that are sets are Sets, and the names of
 * fields are escaped.
 */
export function toRuleValue(value: unknown, schema: Schema | undefined): unknown {
  if (typeof value === 'number') {
    return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => toRuleValue(item, schema?.items));
    return schema?.['x-kubernetes-list-type'] === 'set' ? new Set(items) : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, entry]) => {
    const name = Object.hasOwn(schema?.properties ?? {}, key) ? escapeName(key) : key;
    return [name, toRuleValue(entry, fieldSchema(schema, key) || undefined)];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function escapeName(name: string): string {
  if (RESERVED.test(name)) return `__${name}__`;
  return name.replace(/__|[.\-/]/g, (found) => ESCAPES[found]!);
}
