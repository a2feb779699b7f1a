// What one look says of every version and criterion, by proof or by the latest values, and who wins.
import type { MetricValues } from '../analysis/assessment.ts';
import { formatQuantity } from '../analysis/quantity.ts';
import type { Arm } from '../analysis/stratified.ts';
import { assessWinner, type WinnerAssessment } from '../analysis/winner.ts';
import { auditMessage } from '../analysis/audit.ts';
import type { Evidence, Experiment, Reward } from '../types/experiment.gen.ts';
import { judge, verdictsOn, type ResolvedObjective } from './evidence.ts';
import type { Circumstances, Observations } from './iterate.ts';
import { resolveMetric } from './metricNames.ts';
import { samplesIn } from './observations.ts';
import { paceOf } from './pace.ts';
import { proofOfLook, type LookProof } from './proof.ts';
import { evidenceOf, PROVED_REASON } from './provenEvidence.ts';
import { intervalOf, type Settings } from './settings.ts';
import { secondsBetween } from './time.ts';
import { versionNames } from './versions.ts';
import { percent, readable, whole } from './words.ts';

/** One look: the experiment, what was seen and, where decisions are to be proved, what that proves. */
export type Look = {
  experiment: Experiment;
  seen: Observations;
  settings: Settings;
  proof: LookProof | undefined;
};

/** What one look proves. */
export function lookProof(
  experiment: Experiment,
  { tallies, evaluationTime }: Observations,
  { settings, random }: Circumstances,
): LookProof {
  const pace = paceOf(experiment, evaluationTime, settings);
  return proofOfLook(experiment, { tallies, pace, settings, random });
}

/** What is known of each version and objective, in their order. */
export function evidenceOnObjectives(
  look: Look,
  objectives: readonly ResolvedObjective[],
): Evidence[] {
  const { experiment, seen, settings, proof } = look;
  const pace = proof && paceOf(experiment, seen.evaluationTime, settings);
  return versionNames(experiment.status!.versionInfo!).flatMap((version, position) =>
    objectives.map((objective, index) => {
      const place = proof?.objectives.findIndex((one) => one.index === index) ?? -1;
      if (!proof || place < 0) return judge(version, { objective, index }, seen.measurements);
      const tally = seen.tallies[objective.fullName]?.[version];
      return evidenceOf(proof, { version, position, objective: place, tally, pace: pace! });
    }),
  );
}

/** What is known of each version and reward, in their order. */
export function evidenceOnRewards(look: Look): Evidence[] {
  const { experiment, settings } = look;
  const rewards = experiment.spec.criteria?.rewards ?? [];
  return versionNames(experiment.status!.versionInfo!).flatMap((version, position) =>
    rewards.map((reward, index) => {
      const metric = resolveMetric(reward.metric, experiment, settings) ?? reward.metric;
      const subject = { version, metric, role: 'Reward' } as const;
      return look.proof
        ? { ...subject, ...provenReward(look, { subject, position, index, reward }) }
        : { ...subject, ...observedReward(look, subject, reward) };
    }),
  );
}

type Said = Omit<Evidence, 'version' | 'metric' | 'role'>;
type Subject = { version: string; metric: string };

function observedReward(
  { seen }: Look,
  { version, metric }: Subject,
  { metric: name }: Reward,
): Said {
  const measurement = seen.measurements[metric]?.[version];
  if (measurement?.kind !== 'Value') {
    const { kind: verdict, reason, message } = measurement ?? NOT_MEASURED;
    return { verdict, reason, message: `${name}: ${message}` };
  }
  const { value } = measurement;
  const message = `${name} is ${readable(value)}`;
  return { estimate: formatQuantity(value), verdict: 'Undecided', reason: 'Value', message };
}

const NOT_MEASURED = {
  kind: 'NoData',
  reason: 'NoData',
  message: 'the metric was not measured',
} as const;

type RewardSubject = { subject: Subject; position: number; index: number; reward: Reward };

function provenReward({ seen, proof }: Look, about: RewardSubject): Said {
  const { subject, position, index, reward } = about;
  const tally = seen.tallies[subject.metric]?.[subject.version];
  if (tally?.kind === 'Error') {
    return {
      verdict: 'Error',
      reason: tally.reason,
      message: `${reward.metric}: ${tally.message}`,
    };
  }
  const arm = proof!.knowledge.rewards[index]!.arms[position]!;
  const { trials } = arm;
  if (trials === 0) {
    const message = `${reward.metric}: nothing has been counted for ${subject.version} yet`;
    return { verdict: 'NoData', reason: 'NoData', message };
  }
  const mean = unturned(arm, reward) / trials;
  const told = `${reward.metric} is ${readable(mean)} over ${whole(trials)}`;
  const counted = { estimate: formatQuantity(mean), samples: Math.round(trials) };
  return { ...counted, ...standingOf(proof!, about, told) };
}

