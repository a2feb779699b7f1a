import { dot, type Matrix } from './cholesky.ts';

/**
 * What AdaHedge remembers: each model's losses so far (each from 0 to 1), and the sum of its own
 * mixability gaps, from which it learns how bold to be.
 */
export type AdaHedge = { losses: readonly number[]; gap: number };

const STEPS = 200;

/**
 * Hedge's learning rate η = √(8 ln K / T) for K models and T rounds that are known beforehand.
 * Worked: 2 models, 1 round: 2.354820.
 */
export function hedgeRate(models: number, rounds: number): number {
  if (!(models >= 1)) throw new RangeError(`models must be 1 or more: ${models}`);
  if (!(rounds >= 1)) throw new RangeError(`rounds must be 1 or more: ${rounds}`);
  return Math.sqrt((8 * Math.log(models)) / rounds);
}

/**
 * Shares (sum 1) proportional to exp(−rate · loss) by the models' summed losses; an infinite rate
 * follows the models with the least loss. Worked: losses 0.3592 and 0.1323, rate 2.354820: 0.369513, 0.630487.
 */
export function hedge(losses: readonly number[], rate: number): number[] {
  if (!(rate >= 0)) throw new RangeError(`rate must be 0 or more: ${rate}`);
  const raw = relativeWeights(losses, rate);
  const sum = raw.reduce((partial, weight) => partial + weight, 0);
  return raw.map((weight) => weight / sum);
}

/** AdaHedge before its first round. */
export function newAdaHedge(models: number): AdaHedge {
  if (!(models >= 1)) throw new RangeError(`models must be 1 or more: ${models}`);
  return { losses: Array.from({ length: models }, () => 0), gap: 0 };
}

/**
 * AdaHedge after one more round of losses (each from 0 to 1, one per model), for an unknown number
 * of rounds (de Rooij et al. 2014). Worked: losses 0.3592 and 0.1323 at first: gap 0.11345.
 */
export function adaHedgeAfter(state: AdaHedge, losses: readonly number[]): AdaHedge {
  demandLosses(losses, state.losses.length);
  const rate = adaptiveRate(state);
  const sums = state.losses.map((sum, model) => sum + losses[model]!);
  const suffered = dot(hedge(state.losses, rate), losses);
  const mixed = mixLoss(sums, rate) - mixLoss(state.losses, rate);
  return { losses: sums, gap: state.gap + Math.max(0, suffered - mixed) };
}

/** AdaHedge's shares (sum 1) for the next round. Worked: after 0.3592 and 0.1323: 0.2, 0.8. */
export function adaHedgeWeights(state: AdaHedge): number[] {
  return hedge(state.losses, adaptiveRate(state));
}

/**
 * Stacking: the shares w (sum 1, none negative) that minimise wᵀ G w − 2 cᵀ w, the squared error of
 * the mixed prediction, with G = Σ ŷ ŷᵀ and c = Σ ŷ y over the examples. Pairwise Frank–Wolfe from
 * equal shares: up to 200 times the best share for shifting to and the worst one to shift from.
 * Worked: G [[2, 0], [0, 1]], c [1, 1]: 1/3, 2/3.
 */
export function stacking(gram: Matrix, cross: readonly number[]): number[] {
  if (cross.length === 0 || gram.length !== cross.length) {
    throw new RangeError(`gram must have a row for each of ${cross.length} models: ${gram.length}`);
  }
  const weights = cross.map(() => 1 / cross.length);
  for (let step = 0; step < STEPS; step++) {
    const slopes = gram.map((row, model) => dot(row, weights) - cross[model]!);
    const to = slopes.indexOf(Math.min(...slopes));
    const worst = Math.max(...slopes.filter((_, model) => weights[model]! > 0));
    const from = slopes.findIndex((slope, model) => slope === worst && weights[model]! > 0);
    const gain = slopes[from]! - slopes[to]!;
    if (!(gain > 0)) break;
    const curve = gram[to]![to]! - 2 * gram[to]![from]! + gram[from]![from]!;
    const shift = Math.min(weights[from]!, curve > 0 ? gain / curve : Infinity);
    weights[from]! -= shift;
    weights[to]! += shift;
  }
  return weights;
}

/** ln K / Δ: infinite before the first gap, that is, follow the leaders. */
function adaptiveRate({ losses, gap }: AdaHedge): number {
  return gap > 0 ? Math.log(losses.length) / gap : Infinity;
}

function relativeWeights(losses: readonly number[], rate: number): number[] {
  const least = Math.min(...losses);
  return losses.map((loss) => (loss === least ? 1 : Math.exp(-rate * (loss - least))));
}

/** −ln(mean of exp(−rate · loss)) / rate: what a mixture at this rate would have lost. */
function mixLoss(losses: readonly number[], rate: number): number {
  const least = Math.min(...losses);
  if (rate === Infinity || rate === 0) return least;
  const sum = relativeWeights(losses, rate).reduce((partial, weight) => partial + weight, 0);
  return least - Math.log(sum / losses.length) / rate;
}

function demandLosses(losses: readonly number[], models: number): void {
  if (losses.length !== models) {
    throw new RangeError(`losses must be one per model (${models}): ${losses.length}`);
  }
  for (const loss of losses) {
    if (!(loss >= 0 && loss <= 1)) throw new RangeError(`losses must be from 0 to 1: ${loss}`);
  }
}
