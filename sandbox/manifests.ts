import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from './kube.ts';

/** Groups that Knative serves in a cluster, and stand-ins play here. */
const PLAYED = /^(eventing|messaging|sources)\.knative\.dev\//;

interface Kustomization {
  apiVersion: string;
  kind: string;
  resources?: string[];
  labels?: { pairs: Record<string, string> }[];
}

const UNDERSTOOD = ['apiVersion', 'kind', 'resources', 'labels'];

/**
 * The objects of a YAML file or, for a folder, of its kustomization.yaml, as `kubectl apply -k`
 * would send them. Throws on anything in a kustomization but resources and labels.
 */
export function readManifests(path: string): KubeObject[] {
  return statSync(path).isDirectory() ? readKustomization(path) : readObjects(path);
}

function readObjects(file: string): KubeObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const object = document.toJS() as KubeObject | null;
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]!.message}`);
    return object === null ? [] : [object];
  });
}

function readKustomization(folder: string): KubeObject[] {
  const file = join(folder, 'kustomization.yaml');
  const kustomization = parse(readFileSync(file, 'utf8')) as Kustomization;
  const strange = Object.keys(kustomization).filter((key) => !UNDERSTOOD.includes(key));
  if (strange.length > 0) throw new Error(`${file}: ${strange.join(', ')} cannot be read here`);
  const { resources = [], labels = [] } = kustomization;
  const pairs = Object.assign({}, ...labels.map((one) => one.pairs)) as Record<string, string>;
  return resources
    .flatMap((resource) => readManifests(join(dirname(file), resource)))
    .map((object) => withLabels(object, pairs));
}

function withLabels(object: KubeObject, pairs: Record<string, string>): KubeObject {
  if (Object.keys(pairs).length === 0) return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...pairs } } };
}

/** Whether a stand-in plays this resource, so that the API server need not know its kind. */
export function isPlayed({ apiVersion }: KubeObject): boolean {
  return PLAYED.test(apiVersion);
}
