// One look at what was counted: what is known from now on, and what that proves.
import { provedBest, chancesToBeBest, noReward, rewardWith } from '../analysis/contest.ts';
import { decode, encode, type Knowledge } from '../analysis/knowledge.ts';
import type { Random } from '../analysis/random.ts';
import { firstBudget, nextBudget } from '../analysis/ramp.ts';
import { chanceToProve, isFutile, type Rule } from '../analysis/safe.ts';
import type { Arm } from '../analysis/stratified.ts';
import type { Experiment, Reward } from '../types/experiment.gen.ts';
import { plannedIterations } from './deadlines.ts';
import { resolveMetric } from './metricNames.ts';
import {
  isCounted,
  objectivesAfter,
  provableObjectives,
  verdictsFor,
  type ObjectiveVerdict,
  type ProvableObjective,
} from './objectiveProof.ts';
import type { Tallies, Tally } from './observations.ts';
import { samplesToCome, type Pace } from './pace.ts';
import type { Settings } from './settings.ts';
import { alphaOf } from './strength.ts';
import { versionNames } from './versions.ts';

/** What one look proves. Everything by version is in version order. */
export type LookProof = {
  rule: Rule;
  objectives: readonly ProvableObjective[];
  /** By version and objective. */
  verdicts: readonly (readonly ObjectiveVerdict[])[];
  /** By version, the probability that all limits are kept. */
  probabilities: readonly number[];
  /** By version, the probability of the best first reward; undefined without rewards. */
  chances: readonly number[] | undefined;
  /** The position of the version that is proved to have the best first reward. */
  best: number | undefined;
  /** Positions of versions that surely break a limit. */
  broken: readonly number[];
  /** Whether what is still to come will hardly prove anything. */
  isHopeless: boolean;
  knowledge: Knowledge;
  /** What is to be kept of all this for the next look. */
  state: string;
};

/** What a look has to go by. */
export type LookInput = { tallies: Tallies; pace: Pace; settings: Settings; random: Random };

/** What one look proves, by what was known before it and what was counted since. */
export function proofOfLook(experiment: Experiment, input: LookInput): LookProof {
  const { spec, status } = experiment;
  const versions = versionNames(status!.versionInfo!);
  const objectives = provableObjectives(experiment, input.settings);
  const before = knowledgeOf(experiment, versions.length);
  const planned = plannedIterations(spec);
  const horizon = before?.horizon ?? planned;
  const iteration = (status!.completedIterations ?? 0) + 1;
  const rule: Rule = {
    alpha: alphaOf(spec.criteria),
    decide: spec.criteria?.strength?.decide ?? 'AtEnd',
    iteration,
    isLast: iteration >= planned,
  };
  const known = objectivesAfter(before, objectives, { ...input, versions, horizon });
  const verdicts = versions.map((_version, position) => {
    const wasProved = before?.proved.includes(position) ?? false;
    return verdictsFor(position, objectives, known, { ...rule, wasProved, before });
  });
  const broken = positions(verdicts, (own) => own.some(({ verdict }) => verdict === 'Violated'));
  const probabilities = verdicts.map(productOfProbabilities);
  const rewards = rewardsAfter(experiment, before, { ...input, versions, horizon });
  const among = versions
    .map((_version, position) => position)
    .filter((one) => !broken.includes(one));
  const [first] = rewards;
  const chances = first && chancesAmong(first, among, versions.length, input.random);
  const knowledge: Knowledge = {
    horizon,
    objectives: known,
    rewards,
    budget: budgetAfter(before, objectives, probabilities, rule),
    proved: positions(verdicts, (own) => own.length > 0 && own.every(isSatisfied)),
  };
  return {
    rule,
    objectives,
    verdicts,
    probabilities,
    chances,
    best: first && provedBest(first, among, rule),
    broken,
    isHopeless: !first && isHopeless(verdicts, input.pace, rule),
    knowledge,
    state: encode(knowledge),
  };
}

