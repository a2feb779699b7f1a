// One look at what was counted: what is known from now on, and what that proves.
import {
  chancesToBeBest,
  noReward,
  provedBest,
  reportWith,
  rewardWith,
} from '../analysis/contest.ts';
import { decode, encode, type Knowledge, type RewardKnowledge } from '../analysis/knowledge.ts';
import type { Random } from '../analysis/random.ts';
import { firstBudget, nextBudget } from '../analysis/ramp.ts';
import { chanceToProve, isFutile, type Rule } from '../analysis/safe.ts';
import type { Arm } from '../analysis/stratified.ts';
import type { Experiment, Reward } from '../types/experiment.gen.ts';
import { plannedIterations } from './deadlines.ts';
import { resolveMetric } from './metricNames.ts';
import {
  objectivesAfter,
  provableObjectives,
  verdictsFor,
  type ObjectiveVerdict,
  type ProvableObjective,
} from './objectiveProof.ts';
import { isCounted, samplesIn, type Tallies, type Tally } from './observations.ts';
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
  /** By version, the probability of the best first reward, 0 for those that break a limit. */
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
  const { status } = experiment;
  const versions = versionNames(status!.versionInfo!);
  const objectives = provableObjectives(experiment, input.settings);
  const before = knowledgeOf(experiment, versions.length);
  const rule = ruleOf(experiment, before?.isDone ?? false);
  const horizon = before?.horizon ?? plannedIterations(experiment.spec);
  const added = { ...input, versions, horizon };
  const watched = { ...added, horizon: rule.iteration > horizon ? Infinity : horizon };
  const known = objectivesAfter(before, objectives, watched);
  const verdicts = versions.map((_version, position) => {
    const wasProved = before?.proved.includes(position) ?? false;
    return verdictsFor(position, objectives, known, { ...rule, wasProved, before });
  });
  const probabilities = verdicts.map(productOfProbabilities);
  const rewards = rewardsAfter(experiment, before, added);
  const broken = positions(verdicts, (own) => own.some(({ verdict }) => verdict === 'Violated'));
  const found = contest(rewards[0], { versions, broken, rule, random: input.random });
  const isUsed = versions.slice(1).some((version) => hasSamples(input.tallies, version));
  const knowledge: Knowledge = {
    horizon,
    objectives: known,
    rewards: rewards.map((one, index) => (index === 0 ? { ...one, best: found.best ?? -1 } : one)),
    budget: budgetAfter(before, objectives, isUsed ? probabilities : [], rule),
    proved: positions(verdicts, (own) => own.length > 0 && own.every(isSatisfied)),
    isDone: rule.isLast,
  };
  return {
    ...{ rule, objectives, verdicts, probabilities, broken, knowledge, ...found },
    isHopeless: rewards.length === 0 && isHopeless(verdicts, input.pace, rule),
    state: encode(knowledge),
  };
}

/** Whether anything was counted for a version in this look. */
function hasSamples(tallies: Tallies, version: string): boolean {
  return Object.values(tallies).some((byVersion) => samplesIn(byVersion[version]) > 0);
}

function ruleOf({ spec, status }: Experiment, isDone: boolean): Rule {
  const iteration = (status!.completedIterations ?? 0) + 1;
  const planned = plannedIterations(spec);
  return {
    alpha: alphaOf(spec.criteria),
    decide: spec.criteria?.strength?.decide ?? 'AtEnd',
    iteration,
    isLast: iteration >= planned,
    isOver: isDone && iteration > planned,
  };
}

type Entrants = {
  versions: readonly string[];
  broken: readonly number[];
  rule: Rule;
  random: Random;
};

/** Who has the best first reward, among the versions that break no limit. */
function contest(
  reward: RewardKnowledge | undefined,
  { versions, broken, rule, random }: Entrants,
): Pick<LookProof, 'chances' | 'best'> {
  if (!reward) return { chances: undefined, best: undefined };
  const among = [...versions.keys()].filter((position) => !broken.includes(position));
  const found = among.length > 0 ? chancesToBeBest(reward, among, random) : [];
  const chances = versions.map((_version, position) => found[among.indexOf(position)] ?? 0);
  return { chances, best: bestOf(reward, among, rule) };
}

/** What was proved before holds until another version is proved to be better, or it breaks a limit. */
function bestOf(reward: RewardKnowledge, among: readonly number[], rule: Rule): number | undefined {
  const alpha = rule.alpha * reward.share;
  const known = among.includes(reward.best) ? reward.best : undefined;
  return rule.isOver ? known : (provedBest(reward, among, { ...rule, alpha }) ?? known);
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
    isDone: false,
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

/** The budget grows by what is known of the candidates; where nothing came to them, it stays. */
function budgetAfter(
  before: Knowledge | undefined,
  objectives: readonly ProvableObjective[],
  [, ...candidates]: readonly number[],
  { alpha }: Rule,
): number {
  const limits = objectives.flatMap(({ questions }) => questions.map(({ limit }) => limit));
  const least = firstBudget(limits, alpha);
  if (!before?.budget) return least;
  const isNew = before.objectives.every(({ records }) =>
    records
      .slice(1)
      .flat()
      .every(({ samples }) => samples === 0),
  );
  if (isNew || candidates.length === 0) return before.budget;
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
    const name = resolveMetric(reward.metric, experiment, settings) ?? reward.metric;
    const known = knownReward(before, index, {
      key: `${name} ${reward.preferredDirection}`,
      versions: versions.length,
    });
    const arms = versions.map((version) => armOf(tallies[name]?.[version], reward));
    const grown = index === 0 ? rewardWith(known, arms, horizon) : reportWith(known, arms);
    return { ...known, ...grown };
  });
}

/** A reward that an edit has brought begins without samples and with half of the error budget. */
function knownReward(
  before: Knowledge | undefined,
  index: number,
  { key, versions }: { key: string; versions: number },
): RewardKnowledge {
  const known = before?.rewards[index];
  if (known?.key === key) return known;
  const share = before ? (known?.share ?? 1) / 2 : 1;
  return { key, share, best: -1, ...noReward(versions) };
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

/** Whether what is still to come will hardly prove any candidate good. */
function isHopeless(
  verdicts: readonly (readonly ObjectiveVerdict[])[],
  pace: Pace,
  rule: Rule,
): boolean {
  const judged = verdicts.length > 1 ? [...verdicts.keys()].slice(1) : [0];
  return judged.every((position) => {
    const own = verdicts[position]!;
    const chances = own.map((one, objective) => {
      const samples = verdicts.map((each) => each[objective]!.records[0]?.samples ?? 0);
      return chanceOf(one, samplesToCome(pace, { samples, position }), rule);
    });
    return isFutile(chances, rule.iteration);
  });
}

/** The chance to prove an objective with so many samples more. Before the first one nobody knows. */
function chanceOf({ verdict, findings }: ObjectiveVerdict, more: number, rule: Rule): number {
  if (verdict === 'Violated') return 0;
  const isOpen = verdict === 'Undecided' && more > 0;
  const chances = isOpen ? findings.map((one) => chanceToProve(one, more, rule)) : [];
  return Math.min(1, ...chances);
}
