import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandboxApiServer } from './apiserver/server.ts';
import type { Stoppable } from './http.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { removeAfterwards } from './reaper.ts';

/** An API server to work with; `stop` ends what was started for it and nothing else. */
export interface Api extends Stoppable {
  /** Path of a kubeconfig with all rights. */
  kubeconfig: string;
}

/** Starts the sandbox's own API server, with its kubeconfig in a temporary folder. */
export async function startApi(): Promise<Api> {
  const server = await startSandboxApiServer();
  const folder = await mkdtemp(join(tmpdir(), 'iter8-sandbox-'));
  removeAfterwards(folder);
  const kubeconfig = join(folder, 'kubeconfig');
  const { url, certificate, administratorToken } = server;
  writeKubeconfig(kubeconfig, { server: url, certificate }, administratorToken);
  return {
    kubeconfig,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
