import type { ApiObject } from './types.ts';

/** Where the objects of a kind are kept, whatever their version: `GROUP/PLURAL`. */
export type Bucket = string;

/** One write. `before` is the object as it was, absent where it was created. */
export interface Change {
  bucket: Bucket;
  revision: number;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: ApiObject;
  before?: ApiObject;
}

/** All objects, in memory, with the latest changes. What is handed out must not be changed. */
export interface Store {
  /** The number of the last write. */
  revision(): number;
  get(bucket: Bucket, namespace: string | undefined, name: string): ApiObject | undefined;
  /** In the order of namespace and name; undefined for all namespaces. */
  list(bucket: Bucket, namespace?: string): ApiObject[];
  buckets(): Bucket[];
  /** Stores the object under the next resourceVersion and returns it so. */
  put(bucket: Bucket, object: ApiObject): ApiObject;
  remove(bucket: Bucket, object: ApiObject): ApiObject;
  /** The changes after a revision; undefined where the history does not reach back that far. */
  since(bucket: Bucket, revision: number): Change[] | undefined;
  /** Tells of every change, after it is made; returns how to end that. */
  subscribe(listener: (change: Change) => void): () => void;
}

const KEPT_CHANGES = 1000;
const FIRST_REVISION = 2; // so that 1 is always too old, as on the real server

/** Creates an empty store. */
export function createStore(): Store {
  const objects = new Map<Bucket, Map<string, ApiObject>>();
  const listeners = new Set<(change: Change) => void>();
  const history: Change[] = [];
  let revision = FIRST_REVISION - 1;
  let forgotten = FIRST_REVISION;

  const of = (bucket: Bucket): Map<string, ApiObject> => {
    const known = objects.get(bucket) ?? new Map<string, ApiObject>();
    objects.set(bucket, known);
    return known;
  };
  const stamp = (object: ApiObject): ApiObject => ({
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(++revision) },
  });
  const record = (change: Change): ApiObject => {
    history.push(change);
    if (history.length > KEPT_CHANGES) forgotten = history.shift()!.revision;
    for (const listener of [...listeners]) listener(change);
    return change.object;
  };

  return {
    revision: () => revision,
    get: (bucket, namespace, name) => of(bucket).get(keyOf(namespace, name)),
    list: (bucket, namespace) =>
      [...of(bucket)]
        .filter(([key]) => namespace === undefined || key.startsWith(`${namespace}/`))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, object]) => object),
    buckets: () => [...objects.keys()],
    put: (bucket, object) => {
      const key = keyOfObject(object);
      const before = of(bucket).get(key);
      const stored = stamp(object);
      of(bucket).set(key, stored);
      const type = before === undefined ? 'ADDED' : 'MODIFIED';
      return record({ bucket, revision, type, object: stored, before });
    },
    remove: (bucket, object) => {
      const key = keyOfObject(object);
      const before = of(bucket).get(key);
      of(bucket).delete(key);
      const removed = stamp(object);
      return record({ bucket, revision, type: 'DELETED', object: removed, before });
    },
    since: (bucket, from) =>
      from < forgotten
        ? undefined
        : history.filter((change) => change.bucket === bucket && change.revision > from),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function keyOfObject({ metadata }: ApiObject): string {
  return keyOf(metadata.namespace, metadata.name);
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
