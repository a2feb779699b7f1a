/** A square matrix, row by row. */
export type Matrix = readonly (readonly number[])[];

/** What rounding may leave of a pivot that is 0, as a share of the diagonal. */
const ROUNDING = 1e-12;

/**
 * The lower triangle L with L Lᵀ = matrix (Cholesky), which must be symmetric and positive
 * semi-definite; throws RangeError where a pivot is negative. A direction without variance has a
 * column of zeros. Worked: [[4, 2], [2, 5]]: [[2, 0], [1, 2]].
 */
export function cholesky(matrix: Matrix): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let column = 0; column < matrix.length; column++) {
    const diagonal = matrix[column]![column]!;
    const pivot = pivotOf(diagonal, diagonal - dot(lower[column]!, lower[column]!), column);
    if (pivot === 0) continue;
    for (let row = column; row < matrix.length; row++) {
      const rest = matrix[row]![column]! - dot(lower[row]!, lower[column]!);
      lower[row]![column] = row === column ? pivot : rest / pivot;
    }
  }
  return lower;
}

/** Solves L x = b for the lower triangle of a positive definite matrix. */
export function solveLower(lower: Matrix, b: readonly number[]): number[] {
  const x = b.map(() => 0);
  for (let row = 0; row < b.length; row++) {
    x[row] = (b[row]! - dot(lower[row]!, x)) / lower[row]![row]!;
  }
  return x;
}

/** Solves Lᵀ x = b for the lower triangle of a positive definite matrix. */
export function solveUpper(lower: Matrix, b: readonly number[]): number[] {
  const x = b.map(() => 0);
  for (let row = b.length - 1; row >= 0; row--) {
    const known = lower.map((line) => line[row]!);
    x[row] = (b[row]! - dot(known, x)) / known[row]!;
  }
  return x;
}

/** The sum of products of two vectors of the same length. Worked: [1, 2] and [3, 4]: 11. */
export function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * other[index]!, 0);
}

function pivotOf(diagonal: number, rest: number, index: number): number {
  if (Math.abs(rest) <= ROUNDING * diagonal) return 0;
  if (rest > 0 && rest < Infinity) return Math.sqrt(rest);
  throw new RangeError(`the matrix must be positive semi-definite: pivot ${index} is ${rest}`);
}
