import { isDeepStrictEqual } from 'node:util';
import { ApiError } from './errors.ts';
import type { Schema } from './types.ts';

/**
 * A set of fields as managedFields write it, by elements: `f:NAME` of a map, `k:{"KEY":VALUE}` of
 * a list of maps, `v:VALUE` of a set. What has nothing below it, or a '.', is itself in the set.
 */
export interface FieldSet {
  [element: string]: FieldSet;
}

/** Something below a granular value; `isMember`: sets name it besides what is below it. */
interface Entry {
  element: string;
  value: unknown;
  schema: Schema | undefined;
  isMember: boolean;
}

/** What became of a field in a set: `path` leads to it. */
export interface Change {
  path: string[];
  isRemoved: boolean;
}

/** What lies under a field of any shape. */
const UNKNOWN: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Whether managers share the map or list: its fields or items are owned one by one. */
export function isGranular(value: unknown, schema: Schema | undefined): value is object {
  if (Array.isArray(value)) {
    return ['map', 'set'].includes(schema?.['x-kubernetes-list-type'] ?? 'atomic');
  }
  const isMap = typeof value === 'object' && value !== null;
  return isMap && schema?.['x-kubernetes-map-type'] !== 'atomic';
}

/** What is below a granular value, by element, in its order; the first of those that are equal. */
export function entriesOf(value: unknown, schema: Schema | undefined): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  if (!isGranular(value, schema)) return entries;
  const all = Array.isArray(value) ? itemsOf(value, schema) : fieldsOf(value, schema);
  for (const entry of all) if (!entries.has(entry.element)) entries.set(entry.element, entry);
  return entries;
}

function itemsOf(list: unknown[], schema: Schema | undefined): Entry[] {
  return list.map((value) => ({
    element: elementOf(value, schema),
    value,
    schema: schema?.items,
    isMember: true,
  }));
}

function fieldsOf(map: object, schema: Schema | undefined): Entry[] {
  return Object.entries(map as Record<string, unknown>).map(([name, value]) => {
    const declared = schema?.properties?.[name];
    const others = schema?.additionalProperties;
    const isOpen = schema?.['x-kubernetes-preserve-unknown-fields'] === true || others === true;
    const undeclared = typeof others === 'object' ? others : isOpen ? UNKNOWN : undefined;
    const isMember = declared === undefined && undeclared !== undefined;
    return { element: `f:${name}`, value, schema: declared ?? undeclared, isMember };
  });
}

function elementOf(item: unknown, schema: Schema | undefined): string {
  if (schema?.['x-kubernetes-list-type'] === 'set') return `v:${JSON.stringify(item)}`;
  const names = [...(schema?.['x-kubernetes-list-map-keys'] ?? [])].sort();
  const given = typeof item === 'object' ? Object.entries({ ...item }) : [];
  const defaults = names.map((name) => [name, schema?.items?.properties?.[name]?.default]);
  const key = Object.fromEntries([...defaults, ...given]) as object;
  return `k:${JSON.stringify(key, names)}`;
}

/**
 * The fields that a value names. Throws a 500 in the real server's words, after what `where` says,
 * where a list has two items of the same key, or one without.
 */
export function fieldSetOf(value: unknown, schema: Schema | undefined, where: string): FieldSet {
  if (Array.isArray(value) && isGranular(value, schema)) checkItems(value, schema, where);
  const set = [...entriesOf(value, schema).values()].flatMap((entry): [string, FieldSet][] => {
    const { element, value: child, isMember } = entry;
    const below = fieldSetOf(child, entry.schema, where + pathText([element]));
    if (!isEmpty(below)) return [[element, isMember ? { '.': {}, ...below } : below]];
    const isBareList = Array.isArray(child) && isGranular(child, entry.schema);
    const isLeaf = !isGranular(child, entry.schema) || (isEmpty(child) && !isBareList);
    return isMember || isLeaf ? [[element, {}]] : [];
  });
  return Object.fromEntries(set.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function checkItems(list: unknown[], schema: Schema | undefined, where: string): void {
  const elements = list.map((item) => elementOf(item, schema));
  const keyless = elements.indexOf('k:{}');
  if (keyless >= 0) {
    const keys = JSON.stringify(schema?.['x-kubernetes-list-map-keys']).replaceAll(',', ' ');
    const what = `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`;
    throw new ApiError(500, '', `${where}: element ${keyless}: ${what}`);
  }
  const twice = elements.find((element, index) => elements.indexOf(element) !== index);
  if (twice === undefined) return;
  throw new ApiError(500, '', `${where}: duplicate entries for key ${pathText([twice])}`);
}

/** What of a set has another value after a write than before it, or is gone. */
export function changesIn(
  set: FieldSet,
  before: unknown,
  after: unknown,
  schema: Schema | undefined,
): Change[] {
  const [was, is] = [entriesOf(before, schema), entriesOf(after, schema)];
  const changes = elementsOf(set).flatMap((element) => {
    const [old, now] = [was.get(element), is.get(element)];
    if (now === undefined) return old === undefined ? [] : [{ path: [element], isRemoved: true }];
    if (isGranular(now.value, now.schema) && (!old || isGranular(old.value, now.schema))) {
      return changesIn(set[element] ?? {}, old?.value, now.value, now.schema).map((change) => ({
        ...change,
        path: [element, ...change.path],
      }));
    }
    const isSame = old !== undefined && isDeepStrictEqual(old.value, now.value);
    return isSame ? [] : [{ path: [element], isRemoved: false }];
  });
  const isDeep = ({ path }: Change) => path.length > 1;
  return [...changes.filter((change) => !isDeep(change)), ...changes.filter(isDeep)];
}

/** The set without what is at a path, and without what is then left of no use. */
export function without(set: FieldSet, [element = '', ...rest]: string[]): FieldSet {
  const entries = Object.entries(set).flatMap(([name, below]): [string, FieldSet][] => {
    if (name !== element) return [[name, below]];
    const left = rest.length === 0 ? {} : without(below, rest);
    if (isEmpty(left)) return [];
    return [[name, elementsOf(left).length === 0 ? {} : left]];
  });
  return Object.fromEntries(entries);
}

function elementsOf(set: FieldSet): string[] {
  return Object.keys(set).filter((element) => element !== '.');
}

/** Whether a set or a value has nothing in it. */
export function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

/** A path as the real server writes it, `.spec.parts[name="a"].count`. */
export function pathText(path: readonly string[]): string {
  const texts = path.map((element) => {
    const rest = element.slice(2);
    if (element.startsWith('f:')) return `.${rest}`;
    if (element.startsWith('v:')) return `[=${rest}]`;
    const keys = Object.entries(JSON.parse(rest) as object);
    return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
  });
  return texts.join('');
}
