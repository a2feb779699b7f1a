import type { Freeze } from '../experiment/observations.ts';
import type { Experiment } from '../types/experiment.gen.ts';

/** Whether an experiment's freeze windows are in force. What reads their rules is loaded only for it. */
export async function freezeOf({ spec }: Experiment, now: Date): Promise<Freeze> {
  const windows = spec.strategy.freeze?.windows;
  if (!windows) return { kind: 'Open' };
  const { freezeAt } = await import('../schedule/freeze.ts');
  return freezeAt(windows, now);
}
