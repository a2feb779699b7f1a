// How many requests a decision needs, beside those that are to be expected.
import { requestsToProve } from '../analysis/eProcess.ts';
import type { Experiment, ExperimentStatus } from '../types/experiment.gen.ts';
import type { Findings } from './analyse.ts';
import type { Mark } from './conditions.ts';
import { provableObjectives, type ProvableObjective } from './objectiveProof.ts';
import { paceOf, samplesToCome } from './pace.ts';
import type { Settings } from './settings.ts';
import { alphaOf } from './strength.ts';
import { versionNames } from './versions.ts';
import { about, duration, readable } from './words.ts';

/** The samples that prove a version good which has half as many bad ones as its limits allow. */
function needOf({ questions }: ProvableObjective, alpha: number): number {
  return Math.max(0, ...questions.map(({ limit }) => requestsToProve(limit / 2, limit, alpha)));
}

function alphaToProve({ spec }: Pick<Experiment, 'spec'>): number {
  const alpha = alphaOf(spec.criteria);
  return spec.criteria?.strength?.decide === 'Early' ? alpha / 2 : alpha;
}

/** What is told at the start: what a proof needs. Undefined where nothing is to be proved. */
export function needAtStart(
  experiment: Experiment,
  settings: Settings,
): (Mark & { message: string }) | undefined {
  const alpha = alphaToProve(experiment);
  const told = provableObjectives(experiment, settings)
    .filter(({ questions }) => questions.length > 0)
    .map((one) => `${one.objective.metric} about ${about(needOf(one, alpha))}`);
  if (told.length === 0) return undefined;
  const [baseline, ...candidates] = versionNames(experiment.status!.versionInfo!);
  const subject = candidates.length > 0 ? 'a candidate' : baseline!;
  const message = `to prove that ${subject} keeps its limits, requests of its own are needed, if it has half as many bad ones as it may have: ${told.join(', ')}; whether so many are to be expected is known after the first look`;
  return { type: 'Decidable', status: 'Unknown', reason: 'NotCountedYet', message };
}

/** Whether enough requests are to be expected until the end, once some have been counted. */
export function needAtLook(
  experiment: Experiment,
  { findings, counted }: { findings: Pick<Findings, 'proof'>; counted: ExperimentStatus },
  settings: Settings,
): Mark | undefined {
  const { proof } = findings;
  const { startTime, countedUntil = startTime! } = counted;
  if (!proof || proof.objectives.length === 0) return undefined;
  const pace = paceOf(experiment, new Date(countedUntil), settings);
  if (pace.countedSeconds <= 0) return undefined;
  const versions = versionNames(experiment.status!.versionInfo!);
  const position = versions.length > 1 ? 1 : 0;
  const alpha = alphaToProve(experiment);
  const demands = proof.objectives.flatMap((subject, objective) => {
    const samples = proof.verdicts.map((own) => own[objective]!.records[0]?.samples ?? 0);
    const total = samples.reduce((sum, count) => sum + count, 0);
    if (total === 0 || subject.questions.length === 0) return [];
    const expected = samples[position]! + samplesToCome(pace, { samples, position });
    return [{ subject, expected, needed: needOf(subject, alpha) }];
  });
  const [worst] = demands.sort((a, b) => a.expected / a.needed - b.expected / b.needed);
  if (!worst) return undefined;
  const { expected, needed, subject } = worst;
  const end = duration(pace.remainingSeconds);
  const message = `${subject.objective.metric}: ${versions[position]!} can have about ${about(expected)} requests until the end in ${end}; with half as many bad ones as the limit allows a proof needs about ${about(needed)}`;
  if (expected >= needed)
    return { type: 'Decidable', status: 'True', reason: 'EnoughTraffic', message };
  return {
    type: 'Decidable',
    status: 'False',
    reason: 'TooLittleTraffic',
    message: `${message}: it will most likely end undecided; give it more time or more traffic`,
  };
}

/** What is to be told where a histogram has no edge at the limit; undefined where it has. */
export function edgeWarning(
  { objective, making, questions }: ProvableObjective,
  edges: readonly number[],
): string | undefined {
  if (making.kind !== 'Quantile') return undefined;
  const open = questions.find(({ value }) => !edges.includes(value));
  if (!open) return undefined;
  const lower = edges.findLast((edge) => edge < open.value);
  const upper = edges.find((edge) => edge > open.value);
  const [good, bad] = open.side === 'Upper' ? [lower, upper] : [upper, lower];
  const told = (edge: number | undefined): string =>
    edge === undefined ? 'no edge: never' : readable(edge);
  return `${objective.metric}: the histogram has no edge at the limit ${readable(open.value)}, so that the limit is proved to be kept at ${told(good)} and to be broken at ${told(bad)}; take one of these as the limit`;
}
