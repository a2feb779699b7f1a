// Whatever goes wrong, and whatever people do meanwhile: the rules in life.ts hold, in as many
// schedules as DISORDER_RUNS says. A schedule that fails is shrunk and told; to see it again, set
// DISORDER_SEED and DISORDER_PATH as the message says.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { schedules } from './arbitrary.ts';
import { EXAMPLES } from './examples.ts';
import { INVARIANTS } from './life.ts';
import { rehearse, type Rehearsal } from './rehearsal.ts';
import { describe, type Schedule } from './schedule.ts';

const disorder = suite('experiments in a cluster in disorder');

const RUNS = Number(process.env['DISORDER_RUNS'] ?? 2000);
/** The same schedules each time, unless somebody asks for a number of them: then others each time. */
const USUAL_SEED = 2048598049;
const anySeed = process.env['DISORDER_RUNS'] ? Math.floor(Math.random() * 2 ** 31) : USUAL_SEED;
const SEED = Number(process.env['DISORDER_SEED'] ?? anySeed);
const PATH = process.env['DISORDER_PATH'];
/** Below that, the rarer things need not happen. */
const ENOUGH_RUNS = 2000;
const RUNS_PER_LINE = 500;
/** A schedule is shrunk for so long, in milliseconds. */
const SHRINKING_MS = 90_000;

/** What must have happened somewhere, else the schedules prove little: ends, faults and commands. */
const EXPECTED = [
  'Promote CandidateWon',
  'Promote VerdictPromote',
  'Keep CandidateWon',
  'Keep ConformanceMet',
  'Keep TargetSuperseded',
  'Rollback NoWinner',
  'Rollback ObjectiveViolated',
  'Rollback CandidateNotReady',
  'Rollback MetricsUnavailable',
  'Rollback NotApproved',
  'Rollback VerdictRollback',
  'Rollback TargetSuperseded',
  'Rollback Deleted, gone',
  'failed TargetNotFound',
  'gone while Waiting',
  'event lost',
  'event doubled',
  'event late by minutes',
  'late',
  'slow',
  'stopped',
  'dies after',
  'suspend',
  'retry',
  'edit',
  'delete and create again',
  'delete the namespace',
  'stop the ticks',
];

type Tally = { runs: number; calls: number; counts: Map<string, number> };

function count(tally: Tally, { ends, happened, calls }: Rehearsal): void {
  tally.runs++;
  tally.calls += calls;
  for (const what of [...ends, ...happened]) {
    tally.counts.set(what, (tally.counts.get(what) ?? 0) + 1);
  }
  if (tally.runs % RUNS_PER_LINE === 0) console.log(`disorder: ${tally.runs} schedules played`);
}

function wordsOf({ runs, calls, counts }: Tally, milliseconds: number): string {
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return [
    `${runs} schedules, ${Math.round(calls / runs)} calls and ${(milliseconds / runs).toFixed(1)} ms each`,
    ...sorted.map(([what, times]) => `${times} ${what}`),
  ].join('; ');
}

/** Reads and questions that nothing befell say little. */
const IDLE = /: call \d+ \w+ (GET|LIST|ASK|HAND OVER) \S+( (default|canary))?$/;

/** Plays a schedule again, to tell what happened in it. */
async function storyOf(schedule: Schedule): Promise<string> {
  const lines: string[] = [];
  const { offences } = await rehearse(schedule, (second, what) => {
    if (!IDLE.test(what)) lines.push(`${second.toFixed(2).padStart(9)}  ${what}`);
  });
  const broken = offences.map(
    ({ second, invariant, what }) => `second ${second}: broken: ${INVARIANTS[invariant]}: ${what}`,
  );
  return [describe(schedule), ...lines, ...broken].join('\n');
}

disorder('keep all rules, whatever happens', async () => {
  console.log(`disorder: ${RUNS} schedules, seed ${SEED}${PATH ? `, path ${PATH}` : ''}`);
  const began = performance.now();
  const tally: Tally = { runs: 0, calls: 0, counts: new Map() };
  let failedAt = Infinity;
  const property = fc.asyncProperty(schedules, async (schedule) => {
    if (performance.now() - failedAt > SHRINKING_MS) return;
    const rehearsal = await rehearse(schedule);
    count(tally, rehearsal);
    if (rehearsal.offences.length > 0) failedAt = Math.min(failedAt, performance.now());
    assert.equal(rehearsal.offences, []);
  });
  const found = await fc.check(property, {
    numRuns: RUNS,
    seed: SEED,
    ...(PATH ? { path: PATH } : { examples: EXAMPLES.map((schedule) => [schedule]) }),
  });
  console.log(`disorder: ${wordsOf(tally, performance.now() - began)}`);
  if (found.failed) {
    const again = `DISORDER_SEED=${found.seed} DISORDER_PATH=${found.counterexamplePath}`;
    console.log(`${await storyOf(found.counterexample![0])}\n${again}`);
    assert.unreachable(`a schedule breaks the rules; again with ${again}`);
  }
  if (RUNS < ENOUGH_RUNS || PATH) return;
  const missing = EXPECTED.filter((what) => !tally.counts.has(what));
  assert.equal(missing, [], 'the schedules never came to this');
});

disorder.run();
