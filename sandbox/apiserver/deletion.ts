// What becomes of an object that is to go.
import { bucketOf, DEFINITIONS, NAMESPACES } from './kinds.ts';
import { timestamp } from './metadata.ts';
import type { ApiObject, ObjectMeta } from './types.ts';

/** Finalizers that have the collector of garbage see to an object's dependents first. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** An object that is to go, held by more finalizers than before. */
export function markedForDeletion(
  bucket: string,
  object: ApiObject,
  more: readonly string[] = [],
): ApiObject {
  const { generation, finalizers = [] } = object.metadata;
  const all = [...new Set([...finalizers, ...more])];
  const hasGrace = ![NAMESPACES, DEFINITIONS].map(bucketOf).includes(bucket);
  const metadata: ObjectMeta = {
    ...object.metadata,
    ...(all.length > 0 && { finalizers: all }),
    deletionTimestamp: timestamp(),
    ...(hasGrace && { deletionGracePeriodSeconds: 0 }),
    ...(hasGrace && generation !== undefined && { generation: generation + 1 }),
  };
  return { ...object, metadata };
}

/** Whether an object that is to go has to wait: for its finalizers or, a namespace, for what is in it. */
export function isHeld(bucket: string, { metadata }: ApiObject): boolean {
  return bucket === bucketOf(NAMESPACES) || (metadata.finalizers ?? []).length > 0;
}
