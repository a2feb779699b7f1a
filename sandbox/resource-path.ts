import type { Kube } from './kube.ts';

/** Where the objects of a kind are: below `path()`, or below `path(namespace)` in a namespace. */
export interface ResourcePath {
  plural: string;
  isNamespaced: boolean;
  path: (namespace?: string) => string;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

/** Asks the API server where a kind is served. Throws where it is not. */
export async function resourcePath(
  kube: Kube,
  { apiVersion, kind }: { apiVersion: string; kind: string },
): Promise<ResourcePath> {
  const root = groupPath(apiVersion);
  const { resources } = await kube.get<ResourceList>(root);
  const found = resources.find((one) => one.kind === kind && !one.name.includes('/'));
  if (found === undefined) throw new Error(`the API server has no ${kind} in ${apiVersion}`);
  const { name: plural, namespaced: isNamespaced } = found;
  const path = (namespace?: string): string => pathOf(apiVersion, plural, namespace);
  return { plural, isNamespaced, path };
}

/** The path of a kind's objects, in a namespace where one is given. */
export function pathOf(apiVersion: string, plural: string, namespace?: string): string {
  const scope = namespace ? `/namespaces/${namespace}` : '';
  return `${groupPath(apiVersion)}${scope}/${plural}`;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
