// Custom resource definitions, to hold objects against without an API server.
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import type { KubeObject } from '../sandbox/kube.ts';

type Schema = { properties?: Record<string, Schema>; items?: Schema; [keyword: string]: unknown };
type Version = { name: string; schema: { openAPIV3Schema: Schema } };
type Definition = { spec: { names: { kind: string }; group: string; versions: Version[] } };

/** What a definition says of an object: its mistakes, and the object with the schema's defaults. */
export type Checked = { mistakes: string[]; stored: KubeObject };

/** Checks an object by the definition of its kind; undefined where there is none. */
export type Check = (object: KubeObject) => Checked | undefined;

/** A check by the definitions in YAML files, one in each. Fields that they do not know are mistakes. */
export function checkBy(files: readonly string[]): Check {
  const definitions = files.map((file) => parse(readFileSync(file, 'utf8')) as Definition);
  const validators = new Map<string, ValidateFunction>();
  return ({ apiVersion, kind, metadata, ...rest }) => {
    const schema = schemaOf(definitions, apiVersion, kind);
    if (!schema) return undefined;
    const key = `${apiVersion} ${kind}`;
    const validate = validators.get(key) ?? compile(schema);
    validators.set(key, validate);
    const body = structuredClone(rest);
    validate(body);
    const mistakes = (validate.errors ?? []).map((error) => JSON.stringify(error));
    return { mistakes, stored: { apiVersion, kind, metadata, ...body } };
  };
}

function schemaOf(definitions: Definition[], apiVersion: string, kind: string): Schema | undefined {
  const [group, version] = apiVersion.split('/');
  const found = definitions.find(({ spec }) => spec.names.kind === kind && spec.group === group);
  return found?.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
}

function compile(schema: Schema): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false, useDefaults: true });
  return ajv.compile({ ...strict(schema), required: [] });
}

/** The schema with unknown fields forbidden, except where the API server would keep them. */
function strict(schema: Schema): Schema {
  const properties =
    schema.properties &&
    Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, strict(one)]));
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] || schema.additionalProperties;
  return {
    ...schema,
    ...(properties && { properties }),
    ...(schema.items && { items: strict(schema.items) }),
    ...(properties && !isOpen && { additionalProperties: false }),
  };
}
