// CustomResourceDefinitions, and what they have served.
import type { Cause } from './errors.ts';
import { WRITABLE } from './kinds.ts';
import { fieldError } from './schema/errors.ts';
import { compileSchema } from './schema/schema.ts';
import type { ApiObject, Column, Resource, Schema } from './types.ts';

/** The spec of a CustomResourceDefinition, as far as it is read. */
interface DefinitionSpec {
  group: string;
  scope: 'Namespaced' | 'Cluster';
  names: {
    plural: string;
    singular?: string;
    kind: string;
    listKind?: string;
    shortNames?: string[];
    categories?: string[];
  };
  versions: {
    name: string;
    served: boolean;
    storage: boolean;
    schema?: { openAPIV3Schema?: Schema };
    subresources?: { status?: object };
    additionalPrinterColumns?: Column[];
    selectableFields?: { jsonPath: string }[];
  }[];
}

/** The spec of a definition. */
export function definitionSpec(definition: ApiObject): DefinitionSpec {
  return definition['spec'] as DefinitionSpec;
}

/** A definition with what Kubernetes fills in: the names that may be left out, and its status. */
export function withDefinitionStatus(definition: ApiObject, now: string): ApiObject {
  const spec = definitionSpec(definition);
  const { kind } = spec.names;
  const names = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...spec.names };
  const condition = (type: string, reason: string, message: string) => {
    return { type, status: 'True', reason, message, lastTransitionTime: now };
  };
  const status = definition['status'] ?? {
    acceptedNames: names,
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    storedVersions: spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
  };
  return {
    ...definition,
    spec: { conversion: { strategy: 'None' }, ...spec, names },
    status: { ...status, acceptedNames: names },
  };
}

/** What a definition has served: one entry for each served version. */
export function resourcesOf(definition: ApiObject): Resource[] {
  const { group, scope, names, versions } = definitionSpec(definition);
  const { plural, kind, singular = kind.toLowerCase(), listKind = `${kind}List` } = names;
  return versions
    .filter(({ served }) => served)
    .map((version) => ({
      group,
      version: version.name,
      plural,
      singular,
      kind,
      listKind,
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      isNamespaced: scope === 'Namespaced',
      hasStatus: version.subresources?.status !== undefined,
      hasGeneration: true,
      verbs: WRITABLE,
      schema: version.schema?.openAPIV3Schema,
      columns: version.additionalPrinterColumns ?? [],
      selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) =>
        jsonPath.replace(/^\./, ''),
      ),
    }));
}

/** What is wrong with a definition. */
export function validateDefinition(definition: ApiObject): Cause[] {
  const { group, names, versions } = definitionSpec(definition);
  const { name } = definition.metadata;
  const isNamed = name === `${names.plural}.${group}`;
  const nameHelp = 'must be spec.names.plural+"."+spec.group';
  return [
    ...(isNamed ? [] : [fieldError('Invalid', 'metadata.name', JSON.stringify(name), nameHelp)]),
    ...versions.flatMap(({ schema }, index) => {
      const path = `spec.versions[${index}].schema.openAPIV3Schema`;
      const given = schema?.openAPIV3Schema;
      return given === undefined ? [fieldError('Required', path)] : schemaCauses(given, path);
    }),
  ];
}

function schemaCauses(schema: Schema, path: string): Cause[] {
  const untyped = typeCauses(schema, path, 'at the root');
  if (untyped.length > 0) return untyped;
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    return [fieldError('Invalid', path, (error as Error).message)];
  }
}

/** A structural schema says of each value of what type it is. */
function typeCauses(schema: Schema, path: string, where: string): Cause[] {
  const isOpen = ['int-or-string', 'preserve-unknown-fields'].some(
    (one) => schema[`x-kubernetes-${one}`],
  );
  const { type, properties = {}, items, additionalProperties: values } = schema;
  const isUntyped = !type && (!isOpen || where === 'at the root');
  return [
    ...(isUntyped ? [fieldError('Required', `${path}.type`, `must not be empty ${where}`)] : []),
    ...Object.entries(properties).flatMap(([name, field]) =>
      typeCauses(field, `${path}.properties[${name}]`, 'for specified object fields'),
    ),
    ...(items ? typeCauses(items, `${path}.items`, 'for specified array items') : []),
    ...(typeof values === 'object'
      ? typeCauses(values, `${path}.additionalProperties`, 'for specified object fields')
      : []),
  ];
}
