import { badRequest, expired } from './errors.ts';
import { readPath } from './jsonPath.ts';
import { apiVersionOf, bucketOf } from './kinds.ts';
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
      const token = query.get('continue');
      const limit = Number(query.get('limit') ?? 0) || Infinity;
      const { key, from } = readToken(token);
      const fresh = (): Snapshot => {
        const isWanted = readSelectors(resource, query);
        const items = store.list(bucketOf(resource), namespace).filter(isWanted);
        return { revision: store.revision(), items };
      };
      const snapshot = key === undefined ? fresh() : snapshots.get(key);
      if (snapshot === undefined) {
        throw expired('The provided continue parameter is too old to display a consistent list.');
      }
      const { revision, items } = snapshot;
      const page = items.slice(from, from + limit).map((object) => inVersion(resource, object));
      const left = items.length - from - page.length;
      const metadata = { resourceVersion: String(revision) };
      if (left <= 0) return { items: page, metadata };
      const next = `${key ?? remember(snapshot)}:${from + page.length}`;
      return { items: page, metadata: { ...metadata, continue: next, remainingItemCount: left } };
    },
  };
}

function readToken(token: string | null): { key?: string; from: number } {
  if (token === null || token === '') return { from: 0 };
  const [, key, from] = /^(\d+):(\d+)$/.exec(token) ?? [];
  if (key === undefined) throw badRequest('continue key is not valid');
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
