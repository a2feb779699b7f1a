// An API server as small as the functions need it. Objects are kept by their paths, frozen, and as
// JSON has them; every write that changes something gets a new resourceVersion.
import { isDeepStrictEqual } from 'node:util';
import { applyPatch, type Operation } from 'rfc6902';
import type { ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { Failure } from '../../functions/lib/kubernetes/failure.ts';
import { stored } from '../fixtures.ts';
import { tableOf } from './table.ts';

/** An object as a client writes it. */
export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  [field: string]: unknown;
};

/** An object as it is kept. */
export type Stored = Manifest & {
  metadata: Manifest['metadata'] & {
    uid: string;
    resourceVersion: string;
    generation: number;
    creationTimestamp: string;
    deletionTimestamp?: string;
    finalizers?: string[];
  };
};

/** A write that changed something: without `before` a creation, without `after` a removal. */
export type Change = { path: string; before?: Stored; after?: Stored };

export type ApiServer = {
  /** Answers as the client would give it: JSON, or a Failure thrown. */
  answer: (request: ApiRequest) => unknown;
  get: (path: string) => Stored | undefined;
  create: (path: string, manifest: Manifest) => void;
  /** A write by somebody else, of what is there now. */
  change: (path: string, to: (object: Stored) => Manifest) => void;
  remove: (path: string) => void;
  onChange: (listener: (change: Change) => void) => void;
};

/** Starts an empty one. */
export function startApiServer(now: () => Date): ApiServer {
  const objects = new Map<string, Stored>();
  const listeners: ((change: Change) => void)[] = [];
  let version = 0;
  const timestamp = (): string =>
    now()
      .toISOString()
      .replace(/\.\d+Z/, 'Z');
  const put = (path: string, before: Stored | undefined, to: Stored): Stored => {
    const isSpecChanged = before && !isDeepStrictEqual(before.spec, to.spec);
    const generation = to.metadata.generation + (isSpecChanged ? 1 : 0);
    const metadata = { ...to.metadata, generation, resourceVersion: String(++version) };
    const after = stored({ ...to, metadata });
    const isGone = metadata.deletionTimestamp && !metadata.finalizers?.length;
    if (isGone) objects.delete(path);
    else objects.set(path, after);
    for (const tell of listeners) tell({ path, before, ...(!isGone && { after }) });
    return after;
  };
  const replace = (path: string, to: (before: Stored) => Manifest): Stored => {
    const before = objects.get(path);
    if (!before) throw new Failure('NotFound', `${path} not found`);
    const after = accepted(before, stored(to(before)) as Stored);
    return isDeepStrictEqual(before, after) ? before : put(path, before, after);
  };
  const create = (path: string, manifest: Manifest): Stored => {
    if (objects.has(path)) throw new Failure('Conflict', `${path} already exists`);
    const own = { uid: `uid-${objects.size}`, generation: 1, resourceVersion: '' };
    const metadata = { ...manifest.metadata, ...own, creationTimestamp: timestamp() };
    return put(path, undefined, { ...manifest, metadata });
  };
  const read = (path: string): unknown => {
    if (path.endsWith('/experiments')) return tableOf([...objects.values()]);
    if (isGroupVersion(path)) return resourcesOf(path, objects);
    return objects.get(path) ?? new Failure('NotFound', `${path} not found`);
  };
  return {
    answer: ({ method, path, body }) => {
      const { metadata } = (body ?? {}) as Manifest;
      const found =
        method === 'GET'
          ? read(path)
          : method === 'POST'
            ? create(`${path}/${metadata.name}`, body as Manifest)
            : replace(path.replace(/\/status$/, ''), (before) => changed(before, path, body));
      if (found instanceof Failure) throw found;
      return found;
    },
    get: (path) => objects.get(path),
    create: (path, manifest) => void create(path, manifest),
    change: (path, to) => void replace(path, to),
    remove: (path) => {
      const before = objects.get(path);
      if (!before || before.metadata.deletionTimestamp) return;
      const metadata = { ...before.metadata, deletionTimestamp: timestamp() };
      put(path, before, { ...before, metadata });
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function changed(before: Stored, path: string, body: unknown): Stored {
  if (path.endsWith('/status')) {
    const { metadata, status } = body as Stored;
    const { resourceVersion } = metadata;
    return { ...before, metadata: { ...before.metadata, resourceVersion }, status };
  }
  if (!Array.isArray(body)) return { ...(merged(before, body) as Stored), status: before.status };
  const after = structuredClone(before);
  const problem = applyPatch(after, body as Operation[]).find((one) => one !== null);
  if (problem) throw new Failure('Invalid', problem.message);
  return after;
}

/** RFC 7396. */
function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const parts = Object.entries(patch).map(([name, part]) => {
    const old = (before as Record<string, unknown> | undefined)?.[name];
    return [name, part === null ? undefined : merged(old, part)] as const;
  });
  return { ...(before as object | undefined), ...Object.fromEntries(parts) };
}

function accepted({ metadata: before }: Stored, after: Stored): Stored {
  const { finalizers = [], resourceVersion, name } = after.metadata;
  if (resourceVersion !== before.resourceVersion) {
    throw new Failure('Conflict', `${name}: the object has been modified`);
  }
  const isNew = finalizers.some((one) => !before.finalizers?.includes(one));
  if (!before.deletionTimestamp || !isNew) return after;
  throw new Failure('Invalid', `${name}: no new finalizers while it is being deleted`);
}

function isGroupVersion(path: string): boolean {
  return /^\/apis\/[^/]+\/[^/]+$/.test(path);
}

function resourcesOf(root: string, objects: ReadonlyMap<string, Stored>): object {
  const resources = [...objects]
    .filter(([path]) => path.startsWith(`${root}/`))
    .map(([path, { kind }]) => ({ kind, name: path.split('/').at(-2)!, namespaced: true }));
  return { resources };
}
