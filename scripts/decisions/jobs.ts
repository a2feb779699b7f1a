// What is to be simulated, in pieces that can be done anywhere: the same piece gives the same result.
import { randomFrom } from '../../functions/lib/runtime/seed.ts';
import { CONTESTS, contestNamed, played, type Played, type Policy } from './contest.ts';
import { NAIVE_POLICIES } from './policies.ts';
import { PRODUCT_POLICIES } from './productPolicies.ts';
import { PRODUCT_RULES } from './productRules.ts';
import { NAIVE_RULES } from './rules.ts';
import { CANDIDATES, candidateNamed } from './traffic.ts';
import { tried, type Rule, type Trial } from './trial.ts';

export const RULES: readonly Rule[] = [...NAIVE_RULES, ...PRODUCT_RULES];
export const POLICIES: readonly Policy[] = [...NAIVE_POLICIES, ...PRODUCT_POLICIES];

/** The horizon of the main tables, in looks, and the others. */
export const HORIZON = 30;
const OTHER_HORIZONS = [10, 60];
export const TRAFFICS = [1, 10, 100, 1000];
/** The candidates that are tried with the other horizons too. */
const ESSENTIAL = ['G1', 'G2', 'B0', 'B1', 'B2', 'B6'];

/** A rule in a situation, or a policy in a contest. */
export type Cell =
  | { kind: 'Canary'; rule: string; traffic: number; horizon: number; candidate: string }
  | { kind: 'Contest'; policy: string; contest: string };

/** Some runs of a cell: those from `from` up to, but without, `to`. */
export type Job = { cell: Cell; seed: string; from: number; to: number };

/** What came of a job, in the order of its runs. */
export type Results = { kind: 'Canary'; trials: Trial[] } | { kind: 'Contest'; games: Played[] };

/** The name of a cell, by which --only chooses. */
export function keyOf(cell: Cell): string {
  return cell.kind === 'Canary'
    ? `canary/${cell.rule}/${cell.traffic}/${cell.horizon}/${cell.candidate}`
    : `contest/${cell.policy}/${cell.contest}`;
}

/** All that is simulated. */
export function allCells(): Cell[] {
  const canaries = RULES.flatMap(({ name: rule }) =>
    [HORIZON, ...OTHER_HORIZONS].flatMap((horizon) =>
      TRAFFICS.flatMap((traffic) =>
        CANDIDATES.filter(({ name }) => horizon === HORIZON || ESSENTIAL.includes(name)).map(
          ({ name: candidate }): Cell => ({ kind: 'Canary', rule, traffic, horizon, candidate }),
        ),
      ),
    ),
  );
  const contests = POLICIES.flatMap(({ name: policy }) =>
    CONTESTS.map(({ name: contest }): Cell => ({ kind: 'Contest', policy, contest })),
  );
  return [...canaries, ...contests];
}

/** Does a job. Every rule meets the same traffic in the run of the same number, as far as it asks. */
export function done({ cell, seed, from, to }: Job): Results {
  const runs = Array.from({ length: to - from }, (_, index) => from + index);
  if (cell.kind === 'Canary') {
    const { traffic, horizon } = cell;
    const rule = named(RULES, cell.rule);
    const situation = { traffic, horizon, candidate: candidateNamed(cell.candidate) };
    const scene = `${seed}|${traffic}|${horizon}|${cell.candidate}`;
    return {
      kind: 'Canary',
      trials: runs.map((run) => tried(rule, situation, chanceOf(scene, run))),
    };
  }
  const policy = named(POLICIES, cell.policy);
  const contest = contestNamed(cell.contest);
  const scene = `${seed}|${cell.contest}`;
  return {
    kind: 'Contest',
    games: runs.map((run) => played(policy, contest, chanceOf(scene, run))),
  };
}

function chanceOf(scene: string, run: number): { run: string; random: () => number } {
  const name = `${scene}|${run}`;
  return { run: name, random: randomFrom(name) };
}

function named<Of extends { name: string }>(all: readonly Of[], name: string): Of {
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}
