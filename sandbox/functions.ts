import { fileURLToPath } from 'node:url';
import type { Stoppable } from './http.ts';
import { findFreePort, startProcess, waitUntilServing, type Child } from './process.ts';

/** The three functions of the product. */
export const FUNCTION_NAMES = ['start', 'iterate', 'finish'] as const;
/** One of them. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** The functions as running processes. */
export interface Functions extends Stoppable {
  url(name: FunctionName): string;
  pid(name: FunctionName): number;
  /** Lines on stdout since the process started, oldest first; at most the last 10,000. */
  logs(name: FunctionName): readonly string[];
  /** Ends one at once, as a node that dies would; it stays down until `restart`. */
  kill(name: FunctionName): Promise<void>;
  /** Starts one again on the port it had, after ending it if it still runs. */
  restart(name: FunctionName): Promise<void>;
}

/** What is started, and with which environment (added to our own). */
export interface FunctionsOptions {
  environment: (name: FunctionName) => Record<string, string>;
  /** true: `functions/NAME/index.mjs` as `npm run bundle` makes it; else the source, `index.ts`. */
  isBundled?: boolean;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOOPBACK = new URL('loopback.ts', import.meta.url).href;
const RUNTIME = fileURLToPath(import.meta.resolve('faas-js-runtime/bin/cli.js'));

interface Running {
  port: number;
  child: Child;
}

/** Starts the three functions under faas-js-runtime and waits until each says that it is ready. */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const running = new Map<FunctionName, Running>();
  const launch = async (name: FunctionName, port: number): Promise<void> => {
    running.set(name, { port, child: await startFunction(name, port, options) });
  };
  const of = (name: FunctionName): Running => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`function ${name} was not started`);
    return found;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map(({ child }) => child.stop()));
  };

  const ports = await Promise.all(FUNCTION_NAMES.map(() => findFreePort()));
  const launches = FUNCTION_NAMES.map((name, index) => launch(name, ports[index]!));
  const failed = (await Promise.allSettled(launches)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') {
    await stop();
    throw failed.reason;
  }
  return {
    url: (name) => `http://127.0.0.1:${of(name).port}`,
    pid: (name) => of(name).child.pid,
    logs: (name) => of(name).child.stdout,
    kill: (name) => of(name).child.kill(),
    restart: async (name) => {
      await of(name).child.stop();
      await launch(name, of(name).port);
    },
    stop,
  };
}

async function startFunction(
  name: FunctionName,
  port: number,
  { environment, isBundled = false }: FunctionsOptions,
): Promise<Child> {
  const entry = `${ROOT}functions/${name}/index.${isBundled ? 'mjs' : 'ts'}`;
  const child = await startProcess(
    process.execPath,
    ['--import', LOOPBACK, RUNTIME, entry, '--port', String(port)],
    environment(name),
  );
  await waitUntilServing(`http://127.0.0.1:${port}/health/readiness`, child);
  return child;
}
