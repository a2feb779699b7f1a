// What the documentation says of the code, the code has; and what the code can say, is documented.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { accept } from '../../functions/lib/experiment/accept.ts';
import type { Settings } from '../../functions/lib/experiment/settings.ts';
import { TRANSITIONS } from '../../functions/lib/experiment/stages.ts';
import { readEnvironment } from '../../functions/lib/runtime/settings.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { reasonsIn } from './reasons.ts';

const ROOT = join(import.meta.dirname, '../..');

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)))
    .sort();
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

const sources = filesIn('functions/lib', '.ts').filter((path) => !path.endsWith('.gen.ts'));
const reasons = [...new Set(sources.flatMap((path) => reasonsIn(read(path))))].sort();

/** The words in code type of a text. */
function codeIn(text: string): Set<string> {
  return new Set([...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word!));
}

/** The first cells of all tables that begin with a column of this name. */
function firstCells(text: string, column: string): string[] {
  const blocks = text.split(/\n(?!\|)/).map((one) => one.trim());
  const tables = blocks.filter((one) => one.startsWith(`| ${column} `));
  const rows = tables.flatMap((table) => table.split('\n').slice(2));
  return rows.map((row) => row.split('|')[1] ?? '');
}

const said = suite('reasons');
const explained = ['experiments', 'metrics', 'troubleshooting'].map((name) =>
  read(`docs/${name}.md`),
);

said(
  'are found wherever the code has them: as a field, a variable, an argument, a type, a function',
  () => {
    const text = `type A = { reason: 'One' | 'Two' };
    const reason = ok ? 'Three' : CODES_REASONS[0];
    const CODES_REASONS = { 400: 'Four' };
    return { kind: 'Error', reason: \`x\`, message: 'Never' };
    function tell(kind: string, reason: string) {}
    tell('NotThis', 'Five');
    f({ type: 'Ready', reason: 'Six', message: 'Not a reason' });
    function which() { return kind === 'Eight' ? 'Seven' : undefined; }
    f({ reason: ok ? which() : 'One' });`;
    assert.equal([...new Set(reasonsIn(text))].sort(), [
      'Five',
      'Four',
      'One',
      'Seven',
      'Six',
      'Three',
      'Two',
    ]);
    for (const known of ['NoData', 'TargetSuperseded', 'Timeout', 'CandidateWon', 'WeakEvidence']) {
      assert.ok(reasons.includes(known), known);
    }
  },
);

said('are all explained', () => {
  const words = new Set(explained.flatMap((text) => [...codeIn(text)]));
  assert.equal(
    reasons.filter((reason) => !words.has(reason)),
    [],
    'add them to docs/experiments.md, Reasons, docs/metrics.md, or docs/troubleshooting.md',
  );
});

said('that are explained exist', () => {
  const cells = explained.flatMap((text) => firstCells(text, 'reason'));
  const words = cells.flatMap((cell) => [...codeIn(cell)]);
  assert.ok(words.length > 50, `${words.length}`);
  assert.equal(
    words.filter((word) => !reasons.includes(word)),
    [],
  );
});

const references = suite('references');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...filesIn('docs', '.md'),
  ...filesIn('samples', '.md'),
];

