import { demand } from './incomplete.ts';
import { chiSquareQuantile } from './special.ts';

/** All batches that had trials, summed up: their number, and `squares`, the sum of events²/trials. */
export type Scatter = { events: number; trials: number; batches: number; squares: number };

/** No batches yet. */
export const NO_SCATTER: Scatter = { events: 0, trials: 0, batches: 0, squares: 0 };

/** The scatter with one more batch; an empty one changes nothing. */
export function withBatch(
  scatter: Scatter,
  { events, trials }: { events: number; trials: number },
): Scatter {
  if (trials === 0) return scatter;
  return {
    events: scatter.events + events,
    trials: scatter.trials + trials,
    batches: scatter.batches + 1,
    squares: scatter.squares + (events * events) / trials,
  };
}

/**
 * How many times more than independent requests the batches scatter: 1 unless Pearson's chi-square
 * of equal rates is beyond its 99th percentile, else that chi-square by its degrees of freedom.
 * Divide events and trials by it before taking evidence from them. An approximation.
 * Worked: [56 of 1338, 66 of 2546] → 7.289.
 */
export function dispersion(scatter: Scatter): number {
  const { statistic, critical } = dispersionTest(scatter);
  return statistic > critical ? Math.max(1, statistic / (scatter.batches - 1)) : 1;
}

/**
 * Pearson's chi-square of equal rates in all batches, where the common rate is (events + ½)/(trials + 1),
 * and its 99th percentile if they are equal; 0 and Infinity where there is nothing to compare.
 * Worked: [11 of 450, 31 of 1328] → { statistic: 0.01747, critical: 6.6349 }.
 */
export function dispersionTest(scatter: Scatter): { statistic: number; critical: number } {
  const { events, trials, batches, squares } = scatter;
  demand(trials >= 0 && trials < Infinity, 'trials', trials, 'at least 0 and finite');
  demand(events >= 0 && events <= trials, 'events', events, `within 0 and ${trials}`);
  demand(squares >= 0 && squares < Infinity, 'squares', squares, 'at least 0 and finite');
  if (batches < 2) return { statistic: 0, critical: Infinity };
  const rate = (events + 0.5) / (trials + 1);
  const scattered = Math.max(0, squares - events * (events / trials));
  return {
    statistic: scattered / (rate * (1 - rate)),
    critical: chiSquareQuantile(0.99, batches - 1),
  };
}
