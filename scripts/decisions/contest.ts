// One A/B/n experiment from its start to its end: versions compete for the better conversion.
import { binomial, poisson, type Random } from '../../functions/lib/analysis/random.ts';
import { INTERVAL_SECONDS } from './traffic.ts';
import { mean } from './trial.ts';

/** Looks until the end. */
export const CONTEST_LOOKS = 60;

/** Versions whose truth is known, because they are invented. The first one is the baseline. */
export type Contest = {
  name: string;
  title: string;
  /** Requests per second to all versions together. */
  traffic: number;
  /** How much better than the common rate each version is, 1.1 for 10 % better. */
  factors: readonly number[];
  /** The common rate of conversions at the start and at the end. */
  common: readonly [number, number];
};

const STEADY = [0.05, 0.05] as const;
const DRIFTING = [0.03, 0.07] as const;

export const CONTESTS: readonly Contest[] = [
  contest('null@10', 'no difference, 10/s', { traffic: 10, factors: [1, 1] }),
  contest('null@100', 'no difference, 100/s', { traffic: 100, factors: [1, 1] }),
  contest('null-drift@10', 'no difference, rate drifts, 10/s', {
    traffic: 10,
    factors: [1, 1],
    common: DRIFTING,
  }),
  contest('null-drift@100', 'no difference, rate drifts, 100/s', {
    traffic: 100,
    factors: [1, 1],
    common: DRIFTING,
  }),
  contest('null-4@100', 'no difference, 4 versions, 100/s', {
    traffic: 100,
    factors: [1, 1, 1, 1],
  }),
  contest('+5@100', '+5 %, 100/s', { traffic: 100, factors: [1, 1.05] }),
  contest('+10@100', '+10 %, 100/s', { traffic: 100, factors: [1, 1.1] }),
  contest('+20@10', '+20 %, 10/s', { traffic: 10, factors: [1, 1.2] }),
  contest('+5@1000', '+5 %, 1000/s', { traffic: 1000, factors: [1, 1.05] }),
  contest('4@100', '4 versions, one +20 %, 100/s', { traffic: 100, factors: [1, 1, 1.2, 1] }),
  contest('drift-10@10', '−10 %, rate drifts, 10/s', {
    traffic: 10,
    factors: [1, 0.9],
    common: DRIFTING,
  }),
];

function contest(
  name: string,
  title: string,
  parts: Pick<Contest, 'traffic' | 'factors'> & { common?: Contest['common'] },
): Contest {
  return { name, title, common: STEADY, ...parts };
}

/** The contest of this name. Throws Error where there is none. */
export function contestNamed(name: string): Contest {
  const found = CONTESTS.find((one) => one.name === name);
  if (!found) throw new Error(`there is no contest ${name}`);
  return found;
}

/** What one version had between two looks. */
export type Conversions = { requests: number; conversions: number };

/** What a policy says after a look. */
export type Answer = {
  /** The traffic until the next look, in version order, from 0 to 1. */
  shares: readonly number[];
  /** The version that is claimed to be better than all others, by its position, if any is. */
  winner?: number | undefined;
  /** The version that it would choose if it had to, by its position. */
  choice: number;
  /** Whether the experiment is over; the shares are for good then. */
  isOver: boolean;
};

/** A policy at work on one contest. */
export type Play = {
  shares: readonly number[];
  look: (windows: readonly Conversions[], look: number) => Answer;
};

/** A way to divide traffic and to find the winner, which begins each contest afresh. */
export type Policy = {
  name: string;
  title: string;
  begin: (contest: Contest, run: string) => Play;
};

/** How one contest went. */
export type Played = {
  /** The first winner that was claimed, by its position, and the look at which it was. */
  winner?: number | undefined;
  looks: number;
  choice: number;
  /** Conversions lost against the best version, for 1000 requests, over the whole time. */
  regret: number;
};

/** One contest. */
export function played(
  policy: Policy,
  on: Contest,
  chance: { run: string; random: Random },
): Played {
  const play = policy.begin(on, chance.run);
  const best = Math.max(...on.factors);
  let answer: Answer = { shares: play.shares, choice: 0, isOver: false };
  let [requests, lost] = [0, 0];
  let claim: { winner: number; looks: number } | undefined;
  for (let look = 1; look <= CONTEST_LOOKS; look++) {
    const common = rateAt(on, look);
    const windows = drawn(on, { common, shares: answer.shares }, chance.random);
    windows.forEach((window, index) => {
      requests += window.requests;
      lost += window.requests * common * (best - on.factors[index]!);
    });
    if (answer.isOver) continue;
    answer = play.look(windows, look);
    if (answer.winner !== undefined) claim ??= { winner: answer.winner, looks: look };
  }
  const regret = (1000 * lost) / requests;
  return { looks: CONTEST_LOOKS, ...claim, choice: answer.choice, regret };
}

function rateAt({ common: [from, to] }: Contest, look: number): number {
  return from + ((to - from) * (look - 0.5)) / CONTEST_LOOKS;
}

function drawn(
  { traffic, factors }: Contest,
  { common, shares }: { common: number; shares: readonly number[] },
  random: Random,
): Conversions[] {
  return factors.map((factor, index) => {
    const expected = traffic * INTERVAL_SECONDS * shares[index]!;
    const requests = expected > 0 ? poisson(random, expected) : 0;
    return { requests, conversions: binomial(random, requests, common * factor) };
  });
}

/** Many contests in numbers; shares go from 0 to 1. */
export type Standings = {
  runs: number;
  /** A winner was claimed that is not better than all others. */
  falseWinner: number;
  /** The best version was claimed to be the winner. */
  found: number;
  /** The best version would have been chosen; absent where none is better than all others. */
  chosen?: number;
  regret: number;
  looks: number;
};

/** What came of contests. */
export function standingsOf({ factors }: Contest, games: readonly Played[]): Standings {
  const top = Math.max(...factors);
  const isUnique = factors.filter((factor) => factor === top).length === 1;
  const best = isUnique ? factors.indexOf(top) : undefined;
  const share = (holds: (game: Played) => boolean): number =>
    mean(games.map((game) => (holds(game) ? 1 : 0)));
  return {
    runs: games.length,
    falseWinner: share(({ winner }) => winner !== undefined && winner !== best),
    found: share(({ winner }) => winner !== undefined && winner === best),
    ...(isUnique && { chosen: share(({ choice }) => choice === best) }),
    regret: mean(games.map(({ regret }) => regret)),
    looks: mean(games.map(({ looks }) => looks)),
  };
}
