// What an experiment knows after each look, beside what its backend has counted.
import { decode } from '../../functions/lib/analysis/knowledge.ts';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import type { Counters } from './readings.ts';
import { REVISIONS } from './targets.ts';

/** By what was counted until each look of a run, as a text: what was known after the last of them. */
export type Knowledge = Map<string, string>;

/** Follows an experiment: what it comes to know, and what of it the backend has not counted. */
export type Learning = {
  known: Knowledge;
  offences: string[];
  follow: (after: Experiment) => void;
};

type Looks = { start: string; counts: { until: string; totals: number[][] }[] };

const COUNTERS = ['requests', 'errors', 'sales'];

/** Begins to follow an experiment of these counters. */
export function startLearning({ total }: Counters): Learning {
  const known: Knowledge = new Map();
  const offences: string[] = [];
  let looks: Looks = { start: '', counts: [] };
  const totals = (time: string): number[][] =>
    ['default', 'canary'].map((name, index) =>
      COUNTERS.map((counter) => {
        const served = { index: index as 0 | 1, revision: REVISIONS[index]!, name };
        return total(counter, served, new Date(time));
      }),
    );
  const learn = (until: string, state: string): void => {
    looks.counts.push({ until, totals: totals(until) });
    known.set(JSON.stringify(looks), state);
    const counted = since(totals(looks.start), totals(until));
    for (const [what, numbers] of Object.entries(countsIn(state))) {
      const expected = counted.map((one) => one[COUNTERS.indexOf(what)]);
      if (String(numbers) === String(expected)) continue;
      offences.push(`${what} counted until ${until}: ${String(numbers)}, not ${String(expected)}`);
    }
  };
  const follow: Learning['follow'] = ({ status = {} }) => {
    const { startTime: start = '', countedUntil: until, analysis } = status;
    if (start !== looks.start) looks = { start, counts: [] };
    const isNew = until !== looks.counts.at(-1)?.until;
    if (until && isNew && analysis?.state) learn(until, analysis.state);
  };
  return { known, offences, follow };
}

function since(before: number[][], now: number[][]): number[][] {
  return now.map((all, version) => all.map((one, index) => one - before[version]![index]!));
}

/** The counts behind what is known, by version. */
function countsIn(state: string): Record<string, number[]> {
  const knowledge = decode(state, 2);
  const [records, arms] = [knowledge?.objectives[0]?.records, knowledge?.rewards[0]?.arms];
  return {
    ...(records && {
      requests: records.map(([one]) => one!.samples),
      errors: records.map(([one]) => one!.most),
    }),
    ...(arms && { requests: arms.map((one) => one.trials), sales: arms.map((one) => one.sum) }),
  };
}
