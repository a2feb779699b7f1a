// The API server that tests run against: the cluster of KUBECONFIG where that is set, one started
// by the script KUBEAPI_UP where that is set, else the sandbox's own.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startApi, type Api } from '../sandbox/api.ts';

const run = promisify(execFile);

/** Whether the API server is somebody's cluster, which tests must leave as they found it. */
export const isForeignCluster = Boolean(process.env.KUBECONFIG);

/** Whether it is the sandbox's own. */
export const isSandboxApi = !isForeignCluster && !process.env.KUBEAPI_UP;

/** Gives an API server with all rights to it. Throws where the script fails. */
export async function startTestApi(): Promise<Api> {
  const { KUBECONFIG, KUBEAPI_UP } = process.env;
  if (KUBECONFIG) return { kubeconfig: KUBECONFIG, stop: () => Promise.resolve() };
  return KUBEAPI_UP ? startByScript(KUBEAPI_UP) : startApi();
}

async function startByScript(up: string): Promise<Api> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeapi-'));
  const stopNow = (): void => {
    if (!existsSync(folder)) return;
    spawnSync(join(dirname(up), 'down.sh'), ['-r', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stopNow);
  await run(up, [folder]).catch((error: unknown) => {
    stopNow();
    throw new Error('the API server did not start', { cause: error });
  });
  const stop = (): Promise<void> => {
    process.off('exit', stopNow);
    stopNow();
    return Promise.resolve();
  };
  return { kubeconfig: join(folder, 'admin.kubeconfig'), stop };
}
