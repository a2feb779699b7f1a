import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  logOneSided,
  logTwoSided,
  oneSidedRho,
  stitchedBound,
  twoSidedBound,
  twoSidedRho,
} from '../../functions/lib/analysis/normalMixture.ts';
import { standardNormal } from '../../functions/lib/analysis/random.ts';
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { eachVector } from './vectors.ts';

const RUNS = { seed: 20260105, numRuns: 300 };

const size = fc.double({ min: -4, max: 8, noNaN: true }).map((digits) => 10 ** digits);
const level = fc.double({ min: 1e-9, max: 0.49, noNaN: true });
const deviations = fc.double({ min: -1000, max: 1000, noNaN: true });

const mixture = suite('the normal mixture');

type In = { s: number; v: number; vOpt: number; alpha: number; vMin: number };

eachVector(mixture, 'normal_mixture', ({ s, v, vOpt, alpha, vMin }: In) => {
  const [rhoTwo, rhoOne] = [twoSidedRho(vOpt, alpha), oneSidedRho(vOpt, alpha)];
  return {
    rhoTwo,
    rhoOne,
    boundTwo: twoSidedBound(v, rhoTwo, alpha),
    logETwo: logTwoSided(s, v, rhoTwo),
    logEOne: logOneSided(s, v, rhoOne),
    stitched: stitchedBound(v, vMin, alpha),
  };
});

mixture('has evidence of 1/alpha just at its bound', () => {
  fc.assert(
    fc.property(size, size, level, (variance, optimal, alpha) => {
      const rho = twoSidedRho(optimal, alpha);
      const bound = twoSidedBound(variance, rho, alpha);
      const log = logTwoSided(bound, variance, rho);
      assert.ok(Math.abs(log + Math.log(alpha)) < 1e-9, `${log}`);
    }),
    RUNS,
  );
});

mixture('is nearly tightest at its optimal variance', () => {
  fc.assert(
    fc.property(
      size,
      level,
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (variance, alpha, off) => {
        const best = twoSidedBound(variance, twoSidedRho(variance, alpha), alpha);
        const other = twoSidedBound(variance, twoSidedRho(off * variance, alpha), alpha);
        assert.ok(best <= other * 1.01, `${best} and ${other}`);
      },
    ),
    RUNS,
  );
});

mixture('is the mean of its two one-sided forms, and grows with the sum', () => {
  fc.assert(
    fc.property(deviations, size, size, (deviation, variance, rho) => {
      const sum = deviation * Math.sqrt(variance + rho);
      const [above, below] = [logOneSided(sum, variance, rho), logOneSided(-sum, variance, rho)];
      const most = Math.max(above, below);
      const mean = most + Math.log((Math.exp(above - most) + Math.exp(below - most)) / 2);
      const both = logTwoSided(sum, variance, rho);
      assert.ok(Math.abs(mean - both) < 1e-9 * Math.max(1, Math.abs(both)), `${mean} ${both}`);
      assert.ok(logOneSided(sum + Math.sqrt(variance), variance, rho) >= above);
    }),
    RUNS,
  );
});

mixture('is crossed by a random walk at any time no oftener than it says', () => {
  const random = randomFrom('mixture');
  const walks = 1500;
  const [rhoTwo, rhoOne] = [twoSidedRho(50, 0.05), oneSidedRho(50, 0.05)];
  const crossings: ((sum: number, variance: number) => boolean)[] = [
    (sum, variance) => Math.abs(sum) >= twoSidedBound(variance, rhoTwo, 0.05),
    (sum, variance) => logOneSided(sum, variance, rhoOne) >= Math.log(20),
    (sum, variance) => sum >= stitchedBound(variance, 1, 0.05),
  ];
  const walksCrossed = crossings.map(() => 0);
  for (let walk = 0; walk < walks; walk++) {
    let sum = 0;
    const crossed = new Set<number>();
    for (let step = 1; step <= 300; step++) {
      sum += standardNormal(random);
      crossings.forEach((isCrossed, index) => {
        if (isCrossed(sum, step)) crossed.add(index);
      });
    }
    crossed.forEach((index) => walksCrossed[index]!++);
  }
  for (const count of walksCrossed) {
    assert.ok(count > 0 && count <= 0.05 * walks, `${walksCrossed.join()} of ${walks}`);
  }
});

mixture('refuses variances, levels and rhos that are none', () => {
  assert.throws(() => twoSidedRho(0, 0.05), /optimalVariance.*0/);
  assert.throws(() => oneSidedRho(10, 0.5), /alpha.*0\.5/);
  assert.throws(() => logOneSided(1, -1, 1), /variance.*-1/);
  assert.throws(() => logTwoSided(1, 1, 0), /rho.*0/);
  assert.throws(() => stitchedBound(1, 0, 0.05), /firstVariance.*0/);
});

mixture.run();
