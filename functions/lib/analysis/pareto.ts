import type { Direction } from './best.ts';
import { standardNormal, type Random } from './random.ts';
import { normalCdf } from './special.ts';

/** Independent normal beliefs by version (baseline first) and, within, by reward. */
export type Beliefs = {
  mean: readonly (readonly number[])[];
  deviation: readonly (readonly number[])[];
};

/**
 * Indexes of the versions on the Pareto front: those that no other version beats in one reward
 * without losing in another. Equal versions are all on it. `values` are by version and reward.
 * Worked: [[1, 5], [2, 4], [1, 4]], High and High: 0 and 1.
 */
export function paretoFront(
  values: readonly (readonly number[])[],
  directions: readonly Direction[],
): number[] {
  const signed = values.map((rewards) => signedRewards(rewards, directions));
  return signed.flatMap((rewards, version) =>
    signed.some((other) => dominates(other, rewards)) ? [] : [version],
  );
}

/**
 * How probably version k (row) beats version j (column) in every reward: ∏ Φ(z) over the rewards.
 * A version does not beat itself. Worked: equal means, two rewards: 0.25.
 */
export function probabilitiesOfDominance(
  { mean, deviation }: Beliefs,
  directions: readonly Direction[],
): number[][] {
  demandDeviations(deviation);
  const signed = mean.map((rewards) => signedRewards(rewards, directions));
  return signed.map((ours, k) =>
    signed.map((theirs, j) => {
      if (j === k) return 0;
      return ours.reduce((product, value, reward) => {
        const spread = Math.hypot(deviation[k]![reward]!, deviation[j]![reward]!);
        return product * probabilityAbove(value - theirs[reward]!, spread);
      }, 1);
    }),
  );
}

/**
 * Shares (sum 1) for exploring the front: E[1(version on the front) / size of the front] over
 * `draws` from the beliefs. One normal number is drawn per version and reward and draw.
 */
export function frontShares(
  { mean, deviation }: Beliefs,
  directions: readonly Direction[],
  random: Random,
  draws = 4096,
): number[] {
  demandDeviations(deviation);
  if (!(draws >= 1 && draws < Infinity)) throw new RangeError(`draws must be 1 or more: ${draws}`);
  const shares = mean.map(() => 0);
  for (let draw = 0; draw < draws; draw++) {
    const values = mean.map((rewards, version) =>
      rewards.map((value, reward) => value + deviation[version]![reward]! * standardNormal(random)),
    );
    const front = paretoFront(values, directions);
    for (const version of front) shares[version]! += 1 / front.length;
  }
  return shares.map((share) => share / draws);
}

/**
 * Indexes of the versions that some other version certainly dominates: for every reward the
 * evidence that it is better is 1/α or more. `logEvidence[reward][j][k]` is the logarithm of the
 * one-sided e-value for k being better than j.
 */
export function certainlyDominated(
  logEvidence: readonly (readonly (readonly number[])[])[],
  alpha: number,
): number[] {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha must be between 0 and 1: ${alpha}`);
  const versions = (logEvidence[0] ?? []).map((_, version) => version);
  const isProved = (j: number, k: number): boolean =>
    logEvidence.every((byVersion) => byVersion[j]![k]! >= -Math.log(alpha));
  return versions.filter((j) => versions.some((k) => k !== j && isProved(j, k)));
}

function signedRewards(rewards: readonly number[], directions: readonly Direction[]): number[] {
  if (rewards.length !== directions.length) {
    throw new RangeError(
      `directions must be one per reward (${rewards.length}): ${directions.length}`,
    );
  }
  return rewards.map((value, reward) => {
    if (!Number.isFinite(value)) throw new RangeError(`rewards must be finite: ${value}`);
    return directions[reward] === 'High' ? value : -value;
  });
}

function dominates(one: readonly number[], other: readonly number[]): boolean {
  return (
    one.every((value, reward) => value >= other[reward]!) &&
    one.some((value, reward) => value > other[reward]!)
  );
}

function probabilityAbove(difference: number, spread: number): number {
  if (spread > 0) return normalCdf(difference / spread);
  return difference > 0 ? 1 : 0;
}

function demandDeviations(deviations: readonly (readonly number[])[]): void {
  for (const deviation of deviations.flat()) {
    if (!(deviation >= 0 && deviation < Infinity)) {
      throw new RangeError(`deviation must be finite and not negative: ${deviation}`);
    }
  }
}
