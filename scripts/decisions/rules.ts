// The rules of others, each in a few lines of ours: iter8 v2, Flagger, Argo Rollouts, Kayenta, and the
// ways in which people use a p-value or a posterior. Parameters are the defaults of their manuals.
import { betaCdf } from '../../functions/lib/analysis/special.ts';
import { shiftIsUp } from './mannWhitney.ts';
import { ERROR_LIMIT, NOTHING, SLOW_LIMIT, together, type Window } from './traffic.ts';
import type { Course, End, Rule, Step } from './trial.ts';

/** Requests after which 19 of 20 looks prove half the limit good, at power 0.9. */
const PLANNED_REQUESTS = 1278;
const ALPHA = 0.05;

/** iter8 v2: the values since the start; the best version gets 95 %, here capped at 50 %. */
function iter8(isStrict: boolean): Rule {
  return {
    name: isStrict ? 'iter8-rollback' : 'iter8',
    title: isStrict ? 'iter8 v2, rollback_on_failure' : 'iter8 v2',
    begin: ({ horizon }) => {
      let all = NOTHING;
      return {
        share: 0,
        look: ({ look, candidate }) => {
          all = together(all, candidate);
          const isGood = all.requests > 0 && keepsLimits(all);
          if (isStrict && all.requests > 0 && !isGood) return { end: 'RolledBack' };
          if (look === horizon) return { end: isGood ? 'Promoted' : 'Undecided' };
          return { share: isGood ? 0.5 : 0.05 };
        },
      };
    },
  };
}

/** Flagger: 5 % more after each good check, promoted after the one at 50 %, 5 failed checks end it. */
const flagger: Rule = {
  name: 'flagger',
  title: 'Flagger 5/50/5',
  begin: () => {
    let [share, failed] = [0, 0];
    return {
      share,
      look: ({ candidate }) => {
        if (failed >= 5) return { end: 'RolledBack' };
        // Without values a check has failed; nothing is checked before there is any traffic.
        const isGood = share === 0 || (candidate.requests > 0 && keepsLimits(candidate));
        if (isGood && share >= 0.5) return { end: 'Promoted' };
        if (isGood) share += 0.05;
        else failed += 1;
        return { share };
      },
    };
  },
};

/** Argo Rollouts: 20, 40, 60 and 80 %, a quarter of the time each; the fourth failed check ends it. */
const argo: Rule = {
  name: 'argo',
  title: 'Argo Rollouts, failureLimit 3',
  begin: ({ horizon }) => {
    let failed = 0;
    return {
      share: 0.2,
      look: ({ look, candidate }) => {
        // A query without a result is an error, not a failure.
        if (candidate.requests > 0 && !keepsLimits(candidate)) failed += 1;
        if (failed > 3) return { end: 'RolledBack' };
        if (look === horizon) return { end: 'Promoted' };
        return { share: 0.2 * (1 + Math.floor((4 * look) / horizon)) };
      },
    };
  },
};

/** Kayenta: 10 % beside a baseline of 10 %, three judgements, less than 75 points end it, 95 pass. */
const kayenta: Rule = {
  name: 'kayenta',
  title: 'Kayenta 95/75',
  begin: ({ horizon }) => {
    const points: { candidate: Window; baseline: Window }[] = [];
    const isWorse = (what: 'errors' | 'slow'): boolean => {
      const shares = (version: 'candidate' | 'baseline'): number[] =>
        points
          .map((point) => point[version])
          .filter(({ requests }) => requests > 0)
          .map((window) => window[what] / window.requests);
      return shiftIsUp(shares('candidate'), shares('baseline'));
    };
    return {
      share: 0.1,
      look: ({ look, candidate, baseline }) => {
        points.push({ candidate, baseline });
        const third = Math.ceil(horizon / 3);
        if (look % third !== 0 && look !== horizon) return { share: 0.1 };
        const score = (['errors', 'slow'] as const).filter((what) => !isWorse(what)).length * 50;
        if (score < 75) return { end: 'RolledBack' };
        if (look === horizon) return { end: score >= 95 ? 'Promoted' : 'Undecided' };
        return { share: 0.1 };
      },
    };
  },
};

/** How likely it is that a count with so many events has its rate below and above the limit. */
type Chances = (
  window: { requests: number; events: number },
  limit: number,
) => {
  good: number;
  bad: number;
};

/** One minus the exact p-values of "not better than the limit" and "not worse". */
const byTest: Chances = ({ requests, events }, limit) => ({
  good: events === requests ? 0 : betaCdf(limit, events + 1, requests - events),
  bad: events === 0 ? 0 : 1 - betaCdf(limit, events, requests - events + 1),
});

/** The posterior with a prior whose mean is the limit and that weighs as much as 1/limit requests. */
const byPosterior: Chances = ({ requests, events }, limit) => {
  const good = betaCdf(limit, 1 + events, (1 - limit) / limit + requests - events);
  return { good, bad: 1 - good };
};

/** A threshold that is tried at every look from the moment there are enough requests. */
function eachLook(name: string, title: string, chances: Chances): Rule {
  return {
    name,
    title,
    begin: () => {
      let all = NOTHING;
      return rising((candidate) => {
        all = together(all, candidate);
        return concluded(all, chances);
      });
    },
  };
}

/** One test, once there are as many requests as were planned, or at the end. */
const fixedNumber: Rule = {
  name: 'fixed-n',
  title: 'fixed N, one look',
  begin: ({ horizon }) => {
    let all = NOTHING;
    return rising((candidate, look) => {
      all = together(all, candidate);
      const isTime = all.requests >= PLANNED_REQUESTS || look === horizon;
      return isTime ? (concluded(all, byTest) ?? 'Undecided') : undefined;
    });
  },
};

/** 5 % of the traffic more at each look, up to 50 %. */
function rising(ends: (candidate: Window, look: number) => End | undefined): Course {
  return {
    share: 0.05,
    look: ({ look, candidate }): Step => {
      const end = ends(candidate, look);
      return end ? { end } : { share: Math.min(0.5, 0.05 * (look + 1)) };
    },
  };
}

function concluded(all: Window, chances: Chances): End | undefined {
  if (all.requests === 0) return undefined;
  const both = [
    chances({ requests: all.requests, events: all.errors }, ERROR_LIMIT),
    chances({ requests: all.requests, events: all.slow }, SLOW_LIMIT),
  ];
  if (both.some(({ bad }) => bad > 1 - ALPHA)) return 'RolledBack';
  return both.every(({ good }) => good > 1 - ALPHA) ? 'Promoted' : undefined;
}

function keepsLimits({ requests, errors, slow }: Window): boolean {
  return errors <= ERROR_LIMIT * requests && slow <= SLOW_LIMIT * requests;
}

/** The rules of others. */
export const NAIVE_RULES: readonly Rule[] = [
  iter8(false),
  iter8(true),
  flagger,
  argo,
  kayenta,
  eachLook('p-value', 'p < .05 at each look', byTest),
  eachLook('posterior', 'posterior > .95 at each look', byPosterior),
  fixedNumber,
];
