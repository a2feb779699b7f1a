import type { Weight } from '../analysis/weights.ts';
import type { Probe, TargetObservation } from '../experiment/observations.ts';

/** A target as it was seen once, and the way to divide its traffic as long as nobody changed it since. */
export type Sight = {
  observation: TargetObservation;
  /**
   * Tells the target to have these weights (all of them, by version name). Throws Failure of kind
   * Conflict where it has been written since it was seen. 100 promotes a version for good.
   */
  split: (weights: readonly Weight[]) => Promise<void>;
};

/** What an experiment acts on. Its experiment's status says what to expect of it. */
export type Target = {
  /** What it is, before the experiment knows. */
  probe: () => Promise<Probe>;
  /** What it is like now. */
  observe: () => Promise<Sight>;
};

/** Sees a target that is not there, or cannot be seen. There is nothing to split. */
export function blindSight(observation: Exclude<TargetObservation, { kind: 'Observed' }>): Sight {
  return { observation, split: () => Promise.resolve() };
}
