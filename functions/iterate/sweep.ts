import { nextStep, type Row } from '../lib/experiment/nextStep.ts';
import type { FunctionName } from '../lib/experiment/stages.ts';
import { listCompleted, listUnfinished } from '../lib/kubernetes/experiments.ts';
import { after } from '../lib/experiment/time.ts';
import type { Subject } from '../lib/runtime/event.ts';
import { inParallel } from '../lib/parallel.ts';
import type { World } from '../lib/runtime/world.ts';
import { finishExperiment } from '../finish/finish.ts';
import { startExperiment } from '../start/start.ts';
import { iterateExperiment } from './iterate.ts';

const HAND_OVER_TIMEOUT_MS = 2_000;
const HAND_OVERS_AT_ONCE = 32;
const STEPS_AT_ONCE = 8;

const STEPS: Record<FunctionName, (subject: Subject, world: World) => Promise<void>> = {
  start: startExperiment,
  iterate: iterateExperiment,
  finish: finishExperiment,
};

/** So often those that are completed are looked at, too: whether another run is asked for. */
const COMPLETED_SECONDS = 600;

/**
 * Looks at all unfinished experiments, from time to time then at the others, and hands what is due to
 * the Broker, or does it here where there is none. Events are only hints: whatever they miss, the sweep finds. One experiment's
 * trouble never keeps the others waiting; what a slow Broker leaves no time for is left to the next
 * tick.
 */
export async function sweep(world: World): Promise<void> {
  await pass(await listUnfinished(world.api), world);
  if (isTimeForCompleted(world)) await pass(await listCompleted(world.api), world);
}

async function pass(rows: readonly Row[], world: World): Promise<void> {
  const due = rows.flatMap((row) => {
    const step = nextStep(row, world.now(), world.settings.tickSeconds);
    return step ? [{ step, row }] : [];
  });
  const end = after(world.now(), world.settings.handlerDeadlineSeconds);
  const tasks = due.map(({ step, row }) => async () => {
    if (world.now() < end) await attempt(step, row, world);
  });
  await inParallel(tasks, world.handOver ? HAND_OVERS_AT_ONCE : STEPS_AT_ONCE);
}

/** The first tick in each period, by clocks that differ: a source tells of most of them long before. */
function isTimeForCompleted({ now, settings }: World): boolean {
  const { tickSeconds, clockToleranceSeconds } = settings;
  return (now().getTime() / 1000) % COMPLETED_SECONDS < tickSeconds + 2 * clockToleranceSeconds;
}

async function attempt(step: FunctionName, row: Row, world: World): Promise<void> {
  try {
    if (world.handOver) {
      await world.handOver(step, row, AbortSignal.timeout(HAND_OVER_TIMEOUT_MS));
    } else {
      await STEPS[step](row, world.fresh());
    }
  } catch (error) {
    const experiment = `${row.namespace}/${row.name}`;
    const reason = (error as Error).message;
    world.log(`${step} could not be done now`, { level: 'warn', experiment, reason });
  }
}
