// How fast a candidate's traffic grows: as fast as what is known of it allows.
import { rampRequests } from './eProcess.ts';

/** How the number of requests grows from look to look, by how probable it is that all is well. */
const GROWTH = [
  { probability: 0.5, factor: 2 },
  { probability: 0.1, factor: 1.5 },
  { probability: 0, factor: 1.25 },
] as const;

/** More than any traffic between two looks: the number need not grow for ever. */
const MOST_REQUESTS = 1e9;

/** A limit so near to nothing, or to everything, is broken by a few bad samples, or hardly at all. */
const EXTREME = 1e-6;

/**
 * How many requests a candidate should have until the first look: as many as prove a limit broken
 * that is exceeded three times over. Worked: limits 0.02 and 0.05 with alpha 0.05 → 112.
 */
export function firstBudget(limits: readonly number[], alpha: number): number {
  const usual = limits.filter((limit) => limit >= EXTREME && limit <= 1 - EXTREME);
  return Math.max(1, ...usual.map((limit) => rampRequests(limit, alpha)));
}

/** How many requests it should have until the next look, given the probability that it is good. */
export function nextBudget(budget: number, probabilityGood: number): number {
  const { factor } = GROWTH.find(({ probability }) => probabilityGood >= probability) ?? GROWTH[2];
  return Math.min(MOST_REQUESTS, budget * factor);
}

/**
 * The weight in whole percent that gives a candidate about so many of the requests that come between
 * two looks, and one percent at least. Where no requests are seen, the weight stays as it is.
 * Worked: 112 of 300 → 37.
 */
export function weightFor(budget: number, traffic: number, held: number): number {
  if (traffic <= 0) return held;
  return Math.max(1, Math.min(100, Math.floor((100 * budget) / traffic)));
}
