import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubeObject } from './kube.ts';
import { kubectl } from './kubeapi.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Groups that Knative serves in a cluster, and stand-ins play here. */
const PLAYED = /^(eventing|messaging|sources)\.knative\.dev\//;

/** The product's resources as `kubectl apply -k eventing` would send them. */
export async function renderEventing(kubeconfig: string): Promise<KubeObject[]> {
  const text = await succeed(kubeconfig, ['kustomize', `${ROOT}eventing`]);
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

/** Whether a stand-in plays this resource, so that the API server need not know its kind. */
export function isPlayed({ apiVersion }: KubeObject): boolean {
  return PLAYED.test(apiVersion);
}

/**
 * Applies what no stand-in plays, the InferenceService definition and `files`, and waits until the
 * new kinds are served. Throws kubectl's own words.
 */
export async function install(
  kubeconfig: string,
  manifests: readonly KubeObject[],
  files: readonly string[] = [],
): Promise<void> {
  const objects = manifests.filter((object) => !isPlayed(object));
  const text = objects.map((object) => stringify(object)).join('---\n');
  const apply = ['apply', '--server-side', '-f'];
  await succeed(kubeconfig, [...apply, '-'], text);
  for (const file of [`${ROOT}sandbox/crd`, ...files]) await succeed(kubeconfig, [...apply, file]);
  const established = ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'];
  await succeed(kubeconfig, established);
}

async function succeed(kubeconfig: string, args: string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await kubectl(kubeconfig, args, stdin);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}
