// One experiment from its start to its end, under a rule.
import type { Random } from '../../functions/lib/analysis/random.ts';
import { trafficOf, type Situation, type Window } from './traffic.ts';

/** How an experiment ends. RolledBack: since the candidate was found bad. Futile: since it would hardly be proved good any more. */
export type End = 'Promoted' | 'RolledBack' | 'Futile' | 'Undecided';

/** What follows from a look: the candidate's next share of the traffic, from 0 to 1, or the end. */
export type Step = { share: number } | { end: End };

/** A rule at work on one experiment. */
export type Course = {
  /** The candidate's share of the traffic until the first look, from 0 to 1. */
  share: number;
  look: (seen: { look: number; candidate: Window; baseline: Window }) => Step;
};

/** A way to decide, which begins each experiment afresh. */
export type Rule = {
  name: string;
  title: string;
  begin: (situation: Situation, run: string) => Course;
};

/** How one experiment went: its end, the requests the candidate had, and the looks it took. */
export type Trial = { end: End; exposed: number; looks: number };

/** One experiment. `run` tells it from the others: the same run sees the same traffic. */
export function tried(
  rule: Rule,
  situation: Situation,
  chance: { run: string; random: Random },
): Trial {
  const source = trafficOf(situation, chance.random);
  const course = rule.begin(situation, chance.run);
  let share = course.share;
  let exposed = 0;
  for (let look = 1; look <= situation.horizon; look++) {
    const seen = source(look, share);
    exposed += seen.candidate.requests;
    const step = course.look({ look, ...seen });
    if ('end' in step) return { end: step.end, exposed, looks: look };
    share = step.share;
  }
  return { end: 'Undecided', exposed, looks: situation.horizon };
}

/** Many experiments in numbers. */
export type Summary = {
  runs: number;
  promoted: number;
  rolledBack: number;
  futile: number;
  undecided: number;
  /** Requests to the candidate, and looks, on average. */
  exposed: number;
  looks: number;
};

/** How experiments ended, as shares of all from 0 to 1, and what they took on average. */
export function summarised(trials: readonly Trial[]): Summary {
  const share = (end: End): number => mean(trials.map((trial) => (trial.end === end ? 1 : 0)));
  return {
    runs: trials.length,
    promoted: share('Promoted'),
    rolledBack: share('RolledBack'),
    futile: share('Futile'),
    undecided: share('Undecided'),
    exposed: mean(trials.map(({ exposed }) => exposed)),
    looks: mean(trials.map(({ looks }) => looks)),
  };
}

/** The mean of some numbers; NaN where there are none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
