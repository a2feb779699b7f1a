import type { Criteria, ExperimentSpec, Objective, Strategy } from '../types/experiment.gen.ts';
import type { Announcement } from './plan.ts';
import { isProven } from './strength.ts';

/**
 * What an experiment goes by and a person may change on its way, in words, one for each. Worked:
 * "an iteration every 20 s", "15 iterations", "latency: at most 100".
 */
export function termsOf({ duration, strategy, criteria }: ExperimentSpec): string[] {
  const { approval } = strategy;
  return [
    `an iteration every ${duration.intervalSeconds} s`,
    `${duration.iterationsPerLoop} × ${duration.maxLoops} iterations`,
    ...trafficTerms(strategy),
    `promotion ${strategy.promotion ?? 'Automatic'}`,
    ...(criteria?.objectives ?? []).map(termOf),
    ...criteriaTerms(criteria),
    ...(approval
      ? [`approval within ${approval.deadlineSeconds} s, else ${approval.outcome}`]
      : []),
    ...freezeTerms(strategy),
  ];
}

function trafficTerms({ weights, deploymentPattern }: Strategy): string[] {
  const { maxCandidateWeight, maxCandidateWeightIncrement } = weights;
  const { algorithm, explorationPercent } = weights;
  return [
    `candidates up to ${maxCandidateWeight} %, by ${maxCandidateWeightIncrement} at once`,
    `deployment pattern ${deploymentPattern}`,
    ...(algorithm ? [`algorithm ${algorithm}`] : []),
    ...(explorationPercent === undefined ? [] : [`exploration ${explorationPercent} %`]),
  ];
}

function criteriaTerms(criteria: ExperimentSpec['criteria']): string[] {
  if (!criteria) return [];
  return [
    ...strengthTerms(criteria),
    `at least ${criteria.minimumRequests} requests`,
    `at most ${criteria.consecutiveErrorLimit} errors in a row`,
  ];
}

function freezeTerms({ freeze }: Strategy): string[] {
  return (freeze?.windows ?? []).map(
    ({ rule, start, timeZone, durationSeconds }) =>
      `frozen (${freeze!.effect}) from ${start} ${timeZone} for ${durationSeconds} s by ${rule}`,
  );
}

function strengthTerms(criteria: Criteria): string[] {
  if (!isProven({ criteria })) return [];
  const { confidence, decide } = criteria.strength!;
  return [`proved with confidence ${confidence}, decided ${decide}`];
}

function termOf({
  metric,
  method,
  lowerLimit,
  upperLimit,
  rollback_on_failure: isStrict,
}: Objective): string {
  const limits = [
    ...(lowerLimit === undefined ? [] : [`at least ${lowerLimit}`]),
    ...(upperLimit === undefined ? [] : [`at most ${upperLimit}`]),
    ...(method === undefined ? [] : [`by its latest value`]),
    ...(isStrict === undefined ? [] : [`rollback_on_failure ${isStrict}`]),
  ];
  return `${metric}: ${limits.join(', ') || 'any value'}`;
}

/** What is to be told where the terms are others than before: those that are gone and those that came. */
export function termsNews(
  before: readonly string[] | undefined,
  now: readonly string[],
): Announcement[] {
  if (!before) return [];
  const gone = before.filter((term) => !now.includes(term));
  const come = now.filter((term) => !before.includes(term));
  if (gone.length + come.length === 0) return [];
  const parts = [
    ...(come.length > 0 ? [`now ${come.join('; ')}`] : []),
    ...(gone.length > 0 ? [`no longer ${gone.join('; ')}`] : []),
  ];
  const message = `spec was edited: ${parts.join('; ')}`;
  return [{ type: 'Normal', reason: 'SpecChanged', message }];
}
