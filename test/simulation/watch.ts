// Follows every experiment and the target, and notes at once what must never happen.
import { isDeepStrictEqual } from 'node:util';
import { at } from '../fixtures.ts';
import type { Change } from './api-server.ts';
import type { Cluster } from './cluster.ts';
import type { Watch } from './life.ts';
import { checkEvent, checkExperiment } from './lives.ts';
import { checkWrite } from './writes.ts';

/** Starts watching. */
export function startWatch(cluster: Cluster): Watch {
  const { server, agenda, target } = cluster;
  const watch: Watch = {
    now: agenda.now,
    lives: new Map(),
    byVersion: new Map(),
    offences: [],
    writtenAt: new Map(),
    interferedAt: new Date(0),
    changedAt: new Date(0),
    offend: (invariant, what) => {
      const second = (agenda.now().getTime() - at(0).getTime()) / 1000;
      watch.offences.push({ second, invariant, what });
    },
  };
  let told = target.told(server);
  server.onChange((change) => {
    const { path, before, after, isOurs } = change;
    if ((after ?? before)?.kind === 'Experiment') checkExperiment(cluster, watch, change);
    if (after && path.includes('/events/')) checkEvent(watch, after);
    if (!target.paths.includes(path)) return;
    const weights = target.told(server);
    if (isWrite(change)) {
      if (isOurs) checkWrite(cluster, watch, { path, from: told, to: weights, before });
      else watch.interferedAt = agenda.now();
      watch.writtenAt.set(path, agenda.now());
    }
    told = weights;
  });
  return watch;
}

function isWrite({ before, after }: Change): boolean {
  return !isDeepStrictEqual(before?.spec, after?.spec);
}
