import { badRequest, expired } from './errors.ts';
import { readPath } from './jsonPath.ts';
import { apiVersionOf, bucketOf } from './kinds.ts';
import { readVersion } from './options.ts';
import { parseFieldSelector, parseLabelSelector } from './selectors.ts';
import type { Store } from './store.ts';
import type { ApiObject, Resource } from './types.ts';

/** A part of a list, with what the next request needs. */
export interface Page {
  items: ApiObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

/** Gives the pages of a list; all pages of one list show the same moment. */
export interface Lister {
  list(resource: Resource, namespace: string | undefined, query: URLSearchParams): Page;
}

interface Snapshot {
  revision: number;
  items: ApiObject[];
}

const KEPT_SNAPSHOTS = 50;

/** Lists what is in a store. */
export function createLister(store: Store): Lister {
  const snapshots = new Map<string, Snapshot>();
  let last = 0;
  const remember = (snapshot: Snapshot): string => {
    const key = String(++last);
    snapshots.set(key, snapshot);
    snapshots.delete(String(last - KEPT_SNAPSHOTS));
    return key;
  };
  return {
    list: (resource, namespace, query) => {
      const { key, from } = readToken(query);
      const snapshot =
        key === undefined
          ? takeSnapshot(store, resource, { namespace, query })
          : snapshots.get(key);
      if (snapshot === undefined) {
        throw expired('The provided continue parameter is too old to display a consistent list.');
      }
      const { revision, items } = snapshot;
      const limit = Number(query.get('limit'));
      const to = limit > 0 ? from + limit : items.length;
      const page = items.slice(from, to).map((object) => inVersion(resource, object));
      const metadata = { resourceVersion: String(revision) };
      if (to >= items.length) return { items: page, metadata };
      const rest = {
        continue: `${key ?? remember(snapshot)}:${to}`,
        ...remaining(query, items.length - to),
      };
      return { items: page, metadata: { ...metadata, ...rest } };
    },
  };
}

function takeSnapshot(
  store: Store,
  resource: Resource,
  { namespace, query }: { namespace: string | undefined; query: URLSearchParams },
): Snapshot {
  readVersion(query); // the latest is never too old
  const isWanted = readSelectors(resource, query);
  const items = store.list(bucketOf(resource), namespace).filter(isWanted);
  return { revision: store.revision(), items };
}

/** As on the real server, nobody counts what a selector leaves. */
function remaining(query: URLSearchParams, count: number): { remainingItemCount?: number } {
  const isSelected = query.get('labelSelector') || query.get('fieldSelector');
  return isSelected ? {} : { remainingItemCount: count };
}

function readToken(query: URLSearchParams): { key?: string; from: number } {
  const token = query.get('continue') ?? '';
  if (token === '') return { from: 0 };
  const [, key, from] = /^(\d+):(\d+)$/.exec(token) ?? [];
  if (key === undefined) throw badRequest('invalid continue token: continue key is not valid');
  if (query.get('resourceVersion')) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  return { key, from: Number(from) };
}

/** Whether an object fits a request's label and field selectors. Throws 400 where they make no sense. */
export function readSelectors(
  resource: Resource,
  query: URLSearchParams,
): (object: ApiObject) => boolean {
  const supported = ['metadata.name', 'metadata.namespace', ...resource.selectableFields];
  try {
    const hasLabels = parseLabelSelector(query.get('labelSelector') ?? '');
    const hasFields = parseFieldSelector(query.get('fieldSelector') ?? '', supported);
    return (object) =>
      hasLabels(object.metadata.labels ?? {}) && hasFields((path) => textAt(path, object));
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

function textAt(path: string, object: ApiObject): string {
  const [value] = readPath(`.${path}`, object);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** An object under the version that it is asked for in. */
export function inVersion(resource: Resource, object: ApiObject): ApiObject {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
