// The PingSource of a measurement: it also tells how long each tick took until all was done.
import { join } from 'node:path';
import { post } from '../../sandbox/delivery.ts';
import type { Stoppable } from '../../sandbox/http.ts';
import type { KubeObject } from '../../sandbox/kube.ts';
import { readManifests } from '../../sandbox/manifests.ts';
import { pingMessage } from '../../sandbox/sources.ts';

/** A tick as it ended, with what it took; status 0 means that there was no answer. */
export type Tick = { durationMs: number; status: number };

/** What the sandbox is started with so that it sends no ticks of its own. */
export const NO_TICKS = { tickMs: 24 * 3600 * 1000 };

/** Sends one tick and waits for its end. To the Broker, it ends when all hand-overs have. */
export async function tickOnce(url: string): Promise<Tick> {
  const began = performance.now();
  const { status } = await post(url, pingMessage(pingSource()), {
    signal: new AbortController().signal,
  });
  return { durationMs: performance.now() - began, status };
}

/** Sends ticks in an interval; one does not wait for the one before. */
export function startTicks(
  url: string,
  intervalMs: number,
  onTick: (tick: Tick) => void,
): Stoppable {
  const timer = setInterval(() => void tickOnce(url).then(onTick), intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

let source: KubeObject | undefined;

function pingSource(): KubeObject {
  source ??= readManifests(join(import.meta.dirname, '../../eventing')).find(
    ({ kind }) => kind === 'PingSource',
  );
  return source!;
}
