import type { FunctionName, Functions } from '../../sandbox/functions.ts';

/** One line of a function's log. */
export type LogLine = {
  time: string;
  message: string;
  level?: 'warn' | 'error';
  experiment?: string;
  stage?: string;
  completedIterations?: number;
  reason?: string;
};

/** Gives what a function has logged since the last call; `forget` when its process is another. */
export interface LogReader {
  read: () => LogLine[];
  forget: () => void;
}

/** Reads one function's log bit by bit: only its last 10,000 lines are kept for us. */
export function readLog(functions: Functions, name: FunctionName): LogReader {
  let last: string | undefined;
  return {
    read: () => {
      const lines = functions.logs(name);
      const fresh = lines.slice(last === undefined ? 0 : lines.lastIndexOf(last) + 1);
      last = lines.at(-1) ?? last;
      return fresh.flatMap(parseLine);
    },
    forget: () => {
      last = undefined;
    },
  };
}

/** The runtime may write lines of its own; those that are not ours are told as they are. */
function parseLine(line: string): LogLine[] {
  try {
    const parsed = JSON.parse(line) as Partial<LogLine> & { function?: string };
    return parsed.function === undefined ? [] : [parsed as LogLine];
  } catch {
    return line.trim() === '' ? [] : [{ time: '', message: line }];
  }
}
