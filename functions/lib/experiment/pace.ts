// How many requests are to be expected until the end.
import { weightOf } from '../analysis/weights.ts';
import type { Experiment } from '../types/experiment.gen.ts';
import { plannedIterations } from './deadlines.ts';
import { MOST_BEFORE_THE_END } from './firstWeights.ts';
import { intervalOf, type Settings } from './settings.ts';
import { secondsBetween } from './time.ts';
import { versionNames } from './versions.ts';

/** How an experiment proceeds. */
export type Pace = {
  /** Seconds in which samples have been counted. */
  countedSeconds: number;
  /** Seconds that the looks after this one will have. */
  remainingSeconds: number;
  /** By version, its mean share of the traffic in these, if it gets as much as it may. */
  shares: readonly number[];
};

/** The pace of an experiment at a look that counts samples until then. */
export function paceOf(experiment: Experiment, until: Date, settings: Settings): Pace {
  const { spec, status } = experiment;
  const left = Math.max(0, plannedIterations(spec) - (status!.completedIterations ?? 0) - 1);
  const current = status!.currentWeightDistribution ?? [];
  const versions = versionNames(status!.versionInfo!);
  const candidates = versions
    .slice(1)
    .map((name) => mostShare(spec, weightOf(name, current), left));
  const rest = 1 - candidates.reduce((sum, share) => sum + share, 0);
  return {
    countedSeconds: Math.max(0, secondsBetween(status!.startTime!, until)),
    remainingSeconds: left * intervalOf(experiment, settings),
    shares: [Math.max(0, rest), ...candidates],
  };
}

/** The mean share of a candidate over so many looks, growing by as much as it may at each. */
function mostShare({ strategy }: Experiment['spec'], held: number, looks: number): number {
  if (strategy.deploymentPattern !== 'Progressive' || looks === 0) return held / 100;
  const { maxCandidateWeight, maxCandidateWeightIncrement: step } = strategy.weights;
  const most = Math.min(maxCandidateWeight, MOST_BEFORE_THE_END);
  const rising = step > 0 ? Math.min(looks, Math.max(0, Math.floor((most - held) / step))) : looks;
  const sum = rising * held + (step * rising * (rising + 1)) / 2 + (looks - rising) * most;
  return (step > 0 ? sum / looks : held) / 100;
}

/**
 * The samples that one version can have until the end, where all versions together go on as they
 * did. Worked: 3000 in 60 s, 120 s to come with half of the traffic → 3000.
 */
export function samplesToCome(
  { countedSeconds, remainingSeconds, shares }: Pace,
  { samples, position }: { samples: readonly number[]; position: number },
): number {
  if (countedSeconds <= 0) return 0;
  const total = samples.reduce((sum, count) => sum + count, 0);
  return (total / countedSeconds) * remainingSeconds * shares[position]!;
}
