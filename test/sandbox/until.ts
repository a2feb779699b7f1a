import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until something is true; throws what it is where it does not become so in time. */
export async function until(isSo: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not in ${seconds} s: ${isSo.toString()}`);
    await sleep(5);
  }
}
