// Many experiments for a long time, while everything goes wrong now and then, and the right end of
// each is known beforehand:
//   node scripts/soak.ts [--experiments 200] [--minutes 20] [--seed N] [--kill-seconds 10]
//                        [--fault-rate 0.01] [--tick-seconds 5] [--interval-seconds 10]
// Each call of the functions to the API server and to the metrics, and each event, goes wrong with
// the fault rate; every some seconds one of the functions is killed. Ends with 1 where anything was
// not as it should be. The seed decides what goes wrong how often; when, decides the machine.
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seededRandom, seedFor } from '../sandbox/random.ts';
import { bundleFunctions, functionProcesses, startMeasuredCluster } from './scale/cluster.ts';
import type { LogLine } from './scale/logs.ts';
import { countOne, eventFaults, startChaos, type Counts } from './soak/chaos.ts';
import { knownKinds } from './soak/kinds.ts';
import { startLives, type Lives } from './soak/lives.ts';
import { sample, type Samples } from './soak/memory.ts';
import { formatProgress, formatReport } from './soak/report.ts';

const { values } = parseArgs({
  options: {
    experiments: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    'kill-seconds': { type: 'string', default: '10' },
    'fault-rate': { type: 'string', default: '0.01' },
    'tick-seconds': { type: 'string', default: '5' },
    'interval-seconds': { type: 'string', default: '10' },
  },
});
const experiments = Number(values.experiments);
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const faultRate = Number(values['fault-rate']);

const HANDLER_DEADLINE_SECONDS = 8;
const SETTLING_SECONDS = HANDLER_DEADLINE_SECONDS + 2;
/** So that what is begun first is not in step. */
const RAMP_MS = 40_000;
const PROGRESS_MS = 30_000;
const SAMPLE_MS = 5_000;
const DRAIN_MS = 15 * 60_000;
const MOST_TOLD = 40;

const problems: string[] = [];
const counts: Counts = new Map();
const lines: Counts = new Map();
const samples: Samples = new Map();

console.log(
  `soak: ${experiments} experiments, ${minutes} minutes, faults ${faultRate * 100} %, seed ${seed}`,
);
await bundleFunctions();
const { sandbox, api, standIns } = await startMeasuredCluster(
  {
    tickMs: Number(values['tick-seconds']) * 1000,
    environment: {
      HANDLER_DEADLINE_SECONDS: String(HANDLER_DEADLINE_SECONDS),
      INITIALIZING_DEADLINE_SECONDS: '300',
      FINISHING_DEADLINE_SECONDS: '300',
    },
    brokerFaults: eventFaults('events to functions', faultRate, counts),
    sourceFaults: eventFaults('events of sources', faultRate, counts),
    seed,
  },
  { faultRate, seed },
);
const kinds = knownKinds();
const lives = sandbox.keep(
  await startLives({
    ...{ kube: sandbox.kube, standIns, kinds, onProblem },
    intervalSeconds: Number(values['interval-seconds']),
    settleMs: SETTLING_SECONDS * 1000,
  }),
);
const chaos = sandbox.keep(
  startChaos({
    ...{ functions: sandbox.functions, counts, onLine, onProblem },
    killMs: Number(values['kill-seconds']) * 1000,
    random: seededRandom(seedFor('kills', seed)),
  }),
);
const begunAt = Date.now();
await soak(lives);
await chaos.stop();
const { troubles, calls, queries } = await standIns.counts();
for (const [what, count] of Object.entries(troubles)) counts.set(what, count);
const called = Object.values(calls).reduce((sum, one) => sum + one.calls, 0);
console.log(
  formatReport({
    ...{ lives, counts, lines, samples, problems, called, queries, seed },
    seconds: (Date.now() - begunAt) / 1000,
    deadLetters: sandbox.broker.deadLetters.length,
  }),
);
process.exitCode = problems.length > 0 ? 1 : 0;
await sandbox.stop();

/** Keeps as many under way as are wanted until time is over, and waits for the last of them. */
async function soak({ begin, look, describe }: Lives): Promise<void> {
  const end = begunAt + minutes * 60_000;
  let wanted = 0;
  let nextProgress = begunAt + PROGRESS_MS;
  let nextSample = begunAt;
  while (Date.now() < end || (lives.underWay > 0 && Date.now() < end + DRAIN_MS)) {
    await sleep(500);
    const now = Date.now();
    const ramped = Math.min(1, (now - begunAt) / RAMP_MS);
    wanted = now < end ? Math.round(experiments * ramped) : 0;
    look();
    while (lives.underWay < wanted) await begin();
    if (now >= nextSample) {
      nextSample = now + SAMPLE_MS;
      sample(samples, { ...functionProcesses(sandbox), ...api.processes, sandbox: process.pid });
    }
    if (now < nextProgress) continue;
    nextProgress = now + PROGRESS_MS;
    console.log(formatProgress({ lives, counts, problems, seconds: (now - begunAt) / 1000 }));
  }
  for (const line of describe()) onProblem(`it has not ended: ${line}`);
}

function onProblem(text: string): void {
  problems.push(text);
  if (problems.length <= MOST_TOLD) console.log(`WRONG: ${text}`);
}

function onLine(name: string, { level, message, reason = '' }: LogLine): void {
  if (message === 'unexpected error') onProblem(`${name} logged an unexpected error: ${reason}`);
  if (level !== undefined) countOne(lines, `${name}: ${message}`);
}
