import type { ServerResponse } from 'node:http';
import { expired, toStatus, badRequest } from './errors.ts';
import { apiVersionOf, bucketOf } from './kinds.ts';
import { inVersion, readSelectors } from './list.ts';
import type { Form } from './represent.ts';
import { isTrue } from './request.ts';
import type { Change, Store } from './store.ts';
import { toTable } from './table.ts';
import type { ApiObject, Resource } from './types.ts';

/** What is watched, and how it is told. */
export interface WatchRequest {
  resource: Resource;
  namespace?: string;
  query: URLSearchParams;
  form: Form;
}

const DEFAULT_TIMEOUT_SECONDS = 1800;
const BOOKMARK_INTERVAL_MS = 60_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * Tells of changes, a line of JSON each, until the client goes or the time is over. Throws, before
 * anything is sent, where the request makes no sense.
 */
export function serveWatch(store: Store, request: WatchRequest, response: ServerResponse): void {
  const { resource, namespace, query } = request;
  const isWanted = readSelectors(resource, query);
  const backlog = readBacklog(store, request, isWanted);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const writer = createWriter(request, response);
  const tell = (change: Change): void => {
    const isHere = namespace === undefined || change.object.metadata.namespace === namespace;
    if (change.bucket !== bucketOf(resource) || !isHere) return;
    const type = seenAs(change, isWanted);
    if (type !== undefined) writer.write(type, change.object);
  };
  for (const object of backlog.objects) writer.write('ADDED', object);
  if (backlog.isBookmarked) writer.bookmark(store.revision(), { [INITIAL_EVENTS_END]: 'true' });
  for (const change of backlog.changes) tell(change);

  const unsubscribe = store.subscribe(tell);
  const allowsBookmarks = isTrue(query.get('allowWatchBookmarks'));
  const bookmark = (): void => {
    if (allowsBookmarks) writer.bookmark(store.revision());
  };
  const bookmarks = setInterval(bookmark, BOOKMARK_INTERVAL_MS);
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || DEFAULT_TIMEOUT_SECONDS;
  const timeout = setTimeout(() => {
    bookmark();
    response.end();
  }, seconds * 1000);
  response.once('close', () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timeout);
  });
}

/** What a watcher is told before anything changes. */
interface Backlog {
  objects: ApiObject[];
  changes: Change[];
  isBookmarked: boolean;
}

function readBacklog(
  store: Store,
  { resource, namespace, query }: WatchRequest,
  isWanted: (object: ApiObject) => boolean,
): Backlog {
  const version = query.get('resourceVersion') ?? '';
  const sendsInitial = isTrue(query.get('sendInitialEvents'));
  const bucket = bucketOf(resource);
  if (!/^\d*$/.test(version)) {
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(version)}`);
  }
  if (sendsInitial || version === '' || version === '0') {
    const objects = store.list(bucket, namespace).filter(isWanted);
    return { objects, changes: [], isBookmarked: sendsInitial };
  }
  const changes = store.since(bucket, Number(version));
  if (changes === undefined) {
    throw expired(`too old resource version: ${version} (${store.revision()})`);
  }
  return { objects: [], changes, isBookmarked: false };
}

/** What a change is to somebody who sees only the objects that he wants. */
function seenAs(
  { type, object, before }: Change,
  isWanted: (object: ApiObject) => boolean,
): Change['type'] | undefined {
  const wasSeen = before !== undefined && isWanted(before);
  const isSeen = type !== 'DELETED' && isWanted(object);
  if (isSeen) return wasSeen ? 'MODIFIED' : 'ADDED';
  return wasSeen ? 'DELETED' : undefined;
}

interface Writer {
  write(type: string, object: ApiObject): void;
  bookmark(revision: number, annotations?: Record<string, string>): void;
}

function createWriter({ resource, form }: WatchRequest, response: ServerResponse): Writer {
  let isFirst = true;
  const send = (type: string, object: object): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const tableOf = (object: ApiObject): object => {
    const listMeta = { resourceVersion: object.metadata.resourceVersion };
    const options = { include: form.include, now: new Date(), listMeta, isWatchRow: !isFirst };
    isFirst = false;
    return toTable(resource, [object], options);
  };
  const represent = (object: ApiObject): object => {
    if (form.as === 'Table') return tableOf(object);
    if (form.as === 'Object') return object;
    const { metadata } = object;
    return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  };
  return {
    write: (type, object) => {
      try {
        send(type, represent(inVersion(resource, object)));
      } catch (error) {
        send('ERROR', toStatus(error).body);
      }
    },
    bookmark: (revision, annotations) => {
      const metadata = { name: '', resourceVersion: String(revision), annotations };
      const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
      send('BOOKMARK', represent(object));
    },
  };
}
