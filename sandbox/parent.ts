const CHECK_MS = 500;

/**
 * Has this process stop and end when its parent has ended, however that did: what a person started
 * must not go on without him.
 */
export function endWithParent(stop: () => Promise<void>): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    void stop().finally(() => process.exit(1));
  }, CHECK_MS);
  timer.unref();
}
