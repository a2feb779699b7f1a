import { auditMessage } from './audit.ts';
import { parseQuantity, type Quantity } from './quantity.ts';

/** What the winner is chosen from. `versions` has the baseline first. */
export type Contest = {
  versions: readonly string[];
  /** Per version, one boolean per objective; empty where there are no objectives. */
  assessments: Readonly<Record<string, readonly boolean[]>>;
  reward?: { metric: string; preferredDirection: 'High' | 'Low' } | undefined;
  /** The reward's value per version; undefined where the metric was not measured at all. */
  rewardValues?: Readonly<Record<string, Quantity | null | undefined>> | undefined;
};

/** The winner, the versions that deserve the traffic, and iter8's account of how it was found. */
export type WinnerAssessment = {
  winnerFound: boolean;
  winner?: string;
  bestVersions: string[];
  message?: string;
};

export type TestingPattern = 'Canary' | 'A/B' | 'A/B/N' | 'A/B/n' | 'Conformance';

const RULES = {
  Conformance: ({ versions, assessments }) =>
    isFeasible(versions[0]!, assessments)
      ? unique(versions[0]!, 'baseline satisfies all objectives')
      : noWinner(),
  Canary: ({ versions, assessments }) => {
    const [baseline, candidate] = versions;
    if (candidate !== undefined && isFeasible(candidate, assessments)) {
      return unique(candidate, 'candidate satisfies all objectives');
    }
    return isFeasible(baseline!, assessments)
      ? unique(baseline!, 'baseline satisfies all objectives; candidate does not')
      : noWinner();
  },
  'A/B': highestReward,
  'A/B/N': highestReward,
  'A/B/n': highestReward,
} satisfies Record<TestingPattern, (contest: Contest) => WinnerAssessment>;

/**
 * The winner by iter8's rules. Conformance: the baseline if feasible. Canary: the candidate if
 * feasible, else the baseline if feasible. A/B and A/B/N: the feasible version with the strictly
 * best reward. Feasible means that every objective is satisfied; with no objectives all are.
 */
export function assessWinner(pattern: TestingPattern, contest: Contest): WinnerAssessment {
  return RULES[pattern](contest);
}

function isFeasible(version: string, assessments: Contest['assessments']): boolean {
  if (Object.keys(assessments).length === 0) return true;
  return assessments[version]?.every(Boolean) ?? false;
}

function unique(winner: string, info: string): WinnerAssessment {
  return {
    winnerFound: true,
    winner,
    bestVersions: [winner],
    message: auditMessage({ info: [info] }),
  };
}

function noWinner(message?: string): WinnerAssessment {
  return { winnerFound: false, bestVersions: [], ...(message && { message }) };
}

function highestReward(contest: Contest): WinnerAssessment {
  if (!contest.reward) {
    const warning =
      'No reward metric in experiment. Winner assessment cannot be computed for ab or abn experiments without reward metric.';
    return noWinner(auditMessage({ warning: [warning] }));
  }
  if (!contest.rewardValues) {
    return noWinner(auditMessage({ warning: ['reward metric values are not available'] }));
  }
  const feasible = contest.versions.filter((name) => isFeasible(name, contest.assessments));
  if (feasible.length === 0) {
    return noWinner(auditMessage({ info: ['no version satisfies all objectives'] }));
  }
  return bestOf(feasible, contest.rewardValues, contest.reward.preferredDirection);
}

function bestOf(
  feasible: readonly string[],
  values: NonNullable<Contest['rewardValues']>,
  direction: 'High' | 'Low',
): WinnerAssessment {
  const rewards = feasible.map((name) => ({ name, reward: parseQuantity(values[name] ?? '') }));
  const warning = rewards
    .filter(({ reward }) => reward === undefined)
    .map(({ name }) => `reward value for feasible version ${name} is not available`);
  const sign = direction === 'High' ? 1 : -1;
  const top = Math.max(...rewards.map(({ reward }) => sign * (reward ?? -sign * Infinity)));
  const bestVersions = rewards
    .filter(({ reward }) => reward === sign * top)
    .map(({ name }) => name);
  if (bestVersions.length === 1) {
    const message = auditMessage({ warning, info: ['found unique winner'] });
    return { winnerFound: true, winner: bestVersions[0]!, bestVersions, message };
  }
  const info =
    bestVersions.length > 1
      ? ['no unique winner; two or more feasible versions with same reward value']
      : [];
  return { winnerFound: false, bestVersions, message: auditMessage({ warning, info }) };
}
