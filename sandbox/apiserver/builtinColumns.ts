// The columns of the built-in kinds, which no CustomResourceDefinition describes.
import { readPath } from './jsonPath.ts';
import type { ApiObject } from './types.ts';

/** Gives the time since an RFC 3339 time as text, "3m12s". */
export type AgeOf = (time: string | undefined) => string;

/** Gives what a column says of an object; undefined and null are empty cells. */
export type Cell = (object: ApiObject, ageOf: AgeOf) => unknown;

/** A column: where it stands only in wide output, its priority is 1. */
export type BuiltinColumn = [name: string, cell: Cell, priority?: number];

const NAME: BuiltinColumn = ['Name', at('.metadata.name')];
const AGE: BuiltinColumn = ['Age', age];
const CREATED_AT: BuiltinColumn = ['Created At', at('.metadata.creationTimestamp')];
const BINDING: BuiltinColumn[] = [
  NAME,
  ['Role', role],
  AGE,
  ['Users', subjects('User'), 1],
  ['Groups', subjects('Group'), 1],
  ['ServiceAccounts', subjects('ServiceAccount'), 1],
];

/** The columns of built-in kinds, by "group/plural". */
export const builtinColumns: Readonly<Record<string, readonly BuiltinColumn[]>> = {
  '/namespaces': [NAME, ['Status', at('.status.phase')], AGE],
  '/secrets': [NAME, ['Type', at('.type')], ['Data', count('.data.*')], AGE],
  '/configmaps': [NAME, ['Data', count('.data.*', '.binaryData.*')], AGE],
  '/serviceaccounts': [NAME, ['Secrets', count('.secrets[*]')], AGE],
  '/services': [
    NAME,
    ['Type', at('.spec.type')],
    ['Cluster-IP', clusterAddress],
    ['External-IP', externalAddress],
    ['Port(s)', ports],
    AGE,
    ['Selector', selector, 1],
  ],
  '/events': [
    ['Last Seen', lastSeen],
    ['Type', at('.type')],
    ['Reason', at('.reason')],
    ['Object', involvedObject],
    ['Subobject', at('.involvedObject.fieldPath'), 1],
    ['Source', source, 1],
    ['Message', message],
    ['First Seen', firstSeen, 1],
    ['Count', occurrences, 1],
    ['Name', at('.metadata.name'), 1],
  ],
  'coordination.k8s.io/leases': [NAME, ['Holder', at('.spec.holderIdentity')], AGE],
  'rbac.authorization.k8s.io/roles': [NAME, CREATED_AT],
  'rbac.authorization.k8s.io/clusterroles': [NAME, CREATED_AT],
  'rbac.authorization.k8s.io/rolebindings': BINDING,
  'rbac.authorization.k8s.io/clusterrolebindings': BINDING,
  'apiextensions.k8s.io/customresourcedefinitions': [NAME, CREATED_AT],
};

function read(object: ApiObject, path: string): string {
  return (readPath(path, object)[0] as string | null | undefined) ?? '';
}

function at(path: string): Cell {
  return (object) => read(object, path);
}

function count(...paths: string[]): Cell {
  return (object) => paths.flatMap((path) => readPath(path, object)).length;
}

function age({ metadata }: ApiObject, ageOf: AgeOf): string {
  return ageOf(metadata.creationTimestamp);
}

function clusterAddress(service: ApiObject): string {
  return read(service, '.spec.clusterIP') || '<none>';
}

function ports(service: ApiObject): string {
  const all = readPath('.spec.ports[*]', service) as Record<string, string | number>[];
  const texts = all.map(
    ({ port, nodePort, protocol = 'TCP' }) =>
      `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`,
  );
  return texts.join(',') || '<none>';
}

function externalAddress(service: ApiObject): string {
  const type = read(service, '.spec.type');
  if (type === 'ExternalName') return read(service, '.spec.externalName');
  const ingress = '.status.loadBalancer.ingress[*]';
  const addresses = [`${ingress}.ip`, `${ingress}.hostname`, '.spec.externalIPs[*]'].flatMap(
    (path) => readPath(path, service),
  );
  return addresses.join(',') || (type === 'LoadBalancer' ? '<pending>' : '<none>');
}

function selector(service: ApiObject): string {
  const [labels = {}] = readPath('.spec.selector', service) as Record<string, string>[];
  const terms = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return terms.sort().join(',') || '<none>';
}

function firstTime(event: ApiObject): string {
  return read(event, '.firstTimestamp') || read(event, '.eventTime');
}

function firstSeen(event: ApiObject, ageOf: AgeOf): string {
  return ageOf(firstTime(event));
}

function lastSeen(event: ApiObject, ageOf: AgeOf): string {
  const last = read(event, '.series.lastObservedTime') || read(event, '.lastTimestamp');
  return ageOf(last || firstTime(event));
}

function occurrences(event: ApiObject): unknown {
  return readPath('.series.count', event)[0] ?? (readPath('.count', event)[0] || 1);
}

function involvedObject(event: ApiObject): string {
  const kind = read(event, '.involvedObject.kind').toLowerCase();
  return [kind, read(event, '.involvedObject.name')].filter(Boolean).join('/');
}

function message(event: ApiObject): string {
  return read(event, '.message').trim();
}

function source(event: ApiObject): string {
  const component = read(event, '.source.component') || read(event, '.reportingComponent');
  const host = read(event, '.source.host') || read(event, '.reportingInstance');
  return [component, host].filter(Boolean).join(', ');
}

function role(binding: ApiObject): string {
  return `${read(binding, '.roleRef.kind')}/${read(binding, '.roleRef.name')}`;
}

function subjects(kind: string): Cell {
  return (binding) => {
    const all = readPath('.subjects[*]', binding) as Record<string, string | undefined>[];
    return all
      .filter((subject) => subject['kind'] === kind)
      .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
      .join(', ');
  };
}
