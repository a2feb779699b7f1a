import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError, type Kube, type KubeObject } from './kube.ts';
import { resourcePath } from './resource-path.ts';

const SERVED_WITHIN_SECONDS = 30;
const DEFINITION = 'CustomResourceDefinition';
const UNSERVED = [404, 503];

/**
 * Applies objects, server-side: definitions first, and what they define once it is served. Throws
 * the server's refusal.
 */
export async function install(kube: Kube, objects: readonly KubeObject[]): Promise<void> {
  const isDefinition = ({ kind }: KubeObject): boolean => kind === DEFINITION;
  const definitions = objects.filter(isDefinition);
  for (const object of definitions) await kube.apply(await pathOf(kube, object), object);
  await Promise.all(definitions.map((object) => waitUntilServed(kube, object)));
  for (const object of objects) {
    if (!isDefinition(object)) await kube.apply(await pathOf(kube, object), object);
  }
}

/** The path of an object, with its name. */
async function pathOf(kube: Kube, { apiVersion, kind, metadata }: KubeObject): Promise<string> {
  const { path, isNamespaced } = await resourcePath(kube, { apiVersion, kind });
  const { name, namespace = 'default' } = metadata;
  return isNamespaced ? `${path(namespace)}/${name}` : `${path()}/${name}`;
}

/** A kind may be refused for a moment after its definition is established. */
async function waitUntilServed(kube: Kube, { spec }: KubeObject): Promise<void> {
  const { group, names, versions } = spec as {
    group: string;
    names: { plural: string };
    versions: { name: string; served: boolean }[];
  };
  const version = versions.find(({ served }) => served)?.name;
  const path = `/apis/${group}/${version}/${names.plural}`;
  const deadline = Date.now() + SERVED_WITHIN_SECONDS * 1000;
  while (!(await isServed(kube, path))) {
    if (Date.now() > deadline) throw new Error(`the API server does not serve ${path}`);
    await sleep(50);
  }
}

async function isServed(kube: Kube, path: string): Promise<boolean> {
  try {
    await kube.list(path, { limit: '1' });
    return true;
  } catch (error) {
    if (error instanceof KubeError && UNSERVED.includes(error.code)) return false;
    throw error;
  }
}
