import type { Experiment } from '../types/experiment.gen.ts';
import type { Freeze, Why } from './observations.ts';
import { resolveMetric } from './metricNames.ts';
import type { Settings } from './settings.ts';
import { unprovableBy } from './strength.ts';
import { lockKeys, resolveTarget, type ResolvedTarget } from './target.ts';
import { describeProblems, validate, type Problem } from './validation.ts';
import { versionNames } from './versions.ts';

/** The reason of a spec that cannot be gone by. */
export const UNFIT = 'InvalidExperiment';

/**
 * Why an experiment that holds its target cannot go by its spec any more, since somebody edited it;
 * undefined where it can. Duration, limits, gates and the like may be edited; the target, the
 * versions, the metrics and whether traffic is moved at all may not.
 */
export function whyUnfit(
  experiment: Experiment,
  { freeze, settings }: { freeze: Freeze; settings: Settings },
): Why | undefined {
  const problems = [
    ...validate(experiment, freeze),
    ...otherTarget(experiment),
    ...(experiment.status!.versionInfo ? otherSubject(experiment, settings) : []),
  ];
  if (problems.length === 0) return undefined;
  return { reason: UNFIT, message: describeProblems(problems) };
}

function otherTarget(experiment: Experiment): Problem[] {
  const lock = experiment.status!.target?.lock;
  const isOther = lock !== undefined && lock !== lockOf(experiment);
  return isOther ? [unalterable('spec.target', lock)] : [];
}

/** Whether an edit has an experiment that only watches look at another target than at its start. */
export function looksElsewhere(experiment: Experiment): boolean {
  const isWatching = (experiment.status!.currentWeightDistribution ?? []).length === 0;
  return isWatching && otherTarget(experiment).length > 0;
}

function otherSubject(experiment: Experiment, settings: Settings): Problem[] {
  const { spec, status } = experiment;
  const known = versionNames(status!.versionInfo!);
  const given = spec.versionInfo ? versionNames(spec.versionInfo) : known;
  const isConformance = spec.strategy.testingPattern === 'Conformance';
  const isOtherPattern = isConformance !== (status!.currentWeightDistribution ?? []).length < 1;
  return [
    ...(given.join() === known.join() ? [] : [unalterable('spec.versionInfo', known.join(', '))]),
    ...(isOtherPattern
      ? [unalterable('spec.strategy.testingPattern', isConformance ? 'Canary' : 'Conformance')]
      : []),
    ...unread('objectives', experiment, settings),
    ...unread('rewards', experiment, settings),
    ...unprovable(experiment, settings),
  ];
}

/** What only one experiment may hold by its spec, as one text. */
export function lockOf(experiment: Experiment): string {
  return lockKeys(targetOf(experiment), experiment.spec.target).join(',');
}

/** What an experiment acts on by its spec, whatever its status knows of another run or target. */
export function targetOf(experiment: Experiment): ResolvedTarget {
  const asNew = { ...experiment };
  delete asNew.status;
  return resolveTarget(asNew);
}

/** The first of these criteria whose Metric is not known from the start. */
function unread(
  field: 'objectives' | 'rewards',
  experiment: Experiment,
  settings: Settings,
): Problem[] {
  const all = (experiment.spec.criteria?.[field] ?? []).map(({ metric }) => metric);
  const missing = all.find((metric) => !resolveMetric(metric, experiment, settings));
  if (missing === undefined) return [];
  const message = `the Metric ${missing} was not read at the start, and is not read on the way; ask for another run`;
  return [{ field: `spec.criteria.${field}`, message }];
}

function unprovable(experiment: Experiment, settings: Settings): Problem[] {
  const message = unprovableBy(experiment, settings);
  return message === undefined ? [] : [{ field: 'spec.criteria.strength', message }];
}

function unalterable(field: string, before: string): Problem {
  const message = `it cannot be changed while the experiment is under way, which began with ${before}`;
  return { field, message };
}
