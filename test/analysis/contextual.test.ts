import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  drawCoefficients,
  expectation,
  fitLinear,
  type Cell,
} from '../../functions/lib/analysis/contextual.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { assertClose, eachVector } from './vectors.ts';

const SEEDED = { seed: 20211105, numRuns: 300 };

type Vector = { phi: number[][]; n: number[][]; s: number[][]; lambda_: number; alpha: number };

const linear = suite('linear models of rewards by context');

eachVector(linear, 'linucb', ({ phi, n, s, lambda_, alpha }: Vector) =>
  n[0]!.map((_, version) => {
    const cells = phi.map((features, cell) => ({
      features,
      requests: n[cell]![version]!,
      reward: s[cell]![version]!,
    }));
    const model = fitLinear(cells, lambda_);
    const expected = phi.map((features) => expectation(model, features, alpha));
    return {
      theta: model.theta,
      mean: expected.map(({ mean }) => mean),
      width: expected.map(({ width }) => width),
      ucb: expected.map(({ upper }) => upper),
    };
  }),
);

/** One feature per cell, so that cells do not learn from each other. */
const separate = fc
  .array(
    fc
      .record({ requests: fc.integer({ min: 0, max: 100_000_000 }), rate: fc.nat(1000) })
      .map(({ requests, rate }) => ({ requests, reward: (requests * rate) / 1000 })),
    { minLength: 1, maxLength: 8 },
  )
  .map((cells): Cell[] =>
    cells.map((cell, index) => ({
      ...cell,
      features: cells.map((_, feature) => (feature === index ? 1 : 0)),
    })),
  );

linear(
  'have, for cells that share nothing, the shrunk mean s / (λ + n) and width 1 / √(λ + n)',
  () => {
    const ridge = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(separate, ridge, (cells, lambda) => {
        const model = fitLinear(cells, lambda);
        for (const { features, requests, reward } of cells) {
          const mean = reward / (lambda + requests);
          const width = 1 / Math.sqrt(lambda + requests);
          assertClose(
            expectation(model, features, 2),
            { mean, width, upper: mean + 2 * width },
            { rel: 1e-9, abs: 1e-12 },
            'cell',
          );
        }
      }),
      SEEDED,
    );
  },
);

const CELLS: Cell[] = [
  { features: [1, 1, 0], requests: 130, reward: 2 },
  { features: [1, 0, 1], requests: 145, reward: 41 },
];

linear('grow surer with every request, and know nothing before the first', () => {
  const more = CELLS.map((cell) => ({ ...cell, requests: 10 * cell.requests }));
  const width = (cells: Cell[]): number => expectation(fitLinear(cells, 1), [1, 1, 0], 1).width;
  assert.ok(width(more) < width(CELLS));
  const none = CELLS.map((cell) => ({ ...cell, requests: 0, reward: 0 }));
  assertClose(
    expectation(fitLinear(none, 4), [1, 1, 0], 1),
    { mean: 0, width: Math.sqrt(2) / 2, upper: Math.sqrt(2) / 2 },
    { rel: 1e-12, abs: 0 },
    'before the first request',
  );
});

linear('draw coefficients around their estimates, as widely as they are unsure', () => {
  const model = fitLinear(CELLS, 1);
  const random = randomFrom('coefficients');
  const draws = 20_000;
  let [sum, squares] = [0, 0];
  const { mean, width } = expectation(model, CELLS[0]!.features, 0);
  for (let draw = 0; draw < draws; draw++) {
    const [first, second] = drawCoefficients(model, 0.3, random);
    const off = first! + second! - mean;
    sum += off;
    squares += off ** 2;
  }
  const deviation = 0.3 * width;
  assert.ok(Math.abs(sum / draws) < (4 * deviation) / Math.sqrt(draws), `mean off ${sum / draws}`);
  const found = Math.sqrt(squares / draws);
  assert.ok(Math.abs(found / deviation - 1) < 0.03, `${found} instead of ${deviation}`);
});

linear('refuse what they cannot be fitted to', () => {
  assert.throws(() => fitLinear([], 1), /cells must be one or more: 0/);
  assert.throws(() => fitLinear(CELLS, 0), /lambda must be more than 0: 0/);
  const [cell] = CELLS;
  assert.throws(() => fitLinear([{ ...cell!, requests: -1 }], 1), /requests must not be .* -1/);
  assert.throws(() => fitLinear([{ ...cell!, reward: NaN }], 1), /reward must be finite: NaN/);
  assert.throws(() => fitLinear([cell!, { ...cell!, features: [1] }], 1), /features must be .* 1/);
});

linear.run();
