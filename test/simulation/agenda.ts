import { setImmediate as turn } from 'node:timers/promises';

/** Virtual time, and what is to happen in it. Nothing here looks at a real clock. */
export type Agenda = {
  now: () => Date;
  /** Has something happen so many seconds from now; what comes at the same time keeps its order. */
  after: (seconds: number, action: () => void) => void;
  /** Lets time pass until `isOver`. Gives whether that came within the limit. */
  run: (isOver: () => boolean, limitSeconds: number) => Promise<boolean>;
};

type Entry = { time: number; action: () => void };

/** An empty agenda that begins at a time. */
export function agendaFrom(start: Date): Agenda {
  const entries: Entry[] = [];
  let time = start.getTime();
  return {
    now: () => new Date(time),
    after: (seconds, action) => {
      const entry = { time: time + Math.round(seconds * 1000), action };
      const earlier = entries.findLastIndex((other) => other.time <= entry.time);
      entries.splice(earlier + 1, 0, entry);
    },
    run: async (isOver, limitSeconds) => {
      const end = time + limitSeconds * 1000;
      while (!isOver()) {
        const next = entries[0];
        if (!next || next.time > end) {
          time = end;
          return false;
        }
        entries.shift();
        time = next.time;
        next.action();
        // Everything that the action has set off goes as far as it can before time goes on.
        await turn();
      }
      return true;
    },
  };
}
