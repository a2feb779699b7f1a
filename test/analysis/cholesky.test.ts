import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cholesky,
  dot,
  solveLower,
  solveUpper,
  type Matrix,
} from '../../functions/lib/analysis/cholesky.ts';
import { assertClose } from './vectors.ts';

const SEEDED = { seed: 20211105, numRuns: 300 };

/** Products of a matrix with itself, which are symmetric and positive semi-definite. */
const squares = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc
    .array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size, maxLength: size }), {
      minLength: size,
      maxLength: size,
    })
    .map((rows) => rows.map((one) => rows.map((other) => dot(one, other)))),
);

const triangle = suite('cholesky');

function product(lower: Matrix): number[][] {
  return lower.map((one) => lower.map((other) => dot(one, other)));
}

triangle('gives a triangle whose square is the matrix, also where it is singular', () => {
  fc.assert(
    fc.property(squares, (matrix) => {
      const lower = cholesky(matrix);
      lower.forEach((row, index) => {
        assert.ok(row.slice(index + 1).every((value) => value === 0));
      });
      assertClose(product(lower), matrix, { rel: 1e-5, abs: 1e-3 }, 'the square');
    }),
    SEEDED,
  );
});

triangle('solves equations with a matrix that is not singular', () => {
  fc.assert(
    fc.property(squares, (square) => {
      const matrix = square.map((row, i) => row.map((value, j) => value + (i === j ? 1 : 0)));
      const expected = matrix.map((_, index) => index - 2);
      const right = matrix.map((row) => dot(row, expected));
      const lower = cholesky(matrix);
      const found = solveUpper(lower, solveLower(lower, right));
      assertClose(found, expected, { rel: 1e-6, abs: 1e-6 }, 'the solution');
    }),
    SEEDED,
  );
});

triangle('computes the worked example', () => {
  const matrix = [
    [4, 2],
    [2, 5],
  ];
  assert.equal(cholesky(matrix), [
    [2, 0],
    [1, 2],
  ]);
});

triangle('refuses a matrix that is no covariance', () => {
  const saddle = [
    [1, 2],
    [2, 1],
  ];
  assert.throws(() => cholesky(saddle), /positive semi-definite: pivot 1 is -3/);
});

triangle.run();
