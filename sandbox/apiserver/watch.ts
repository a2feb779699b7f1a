import type { ServerResponse } from 'node:http';
import { expired, toStatus } from './errors.ts';
import { apiVersionOf, bucketOf } from './kinds.ts';
import { inVersion, readSelectors } from './list.ts';
import { isTrue, readVersion } from './options.ts';
import { representObject, type Form } from './represent.ts';
import type { Change, Store } from './store.ts';
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
 * anything is sent, where the request makes no sense; that its version is too old is told as an event.
 */
export function serveWatch(store: Store, request: WatchRequest, response: ServerResponse): void {
  const { resource, namespace, query } = request;
  const isWanted = readSelectors(resource, query);
  const backlog = readBacklog(store, request, isWanted);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const writer = createWriter(request, response);
  if (backlog === undefined) {
    const version = query.get('resourceVersion');
    writer.fail(expired(`too old resource version: ${version} (${store.revision()})`));
    response.end();
    return;
  }
  const tell = (change: Change): void => {
    const isHere = namespace === undefined || change.object.metadata.namespace === namespace;
    if (change.bucket !== bucketOf(resource) || !isHere) return;
    const seen = seenAs(change, isWanted);
    if (seen !== undefined) writer.write(seen.type, seen.object);
  };
  const allowsBookmarks = isTrue(query.get('allowWatchBookmarks'));
  const bookmark = (annotations?: Record<string, string>): void => {
    if (allowsBookmarks) writer.bookmark(store.revision(), annotations);
  };
  for (const object of backlog.objects) writer.write('ADDED', object);
  if (isTrue(query.get('sendInitialEvents'))) bookmark({ [INITIAL_EVENTS_END]: 'true' });
  for (const change of backlog.changes) tell(change);

  const unsubscribe = store.subscribe(tell);
  const bookmarks = setInterval(bookmark, BOOKMARK_INTERVAL_MS);
  const seconds = Number(query.get('timeoutSeconds')) || DEFAULT_TIMEOUT_SECONDS;
  const timeout = setTimeout(() => response.end(), seconds * 1000);
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
}

/** Undefined where the history does not reach back that far. */
function readBacklog(
  store: Store,
  { resource, namespace, query }: WatchRequest,
  isWanted: (object: ApiObject) => boolean,
): Backlog | undefined {
  const version = readVersion(query);
  const bucket = bucketOf(resource);
  const initial = query.get('sendInitialEvents');
  if (isTrue(initial) || (version === undefined && initial === null)) {
    return { objects: store.list(bucket, namespace).filter(isWanted), changes: [] };
  }
  const changes = store.since(bucket, version ?? store.revision());
  return changes && { objects: [], changes };
}

/** What a change is to somebody who sees only the objects that he wants. */
function seenAs(
  { type, object, before }: Change,
  isWanted: (object: ApiObject) => boolean,
): Pick<Change, 'type' | 'object'> | undefined {
  const wasSeen = before !== undefined && isWanted(before);
  if (type !== 'DELETED' && isWanted(object))
    return { type: wasSeen ? 'MODIFIED' : 'ADDED', object };
  if (!wasSeen) return undefined;
  // The last that he was to see of it, at the time when it went out of his sight.
  const { resourceVersion } = object.metadata;
  const last = { ...before, metadata: { ...before.metadata, resourceVersion } };
  return { type: 'DELETED', object: type === 'DELETED' ? object : last };
}

interface Writer {
  write(type: string, object: ApiObject): void;
  bookmark(revision: number, annotations?: Record<string, string>): void;
  fail(error: unknown): void;
}

function createWriter({ resource, form }: WatchRequest, response: ServerResponse): Writer {
  let isFirst = true;
  const send = (type: string, object: object): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const fail = (error: unknown): void => {
    send('ERROR', toStatus(error).body);
  };
  const write = (type: string, object: ApiObject): void => {
    try {
      const told = inVersion(resource, object);
      send(type, representObject(resource, told, { ...form, isWatchRow: !isFirst }));
      isFirst = false;
    } catch (error) {
      fail(error);
    }
  };
  const bookmark = (revision: number, annotations?: Record<string, string>): void => {
    const metadata = { resourceVersion: String(revision), annotations };
    write('BOOKMARK', {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata,
    } as ApiObject);
  };
  return { write, bookmark, fail };
}
