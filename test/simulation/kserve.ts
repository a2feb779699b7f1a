import {
  isSameStatus,
  reconcile,
  UNKNOWN_SERVICE,
  withReadiness,
  type InferenceService,
  type Memory,
} from '../../sandbox/kserve-status.ts';
import type { Agenda } from './agenda.ts';
import type { ApiServer } from './api-server.ts';

const RECONCILE_SECONDS = 0.3;
const READY_SECONDS = 2;

/** What may happen to the pods of a service. */
export type KServe = {
  /** Makes the newest revision of a service ready, or not ready any more. */
  setReady: (path: string, isReady: boolean) => void;
};

/** Keeps the status of every InferenceService, a moment after each change. */
export function startKServe(server: ApiServer, agenda: Agenda): KServe {
  const memories = new Map<string, Memory>();
  const serviceAt = (path: string): InferenceService | undefined =>
    server.get(path) as InferenceService | undefined;
  const schedule = (path: string): void => {
    agenda.after(RECONCILE_SECONDS, () => {
      work(path);
    });
  };
  const setReady = (path: string, revision: string, isReady: boolean): void => {
    const uid = serviceAt(path)?.metadata.uid ?? '';
    const memory = memories.get(uid);
    if (!memory) return;
    const ready = isReady ? 'True' : 'False';
    memories.set(uid, withReadiness(memory, revision, { ready }));
    work(path);
  };
  const work = (path: string): void => {
    const service = serviceAt(path);
    if (!service) return;
    const { uid } = service.metadata;
    const before = memories.get(uid) ?? UNKNOWN_SERVICE;
    const around = { now: agenda.now().toISOString(), url: 'http://model.example.com' };
    const after = reconcile(before, service, around);
    memories.set(uid, after);
    for (const { name } of after.revisions.slice(before.revisions.length)) {
      agenda.after(READY_SECONDS, () => {
        if (serviceAt(path)?.metadata.uid === uid) setReady(path, name, true);
      });
    }
    if (isSameStatus(before.status, after.status)) return;
    server.change(path, (object) => ({ ...object, status: after.status }));
    schedule(path);
  };
  server.onChange(({ path, before, after }) => {
    if (after?.kind === 'InferenceService' && before?.spec !== after.spec) schedule(path);
  });
  return {
    setReady: (path, isReady) => {
      const newest = memories.get(serviceAt(path)?.metadata.uid ?? '')?.revisions.at(-1);
      if (newest) setReady(path, newest.name, isReady);
    },
  };
}
