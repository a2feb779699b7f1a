// How traffic moves, by algorithm: one table.
import { byProbability, epsilonGreedy, blend, topTwo } from '../analysis/bandits.ts';
import { weightFor } from '../analysis/ramp.ts';
import type { Random } from '../analysis/random.ts';
import { largestRemainder } from '../analysis/rounding.ts';
import {
  limitCandidates,
  progressiveWeights,
  weightOf,
  withinLimits,
  type Weight,
} from '../analysis/weights.ts';
import type { Strategy } from '../types/experiment.gen.ts';
import { MOST_BEFORE_THE_END, withBaselineRest } from './firstWeights.ts';
import type { LookProof } from './proof.ts';

/** The traffic as it is, and what is known of the versions, baseline first. */
export type Traffic = {
  versions: readonly string[];
  current: readonly Weight[];
  strategy: Strategy;
  /** The versions that deserve the traffic by their latest values. */
  best: readonly string[];
  /** What is proved; undefined where nothing is to be. */
  proof: LookProof | undefined;
  /** Requests to all versions between two looks. */
  requests: number;
  random: Random;
};

type Rule = (traffic: Traffic) => Weight[];

/** The algorithms by name. All give whole percentages in version order that add up to 100. */
const RULES = {
  /** The split is as a person wants it. */
  FixedSplit: ({ current }) => [...current],
  /** All to the candidate, from the start. */
  BlueGreen: ({ current }) => [...current],
  /** Step by step to the winner: as fast as the evidence allows or, where there is none, as iter8 did. */
  Progressive: (traffic) => (isRamped(traffic) ? ramp(traffic) : observed(traffic)),
  EpsilonGreedy: (traffic) => byPolicy(traffic, epsilonGreedy),
  PosteriorBayesianRouting: (traffic) => byPolicy(traffic, byProbability),
  TopTwoThompson: (traffic) =>
    byPolicy(traffic, (standing, explore) => blend(topTwo(standing), explore)),
} satisfies Record<string, Rule>;

/** The algorithm of a strategy by its name in the table. */
export function algorithmOf(
  { deploymentPattern, weights, testingPattern }: Strategy,
  isProven: boolean,
): keyof typeof RULES {
  if (deploymentPattern !== 'Progressive') return deploymentPattern;
  const isContest = testingPattern.startsWith('A/B');
  return weights.algorithm ?? (isContest && isProven ? 'PosteriorBayesianRouting' : 'Progressive');
}

/** The weights that the algorithm of the strategy would have from now on, in version order. */
export function ruledWeights(traffic: Traffic): Weight[] {
  return RULES[algorithmOf(traffic.strategy, traffic.proof !== undefined)](traffic);
}

const DEFAULT_EXPLORATION_PERCENT = 10;

function explorationOf({ strategy }: Traffic): number {
  return (strategy.weights.explorationPercent ?? DEFAULT_EXPLORATION_PERCENT) / 100;
}

function limitsOf({ strategy }: Traffic): Strategy['weights'] {
  const { maxCandidateWeight } = strategy.weights;
  return {
    ...strategy.weights,
    maxCandidateWeight: Math.min(maxCandidateWeight, MOST_BEFORE_THE_END),
  };
}

function observed(traffic: Traffic): Weight[] {
  const { versions, current, best, random } = traffic;
  const limits = limitsOf(traffic);
  const basis = { versions, current, exploration: explorationOf(traffic) };
  return withinLimits(progressiveWeights(basis, best, limits, random), current, limits);
}

/** Whether there are objectives that traffic can be limited by until they are proved. */
function isRamped({ proof }: Traffic): boolean {
  return proof !== undefined && proof.objectives.length > 0;
}

function ramp(traffic: Traffic): Weight[] {
  const { versions, current, proof } = traffic;
  const wanted = withBaselineRest(versions, (name) => {
    const position = versions.indexOf(name);
    return proof!.broken.includes(position) ? 0 : budgeted(traffic, weightOf(name, current));
  });
  return withinLimits(wanted, current, limitsOf(traffic));
}

/** The most that a candidate may have by what is proved of it, in percent. */
function budgeted({ proof, requests }: Traffic, held: number): number {
  return weightFor(proof!.knowledge.budget, requests, held);
}

type Policy = (standing: readonly number[], explore: number) => number[];

/**
 * The weights of a policy among the versions that break no limit. Once one is proved to be the best
 * it gets all; a candidate whose objectives are still to be proved gets no more than their ramp.
 */
function byPolicy(traffic: Traffic, policy: Policy): Weight[] {
  const { versions, current, proof } = traffic;
  const standing = standingOf(traffic);
  const isIn = versions.map((_name, position) => !proof?.broken.includes(position));
  const shares = isIn.includes(true) ? among(isIn, standing, traffic, policy) : standing;
  const capped = shares.map((share, position) =>
    position > 0 && isRamped(traffic)
      ? Math.min(share, budgeted(traffic, weightOf(versions[position]!, current)))
      : share,
  );
  const limits = limitsOf(traffic);
  const previous = versions.map((name) => weightOf(name, current));
  const limited = limitCandidates(withRest(capped), previous, limits);
  const whole = largestRemainder(limited, 100);
  const weights = versions.map((name, position) => ({ name, value: whole[position]! }));
  return withinLimits(weights, current, limits);
}

function withRest([, ...candidates]: readonly number[]): number[] {
  const given = candidates.reduce((sum, share) => sum + share, 0);
  return [Math.max(0, 100 - given), ...candidates];
}

/** How probably each version is the best one and good; only the proportions count. */
function standingOf({ versions, best, proof }: Traffic): number[] {
  if (!proof) return versions.map((name) => (best.includes(name) ? 1 : 0));
  const { chances, probabilities } = proof;
  if (chances) return chances.map((chance, position) => chance * probabilities[position]!);
  const candidates = probabilities.slice(1);
  return [1 - Math.max(...candidates), ...candidates];
}

function among(
  isIn: readonly boolean[],
  standing: readonly number[],
  traffic: Traffic,
  policy: Policy,
): number[] {
  const winner = traffic.proof?.best;
  if (winner !== undefined)
    return standing.map((_share, position) => (position === winner ? 100 : 0));
  const shares = policy(
    standing.filter((_share, position) => isIn[position]),
    explorationOf(traffic),
  );
  return isIn.map((isMeant) => (isMeant ? shares.shift()! : 0));
}
