import type { Experiment } from '../types/experiment.gen.ts';
import type { Freeze, Why } from './observations.ts';
import { lockKeys, resolveTarget } from './target.ts';
import { describeProblems, validate, type Problem } from './validation.ts';
import { versionNames } from './versions.ts';

/**
 * Why a running experiment cannot go by its spec any more, since somebody edited it; undefined where
 * it can. Duration, limits, gates and the like may be edited; the target, the versions and whether
 * traffic is moved at all may not.
 */
export function whyUnfit(experiment: Experiment, freeze: Freeze): Why | undefined {
  const problems = [...validate(experiment, freeze), ...changedOnTheWay(experiment)];
  if (problems.length === 0) return undefined;
  const message = `${describeProblems(problems)}; the weights are held until it is changed back`;
  return { reason: 'InvalidExperiment', message };
}

function changedOnTheWay(experiment: Experiment): Problem[] {
  const { spec, status } = experiment;
  const asNew: Experiment = { ...experiment };
  delete asNew.status;
  const lock = status!.target?.lock;
  const isOtherTarget = lock !== undefined && lock !== lockOf(asNew);
  const known = versionNames(status!.versionInfo!);
  const given = spec.versionInfo ? versionNames(spec.versionInfo) : known;
  const isConformance = spec.strategy.testingPattern === 'Conformance';
  const isOtherPattern = isConformance !== (status!.currentWeightDistribution ?? []).length < 1;
  return [
    ...(isOtherTarget ? [unalterable('spec.target', lock)] : []),
    ...(given.join() === known.join() ? [] : [unalterable('spec.versionInfo', known.join(', '))]),
    ...(isOtherPattern
      ? [unalterable('spec.strategy.testingPattern', isConformance ? 'Canary' : 'Conformance')]
      : []),
  ];
}

/** What only one experiment may hold, as one text. */
export function lockOf(experiment: Experiment): string {
  return lockKeys(resolveTarget(experiment), experiment.spec.target).join(',');
}

function unalterable(field: string, before: string): Problem {
  const message = `it cannot be changed while the experiment is under way, which began with ${before}`;
  return { field, message };
}
