import { resourcesOf } from './definitions.ts';
import { BUILT_IN_KINDS, bucketOf, DEFINITIONS } from './kinds.ts';
import { compileSchema, type CompiledSchema } from './schema/schema.ts';
import type { Store } from './store.ts';
import type { ApiObject, Resource } from './types.ts';

/** What is served: the built-in kinds and those of the definitions in the store. */
export interface Registry {
  all(): readonly Resource[];
  find(group: string, version: string, plural: string): Resource | undefined;
  schemaOf(resource: Resource): CompiledSchema | undefined;
}

/** Follows a store's definitions. */
export function createRegistry(store: Store): Registry {
  const served = new Map<string, Resource[]>();
  const schemas = new WeakMap<Resource, CompiledSchema>();
  const follow = (definition: ApiObject): void => {
    served.set(definition.metadata.name, resourcesOf(definition));
  };
  store.list(bucketOf(DEFINITIONS)).forEach(follow);
  store.subscribe(({ bucket, type, object }) => {
    if (bucket !== bucketOf(DEFINITIONS)) return;
    if (type === 'DELETED') served.delete(object.metadata.name);
    else follow(object);
  });
  const all = (): Resource[] => [...BUILT_IN_KINDS, ...[...served.values()].flat()];
  return {
    all,
    find: (group, version, plural) =>
      all().find((one) => one.plural === plural && one.group === group && one.version === version),
    schemaOf: (resource) => {
      const known = schemas.get(resource);
      if (known !== undefined || resource.schema === undefined) return known;
      const compiled = compileSchema(resource.schema);
      schemas.set(resource, compiled);
      return compiled;
    },
  };
}