/** How a version stands in the contest. Only the first reward decides. */
function standingOf(
  { best, chances }: LookProof,
  { index, position }: RewardSubject,
  told: string,
): Pick<Evidence, 'verdict' | 'reason' | 'message' | 'probability'> {
  const open = { verdict: 'Undecided', reason: 'NotProved' } as const;
  if (index > 0 || !chances) return { ...open, message: `${told}, reported only` };
  const chance = chances[position]!;
  const probability = formatQuantity(Number(chance.toPrecision(4)));
  if (best === position) {
    const message = `${told}: proved to be the best`;
    return { verdict: 'Satisfied', reason: PROVED_REASON, message, probability };
  }
  const message = `${told}; the best with a probability of ${percent(chance)}: not proved`;
  return { ...open, message, probability };
}

/** A sum that was turned so that more is better, as it was. Of what is only counted, the rest is left. */
function unturned({ sum, trials, sumOfSquares }: Arm, { preferredDirection }: Reward): number {
  if (preferredDirection === 'High') return sum;
  return sumOfSquares === undefined ? trials - sum : 0 - sum;
}

/** The winner: what is proved where proof is asked for, else iter8's rule on the latest values. */
export function winnerBy(
  { experiment, settings, proof }: Look,
  found: {
    evidence: readonly Evidence[];
    assessments: Readonly<Record<string, readonly boolean[]>>;
    values: MetricValues;
  },
): WinnerAssessment {
  const { spec, status } = experiment;
  const versions = versionNames(status!.versionInfo!);
  const [reward] = spec.criteria?.rewards ?? [];
  if (proof) return provenWinner(versions, proof, found.evidence, reward !== undefined);
  const metric = reward && (resolveMetric(reward.metric, experiment, settings) ?? reward.metric);
  return assessWinner(spec.strategy.testingPattern, {
    versions,
    assessments: found.assessments,
    reward: reward && { metric: metric!, preferredDirection: reward.preferredDirection },
    rewardValues: metric === undefined ? undefined : found.values[metric],
  });
}

/** By proof, the first candidate that keeps all limits wins; where there is a reward, only the best. */
function provenWinner(
  versions: readonly string[],
  proof: LookProof,
  evidence: readonly Evidence[],
  isContest: boolean,
): WinnerAssessment {
  const isGood = (name: string): boolean =>
    verdictsOn(name, evidence).every((verdict) => verdict === 'Satisfied');
  const isLost = (name: string): boolean => verdictsOn(name, evidence).includes('Violated');
  const [baseline, ...candidates] = versions;
  if (candidates.length > 0 && candidates.every(isLost) && !isLost(baseline!)) {
    return won(baseline!, 'every candidate breaks a limit; the baseline does not');
  }
  if (isContest) return bestReward(versions, proof, isGood);
  const good = (candidates.length > 0 ? candidates : versions).find(isGood);
  return good ? won(good, `${good} is proved to keep all limits`) : notWon();
}

/**
 * The baseline needs no more than the best reward: it is what the users have already. The only
 * version that is left needs no comparison.
 */
function bestReward(
  versions: readonly string[],
  { best, broken }: LookProof,
  isGood: (name: string) => boolean,
): WinnerAssessment {
  const left = [...versions.keys()].filter((position) => !broken.includes(position));
  const position = best ?? (left.length === 1 ? left[0] : undefined);
  if (position === undefined) return notWon();
  const name = versions[position]!;
  const has = best === undefined ? 'is the only one that breaks no limit' : 'has the best reward';
  return position === 0 || isGood(name)
    ? won(name, `${name} is proved: it ${has}`)
    : notWon(`${name} ${has}, but is not proved to keep all limits`);
}

function won(winner: string, info: string): WinnerAssessment {
  const message = auditMessage({ info: [info] });
  return { winnerFound: true, winner, bestVersions: [winner], message };
}

function notWon(info = 'nothing is proved yet'): WinnerAssessment {
  return { winnerFound: false, bestVersions: [], message: auditMessage({ info: [info] }) };
}

/** How many requests come to all versions between two looks, by the counts since the last one. */
export function requestsBetweenLooks(
  experiment: Experiment,
  { tallies, evaluationTime }: Observations,
  settings: Settings,
): number {
  const { startTime, countedUntil = startTime! } = experiment.status!;
  const seconds = secondsBetween(countedUntil, evaluationTime);
  if (seconds <= 0) return 0;
  const totals = Object.values(tallies).map((byVersion) =>
    Object.values(byVersion).reduce((sum, tally) => sum + samplesIn(tally), 0),
  );
  return (Math.max(0, ...totals) / seconds) * intervalOf(experiment, settings);
}
