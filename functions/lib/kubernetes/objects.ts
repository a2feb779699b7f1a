import type { Api } from './client.ts';
import { Failure, unless } from './failure.ts';

/** Any object of the cluster. */
export type AnyObject = {
  metadata: {
    name: string;
    resourceVersion: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
};

/** Which object. */
export type ObjectRef = { apiVersion: string; kind: string; namespace: string; name: string };

type ResourceList = { resources: { name: string; kind: string; namespaced: boolean }[] };

/** Reads and patches objects of any kind. */
export type Objects = {
  /** The object, or undefined where it or its kind does not exist. */
  get: (ref: ObjectRef) => Promise<AnyObject | undefined>;
  /** Applies a patch. Throws Failure, of kind NotFound where the object is gone. */
  patch: (ref: ObjectRef, body: unknown, contentType: string) => Promise<AnyObject>;
};

/**
 * The resources' names by apiVersion and kind: they do not change. The usual target's is known, so
 * that a cold start need not ask; the others are asked for once per process.
 */
const resources = new Map([['serving.kserve.io/v1beta1/InferenceService', 'inferenceservices']]);

/** Objects over the API server. */
export function objectsOf(api: Api): Objects {
  const pathOf = async (ref: ObjectRef): Promise<string> => {
    const key = `${ref.apiVersion}/${ref.kind}`;
    const resource = resources.get(key) ?? (await findResource(api, ref));
    resources.set(key, resource);
    const { namespace, name } = ref;
    return `${rootOf(ref)}/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
  };
  return {
    get: (ref) =>
      unless(['NotFound'], async () => api<AnyObject>({ method: 'GET', path: await pathOf(ref) })),
    patch: async (ref, body, contentType) =>
      api<AnyObject>({ method: 'PATCH', path: await pathOf(ref), body, contentType }),
  };
}

function rootOf({ apiVersion }: ObjectRef): string {
  const root = apiVersion.includes('/') ? '/apis' : '/api';
  return `${root}/${apiVersion.split('/').map(encodeURIComponent).join('/')}`;
}

async function findResource(api: Api, ref: ObjectRef): Promise<string> {
  const { resources } = await api<ResourceList>({ method: 'GET', path: rootOf(ref) });
  const found = resources.find(({ kind, name }) => kind === ref.kind && !name.includes('/'));
  if (found?.namespaced) return found.name;
  throw new Failure(
    'NotFound',
    found
      ? `${ref.kind} of ${ref.apiVersion} is not namespaced, so it is no target`
      : `${ref.apiVersion} has no kind ${ref.kind}`,
  );
}