/** The heading's address on its page. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchorsIn(text: string): string[] {
  const outside = text.replace(/^( *)```[\s\S]*?^\1```/gm, '');
  return [...outside.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsIn(read(target)).includes(anchor);
}

for (const page of pages) {
  references(`of ${page} lead somewhere`, () => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const own = links.filter((link) => !/^[a-z]+:/.test(link));
    assert.equal(
      own.filter((link) => isBroken(page, link)),
      [],
    );
  });

  references(`of ${page} to samples lead somewhere`, () => {
    const paths = [...read(page).matchAll(/(?<![\w/.-])samples\/[\w./-]*\w/g)].map(
      ([path]) => path,
    );
    assert.equal(
      paths.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });
}

const settings = suite('settings');
const variables = [
  ...read('functions/lib/runtime/settings.ts').matchAll(
    /variables\.([A-Z0-9_]+)|seconds\('([A-Z0-9_]+)'/g,
  ),
];

for (const [, plain, seconds] of variables) {
  const name = plain ?? seconds!;
  settings(`${name} is in docs/installation.md with its default`, () => {
    const row = read('docs/installation.md').match(
      new RegExp(`^\\| \`${name}\` +\\| (.*?) *\\|`, 'm'),
    );
    assert.ok(row, 'it is not in the table');
    const value = Object.values(readEnvironment({}).settings).map((one) => `\`${one}\``);
    assert.ok(row[1] === '' || value.includes(row[1]!), row[1]);
    if (seconds) assert.is(row[1], `\`${defaultOf(seconds)}\``);
  });
}

/** The default of a time: the setting that changes when the variable does. */
function defaultOf(name: string): number {
  const usual = readEnvironment({}).settings;
  const changed = readEnvironment({ [name]: '12345' }).settings;
  const key = Object.keys(usual).find(
    (one) => usual[one as keyof Settings] !== changed[one as keyof Settings],
  );
  return usual[key as keyof Settings] as number;
}

const anatomy = suite('the anatomy of an experiment');
const page = read('docs/experiments.md');
const blocks = [...page.matchAll(/```(\w+)\n([\s\S]*?)```/g)];

function block(language: string, index = 0): string {
  return blocks.filter(([, one]) => one === language)[index]![2]!;
}

type Schema = {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
};

const crd = parse(read('eventing/crd/experiment.yaml')) as {
  spec: {
    versions: [{ schema: { openAPIV3Schema: { properties: { spec: Schema; status: Schema } } } }];
  };
};
const { spec, status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;

/** The names of all fields in a schema. */
function fieldsOf({ properties = {}, items, additionalProperties }: Schema): string[] {
  const inside = [...Object.values(properties), items, additionalProperties];
  return [...Object.keys(properties), ...inside.flatMap((one) => (one ? fieldsOf(one) : []))];
}

/** The fields of a value that its schema does not know. */
function unknownIn(value: unknown, schema: Schema, path: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((one) => unknownIn(one, schema.items!, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const inner = schema.properties?.[name] ?? schema.additionalProperties;
    if (inner) return unknownIn(one, inner, `${path}.${name}`);
    return schema['x-kubernetes-preserve-unknown-fields'] ? [] : [`${path}.${name}`];
  });
}

anatomy('shows every field of the spec', () => {
  // Every Kubernetes object reference has these; they mean nothing here.
  const unused = ['uid', 'resourceVersion'];
  const missing = fieldsOf(spec).filter((name) => !new RegExp(`\\b${name}\\b`).test(block('yaml')));
  assert.equal(
    missing.filter((name) => !unused.includes(name)),
    [],
  );
});

anatomy('is an experiment that is accepted', () => {
  const written = parse(block('yaml')) as Experiment;
  assert.equal(unknownIn(written.spec, spec, 'spec'), []);
  const { stage, message } = accept(written, {
    settings: readEnvironment({}).settings,
    now: new Date(0),
  }).status;
  assert.is(stage, 'Waiting', message);
});

anatomy('shows a status that could be one', () => {
  const written = parse(block('yaml', 1)) as { status: object };
  assert.equal(unknownIn(written.status, status, 'status'), []);
});

anatomy('draws the stages as the code has them', () => {
  const drawn = [...block('mermaid').matchAll(/^ *(\S+) --> (\w+)/gm)].map(
    ([, from, to]) => `${from === '[*]' ? 'New' : from!} ${to!}`,
  );
  const moves = TRANSITIONS.map(({ from, to }) => `${from} ${to}`);
  assert.equal(drawn.sort(), [...new Set(moves)].sort());
});

for (const each of [said, references, settings, anatomy]) each.run();
