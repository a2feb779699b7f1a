// What Kubernetes' own controllers do after a write: service accounts of namespaces, aggregated
// roles, and the removal of what belongs to something that is gone.
import { isDeepStrictEqual } from 'node:util';
import { definitionSpec } from './definitions.ts';
import { FOREGROUND, isHeld, markedForDeletion, ORPHAN } from './deletion.ts';
import { bucketOf, CLUSTER_ROLES, DEFINITIONS, NAMESPACES, SERVICE_ACCOUNTS } from './kinds.ts';
import { newMetadata, timestamp, withoutEmpty } from './metadata.ts';
import { aggregatedRules } from './rbac.ts';
import type { Change, Store } from './store.ts';
import { CLEANUP } from './strategies.ts';
import type { ApiObject, ObjectMeta } from './types.ts';

/** An object with the bucket that it is kept in. */
interface Kept {
  bucket: string;
  object: ApiObject;
}

/** Starts them; returns how to stop them. They act right after the request that woke them. */
export function startControllers(store: Store): () => void {
  let isScheduled = false;
  let isStopped = false;
  const run = (): void => {
    isScheduled = false;
    if (isStopped) return;
    addServiceAccounts(store);
    aggregate(store);
    collect(store);
  };
  const unsubscribe = store.subscribe((change) => {
    if (isScheduled || !concernsControllers(change)) return;
    isScheduled = true;
    setImmediate(run);
  });
  return () => {
    isStopped = true;
    unsubscribe();
  };
}

function concernsControllers({ bucket, type, object }: Change): boolean {
  const { deletionTimestamp, ownerReferences } = object.metadata;
  const isWatched = [bucketOf(NAMESPACES), bucketOf(CLUSTER_ROLES)].includes(bucket);
  return isWatched || type === 'DELETED' || (deletionTimestamp ?? ownerReferences) !== undefined;
}

function addServiceAccounts(store: Store): void {
  const bucket = bucketOf(SERVICE_ACCOUNTS);
  for (const { metadata } of store.list(bucketOf(NAMESPACES))) {
    const namespace = metadata.name;
    if (metadata.deletionTimestamp || store.get(bucket, namespace, 'default')) continue;
    const own = newMetadata({ name: 'default', namespace }, false, timestamp());
    store.put(bucket, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own });
  }
}

function aggregate(store: Store): void {
  const roles = store.list(bucketOf(CLUSTER_ROLES));
  for (const role of roles) {
    const rules = aggregatedRules(role, roles);
    if (rules !== undefined && !isDeepStrictEqual(rules, role['rules'])) {
      store.put(bucketOf(CLUSTER_ROLES), { ...role, rules });
    }
  }
}

/** Removes what belongs to something that is gone or going, and lets go of what is ready to go. */
function collect(store: Store): void {
  const all = store
    .buckets()
    .flatMap((bucket) => store.list(bucket).map((object) => ({ bucket, object })));
  const uids = new Set(all.map(({ object }) => object.metadata.uid));
  for (const kept of all) {
    const { deletionTimestamp, ownerReferences = [] } = kept.object.metadata;
    if (deletionTimestamp !== undefined) letGo(store, kept, all);
    else if (ownerReferences.length > 0 && !ownerReferences.some(({ uid }) => uids.has(uid))) {
      markDeleted(store, kept);
    }
  }
}

/** Does what an object that is going waits for. */
function letGo(store: Store, owner: Kept, all: readonly Kept[]): void {
  const { finalizers = [], uid } = owner.object.metadata;
  const isForeground = finalizers.includes(FOREGROUND);
  const dependents = all.filter(({ object }) =>
    object.metadata.ownerReferences?.some((reference) => reference.uid === uid),
  );
  const contents = contentsOf(owner, all);
  const waitsFor = [...(isForeground ? dependents : []), ...contents];
  for (const one of waitsFor) {
    if (one.object.metadata.deletionTimestamp !== undefined) continue;
    markDeleted(store, one, isForeground ? [FOREGROUND] : []);
  }
  if (finalizers.includes(ORPHAN)) {
    for (const one of dependents) disown(store, one, uid);
  }
  if (waitsFor.some((one) => current(store, one) !== undefined)) return;
  release(store, owner);
}

/** What lives in a namespace, or is of a defined kind. */
function contentsOf({ bucket, object }: Kept, all: readonly Kept[]): Kept[] {
  const { name } = object.metadata;
  if (bucket === bucketOf(NAMESPACES)) {
    return all.filter((one) => one.object.metadata.namespace === name);
  }
  if (bucket !== bucketOf(DEFINITIONS)) return [];
  const { group, names } = definitionSpec(object);
  return all.filter((one) => one.bucket === bucketOf({ group, plural: names.plural }));
}

/** Changes an object as it is now, which may be newer than the copy at hand. */
function change(store: Store, kept: Kept, to: (now: ApiObject) => ApiObject): void {
  const now = current(store, kept);
  if (now === undefined) return;
  const after = to(now);
  const isGone = after.metadata.deletionTimestamp !== undefined && !isHeld(kept.bucket, after);
  if (isGone) store.remove(kept.bucket, after);
  else store.put(kept.bucket, after);
}

function current(store: Store, { bucket, object }: Kept): ApiObject | undefined {
  const { namespace, name, uid } = object.metadata;
  const now = store.get(bucket, namespace, name);
  return now?.metadata.uid === uid ? now : undefined;
}

function withMetadata(object: ApiObject, change: Partial<ObjectMeta>): ApiObject {
  return { ...object, metadata: withoutEmpty({ ...object.metadata, ...change }) };
}

function markDeleted(store: Store, kept: Kept, finalizers: readonly string[] = []): void {
  change(store, kept, (now) => markedForDeletion(kept.bucket, now, finalizers));
}

function disown(store: Store, kept: Kept, uid: string | undefined): void {
  change(store, kept, (now) => {
    const ownerReferences = now.metadata.ownerReferences?.filter((one) => one.uid !== uid);
    return withMetadata(now, { ownerReferences });
  });
}

/** Lets an object go as far as these controllers hold it. */
function release(store: Store, kept: Kept): void {
  const now = current(store, kept);
  const own = [CLEANUP, FOREGROUND, ORPHAN];
  const { finalizers = [] } = now?.metadata ?? {};
  const others = finalizers.filter((one) => !own.includes(one));
  const isHeldByOthersAlone = others.length > 0 && others.length === finalizers.length;
  if (now === undefined || isHeldByOthersAlone) return;
  const released = withMetadata(now, { finalizers: others });
  if (others.length === 0) store.remove(kept.bucket, released);
  else store.put(kept.bucket, released);
}
