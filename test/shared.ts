import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../shared/', import.meta.url));

/** The path of a file of reference material kept beside the checkout, or undefined where it is absent. */
export function reference(path: string): string | undefined {
  const file = FOLDER + path;
  if (existsSync(file)) return file;
  console.log(`skipped: ${path} is not beside this checkout`);
  return undefined;
}

/** The parsed JSON of a reference file, or undefined (and a line that says so) where it is absent. */
export function referenceJson<T>(path: string): T | undefined {
  const file = reference(path);
  return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as T);
}

/** Whether a program can be started by its name; says so where a test has to go without. */
export function isInPath(program: string): boolean {
  const isThere = spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!isThere) console.log(`skipped: ${program} is not in the PATH`);
  return isThere;
}
