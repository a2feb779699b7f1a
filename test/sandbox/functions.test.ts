import { networkInterfaces } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startApi } from '../../sandbox/api.ts';
import { FUNCTION_NAMES, startFunctions } from '../../sandbox/functions.ts';

const functions = suite('the functions of the sandbox');

functions('cannot be reached from other machines', async () => {
  const api = await startApi();
  const environment = (): Record<string, string> => ({ KUBECONFIG: api.kubeconfig });
  const running = await startFunctions({ environment });
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  try {
    for (const name of FUNCTION_NAMES) {
      const url = new URL('/health/liveness', running.url(name));
      assert.is((await fetch(url)).status, 200);
      url.hostname = outside?.address ?? '0.0.0.1';
      assert.is(await fetch(url).catch(() => 'refused'), 'refused', url.href);
    }
  } finally {
    await running.stop();
    await api.stop();
  }
});

functions.run();
