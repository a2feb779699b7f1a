// The rule that decides on objectives: it may look as often as it likes and is still seldom wrong.
import { criticalEvents, logEvidence } from './eProcess.ts';
import { logMean } from './multiplicity.ts';
import type { Proof } from './record.ts';
import { normalCdf } from './special.ts';

/** What is proved about one question, with the share of the error budget that it may spend. */
export type Finding = { proof: Proof; share: number; limit: number; isExact: boolean };

/** How sure one has to be, and how far the experiment is. */
export type Rule = {
  /** How often a decision of either kind may be wrong. */
  alpha: number;
  decide: 'AtEnd' | 'Early';
  iteration: number;
  /** Whether this is the last look, or one after it. */
  isLast: boolean;
  /** Whether the last look was before this one: from then on nothing more is proved to be good. */
  isOver?: boolean;
};

/** Before so many looks nothing is promoted early, and nothing is given up. */
export const MIN_ITERATIONS = 3;
/** Given up where the chance to prove all objectives in the time left is lower. */
const FUTILE = 0.01;

/**
 * The question whose limit is proved to be broken, by its position, if any is: the mean of the
 * evidence over all questions reaches 1 / alpha, and this one has the most of it. By Ville's
 * inequality that happens at some look with probability alpha at most where all limits are kept.
 */
export function brokenQuestion(findings: readonly Finding[], alpha: number): number | undefined {
  if (findings.length === 0) return undefined;
  const logs = findings.map(({ proof, share }) => proof.logBroken + Math.log(share));
  if (logMean(logs) < -Math.log(alpha)) return undefined;
  return logs.indexOf(Math.max(...logs));
}

/**
 * Whether a limit is proved to be kept. AtEnd: at the last look, by the exact test. Early: from the
 * third look on by evidence that is valid at any look, at the last one by the exact test, each at
 * half of alpha. All objectives of a version have to be proved, so that no correction is needed.
 */
export function isKept(finding: Finding, rule: Rule): boolean {
  const { proof, isExact } = finding;
  if (rule.isOver) return false;
  const budget = budgetFor(finding, rule);
  const isProvedAnyTime = proof.logKept >= -Math.log(budget);
  if (rule.isLast) return isExact ? proof.exactP <= budget : isProvedAnyTime;
  return rule.decide === 'Early' && rule.iteration >= MIN_ITERATIONS && isProvedAnyTime;
}

/** How often a limit may be taken to be kept by mistake. */
export function budgetFor(
  { share }: Pick<Finding, 'share'>,
  { decide, alpha }: Pick<Rule, 'decide' | 'alpha'>,
): number {
  return (decide === 'Early' ? alpha / 2 : alpha) * share;
}

/**
 * The chance that a limit will be proved to be kept after so many samples more, if the share of bad
 * ones is as likely as the counts so far make it: the number of bad ones to come has a beta-binomial
 * distribution, here by the normal one of the same mean and variance.
 */
export function chanceToProve(finding: Finding, more: number, rule: Rule): number {
  const { proof, limit } = finding;
  const { samples, most } = proof.effective;
  const future = more / proof.dispersion;
  const allowed = criticalEvents(samples + future, limit, budgetFor(finding, rule));
  if (allowed < most) return 0;
  const [a, b] = [1 + most, 1 / limit - 1 + samples - most];
  const rate = a / (a + b);
  const mean = future * rate;
  const variance = (mean * (1 - rate) * (a + b + future)) / (a + b + 1);
  return normalCdf((allowed - most + 0.5 - mean) / Math.sqrt(Math.max(variance, 1e-12)));
}

/** Beyond this the number says no more than that there are far too few. */
const MOST_SAMPLES = 1e12;

/**
 * About how many samples with this share of bad ones give evidence that a limit is kept which is
 * valid at any look; Infinity where none do. Worked: (0, 0.02, 0.025) → 250.
 */
export function requestsForEvidence(rate: number, limit: number, budget: number): number {
  if (rate >= limit) return Infinity;
  const isEnough = (samples: number): boolean =>
    logEvidence(rate * samples, samples, limit).below >= -Math.log(budget);
  let high = 1;
  while (!isEnough(high) && high < MOST_SAMPLES) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Whether the samples to come will hardly suffice, by the chances of all questions. */
export function isFutile(chances: readonly number[], iteration: number): boolean {
  return iteration >= MIN_ITERATIONS && Math.min(1, ...chances) < FUTILE;
}
