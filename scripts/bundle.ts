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

/** Freeze windows bring a library for recurrence rules and one for time zones. */
const FREEZE = 'freeze.mjs';

const freezeApart: Plugin = {
  name: 'freeze-apart',
  setup(builder) {
    builder.onResolve({ filter: /\/schedule\/freeze\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${FREEZE}`, external: true } : undefined,
    );
  },
};

/** jq, where a function asks backends other than Prometheus: a thread's program, with its WebAssembly. */
const JQ = 'jq.mjs';
const JQ_CALLER = 'functions/lib/metrics/jq.ts';

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
} satisfies BuildOptions;

/**
 * Bundles a function into a file, and what it may load later into others beside it. Gives the size
 * of the first in bytes. Throws where it cannot be built.
 */
export async function bundle(name: string, outfile: string): Promise<number> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: [join(root, 'functions', name, 'index.ts')],
    outfile,
    plugins: [leanClient, freezeApart],
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  const { bytes, imports, inputs } = Object.values(metafile.outputs)[0]!;
  const usesFreeze = imports.some(({ path }) => path === `./${FREEZE}`);
  if (usesFreeze) await bundleBeside(outfile, 'functions/lib/schedule/freeze.ts', FREEZE);
  if (JQ_CALLER in inputs) await bundleBeside(outfile, 'functions/lib/metrics/jqWorker.ts', JQ);
  return bytes;
}

async function bundleBeside(outfile: string, entry: string, name: string): Promise<void> {
  await build({ ...OPTIONS, entryPoints: [entry], outfile: join(dirname(outfile), name) });
}

if (import.meta.main) {
  for (const name of FUNCTIONS) {
    const outfile = join(root, 'functions', name, 'index.mjs');
    const bytes = await bundle(name, outfile);
    console.log(`functions/${name}/index.mjs: ${Math.round(bytes / 1024)} KiB`);
  }
}
