import { ApiError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';

/**
 * The lists that strategic merge patches merge, by kind ('' for all) and path, with the field that
 * tells their items apart; '' for lists of plain values, which are sets. All others are atomic.
 */
const MERGED_LISTS: Record<string, Record<string, string>> = {
  '': { '.metadata.ownerReferences': 'uid', '.metadata.finalizers': '' },
  Namespace: { '.status.conditions': 'type' },
  Service: { '.spec.ports': 'port', '.status.conditions': 'type' },
  ServiceAccount: { '.secrets': 'name' },
};

const OF_LIST = /^\$(setElementOrder|deleteFromPrimitiveList)\//;

interface Place {
  kind: string;
  path: string;
}

/** What a patch says of one field: a new value, the order of its items, items to delete. */
interface Said {
  value: unknown;
  order: unknown;
  deleted: unknown;
}

/**
 * What a strategic merge patch, with its directives, makes of an object of a built-in kind. Neither
 * argument is changed. Throws an ApiError.
 */
export function strategicMerge(object: JsonObject, patch: JsonObject, kind: string): JsonObject {
  return mergedMap(object, patch, { kind, path: '' });
}

function mergedMap(live: JsonObject, patch: JsonObject, { kind, path }: Place): JsonObject {
  const { $patch, $retainKeys, ...said } = patch;
  if ($patch === 'replace') return said;
  if ($patch === 'delete') return {};
  if ($patch !== undefined) throw unknownDirective(patch);
  const result = new Map(Object.entries(retained(live, said, $retainKeys)));
  for (const name of new Set(Object.keys(said).map((key) => key.replace(OF_LIST, '')))) {
    const field = {
      value: said[name],
      order: said[`$setElementOrder/${name}`],
      deleted: said[`$deleteFromPrimitiveList/${name}`],
    };
    const value = mergedField(result.get(name), field, { kind, path: `${path}.${name}` });
    if (value === undefined) result.delete(name);
    else result.set(name, value);
  }
  return Object.fromEntries(result);
}

function retained(live: JsonObject, said: JsonObject, names: unknown): JsonObject {
  if (names === undefined) return live;
  const isKept = (name: string) => (names as unknown[]).includes(name);
  const isSaid = ([key, value]: [string, unknown]) => value !== null && !OF_LIST.test(key);
  const given = Object.entries(said).filter(isSaid);
  if (!Array.isArray(names) || !given.every(([name]) => isKept(name))) {
    throw new ApiError(400, 'BadRequest', 'invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(live).filter(([name]) => isKept(name)));
}

function mergedField(live: unknown, { value, order, deleted }: Said, place: Place): unknown {
  if (value === null) return undefined;
  if (isObject(live) && isObject(value)) return mergedMap(live, value, place);
  if (!Array.isArray(live)) return value === undefined ? live : withoutDirectives(value);
  if (value !== undefined && !Array.isArray(value)) return value;
  const list = mergedList(live, { value, order }, place);
  return Array.isArray(deleted) ? list.filter((item) => !deleted.includes(item)) : list;
}

function mergedList(
  live: unknown[],
  { value, order }: { value: unknown[] | undefined; order: unknown },
  place: Place,
): unknown[] {
  const key = MERGED_LISTS[place.kind]?.[place.path] ?? MERGED_LISTS['']?.[place.path];
  if (key === undefined) return value ?? live;
  const idOf = (item: unknown) => (key === '' ? item : idOfItem(item, key));
  const items = mergedItems(live, value ?? [], { key, place });
  const added = (value ?? []).filter((item) => !isDirective(item));
  const wanted = (Array.isArray(order) ? order : added).map(idOf);
  return ordered(items, { idOf, wanted, before: live.map(idOf) });
}

function mergedItems(
  live: unknown[],
  patch: unknown[],
  { key, place }: { key: string; place: Place },
): unknown[] {
  if (key === '') return [...new Set([...live, ...patch])];
  const directives = patch.filter(isDirective);
  const isReplacing = directives.some(({ $patch }) => $patch === 'replace');
  const result = new Map(isReplacing ? [] : live.map((item) => [idOfItem(item, key), item]));
  for (const directive of directives) {
    if (directive.$patch === 'delete') result.delete(idOfItem(directive, key));
    else if (directive.$patch !== 'replace') throw unknownDirective(directive);
  }
  for (const item of patch.filter((item) => !isDirective(item))) {
    const id = idOfItem(item, key);
    const before = result.get(id);
    const isMerged = isObject(before) && isObject(item);
    result.set(id, isMerged ? mergedMap(before, item, place) : item);
  }
  return [...result.values()];
}

function isDirective(item: unknown): item is JsonObject {
  return isObject(item) && item.$patch !== undefined;
}

function idOfItem(item: unknown, key: string): unknown {
  if (isObject(item) && key in item) return item[key];
  throw new ApiError(500, '', `map: ${inGo(item)} does not contain declared merge key: ${key}`);
}

/** The wanted items in their order; the others stay before what they stood before, where that can be. */
function ordered(
  items: unknown[],
  by: { idOf: (item: unknown) => unknown; wanted: unknown[]; before: unknown[] },
): unknown[] {
  const rank = (item: unknown) => by.wanted.indexOf(by.idOf(item));
  const place = (item: unknown) => by.before.indexOf(by.idOf(item));
  const wanted = items.filter((item) => rank(item) >= 0).sort((a, b) => rank(a) - rank(b));
  const others = items.filter((item) => rank(item) < 0);
  const result = [];
  for (const item of wanted) {
    while (others.length > 0 && place(others[0]) < place(item)) result.push(others.shift());
    result.push(item);
  }
  return [...result, ...others];
}

/** What the patch adds as a whole; maps that direct something have nothing to direct there. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item) => item !== undefined);
  }
  if (!isObject(value)) return value;
  if ('$patch' in value) return undefined;
  const kept = Object.entries(value)
    .filter(([name, said]) => said !== null && name !== '$retainKeys' && !OF_LIST.test(name))
    .map(([name, said]) => [name, withoutDirectives(said)] as const);
  return Object.fromEntries(kept.filter(([, said]) => said !== undefined));
}

function unknownDirective(patch: JsonObject): ApiError {
  return new ApiError(500, '', `unknown patch type: ${inGo(patch.$patch)} in map: ${inGo(patch)}`);
}

/** A value as Go prints it. */
function inGo(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inGo).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.keys(value)
    .sort()
    .map((name) => `${name}:${inGo(value[name])}`);
  return `map[${fields.join(' ')}]`;
}
