import { applyPatch as applyOperations, Pointer, type Operation } from 'rfc6902';
import { ApiError, badRequest } from './errors.ts';
import { isObject, jsonType, type JsonObject } from './json.ts';
import { strategicMerge } from './strategic.ts';
import type { ApiObject } from './types.ts';

/** The content types of patches; that of server-side apply is none of them. */
export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json';

/** A patch, its body parsed, of an object of a kind. */
export interface Patch {
  type: PatchType;
  body: unknown;
  kind: string;
}

/**
 * What a patch makes of an object, which is left as it is. What the patch does to name, kind and
 * resourceVersion is the caller's to judge. Throws an ApiError with the real server's words.
 */
export function applyPatch(object: ApiObject, patch: Patch): ApiObject {
  const { apiVersion, kind, metadata } = object;
  const result = patched(object, patch);
  if (isObject(result.metadata) && typeof result.metadata.name === 'string') {
    return { apiVersion, kind, ...result } as ApiObject;
  }
  const name = `the name of the object (${metadata.name} based on URL)`;
  throw badRequest(`${name} was undeterminable: name must be provided`);
}

function patched(object: ApiObject, { type, body, kind }: Patch): JsonObject {
  if (type === 'application/json-patch+json') return patchedByOperations(object, body);
  if (type === 'application/merge-patch+json') {
    if (body === null) throw badRequest('Invalid JSON Patch');
    return mergePatch(object, expectMap(body, 'error decoding patch: ')) as JsonObject;
  }
  const { apiVersion } = object;
  return { ...strategicMerge(object, expectMap(body ?? {}, ''), kind), apiVersion, kind };
}

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

/** RFC 6902; as on the real server, what is absent passes a test for null. */
function patchedByOperations(object: ApiObject, body: unknown): JsonObject {
  const operations: unknown = body ?? [];
  if (!Array.isArray(operations)) throw decodingError(body, '[]handlers.jsonPatchOp');
  operations.forEach(checkOperation);
  const target = structuredClone(object);
  for (const operation of operations as Operation[]) {
    if (!isApplied(target, operation)) {
      const message = 'the server rejected our request due to an error in our request';
      throw new ApiError(422, 'Invalid', message, {});
    }
  }
  return target;
}

function isApplied(target: ApiObject, operation: Operation): boolean {
  try {
    const isAbsent = Pointer.fromJSON(operation.path).get(target) === undefined;
    if (operation.op === 'test' && (operation.value ?? null) === null && isAbsent) return true;
    if (operation.op === 'replace' && isAbsent) return false;
    return applyOperations(target, [operation])[0] === null;
  } catch {
    return false; // the path is malformed, or leads into a scalar
  }
}

/** The operations, and what each needs besides its path. */
const NEEDED = new Map([
  ['add', 'value'],
  ['replace', 'value'],
  ['remove', ''],
  ['test', ''],
  ['move', 'from'],
  ['copy', 'from'],
]);

function checkOperation(operation: unknown): void {
  if (operation !== null && !isObject(operation)) {
    throw decodingError(operation, 'handlers.jsonPatchOp');
  }
  const { op, path } = operation ?? {};
  const needed = NEEDED.get(String(op));
  const fail = (why: string): never => {
    throw badRequest(`invalid operation ${JSON.stringify(operation)}: ${why}`);
  };
  if (needed === undefined) fail('unsupported operation');
  if (typeof path !== 'string') {
    fail("failed to decode 'path': operation missing path field: missing value");
  }
  if (needed && operation?.[needed] === undefined) {
    fail(`failed to decode '${needed}': operation, missing ${needed} field: missing value`);
  }
}

function expectMap(body: unknown, context: string): JsonObject {
  if (isObject(body)) return body;
  throw badRequest(context + cannotUnmarshal(body, 'map[string]interface {}'));
}

function decodingError(value: unknown, type: string): ApiError {
  return badRequest(`error decoding patch: ${cannotUnmarshal(value, type)}`);
}

function cannotUnmarshal(value: unknown, type: string): string {
  return `json: cannot unmarshal ${jsonType(value)} into Go value of type ${type}`;
}
