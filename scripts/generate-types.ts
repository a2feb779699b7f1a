// Writes the TypeScript types of Experiment and Metric from their CRDs: npm run generate.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';

interface Schema {
  title?: string;
  type?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Kind {
  crd: string;
  output: string;
  shared: Record<string, string>;
}

interface Names {
  definitions: Map<string, string>;
  mentioned: Set<string>;
}

const root = join(import.meta.dirname, '..');
const metricTypes = 'functions/lib/types/metric.gen.ts';
const experimentTypes = 'functions/lib/types/experiment.gen.ts';

/** Types that the schema leaves to the API server, written beside those of Metric. */
const metricShared = {
  Quantity: `/** A number, or a Kubernetes quantity such as "10m", "0.5" or "2k". */
export type Quantity = number | string;`,
  ObjectMeta: `/** Metadata of a stored object. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  /** Unique over time: an object created again under the same name has another one. */
  uid: string;
  /** Changes with every write; sent back, it makes a write fail where another came first. */
  resourceVersion: string;
  /** Counts the changes of spec. */
  generation: number;
  /** RFC 3339, whole seconds. */
  creationTimestamp: string;
  /** RFC 3339; present once deletion was asked for. */
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
}`,
};

const kinds: Kind[] = [
  { crd: 'eventing/crd/metric.yaml', output: metricTypes, shared: metricShared },
  { crd: 'eventing/crd/experiment.yaml', output: experimentTypes, shared: {} },
];

/**
 * The text of every generated file, by its path from the root of the repository. Throws where two
 * schemas under one title differ, or where a title without properties is defined nowhere.
 */
export async function generate(): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const homes = new Map<string, string>();
  for (const kind of kinds) {
    files[kind.output] = await generateKind(kind, homes);
  }
  return files;
}

async function generateKind(kind: Kind, homes: Map<string, string>): Promise<string> {
  const names: Names = { definitions: new Map(), mentioned: new Set() };
  await define(rootSchema(kind.crd), names);
  const local = new Map([...Object.entries(kind.shared), ...names.definitions]);
  const foreign = [...names.mentioned].filter((name) => !local.has(name)).sort();
  const text = [
    `// Generated from ${kind.crd} by scripts/generate-types.ts: do not edit.`,
    importLine(foreign, homes),
    ...local.values(),
  ];
  for (const name of local.keys()) {
    homes.set(name, kind.output);
  }
  return text.filter((part) => part !== '').join('\n\n') + '\n';
}

function rootSchema(crdPath: string): Schema {
  const crd = parse(readFileSync(join(root, crdPath), 'utf8')) as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  if (schema?.properties === undefined) {
    throw new Error(`${crdPath}: no schema`);
  }
  schema.required = ['apiVersion', 'kind', 'metadata', ...(schema.required ?? [])];
  schema.properties.metadata = { title: 'ObjectMeta', type: 'object' };
  return schema;
}

function importLine(foreign: string[], homes: Map<string, string>): string {
  const unknown = foreign.filter((name) => !homes.has(name));
  if (unknown.length > 0) {
    throw new Error(`no schema defines ${unknown.join(', ')}`);
  }
  if (foreign.length === 0) {
    return '';
  }
  const list = foreign.join(', ');
  return `import type { ${list} } from './metric.gen.ts';\n\nexport type { ${list} };`;
}

/** Compiles a titled schema, and those inside it, each into one exported type. */
async function define(schema: Schema, names: Names): Promise<void> {
  const title = schema.title ?? '';
  const nested: Schema[] = [];
  const json = plain(schema, (inner) => reference(inner, nested, names));
  const text = shortComments((await compile(json, title, compileOptions)).trim());
  const known = names.definitions.get(title) ?? text;
  if (withoutComment(known) !== withoutComment(text)) {
    throw new Error(`two schemas with the title ${title} differ`);
  }
  names.definitions.set(title, known === text ? text : withoutComment(text));
  for (const inner of nested) {
    await define(inner, names);
  }
}

const lineWidth = 100;

const compileOptions = {
  bannerComment: '',
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  unknownAny: true,
  style: { printWidth: lineWidth, singleQuote: true },
};

/** A comment that differs from place to place says nothing about the type. */
function withoutComment(definition: string): string {
  return definition.replace(/^\/\*\*.*?\*\/\n/s, '');
}

function shortComments(text: string): string {
  return text.replace(/^( *)\/\*\*\n((?: *\*.*\n)+?) *\*\//gm, (_, indent: string, body: string) =>
    comment(
      body
        .replace(/^ *\* ?/gm, '')
        .trim()
        .split(/\s+/),
      indent,
    ),
  );
}

function comment(words: string[], indent: string): string {
  const oneLine = `${indent}/** ${words.join(' ')} */`;
  if (oneLine.length <= lineWidth) {
    return oneLine;
  }
  const lines = [`${indent} *`];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= lineWidth) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(`${indent} * ${word}`);
    }
  }
  return [`${indent}/**`, ...lines, `${indent} */`].join('\n');
}

/** A place that uses another type names it; the type itself is compiled on its own. */
function reference(schema: Schema, nested: Schema[], names: Names): JSONSchema {
  const { description } = schema;
  if (schema['x-kubernetes-int-or-string']) {
    names.mentioned.add('Quantity');
    return { description, tsType: 'Quantity' };
  }
  if (schema.title === undefined) {
    return plain(schema, (inner) => reference(inner, nested, names));
  }
  names.mentioned.add(schema.title);
  if (schema.properties !== undefined || schema.enum !== undefined) {
    nested.push(schema);
  }
  return { description, tsType: schema.title };
}

/** JSON Schema of one level of a structural schema; validation beyond types is left out. */
function plain(schema: Schema, convert: (inner: Schema) => JSONSchema): JSONSchema {
  const { type, description, properties, items, additionalProperties } = schema;
  const result = { type, description, enum: schema.enum } as JSONSchema;
  if (properties !== undefined) {
    const entries = Object.entries(properties);
    result.properties = Object.fromEntries(entries.map(([key, inner]) => [key, convert(inner)]));
    result.required = requiredFields(schema);
  }
  if (items !== undefined) {
    result.items = convert({ ...items, description: undefined });
  }
  if (additionalProperties !== undefined) {
    result.additionalProperties = convert(additionalProperties);
  } else if (schema['x-kubernetes-preserve-unknown-fields'] && type !== undefined) {
    result.additionalProperties = true;
  }
  return JSON.parse(JSON.stringify(result)) as JSONSchema;
}

/** Fields with a default are always there: the API server fills them. */
function requiredFields(schema: Schema): string[] {
  const withDefault = Object.entries(schema.properties ?? {})
    .filter(([, inner]) => inner.default !== undefined)
    .map(([key]) => key);
  return [...new Set([...(schema.required ?? []), ...withDefault])];
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(await generate())) {
    writeFileSync(join(root, path), text);
  }
}
