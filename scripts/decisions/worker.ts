// Does the jobs that it is sent, one after the other.
import { parentPort } from 'node:worker_threads';
import { done, type Job } from './jobs.ts';

parentPort!.on('message', (job: Job) => {
  parentPort!.postMessage(done(job));
});
