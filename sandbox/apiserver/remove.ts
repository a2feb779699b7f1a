import { conflict } from './errors.ts';
import { FOREGROUND, isHeld, markedForDeletion, ORPHAN } from './deletion.ts';
import { bucketOf } from './kinds.ts';
import { timestamp } from './metadata.ts';
import { strategyOf } from './strategies.ts';
import type { ApiObject } from './types.ts';
import { findObject, type NamedWrite } from './write.ts';

/** What a deletion may ask for. */
export interface DeleteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: string;
}

const POLICY_FINALIZERS: Record<string, string[]> = { Foreground: [FOREGROUND], Orphan: [ORPHAN] };

/** Removes an object, or marks it where something holds it. Throws 404, or 409 on a precondition. */
export function remove(write: NamedWrite, options: DeleteOptions): ApiObject {
  const { resource, store, isDryRun } = write;
  const before = findObject(write);
  requirePreconditions(write, before, options);
  if (before.metadata.deletionTimestamp !== undefined) return before;
  const bucket = bucketOf(resource);
  const marked = mark(write, before, options);
  if (isHeld(bucket, marked)) return isDryRun ? marked : store.put(bucket, marked);
  return isDryRun ? before : store.remove(bucket, before);
}

function mark({ resource }: NamedWrite, object: ApiObject, options: DeleteOptions): ApiObject {
  const strategy = strategyOf(resource);
  const marked = markedForDeletion(bucketOf(resource), object, [
    ...(strategy.finalizersOnDeletion?.(object) ?? []),
    ...(POLICY_FINALIZERS[options.propagationPolicy ?? ''] ?? []),
  ]);
  return strategy.complete?.(marked, timestamp()) ?? marked;
}

function requirePreconditions(
  { resource: { group, kind } }: NamedWrite,
  { metadata }: ApiObject,
  { preconditions = {} }: DeleteOptions,
): void {
  const require = (field: 'uid' | 'resourceVersion', name: string, hint: string): void => {
    const [wanted, found] = [preconditions[field], metadata[field]];
    if (wanted === undefined || wanted === found) return;
    const why = `the ${name} in the precondition (${wanted}) does not match the ${name} in record (${found}). ${hint}`;
    throw conflict({ group, plural: kind }, metadata.name, why);
  };
  require('uid', 'UID', 'The object might have been deleted and then recreated');
  require('resourceVersion', 'ResourceVersion', 'The object might have been modified');
}
