import process from 'node:process';

const CHECK_MS = 500;

/** The process that this one was started for: npm, where it says so, since a shell is between them. */
const starter = Number(process.env['STARTED_BY'] ?? process.ppid);

/**
 * Stops something, and ends this process, when the process that it was started for has ended,
 * however it did, be that before this is called: what a person started must not go on behind his
 * back.
 */
export function endWithParent(stop: () => Promise<void> | undefined): void {
  const timer = setInterval(() => {
    if (process.ppid === starter) return;
    clearInterval(timer);
    void Promise.resolve(stop()).finally(() => process.exit(1));
  }, CHECK_MS);
  timer.unref();
}