/** What is known before a look. A text that cannot be read counts as the knowledge of nothing. */
function knowledgeOf({ status, spec }: Experiment, versions: number): Knowledge | undefined {
  const text = status!.analysis?.state;
  if (text === undefined) return undefined;
  const empty = {
    horizon: plannedIterations(spec),
    objectives: [],
    rewards: [],
    budget: 0,
    proved: [],
  };
  return decode(text, versions) ?? empty;
}

function positions<T>(items: readonly T[], isMeant: (item: T) => boolean): number[] {
  return items.flatMap((item, position) => (isMeant(item) ? [position] : []));
}

function isSatisfied({ verdict }: ObjectiveVerdict): boolean {
  return verdict === 'Satisfied';
}

function productOfProbabilities(verdicts: readonly ObjectiveVerdict[]): number {
  return verdicts
    .flatMap(({ proofs }) => proofs)
    .reduce((product, { probability }) => product * probability, 1);
}

function budgetAfter(
  before: Knowledge | undefined,
  objectives: readonly ProvableObjective[],
  [, ...candidates]: readonly number[],
  { alpha }: Rule,
): number {
  const limits = objectives.flatMap(({ questions }) => questions.map(({ limit }) => limit));
  const least = firstBudget(limits, alpha);
  if (!before?.budget) return least;
  return nextBudget(before.budget, Math.min(1, ...candidates));
}

function rewardsAfter(
  experiment: Experiment,
  before: Knowledge | undefined,
  {
    tallies,
    versions,
    settings,
    horizon,
  }: LookInput & { versions: readonly string[]; horizon: number },
): Knowledge['rewards'] {
  return (experiment.spec.criteria?.rewards ?? []).map((reward, index) => {
    const known = before?.rewards[index] ?? noReward(versions.length);
    const name = resolveMetric(reward.metric, experiment, settings) ?? reward.metric;
    const arms = versions.map((version) => armOf(tallies[name]?.[version], reward));
    return rewardWith(known, arms, horizon);
  });
}

/** What a version brought, turned so that more is better. */
function armOf(tally: Tally | undefined, { preferredDirection }: Reward): Arm {
  const isHigh = preferredDirection === 'High';
  if (!isCounted(tally)) return { trials: 0, sum: 0 };
  if (tally.kind === 'Rate') {
    const { trials, events } = tally;
    return { trials, sum: isHigh ? events : trials - events };
  }
  if (tally.kind === 'Quantile') return { trials: 0, sum: 0 };
  const { count, sum, sumOfSquares = 0 } = tally;
  return { trials: count, sum: isHigh ? sum : -sum, sumOfSquares };
}

/** By version; 0 for those that are out of the contest. */
function chancesAmong(
  reward: Knowledge['rewards'][number],
  among: readonly number[],
  versions: number,
  random: Random,
): number[] {
  const chances = among.length > 0 ? chancesToBeBest(reward, among, random) : [];
  return Array.from({ length: versions }, (_none, position) => {
    const index = among.indexOf(position);
    return index < 0 ? 0 : chances[index]!;
  });
}

function isHopeless(
  verdicts: readonly (readonly ObjectiveVerdict[])[],
  pace: Pace,
  rule: Rule,
): boolean {
  const judged = verdicts.length > 1 ? verdicts.slice(1) : verdicts;
  const alpha = rule.decide === 'Early' ? rule.alpha / 2 : rule.alpha;
  return judged.every((own, index) => {
    const position = verdicts.length > 1 ? index + 1 : index;
    const chances = own.flatMap(({ findings, records }, objective) =>
      findings.map((finding, question) => {
        const samples = verdicts.map((each) => each[objective]!.records[question]!.samples);
        if (samples.every((count) => count === 0)) return 1;
        const more = samplesToCome(pace, { samples, position });
        return own[objective]!.verdict === 'Satisfied' || records.length === 0
          ? 1
          : chanceToProve(finding, more, alpha);
      }),
    );
    return isFutile(chances, rule.iteration);
  });
}
