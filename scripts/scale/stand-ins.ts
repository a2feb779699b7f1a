// A process with the proxy in front of the API server and the stand-in for Prometheus.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Stoppable } from '../../sandbox/http.ts';
import { readAccess } from '../../sandbox/kubeconfig.ts';
import type { CallCount } from './proxy.ts';

/** What the stand-ins have counted since they were started. */
export type StandInCounts = {
  calls: Record<string, CallCount>;
  queries: number;
  troubles: Record<string, number>;
};

/** What the process is told. */
export type ToStandIns =
  | {
      type: 'start';
      target: { server: string; certificate?: string };
      faultRate: number;
      seed: number;
    }
  | { type: 'mend'; service: string }
  | { type: 'count' };

/** What the process tells. */
export type FromStandIns =
  | { type: 'ready'; server: string; certificate: string; prometheus: string }
  | { type: 'trouble'; service: string; evaluatedAt: number }
  | { type: 'counts'; counts: StandInCounts };

/** The running stand-ins. */
export interface StandIns extends Stoppable {
  /** The proxy, as the functions see it. */
  functionsApi: { server: string; certificate: string };
  /** The base URL for Metrics. */
  prometheus: string;
  counts: () => Promise<StandInCounts>;
  /** From now on the candidate of "namespace/service" behaves well. */
  mend: (service: string) => void;
  /** Whether a query for "namespace/service" at this evaluation time was made to fail. */
  hadTrouble: (service: string, evaluatedAt: number) => boolean;
}

/** Starts them in front of the API server of a kubeconfig; `faultRate` is a share of all calls. */
export async function startStandIns(
  kubeconfig: string,
  { faultRate = 0, seed = 1 }: { faultRate?: number; seed?: number } = {},
): Promise<StandIns> {
  const child = fork(join(import.meta.dirname, 'stand-ins-process.ts'));
  const troubled = new Set<string>();
  const waiting: ((counts: StandInCounts) => void)[] = [];
  const { promise: ready, resolve, reject } = Promise.withResolvers<Ready>();
  child.once('exit', (code) => {
    reject(new Error(`the stand-ins ended with code ${code}`));
  });
  child.on('message', (message: FromStandIns) => {
    if (message.type === 'ready') resolve(message);
    else if (message.type === 'counts') waiting.shift()?.(message.counts);
    else troubled.add(`${message.service} ${message.evaluatedAt}`);
  });
  const tell = (message: ToStandIns): void => void child.send(message);
  const { server, certificate } = await readAccess(kubeconfig);
  tell({ type: 'start', target: { server, certificate }, faultRate, seed });
  const started = await ready;
  return {
    functionsApi: { server: started.server, certificate: started.certificate },
    prometheus: started.prometheus,
    counts: () =>
      new Promise((counted) => {
        waiting.push(counted);
        tell({ type: 'count' });
      }),
    mend: (service) => {
      tell({ type: 'mend', service });
    },
    hadTrouble: (service, evaluatedAt) => troubled.has(`${service} ${evaluatedAt}`),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

type Ready = Extract<FromStandIns, { type: 'ready' }>;
