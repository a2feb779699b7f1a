// How long the sandbox takes to be ready, beside Prometheus alone, and the memory it then has:
// fresh processes, in turns, medians.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPrometheus } from '../sandbox/prometheus.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

type Sample = { readyMs: number; mebibytes: number };

const ROUNDS = 7;
const FLAGS = ['--optimize-for-size', '--max-semi-space-size=2'];
const run = promisify(execFile);
const [role] = process.argv.slice(2);

if (role === 'prometheus') await measure(() => startPrometheus([]));
else if (role === 'sandbox') await measure(() => startSandbox({ isBundled: true }));
else await compare();

/** Starts one thing in this process, and prints what it took. */
async function measure(start: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  const began = performance.now();
  const started = await start();
  const readyMs = performance.now() - began;
  const kibibytes = /VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  console.log(JSON.stringify({ readyMs, mebibytes: Number(kibibytes) / 1024 }));
  await started.stop();
}

async function compare(): Promise<void> {
  const samples: Record<string, Sample[]> = { prometheus: [], sandbox: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, list] of Object.entries(samples)) list.push(await startApart(name));
  }
  const [prometheus, sandbox] = Object.values(samples).map(medians);
  console.log(`Prometheus alone: ready after ${prometheus!.readyMs} ms`);
  console.log(
    `the sandbox: ready after ${sandbox!.readyMs} ms, ${sandbox!.mebibytes} MiB in its own process`,
  );
}

async function startApart(name: string): Promise<Sample> {
  const file = join(import.meta.dirname, 'bench-sandbox.ts');
  const { stdout } = await run(process.execPath, [...FLAGS, file, name]);
  return JSON.parse(stdout) as Sample;
}

function medians(samples: readonly Sample[]): Sample {
  const median = (key: keyof Sample): number => {
    const values = samples.map((sample) => sample[key]).sort((one, other) => one - other);
    return Math.round(values[values.length >> 1]!);
  };
  return { readyMs: median('readyMs'), mebibytes: median('mebibytes') };
}
