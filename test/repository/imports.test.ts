// The rules of who may import whom, and what keeps a test from being silently left out.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');

/** The paths below a folder whose name ends like this, from the root of the repository. */
function filesIn(folder: string, ending = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)))
    .filter((path) => !path.includes('node_modules/'))
    .sort();
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What a file imports: paths from the root for files of ours, else the name as it stands there. */
function importsOf(path: string, text = read(path)): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? join(dirname(path), fileName) : fileName,
  );
}

const sources = filesIn('functions', '.ts');
const CORE = ['functions/lib/experiment/', 'functions/lib/analysis/'];
const TYPES = 'functions/lib/types/';
const ADAPTERS = ['kubernetes', 'metrics', 'schedule', 'targets', 'tasks'].map(
  (name) => `functions/lib/${name}/`,
);
const FUNCTIONS = ['start', 'iterate', 'finish'].map((name) => `functions/${name}/`);

function isIn(folders: readonly string[], path: string): boolean {
  return folders.some((folder) => path.startsWith(folder));
}

/** The imports that a rule forbids, as "file imports what". */
function offences(
  from: readonly string[],
  isForbidden: (imported: string, path: string) => boolean,
): string[] {
  return sources
    .filter((path) => isIn(from, path))
    .flatMap((path) =>
      importsOf(path)
        .filter((imported) => isForbidden(imported, path))
        .map((imported) => `${path} imports ${imported}`),
    );
}

const rules = suite('imports');

rules('are found in all forms: the rules below see something', () => {
  const text = `import a from 'a';
    import type { B } from '../b.ts';
    export { c } from './c.ts';
    const d = await import('node:fs');
    import './e.ts';`;
  assert.equal(importsOf('x/y/z.ts', text).sort(), [
    'a',
    'node:fs',
    'x/b.ts',
    'x/y/c.ts',
    'x/y/e.ts',
  ]);
  assert.ok(sources.length > 50, `${sources.length}`);
  for (const folder of [...CORE, TYPES, ...FUNCTIONS]) {
    assert.ok(
      sources.some((path) => path.startsWith(folder)),
      folder,
    );
  }
});

rules('of the core are the core and the types, nothing else', () => {
  assert.equal(
    offences(CORE, (imported) => !isIn([...CORE, TYPES], imported)),
    [],
  );
});

rules('of analysis do not reach up to experiment', () => {
  assert.equal(
    offences(['functions/lib/analysis/'], (imported) => imported.includes('lib/experiment/')),
    [],
  );
});

rules('of the types are other types', () => {
  assert.equal(
    offences([TYPES], (imported) => !imported.startsWith(TYPES)),
    [],
  );
});

rules('of adapters are neither runtime nor the functions', () => {
  const upwards = [...FUNCTIONS, 'functions/lib/runtime/'];
  assert.equal(
    offences(ADAPTERS, (imported) => isIn(upwards, imported)),
    [],
  );
});

rules('of functions/lib are never the functions', () => {
  assert.equal(
    offences(['functions/lib/'], (imported) => isIn(FUNCTIONS, imported)),
    [],
  );
});

rules('of functions stay in functions', () => {
  assert.equal(
    offences(['functions/'], (imported) => /^(test|sandbox|scripts|\.\.)\//.test(imported)),
    [],
  );
});

for (const [name, only] of [
  ['jq-wasm', 'functions/lib/metrics/jqWorker.ts'],
  ['prometheus-query', 'functions/lib/metrics/prometheus.ts'],
  ['rrule-temporal', 'functions/lib/schedule/freeze.ts'],
  ['@kubernetes/client-node', 'functions/lib/kubernetes/client.ts'],
] as const) {
  rules(`of ${name} are in ${only} alone`, () => {
    const isOf = (imported: string): boolean =>
      imported === name || imported.startsWith(`${name}/`);
    const importers = sources.filter((path) => importsOf(path).some(isOf));
    assert.equal(importers, [only]);
  });
}

const core = suite('the core');

/** Asking for what is not among the arguments: the time, chance, the machine. */
const HIDDEN_INPUTS = [
  /^new Date(\(\))?$/,
  /^Date\(\)$/,
  /^(Date|performance)\.now$/,
  /^Math\.random$/,
  /^crypto\./,
  /^(process|globalThis|fetch|setTimeout|setInterval|console)$/,
];

function hiddenInputs(path: string): string[] {
  return nodesOf(path)
    .map((node) => node.getText())
    .filter((text) => HIDDEN_INPUTS.some((input) => input.test(text)))
    .map((text) => `${path}: ${text}`);
}

/** Every node of the syntax of a file. */
function nodesOf(path: string): ts.Node[] {
  const all: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    all.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
  return all;
}

core('has no other inputs than its arguments', () => {
  const paths = sources.filter((path) => isIn(CORE, path));
  assert.equal(paths.flatMap(hiddenInputs), []);
});

core('would be caught with one', () => {
  // Adapters may look at the clock and the environment, and somewhere they do.
  const others = sources.filter((path) => !isIn(CORE, path));
  const found = others.flatMap(hiddenInputs).join(' ');
  for (const input of ['new Date()', 'process']) assert.ok(found.includes(input), input);
});

const tests = suite('test files');

for (const path of filesIn('test', '.test.ts')) {
  tests(`${path} runs every suite that it makes`, () => {
    const calls = nodesOf(path).filter(ts.isCallExpression);
    const made = calls.filter(({ expression }) => MAKERS.has(expression.getText())).map(nameOf);
    assert.ok(made.length > 0, 'it makes none');
    const run = new Set(calls.flatMap(suitesRunBy));
    assert.equal(
      made.filter((name) => !run.has(name)),
      [],
    );
  });
}

/** What makes a suite: uvu, and a helper of the end-to-end tests. */
const MAKERS = new Set(['suite', 'storiesOn']);

/** The name that a suite gets where it is made. */
function nameOf({ parent }: ts.CallExpression): string {
  const declaration = ts.isAwaitExpression(parent) ? parent.parent : parent;
  return ts.isVariableDeclaration(declaration)
    ? declaration.name.getText()
    : 'a suite with no name';
}

/** The suites that `x.run()` runs: x, or where x goes through a list, all of the list. */
function suitesRunBy({ expression, parent }: ts.CallExpression): string[] {
  if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'run') return [];
  const within = parent.parent;
  const loop = ts.isBlock(within) ? within.parent : within;
  const list = ts.isForOfStatement(loop) ? loop.expression : undefined;
  return list && ts.isArrayLiteralExpression(list)
    ? list.elements.map((element) => element.getText())
    : [expression.expression.getText()];
}

const words = suite('files');
const ASIDE = new Set(['test', 'node_modules', 'coverage', '.git']);

words('outside of the tests do not mention what lies beside the checkout', () => {
  const top = readdirSync(ROOT, { withFileTypes: true }).filter(({ name }) => !ASIDE.has(name));
  const all = top.flatMap((entry) => (entry.isFile() ? [entry.name] : filesIn(entry.name)));
  assert.ok(all.includes('README.md') && all.some((path) => path.startsWith('docs/')));
  const mentions = all.filter((path) => read(path).includes('../shared'));
  assert.equal(mentions, []);
});

for (const each of [rules, core, tests, words]) each.run();
