// What clients ask first: which groups, versions and kinds are served.
import { apiVersionOf } from './kinds.ts';
import type { Resource } from './types.ts';

const VERSION = {
  major: '1',
  minor: '33',
  gitVersion: 'v1.33.0+sandbox',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: '',
};

/** The path of a version, without the first slash: "api/v1", "apis/group/v1". */
export function rootOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return `${resource.group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}`;
}

/**
 * Gives the answer to GET of /version, /api, /apis, /api/VERSION, /apis/GROUP or
 * /apis/GROUP/VERSION, in the form without `as=APIGroupDiscoveryList`. Undefined where there is no
 * such group or version.
 */
export function discover(path: string, resources: readonly Resource[]): object | undefined {
  if (path === '/version') return VERSION;
  if (path === '/api') {
    const versions = versionsOf(resources, '');
    return { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [] };
  }
  const groups = new Set(resources.map(({ group }) => group).filter((group) => group !== ''));
  if (path === '/apis') {
    const all = [...groups].map((group) => toGroup(resources, group));
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: all };
  }
  const [, group = ''] = /^\/apis\/([^/]+)$/.exec(path) ?? [];
  return groups.has(group)
    ? { kind: 'APIGroup', apiVersion: 'v1', ...toGroup(resources, group) }
    : resourceList(path, resources);
}

function toGroup(resources: readonly Resource[], name: string): object {
  const versions = versionsOf(resources, name).map((version) => {
    return { groupVersion: apiVersionOf({ group: name, version }), version };
  });
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(path: string, resources: readonly Resource[]): object | undefined {
  const served = resources.filter((resource) => `/${rootOf(resource)}` === path);
  if (!served[0]) return undefined;
  return {
    kind: 'APIResourceList',
    // As on the real server, which leaves it out for the core group.
    ...(served[0].group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(served[0]),
    resources: served.flatMap(toApiResources),
  };
}

function toApiResources(resource: Resource): object[] {
  const { plural, singular, kind, shortNames, categories, verbs } = resource;
  const namespaced = resource.isNamespaced;
  const main = {
    ...{ name: plural, singularName: singular, namespaced, kind, verbs },
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind };
  return resource.hasStatus ? [main, { ...status, verbs: ['get', 'patch', 'update'] }] : [main];
}

/** The preferred version first, as Kubernetes orders them: v2, v1, v1beta1, v1alpha1. */
function versionsOf(resources: readonly Resource[], group: string): string[] {
  const versions = new Set(
    resources.filter((resource) => resource.group === group).map(({ version }) => version),
  );
  return [...versions].sort((a, b) => rankOf(b) - rankOf(a) || (a < b ? -1 : 1));
}

function rankOf(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return -1;
  const [, major, stage, minor = 0] = match;
  const stageRank = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return stageRank * 1e6 + Number(major) * 1e3 + Number(minor);
}
