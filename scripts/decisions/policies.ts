// The policies of others for A/B/n, each in a few lines of ours.
import { normalCdf } from '../../functions/lib/analysis/special.ts';
import type { Contest, Conversions, Policy } from './contest.ts';
import { CONTEST_LOOKS } from './contest.ts';

const EXPLORATION = 0.1;

/** What a policy knows: all conversions since the start, version by version. */
type Totals = readonly Conversions[];

type Parts = {
  name: string;
  title: string;
  shares: (totals: Totals) => readonly number[];
  winner: (totals: Totals, look: number) => number | undefined;
};

/** A policy that looks at nothing but the totals, and never ends before its time. */
function byTotals({ name, title, shares, winner }: Parts): Policy {
  return {
    name,
    title,
    begin: ({ factors }: Contest) => {
      let totals: Totals = factors.map(() => ({ requests: 0, conversions: 0 }));
      return {
        shares: uniform(totals),
        look: (windows, look) => {
          totals = totals.map(({ requests, conversions }, index) => ({
            requests: requests + windows[index]!.requests,
            conversions: conversions + windows[index]!.conversions,
          }));
          return {
            shares: shares(totals),
            winner: winner(totals, look),
            choice: highest(totals),
            isOver: look === CONTEST_LOOKS,
          };
        },
      };
    },
  };
}

/** iter8 v2 names the version with the highest mean, whatever its lead. */
function atTheEnd(totals: Totals, look: number): number | undefined {
  return look === CONTEST_LOOKS ? highest(totals) : undefined;
}

function uniform(totals: Totals): number[] {
  return totals.map(() => 1 / totals.length);
}

function highest(totals: Totals): number {
  const rates = totals.map(({ requests, conversions }) =>
    requests > 0 ? conversions / requests : 0,
  );
  return rates.indexOf(Math.max(...rates));
}

function explored(exploited: readonly number[]): number[] {
  return exploited.map((share) => EXPLORATION / exploited.length + (1 - EXPLORATION) * share);
}

/** The probability of each version to have the highest rate, by normal approximations of Betas. */
function probabilitiesOfBest(totals: Totals): number[] {
  const beliefs = totals.map(({ requests, conversions }) => {
    const mean = (1 + conversions) / (2 + requests);
    return { mean, deviation: Math.sqrt((mean * (1 - mean)) / (3 + requests)) };
  });
  const STEP = 0.15;
  const masses = beliefs.map((own, index) => {
    let mass = 0;
    for (let z = -6; z <= 6; z += STEP) {
      const value = own.mean + z * own.deviation;
      const above = beliefs.map((other, position) =>
        position === index ? 1 : normalCdf((value - other.mean) / other.deviation),
      );
      mass += Math.exp((-z * z) / 2) * above.reduce((product, one) => product * one, 1);
    }
    return mass;
  });
  const all = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / all);
}

/** The version that a two-sided test of two proportions at .05 finds better than each other one. */
function significant(totals: Totals): number | undefined {
  const best = highest(totals);
  const { requests: m, conversions: a } = totals[best]!;
  const isBetter = totals.every(({ requests: n, conversions: b }, index) => {
    if (index === best) return true;
    const pooled = (a + b) / (m + n);
    return (a / m - b / n) / Math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n)) > 1.96;
  });
  return isBetter ? best : undefined;
}

function surelyBest(totals: Totals): number | undefined {
  const index = probabilitiesOfBest(totals).findIndex((probability) => probability > 0.99);
  return index < 0 ? undefined : index;
}

/** The policies of others. */
export const NAIVE_POLICIES: readonly Policy[] = [
  byTotals({
    name: 'v2-uniform',
    title: 'iter8 v2, fixed split',
    shares: uniform,
    winner: atTheEnd,
  }),
  byTotals({
    name: 'v2-greedy',
    title: 'iter8 v2, epsilon-greedy',
    shares: (totals) => explored(totals.map((_one, index) => (index === highest(totals) ? 1 : 0))),
    winner: atTheEnd,
  }),
  byTotals({
    name: 'pbr-v1',
    title: 'iter8 v1, posterior > .99',
    shares: (totals) => explored(probabilitiesOfBest(totals)),
    winner: surelyBest,
  }),
  byTotals({
    name: 'posterior-uniform',
    title: 'posterior > .99, fixed split',
    shares: uniform,
    winner: surelyBest,
  }),
  byTotals({
    name: 'p-uniform',
    title: 'p < .05 at each look',
    shares: uniform,
    winner: significant,
  }),
];
