import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  dispersion,
  dispersionTest,
  NO_SCATTER,
  withBatch,
  type Scatter,
} from '../../functions/lib/analysis/dispersion.ts';
import { binomial } from '../../functions/lib/analysis/random.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { eachVector } from './vectors.ts';

const RUNS = { seed: 20260104, numRuns: 300 };

function scatterOf(batches: readonly { events: number; trials: number }[]): Scatter {
  return batches.reduce(withBatch, NO_SCATTER);
}

const scatter = suite('dispersion');

eachVector(scatter, 'dispersion', ({ n, x }: { n: number[]; x: number[] }) => {
  const seen = scatterOf(n.map((trials, index) => ({ trials, events: x[index]! })));
  const { statistic, critical } = dispersionTest(seen);
  return { A: seen.squares, X2: statistic, crit: critical, phi: dispersion(seen) };
});

scatter('is 1 without batches to compare, and between equal ones', () => {
  assert.is(dispersion(NO_SCATTER), 1);
  assert.is(dispersion(scatterOf([{ events: 0, trials: 0 }])), 1);
  assert.is(dispersion(scatterOf([{ events: 9, trials: 10 }])), 1);
  for (const events of [0, 3, 1e6, 1e8]) {
    const batch = { events, trials: 1e8 };
    assert.is(dispersion(scatterOf([batch, batch, batch])), 1);
  }
});

scatter('is at least 1 and finite for any batches, up to counts of 1e8', () => {
  const batches = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 100_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([trials, part]) => ({ trials, events: Math.floor(part * trials) })),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(batches, (seen) => {
      const factor = dispersion(scatterOf(seen));
      assert.ok(factor >= 1 && factor < Infinity, `${factor}`);
    }),
    RUNS,
  );
});

scatter(
  'leaves most independent requests alone, and finds requests that fail four at a time',
  () => {
    const random = randomFrom('dispersion');
    let [found, sum] = [0, 0];
    const lives = 1000;
    for (let life = 0; life < lives; life++) {
      const single = Array.from({ length: 30 }, () => ({
        trials: 400,
        events: binomial(random, 400, 0.02),
      }));
      const fourfold = Array.from({ length: 30 }, () => ({
        trials: 400,
        events: 4 * binomial(random, 100, 0.02),
      }));
      if (dispersion(scatterOf(single)) > 1) found++;
      sum += dispersion(scatterOf(fourfold));
    }
    assert.ok(found < 0.02 * lives, `${found} of ${lives}`);
    assert.ok(Math.abs(sum / lives - 4) < 0.2, `${sum / lives}`);
  },
);

scatter('refuses what no batches can have left', () => {
  const seen = { events: 2, trials: 10, batches: 2, squares: 0.4 };
  assert.throws(() => dispersion({ ...seen, events: 11 }), /events.*11/);
  assert.throws(() => dispersion({ ...seen, squares: NaN }), /squares.*NaN/);
  assert.throws(() => dispersion({ ...seen, trials: Infinity }), /trials.*Infinity/);
});

scatter.run();
