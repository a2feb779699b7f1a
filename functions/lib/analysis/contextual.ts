import { cholesky, dot, solveLower, solveUpper, type Matrix } from './cholesky.ts';
import { standardNormal, type Random } from './random.ts';

/** What one version earned in one kind of context (a cell), which the features φ describe. */
export type Cell = {
  features: readonly number[];
  /** Requests of the version in this cell. */
  requests: number;
  /** The sum of their rewards. */
  reward: number;
};

/** A version's reward as a linear function of the features (ridge regression). */
export type LinearModel = {
  /** Coefficients θ̂ = A⁻¹ b with A = λ I + Σ n φ φᵀ and b = Σ s φ. */
  theta: number[];
  /** The lower triangle of A (Cholesky). */
  lower: Matrix;
};

/** What a linear model expects in one cell. */
export type Expectation = {
  /** φᵀ θ̂, the expected reward of one request. */
  mean: number;
  /** √(φᵀ A⁻¹ φ), its uncertainty in units of the reward's standard deviation. */
  width: number;
  /** mean + α · width, by which LinUCB chooses. */
  upper: number;
};

/**
 * Fits one version's linear model to its cells with ridge λ > 0 (LinUCB, Li et al. 2010).
 * Worked: one cell with features [1], 3 requests and reward 2, λ = 1: θ̂ = 2 / 4.
 */
export function fitLinear(cells: readonly Cell[], lambda: number): LinearModel {
  demandCells(cells);
  if (!(lambda > 0)) throw new RangeError(`lambda must be more than 0: ${lambda}`);
  const features = cells[0]!.features.map((_, index) => index);
  const sum = (term: (cell: Cell) => number): number =>
    cells.reduce((partial, cell) => partial + term(cell), 0);
  const precision = features.map((row) =>
    features.map(
      (column) =>
        sum((cell) => cell.requests * cell.features[row]! * cell.features[column]!) +
        (row === column ? lambda : 0),
    ),
  );
  const earned = features.map((row) => sum((cell) => cell.reward * cell.features[row]!));
  const lower = cholesky(precision);
  return { theta: solveUpper(lower, solveLower(lower, earned)), lower };
}

/** What a model expects where the features are these, with α standard widths of optimism. */
export function expectation(
  { theta, lower }: LinearModel,
  features: readonly number[],
  alpha: number,
): Expectation {
  const mean = dot(theta, features);
  const root = solveLower(lower, features);
  const width = Math.sqrt(dot(root, root));
  return { mean, width, upper: mean + alpha * width };
}

/**
 * Coefficients drawn from N(θ̂, σ² A⁻¹) for linear Thompson sampling; `deviation` is σ, the
 * standard deviation of one reward. One normal number is drawn per coefficient.
 */
export function drawCoefficients(
  { theta, lower }: LinearModel,
  deviation: number,
  random: Random,
): number[] {
  const normals = theta.map(() => standardNormal(random));
  const noise = solveUpper(lower, normals);
  return theta.map((mean, index) => mean + deviation * noise[index]!);
}

function demandCells(cells: readonly Cell[]): void {
  if (cells.length === 0) throw new RangeError('cells must be one or more: 0');
  for (const { features, requests, reward } of cells) {
    if (features.length !== cells[0]!.features.length) {
      throw new RangeError(`features must be as many in every cell: ${features.length}`);
    }
    if (!(requests >= 0)) throw new RangeError(`requests must not be negative: ${requests}`);
    if (!Number.isFinite(reward)) throw new RangeError(`reward must be finite: ${reward}`);
  }
}
