/** Writes one structured line: a sentence and the facts beside it. */
export type Log = (message: string, facts?: Readonly<Record<string, unknown>>) => void;

/** A log of one function on standard output, one line of JSON per entry. */
export function logOf(name: string, now: () => Date): Log {
  return (message, facts = {}) => {
    console.log(JSON.stringify({ time: now().toISOString(), function: name, message, ...facts }));
  };
}
