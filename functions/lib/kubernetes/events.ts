import { createHash } from 'node:crypto';
import type { Announcement } from '../experiment/plan.ts';
import type { Experiment } from '../types/experiment.gen.ts';
import type { Api } from './client.ts';
import { isFailure } from './failure.ts';

/** The longest message that the API server takes in an Event. */
const MAX_MESSAGE = 1024;

/**
 * Tells announcements as Kubernetes Events of the experiment. The name of an Event follows from what
 * it says and when in the experiment's life, so that a repeated step tells nothing twice. An Event
 * that cannot be written (in a terminating namespace it may not be) never fails the step: `onLost`
 * hears of it.
 */
export async function announce(
  api: Api,
  experiment: Experiment,
  announcements: readonly Announcement[],
  at: { now: Date; onLost: (message: string) => void },
): Promise<void> {
  for (const announcement of announcements) {
    try {
      await api({
        method: 'POST',
        path: `/api/v1/namespaces/${experiment.metadata.namespace}/events`,
        body: eventOf(experiment, announcement, at.now),
      });
    } catch (error) {
      if (!isFailure(error, 'Conflict')) at.onLost((error as Error).message);
    }
  }
}

function eventOf(experiment: Experiment, announcement: Announcement, now: Date): object {
  const { apiVersion, kind, metadata, status } = experiment;
  const { name, namespace, uid, resourceVersion } = metadata;
  const said = JSON.stringify([
    uid,
    status?.run,
    status?.stage,
    status?.completedIterations,
    announcement,
  ]);
  const digest = createHash('sha256').update(said).digest('hex').slice(0, 16);
  const { type, reason, message } = announcement;
  return {
    metadata: { name: `${name.slice(0, 230).replace(/[-.]+$/, '')}.${digest}`, namespace },
    involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type,
    reason,
    message: message.slice(0, MAX_MESSAGE),
    source: { component: 'iter8-kserve' },
    firstTimestamp: now.toISOString(),
    lastTimestamp: now.toISOString(),
    count: 1,
  };
}
