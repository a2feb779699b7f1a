// Jobs on several processors at once.
import { Worker } from 'node:worker_threads';
import type { Job, Results } from './jobs.ts';

/**
 * The results of all jobs, in their order, by so many workers; `told` hears how many are done. Throws
 * what a job throws.
 */
export async function allDone(
  jobs: readonly Job[],
  workers: number,
  told: (done: number) => void,
): Promise<Results[]> {
  const results: Results[] = [];
  let [next, finished] = [0, 0];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      while (next < jobs.length) {
        const index = next++;
        results[index] = await answer(worker, jobs[index]!);
        told(++finished);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

function answer(worker: Worker, job: Job): Promise<Results> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(job);
  });
}
