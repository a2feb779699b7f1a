// How many kinds of bad input there were, and what the tests begin their choices with.

/** The seed of every choice: SEED, else always the same. */
export const seed = Number(process.env['SEED'] ?? 20_260_101);

/** Whether all there is is to be tried, and not a part: BAD_INPUT=all. */
export const isAll = process.env['BAD_INPUT'] === 'all';

const counts = { schema: 0, start: 0, handled: 0, events: 0 };

/** Counts kinds. */
export function count(what: keyof typeof counts, kinds: number): void {
  counts[what] += kinds;
}

/** What was counted, as one line and as a number. */
export function total(): { line: string; kinds: number } {
  const { schema, start, handled, events } = counts;
  const experiments = schema + start + handled;
  const parts = `${schema} refused by the schema, ${start} refused at start, ${handled} handled`;
  const line = `bad input: ${experiments} kinds of experiments (${parts}), ${events} kinds of events; SEED=${seed}`;
  return { line, kinds: experiments + events };
}
