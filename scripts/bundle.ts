// One file per function, in its own folder: `func build` never sees anything outside of it. Beside it
// what few experiments need and every start would have to read.
import { dirname, join, resolve } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';

export const FUNCTIONS = ['start', 'iterate', 'finish'] as const;

const root = join(import.meta.dirname, '..');

/**
 * Parts of client-node that a pod does not use: its own HTTP client (requests go over node:https) and
 * logging in interactively. They are two thirds of the bundle and half of the time it takes to start.
 */
const UNUSED = /^(undici|openid-client)$/;

/** Lets modules of client-node be dropped where nothing of them is used, and leaves out the unused. */
const leanClient: Plugin = {
  name: 'lean-client',
  setup(builder) {
    builder.onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: 'unused' }));
    builder.onLoad({ filter: /./, namespace: 'unused' }, () => ({
      contents: 'module.exports = {};',
    }));
    builder.onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, importer, resolveDir }) =>
      importer.includes('@kubernetes/client-node')
        ? { path: resolve(resolveDir, path), sideEffects: false }
        : undefined,
    );
  },
};

/** What few events need, each in a file beside the function's own: no other start has to read it. */
const LATER = [
  // A library for recurrence rules, and one for time zones.
  { module: 'functions/lib/schedule/freeze.ts', file: 'freeze.mjs' },
  // An HTTP client and parsers: only iterations ask metrics backends.
  { module: 'functions/lib/metrics/backends.ts', file: 'backends.mjs' },
] as const;

const later: Plugin = {
  name: 'later',
  setup(builder) {
    builder.onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const found = LATER.find(({ module }) => join(root, module) === resolve(resolveDir, path));
      return found && { path: `./${found.file}`, external: true };
    });
  },
};

/** jq, where backends other than Prometheus are asked: a thread's program, with its WebAssembly. */
const JQ = { caller: 'functions/lib/metrics/jq.ts', module: 'functions/lib/metrics/jqWorker.ts' };

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // The runtime recognises a CloudEvent by the name of its class.
  keepNames: true,
  // A third less to read at each start. Lines are kept short, so that a stack trace still leads somewhere.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  metafile: true,
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

/**
 * Bundles a function into a file, and what it may load later into others beside it. Gives the size
 * of the first in bytes. Throws where it cannot be built.
 */
export function bundle(name: string, outfile: string): Promise<number> {
  return bundleModule(join('functions', name, 'index.ts'), outfile);
}

async function bundleModule(entry: string, outfile: string): Promise<number> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [entry],
    outfile,
    plugins: [leanClient, later],
  });
  const { bytes, imports, inputs } = Object.values(metafile.outputs)[0]!;
  for (const { module, file } of LATER) {
    const isUsed = imports.some(({ path }) => path === `./${file}`);
    if (isUsed) await bundleModule(module, join(dirname(outfile), file));
  }
  if (JQ.caller in inputs) {
    const besides = join(dirname(outfile), 'jq.mjs');
    await build({ ...OPTIONS, entryPoints: [JQ.module], outfile: besides });
  }
  return bytes;
}

if (import.meta.main) {
  for (const name of FUNCTIONS) {
    const outfile = join(root, 'functions', name, 'index.mjs');
    const bytes = await bundle(name, outfile);
    console.log(`functions/${name}/index.mjs: ${Math.round(bytes / 1024)} KiB`);
  }
}
