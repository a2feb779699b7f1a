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
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
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
  };
};

/** A write that changed something: without `before` a creation, without `after` a removal. */
export type Change = {
  path: string;
  before?: Stored;
  after?: Stored;
  /** Whether a function wrote it, and not somebody else. */
  isOurs: boolean;
};

export type ApiServer = {
  /** Answers a function as the client would give it: JSON, or a Failure thrown. */
  answer: (request: ApiRequest) => unknown;
  get: (path: string) => Stored | undefined;
  /** The number of writes so far. */
  version: () => number;
  /** All objects of a kind. */
  list: (kind: string) => Stored[];
  /** Throws where there is one already, or the namespace is being deleted. */
  create: (path: string, manifest: Manifest) => void;
  /** A write by somebody else, of what is there now. Throws where there is none. */
  change: (path: string, to: (object: Stored) => Manifest) => void;
  /** A deletion by somebody else; the object stays as long as it has finalizers. */
  remove: (path: string) => void;
  /** Deletes a namespace: nothing can be created in it any more. What is in it stays as yet. */
  terminate: (namespace: string) => void;
  onChange: (listener: (change: Change) => void) => void;
};

/** Starts an empty one. */
export function startApiServer(now: () => Date): ApiServer {
  const objects = new Map<string, Stored>();
  const resources = new Map<string, Resource>();
  const terminating = new Set<string>();
  const listeners: ((change: Change) => void)[] = [];
  let version = 0;
  let created = 0;
  const timestamp = (): string =>
    now()
      .toISOString()
      .replace(/\.\d+Z/, 'Z');
  const put = (path: string, { before, to, isOurs }: Put): Stored => {
    const isSpecChanged = before && !isDeepStrictEqual(before.spec, to.spec);
    const generation = to.metadata.generation + (isSpecChanged ? 1 : 0);
    const metadata = { ...to.metadata, generation, resourceVersion: String(++version) };
    const after = stored({ ...to, metadata });
    const isGone = metadata.deletionTimestamp && !metadata.finalizers?.length;
    if (isGone) objects.delete(path);
    else objects.set(path, after);
    for (const tell of listeners) tell({ path, before, ...(!isGone && { after }), isOurs });
    return after;
  };
  const replace = (path: string, to: (before: Stored) => Manifest, isOurs: boolean): Stored => {
    const before = objects.get(path);
    if (!before) throw new Failure('NotFound', `${path} not found`);
    const after = accepted(before, stored(to(before)) as Stored);
    return isDeepStrictEqual(before, after) ? before : put(path, { before, to: after, isOurs });
  };
  const create = (path: string, manifest: Manifest, isOurs: boolean): Stored => {
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
    if (terminating.has(namespace)) {
      const why = `${path}: unable to create new content in namespace ${namespace} because it is being terminated`;
      throw new Failure('Forbidden', why);
    }
    if (objects.has(path)) throw new Failure('Conflict', `${path} already exists`);
    resources.set(path.slice(0, path.lastIndexOf('/')), resourceOf(path, manifest));
    const own = { uid: `uid-${++created}`, generation: 1, resourceVersion: '' };
    const metadata = { ...manifest.metadata, ...own, creationTimestamp: timestamp() };
    return put(path, { to: { ...manifest, metadata }, isOurs });
  };
  const read = ({ path, query }: ApiRequest): unknown => {
    if (path.endsWith('/experiments')) return tableOf([...objects.values()], query?.fieldSelector);
    if (isGroupVersion(path)) return { resources: resourcesOf(path, resources) };
    return objects.get(path) ?? new Failure('NotFound', `${path} not found`);
  };
  return {
    answer: (request) => {
      const { method, path, body } = request;
      const { metadata } = (body ?? {}) as Manifest;
      const found =
        method === 'GET'
          ? read(request)
          : method === 'POST'
            ? create(`${path}/${metadata.name}`, body as Manifest, true)
            : replace(path.replace(/\/status$/, ''), (before) => changed(before, path, body), true);
      if (found instanceof Failure) throw found;
      return found;
    },
    get: (path) => objects.get(path),
    version: () => version,
    list: (kind) => [...objects.values()].filter((object) => object.kind === kind),
    create: (path, manifest) => void create(path, manifest, false),
    change: (path, to) => void replace(path, to, false),
    remove: (path) => {
      const before = objects.get(path);
      if (!before || before.metadata.deletionTimestamp) return;
      const metadata = { ...before.metadata, deletionTimestamp: timestamp() };
      put(path, { before, to: { ...before, metadata }, isOurs: false });
    },
    terminate: (namespace) => void terminating.add(namespace),
    onChange: (listener) => void listeners.push(listener),
  };
}

type Put = { before?: Stored; to: Stored; isOurs: boolean };

type Resource = { kind: string; name: string; namespaced: true };

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

function resourceOf(path: string, { kind }: Manifest): Resource {
  return { kind, name: path.split('/').at(-2)!, namespaced: true };
}

/** The kinds of a group and version of which there has ever been an object. */
function resourcesOf(root: string, resources: ReadonlyMap<string, Resource>): Resource[] {
  return [...resources].filter(([path]) => path.startsWith(`${root}/`)).map(([, one]) => one);
}
