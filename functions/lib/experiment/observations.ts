import type { Counts } from '../analysis/questions.ts';
import type { Weight } from '../analysis/weights.ts';
import type { TargetStatus, VersionInfo } from '../types/experiment.gen.ts';

/** Why something is as it is: a reason for machines and a sentence for people. */
export type Why = { reason: string; message: string };

/** What is found of a target before its experiment runs. */
export type Probe =
  | {
      kind: 'Identified';
      /** What to remember of the target: its revisions, and its fields as they were. */
      target: Omit<TargetStatus, 'lock'>;
      /** The versions, with what was discovered filled in. */
      versionInfo: VersionInfo;
      /** The weights in force, in version order; undefined where they cannot be told. */
      weights: Weight[] | undefined;
    }
  | ({ kind: 'NotYet' } & Why)
  | ({ kind: 'Unsupported' } & Why);

/** What is seen of a target while its experiment runs. */
export type TargetObservation =
  | {
      kind: 'Observed';
      /** The weights that the target is told to have, in version order. */
      weights: Weight[];
      /** The version that demonstrably gets all traffic, if one does. */
      servedBy?: string | undefined;
      /** Why the candidate is not ready, if it is not. */
      notReady?: string | undefined;
      /** That somebody else changed what is being compared, and whether he gave it all traffic. */
      takenOver?: { message: string; isPromoted: boolean } | undefined;
    }
  | ({ kind: 'Missing' } & Why)
  | ({ kind: 'Error' } & Why);

/** Whether freeze windows are in force; `field` is below spec.strategy.freeze. */
export type Freeze =
  | { kind: 'Open' }
  /** `window` counts from 0; at `until` no window is in force any more. */
  | { kind: 'Frozen'; window: number; until: Date }
  | { kind: 'Invalid'; field: string; message: string };

/** The outcome of one query for one version. The reasons tell apart what a person would do. */
export type Measurement =
  | { kind: 'Value'; value: number }
  | { kind: 'NoData'; reason: 'NoData' | 'NaN' | 'Undefined'; message: string }
  | { kind: 'Error'; reason: string; message: string };

/** Metric (namespace/name) → version → measurement. */
export type Measurements = Readonly<Record<string, Readonly<Record<string, Measurement>>>>;

/** The window of new counts: after `from`, up to and including `until`. */
export type Window = { from: Date; until: Date };

export type { Counts };

/** What was counted, or why nothing could be. NoData: there is no counter, so no request yet. */
export type Tally = Counts | Exclude<Measurement, { kind: 'Value' }>;

/** Metric (namespace/name) → version → what was counted in the window. */
export type Tallies = Readonly<Record<string, Readonly<Record<string, Tally>>>>;

/** Whether something was counted. */
export function isCounted(tally: Tally | undefined): tally is Counts {
  return tally !== undefined && tally.kind !== 'Error' && tally.kind !== 'NoData';
}

/** How many samples were counted; 0 where nothing was. */
export function samplesIn(tally: Tally | undefined): number {
  if (!isCounted(tally)) return 0;
  switch (tally.kind) {
    case 'Rate':
      return tally.trials;
    case 'Quantile':
      return tally.counts.reduce((sum, count) => sum + count, 0);
    case 'Mean':
      return tally.count;
  }
}
