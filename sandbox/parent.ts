import type { Stoppable } from './http.ts';

const CHECK_MS = 500;

/**
 * Stops something, and this process, when the process that started this one has ended, however it
 * did: what a person started must not go on behind his back.
 */
export function endWithParent(part: Stoppable): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    void part.stop().finally(() => process.exit(1));
  }, CHECK_MS);
  timer.unref();
}
