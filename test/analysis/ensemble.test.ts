import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adaHedgeAfter,
  adaHedgeWeights,
  hedge,
  hedgeRate,
  newAdaHedge,
  stacking,
} from '../../functions/lib/analysis/ensemble.ts';
import { assertClose, eachVector } from './vectors.ts';

const SEEDED = { seed: 20211105, numRuns: 300 };
const EXACT = { rel: 1e-9, abs: 1e-12 };

const loss = fc.double({ min: 0, max: 1, noNaN: true });
const rounds = fc.integer({ min: 1, max: 6 }).chain((models) =>
  fc.array(fc.array(loss, { minLength: models, maxLength: models }), {
    minLength: 1,
    maxLength: 60,
  }),
);

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function totals(losses: readonly number[][]): number[] {
  return losses[0]!.map((_, model) => sumOf(losses.map((round) => round[model]!)));
}

const mixtures = suite('mixtures of models by their losses');

eachVector(mixtures, 'hedge', ({ losses }: { losses: number[][] }) => {
  const eta = hedgeRate(losses[0]!.length, losses.length);
  const state = losses.reduce(adaHedgeAfter, newAdaHedge(losses[0]!.length));
  return {
    eta,
    hedge: hedge(totals(losses), eta),
    adaDelta: state.gap,
    adahedge: adaHedgeWeights(state),
  };
});

mixtures('sum to 1, and give the better model the larger share', () => {
  fc.assert(
    fc.property(rounds, (losses) => {
      const models = losses[0]!.length;
      const all = totals(losses);
      const state = losses.reduce(adaHedgeAfter, newAdaHedge(models));
      for (const weights of [
        hedge(all, hedgeRate(models, losses.length)),
        adaHedgeWeights(state),
      ]) {
        assertClose(sumOf(weights), 1, EXACT, 'the sum');
        const best = all.indexOf(Math.min(...all));
        assert.ok(weights.every((weight) => weight >= 0 && weight <= weights[best]! + 1e-12));
      }
    }),
    SEEDED,
  );
});

mixtures('lose hardly more than the best model: at most √(T ln K / 2) with Hedge', () => {
  fc.assert(
    fc.property(rounds, (losses) => {
      const [models, length] = [losses[0]!.length, losses.length];
      const rate = hedgeRate(models, length);
      const suffered = losses.map((round, index) => {
        const weights = hedge(totals([round.map(() => 0), ...losses.slice(0, index)]), rate);
        return sumOf(weights.map((weight, model) => weight * round[model]!));
      });
      const regret = sumOf(suffered) - Math.min(...totals(losses));
      assert.ok(regret <= Math.sqrt((length * Math.log(models)) / 2) + 1e-9, `regret ${regret}`);
    }),
    SEEDED,
  );
});

mixtures('follow the leaders with an infinite rate, however large the losses', () => {
  assert.equal(hedge([3, 1, 1], Infinity), [0, 0.5, 0.5]);
  assert.equal(hedge([1e8, 1e8 + 1e6], 2), [1, 0]);
  assert.equal(hedge([5, 0], 0), [0.5, 0.5]);
  assert.equal(adaHedgeWeights(newAdaHedge(2)), [0.5, 0.5]);
});

mixtures('know a single model', () => {
  assert.is(hedgeRate(1, 5), 0);
  assert.equal(adaHedgeWeights(adaHedgeAfter(newAdaHedge(1), [0.5])), [1]);
});

mixtures('refuse losses outside 0 to 1, and say so', () => {
  assert.throws(() => adaHedgeAfter(newAdaHedge(2), [0.5, 1.5]), /losses must be .* 1.5/);
  assert.throws(() => adaHedgeAfter(newAdaHedge(2), [NaN, 0]), /losses must be .* NaN/);
  assert.throws(() => adaHedgeAfter(newAdaHedge(2), [0.5]), /one per model \(2\): 1/);
  assert.throws(() => hedgeRate(2, 0), /rounds must be 1 or more: 0/);
  assert.throws(() => newAdaHedge(0), /models must be 1 or more: 0/);
  assert.throws(() => hedge([1, 2], -1), /rate must be 0 or more: -1/);
});

mixtures.run();

const stacked = suite('stacking');

/** Predictions of each model for each example, and what was right. */
const examples = fc.integer({ min: 1, max: 5 }).chain((models) =>
  fc.array(
    fc.record({
      right: fc.double({ min: -1, max: 1, noNaN: true }),
      predicted: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
        minLength: models,
        maxLength: models,
      }),
    }),
    { minLength: 8, maxLength: 40 },
  ),
);

type Example = { right: number; predicted: number[] };

function momentsOf(given: readonly Example[]): { gram: number[][]; cross: number[] } {
  const models = given[0]!.predicted.map((_, model) => model);
  return {
    gram: models.map((i) =>
      models.map((j) => sumOf(given.map(({ predicted }) => predicted[i]! * predicted[j]!))),
    ),
    cross: models.map((i) => sumOf(given.map(({ right, predicted }) => right * predicted[i]!))),
  };
}

stacked('finds shares that no shift from one model to another improves', () => {
  fc.assert(
    fc.property(examples, (given) => {
      const { gram, cross } = momentsOf(given);
      const weights = stacking(gram, cross);
      assertClose(sumOf(weights), 1, EXACT, 'the sum');
      assert.ok(weights.every((weight) => weight >= 0));
      const slopes = gram.map(
        (row, model) => sumOf(row.map((value, j) => value * weights[j]!)) - cross[model]!,
      );
      const used = slopes.filter((_, model) => weights[model]! > 1e-9);
      const gain = Math.max(...used) - Math.min(...slopes);
      assert.ok(gain < 1e-3 * Math.max(...gram.map((row, i) => row[i]!)), `gain ${gain}`);
    }),
    SEEDED,
  );
});

stacked('computes the worked example, and prefers a model that is always right', () => {
  const example = [
    [2, 0],
    [0, 1],
  ];
  assertClose(stacking(example, [1, 1]), [1 / 3, 2 / 3], EXACT, 'example');
  const { gram, cross } = momentsOf([
    { right: 1, predicted: [0.7, 1, 0.2] },
    { right: -1, predicted: [-0.9, -1, 0.4] },
    { right: 0.5, predicted: [0.8, 0.5, 0.6] },
  ]);
  assertClose(stacking(gram, cross), [0, 1, 0], { rel: 0, abs: 1e-6 }, 'always right');
});

stacked('shares equally between models that are the same', () => {
  const same = [
    [1, 1],
    [1, 1],
  ];
  assert.equal(stacking(same, [1, 1]), [0.5, 0.5]);
});

stacked('refuses a matrix of another size', () => {
  assert.throws(() => stacking([[1]], [1, 2]), /gram must have a row for each of 2 models: 1/);
  assert.throws(() => stacking([], []), RangeError);
});

stacked.run();
