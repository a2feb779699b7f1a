import type { Outfit } from '../../functions/lib/metrics/instruments.ts';

/** Instruments for tests that need none of these: to ask with one is an error. */
export const UNUSED: Omit<Outfit, 'deadlineMs' | 'concurrency'> = {
  api: () => Promise.reject(new Error('no Secret is needed')),
  ask: () => Promise.reject(new Error('nothing is measured')),
  askSeries: () => Promise.reject(new Error('nothing is counted')),
  askHttp: () => Promise.reject(new Error('nothing is asked by HTTP')),
  randomOf: () => () => 0.5,
};
