// The API server of a measurement: the real one where it is beside this checkout, else the sandbox's.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Api } from '../../sandbox/api.ts';
import { killAfterwards, removeAfterwards } from '../../sandbox/reaper.ts';
import { startTestApi } from '../../test/kubernetes-api.ts';
import { reference } from '../../test/shared.ts';

/** An API server, and the processes that it consists of: none where it is in this one. */
export interface MeasuredApi extends Api {
  processes: Record<string, number>;
}

/** Starts one, never the cluster of KUBECONFIG. It ends with this process at the latest. */
export async function startMeasuredApi(): Promise<MeasuredApi> {
  delete process.env['KUBECONFIG'];
  const up = process.env['KUBEAPI_UP'] ?? reference('kubeapi/up.sh');
  if (up) process.env['KUBEAPI_UP'] = up;
  const api = await startTestApi();
  if (!up) {
    console.log("API server: the sandbox's own, in the same process as the Broker");
    return { ...api, processes: {} };
  }
  const folder = dirname(api.kubeconfig);
  const pidOf = (name: string): number =>
    Number(readFileSync(join(folder, `${name}.pid`), 'utf8').trim());
  const processes = { kubeapi: pidOf('kubeapi'), etcd: pidOf('etcd') };
  for (const pid of Object.values(processes)) killAfterwards(pid);
  removeAfterwards(folder);
  return { ...api, processes };
}
