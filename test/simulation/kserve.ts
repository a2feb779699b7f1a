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

/** Keeps the status of every InferenceService, a moment after each change. */
export function startKServe(server: ApiServer, agenda: Agenda): void {
  const memories = new Map<string, Memory>();
  const schedule = (path: string): void => {
    agenda.after(RECONCILE_SECONDS, () => {
      work(path);
    });
  };
  const makeReady = (path: string, revision: string): void => {
    memories.set(path, withReadiness(memories.get(path)!, revision, { ready: 'True' }));
    work(path);
  };
  const work = (path: string): void => {
    const before = memories.get(path) ?? UNKNOWN_SERVICE;
    const service = server.get(path) as unknown as InferenceService;
    const around = { now: agenda.now().toISOString(), url: 'http://model.example.com' };
    const after = reconcile(before, service, around);
    memories.set(path, after);
    for (const { name } of after.revisions.slice(before.revisions.length)) {
      agenda.after(READY_SECONDS, () => {
        makeReady(path, name);
      });
    }
    if (isSameStatus(before.status, after.status)) return;
    server.change(path, (object) => ({ ...object, status: after.status }));
    schedule(path);
  };
  server.onChange(({ path, before, after }) => {
    if (after?.kind === 'InferenceService' && before?.spec !== after.spec) schedule(path);
  });
}
